"""What the portal shows beside contacts: stays, parts that wait, periods, waiting times.

As in `portal`, every function takes a `Synfalt` and filters by it, with row level security under.
"""

from collections.abc import Collection, Sequence
from datetime import date, time
from typing import Any

import msgspec
from django.db.models import Exists, OuterRef, Q

from gvr.core.vardperiod import KLASS, Koppling
from gvr.core.vardperiod import Slag as Periodslag
from gvr.core.vardtillfalle import Slag, Vistelse
from gvr.models import (
    Enhet,
    Ersattningshandelse,
    Periodrapport,
    Vantetid,
    Vardkontaktversion,
    Vardtillfallesdel,
)
from gvr.queries import vantetider, vardperioder, vardtillfallen
from gvr.queries.behorighet import as_region
from gvr.queries.portal import Kontakthuvud, Synfalt, visible

#: Parts that are looked through for those that wait.
MANY = 2000


class Vistelserad(msgspec.Struct, frozen=True, kw_only=True):
    """A stay with the unit's name; `till` None while the patient is in."""

    enhet: str
    kombika: str
    fran: date
    tid: time | None
    till: date | None
    dygn: int | None


class Vantan(msgspec.Struct, frozen=True, kw_only=True):
    """A wait that ended in a contact."""

    extern_id: str
    fran: date
    besoksdag: date | None
    dagar: int | None
    avvikelser: tuple[str, ...]


