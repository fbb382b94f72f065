"""The rules of collaboration.

When several contract parties meet a patient at once, one of them – the one with the main
responsibility – reports the vårdkontakt, with besökstyp A or B. Each of the others reports its
part, a `Deltagande`, which points out the contact: by the name and id under which it is reported,
or, where those are not known, by the patient, the day and the unit. Any of them may arrive first.

Nothing is stored of how a part stands to its contact. Both may be corrected or cancelled at any
time, so it is judged anew from what is registered whenever somebody looks, from either side. The
order of arrival can therefore never matter.

Sources: Vårdgivarguiden, "GVR-tjänst för samverkan" (2023-09-25). Which key ties a part to its
contact, the list of roles, and what a part earns are not public: they are our choice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, time
from enum import StrEnum
from typing import Final

import msgspec

from gvr.core import felkatalog, kodverk
from gvr.core import samverkansfel as _koder  # noqa: F401  - registers the codes used below
from gvr.core.avvikelse import Avvikelse
from gvr.core.kodverk import Kodlage, Kodregister

BESOKSTYPER: Final = frozenset({"A", "B"})
TIDIGASTE_DAG: Final = date(1900, 1, 1)


class Roll(StrEnum):
    """What a party does at the occasion beside the one with the main responsibility."""

    MEDVERKANDE = "MEDVERKANDE"
    KONSULT = "KONSULT"
    SAMORDNARE = "SAMORDNARE"


ROLLER: Final[Mapping[str, str]] = {
    Roll.MEDVERKANDE: "Medverkande",
    Roll.KONSULT: "Konsult",
    Roll.SAMORDNARE: "Samordnare",
}


class Koppling(StrEnum):
    """How a Deltagande stands to the contact it points out."""

    VANTAR_PA_HUVUDKONTAKT = "VANTAR_PA_HUVUDKONTAKT"
    KOPPLAD = "KOPPLAD"
    FEL = "FEL"


class Del(msgspec.Struct, frozen=True, kw_only=True):
    """What is reported of a part in an occasion. `enhet` is a kombika or an HSA-id.

    The contact is pointed out by `huvud_kallsystem` and `huvud_vardhandelse_id`, or by
    `huvud_enhet` (a kombika or an HSA-id) together with `patient_id` and the day.
    """

    id: str
    enhet: str
    dag: date
    yrkeskategorier: tuple[str, ...]
    huvud_kallsystem: str = ""
    huvud_vardhandelse_id: str = ""
    huvud_enhet: str = ""
    patient_id: str | None = None
    tid: time | None = None
    minuter: int | None = None
    atgarder: tuple[str, ...] = ()
    roll: str = Roll.MEDVERKANDE


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A party's part, as far as it must be known to be judged. `nyckel` is (system, its id)."""

    nyckel: tuple[str, str]
    avtal_id: int
    dag: date
    tid: time | None = None
    minuter: int | None = None
    patient_id: str | None = None
    vardgivare_id: int | None = None


