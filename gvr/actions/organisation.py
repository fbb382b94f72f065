"""Units and commissions written in whole, from a code server's index or from its tables."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Protocol, TypeVar

import msgspec
from django.db import connection, transaction
from psycopg.types.range import DateRange

from gvr.actions import andringar, arenden
from gvr.core.kodserver import Radfel
from gvr.core.kodserverindex import Enhetsrad, Index, Indexfel, Uppdragsrad, parse
from gvr.core.period import Period
from gvr.models import Avtal, Enhet, Enhetsuppdrag, Uppdrag, Vardgivare
from gvr.queries.register import period

CHUNK = 2000
_SKJUT_UPP = "set constraints enhet_overlappar_ej, uppdrag_overlappar_ej,"
_SKJUT_UPP += " enhetsuppdrag_overlappar_ej {}"


class Inlast(msgspec.Struct, kw_only=True):
    """How many rows an import added, changed and took away, and what it could not write."""

    nya_enheter: int = 0
    andrade_enheter: int = 0
    nya_uppdrag: int = 0
    andrade_uppdrag: int = 0
    nya_enhetsuppdrag: int = 0
    andrade_enhetsuppdrag: int = 0
    borttagna_enhetsuppdrag: int = 0
    fynd: list[Radfel] = []


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
    where it is. Rows of kombikor and commissions that the index lacks are left alone: an excerpt
    ends nothing. The number of statements does not depend on the rows but for the chunks they are
    written in.
    """
    index = parse(avd=avd, mek=mek, samverks=samverks)
    if isinstance(index, tuple):
        return index
    andringar.sign(by=by, skal=skal)
    inlast = write(index, vardgivare_id=vardgivare_id)
    arenden.ring()
    return inlast


def write(index: Index, *, vardgivare_id: int | None) -> Inlast:
    """Make the register say what the index says of the kombikor and commissions that it names.

    A stored row is known by its kombika or samverks-id and its first day; one that begins on
    another day than any of the index's is moved rather than replaced, since contacts and decisions
    point at it. A unit belongs to the legal person of its `orgnr`, else where the kombika already
    is, else to `vardgivare_id`; one that nobody owns is not written and comes back as a finding.
    A commission is tied to the contract of its number when there is one. Ties of the kombikor that
    are named become exactly those of the index. Must run in a transaction.
    """
    inlast = Inlast(fynd=[])
    with connection.cursor() as cursor:
        cursor.execute(_SKJUT_UPP.format("deferred"))
        _commissions(index.uppdrag, inlast)
        enheter = _units(index.enheter, vardgivare_id, inlast)
        _ties(index.enheter, enheter, inlast)
        cursor.execute(_SKJUT_UPP.format("immediate"))
    return inlast


class _Dated(Protocol):
    @property
    def giltig(self) -> Period: ...


V = TypeVar("V", bound=_Dated)
R = TypeVar("R", Enhet, Uppdrag)


def _pair(vill: Sequence[V], finns: Sequence[R]) -> tuple[list[tuple[V, R]], list[V], list[R]]:
    """Pair what one key should be with its stored rows: by first day, then in order of day.

    Returns the pairs, what has no row, and the rows that are left over.
    """
    per_start = {rad.giltig.lower: rad for rad in finns}
    par, utan = [], []
    for onskad in sorted(vill, key=lambda rad: rad.giltig.start):
        rad = per_start.pop(onskad.giltig.start, None)
        if rad is None:
            utan.append(onskad)
        else:
            par.append((onskad, rad))
    over = sorted(per_start.values(), key=lambda rad: rad.giltig.lower)
    flyttade = list(zip(utan, over, strict=False))
    return par + flyttade, utan[len(flyttade) :], over[len(flyttade) :]