class VidKontakt(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside one contact."""

    vistelser: tuple[Vistelserad, ...] = ()
    avliden: bool = False
    vantande: tuple[tuple[str, date, str], ...] = ()  # slag, day, why
    perioder: tuple[Koppling, ...] = ()
    vantetider: tuple[Vantan, ...] = ()


class Periodrad(msgspec.Struct, frozen=True, kw_only=True):
    """A vårdansvar or vårdperiod as it is now."""

    id: int
    extern_id: str
    klass: str
    typ: str
    fran: date
    till: date | None
    makulerad: bool
    enhet: str
    patient_id: str
    fran_fil: bool


class Vantande(msgspec.Struct, frozen=True, kw_only=True):
    """A report that waits for another: what it is, its day, and why it waits."""

    slag: str
    extern_id: str
    dag: date
    enhet: str
    patient_id: str
    kod: str
    text: str
    atgard: str


class Vantetidsrad(msgspec.Struct, frozen=True, kw_only=True):
    """A wait and how it stands."""

    extern_id: str
    fran: date
    besoksdag: date | None
    dagar: int | None
    enhet: str
    patient_id: str
    lage: str
    text: str
    makulerad: bool


def beside(kontakt: Kontakthuvud, version: int) -> VidKontakt:
    """Return what stands beside a contact already shown."""
    with as_region():
        rad = Vardkontaktversion.objects.filter(vardkontakt_id=kontakt.id, version=version).first()
        if rad is None:
            return VidKontakt()
        detaljer = rad.detaljer or {}
        return VidKontakt(
            vistelser=_stays(detaljer.get("vistelser", ())),
            avliden=bool(detaljer.get("avliden")),
            vantande=_waiting_in(kontakt.kallsystem, kontakt.vardhandelse_id)
            if rad.form == "SLUTENVARD"
            else (),
            perioder=vardperioder.ties(
                kontakt.kallsystem,
                patient_id=rad.patient_id,
                dag=rad.dag,
                namnda=vardperioder.named_by(rad),
            ),
            vantetider=_waits(kontakt.kallsystem, kontakt.vardhandelse_id),
        )


def _stays(rader: Sequence[Any]) -> tuple[Vistelserad, ...]:
    vistelser = msgspec.convert(rader, tuple[Vistelse, ...])
    namn = _unit_names({v.enhet for v in vistelser})
    return tuple(
        Vistelserad(
            enhet=namn.get(v.enhet, "okänd enhet"),
            kombika=v.enhet,
            fran=v.fran,
            tid=v.tid,
            till=v.till,
            dygn=v.dygn,
        )
        for v in vistelser
    )


def _unit_names(refs: Collection[str]) -> dict[str, str]:
    """Return the newest name of each unit, by kombika or HSA-id."""
    if not refs:
        return {}
    namn: dict[str, str] = {}
    rader = Enhet.objects.filter(Q(kombika__in=refs) | Q(hsa_id__in=refs)).order_by("giltig")
    for kombika, hsa_id, text in rader.values_list("kombika", "hsa_id", "namn"):
        namn[kombika] = text
        if hsa_id:
            namn[hsa_id] = text
    return namn


def _waiting_in(kallsystem: str, vardtillfalle_id: str) -> tuple[tuple[str, date, str], ...]:
    delar = vardtillfallen.newest_of_each(vardtillfallen.rows(kallsystem, vardtillfalle_id))
    if not delar:
        return ()
    tillfalle = vardtillfallen.merged(delar)
    dagar = {(rad.slag, rad.extern_id): rad.dag for rad in delar}
    return tuple(
        (Slag(f.slag).capitalize(), dagar[f.slag.value, f.id], f.avvikelse.text)
        for f in tillfalle.fynd
    )


def _waits(kallsystem: str, vardhandelse_id: str) -> tuple[Vantan, ...]:
    rader = [vantetider.as_wait(r) for r in vantetider.of_contact(kallsystem, vardhandelse_id)]
    kopplingar = vantetider.ties(kallsystem, rader)
    return tuple(
        Vantan(
            extern_id=v.id,
            fran=v.dag,
            besoksdag=v.besoksdag,
            dagar=v.dagar,
            avvikelser=tuple(a.text for a in kopplingar[v.id].avvikelser),
        )
        for v in rader
    )


# --- lists ---------------------------------------------------------------------------------------


def periods(
    synfalt: Synfalt, *, fran: date, till: date, fore: int, size: int
) -> tuple[tuple[Periodrad, ...], bool]:
    """Return periods that touch [fran, till], latest start first, and whether there are more."""
    nyare = Ersattningshandelse.objects.filter(
        kallsystem=OuterRef("kallsystem"),
        handelse_id=OuterRef("handelse_id"),
        pk__gt=OuterRef("pk"),
    )
    rader = list(
        visible(Ersattningshandelse.objects.filter(~Exists(nyare)), synfalt)
        .filter(klass__in=list(KLASS.values()), dag__lte=till)
        .filter(Q(slutdag__isnull=True) | Q(slutdag__gte=fran))
        .select_related("enhet")
        .order_by("-dag", "-pk")[fore : fore + size + 1]
    )
    return tuple(
        Periodrad(
            id=rad.pk,
            extern_id=rad.handelse_id,
            klass=rad.klass,
            typ=str(rad.innehall.get("Händelsetyp") or rad.innehall.get("typ") or ""),
            fran=rad.dag,
            till=rad.slutdag,
            makulerad=rad.makulerad,
            enhet=rad.enhet.namn if rad.enhet is not None else "okänd enhet",
            patient_id=rad.patient_id,
            fran_fil="i_delar" not in rad.innehall,
        )
        for rad in rader[:size]
    ), len(rader) > size


def waiting(synfalt: Synfalt, *, fran: date, till: date) -> tuple[Vantande, ...]:
    """Return the reports with days in [fran, till] that wait for another, newest first."""
    return tuple(
        sorted(
            (*_waiting_parts(synfalt, fran, till), *_waiting_ends(synfalt, fran, till)),
            key=lambda rad: (rad.dag, rad.extern_id),
            reverse=True,
        )
    )


def _waiting_parts(synfalt: Synfalt, fran: date, till: date) -> list[Vantande]:
    """Merge every episode that has a move or a discharge in view, in two statements."""
    i_vyn = list(
        visible(Vardtillfallesdel.objects.exclude(slag=Slag.INSKRIVNING), synfalt)
        .filter(dag__gte=fran, dag__lte=till)
        .order_by("-dag", "-pk")
        .values_list("kallsystem", "vardtillfalle_id")
        .distinct()[:MANY]
    )
    if not i_vyn:
        return []
    per_tillfalle: dict[tuple[str, str], list[Vardtillfallesdel]] = {}
    with as_region():
        alla = Vardtillfallesdel.objects.filter(
            kallsystem__in={k for k, _ in i_vyn}, vardtillfalle_id__in={t for _, t in i_vyn}
        ).select_related("enhet")
        for rad in alla:
            per_tillfalle.setdefault((rad.kallsystem, rad.vardtillfalle_id), []).append(rad)
    ut = []
    for nyckel in dict.fromkeys(i_vyn):
        delar = vardtillfallen.newest_of_each(per_tillfalle.get(nyckel, []))
        rader = {(rad.slag, rad.extern_id): rad for rad in delar}
        tillfalle = vardtillfallen.merged(delar)
        for f in tillfalle.fynd:
            rad = rader[f.slag.value, f.id]
            if tillfalle.waits(f.slag, f.id) and _in_view(rad, synfalt, fran, till):
                ut.append(_as_waiting(rad, f.slag.capitalize(), f.avvikelse))
    return ut


def _waiting_ends(synfalt: Synfalt, fran: date, till: date) -> list[Vantande]:
    i_vyn = list(
        visible(Periodrapport.objects.filter(moment="SLUT"), synfalt)
        .filter(dag__gte=fran, dag__lte=till)
        .order_by("-dag", "-pk")
        .values_list("kallsystem", "slag", "extern_id")
        .distinct()[:MANY]
    )
    if not i_vyn:
        return []
    senaste: dict[tuple[str, str, str], dict[str, Periodrapport]] = {}
    with as_region():
        for rad in (
            Periodrapport.objects.filter(
                kallsystem__in={k for k, _, _ in i_vyn}, extern_id__in={e for _, _, e in i_vyn}
            )
            .select_related("enhet")
            .order_by("version")
        ):
            senaste.setdefault((rad.kallsystem, rad.slag, rad.extern_id), {})[rad.moment] = rad
    ut = []
    for nyckel in dict.fromkeys(i_vyn):
        delar = senaste[nyckel]
        slut = delar["SLUT"]
        period = vardperioder.merged(delar.get("START"), slut)
        if period.vantar and _in_view(slut, synfalt, fran, till):
            slag = f"Slut på {KLASS[Periodslag(slut.slag)].lower()}"
            ut.append(_as_waiting(slut, slag, period.fynd[0]))
    return ut


def _in_view(rad: Any, synfalt: Synfalt, fran: date, till: date) -> bool:
    return (
        rad.vardgivare_id == synfalt.vardgivare_id
        and (synfalt.enheter is None or rad.enhet_id in synfalt.enheter)
        and fran <= rad.dag <= till
    )


def _as_waiting(rad: Any, slag: str, avvikelse: Any) -> Vantande:
    return Vantande(
        slag=slag,
        extern_id=getattr(rad, "vardtillfalle_id", rad.extern_id),
        dag=rad.dag,
        enhet=rad.enhet.namn if rad.enhet is not None else "okänd enhet",
        patient_id=rad.patient_id,
        kod=avvikelse.kod,
        text=avvikelse.text,
        atgard=avvikelse.atgard,
    )


def waits(
    synfalt: Synfalt, *, fran: date, till: date, fore: int, size: int
) -> tuple[tuple[Vantetidsrad, ...], bool]:
    """Return waits that began in [fran, till], newest first, and whether there are more."""
    nyare = Vantetid.objects.filter(
        kallsystem=OuterRef("kallsystem"),
        extern_id=OuterRef("extern_id"),
        version__gt=OuterRef("version"),
    )
    rader = list(
        visible(Vantetid.objects.filter(~Exists(nyare)), synfalt)
        .filter(dag__gte=fran, dag__lte=till)
        .select_related("enhet")
        .order_by("-dag", "-pk")[fore : fore + size + 1]
    )
    per_system: dict[str, list[Any]] = {}
    for rad in rader[:size]:
        per_system.setdefault(rad.kallsystem, []).append(vantetider.as_wait(rad))
    with as_region():
        kopplingar = {
            (kallsystem, id_): koppling
            for kallsystem, lista in per_system.items()
            for id_, koppling in vantetider.ties(kallsystem, lista).items()
        }
    ut = []
    for rad in rader[:size]:
        v, koppling = vantetider.as_wait(rad), kopplingar[rad.kallsystem, rad.extern_id]
        ut.append(
            Vantetidsrad(
                extern_id=rad.extern_id,
                fran=rad.dag,
                besoksdag=rad.besoksdag,
                dagar=v.dagar,
                enhet=rad.enhet.namn if rad.enhet is not None else "okänd enhet",
                patient_id=rad.patient_id,
                lage=koppling.lage.value,
                text=" ".join(a.text for a in koppling.avvikelser),
                makulerad=rad.makulerad,
            )
        )
    return tuple(ut), len(rader) > size
