"""Writing decisions and the posts that follow from them. Nothing is ever updated but the lists."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
from django.db import connection

from ersattning.hej.core import beslut as core
from ersattning.hej.core.beslut import Beslutat
from ersattning.hej.core.postning import NyPost, Postad, difference, target
from ersattning.hej.queries import posterat
from ersattning.hej.queries.posterat import Nulage, Staende
from gvr.actions.kopiering import Tabell, as_writer, column, copy, draw_ids
from gvr.core.period import Manad

BESLUT: Final = Tabell(
    "hej_beslut",
    (
        column("id", "int8"),
        column("vardkontakt_id", "int8"),
        column("version", "int4"),
        column("tid", "timestamptz"),
        column("vardgivare_id", "int8"),
        column("enhet_id", "int8"),
        column("avtal_id", "int8"),
        column("uppdragstyp", "text", returning=True),
        column("stamdataversion", "int8"),
        column("regelpaket", "text[]"),
        column("prislistor", "text[]"),
        column("utfall", "text", returning=True),
        column("orsak", "text", returning=True),
        column("vantar_pa", "text", returning=True),
        column("rader", "jsonb"),
        column("summa", "numeric"),
    ),
)
POST: Final = Tabell(
    "hej_post",
    (
        column("kalla", "text", returning=True),
        column("vardkontakt_id", "int8"),
        column("beslut_id", "int8"),
        column("vardgivare_id", "int8"),
        column("enhet_id", "int8"),
        column("avtal_id", "int8"),
        column("regel", "text", returning=True),
        column("produktkod", "text", returning=True),
        column("typ", "text", returning=True),
        column("antal", "int4"),
        column("apris", "numeric"),
        column("belopp", "numeric"),
        column("vardmanad", "date"),
        column("bokforingsmanad", "date"),
        column("aterfor_id", "int8"),
        column("skapad", "timestamptz"),
    ),
)
LAGE: Final = Tabell(
    "hej_kontaktlage",
    (
        column("vardkontakt_id", "int8"),
        column("version", "int4"),
        column("beslut_id", "int8"),
        column("vardgivare_id", "int8"),
        column("enhet_id", "int8"),
        column("avtal_id", "int8"),
        column("dag", "date"),
        column("utfall", "text", returning=True),
        column("orsak", "text", returning=True),
        column("vantar_pa", "text", returning=True),
        column("summa", "numeric"),
    ),
)
KVITTENS: Final = Tabell(
    "gvr_kvittens",
    (
        column("kallsystem", "text", returning=True),
        column("vardkontakt_id", "int8"),
        column("vardgivare_id", "int8"),
        column("enhet_id", "int8"),
        column("version", "int4"),
        column("niva", "text", returning=True),
        column("utfall", "text", returning=True),
        column("kod", "text", returning=True),
        column("belopp", "numeric"),
        column("tid", "timestamptz"),
    ),
)


class Forandring(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that differs from what is known, with the posts that follow from it."""

    beslutat: Beslutat
    poster: tuple[NyPost, ...]
    tidigare: Nulage | None
    staende: tuple[Staende, ...] = ()


def compare(beslutade: Sequence[Beslutat]) -> list[Forandring]:
    """Return the decisions that say something new, with their posts. Reads, never writes.

    A decision that is the same in every respect as the newest one is left out, so a second run
    gives nothing. One made on an older version than the newest decision is left out as well: a
    slow worker never overwrites a quick one.
    """
    ids = [b.kontakt_id for b in beslutade]
    nulagen = posterat.decided(ids)
    poster = posterat.standing_posts([pk for pk in ids if pk in nulagen]) if nulagen else {}
    omnamnda = _same_unit(beslutade, nulagen)
    forandringar = []
    for beslutat in beslutade:
        nulage = nulagen.get(beslutat.kontakt_id)
        if nulage is not None and (
            nulage.version > beslutat.version
            or (
                same(beslutat, nulage)
                and (nulage.enhet_id == beslutat.enhet_id or beslutat.kontakt_id in omnamnda)
            )
        ):
            continue
        staende = tuple(poster.get(beslutat.kontakt_id, ()))
        forandringar.append(
            Forandring(
                beslutat=beslutat,
                poster=posts(beslutat, staende),
                tidigare=nulage,
                staende=staende,
            )
        )
    return forandringar