def _commissions(rader: Sequence[Uppdragsrad], inlast: Inlast) -> None:
    avtal = _contracts()
    vill = _by_key(rader, lambda rad: rad.samverks_id)
    finns = _by_key(Uppdrag.objects.filter(samverks_id__in=list(vill)), lambda r: r.samverks_id)
    nya, andrade = [], []
    for samverks_id, onskade in vill.items():
        par, utan, over = _pair(onskade, finns.get(samverks_id, []))
        inlast.fynd.extend(_left_over(samverks_id, rad.giltig) for rad in over)
        par += [(onskad, Uppdrag(samverks_id=samverks_id)) for onskad in utan]
        for onskad, rad in par:
            fore = (rad.giltig, rad.styp, rad.uppdragstyp, rad.avtal_id, rad.namn, rad.test)
            traffar = avtal.get(onskad.avtal, ())
            rad.giltig, rad.styp = _range(onskad.giltig), onskad.styp
            rad.uppdragstyp = onskad.uppdragstyp
            rad.avtal_id = next(
                (pk for pk, nar in traffar if nar.overlaps(onskad.giltig)), rad.avtal_id
            )
            rad.namn = onskad.namn or rad.namn
            rad.test = rad.test if onskad.test is None else onskad.test
            if rad.pk is None:
                nya.append(rad)
            elif (rad.giltig, rad.styp, rad.uppdragstyp, rad.avtal_id, rad.namn, rad.test) != fore:
                andrade.append(rad)
    _update(
        "gvr_uppdrag",
        andrade,
        {
            "giltig": "daterange",
            "styp": "text",
            "uppdragstyp": "text",
            "avtal_id": "bigint",
            "namn": "text",
            "test": "bool",
        },
    )
    Uppdrag.objects.bulk_create(nya, CHUNK)
    inlast.nya_uppdrag, inlast.andrade_uppdrag = len(nya), len(andrade)


def _contracts() -> dict[str, list[tuple[int, Period]]]:
    svar: defaultdict[str, list[tuple[int, Period]]] = defaultdict(list)
    for pk, nummer, giltig in Avtal.objects.order_by("giltig").values_list(
        "pk", "ada_nummer", "giltig"
    ):
        svar[nummer].append((pk, period(giltig)))
    return svar


def _units(
    rader: Sequence[Enhetsrad], vardgivare_id: int | None, inlast: Inlast
) -> dict[tuple[str, date], int]:
    """Write the units; return the id of each kombika and first day that was written."""
    agare = dict(
        Vardgivare.objects.filter(orgnr__in={r.orgnr for r in rader} - {""}).values_list(
            "orgnr", "pk"
        )
    )
    vill = _by_key(rader, lambda rad: rad.kombika)
    finns = _by_key(Enhet.objects.filter(kombika__in=list(vill)), lambda rad: rad.kombika)
    nya, andrade, alla = [], [], []
    for kombika, onskade in vill.items():
        egna = finns.get(kombika, [])
        par, utan, over = _pair(onskade, egna)
        inlast.fynd.extend(_left_over(kombika, rad.giltig) for rad in over)
        par += [(onskad, Enhet(kombika=kombika, namn=kombika)) for onskad in utan]
        hittills = egna[-1].vardgivare_id if egna else vardgivare_id
        for onskad, rad in par:
            agaren = agare.get(onskad.orgnr) or rad.vardgivare_id or hittills
            if agaren is None:
                inlast.fynd.append(_no_owner(onskad))
                continue
            fore = (rad.giltig, rad.hsa_id, rad.namn, rad.vardgivare_id)
            rad.giltig, rad.hsa_id = _range(onskad.giltig), onskad.hsa_id
            rad.namn, rad.vardgivare_id = onskad.namn or rad.namn, agaren
            if rad.pk is None:
                nya.append(rad)
            elif (rad.giltig, rad.hsa_id, rad.namn, rad.vardgivare_id) != fore:
                andrade.append(rad)
            alla.append(rad)
    _update(
        "gvr_enhet",
        andrade,
        {"giltig": "daterange", "hsa_id": "text", "namn": "text", "vardgivare_id": "bigint"},
    )
    Enhet.objects.bulk_create(nya, CHUNK)
    inlast.nya_enheter, inlast.andrade_enheter = len(nya), len(andrade)
    return {(rad.kombika, rad.giltig.lower): rad.pk for rad in alla}


