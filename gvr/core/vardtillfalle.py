"""An in-patient episode from its parts: inskrivning, flyttar and utskrivning become one contact.

A journal system reports the three as they happen, each in a message of its own, and messages may
arrive in any order. The register answers with one vårdtillfälle: the set of parts that hold now is
merged anew each time, so the order of arrival cannot matter.

A part that does not fit – there is no inskrivning yet, or it lies outside the episode – is never
refused for that: what it would fit may arrive later. It waits, and says why.

A stay (vistelse) is the time at one unit. Its length is counted in dygn, the midnights the patient
was there, so the stays of an episode add up to its last day minus its first.

Sources: the public parts of the register's interface (inskrivning, flytt and utskrivning are calls
of their own; transactions with the same patient, day, time, inrättning, klinik and avdelning belong
together); ERSMOIndata 2.2 for what an episode holds; the reference adapter for the unit that
carries the contact (the discharging one) and for utskrivningskod 7 (deceased).
"""

from collections.abc import Iterable, Sequence
from datetime import date, time
from enum import StrEnum
from typing import Any, Final

import msgspec

from gvr.core import felkatalog
from gvr.core import vardtillfallesfel as _koder  # noqa: F401  - registers the codes used below
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.kodverk import Kodregister
from gvr.core.kontroll import check
from gvr.core.vardkontakt import Form, Innehall

AVLIDEN: Final = "7"


class Slag(StrEnum):
    """The kind of a part. An episode has one inskrivning, one utskrivning and any flyttar."""

    INSKRIVNING = "INSKRIVNING"
    FLYTT = "FLYTT"
    UTSKRIVNING = "UTSKRIVNING"


class Lage(StrEnum):
    """Where an episode stands."""

    VANTAR_PA_INSKRIVNING = "VANTAR_PA_INSKRIVNING"
    INNELIGGANDE = "INNELIGGANDE"
    UTSKRIVEN = "UTSKRIVEN"


