"""The rules of collaboration, and of work without patient contact.

When several contract parties meet a patient at once, one of them – the one with the main
responsibility – reports the vårdkontakt, with besökstyp A or B. The others report their part, a
`Deltagande`, which names the contact by who reports it and under which id. Either may arrive first.

An `Aktivitet` is work for or about a patient without the patient: never a vårdkontakt, never a fee.

Sources: Vårdgivarguiden, "GVR-tjänst för samverkan" (2023-09-25), and the rapporteringsanvisning of
Husläkarverksamhet med basal hemsjukvård, section "Rehabkoordinator". Which key ties a part to its
contact, and what a part earns, is not public: the natural key is our choice.
"""

from collections.abc import Collection
from datetime import date, time
from enum import StrEnum
from typing import Final

import msgspec

from gvr.core import anropsfel as _koder  # noqa: F401  - registers the codes used below
from gvr.core import felkatalog
from gvr.core.avvikelse import Avvikelse

REHABKOORDINATOR: Final = "REHABKOORDINATOR"
BESOKSTYPER: Final = frozenset({"A", "B"})
TIDIGASTE_DAG: Final = date(1900, 1, 1)

REHABKOORDINERING: Final = "GC001"
TELEMEDICIN: Final = "ZV051"
HUR_KONTAKTEN_TOGS: Final = frozenset({"XS003", "XS012", "UX007"})
UPPFOLJNING_AV_PLAN: Final = "AW026"
UPPFOLJNING_AV_REHABPLAN: Final = "AW024"

#: Legitimerad personal or socionom: 01-69, 70, 74, 75, 77, 78, 96, A2 and A3.
FAR_KOORDINERA: Final = frozenset(
    {f"{nummer:02d}" for nummer in range(1, 70)} | {"70", "74", "75", "77", "78", "96", "A2", "A3"}
)


class Koppling(StrEnum):
    """How a Deltagande stands to the contact it names."""

    VANTAR_PA_HUVUDKONTAKT = "VANTAR_PA_HUVUDKONTAKT"
    KOPPLAD = "KOPPLAD"
    FEL = "FEL"


class Huvudkontakt(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version of the contact that a part names. `avtal_id` None is not placed yet."""

    btyp: str | None
    dag: date
    makulerad: bool
    avtal_id: int | None


class Kopplad(msgspec.Struct, frozen=True):
    """The state of a tie and the findings that explain it."""

    koppling: Koppling
    avvikelser: tuple[Avvikelse, ...] = ()


def tie(*, dag: date, avtal_id: int, huvud: Huvudkontakt | None) -> Kopplad:
    """Return how a part on the day, under the contract, stands to the contact it names.

    Nothing is stored of this: the contact may come, be corrected or be cancelled at any time, and
    both sides always see the answer as it is now.
    """
    if huvud is None:
        return Kopplad(
            Koppling.VANTAR_PA_HUVUDKONTAKT,
            (felkatalog.finding("SAM006", pekare="/huvudkontakt"),),
        )
    fel = []
    if huvud.makulerad:
        fel.append(felkatalog.finding("SAM003", pekare="/huvudkontakt"))
    elif huvud.btyp not in BESOKSTYPER:
        fel.append(felkatalog.finding("SAM002", pekare="/huvudkontakt", varde=huvud.btyp))
    if huvud.avtal_id == avtal_id:
        fel.append(felkatalog.finding("SAM004", pekare="/enhet"))
    if huvud.dag != dag:
        fel.append(felkatalog.finding("SAM005", pekare="/dag", varde=dag.isoformat()))
    return Kopplad(Koppling.FEL if fel else Koppling.KOPPLAD, tuple(fel))


def check_day(dag: date, *, today: date) -> tuple[Avvikelse, ...]:
    """Return a finding for a day that cannot be: before 1900, or one that has not been yet."""
    if TIDIGASTE_DAG <= dag <= today:
        return ()
    return (felkatalog.finding("SAM007", pekare="/dag", varde=dag.isoformat()),)


def check_activity(
    *,
    typ: str,
    yrkeskategori: str,
    diagnoser: Collection[str],
    atgarder: Collection[str],
) -> tuple[Avvikelse, ...]:
    """Return everything that is wrong with an activity; only a rehabkoordinator's has rules."""
    if typ != REHABKOORDINATOR:
        return ()
    fel = []
    if yrkeskategori not in FAR_KOORDINERA:
        fel.append(felkatalog.finding("AKT003", pekare="/yrkeskategori", varde=yrkeskategori))
    if not diagnoser:
        fel.append(felkatalog.finding("AKT001", pekare="/diagnoser"))
    if REHABKOORDINERING not in atgarder:
        fel.append(felkatalog.finding("AKT002", pekare="/atgarder"))
    if TELEMEDICIN in atgarder and HUR_KONTAKTEN_TOGS.isdisjoint(atgarder):
        fel.append(felkatalog.finding("AKT004", pekare="/atgarder", varde=TELEMEDICIN))
    if UPPFOLJNING_AV_PLAN in atgarder and UPPFOLJNING_AV_REHABPLAN in atgarder:
        fel.append(felkatalog.finding("AKT005", pekare="/atgarder", varde=UPPFOLJNING_AV_REHABPLAN))
    return tuple(fel)


class Del(msgspec.Struct, frozen=True, kw_only=True):
    """What a system reports of a part in an occasion. `enhet` is a kombika or an HSA-id."""

    id: str
    huvud_kallsystem: str
    huvud_vardhandelse_id: str
    enhet: str
    dag: date
    yrkeskategori: str
    tid: time | None = None
    minuter: int | None = None
    atgarder: tuple[str, ...] = ()
    roll: str = "MEDVERKANDE"


class Insats(msgspec.Struct, frozen=True, kw_only=True):
    """What a system reports of an activity. `patient_id` is 12 digits, None where there is none."""

    id: str
    typ: str
    enhet: str
    dag: date
    yrkeskategori: str
    patient_id: str | None = None
    tid: time | None = None
    minuter: int | None = None
    diagnoser: tuple[str, ...] = ()
    atgarder: tuple[str, ...] = ()
