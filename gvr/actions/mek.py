"""MEK and FelMEK read in: mappings moved in valid time, the error and its cure both kept."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction
from psycopg.types.range import DateRange

from gvr.actions import andringar, arenden, kodserver
from gvr.actions.organisation import Inlast
from gvr.core import mek
from gvr.core.kodserver import Filfel, Radfel
from gvr.core.mek import FELMEK, MEK, Felrad, Fil, Hsarad, Mekrad
from gvr.core.period import Period
from gvr.models import Felmappning, Hsamappning
from gvr.queries.register import period

_SKJUT_UPP = "set constraints hsamappning_overlappar_ej {}"


class Mappningsandring(msgspec.Struct, frozen=True, kw_only=True):
    """A kombika whose mappings change: before and after, as people read them."""

    kombika: str
    fore: str
    efter: str


class Mekinlasning(msgspec.Struct, frozen=True, kw_only=True):
    """What a file led to. `antal` by the words shown to people."""

    tabell: str
    fil: int
    antal: dict[str, int]
    andringar: tuple[Mappningsandring, ...]
    register: Inlast
    fel: tuple[Radfel, ...] = ()

    @property
    def empty(self) -> bool:
        """Say whether nothing would be written."""
        return not (self.andringar or self.antal.get("nya felmappningar"))


def import_mek(
    chunks: Iterable[bytes],
    *,
    at: datetime,
    by: Any = None,
    skal: str = "Inläsning av MEK",
    dry_run: bool = False,
) -> Mekinlasning | Filfel:
    """Read an export of mappings in. Kombikor that it does not name are left alone.

    An export older than what we have read is refused: it would take back what was put right. A
    kombika with two HSA-ids on a day, or with a row that cannot be read, is left as it is and comes
    back as a fault.
    """
    del at  # the history keeps the database's own clock
    fil, rader, fel = _sort(mek.read_mek(chunks), Mekrad)
    if isinstance(fil, Filfel):
        return fil
    sagt: defaultdict[str, list[Mekrad]] = defaultdict(list)
    for rad in rader:
        if any(rad.giltig.overlaps(annan.giltig) for annan in sagt[rad.kombika]):
            text = "Kombikan har två HSA-id samma dag."
            dag = str(rad.giltig.start)
            fel.append(Radfel(kod=rad.kombika, fr_o_m=dag, rad=None, text=text))
        sagt[rad.kombika].append(rad)
    for radfel in fel:
        sagt.pop(radfel.kod, None)
    with transaction.atomic():
        if fil < _newest():
            return Filfel(text=f"Filen {fil} är äldre än den senast inlästa, {_newest()}.")
        fore = _stored(sagt)
        efter = {
            kombika: mek.assert_anew(fore.get(kombika, []), rader, fil=fil)
            for kombika, rader in sagt.items()
        }
        register, andrade = _write(fore, efter, by=by, skal=skal, dry_run=dry_run)
    return Mekinlasning(
        tabell=MEK,
        fil=fil,
        antal={
            "nya kombikor": sum(1 for rad in andrade if not rad.fore),
            "ändrade kombikor": sum(1 for rad in andrade if rad.fore),
            "oförändrade kombikor": len(sagt) - len(andrade),
            "rader med fel": len(fel),
        },
        andringar=tuple(andrade),
        register=register,
        fel=(*fel, *register.fynd),
    )


def import_felmek(
    chunks: Iterable[bytes],
    *,
    at: datetime,
    by: Any = None,
    skal: str = "Inläsning av FelMEK",
    dry_run: bool = False,
) -> Mekinlasning | Filfel:
    """Read the log of wrong mappings in, and put right what we have of them, back in time.

    The log is cumulative: rows that were read before are passed over. Every new row is kept with
    what it led to, so that both the error and the exports that carried it can be found again.
    """
    fil, rader, fel = _sort(mek.read_felmek(chunks), Felrad)
    if isinstance(fil, Filfel):
        return fil
    with transaction.atomic():
        lasta = set(
            Felmappning.objects.values_list(
                *("kombika", "fel_hsa_id", "fr_o_m", "till"),
                *("fran_mek_fil", "till_mek_fil", "skapad_i_mek"),
            )
        )
        nya = {_key(rad): rad for rad in rader if _key(rad) not in lasta}
        kombikor = {rad.kombika for rad in nya.values()}
        fore = _stored(kombikor)
        efter = dict(fore)
        trodda = _once_believed(kombikor)
        senaste = _newest()
        utfall: list[tuple[Felrad, mek.Utfall]] = []
        for rad in nya.values():
            efter[rad.kombika], blev = mek.correct(efter.get(rad.kombika, []), rad, senaste=senaste)
            if blev == "EJ_INLAST" and (rad.kombika, rad.fel_hsa_id) in trodda:
                blev = "REDAN_RATT"
            utfall.append((rad, blev))
        register, andrade = _write(fore, efter, by=by, skal=skal, dry_run=dry_run)
        if not dry_run:
            _remember(utfall, at=at, by=by)
    blev_antal = {val.label.lower(): 0 for val in Felmappning.Utfall}
    for _, blev in utfall:
        blev_antal[Felmappning.Utfall(blev).label.lower()] += 1
    return Mekinlasning(
        tabell=FELMEK,
        fil=fil,
        antal={
            "nya felmappningar": len(nya),
            "redan inlästa": len(rader) - len(nya),
            **blev_antal,
            "rader med fel": len(fel),
        },
        andringar=tuple(andrade),
        register=register,
        fel=(*fel, *register.fynd),
    )


def _sort(lasta: Iterable[Any], slag: type[Any]) -> tuple[int | Filfel, list[Any], list[Radfel]]:
    fil: int | Filfel = Filfel(text="Filen är tom.")
    rader, fel = [], []
    for rad in lasta:
        if isinstance(rad, Filfel):
            return rad, [], []
        if isinstance(rad, Fil):
            fil = rad.nummer
        elif isinstance(rad, slag):
            rader.append(rad)
        else:
            fel.append(rad)
    return fil, rader, fel


def _key(rad: Felrad) -> tuple[Any, ...]:
    dagar, filer = (rad.fr_o_m, rad.till), (rad.fran_mek_fil, rad.till_mek_fil)
    return (rad.kombika, rad.fel_hsa_id, *dagar, *filer, rad.skapad)


def _newest() -> int:
    """Return the number of the newest export that told us something, 0 when none has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(max(greatest(fil_fran, fil_till + 1)), 0) from gvr_hsamappning"
        )
        return int(cursor.fetchone()[0])