def _ties(rader: Sequence[Enhetsrad], enheter: dict[tuple[str, date], int], inlast: Inlast) -> None:
    """Make the ties of these units exactly those that both the unit and the commission allow."""
    uppdrag: defaultdict[str, list[tuple[int, Period]]] = defaultdict(list)
    for pk, samverks_id, giltig in Uppdrag.objects.filter(
        samverks_id__in={lank.samverks_id for r in rader for lank in r.uppdrag}
    ).values_list("pk", "samverks_id", "giltig"):
        uppdrag[samverks_id].append((pk, period(giltig)))
    vill = {
        (enhet_id, pk, gemensam.start): gemensam
        for r in rader
        if (enhet_id := enheter.get((r.kombika, r.giltig.start))) is not None
        for lank in r.uppdrag
        for pk, giltig in uppdrag.get(lank.samverks_id, ())
        if (gemensam := giltig.intersection(lank.giltig)) is not None
    }
    finns = {
        (rad.enhet_id, rad.uppdrag_id, rad.giltig.lower): rad
        for rad in Enhetsuppdrag.objects.filter(enhet_id__in=list(enheter.values()))
    }
    bort = [rad.pk for nyckel, rad in finns.items() if nyckel not in vill]
    Enhetsuppdrag.objects.filter(pk__in=bort).delete()
    andrade = []
    for nyckel, rad in finns.items():
        if nyckel in vill and rad.giltig != _range(vill[nyckel]):
            rad.giltig = _range(vill[nyckel])
            andrade.append(rad)
    _update("gvr_enhetsuppdrag", andrade, {"giltig": "daterange"})
    nya = [
        Enhetsuppdrag(enhet_id=enhet_id, uppdrag_id=uppdrag_id, giltig=_range(giltig))
        for (enhet_id, uppdrag_id, start), giltig in vill.items()
        if (enhet_id, uppdrag_id, start) not in finns
    ]
    Enhetsuppdrag.objects.bulk_create(nya, CHUNK)
    inlast.nya_enhetsuppdrag, inlast.borttagna_enhetsuppdrag = len(nya), len(bort)
    inlast.andrade_enhetsuppdrag = len(andrade)


def _by_key(rader: Iterable[Any], nyckel: Callable[[Any], str]) -> dict[str, list[Any]]:
    svar: defaultdict[str, list[Any]] = defaultdict(list)
    for rad in rader:
        svar[nyckel(rad)].append(rad)
    return dict(svar)


def _range(giltig: Period) -> DateRange:
    return DateRange(giltig.start, giltig.slut)


def _update(table: str, rader: Sequence[Any], kolumner: dict[str, str]) -> None:
    """Write these columns of the rows in one statement, so that neighbours move together."""
    if not rader:
        return
    namn = ", ".join(kolumner)
    satt = ", ".join(f"{kolumn} = ny.{kolumn}" for kolumn in kolumner)
    typer = ", ".join(f"%s::{typ}[]" for typ in kolumner.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {table} t set {satt} from unnest(%s::bigint[], {typer})"  # noqa: S608 - our own names
            f" as ny(id, {namn}) where t.id = ny.id",
            [
                [rad.pk for rad in rader],
                *([getattr(rad, kolumn) for rad in rader] for kolumn in kolumner),
            ],
        )


def _left_over(kod: str, giltig: Any) -> Radfel:
    return Radfel(
        kod=kod,
        fr_o_m=str(giltig.lower),
        rad=None,
        text="Raden finns här men inte i källan. Den är lämnad; avsluta den för hand om den "
        "aldrig ska ha gällt.",
    )


def _no_owner(rad: Enhetsrad) -> Radfel:
    return Radfel(
        kod=rad.kombika,
        fr_o_m=str(rad.giltig.start),
        rad=None,
        text="Enhetens företag är inte känt, så det är oklart vem regionen ska betala. Läs in "
        "FORETAG, eller välj en vårdgivare för sådana enheter.",
    )
