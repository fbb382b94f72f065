"""Writing decisions on deltaganden, with their posts and receipts, like those on contacts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec
from django.db import connection

from ersattning.hej.actions import beslut
from ersattning.hej.actions.beslut import POST, Forandring
from ersattning.hej.core import beslut as core
from ersattning.hej.core.beslut import Beslutat
from ersattning.hej.queries import delposterat
from gvr.actions.kopiering import Tabell, as_writer, column, copy, draw_ids

DELBESLUT: Final = Tabell(
    "hej_delbeslut",
    (
        column("id", "int8"),
        column("deltagande", "uuid"),
        column("version", "int4"),
        column("dag", "date"),
        column("tid", "timestamptz"),
        column("huvudkontakt_id", "int8"),
        column("vardgivare_id", "int8"),
        column("enhet_id", "int8"),
        column("avtal_id", "int8"),
        column("uppdragstyp", "text"),
        column("stamdataversion", "int8"),
        column("regelpaket", "text[]"),
        column("prislistor", "text[]"),
        column("utfall", "text"),
        column("orsak", "text"),
        column("vantar_pa", "text"),
        column("rader", "jsonb"),
        column("summa", "numeric"),
    ),
)
DELPOST: Final = Tabell("hej_post", (*POST.kolumner, column("delbeslut_id", "int8")))
DELKVITTENS: Final = Tabell(
    "gvr_delkvittens",
    (
        column("kallsystem", "text"),
        column("uuid", "uuid"),
        column("vardgivare_id", "int8"),
        column("enhet_id", "int8"),
        column("version", "int4"),
        column("niva", "text"),
        column("utfall", "text"),
        column("kod", "text"),
        column("belopp", "numeric"),
        column("tid", "timestamptz"),
    ),
)


class Delbeslutad(msgspec.Struct, frozen=True, kw_only=True):
    """A deltagande as it has been decided; the `kontakt_id` of `beslutat` means nothing."""

    uuid: UUID
    kallsystem: str
    huvudkontakt_id: int | None
    beslutat: Beslutat


class Delforandring(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that differs from the newest one, with the posts that follow from it."""

    del_: Delbeslutad
    forandring: Forandring


def hold(uuids: Sequence[UUID]) -> None:
    """Let only one transaction at a time decide each of these.

    Take it before anything is read: what one decides by is then at least as new as what any
    earlier decision was made by, so the last one written is right whoever was slow.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended('deltagande:' || u::text, 0))"
            " from (select unnest(%s::uuid[]) as u order by 1) som",
            [list(uuids)],
        )


def compare(beslutade: Sequence[Delbeslutad]) -> list[Delforandring]:
    """Return the decisions that say something new, with their posts. Reads, never writes."""
    uuids = [rad.uuid for rad in beslutade]
    nulagen = delposterat.decided(uuids)
    poster = delposterat.standing_posts(uuids)
    svar = []
    for rad in beslutade:
        nulage, b = nulagen.get(rad.uuid), rad.beslutat
        if nulage is not None and (nulage.version > b.version or beslut.same(b, nulage)):
            continue
        staende = tuple(poster.get(rad.uuid, ()))
        svar.append(
            Delforandring(
                del_=rad,
                forandring=Forandring(
                    beslutat=b,
                    poster=beslut.posts(b, staende),
                    tidigare=nulage,
                    staende=staende,
                ),
            )
        )
    return svar


def record(
    beslutade: Sequence[Delbeslutad], *, stamdataversion: int, at: datetime, bokforingsmanad: date
) -> list[Delforandring]:
    """Write what is new: Delbeslut, Post and the receipts. What is decided must be held."""
    forandringar = compare(beslutade)
    if not forandringar:
        return forandringar
    ids = draw_ids("hej_delbeslut", len(forandringar))
    par = list(zip(ids, forandringar, strict=True))
    rader = []
    for pk, f in par:
        b = f.del_.beslutat
        rader.append(
            (
                pk,
                f.del_.uuid.bytes,
                b.version,
                b.dag,
                at,
                f.del_.huvudkontakt_id,
                b.vardgivare_id,
                b.enhet_id,
                b.avtal_id,
                b.uppdragstyp,
                stamdataversion,
                b.regelpaket,
                b.prislistor,
                b.utfall,
                b.orsak,
                b.vantar_pa,
                msgspec.json.encode(core.rows_as_document(b.rader)),
                b.summa,
            )
        )
    poster = [
        ("DELTAGANDE", None, None, *rad[3:], rad[2])
        for rad in beslut.post_rows([(pk, f.forandring) for pk, f in par], at, bokforingsmanad)
    ]
    kvittenser = [
        (
            f.del_.kallsystem,
            f.del_.uuid.bytes,
            f.del_.beslutat.vardgivare_id,
            f.del_.beslutat.enhet_id,
            f.del_.beslutat.version,
            "K3",
            f.del_.beslutat.utfall,
            f.del_.beslutat.orsak,
            f.del_.beslutat.summa,
            at,
        )
        for f in forandringar
    ]
    with as_writer():
        copy(DELBESLUT, rader)
        copy(DELPOST, poster)
        copy(DELKVITTENS, kvittenser)
    return forandringar
