"""Orsaker: why a contact earns no product, one coded reason each, in words people can act on.

A rule of kind `ingen` brings a reason of its own from the pack; the reasons here are the engine's.
`vantar` says that the contact may still be paid once the missing fact has arrived.
"""

from typing import Final

import msgspec


class Orsak(msgspec.Struct, frozen=True, kw_only=True):
    """One reason: a title for lists, a sentence that explains, what to do and who does it.

    `agare` is VARDGIVARE, JOURNALSYSTEM or REGION; it is empty when nobody has anything to do.
    """

    kod: str
    titel: str
    text: str
    atgard: str = ""
    agare: str = ""
    vantar: bool = False


#: The engine's own reasons, by code.
ORSAKER: Final = {
    orsak.kod: orsak
    for orsak in (
        Orsak(
            kod="INGEN_REGEL",
            titel="Ingen regel ger ersättning",
            text="Vårdkontakten motsvarar ingen ersättning i avtalets rapporteringsanvisning.",
            atgard="Kontrollera att det som rapporterades stämmer med vården som gavs.",
            agare="VARDGIVARE",
        ),
        Orsak(
            kod="ENBART_TILLAGG",
            titel="Tillägg utan grundersättning",
            text="Bara tilläggsersättningar passade. Ett tillägg betalas tillsammans med en "
            "grundersättning.",
            atgard="Kontrollera att det som rapporterades stämmer med vården som gavs.",
            agare="VARDGIVARE",
        ),
        Orsak(
            kod="EJ_ERSATTNINGSBAR",
            titel="Ersätts inte",
            text="Enligt en regel i avtalet ger en sådan vårdkontakt ingen ersättning.",
        ),
        Orsak(
            kod="LAN_SAKNAS",
            titel="Patientens län saknas",
            text="Ersättningen beror på i vilket län patienten är folkbokförd, och uppgiften "
            "saknas.",
            atgard="Skicka vårdkontakten igen med folkbokföringskoden (LKF).",
            agare="JOURNALSYSTEM",
            vantar=True,
        ),
        Orsak(
            kod="FODELSEDATUM_SAKNAS",
            titel="Patientens födelsedatum saknas",
            text="Ersättningen beror på patientens ålder på vårddagen, och födelsedatumet går "
            "inte att läsa ur patientens nummer.",
            atgard="Skicka vårdkontakten igen med födelsedatum.",
            agare="JOURNALSYSTEM",
            vantar=True,
        ),
        Orsak(
            kod="KON_SAKNAS",
            titel="Patientens kön saknas",
            text="Ersättningen beror på patientens kön, och uppgiften saknas.",
            atgard="Skicka vårdkontakten igen med kön.",
            agare="JOURNALSYSTEM",
            vantar=True,
        ),
        Orsak(
            kod="BASOMRADE_SAKNAS",
            titel="Patientens basområde saknas",
            text="Ersättningen beror på patientens basområde, och uppgiften saknas.",
            atgard="Skicka vårdkontakten igen med basområde.",
            agare="JOURNALSYSTEM",
            vantar=True,
        ),
        Orsak(
            kod="SLUTDAG_SAKNAS",
            titel="Vårdtillfället är inte avslutat",
            text="Ersättningen beror på vårdtillfällets längd, och sista dagen saknas.",
            atgard="Skicka vårdkontakten igen när vårdtillfället är avslutat.",
            agare="VARDGIVARE",
            vantar=True,
        ),
        Orsak(
            kod="PLACERING_SAKNAS",
            titel="Enheten har inget avtal på vårddagen",
            text="Enhetens uppdrag och avtal på vårddagen är inte kända.",
            atgard="Lägg upp enheten, uppdraget eller avtalet.",
            agare="REGION",
            vantar=True,
        ),
        Orsak(
            kod="UTANFOR_GILTIGHET",
            titel="Regelpaketet gäller inte vårddagen",
            text="Regelpaketet gäller inte den dag vården gavs.",
            atgard="Publicera ett regelpaket som gäller vårddagen.",
            agare="REGION",
            vantar=True,
        ),
        Orsak(
            kod="MAKULERAD",
            titel="Vårdkontakten är makulerad",
            text="Vårdgivaren har makulerat vårdkontakten.",
        ),
    )
}
