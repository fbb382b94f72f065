"""A vårdkontakt as an administrative care event: the content of GetAdministrativeCareEvent 1.0.

What the register does not know is null, never a guess: an unknown unit has no HSA-id and no
contracts, an unknown payer no organisation. Codes keep their order (`seqNo`) and point at each
other (`diagnosisRef`, `conditionRef`) by that number.

Sources: riv:followup:processdevelopment:reimbursement:1 (fields; seqNo and diagnosisRef as in its
later draft), the region's published adapter SLL-RTP/sll-rtjp.gvradapter (code systems, contracts of
STYP 06, 07 and 08, look-up of the referrer). Where the adapter turns sexes around, KV kön of
V-TIM 2.0 counts: 1 is man, 2 is kvinna.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec

from gvr.core.ersmoindata import Handelse
from gvr.core.personnummer import Identitet, parse
from gvr.core.vardkontakt import Form, Innehall

REGIONEN: Final = "SE2321000016-39KJ"
KALLA: Final = "GVR"
AVLIDEN: Final = "7"  # UKOD

_KV_KON: Final = "1.2.752.129.2.2.1.1"
_KV_KONTAKTTYP: Final = "1.2.752.129.2.2.2.25"
_KV_LAN: Final = "1.2.752.129.2.2.1.18"
_KV_KOMMUN: Final = "1.2.752.129.2.2.1.17"
_KV_FORSAMLING: Final = "1.2.752.129.2.2.1.16"
_ICD: Final = "1.2.752.116.1.1.1.1.3"
_KVA: Final = "1.2.752.116.1.3.2.1.4"
_ATC: Final = "1.2.752.129.2.2.3.1.1"
_HYBRID: Final = "1.2.752.129.2.1.2.1"  # an id of somebody else's, after the HSA-id of who gave it
_PATIENT: Final = {
    "PERSONNUMMER": "1.2.752.129.2.1.3.1",
    "SAMORDNINGSNUMMER": "1.2.752.129.2.1.3.3",
    "RESERVNUMMER": "1.2.752.97.3.1.3",
}
_KON: Final = {"M": ("1", "Man"), "K": ("2", "Kvinna")}
_FORM: Final = {Form.SLUTENVARD: "1", Form.OPPENVARD: "2", Form.HEMSJUKVARD: "4"}
#: The class of a row and its code system; another class is kept as it came.
_SYSTEM: Final = {"008": _ICD, "007": _KVA, "020": _ATC, "010": "SLL.CS.TILLSTAND"}


class _Ut(msgspec.Struct, kw_only=True, rename="camel"):
    """Whatever goes out; what is unknown is null and stays there to be seen."""


class CV(_Ut):
    """A code of a code system."""

    code: str
    code_system: str
    display_name: str | None = None


class II(_Ut):
    """An id within a series."""

    root: str
    extension: str


class Code(_Ut):
    """A code of a list: its place, and the diagnos or tillstånd it belongs to."""

    code: str
    code_system: str
    seq_no: int
    diagnosis_ref: int | None = None
    condition_ref: int | None = None
    date: str | None = None


class Residence(_Ut):
    """Where the patient is registered as living."""

    region: CV
    municipality: CV
    parish: CV


class PatientId(_Ut):
    """A patient's number and what kind it is; the kind is null for a number we cannot read."""

    id: str
    type: str | None


class Patient(_Ut):
    """The patient as reported."""

    id: PatientId
    birth_date: str | None
    gender: CV | None
    local_residence: str | None
    residence: Residence | None


class Contract(_Ut):
    """A commission that the unit has on the day."""

    id: II
    name: str | None
    contract_type: CV
    provider_organization: str | None
    payer_organization: str | None
    requester_organization: str


class CareUnit(_Ut):
    """The unit: its HSA-id on the day, and its own id."""

    care_unit_id: str | None
    care_unit_local_id: II


class SourceSystem(_Ut):
    """Who tells of it."""

    org: str
    id: str


class DatePeriod(_Ut):
    """First and last day, both inclusive."""

    start: str
    end: str | None


class CareEvent(_Ut):
    """One administrative care event."""

    id: str
    source_system: SourceSystem
    patient: Patient
    emergency: bool
    event_type_main: CV
    event_type_sub: CV | None
    fee_category: CV | None
    contracts: tuple[Contract, ...]
    care_unit: CareUnit
    last_updated_time: str
    deleted: bool
    date_period: DatePeriod
    involved_professions: tuple[CV, ...]
    diagnoses: tuple[Code, ...]
    conditions: tuple[Code, ...]
    activities: tuple[Code, ...]
    referred_from: str | None
    stay_before: CV | None
    stay_after: CV | None
    deceased: bool


class Avtalsuppgift(msgspec.Struct, frozen=True, kw_only=True):
    """A commission as the register knows it, and whether its contract is in force on the day.

    `betalare` is the HSA-id of who pays; None is that nobody knows.
    """

    samverks_id: str
    namn: str
    uppdragstyp: str
    uppdragstyp_text: str | None
    i_kraft: bool
    betalare: str | None = None


class Uppgifter(msgspec.Struct, frozen=True, kw_only=True):
    """What the register adds to a contact: its unit, contracts and referrer. None is unknown."""

    kombika: str | None = None
    hsa_id: str | None = None
    avtal: Sequence[Avtalsuppgift] = ()
    remittent: str | None = None
    betalarfel: str | None = None  # the code of why nobody knows who pays


