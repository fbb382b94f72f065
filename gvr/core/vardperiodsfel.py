"""The codes of vårdansvar and vårdperioder."""

from typing import Final

from gvr.core.avvikelse import Allvar
from gvr.core.felkatalog import JOURNALSYSTEM, VARDGIVARE, Felpost, add

_GVR: Final = (
    "ERSMOIndata 2.2 (Vårdansvar) och registrets öppna gränssnitt för vårdperioder, "
    "Vårdgivarguiden, Gemensamt vårdregister"
)


def _entry(
    kod: str,
    allvar: Allvar,
    titel: str,
    text: str,
    atgard: str,
    *,
    agare: str = VARDGIVARE,
    http: int | None = None,
) -> Felpost:
    return Felpost(
        kod=kod,
        titel=titel,
        text=text,
        atgard=atgard,
        agare=agare,
        http=http,
        allvar=allvar,
        kalla=_GVR,
    )


add(
    _entry(
        "PER001",
        Allvar.PARKERA,
        "Periodens start är inte rapporterad",
        "Slutet är mottaget och väntar på periodens start.",
        "Rapportera starten. Slutet kommer med av sig självt när den finns.",
    ),
    _entry(
        "PER002",
        Allvar.PARKERA,
        "Slutet gäller en annan patient än starten",
        "Patientens nummer är inte detsamma i periodens start och slut. Slutet räknas inte.",
        "Rätta numret i det som är fel.",
    ),
    _entry(
        "PER003",
        Allvar.PARKERA,
        "Slutet ligger före starten",
        "Perioden slutar före den dag då den börjar. Slutet är mottaget men räknas inte.",
        "Rätta den dag som är fel.",
    ),
    _entry(
        "PER004",
        Allvar.ANMARKNING,
        "Patienten har redan en pågående period",
        "Patienten har en annan pågående period av samma slag på enheten.",
        "Avsluta den tidigare perioden, eller makulera den som är fel.",
    ),
    _entry(
        "PER005",
        Allvar.STOPP,
        "Perioden är rapporterad i en fil",
        "Perioden med samma id har kommit som en händelse i en fil och ändras inte i delar.",
        "Rätta den i filen, eller rapportera en ny period med ett nytt id.",
        agare=JOURNALSYSTEM,
        http=409,
    ),
    _entry(
        "PER006",
        Allvar.ANMARKNING,
        "Vårdkontakten väntar på sin period",
        "Det vårdansvar eller den vårdperiod som vårdkontakten hör till är inte rapporterad.",
        "Rapportera perioden, eller rätta vilken period vårdkontakten hör till. Kopplingen görs "
        "av sig själv när perioden finns.",
    ),
    _entry(
        "PER007",
        Allvar.ANMARKNING,
        "Perioden gäller en annan patient",
        "Vårdkontakten hör till en period som är en annan patients.",
        "Rätta vilken period vårdkontakten hör till, eller patienten i den som är fel.",
    ),
    _entry(
        "PER008",
        Allvar.ANMARKNING,
        "Vårdkontakten ligger utanför sin period",
        "Dagen för vården ligger före periodens start eller efter dess slut.",
        "Rätta dagen eller perioden.",
    ),
    _entry(
        "PER009",
        Allvar.ANMARKNING,
        "Perioden är makulerad",
        "Det vårdansvar eller den vårdperiod som vårdkontakten hör till är makulerad.",
        "Rätta vilken period vårdkontakten hör till.",
    ),
    _entry(
        "PER010",
        Allvar.STOPP,
        "Kontaktvägens dag ligger efter starten",
        "Patienten kontaktade vården efter den dag då perioden börjar.",
        "Rätta den dag som är fel.",
        http=422,
    ),
)