def posts(beslutat: Beslutat, staende: Sequence[Staende]) -> tuple[NyPost, ...]:
    """Return what is to be posted. What another provider was paid is that provider's to give back,
    also when unit and contract are the same row as before."""
    placering = beslutat.placering
    if not beslutat.rader and not staende:
        return ()
    mal = (
        target(
            beslutat.rader,
            avtal_id=placering.avtal_id,
            enhet_id=placering.enhet_id,
            vardmanad=Manad.of(beslutat.dag),
        )
        if placering is not None
        else ()
    )
    kvar: list[Postad] = []
    flyttade: list[Postad] = []
    for rad in staende:
        (kvar if rad.vardgivare_id == beslutat.vardgivare_id else flyttade).append(rad.post)
    return (*difference(flyttade, ()), *difference(kvar, mal))


def _same_unit(beslutade: Sequence[Beslutat], nulagen: Mapping[int, Nulage]) -> set[int]:
    """Return the contacts whose unit is another row of the same kombika than when last decided.

    A unit that gets a new row (a name, an HSA-id) is where it was, and moves no money.
    """
    flyttade = [
        (b.kontakt_id, nulage.enhet_id, b.enhet_id)
        for b in beslutade
        if (nulage := nulagen.get(b.kontakt_id)) is not None and nulage.enhet_id != b.enhet_id
    ]
    return posterat.renamed(flyttade) if flyttade else set()


def same(beslutat: Beslutat, nulage: Nulage) -> bool:
    """Say whether a decision says what the newest one says."""
    return (
        nulage.version == beslutat.version
        and nulage.utfall == beslutat.utfall
        and nulage.orsak == beslutat.orsak
        and nulage.vantar_pa == beslutat.vantar_pa
        and nulage.avtal_id == beslutat.avtal_id
        and nulage.vardgivare_id == beslutat.vardgivare_id
        and nulage.uppdragstyp == beslutat.uppdragstyp
        and nulage.dag == beslutat.dag
        and nulage.regelpaket == beslutat.regelpaket
        and nulage.prislistor == beslutat.prislistor
        and nulage.rader == core.rows_as_document(beslutat.rader)
    )


def record(
    beslutade: Sequence[Beslutat],
    *,
    kallsystem: dict[int, str],
    stamdataversion: int,
    at: datetime,
    bokforingsmanad: date,
) -> list[Forandring]:
    """Write what is new in these decisions: Beslut, Post, Kontaktlage and the receipts.

    `kallsystem` names the sender of each contact. Must run in a transaction that shows all rows.

    1. Lock the contacts, in id order, so that two workers never decide the same one at once.
    2. Compare with what is decided and posted.
    3. COPY decisions, posts and receipts; insert or move the list rows.
    """
    lock_contacts(sorted(b.kontakt_id for b in beslutade))
    forandringar = compare(beslutade)
    if not forandringar:
        return forandringar
    ids = draw_ids("hej_beslut", len(forandringar))
    par = list(zip(ids, forandringar, strict=True))
    with as_writer():
        copy(BESLUT, [_beslut_row(pk, f.beslutat, stamdataversion, at) for pk, f in par])
        copy(POST, list(post_rows(par, at, bokforingsmanad)))
        copy(LAGE, [_lage_row(pk, f.beslutat) for pk, f in par if f.tidigare is None])
    _move_positions([(pk, f.beslutat) for pk, f in par if f.tidigare is not None])
    _point_out_units([f.beslutat for f in forandringar])
    write_receipts(
        [
            (
                kallsystem[f.beslutat.kontakt_id],
                f.beslutat.kontakt_id,
                f.beslutat.vardgivare_id,
                f.beslutat.enhet_id,
                f.beslutat.version,
                "K3",
                f.beslutat.utfall,
                f.beslutat.orsak,
                f.beslutat.summa,
                at,
            )
            for f in forandringar
        ]
    )
    return forandringar