class Huvudkontakt(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version of the contact of an occasion. `avtal_id` None is not placed yet."""

    btyp: str | None
    dag: date
    makulerad: bool
    avtal_id: int | None
    tid: time | None = None
    patient_id: str = ""
    vardgivare_id: int | None = None


class Annan(msgspec.Struct, frozen=True, kw_only=True):
    """Another contact with the same patient on the same day, newest version, not cancelled."""

    kontakt_id: int
    btyp: str | None
    tid: time | None
    avtal_id: int | None


class Kopplad(msgspec.Struct, frozen=True):
    """The state of a tie and the findings that explain it."""

    koppling: Koppling
    avvikelser: tuple[Avvikelse, ...] = ()


class Bild(msgspec.Struct, frozen=True):
    """An occasion as it is now.

    `delar` says how each part stands, by its key; `avvikelser` are about the contact;
    `dubbletter` are contacts that report the same occasion once more, by id, with the finding.
    """

    delar: Mapping[tuple[str, str], Kopplad]
    avvikelser: tuple[Avvikelse, ...] = ()
    dubbletter: Mapping[int, Avvikelse] = {}


VANTAR: Final = Kopplad(
    Koppling.VANTAR_PA_HUVUDKONTAKT, (felkatalog.finding("SAM006", pekare="/huvudkontakt"),)
)
TVETYDIG: Final = Kopplad(Koppling.FEL, (felkatalog.finding("SAM012", pekare="/huvudkontakt"),))


def choose(kandidater: Sequence[Huvudkontakt], tid: time | None) -> int | None:
    """Return which contact of the unit's that day is meant: the only one, or the one at the time.

    None when that does not tell them apart. Raises ValueError without candidates.
    """
    if not kandidater:
        raise ValueError("no candidates")
    if len(kandidater) == 1:
        return 0
    traffar = [nr for nr, rad in enumerate(kandidater) if tid is not None and rad.tid == tid]
    return traffar[0] if len(traffar) == 1 else None


def judge(huvud: Huvudkontakt | None, delar: Sequence[Part], andra: Sequence[Annan] = ()) -> Bild:
    """Judge an occasion: every part that points out the contact, and what else is reported.

    1. Without the contact every part waits.
    2. A part is tied when the contact is a visit of type A or B that is not cancelled, on the
       same day, with the same patient, under another contract than the part's, and no other part
       is under the part's own contract.
    3. A party with a part that also reports a contact at the same time has done one too much: the
       part is wrong until one of them is cancelled.
    4. Any other party's visit of type A or B at the time of an occasion that two providers have
       tied is a second vårdkontakt for it: both contacts say so. A provider cannot tie one with
       itself to learn that its patient has met somebody else.
    """
    if huvud is None:
        return Bild({del_.nyckel: VANTAR for del_ in delar})
    per_avtal = Counter(del_.avtal_id for del_ in delar)
    spann = _span(huvud, delar)
    dubbletter: dict[int, Avvikelse] = {}
    domar = {}
    for del_ in delar:
        fel = _faults(del_, huvud)
        if per_avtal[del_.avtal_id] > 1:
            fel.append(felkatalog.finding("SAM008", pekare="/enhet"))
        egna = [rad for rad in andra if rad.avtal_id == del_.avtal_id and _same_time(rad, spann)]
        if egna and not huvud.makulerad:
            fynd = felkatalog.finding("SAM010", pekare="")
            fel.append(fynd)
            dubbletter |= {rad.kontakt_id: fynd for rad in egna}
        domar[del_.nyckel] = Kopplad(Koppling.FEL if fel else Koppling.KOPPLAD, tuple(fel))
    tva_vardgivare = any(
        domar[del_.nyckel].koppling is Koppling.KOPPLAD
        and del_.vardgivare_id != huvud.vardgivare_id
        for del_ in delar
    )
    if tva_vardgivare:
        fynd = felkatalog.finding("SAM009", pekare="/btyp")
        dubbletter |= {
            rad.kontakt_id: fynd
            for rad in andra
            if rad.kontakt_id not in dubbletter
            and rad.btyp in BESOKSTYPER
            and rad.avtal_id != huvud.avtal_id
            and rad.avtal_id not in per_avtal
            and rad.tid is not None
            and _within(rad.tid, spann)
        }
    koder = {fynd.kod: fynd for fynd in dubbletter.values()}
    return Bild(domar, tuple(koder[kod] for kod in sorted(koder)), dubbletter)


def _faults(del_: Part, huvud: Huvudkontakt) -> list[Avvikelse]:
    fel = []
    if huvud.makulerad:
        fel.append(felkatalog.finding("SAM003", pekare="/huvudkontakt"))
    elif huvud.btyp not in BESOKSTYPER:
        fel.append(felkatalog.finding("SAM002", pekare="/huvudkontakt", varde=huvud.btyp))
    if huvud.avtal_id == del_.avtal_id:
        fel.append(felkatalog.finding("SAM004", pekare="/enhet"))
    if huvud.dag != del_.dag:
        fel.append(felkatalog.finding("SAM005", pekare="/dag", varde=del_.dag.isoformat()))
    if del_.patient_id is not None and del_.patient_id != huvud.patient_id:
        fel.append(felkatalog.finding("SAM011", pekare="/patientId"))
    return fel


def _span(huvud: Huvudkontakt, delar: Sequence[Part]) -> tuple[int, int] | None:
    """Return the minutes of the day from the first start to the last end, half-open.

    None when the contact has no time: then nobody knows when the occasion was.
    """
    if huvud.tid is None:
        return None
    fran = till = _minute(huvud.tid)
    for del_ in delar:
        start = _minute(del_.tid) if del_.tid is not None else _minute(huvud.tid)
        fran, till = min(fran, start), max(till, start + (del_.minuter or 0))
    return fran, till + 1 if till == fran else till


def _same_time(rad: Annan, spann: tuple[int, int] | None) -> bool:
    """Say whether a party's own contact is the occasion; without times, whether it claims to be."""
    if rad.tid is None or spann is None:
        return rad.btyp in BESOKSTYPER
    return _within(rad.tid, spann)


def _within(tid: time, spann: tuple[int, int] | None) -> bool:
    return spann is not None and spann[0] <= _minute(tid) < spann[1]


def _minute(tid: time) -> int:
    return tid.hour * 60 + tid.minute


# What is wrong with a report by itself ----------------------------------------------------------


def check_day(dag: date, *, today: date) -> tuple[Avvikelse, ...]:
    """Return a finding for a day that cannot be: before 1900, or one that has not been yet."""
    if TIDIGASTE_DAG <= dag <= today:
        return ()
    return (felkatalog.finding("SAM007", pekare="/dag", varde=dag.isoformat()),)


def check_pointing(del_: Del) -> tuple[Avvikelse, ...]:
    """Return a finding when the contact is not pointed out in exactly one whole way."""
    per_id = bool(del_.huvud_kallsystem and del_.huvud_vardhandelse_id)
    delvis = bool(del_.huvud_kallsystem) != bool(del_.huvud_vardhandelse_id)
    per_enhet = bool(del_.huvud_enhet)
    if delvis or per_id == per_enhet or (per_enhet and del_.patient_id is None):
        return (felkatalog.finding("SAM013", pekare="/huvudkontakt"),)
    return ()


def check_codes(
    listor: Mapping[str, tuple[str, Sequence[str]]], *, dag: date, koder: Kodregister
) -> tuple[Avvikelse, ...]:
    """Return what is wrong with codes, judged on the day of the work.

    `listor` names the code list of each field: {"/atgarder": ("OPKOD", ("GC001",))}. A pointer to
    a single value has one code and no number. Lists that are not loaded judge nothing.
    """
    fel: list[Avvikelse] = []
    for pekare, (lista, varden) in listor.items():
        if lista not in koder.listor:
            continue
        for nummer, kod in enumerate(varden):
            plats = pekare if pekare in _ENSKILDA else f"{pekare}/{nummer}"
            fel += _judge_code(lista, kod, plats, dag=dag, koder=koder)
    return tuple(fel)


def _judge_code(
    lista: str, kod: str, pekare: str, *, dag: date, koder: Kodregister
) -> tuple[Avvikelse, ...]:
    status = koder.status(lista, kod, dag)
    namn = f"{_BENAMNING[lista]} {kod}"
    match status.lage:
        case Kodlage.GILTIG:
            return ()
        case Kodlage.STANGD:
            text = f"{namn} upphörde {status.stangd_efter} men dagen är {dag}."
            felkod = "GVR080"
        case Kodlage.EJ_OPPEN:
            text = f"{namn} började gälla {status.oppnar} men dagen är {dag}."
            felkod = "GVR081"
        case _ if koder.is_complete(lista):
            text = f"{namn} finns inte i kodlistan {lista}."
            felkod = "GVR082"
        case _:
            text = f"{namn} finns inte i kodlistan {lista}, som inte är fullständig."
            felkod = "GVR083"
    return (felkatalog.finding(felkod, pekare=pekare, text=text, varde=kod),)


_ENSKILDA: Final = frozenset({"/yrkeskategori"})
_BENAMNING: Final = {
    kodverk.VDG: "Yrkeskategorin",
    kodverk.DIAGNOS: "Diagnosen",
    kodverk.OPKOD: "Åtgärden",
}