class Kodpost(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A code with what belongs to it; `diagnosnr` is a place in the same part's diagnoser, from 1.

    It is the same of `tillstandnr` and tillstånd. `datum` is the day an åtgärd was done.
    """

    kod: str
    datum: date | None = None
    diagnosnr: int | None = None
    tillstandnr: int | None = None
    antal: int | None = None


class Gemensamt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="slag"):
    """What every part says: which episode, who, where and when."""

    vardtillfalle_id: str
    patient_id: str  # 12 digits
    enhet: str  # kombika or HSA-id: where the patient is admitted, moved to or discharged from
    dag: date
    tid: time | None = None


class Inskrivning(Gemensamt, frozen=True, kw_only=True, omit_defaults=True, tag="INSKRIVNING"):
    """The patient is admitted."""

    ikod: str  # where the patient came from
    akut: str | None = None
    vardform: str | None = None  # psychiatric care form
    vardperiod: str | None = None  # the code of a period that the episode belongs to
    remiss_fore: str | None = None
    ers_uppdrag: str | None = None
    lkf: str | None = None
    basomrade: str | None = None
    fodd: date | None = None
    kon: str | None = None
    lma_nummer: str | None = None

    @property
    def id(self) -> str:
        """An episode has one inskrivning, so it is known by the episode's id."""
        return self.vardtillfalle_id


class Vard(Gemensamt, frozen=True, kw_only=True, omit_defaults=True):
    """What was found and done at the unit that the patient leaves."""

    yrkeskategorier: tuple[str, ...] = ()
    diagnoser: tuple[Kodpost, ...] = ()
    atgarder: tuple[Kodpost, ...] = ()
    lakemedel: tuple[Kodpost, ...] = ()
    tillstand: tuple[Kodpost, ...] = ()
    produkter: tuple[Kodpost, ...] = ()


class Flytt(Vard, frozen=True, kw_only=True, omit_defaults=True, tag="FLYTT"):
    """The patient moves to another unit of the same provider."""

    id: str


class Utskrivning(Vard, frozen=True, kw_only=True, omit_defaults=True, tag="UTSKRIVNING"):
    """The patient leaves. `ukod` says where to; 7 is deceased."""

    ukod: str
    vplan: str | None = None
    vardform: str | None = None
    remiss_efter: str | None = None
    avliden_tid: time | None = None
    medicinskt_klar: date | None = None  # when treatment was completed
    betalningsansvar: date | None = None  # when the municipality's liability to pay begins

    @property
    def id(self) -> str:
        """An episode has one utskrivning, so it is known by the episode's id."""
        return self.vardtillfalle_id


Del = Inskrivning | Flytt | Utskrivning
SLAG: Final[dict[type[Del], Slag]] = {
    Inskrivning: Slag.INSKRIVNING,
    Flytt: Slag.FLYTT,
    Utskrivning: Slag.UTSKRIVNING,
}


class Vistelse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The time at one unit, from `fran` to `till`; the last one is open while the patient is in.

    `dygn` is the number of midnights there, None while open.
    """

    enhet: str
    fran: date
    tid: time | None = None
    till: date | None = None
    dygn: int | None = None


class Vantande(msgspec.Struct, frozen=True, kw_only=True):
    """A part that is not part of the contact now, and why; or one that is, with a remark."""

    slag: Slag
    id: str
    avvikelse: Avvikelse


class Vardtillfalle(msgspec.Struct, frozen=True, kw_only=True):
    """What the parts come to. `innehall` is the contact's content, None without an inskrivning."""

    lage: Lage
    innehall: Innehall | None = None
    detaljer: dict[str, Any] | None = None
    vistelser: tuple[Vistelse, ...] = ()
    fynd: tuple[Vantande, ...] = ()
    atgardsdagar: tuple[date, ...] = ()

    def of(self, slag: Slag, id_: str) -> tuple[Avvikelse, ...]:
        """Return the findings of one part."""
        return tuple(f.avvikelse for f in self.fynd if (f.slag, f.id) == (slag, id_))

    def waits(self, slag: Slag, id_: str) -> bool:
        """Say whether the part is left out of the contact for now."""
        return any(a.allvar is Allvar.PARKERA for a in self.of(slag, id_))


# --- the merge -----------------------------------------------------------------------------------


def merge(delar: Iterable[Del]) -> Vardtillfalle:
    """Return the episode that the parts make: those that hold now, cancelled ones left out.

    At most one inskrivning and one utskrivning; the parts may come in any order.
    """
    alla = sorted(delar, key=lambda del_: (SLAG[type(del_)].value, del_.id))
    inskrivning = next((d for d in alla if isinstance(d, Inskrivning)), None)
    if inskrivning is None:
        return Vardtillfalle(
            lage=Lage.VANTAR_PA_INSKRIVNING,
            fynd=tuple(_waiting(d, "SLV001", "/vardtillfalleId") for d in alla),
        )
    fynd: list[Vantande] = []
    kvar: list[Flytt | Utskrivning] = []
    for del_ in alla:
        if isinstance(del_, Inskrivning):
            continue
        if del_.patient_id != inskrivning.patient_id:
            fynd.append(_waiting(del_, "SLV002", "/patientId"))
        elif _before(del_, inskrivning):
            fynd.append(_waiting(del_, "SLV003", "/dag", del_.dag))
        else:
            kvar.append(del_)
    utskrivning = next((d for d in kvar if isinstance(d, Utskrivning)), None)
    flyttar = sorted((d for d in kvar if isinstance(d, Flytt)), key=_moment)
    if utskrivning is not None:
        sena = [f for f in flyttar if _before(utskrivning, f)]
        fynd += [_waiting(f, "SLV004", "/dag", f.dag) for f in sena]
        flyttar = [f for f in flyttar if f not in sena]
    vistelser = stays(inskrivning, flyttar, utskrivning)
    if utskrivning is not None and utskrivning.enhet != vistelser[-1].enhet:
        fynd.append(
            Vantande(
                slag=Slag.UTSKRIVNING,
                id=utskrivning.id,
                avvikelse=felkatalog.finding("SLV005", pekare="/enhet", varde=utskrivning.enhet),
            )
        )
    innehall, detaljer, dagar = _content(inskrivning, flyttar, utskrivning, vistelser)
    return Vardtillfalle(
        lage=Lage.INNELIGGANDE if utskrivning is None else Lage.UTSKRIVEN,
        innehall=innehall,
        detaljer=detaljer,
        vistelser=vistelser,
        fynd=tuple(fynd),
        atgardsdagar=dagar,
    )


def stays(
    inskrivning: Inskrivning, flyttar: Sequence[Flytt], utskrivning: Utskrivning | None
) -> tuple[Vistelse, ...]:
    """Return the time at each unit in order; a move to where the patient already is changes none.

    `flyttar` are in order of time and lie within the episode.
    """
    borjan: list[tuple[str, date, time | None]] = [
        (inskrivning.enhet, inskrivning.dag, inskrivning.tid)
    ]
    for flytt in flyttar:
        if flytt.enhet != borjan[-1][0]:
            borjan.append((flytt.enhet, flytt.dag, flytt.tid))
    slut = [fran for _, fran, _ in borjan[1:]]
    sista = None if utskrivning is None else utskrivning.dag
    return tuple(
        Vistelse(
            enhet=enhet,
            fran=fran,
            tid=tid,
            till=till,
            dygn=None if till is None else (till - fran).days,
        )
        for (enhet, fran, tid), till in zip(borjan, [*slut, sista], strict=True)
    )


def _moment(flytt: Flytt) -> tuple[date, time, str]:
    """Order moves by time; one without a time of day comes first on its day."""
    return flytt.dag, flytt.tid or time.min, flytt.id


def _before(del_: Gemensamt, annan: Gemensamt) -> bool:
    """Say whether a part lies before another; without both times of day only the days count."""
    if del_.dag != annan.dag or del_.tid is None or annan.tid is None:
        return del_.dag < annan.dag
    return del_.tid < annan.tid


def _waiting(del_: Del, kod: str, pekare: str, varde: date | None = None) -> Vantande:
    return Vantande(
        slag=SLAG[type(del_)],
        id=del_.id,
        avvikelse=felkatalog.finding(
            kod, pekare=pekare, varde=None if varde is None else varde.isoformat()
        ),
    )


def _content(
    inskrivning: Inskrivning,
    flyttar: Sequence[Flytt],
    utskrivning: Utskrivning | None,
    vistelser: Sequence[Vistelse],
) -> tuple[Innehall, dict[str, Any], tuple[date, ...]]:
    """Return the contact's content, its details and the days of its åtgärder.

    The unit is the discharging one, or the last known while the patient is in.
    """
    # What the discharge says comes first: its first diagnos and åtgärd are the main ones.
    vard: list[Vard] = [*([] if utskrivning is None else [utskrivning]), *flyttar]
    koder = _codes(vard)
    dagar = tuple(dict.fromkeys(rad.datum for rad in koder["atgarder"] if rad.datum is not None))
    innehall = Innehall(
        enhet=vistelser[-1].enhet if utskrivning is None else utskrivning.enhet,
        patient_id=inskrivning.patient_id,
        dag=inskrivning.dag,
        form=Form.SLUTENVARD,
        slutdag=None if utskrivning is None else utskrivning.dag,
        tid=inskrivning.tid,
        akut=inskrivning.akut,
        yrkeskategorier=tuple(dict.fromkeys(kod for v in vard for kod in v.yrkeskategorier)),
        diagnoser=_plain(koder["diagnoser"]),
        atgarder=_plain(koder["atgarder"]),
        lakemedel=_plain(koder["lakemedel"]),
        tillstand=_plain(koder["tillstand"]),
        produkter=_plain(koder["produkter"]),
        ikod=inskrivning.ikod,
        ukod=None if utskrivning is None else utskrivning.ukod,
        vplan=None if utskrivning is None else utskrivning.vplan,
        remiss_fore=inskrivning.remiss_fore,
        remiss_efter=None if utskrivning is None else utskrivning.remiss_efter,
        lkf=inskrivning.lkf,
        basomrade=inskrivning.basomrade,
        fodd=inskrivning.fodd,
        kon=inskrivning.kon,
        ers_uppdrag=inskrivning.ers_uppdrag,
        lma_nummer=inskrivning.lma_nummer,
    )
    detaljer: dict[str, Any] = {
        "startverksamhet": inskrivning.enhet,
        "vistelser": msgspec.to_builtins(tuple(vistelser)),
    }
    for namn, rader in koder.items():
        if any(rad != Kodpost(kod=rad.kod) for rad in rader):
            detaljer[namn] = msgspec.to_builtins(rader)
    if dagar:
        detaljer["atgardsdagar"] = [dag.isoformat() for dag in dagar]
    for falt in ("vardform", "vardperiod"):
        varde = getattr(inskrivning, falt)
        if varde is not None:
            detaljer[falt] = varde
    if utskrivning is not None:
        detaljer |= _discharge(utskrivning)
    return innehall, detaljer, dagar


def _discharge(utskrivning: Utskrivning) -> dict[str, Any]:
    ut: dict[str, Any] = {}
    if utskrivning.ukod == AVLIDEN:
        ut["avliden"] = True
    for namn, falt in (
        ("utskrivningsform", "vardform"),
        ("avliden_tid", "avliden_tid"),
        ("medicinskt_klar", "medicinskt_klar"),
        ("betalningsansvar", "betalningsansvar"),
    ):
        varde = getattr(utskrivning, falt)
        if varde is not None:
            ut[namn] = varde if isinstance(varde, str) else varde.isoformat()
    return ut


def _codes(vard: Sequence[Vard]) -> dict[str, list[Kodpost]]:
    """Return the lists of all parts as one, each code that points at a row pointing there still.

    A diagnos, läkemedel or tillstånd that several units gave stands once, where it first stood.
    """
    ut: dict[str, list[Kodpost]] = {
        namn: [] for namn in ("diagnoser", "atgarder", "lakemedel", "tillstand", "produkter")
    }
    for del_ in vard:
        diagnoser = [_place(ut["diagnoser"], rad) for rad in del_.diagnoser]
        tillstand = [
            _place(ut["tillstand"], _pointing(rad, diagnoser, [])) for rad in del_.tillstand
        ]
        ut["atgarder"] += [_pointing(rad, diagnoser, tillstand) for rad in del_.atgarder]
        for rad in del_.lakemedel:
            _place(ut["lakemedel"], _pointing(rad, diagnoser, tillstand))
        ut["produkter"] += del_.produkter
    return ut


def _place(lista: list[Kodpost], rad: Kodpost) -> int:
    """Return the code's place in the list, from 1, adding it when it is not there."""
    for plats, funnen in enumerate(lista, 1):
        if funnen.kod == rad.kod:
            return plats
    lista.append(rad)
    return len(lista)


def _pointing(rad: Kodpost, diagnoser: Sequence[int], tillstand: Sequence[int]) -> Kodpost:
    return msgspec.structs.replace(
        rad,
        diagnosnr=_moved(rad.diagnosnr, diagnoser),
        tillstandnr=_moved(rad.tillstandnr, tillstand),
    )


def _moved(nummer: int | None, platser: Sequence[int]) -> int | None:
    return platser[nummer - 1] if nummer is not None and nummer <= len(platser) else None


def _plain(rader: Sequence[Kodpost]) -> tuple[str, ...]:
    return tuple(rad.kod for rad in rader)


# --- the checks of one part ----------------------------------------------------------------------

#: Findings about the whole episode, which one part alone cannot answer for.
_OM_HELHETEN: Final = frozenset({"GVR035", "GVR044"})
_ATC: Final = ("atgarder", "lakemedel", "tillstand")


def check_part(del_: Del, *, koder: Kodregister, today: date) -> tuple[Avvikelse, ...]:
    """Return every finding about a part by itself: its content, its codes on its day, its order."""
    fynd = [a for a in check(_alone(del_), koder=koder, today=today) if a.kod not in _OM_HELHETEN]
    if isinstance(del_, Inskrivning):
        return tuple(fynd)
    for lista in _ATC:
        for plats, rad in enumerate(getattr(del_, lista)):
            for namn, antal in (
                ("diagnosnr", len(del_.diagnoser)),
                ("tillstandnr", len(del_.tillstand)),
            ):
                nummer = getattr(rad, namn)
                if nummer is not None and nummer > antal:
                    fynd.append(
                        felkatalog.finding(
                            "SLV006", pekare=f"/{lista}/{plats}/{namn}", varde=str(nummer)
                        )
                    )
    for plats, rad in enumerate(del_.atgarder):
        if rad.datum is not None and rad.datum > del_.dag:
            fynd.append(
                felkatalog.finding(
                    "SLV008", pekare=f"/atgarder/{plats}/datum", varde=rad.datum.isoformat()
                )
            )
    if isinstance(del_, Utskrivning):
        if del_.avliden_tid is not None and del_.ukod != AVLIDEN:
            fynd.append(felkatalog.finding("SLV007", pekare="/avlidenTid", varde=del_.ukod))
        if del_.medicinskt_klar is not None and del_.medicinskt_klar > del_.dag:
            fynd.append(
                felkatalog.finding(
                    "SLV009", pekare="/medicinsktKlar", varde=del_.medicinskt_klar.isoformat()
                )
            )
    return tuple(fynd)


def _alone(del_: Del) -> Innehall:
    """Return the part as a contact of its own, so that the checks of contacts hold for it."""
    innehall = Innehall(
        enhet=del_.enhet,
        patient_id=del_.patient_id,
        dag=del_.dag,
        form=Form.SLUTENVARD,
        tid=del_.tid,
    )
    if isinstance(del_, Inskrivning):
        return msgspec.structs.replace(
            innehall,
            akut=del_.akut,
            ikod=del_.ikod,
            remiss_fore=del_.remiss_fore,
            lkf=del_.lkf,
            basomrade=del_.basomrade,
            fodd=del_.fodd,
            kon=del_.kon,
            ers_uppdrag=del_.ers_uppdrag,
            lma_nummer=del_.lma_nummer,
        )
    innehall = msgspec.structs.replace(
        innehall,
        yrkeskategorier=del_.yrkeskategorier,
        diagnoser=_plain(del_.diagnoser),
        atgarder=_plain(del_.atgarder),
        lakemedel=_plain(del_.lakemedel),
        tillstand=_plain(del_.tillstand),
        produkter=_plain(del_.produkter),
    )
    if isinstance(del_, Flytt):
        return innehall
    return msgspec.structs.replace(
        innehall,
        slutdag=del_.dag,
        ukod=del_.ukod,
        vplan=del_.vplan,
        remiss_efter=del_.remiss_efter,
    )
