"""Code lists read in whole: from a document, or a release of ICD-10-SE."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction

from gvr.actions import andringar, arenden, kopiering
from gvr.actions.kopiering import Tabell, column
from gvr.core import felkatalog, kodimport, kodverk
from gvr.core.avvikelse import Avvikelse
from gvr.core.icd import Icdutgava
from gvr.core.kodimport import Andrad, Lagrad, Skillnad
from gvr.core.kodverk import Kodrad
from gvr.core.period import Period
from gvr.models import Kod, Kodverk
from gvr.queries.register import period

KOD: Final = Tabell(
    "gvr_kod",
    (
        column("kodverk_id", "int8"),
        column("kod", "text"),
        column("text", "text"),
        column("text_offentlig", "bool"),
        column("slutsats", "bool"),
        column("kalla", "text"),
        column("egenskaper", "jsonb"),
        column("giltig", "daterange"),
    ),
)


def import_kodverk(
    document: Mapping[str, Any] | kodverk.Kodverk,
    *,
    at: datetime,
    by: Any = None,
    skal: str = "Inläsning av kodverk",
    dry_run: bool = False,
) -> Skillnad | tuple[Avvikelse, ...]:
    """Read a whole code list in. Returns what changed, or everything that stops it.

    `document` is the list as YAML or JSON gives it, or already parsed. With `dry_run` nothing is
    written: what comes back is the preview, made by the same steps. The number of statements does
    not depend on the number of codes.
    """
    lista = document if isinstance(document, kodverk.Kodverk) else kodverk.parse(document)
    if isinstance(lista, tuple):
        return lista
    return _import(lista, fr_o_m=None, by=by, skal=skal, at=at, dry_run=dry_run)


def import_icd(
    utgava: Icdutgava,
    *,
    fr_o_m: date,
    kalla: str,
    at: datetime,
    by: Any = None,
    skal: str = "Inläsning av ICD-10-SE",
    dry_run: bool = False,
    fullstandig: bool = True,
) -> Skillnad | tuple[Avvikelse, ...]:
    """Read a release of ICD-10-SE in, valid from `fr_o_m`. Codes that it lacks end the day before.

    `fullstandig` False is for an excerpt: then nothing is ended.
    """
    lista = utgava.as_kodverk(giltig=Period(fr_o_m), kalla=kalla, fullstandig=fullstandig)
    return _import(lista, fr_o_m=fr_o_m, by=by, skal=skal, at=at, dry_run=dry_run)


def _import(
    lista: kodverk.Kodverk,
    *,
    fr_o_m: date | None,
    by: Any,
    skal: str,
    at: datetime,
    dry_run: bool,
) -> Skillnad | tuple[Avvikelse, ...]:
    del at  # the history keeps the database's own clock
    with transaction.atomic():
        lagrade = _stored(lista.kodverk)
        skillnad = (
            kodimport.compare(lagrade, lista.rader)
            if fr_o_m is None
            else kodimport.compare_release(
                lagrade, lista.rader, fr_o_m=fr_o_m, hel=lista.fullstandig
            )
        )
        krockar = kodimport.overlaps(lagrade, skillnad)
        if krockar:
            return tuple(_collision(*krock) for krock in krockar)
        if not dry_run:
            andringar.sign(by=by, skal=skal)
            _write(lista, skillnad)
            arenden.ring()
    return skillnad


def _collision(kod: str, fore: Period, efter: Period) -> Avvikelse:
    return felkatalog.finding(
        "KOD004",
        pekare=f"/koder/{kod}",
        text=f"Koden {kod} skulle gälla två gånger samma dag: {fore} och {efter}.",
    )


def _stored(kod: str) -> list[Lagrad]:
    return [
        Lagrad(
            id=pk,
            rad=Kodrad(
                kod=kodens,
                text=text if offentlig else None,
                giltig=period(giltig),
                slutsats=slutsats,
                egenskaper=egenskaper,
                kalla=kalla or None,
            ),
        )
        for pk, kodens, text, offentlig, giltig, slutsats, egenskaper, kalla in (
            Kod.objects.filter(kodverk__kod=kod)
            .values_list(
                "pk",
                "kod",
                "text",
                "text_offentlig",
                "giltig",
                "slutsats",
                "egenskaper",
                "kalla",
            )
            .iterator()
        )
    ]


def _write(lista: kodverk.Kodverk, skillnad: Skillnad) -> None:
    """End and change first, then add: two rows of a code never hold at once on the way."""
    rad, _ = Kodverk.objects.update_or_create(
        kod=lista.kodverk,
        defaults={
            "namn": lista.namn,
            "klass": lista.klass or "",
            "kalla": "\n".join(lista.kallor),
            "fullstandigt": lista.fullstandig,
        },
    )
    _update((*skillnad.avslutade, *skillnad.andrade))
    kopiering.copy(
        KOD,
        [
            (
                rad.pk,
                ny.kod,
                ny.text or "",
                ny.text is not None,
                ny.slutsats,
                ny.kalla or "",
                _json(ny.egenskaper).encode(),
                (ny.giltig.start, ny.giltig.slut),
            )
            for ny in skillnad.nya
        ],
    )


def _update(andrade: Sequence[Andrad]) -> None:
    if not andrade:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update gvr_kod k set text = ny.text, text_offentlig = ny.offentlig,"
            " slutsats = ny.slutsats, kalla = ny.kalla, egenskaper = ny.egenskaper::jsonb,"
            " giltig = daterange(ny.start, ny.slut)"
            " from unnest(%s::bigint[], %s::text[], %s::bool[], %s::bool[], %s::text[], %s::text[],"
            " %s::date[], %s::date[])"
            " as ny(id, text, offentlig, slutsats, kalla, egenskaper, start, slut)"
            " where k.id = ny.id",
            [
                [rad.id for rad in andrade],
                [rad.efter.text or "" for rad in andrade],
                [rad.efter.text is not None for rad in andrade],
                [rad.efter.slutsats for rad in andrade],
                [rad.efter.kalla or "" for rad in andrade],
                [_json(rad.efter.egenskaper) for rad in andrade],
                [rad.efter.giltig.start for rad in andrade],
                [rad.efter.giltig.slut for rad in andrade],
            ],
        )


def _json(egenskaper: Mapping[str, Any]) -> str:
    return json.dumps(dict(egenskaper), ensure_ascii=False)