def _stored(kombikor: Iterable[str]) -> dict[str, list[Hsarad]]:
    svar: defaultdict[str, list[Hsarad]] = defaultdict(list)
    for rad in Hsamappning.objects.filter(kombika__in=list(kombikor)).order_by("giltig"):
        svar[rad.kombika].append(
            Hsarad(
                hsa_id=rad.hsa_id,
                giltig=period(rad.giltig),
                fil_fran=rad.fil_fran,
                fil_till=rad.fil_till,
            )
        )
    return dict(svar)


def _once_believed(kombikor: Iterable[str]) -> set[tuple[str, str]]:
    """Return the (kombika, HSA-id) that we have believed at some time, whatever we believe now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct nyckel, innehall ->> 'hsa_id' from gvr_kunskap"
            " where tabell in ('gvr_hsamappning', 'gvr_enhet') and nyckel = any(%s::text[])",
            [list(kombikor)],
        )
        return {(kombika, hsa_id) for kombika, hsa_id in cursor.fetchall()}


def _write(
    fore: Mapping[str, Sequence[Hsarad]],
    efter: Mapping[str, Sequence[Hsarad]],
    *,
    by: Any,
    skal: str,
    dry_run: bool,
) -> tuple[Inlast, list[Mappningsandring]]:
    """Write the mappings that differ, and make the units of those kombikor anew."""
    skiljer = {k: rader for k, rader in efter.items() if list(rader) != list(fore.get(k, []))}
    visade = [
        Mappningsandring(kombika=k, fore=_shown(fore.get(k, [])), efter=_shown(rader))
        for k, rader in skiljer.items()
        if _shown(rader) != _shown(fore.get(k, []))
    ]
    if not skiljer:
        return Inlast(fynd=[]), []
    with transaction.atomic():
        andringar.sign(by=by, skal=skal)
        _replace(skiljer)
        register = kodserver.rebuild(frozenset(rad.kombika for rad in visade))
        if dry_run:
            transaction.set_rollback(True)
    if not dry_run:
        arenden.ring()
    return register, visade


def _replace(skiljer: Mapping[str, Sequence[Hsarad]]) -> None:
    """Make the stored rows of these kombikor exactly those; rows that are the same stay."""
    vill = {(k, rad.giltig.start): rad for k, rader in skiljer.items() for rad in rader}
    with connection.cursor() as cursor:
        cursor.execute(_SKJUT_UPP.format("deferred"))
        bort, andras = [], []
        for rad in Hsamappning.objects.filter(kombika__in=list(skiljer)):
            onskad = vill.pop((rad.kombika, rad.giltig.lower), None)
            if onskad is None:
                bort.append(rad.pk)
                continue
            ny = (_range(onskad.giltig), onskad.hsa_id, onskad.fil_fran, onskad.fil_till)
            if (rad.giltig, rad.hsa_id, rad.fil_fran, rad.fil_till) != ny:
                andras.append((rad.pk, onskad))
        Hsamappning.objects.filter(pk__in=bort).delete()
        cursor.execute(
            "update gvr_hsamappning m set giltig = daterange(ny.start, ny.slut),"
            " hsa_id = ny.hsa_id, fil_fran = ny.fil_fran, fil_till = ny.fil_till"
            " from unnest(%s::bigint[], %s::date[], %s::date[], %s::text[], %s::int[], %s::int[])"
            " as ny(id, start, slut, hsa_id, fil_fran, fil_till) where m.id = ny.id",
            [
                [pk for pk, _ in andras],
                [rad.giltig.start for _, rad in andras],
                [rad.giltig.slut for _, rad in andras],
                [rad.hsa_id for _, rad in andras],
                [rad.fil_fran for _, rad in andras],
                [rad.fil_till for _, rad in andras],
            ],
        )
        Hsamappning.objects.bulk_create(
            [
                Hsamappning(
                    kombika=kombika,
                    hsa_id=rad.hsa_id,
                    giltig=_range(rad.giltig),
                    fil_fran=rad.fil_fran,
                    fil_till=rad.fil_till,
                )
                for (kombika, _), rad in vill.items()
            ],
            2000,
        )
        cursor.execute(_SKJUT_UPP.format("immediate"))


def _remember(utfall: Sequence[tuple[Felrad, mek.Utfall]], *, at: datetime, by: Any) -> None:
    Felmappning.objects.bulk_create(
        [
            Felmappning(
                kombika=rad.kombika,
                fel_hsa_id=rad.fel_hsa_id,
                ratt_hsa_id=rad.ratt_hsa_id,
                fr_o_m=rad.fr_o_m,
                till=rad.till,
                fran_mek_fil=rad.fran_mek_fil,
                till_mek_fil=rad.till_mek_fil,
                felmek_fil=rad.felmek_fil,
                skapad_i_mek=rad.skapad,
                utfall=blev,
                inlast=at,
                inlast_av=by.get_username() if by is not None else "",
            )
            for rad, blev in utfall
        ],
        2000,
    )


def _range(giltig: Period) -> DateRange:
    return DateRange(giltig.start, giltig.slut)


def _shown(rader: Sequence[Hsarad]) -> str:
    return "; ".join(f"{rad.hsa_id} {rad.giltig}" for rad in rader)
