"""What must be mended: grouped by reason, and refused contacts with their findings."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from avstamning.core import ord as ordval
from avstamning.core.halsouppgifter import DOLT, hidden
from avstamning.core.ord import Statusord
from avstamning.core.urval import waited_for, write_place
from avstamning.queries import orsaker
from avstamning.queries.oversikt import midnight, month_around
from ersattning.ersmo.core.orsaker import Orsak
from ersattning.hej.queries import lagen
from gvr.core.period import Manad, Period
from gvr.queries import portal
from gvr.queries.portal import Avvisadsida, Synfalt, Vardgivarval

#: How far back the worklist goes: this month and the eleven before it.
MANADER = 12


class Uppgift(msgspec.Struct, frozen=True, kw_only=True):
    """One group of the worklist: contacts with the same reason.

    `vantar_pa` is the code to filter by, `vantar_text` what it says. `senast` is None where the
    provider has nothing to do. `fran` and `till` are the inclusive days of the list behind it.
    """

    orsak: Orsak
    status: Statusord
    utfall: str
    vantar_pa: str
    vantar_text: str
    antal: int
    riskantal: int
    riskbelopp: Decimal
    aldsta: date
    senast: date | None
    avvisad: bool = False


class Worklist(msgspec.Struct, frozen=True, kw_only=True):
    """The worklist: what the provider mends, and what others do."""

    egna: tuple[Uppgift, ...]
    andras: tuple[Uppgift, ...]
    period: Period

    @property
    def antal_egna(self) -> int:
        """How many contacts wait for the provider; one refused for two reasons counts twice."""
        return sum(rad.antal for rad in self.egna)


def worklist(synfalt: Synfalt, *, day: date, frist: date) -> Worklist:
    """Return what is unsolved among the last twelve months of care, the largest groups first."""
    period = month_around(day, antal=MANADER)
    egna_orsaker = orsaker.catalogue(portal.contracts(synfalt.vardgivare_id), day)
    uppgifter = [
        Uppgift(
            orsak=(orsak := orsaker.words(grupp.orsak, egna_orsaker)),
            status=ordval.outcome(grupp.utfall),
            utfall=grupp.utfall,
            vantar_pa=grupp.vantar_pa,
            vantar_text=waited_for(grupp.vantar_pa) if grupp.vantar_pa else "",
            antal=grupp.antal,
            riskantal=grupp.riskantal,
            riskbelopp=grupp.riskbelopp,
            aldsta=grupp.aldsta,
            senast=None if orsak.agare == "REGION" else frist,
        )
        for grupp in lagen.reasons(synfalt, period)
    ]
    uppgifter += _refused(
        synfalt, frist, fran=midnight(period.start), till=midnight(Manad.of(day).next.first)
    )
    uppgifter.sort(key=lambda rad: -rad.antal)
    return Worklist(
        egna=tuple(rad for rad in uppgifter if rad.senast is not None),
        andras=tuple(rad for rad in uppgifter if rad.senast is None),
        period=period,
    )


def _refused(synfalt: Synfalt, frist: date, *, fran: datetime, till: datetime) -> list[Uppgift]:
    per_kod = portal.refused_by_code(synfalt, fran=fran, till=till)
    return [
        Uppgift(
            orsak=(orsak := orsaker.words(kod)),
            status=ordval.AVVISAD,
            utfall="",
            vantar_pa="",
            vantar_text="",
            antal=antal,
            riskantal=0,
            riskbelopp=Decimal("0.00"),
            aldsta=aldsta.date(),
            senast=None if orsak.agare == "REGION" else frist,
            avvisad=True,
        )
        for kod, (antal, aldsta) in per_kod.items()
    ]


class Fynd(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as it is shown."""

    kod: str
    text: str
    atgard: str
    agare: str
    pekare: str
    varde: str


class Avvisadrad(msgspec.Struct, frozen=True, kw_only=True):
    """A refused contact as it is shown. `lost`: a later version of it has been accepted."""

    tid: datetime
    dag: date | None
    enhet: str
    vardhandelse_id: str
    fynd: tuple[Fynd, ...]
    lost: bool


class Avvisadlista(msgspec.Struct, frozen=True):
    """A page of refused contacts with the places to go on from."""

    rader: tuple[Avvisadrad, ...]
    nyare: str
    aldre: str


def refusals(sida: Avvisadsida, vardgivare: Vardgivarval, *, ser_diagnos: bool) -> Avvisadlista:
    """Put refusals into words."""
    rader = tuple(
        Avvisadrad(
            tid=rad.tid,
            dag=rad.dag,
            enhet=next(
                (val.namn for val in vardgivare.enheter if rad.enhet_id in val.ids), "okänd enhet"
            ),
            vardhandelse_id=rad.vardhandelse_id,
            fynd=tuple(finding(fynd, ser_diagnos=ser_diagnos) for fynd in rad.avvikelser),
            lost=rad.lost,
        )
        for rad in sida.rader
    )
    dag = date(2000, 1, 1)  # the list is in order of number alone
    return Avvisadlista(
        rader,
        write_place(dag, sida.nyare) if sida.nyare else "",
        write_place(dag, sida.aldre) if sida.aldre else "",
    )


def finding(fynd: Mapping[str, Any], *, ser_diagnos: bool) -> Fynd:
    """Put a stored finding into words; a role that sees no diagnosis gets the catalogue's text."""
    kod, pekare = str(fynd.get("kod", "")), str(fynd.get("pekare", ""))
    dolt = hidden(pekare) and not ser_diagnos
    ord_ = orsaker.words(kod)
    varde = fynd.get("varde")
    return Fynd(
        kod=kod,
        text=ord_.text if dolt else str(fynd.get("text") or ord_.text),
        atgard=str(fynd.get("atgard") or ord_.atgard),
        agare=str(fynd.get("agare") or ord_.agare),
        pekare=pekare,
        varde=DOLT if dolt and varde else str(varde or ""),
    )
