"""The codes of requests and of how a contact is written in them, beside those of its content.

A code with a severity may stand on one contact of many; one without refuses the whole request. The
answer is `application/problem+json` (RFC 9457), and each code has a page in the catalogue.
"""

from typing import Final

from gvr.core.avvikelse import Allvar
from gvr.core.felkatalog import JOURNALSYSTEM, REGION, VARDGIVARE, Felpost, add

_IDEMPOTENS: Final = "draft-ietf-httpapi-idempotency-key-header"
_ERSMOINDATA: Final = "ERSMOIndata 2.2, https://github.com/SLL-RTP/sll-rtjp.gvradapter"
_RATTA_ANROPET: Final = "Rätta anropet enligt API-beskrivningen och skicka det igen."


def _request(
    kod: str,
    http: int,
    titel: str,
    text: str,
    atgard: str = _RATTA_ANROPET,
    *,
    agare: str = JOURNALSYSTEM,
    kalla: str | None = None,
) -> Felpost:
    """Return an entry that refuses a whole request."""
    return Felpost(
        kod=kod, titel=titel, text=text, atgard=atgard, agare=agare, http=http, kalla=kalla
    )


def _contact(
    kod: str,
    http: int,
    titel: str,
    text: str,
    atgard: str = _RATTA_ANROPET,
    *,
    agare: str = JOURNALSYSTEM,
    kalla: str | None = None,
) -> Felpost:
    """Return an entry that refuses one contact, alone or in a batch."""
    return Felpost(
        kod=kod,
        titel=titel,
        text=text,
        atgard=atgard,
        agare=agare,
        http=http,
        allvar=Allvar.STOPP,
        kalla=kalla,
    )


# Who asks
add(
    _request(
        "EJ_INLOGGAD",
        401,
        "Maskinkontot är inte inloggat",
        "Anropet saknar token, eller så är den fel eller stoppad.",
        "Skicka huvudet Authorization: Bearer med kontots token. Be regionen om en ny om den "
        "inte fungerar.",
    ),
    _request(
        "INGEN_BEHORIGHET",
        403,
        "Kontot får inte göra detta",
        "Kontot har inte behörighet till det som efterfrågas.",
        "Be regionen se över kontots behörighet.",
        agare=VARDGIVARE,
    ),
    _contact(
        "OMBUD_SAKNAS",
        403,
        "Kontot får inte rapportera för vårdgivaren",
        "Maskinkontot är inte ombud för den vårdgivare som enheten hör till.",
        "Kontrollera enheten. Är den riktig: be vårdgivaren anmäla systemet som sitt ombud.",
        agare=VARDGIVARE,
    ),
    _request(
        "KALLSYSTEM_RESERVERAT",
        409,
        "Källsystemets namn är reserverat",
        "Namn som börjar med RAPP- hör till det som registreras för hand i regionens formulär.",
        "Välj ett annat namn på källsystemet.",
        agare=REGION,
    ),
    _request(
        "FOR_MANGA_ANROP",
        429,
        "För många anrop",
        "Kontot har gjort fler anrop än det får på kort tid.",
        "Vänta så länge som svarets huvud Retry-After säger och försök igen.",
    ),
)

# What is asked for
add(
    _request(
        "HITTAS_INTE",
        404,
        "Finns inte",
        "Det som efterfrågas finns inte, eller hör till ett annat system.",
        "Kontrollera adressen och vårdhändelsens id.",
    ),
    _request(
        "METOD_SAKNAS",
        405,
        "Metoden går inte att använda här",
        "Adressen tar inte emot den HTTP-metoden.",
    ),
    _request(
        "SVARSFORMAT",
        406,
        "Svaret finns inte i det formatet",
        "Svar lämnas som application/json, men anropet vill ha något annat.",
    ),
    _request(
        "OKAND_PARAMETER",
        400,
        "Okänd parameter",
        "Adressen har en parameter som inte finns.",
    ),
    _request(
        "OGILTIG_PARAMETER",
        400,
        "Parametern går inte att läsa",
        "En parameter i adressen eller ett huvud har ett värde som inte går att läsa.",
    ),
    _request(
        "FLERA_TRAFFAR",
        409,
        "Flera vårdkontakter stämmer",
        "Patient, dag och enhet stämmer på flera vårdkontakter.",
        "Peka ut en av dem med vardhandelseId.",
    ),
)

