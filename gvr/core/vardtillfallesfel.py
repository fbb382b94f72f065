"""The codes of in-patient care that is reported in parts."""

from typing import Final

from gvr.core.avvikelse import Allvar
from gvr.core.felkatalog import JOURNALSYSTEM, VARDGIVARE, Felpost, add

_GVR: Final = (
    "Vårdgivarguiden, Gemensamt vårdregister; registrets öppna gränssnitt för inskrivning, "
    "flytt och utskrivning"
)


def _park(kod: str, titel: str, text: str, atgard: str, *, agare: str = VARDGIVARE) -> Felpost:
    """Return an entry of a part that is kept and left out of the contact until it fits."""
    return Felpost(
        kod=kod,
        titel=titel,
        text=text,
        atgard=atgard,
        agare=agare,
        allvar=Allvar.PARKERA,
        kalla=_GVR,
    )


def _stop(
    kod: str, http: int, titel: str, text: str, atgard: str, *, agare: str = VARDGIVARE
) -> Felpost:
    return Felpost(
        kod=kod,
        titel=titel,
        text=text,
        atgard=atgard,
        agare=agare,
        http=http,
        allvar=Allvar.STOPP,
        kalla=_GVR,
    )


def _remark(kod: str, titel: str, text: str, atgard: str) -> Felpost:
    return Felpost(
        kod=kod,
        titel=titel,
        text=text,
        atgard=atgard,
        agare=VARDGIVARE,
        allvar=Allvar.ANMARKNING,
        kalla=_GVR,
    )


add(
    _park(
        "SLV001",
        "Inskrivningen är inte rapporterad",
        "Vårdtillfället har ingen inskrivning. Händelsen är mottagen och väntar på den.",
        "Rapportera inskrivningen. Händelsen kommer med av sig själv när den finns.",
    ),
    _park(
        "SLV002",
        "Händelsen gäller en annan patient än inskrivningen",
        "Patientens nummer är inte detsamma som i vårdtillfällets inskrivning. Händelsen är "
        "mottagen men hör inte till vårdtillfället.",
        "Rätta numret i inskrivningen eller i händelsen, eller vilket vårdtillfälle den hör till.",
    ),
    _park(
        "SLV003",
        "Händelsen ligger före inskrivningen",
        "Flytten eller utskrivningen är daterad före inskrivningen. Den är mottagen men räknas "
        "inte.",
        "Rätta den tidpunkt som är fel.",
    ),
    _park(
        "SLV004",
        "Flytten ligger efter utskrivningen",
        "Patienten är utskriven före flytten. Flytten är mottagen men räknas inte.",
        "Rätta den tidpunkt som är fel, eller makulera flytten eller utskrivningen.",
    ),
    _remark(
        "SLV005",
        "Utskriven från en annan enhet än den senaste",
        "Utskrivningen gäller en annan enhet än den som patienten senast låg på. En flytt kan "
        "saknas.",
        "Rapportera flytten, eller rätta utskrivningens enhet.",
    ),
    _stop(
        "SLV006",
        422,
        "Koden pekar på en rad som inte finns",
        "Numret på en diagnos eller ett tillstånd är högre än antalet i samma händelse.",
        "Räkna raderna från 1 och rätta numret.",
        agare=JOURNALSYSTEM,
    ),
    _stop(
        "SLV007",
        422,
        "Tid för dödsfall utan utskrivningskod 7",
        "Ett klockslag för dödsfallet är angivet, men utskrivningskoden säger inte avliden.",
        "Ange utskrivningskod 7, eller ta bort klockslaget.",
    ),
    _stop(
        "SLV008",
        422,
        "Åtgärden är gjord efter händelsen",
        "Åtgärdens dag ligger efter den dag då patienten lämnade enheten.",
        "Rätta åtgärdens dag, eller rapportera den i en senare händelse.",
    ),
    _stop(
        "SLV009",
        422,
        "Behandlingen är avslutad efter utskrivningen",
        "Dagen då patienten var medicinskt färdigbehandlad ligger efter utskrivningsdagen.",
        "Rätta den dag som är fel.",
    ),
    _stop(
        "SLV010",
        409,
        "Vårdtillfället är rapporterat som en hel vårdkontakt",
        "Vårdkontakten med samma id är rapporterad i ett stycke och ändras inte i delar.",
        "Rätta den som vårdkontakt, eller makulera den och rapportera delarna under ett nytt id.",
        agare=JOURNALSYSTEM,
    ),
    _stop(
        "SLV011",
        409,
        "Vårdkontakten är ändrad vid sidan av sina delar",
        "Vårdkontakten som delarna bildar har rättats eller makulerats som helhet, och delen säger "
        "något annat om samma uppgift. Ingetdera skrivs över.",
        "Läs vårdkontakten (GET vardkontakter) och rätta den som helhet, eller sänd delen med den "
        "uppgift som helheten har. Det som bara den ena har ändrat förs samman av sig själv.",
        agare=VARDGIVARE,
    ),
    _stop(
        "SLV012",
        409,
        "Flytten hör till ett annat vårdtillfälle",
        "En flytt med samma id är registrerad i ett annat vårdtillfälle.",
        "Makulera flytten och rapportera den med ett nytt id i rätt vårdtillfälle.",
        agare=JOURNALSYSTEM,
    ),
)