def write_receipts(rows: list[tuple[Any, ...]]) -> None:
    """COPY receipts (columns of KVITTENS) in an order that readers of each feed can trust.

    The senders' locks are held to the end of the transaction: a receipt with a lower number is
    always committed before one with a higher.
    """
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtext('kvittens'), hashtext(namn))"
            " from (select distinct unnest(%s::text[]) as namn order by 1) som",
            [sorted({row[0] for row in rows})],
        )
    with as_writer():
        copy(KVITTENS, rows)


def lock_contacts(kontakt_ids: Sequence[int]) -> None:
    """Hold the contacts until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from (select id from gvr_vardkontakt"
            " where id = any(%s::bigint[]) order by id for no key update) som",
            [list(kontakt_ids)],
        )


def _beslut_row(pk: int, b: Beslutat, stamdataversion: int, at: datetime) -> tuple[Any, ...]:
    return (
        pk,
        b.kontakt_id,
        b.version,
        at,
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


def post_rows(
    par: Sequence[tuple[int, Forandring]], at: datetime, bokforingsmanad: date
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of POST for each decision, by its id."""
    for pk, f in par:
        b = f.beslutat
        if not f.poster:
            continue
        regler = {(r.produktkod, r.typ, r.apris): r.regel_id for r in b.rader}
        aterforda = {rad.post.id: (rad.vardgivare_id, rad.regel) for rad in f.staende}
        for post in f.poster:
            rad = post.rad
            if post.aterfor is None:
                vardgivare_id = b.vardgivare_id
                regel = regler[rad.produktkod, rad.typ, rad.apris]
            else:
                vardgivare_id, regel = aterforda[post.aterfor]
            yield (
                "KONTAKT",
                b.kontakt_id,
                pk,
                vardgivare_id,
                rad.enhet_id,
                rad.avtal_id,
                regel,
                rad.produktkod,
                rad.typ,
                rad.antal,
                rad.apris,
                rad.belopp,
                rad.vardmanad.first,
                bokforingsmanad,
                post.aterfor,
                at,
            )


def _lage_row(pk: int, b: Beslutat) -> tuple[Any, ...]:
    return (
        b.kontakt_id,
        b.version,
        pk,
        b.vardgivare_id,
        b.enhet_id,
        b.avtal_id,
        b.dag,
        b.utfall,
        b.orsak,
        b.vantar_pa,
        b.summa,
    )


def _move_positions(par: list[tuple[int, Beslutat]]) -> None:
    if not par:
        return
    kolumner = list(zip(*(_lage_row(pk, b) for pk, b in par), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "update hej_kontaktlage l set version = n.version, beslut_id = n.beslut_id,"
            " vardgivare_id = n.vardgivare_id, enhet_id = n.enhet_id, avtal_id = n.avtal_id,"
            " dag = n.dag, utfall = n.utfall, orsak = n.orsak, vantar_pa = n.vantar_pa,"
            " summa = n.summa"
            " from unnest(%s::bigint[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[],"
            " %s::bigint[], %s::date[], %s::text[], %s::text[], %s::text[], %s::numeric[])"
            " as n(vardkontakt_id, version, beslut_id, vardgivare_id, enhet_id, avtal_id, dag,"
            " utfall, orsak, vantar_pa, summa)"
            " where l.vardkontakt_id = n.vardkontakt_id",
            [list(kolumn) for kolumn in kolumner],
        )


def _point_out_units(beslutade: Sequence[Beslutat]) -> None:
    """Give a contact its unit when the register has learnt it, or when it has moved."""
    placerade = [b for b in beslutade if b.placering is not None]
    with connection.cursor() as cursor:
        cursor.execute(
            "update gvr_vardkontakt k set vardgivare_id = n.vardgivare_id, enhet_id = n.enhet_id"
            " from unnest(%s::bigint[], %s::bigint[], %s::bigint[])"
            " as n(id, vardgivare_id, enhet_id)"
            " where k.id = n.id and (k.vardgivare_id, k.enhet_id)"
            " is distinct from (n.vardgivare_id, n.enhet_id)",
            [
                [b.kontakt_id for b in placerade],
                [b.vardgivare_id for b in placerade],
                [b.enhet_id for b in placerade],
            ],
        )
