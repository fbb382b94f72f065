"""Ordlista: the words of the chain, as a person who is new to them needs them."""

from typing import Final

#: (word, what it means) in the order the chain meets them.
ORDLISTA: Final = (
    (
        "GVR",
        "Gemensamt vårdregister. Hit rapporterar journalsystemet varje vårdkontakt. Här avgörs om "
        "uppgifterna är fullständiga och koderna giltiga.",
    ),
    (
        "ERSMO",
        "Ersättningsmodeller. Avtalets regler läses mot vårdkontakten och ger noll, en eller flera "
        "produktkoder.",
    ),
    ("HEJ", "Systemet sätter pris: varje produktkod får det pris som gäller på vårddagen."),
    (
        "Vårdfaktura",
        "Månadens belopp blir ett fakturaförslag som vårdgivaren godkänner. Därefter skickas "
        "e-fakturan.",
    ),
    (
        "Avstämning",
        "Den här tjänsten: var varje vårdkontakt är i kedjan, vad den gav och varför.",
    ),
    (
        "Vårdkontakt",
        "Ett besök, ett vårdtillfälle, ett hembesök eller en distanskontakt som rapporterats.",
    ),
    ("Vårdhändelse-id", "Journalsystemets eget nummer på vårdkontakten. Det är unikt i systemet."),
    (
        "Version",
        "En rättelse ändrar aldrig det som redan kommit in: den blir en ny version. Den senaste "
        "gäller, de tidigare finns kvar.",
    ),
    ("Kombika", "Enhetens kod i Kodserver: åtta siffror och ett till tre tecken."),
    ("Uppdrag", "Vad enheten får göra enligt sitt avtal. Uppdraget avgör vilka regler som gäller."),
    ("Avtalsområde", "De avtal som delar regler och prislista, till exempel husläkarverksamhet."),
    ("ADA-nummer", "Avtalets nummer. Det står på varje faktura."),
    ("Produktkod", "Det som har ett pris: en grundersättning, ett tillägg eller ett avdrag."),
    (
        "Regelpaket",
        "En publicerad version av avtalets regler. Beslutet säger vilken version som gällde.",
    ),
    (
        "Belopp i riskzonen",
        "Vad vårdkontakter som behöver rättas eller väntar senast var värda. En kontakt som aldrig "
        "kunnat värderas räknas inte in i beloppet, bara i antalet.",
    ),
    (
        "Sena",
        "Vårdkontakter från en tidigare månad som kom in, eller blev rätt, efter att den månadens "
        "faktura gjordes.",
    ),
    (
        "Kreditering",
        "Ett belopp som tagits tillbaka: samma rad med omvänt tecken och en hänvisning till raden "
        "den återför.",
    ),
    (
        "Bryggan",
        "Räkningen från månadens produktion till fakturans belopp. Den ska alltid sluta på 0,00 kr "
        "i skillnad.",
    ),
    (
        "Samverkanstillfälle",
        "Ett tillfälle där flera avtalsparter möter en patient. En part rapporterar vårdkontakten, "
        "de andra sitt deltagande.",
    ),
    (
        "Aktivitet",
        "Arbete för en patient utan att patienten är med, till exempel rehabkoordinering. Det är "
        "ingen vårdkontakt.",
    ),
    (
        "Exempel",
        "Märket på ett pris eller en kod som ingen offentlig källa anger. Det är satt för att "
        "kedjan ska gå att prova.",
    ),
    (
        "Kvittens",
        "Svaret till journalsystemet: K2 från registret, K3 om ersättning, K4 om faktura.",
    ),
)
