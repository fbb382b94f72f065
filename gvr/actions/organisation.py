"""Units and commissions read in whole, from a code server's index."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import msgspec
from django.db import transaction
from psycopg.types.range import DateRange

from gvr.actions import andringar, arenden
from gvr.core.kodserverindex import Enhetsrad, Index, Indexfel, Uppdragsrad, parse
from gvr.core.period import Period
from gvr.models import Avtal, Enhet, Enhetsuppdrag, Uppdrag
from gvr.queries.register import period

CHUNK = 2000


class Inlast(msgspec.Struct, kw_only=True):
    """How many rows an import added and changed."""

    nya_enheter: int = 0
    andrade_enheter: int = 0
    nya_uppdrag: int = 0
    andrade_uppdrag: int = 0
    nya_enhetsuppdrag: int = 0


@transaction.atomic
def import_index(
    *,
    avd: str,
    mek: str,
    samverks: str,
    vardgivare_id: int,
    by: Any = None,
    skal: str = "Inläsning av enheter och uppdrag",
) -> Inlast | tuple[Indexfel, ...]:
    """Read units, HSA-ids and commissions in; return what changed, or every unreadable row.

    The index does not say who owns a unit: a new one belongs to `vardgivare_id`, a known one stays
    where it is. A row is known by its kombika or samverks-id and its first day. Rows that the index
    lacks are left alone: an excerpt ends nothing. A commission is tied to the contract of its
    number when there is one. The number of statements does not depend on the rows but for the
    chunks they are written in.
    """
    index = parse(avd=avd, mek=mek, samverks=samverks)
    if isinstance(index, tuple):
        return index
    andringar.sign(by=by, skal=skal)
    inlast = Inlast()
    uppdrag = _commissions(index.uppdrag, inlast)
    enheter = _units(index.enheter, vardgivare_id, inlast)
    _ties(index, enheter, uppdrag, inlast)
    arenden.ring()
    return inlast


def _range(giltig: Period) -> DateRange:
    return DateRange(giltig.start, giltig.slut)


def _commissions(
    rader: Sequence[Uppdragsrad], inlast: Inlast
) -> dict[str, list[tuple[int, Period]]]:
    """Write the commissions; return the ids and periods of each samverks-id."""
    avtal: defaultdict[str, list[tuple[int, Period]]] = defaultdict(list)
    for pk, nummer, giltig in Avtal.objects.order_by("giltig").values_list(
        "pk", "ada_nummer", "giltig"
    ):
        avtal[nummer].append((pk, period(giltig)))
    kanda = {
        (rad.samverks_id, rad.giltig.lower): rad
        for rad in Uppdrag.objects.filter(samverks_id__in={r.samverks_id for r in rader})
    }
    nya, andrade = [], []
    for r in rader:
        avtal_id = next((pk for pk, nar in avtal.get(r.avtal, ()) if nar.overlaps(r.giltig)), None)
        rad = kanda.get((r.samverks_id, r.giltig.start))
        vill = (_range(r.giltig), r.styp, r.uppdragstyp)
        if rad is None:
            nya.append(
                Uppdrag(
                    samverks_id=r.samverks_id,
                    giltig=vill[0],
                    styp=r.styp,
                    uppdragstyp=r.uppdragstyp,
                    avtal_id=avtal_id,
                )
            )
        elif (rad.giltig, rad.styp, rad.uppdragstyp) != vill or (
            avtal_id is not None and rad.avtal_id != avtal_id
        ):
            rad.giltig, rad.styp, rad.uppdragstyp = vill
            rad.avtal_id = avtal_id or rad.avtal_id
            andrade.append(rad)
    Uppdrag.objects.bulk_update(andrade, ["giltig", "styp", "uppdragstyp", "avtal"], CHUNK)
    skapade = Uppdrag.objects.bulk_create(nya, CHUNK)
    inlast.nya_uppdrag, inlast.andrade_uppdrag = len(nya), len(andrade)
    svar: defaultdict[str, list[tuple[int, Period]]] = defaultdict(list)
    for rad in (*kanda.values(), *skapade):
        svar[rad.samverks_id].append((rad.pk, period(rad.giltig)))
    return svar


def _units(
    rader: Sequence[Enhetsrad], vardgivare_id: int, inlast: Inlast
) -> dict[tuple[str, date], int]:
    """Write the units; return the id of each kombika and first day."""
    kanda = {
        (rad.kombika, rad.giltig.lower): rad
        for rad in Enhet.objects.filter(kombika__in={r.kombika for r in rader})
    }
    nya, andrade = [], []
    for r in rader:
        rad = kanda.get((r.kombika, r.giltig.start))
        if rad is None:
            nya.append(
                Enhet(
                    vardgivare_id=vardgivare_id,
                    kombika=r.kombika,
                    hsa_id=r.hsa_id,
                    namn=r.kombika,
                    giltig=_range(r.giltig),
                )
            )
        elif (rad.giltig, rad.hsa_id) != (_range(r.giltig), r.hsa_id):
            rad.giltig, rad.hsa_id = _range(r.giltig), r.hsa_id
            andrade.append(rad)
    Enhet.objects.bulk_update(andrade, ["giltig", "hsa_id"], CHUNK)
    skapade = Enhet.objects.bulk_create(nya, CHUNK)
    inlast.nya_enheter, inlast.andrade_enheter = len(nya), len(andrade)
    return {(rad.kombika, rad.giltig.lower): rad.pk for rad in (*kanda.values(), *skapade)}


def _ties(
    index: Index,
    enheter: dict[tuple[str, date], int],
    uppdrag: dict[str, list[tuple[int, Period]]],
    inlast: Inlast,
) -> None:
    """Say which unit works under which commission when; a tie that exists is left alone."""
    vill = {
        (enheter[r.kombika, r.giltig.start], pk, gemensam.start): gemensam
        for r in index.enheter
        for samverks_id in r.uppdrag
        for pk, giltig in uppdrag.get(samverks_id, ())
        if (gemensam := giltig.intersection(r.giltig)) is not None
    }
    finns = _existing({enhet_id for enhet_id, _, _ in vill})
    nya = [
        Enhetsuppdrag(enhet_id=enhet_id, uppdrag_id=uppdrag_id, giltig=_range(giltig))
        for (enhet_id, uppdrag_id, _), giltig in vill.items()
        if not any(nar.overlaps(giltig) for nar in finns.get((enhet_id, uppdrag_id), ()))
    ]
    Enhetsuppdrag.objects.bulk_create(nya, CHUNK)
    inlast.nya_enhetsuppdrag = len(nya)


def _existing(enheter: Iterable[int]) -> dict[tuple[int, int], list[Period]]:
    svar: defaultdict[tuple[int, int], list[Period]] = defaultdict(list)
    for enhet_id, uppdrag_id, giltig in Enhetsuppdrag.objects.filter(
        enhet_id__in=enheter
    ).values_list("enhet_id", "uppdrag_id", "giltig"):
        svar[enhet_id, uppdrag_id].append(period(giltig))
    return svar
