"""Waiting times (tillgänglighetsdata): from referral or decision to the visit that was booked.

A report follows one patient's wait at one unit: when the referral came, when care was decided, when
the visit was booked, for which day, and why it was put off. When the visit has happened the report
names the contact; how the two stand to each other is never stored, since either may come first.

Source: the public parts of the register's interface (vårdgarantikod, bokningens ursprung, dagar för
bokning, remiss, beslut och besök, slag av remiss, orsak till att besöket skjutits upp). The rules
of the order of days are ours: no public source gives any.
"""

from datetime import date
from enum import StrEnum

import msgspec

from gvr.core import felkatalog
from gvr.core import vantetidsfel as _koder  # noqa: F401  - registers the codes used below
from gvr.core.avvikelse import Avvikelse
from gvr.core.kodverk import Kodregister
from gvr.core.kontroll import TIDIGASTE_DAG, check
from gvr.core.vardkontakt import Form, Innehall


class Lage(StrEnum):
    """Where a wait stands."""

    VANTAR = "VANTAR"  # no day for the visit
    BOKAD = "BOKAD"  # a day, and the visit has not been reported
    GENOMFORD = "GENOMFORD"  # the contact that it names is registered
    FEL = "FEL"  # the contact that it names is not the visit that was waited for


class Vantetid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a system reports of one wait. Codes are the system's own; no public list has them."""

    id: str
    patient_id: str
    enhet: str
    garantikod: str | None = None
    ursprung: str | None = None
    remisstyp: str | None = None
    remissdag: date | None = None
    beslutsdag: date | None = None
    bokad: date | None = None  # the day the booking was made
    besoksdag: date | None = None  # the day the visit is booked for
    uppskjuten_orsak: str | None = None
    vardhandelse_id: str | None = None

    @property
    def dag(self) -> date:
        """The first day of the wait: of referral, decision or booking, whichever there is first."""
        dagar = [d for d in (self.remissdag, self.beslutsdag, self.bokad) if d is not None]
        return min(dagar) if dagar else self.besoksdag or TIDIGASTE_DAG

    @property
    def dagar(self) -> int | None:
        """How many days the wait is, from its first day to the visit; None without a visit."""
        return None if self.besoksdag is None else (self.besoksdag - self.dag).days


class Besoket(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version of the contact that a wait names."""

    patient_id: str
    dag: date
    makulerad: bool


class Koppling(msgspec.Struct, frozen=True, kw_only=True):
    """How a wait stands, and what explains it."""

    lage: Lage
    avvikelser: tuple[Avvikelse, ...] = ()


def tie(vantetid: Vantetid, besok: Besoket | None) -> Koppling:
    """Return how a wait stands to the contact it names; None where that is not registered."""
    lage = Lage.VANTAR if vantetid.besoksdag is None else Lage.BOKAD
    if vantetid.vardhandelse_id is None:
        return Koppling(lage=lage)
    if besok is None:
        return Koppling(
            lage=lage, avvikelser=(felkatalog.finding("VTD008", pekare="/vardhandelseId"),)
        )
    fel = []
    if besok.makulerad:
        fel.append(felkatalog.finding("VTD009", pekare="/vardhandelseId"))
    if besok.patient_id != vantetid.patient_id:
        fel.append(felkatalog.finding("VTD010", pekare="/vardhandelseId"))
    if vantetid.besoksdag is not None and besok.dag != vantetid.besoksdag:
        fel.append(
            felkatalog.finding("VTD011", pekare="/besoksdag", varde=vantetid.besoksdag.isoformat())
        )
    return Koppling(lage=Lage.FEL if fel else Lage.GENOMFORD, avvikelser=tuple(fel))


def check_wait(vantetid: Vantetid, *, koder: Kodregister, today: date) -> tuple[Avvikelse, ...]:
    """Return every finding about a wait by itself: its patient, its unit, the order of its days."""
    fynd = list(_patient_and_unit(vantetid, koder=koder, today=today))

    def add(kod: str, pekare: str, varde: date | None = None) -> None:
        fynd.append(
            felkatalog.finding(
                kod, pekare=pekare, varde=None if varde is None else varde.isoformat()
            )
        )

    v = vantetid
    if v.remissdag is None and v.beslutsdag is None and v.bokad is None:
        add("VTD001", "/bokad")
    for falt, dag in (("remissdag", v.remissdag), ("beslutsdag", v.beslutsdag), ("bokad", v.bokad)):
        if dag is not None and not TIDIGASTE_DAG <= dag <= today:
            add("VTD002", f"/{falt}", dag)
    if v.remissdag is not None:
        if v.beslutsdag is not None and v.beslutsdag < v.remissdag:
            add("VTD003", "/beslutsdag", v.beslutsdag)
        if v.bokad is not None and v.bokad < v.remissdag:
            add("VTD004", "/bokad", v.bokad)
    if v.besoksdag is not None and v.besoksdag < max(
        d for d in (v.remissdag, v.beslutsdag, v.bokad, TIDIGASTE_DAG) if d is not None
    ):
        add("VTD005", "/besoksdag", v.besoksdag)
    if v.vardhandelse_id is not None and v.besoksdag is not None and v.besoksdag > today:
        add("VTD006", "/vardhandelseId")
    if v.remisstyp is not None and v.remissdag is None:
        add("VTD007", "/remissdag")
    return tuple(fynd)


def _patient_and_unit(
    vantetid: Vantetid, *, koder: Kodregister, today: date
) -> tuple[Avvikelse, ...]:
    """Use the checks of contacts, of a day that says nothing of its own."""
    innehall = Innehall(
        enhet=vantetid.enhet,
        patient_id=vantetid.patient_id,
        dag=min(max(vantetid.dag, TIDIGASTE_DAG), today),
        form=Form.SLUTENVARD,  # the form that asks for nothing while it goes on
    )
    return check(innehall, koder=koder, today=today)
