"""The codes of waiting times."""

from typing import Final

from gvr.core.avvikelse import Allvar
from gvr.core.felkatalog import VARDGIVARE, Felpost, add

_GVR: Final = "Registrets öppna gränssnitt för tillgänglighetsdata"


def _stop(kod: str, titel: str, text: str, atgard: str) -> Felpost:
    return Felpost(
        kod=kod,
        titel=titel,
        text=text,
        atgard=atgard,
        agare=VARDGIVARE,
        http=422,
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
    _stop(
        "VTD001",
        "Väntan har ingen början",
        "Varken remiss, beslut eller bokning har någon dag.",
        "Ange den dag då remissen kom, vården beslutades eller besöket bokades.",
    ),
    _stop(
        "VTD002",
        "Dagen är inte möjlig i en väntan",
        "Dagen ligger före 1900 eller har ännu inte varit.",
        "Rätta dagen. Bara besöket får ligga framåt i tiden.",
    ),
    _stop(
        "VTD003",
        "Beslutet ligger före remissen",
        "Vården är beslutad innan remissen kom.",
        "Rätta den dag som är fel.",
    ),
    _stop(
        "VTD004",
        "Bokningen ligger före remissen",
        "Besöket är bokat innan remissen kom.",
        "Rätta den dag som är fel.",
    ),
    _stop(
        "VTD005",
        "Besöket ligger före det som ledde till det",
        "Besöket är bokat till en dag före remissen, beslutet eller bokningen.",
        "Rätta den dag som är fel.",
    ),
    _stop(
        "VTD006",
        "Besöket har inte varit men anges som genomfört",
        "Väntan pekar ut en vårdkontakt, men besöket är bokat till en dag som inte har varit.",
        "Ta bort vårdkontakten, eller rätta besökets dag.",
    ),
    _stop(
        "VTD007",
        "Slag av remiss utan remiss",
        "Remissens slag är angivet, men inte den dag då den kom.",
        "Ange dagen, eller ta bort slaget.",
    ),
    _remark(
        "VTD008",
        "Besöket är inte rapporterat",
        "Den vårdkontakt som väntan pekar ut är ännu inte registrerad.",
        "Inget behöver göras om den är på väg: kopplingen görs av sig själv.",
    ),
    _remark(
        "VTD009",
        "Besöket är makulerat",
        "Den vårdkontakt som väntan pekar ut är makulerad.",
        "Rätta vilken vårdkontakt väntan gäller, eller ta bort den.",
    ),
    _remark(
        "VTD010",
        "Besöket är en annan patients",
        "Den vårdkontakt som väntan pekar ut gäller en annan patient.",
        "Rätta vilken vårdkontakt väntan gäller.",
    ),
    _remark(
        "VTD011",
        "Besöket har en annan dag än den bokade",
        "Vårdkontakten är från en annan dag än den som besöket var bokat till.",
        "Rätta besökets dag i den som är fel.",
    ),
)