# The body
add(
    _request(
        "TOM_KROPP",
        400,
        "Anropet är tomt",
        "Anropet ska ha en kropp men den är tom.",
    ),
    _request(
        "AVKORTAD_KROPP",
        400,
        "Anropet kom inte fram helt",
        "Kroppen är kortare än Content-Length säger. Inget av den är registrerat.",
        "Skicka hela anropet igen, med en ny Idempotency-Key.",
    ),
    _request(
        "FOR_STOR_KROPP",
        413,
        "Anropet är för stort",
        "Kroppen är större än 20 MB, packad eller uppackad.",
        "Dela upp leveransen i mindre delar.",
    ),
    _request(
        "MEDIATYP",
        415,
        "Innehållet har fel medietyp",
        "Adressen tar inte emot den medietyp eller packning som Content-Type och "
        "Content-Encoding anger.",
    ),
    _request(
        "TRASIG_PACKNING",
        400,
        "Packningen är trasig",
        "Kroppen går inte att packa upp: gzip-filen är avkortad eller skadad.",
        "Packa och skicka hela leveransen igen, med en ny Idempotency-Key.",
    ),
    _request(
        "TRASIG_JSON",
        400,
        "Innehållet är inte JSON",
        "Kroppen går inte att läsa som JSON. Inget av den är registrerat.",
    ),
    _request(
        "TECKENKODNING",
        400,
        "Fel teckenkodning",
        "Kroppen innehåller bytes som inte är UTF-8.",
    ),
    _request(
        "FOR_DJUPT",
        400,
        "Innehållet är för djupt",
        "Kroppen har objekt eller listor i för många nivåer.",
    ),
    _request(
        "FOR_MANGA_KONTAKTER",
        400,
        "För många vårdkontakter",
        "En leverans har högst 5 000 vårdkontakter.",
        "Dela upp leveransen i mindre delar.",
    ),
    _request(
        "FEL_ANTAL",
        422,
        "Antalet stämmer inte",
        "Leveransen har inte så många vårdkontakter som parametern antal säger. Inget av den är "
        "registrerat.",
        "Kontrollera att hela leveransen kom med och skicka den igen, med en ny Idempotency-Key.",
    ),
    _request(
        "ATOMAR_AVVISAD",
        422,
        "Hela leveransen är avvisad",
        "Leveransen skickades med atomar=true och minst en vårdkontakt är fel. Inget av den är "
        "registrerat.",
        "Rätta de vårdkontakter som pekas ut och skicka hela leveransen igen, med en ny "
        "Idempotency-Key.",
    ),
)

# How a contact is written
add(
    _contact("OKANT_FALT", 400, "Fältet finns inte", "Vårdkontakten har ett fält som inte finns."),
    _contact("FALT_SAKNAS", 400, "Ett fält saknas", "Ett fält som måste finnas saknas."),
    _contact("FEL_TYP", 400, "Fel typ av värde", "Fältets värde är av fel typ."),
    _contact("FEL_FORMAT", 400, "Fel form på värdet", "Fältets värde är inte skrivet som det ska."),
    _contact(
        "FEL_LANGD", 400, "Fel längd på värdet", "Fältets värde är tomt, för kort eller för långt."
    ),
    _contact(
        "FEL_OMFANG", 400, "Värdet är för stort eller för litet", "Fältets värde är orimligt."
    ),
    _contact(
        "OTILLATET_TECKEN",
        400,
        "Otillåtet tecken",
        "Texten innehåller ett tecken som inte går att lagra, till exempel NUL.",
    ),
    _contact(
        "ENHET_OTYDLIG",
        400,
        "Enheten är inte angiven på ett sätt",
        "Enheten anges som inr, klin och avd, som kombika eller som hsaId, och bara på ett av "
        "sätten.",
    ),
    _contact(
        "ID_STAMMER_EJ",
        422,
        "Adressen och innehållet gäller olika vårdhändelser",
        "Id i adressen är inte samma som id i innehållet.",
    ),
    _contact(
        "IDENTITET_I_TEXT",
        422,
        "Personnummer i fritext",
        "En fritext ser ut att innehålla ett personnummer.",
        "Ta bort numret ur texten och skicka igen.",
        agare=VARDGIVARE,
    ),
    _contact(
        "DUBBLETT",
        422,
        "Samma id flera gånger i leveransen",
        "Samma id står på flera platser i leveransen, och det framgår inte vilken som gäller. "
        "Ingen av dem är registrerad.",
        "Skicka en av dem.",
    ),
)

# The sandbox
add(
    _contact(
        "SANDLADA_PATIENT",
        422,
        "Bara testnummer i sandlådan",
        "Patientens nummer är inte ett av de testnummer som sandlådan tar emot.",
        "Använd ett nummer ur listan över testpatienter. Riktiga patienter får aldrig skickas hit.",
    ),
)