def as_event(handelse: Handelse, uppgifter: Uppgifter, *, uppdaterad: datetime) -> CareEvent:
    """Return a contact as a care event. `uppdaterad` is in Swedish time, with its zone."""
    innehall = handelse.innehall
    if innehall is None:
        raise ValueError("only a vårdkontakt is a care event")
    detaljer = handelse.detaljer
    return CareEvent(
        id=handelse.id,
        source_system=SourceSystem(org=REGIONEN, id=KALLA),
        patient=_patient(innehall),
        emergency=_emergency(innehall),
        event_type_main=CV(code=_FORM[innehall.form], code_system=_KV_KONTAKTTYP),
        event_type_sub=_sub_type(innehall),
        fee_category=_cv(innehall.taxa, "SLL.CS.TAXA"),
        contracts=tuple(_contract(avtal, uppgifter.hsa_id) for avtal in uppgifter.avtal),
        care_unit=CareUnit(
            care_unit_id=uppgifter.hsa_id,
            care_unit_local_id=II(
                root=_HYBRID, extension=f"{REGIONEN}+{uppgifter.kombika or innehall.enhet}"
            ),
        ),
        last_updated_time=uppdaterad.isoformat(timespec="microseconds"),
        deleted=handelse.makulerad,
        date_period=DatePeriod(
            start=_day(innehall.dag),
            end=None if innehall.slutdag is None else _day(innehall.slutdag),
        ),
        involved_professions=tuple(
            CV(code=kod, code_system="SLL.CS.VDG") for kod in innehall.yrkeskategorier
        ),
        diagnoses=_codes(innehall.diagnoser, detaljer.get("diagnoser", ()), "008"),
        conditions=_codes(innehall.tillstand, detaljer.get("tillstand", ()), "010"),
        activities=_activities(innehall, detaljer),
        referred_from=uppgifter.remittent,
        stay_before=_cv(innehall.ikod, "SLL.CS.IKOD"),
        stay_after=_cv(innehall.ukod, "SLL.CS.UKOD"),
        deceased=innehall.ukod == AVLIDEN,
    )


def _patient(innehall: Innehall) -> Patient:
    identitet = parse(innehall.patient_id, day=innehall.dag)
    slag = _PATIENT[identitet.typ] if isinstance(identitet, Identitet) else None
    kon = None
    if innehall.kon is not None:
        kod, text = _KON[innehall.kon]
        kon = CV(code=kod, code_system=_KV_KON, display_name=text)
    return Patient(
        id=PatientId(id=innehall.patient_id, type=slag),
        birth_date=None if innehall.fodd is None else _day(innehall.fodd),
        gender=kon,
        local_residence=innehall.basomrade,
        residence=_residence(innehall.lkf),
    )


def _residence(lkf: str | None) -> Residence | None:
    """Return the three parts of a whole Lkf; a partial one says nothing for certain."""
    if lkf is None or len(lkf) != 6:
        return None
    return Residence(
        region=CV(code=lkf[:2], code_system=_KV_LAN),
        municipality=CV(code=lkf[2:4], code_system=_KV_KOMMUN),
        parish=CV(code=lkf[4:], code_system=_KV_FORSAMLING),
    )


def _emergency(innehall: Innehall) -> bool:
    """Say whether the care was an emergency: J, or 1 in the in-patient variant of the code."""
    return innehall.akut in ("J", "1")


def _sub_type(innehall: Innehall) -> CV | None:
    if innehall.btyp is not None:
        return CV(code=innehall.btyp, code_system="SLL.CS.BTYP")
    return _cv(innehall.vktyp, "SLL.CS.VKTYP")


def _contract(avtal: Avtalsuppgift, hsa_id: str | None) -> Contract:
    return Contract(
        id=II(root=_HYBRID, extension=f"{REGIONEN}+{avtal.samverks_id}"),
        name=avtal.namn or None,
        contract_type=CV(
            code=avtal.uppdragstyp,
            code_system="SLL.CS.UPPDRAGSTYP",
            display_name=avtal.uppdragstyp_text,
        ),
        provider_organization=hsa_id,
        payer_organization=avtal.betalare,
        requester_organization=REGIONEN,
    )


def _codes(
    koder: Sequence[str], detaljer: Sequence[Mapping[str, Any]], klass: str, *, start: int = 1
) -> tuple[Code, ...]:
    """Return the rows as they came while they still are the codes; else the codes in order."""
    egna = [rad["kod"] for rad in detaljer if rad.get("klass", klass) == klass]
    rader: Sequence[Mapping[str, Any]] = detaljer
    if egna != list(koder):
        rader = [{"kod": kod} for kod in koder]
    return tuple(
        Code(
            code=rad["kod"],
            code_system=_SYSTEM.get(rad.get("klass", klass), f"SLL.KLASS.{rad.get('klass')}"),
            seq_no=rad.get("ordnnr", plats),
            diagnosis_ref=rad.get("diagnosnr"),
            condition_ref=rad.get("tillstandnr"),
            date=None if "datum" not in rad else rad["datum"].replace("-", ""),
        )
        for plats, rad in enumerate(rader, start=start)
    )


def _activities(innehall: Innehall, detaljer: Mapping[str, Any]) -> tuple[Code, ...]:
    """Return the åtgärder, and the läkemedel that stand in no other list."""
    rader = _codes(innehall.atgarder, detaljer.get("atgarder", ()), "007")
    funna = {
        rad["kod"]
        for namn in ("diagnoser", "atgarder")
        for rad in detaljer.get(namn, ())
        if rad.get("klass") == "020"
    }
    kvar = [kod for kod in innehall.lakemedel if kod not in funna]
    nasta = max((rad.seq_no for rad in rader), default=0) + 1
    return rader + tuple(
        Code(code=kod, code_system=_ATC, seq_no=nasta + plats) for plats, kod in enumerate(kvar)
    )


def _cv(kod: str | None, kodsystem: str) -> CV | None:
    return None if kod is None else CV(code=kod, code_system=kodsystem)


def _day(dag: date) -> str:
    return f"{dag:%Y%m%d}"
