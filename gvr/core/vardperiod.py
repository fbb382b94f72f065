"""Vårdansvar and vårdperioder: times that a provider answers for a patient, with contacts in them.

A vårdansvar is the responsibility for home care; a vårdperiod ties contacts together, in psychiatry
and home care. Both have a start and an end, reported apart and in any order: a period is merged
anew from the two each time, and an end without its start waits.

How a contact stands to the period it names is never stored: either may come, be corrected or be
cancelled at any time, and both sides see the answer as it is now.

Sources: ERSMOIndata 2.2 (Vårdansvar: Hemsjukvårdsansvar with type Basal, Avancerad or Okänt;
TillhörVårdansvar) and the public parts of the register's interface (start, end, a correction of
each, and removal; a contact names its vårdperiod by the period's code).
"""

from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from gvr.core import felkatalog
from gvr.core import vardperiodsfel as _koder  # noqa: F401  - registers the codes used below
from gvr.core.avvikelse import Avvikelse
from gvr.core.kodverk import Kodregister
from gvr.core.kontroll import check
from gvr.core.vardkontakt import Form, Innehall


class Slag(StrEnum):
    """The two kinds of period."""

    VARDANSVAR = "VARDANSVAR"
    VARDPERIOD = "VARDPERIOD"


class Moment(StrEnum):
    """Which end of a period a report is about."""

    START = "START"
    SLUT = "SLUT"


class Lage(StrEnum):
    """Where a period stands."""

    VANTAR_PA_START = "VANTAR_PA_START"
    PAGAR = "PAGAR"
    AVSLUTAD = "AVSLUTAD"
    MAKULERAD = "MAKULERAD"


#: The class of an event in ERSMOIndata, where periods of both doors are kept.
KLASS: Final = {Slag.VARDANSVAR: "Vårdansvar", Slag.VARDPERIOD: "Vårdperiod"}
#: Händelsetyp of ERSMOIndata, and what the interface calls it.
ANSVARSTYPER: Final = {"BASAL": "Basal", "AVANCERAD": "Avancerad", "OKANT": "Okänt"}


class Start(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="START"):
    """A period begins on `dag`. `typ` is a type of ansvar, or PSYKIATRI, HEMSJUKVARD, OVRIGT."""

    id: str
    patient_id: str
    enhet: str
    dag: date
    typ: str
    diagnoser: tuple[str, ...] = ()
    tillstand: tuple[str, ...] = ()
    diagnosgrupp: str | None = None
    kontaktvag: str | None = None
    kontaktvag_dag: date | None = None
    patientkategori: str | None = None
    missbruksdiagnos: str | None = None


class Slut(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="SLUT"):
    """A period ends on `dag`, inclusive."""

    id: str
    patient_id: str
    enhet: str
    dag: date
    diagnoser: tuple[str, ...] = ()


Del = Start | Slut


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A period as its reports make it. `slut` is inclusive, None while it goes on."""

    lage: Lage
    start: Start | None = None
    slut: date | None = None
    fynd: tuple[Avvikelse, ...] = ()

    @property
    def vantar(self) -> bool:
        """Say whether there is an end that does not count for now."""
        return bool(self.fynd)


def merge(start: Start | None, slut: Slut | None) -> Period:
    """Return the period of the start and the end that hold now."""
    if start is None:
        vantar = () if slut is None else (felkatalog.finding("PER001", pekare="/id"),)
        lage = Lage.MAKULERAD if slut is None else Lage.VANTAR_PA_START
        return Period(lage=lage, fynd=vantar)
    if slut is None:
        return Period(lage=Lage.PAGAR, start=start)
    if slut.patient_id != start.patient_id:
        fynd = felkatalog.finding("PER002", pekare="/patientId")
    elif slut.dag < start.dag:
        fynd = felkatalog.finding("PER003", pekare="/dag", varde=slut.dag.isoformat())
    else:
        return Period(lage=Lage.AVSLUTAD, start=start, slut=slut.dag)
    return Period(lage=Lage.PAGAR, start=start, fynd=(fynd,))


# --- a contact and its period --------------------------------------------------------------------


class Kopplingslage(StrEnum):
    """How a contact stands to the period it names."""

    VANTAR_PA_PERIOD = "VANTAR_PA_PERIOD"
    KOPPLAD = "KOPPLAD"
    FEL = "FEL"


class Registrerad(msgspec.Struct, frozen=True, kw_only=True):
    """A registered period, whichever door it came by. `slut` is inclusive."""

    id: str
    slag: Slag
    patient_id: str
    start: date
    slut: date | None
    makulerad: bool


class Koppling(msgspec.Struct, frozen=True, kw_only=True):
    """A contact's tie to one period, and what is wrong with it."""

    id: str
    slag: Slag
    lage: Kopplingslage
    avvikelser: tuple[Avvikelse, ...] = ()


def tie(
    *, slag: Slag, id_: str, patient_id: str, dag: date, period: Registrerad | None
) -> Koppling:
    """Return how a contact of the patient on the day stands to the period it names."""
    pekare = "/tillhorVardansvar" if slag is Slag.VARDANSVAR else "/vardperiod"
    if period is None:
        vantar = felkatalog.finding("PER006", pekare=pekare)
        return Koppling(
            id=id_, slag=slag, lage=Kopplingslage.VANTAR_PA_PERIOD, avvikelser=(vantar,)
        )
    fel = []
    if period.makulerad:
        fel.append(felkatalog.finding("PER009", pekare=pekare))
    if period.patient_id != patient_id:
        fel.append(felkatalog.finding("PER007", pekare=pekare))
    elif not period.makulerad and not _within(dag, period):
        fel.append(felkatalog.finding("PER008", pekare=pekare, varde=dag.isoformat()))
    lage = Kopplingslage.FEL if fel else Kopplingslage.KOPPLAD
    return Koppling(id=id_, slag=slag, lage=lage, avvikelser=tuple(fel))


def _within(dag: date, period: Registrerad) -> bool:
    return period.start <= dag and (period.slut is None or dag <= period.slut)


# --- the checks of one report --------------------------------------------------------------------


def check_part(del_: Del, *, koder: Kodregister, today: date) -> tuple[Avvikelse, ...]:
    """Return every finding about a start or an end by itself."""
    fynd = check(
        Innehall(
            enhet=del_.enhet,
            patient_id=del_.patient_id,
            dag=del_.dag,
            form=Form.SLUTENVARD,  # the form that asks for nothing while it goes on
            diagnoser=del_.diagnoser,
            tillstand=del_.tillstand if isinstance(del_, Start) else (),
        ),
        koder=koder,
        today=today,
    )
    if (
        isinstance(del_, Start)
        and del_.kontaktvag_dag is not None
        and del_.kontaktvag_dag > del_.dag
    ):
        fynd += (
            felkatalog.finding(
                "PER010", pekare="/kontaktvagDag", varde=del_.kontaktvag_dag.isoformat()
            ),
        )
    return fynd
