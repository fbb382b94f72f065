"""The rules of an Aktivitet: work for or about a patient without the patient.

It is never a vårdkontakt, never reaches the patient register and never has a fee.

Sources: Vårdgivarguiden, "GVR-tjänst för samverkan" (2023-09-25), and the rapporteringsanvisning of
Husläkarverksamhet med basal hemsjukvård, section "Rehabkoordinator".
"""

from collections.abc import Collection, Mapping
from datetime import date, time
from enum import StrEnum
from typing import Final

import msgspec

from gvr.core import felkatalog
from gvr.core import samverkansfel as _koder  # noqa: F401  - registers the codes used below
from gvr.core.avvikelse import Avvikelse
from gvr.core.personnummer import Identitet, age_on, parse

REHABKOORDINERING: Final = "GC001"
TELEMEDICIN: Final = "ZV051"
HUR_KONTAKTEN_TOGS: Final = frozenset({"XS003", "XS012", "UX007"})
UPPFOLJNING_AV_PLAN: Final = "AW026"
UPPFOLJNING_AV_REHABPLAN: Final = "AW024"
YNGST, ALDST = 16, 68

#: Legitimerad personal or socionom: 01-69, 70, 74, 75, 77, 78, 96, A2 and A3.
FAR_KOORDINERA: Final = frozenset(
    {f"{nummer:02d}" for nummer in range(1, 70)} | {"70", "74", "75", "77", "78", "96", "A2", "A3"}
)


class Aktivitetstyp(StrEnum):
    """What kind of work it is."""

    REHABKOORDINATOR = "REHABKOORDINATOR"
    KONFERENS = "KONFERENS"
    SAMVERKAN = "SAMVERKAN"


class Avser(StrEnum):
    """Whom it is about."""

    PATIENT = "PATIENT"
    GRUPP = "GRUPP"
    INGEN = "INGEN"


AKTIVITETSTYPER: Final[Mapping[str, str]] = {
    Aktivitetstyp.REHABKOORDINATOR: "Rehabkoordinering",
    Aktivitetstyp.KONFERENS: "Konferens om patient",
    Aktivitetstyp.SAMVERKAN: "Samverkan utan patient",
}
AVSER: Final[Mapping[str, str]] = {
    Avser.PATIENT: "En patient",
    Avser.GRUPP: "En grupp patienter",
    Avser.INGEN: "Ingen enskild patient",
}
#: The kinds that are always about one patient.
OM_EN_PATIENT: Final = frozenset({Aktivitetstyp.REHABKOORDINATOR, Aktivitetstyp.KONFERENS})


class Insats(msgspec.Struct, frozen=True, kw_only=True):
    """What is reported of an activity. `patient_id` is 12 digits, None where there is none."""

    id: str
    typ: str
    enhet: str
    dag: date
    yrkeskategori: str
    avser: str = Avser.PATIENT
    patient_id: str | None = None
    tid: time | None = None
    minuter: int | None = None
    diagnoser: tuple[str, ...] = ()
    atgarder: tuple[str, ...] = ()


def check_activity(
    *,
    typ: str,
    avser: str,
    har_patient: bool,
    yrkeskategori: str,
    diagnoser: Collection[str],
    atgarder: Collection[str],
) -> tuple[Avvikelse, ...]:
    """Return everything that is wrong with an activity, in the order of the codes' fields."""
    fel = list(_check_patient(typ, avser, har_patient=har_patient))
    if typ != Aktivitetstyp.REHABKOORDINATOR:
        return tuple(fel)
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


def _check_patient(typ: str, avser: str, *, har_patient: bool) -> tuple[Avvikelse, ...]:
    if not har_patient and typ in OM_EN_PATIENT:
        return (felkatalog.finding("AKT006", pekare="/patientId"),)
    if har_patient != (avser == Avser.PATIENT):
        return (felkatalog.finding("AKT007", pekare="/avser", varde=avser),)
    return ()


def check_patient(insats: Insats) -> tuple[Avvikelse, ...]:
    """Return what is wrong with the patient's number, and the remark on a coordinator's age."""
    if insats.patient_id is None:
        return ()
    identitet = parse(insats.patient_id, day=insats.dag)
    if not isinstance(identitet, Identitet):
        return (identitet,)
    if insats.typ != Aktivitetstyp.REHABKOORDINATOR or identitet.fodd is None:
        return ()
    if identitet.fodd > insats.dag or not YNGST <= age_on(identitet.fodd, insats.dag) <= ALDST:
        return (felkatalog.finding("AKT008", pekare="/patientId"),)
    return ()