# Versions
add(
    _contact(
        "FINNS_REDAN",
        409,
        "Vårdkontakten finns redan",
        "En vårdkontakt med samma id är redan registrerad med annat innehåll.",
        "Skicka rättelser med PUT.",
    ),
    _contact(
        "GAMMAL_VERSION",
        409,
        "En nyare version finns",
        "En lika ny eller nyare version är redan registrerad.",
        "Inget behöver göras om versionen är gammal. Annars: skicka med ett högre nummer.",
    ),
    _contact(
        "REDAN_MAKULERAD",
        409,
        "Vårdkontakten är makulerad",
        "Vårdkontakten är makulerad och tar inte emot en rättelse utan versionsnummer.",
        "Ska den gälla igen: skicka PUT med ett versionsnummer som är högre än det makulerade.",
    ),
    _contact(
        "VERSION_STAMMER_EJ",
        412,
        "Versionen är en annan",
        "Den registrerade versionen är inte den som If-Match anger.",
        "Hämta vårdkontakten, se vad som ändrats och skicka rättelsen mot den versionen.",
    ),
    _contact(
        "HITTAS_INTE_ATT_MAKULERA",
        404,
        "Vårdkontakten finns inte",
        "Ingen vårdkontakt med det id:t är registrerad från det här systemet.",
        "Kontrollera id:t. Är vårdkontakten på väg: makulera den när den är registrerad.",
    ),
)

# The idempotency key
add(
    _request(
        "NYCKEL_SAKNAS",
        400,
        "Idempotency-Key saknas",
        "Ett POST-anrop ska ha huvudet Idempotency-Key, så att det kan göras om utan att något "
        "registreras två gånger.",
        kalla=_IDEMPOTENS,
    ),
    _request(
        "NYCKEL_OGILTIG",
        400,
        "Idempotency-Key har fel form",
        "Nyckeln ska vara 1–255 synliga ASCII-tecken.",
        kalla=_IDEMPOTENS,
    ),
    _request(
        "NYCKEL_UPPTAGEN",
        422,
        "Idempotency-Key är redan använd",
        "Nyckeln är redan använd för ett annat anrop.",
        "Använd en ny nyckel för varje nytt anrop.",
        kalla=_IDEMPOTENS,
    ),
    _request(
        "PAGAR",
        409,
        "Anropet pågår redan",
        "Ett anrop med samma Idempotency-Key behandlas just nu.",
        "Vänta så länge som svarets huvud Retry-After säger och skicka samma anrop igen.",
        kalla=_IDEMPOTENS,
    ),
)

# An ERSMOIndata file
add(
    _request(
        "XML_TRASIG",
        400,
        "Filen är inte XML",
        "Filen går inte att läsa som XML. Inget av den är registrerat.",
        "Skapa och skicka filen på nytt.",
        kalla=_ERSMOINDATA,
    ),
    _request(
        "XML_OTILLATEN",
        400,
        "Filen har en dokumenttypsdeklaration",
        "Filen innehåller DOCTYPE eller ENTITY, som inte behövs i formatet och kan missbrukas.",
        "Skicka filen utan dokumenttypsdeklaration.",
        kalla=_ERSMOINDATA,
    ),
    _request(
        "XML_TECKENKODNING",
        400,
        "Filen har fel teckenkodning",
        "En fil i formatet ERSMOIndata är kodad som ISO-8859-1; även UTF-8 går att ta emot.",
        kalla=_ERSMOINDATA,
    ),
    _request(
        "XML_SCHEMA",
        422,
        "Filen följer inte formatet",
        "Filen följer inte schemat ERSMOIndata 2.2. Hela filen är avvisad.",
        "Rätta de rader som pekas ut och skicka hela filen igen.",
        kalla=_ERSMOINDATA,
    ),
    _request(
        "XML_KALLA",
        422,
        "Filen kommer från fel källa",
        "Filens Källa är inte GVR. Hela filen är avvisad.",
        kalla=_ERSMOINDATA,
    ),
    Felpost(
        kod="OKAND_KLASS",
        titel="Okänd klass på en kod",
        text="Koden har ett klassnummer som inte hör hemma i listan. Koden är sparad men används "
        "inte.",
        atgard="Rätta klassnumret i journalsystemet.",
        agare=JOURNALSYSTEM,
        allvar=Allvar.ANMARKNING,
        kalla=_ERSMOINDATA,
    ),
    Felpost(
        kod="TYP_UTAN_KODTABELL",
        titel="Typ utan händelsetyp",
        text="Händelsen har en typ men ingen händelsetyp som säger vilken kodlista den hör till. "
        "Typen är sparad men används inte.",
        atgard="Ange Händelsetyp 013 (besökstyp) eller 014 (vårdkontakttyp).",
        agare=JOURNALSYSTEM,
        allvar=Allvar.ANMARKNING,
        kalla=_ERSMOINDATA,
    ),
)

# Our own faults
add(
    _request(
        "TILLFALLIGT_FEL",
        503,
        "Tjänsten är tillfälligt otillgänglig",
        "Anropet kunde inte besvaras just nu. Det kan skickas igen: inget registreras två gånger.",
        "Skicka samma anrop igen om en stund, med samma Idempotency-Key.",
        agare=REGION,
    ),
    _request(
        "TEKNISKT_FEL",
        500,
        "Tekniskt fel",
        "Något gick fel hos oss. Inget av anropet är registrerat.",
        "Skicka samma anrop igen med samma Idempotency-Key. Händer det igen: anmäl felet och "
        "uppge begaran_id.",
        agare=REGION,
    ),
)
