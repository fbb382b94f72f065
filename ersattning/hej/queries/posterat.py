"""What has been decided and posted for contacts, read a chunk at a time."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import connection

from ersattning.hej.core import orsaker
from ersattning.hej.core.postning import Postad, Postrad
from gvr.core.period import Manad


class Nulage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The newest decision on a contact, as far as a new one must be compared with it."""

    version: int
    utfall: str
    orsak: str
    vantar_pa: str
    vardgivare_id: int | None
    enhet_id: int | None
    avtal_id: int | None
    uppdragstyp: str
    dag: date
    rader: list[dict[str, Any]]
    regelpaket: tuple[str, ...]
    prislistor: tuple[str, ...]
    summa: Decimal


def decided(kontakt_ids: Sequence[int]) -> dict[int, Nulage]:
    """Return the newest decision of each contact that has one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select l.vardkontakt_id, l.version, l.utfall, l.orsak, l.vantar_pa, l.avtal_id, l.dag,"
            " b.rader, b.regelpaket, b.prislistor, l.summa, l.vardgivare_id, l.enhet_id,"
            " b.uppdragstyp"
            " from hej_kontaktlage l join hej_beslut b on b.id = l.beslut_id"
            " where l.vardkontakt_id = any(%s::bigint[])",
            [list(kontakt_ids)],
        )
        return {
            row[0]: Nulage(
                version=row[1],
                utfall=row[2],
                orsak=row[3],
                vantar_pa=row[4],
                avtal_id=row[5],
                dag=row[6],
                rader=msgspec.json.decode(row[7]),  # a raw cursor gives jsonb as text
                regelpaket=tuple(row[8]),
                prislistor=tuple(row[9]),
                summa=row[10],
                vardgivare_id=row[11],
                enhet_id=row[12],
                uppdragstyp=row[13],
            )
            for row in cursor.fetchall()
        }


class Staende(msgspec.Struct, frozen=True, gc=False):
    """A post that still counts, and what its reversal must repeat."""

    post: Postad
    vardgivare_id: int
    regel: str


def standing_posts(kontakt_ids: Sequence[int]) -> dict[int, list[Staende]]:
    """Return each contact's posts that still count: no reversals, and nothing reversed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select p.vardkontakt_id, p.id, p.avtal_id, p.enhet_id, p.produktkod, p.typ, p.antal,"
            " p.apris, p.belopp, p.vardmanad, p.vardgivare_id, p.regel from hej_post p"
            " where p.vardkontakt_id = any(%s::bigint[]) and p.aterfor_id is null"
            " and not exists (select from hej_post a where a.aterfor_id = p.id)"
            " order by p.id",
            [list(kontakt_ids)],
        )
        poster: defaultdict[int, list[Staende]] = defaultdict(list)
        for row in cursor.fetchall():
            post = Postad(
                id=row[1],
                rad=Postrad(
                    avtal_id=row[2],
                    enhet_id=row[3],
                    produktkod=row[4],
                    typ=row[5],
                    antal=row[6],
                    apris=row[7],
                    belopp=row[8],
                    vardmanad=Manad.of(row[9]),
                ),
            )
            poster[row[0]].append(Staende(post, row[10], row[11]))
        return poster


def renamed(flyttade: Sequence[tuple[int, int | None, int | None]]) -> set[int]:
    """Return the contacts of these (contact, unit, unit) whose two units have the same kombika."""
    kontakter, fore, efter = (list(kolumn) for kolumn in zip(*flyttade, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "select n.pk from unnest(%s::bigint[], %s::bigint[], %s::bigint[]) as n(pk, fore, nu)"
            " join gvr_enhet f on f.id = n.fore join gvr_enhet e on e.id = n.nu"
            " where f.kombika = e.kombika",
            [kontakter, fore, efter],
        )
        return {pk for (pk,) in cursor.fetchall()}


def accepted(versioner: Sequence[tuple[int, int]]) -> set[int]:
    """Return the contacts of these (contact, version) that have been let through the checks.

    A version was let through when it has once been placed and decided for another reason than a
    rule that holds back, and not by a person.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct b.vardkontakt_id from hej_beslut b"
            " join unnest(%s::bigint[], %s::int[]) as v(vardkontakt_id, version)"
            " on b.vardkontakt_id = v.vardkontakt_id and b.version = v.version"
            " where b.avtal_id is not null and b.orsak <> all(%s)"
            " and b.utfall <> 'MAKULERAD'",
            [
                [pk for pk, _ in versioner],
                [nr for _, nr in versioner],
                [orsaker.REGEL_PARKERAR, orsaker.AVGJORD],
            ],
        )
        return {pk for (pk,) in cursor.fetchall()}


def under_ceiling(grupper: Sequence[tuple[int, int]]) -> list[int]:
    """Return every decided contact of these (avtal, calendar year), to be decided together."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select l.vardkontakt_id from hej_kontaktlage l"
            " join unnest(%s::bigint[], %s::int[]) as g(avtal_id, kalenderar)"
            " on l.avtal_id = g.avtal_id and l.dag >= make_date(g.kalenderar, 1, 1)"
            " and l.dag < make_date(g.kalenderar + 1, 1, 1)",
            [[avtal for avtal, _ in grupper], [ar for _, ar in grupper]],
        )
        return [pk for (pk,) in cursor.fetchall()]


def waiting_for(vantar_pa: Sequence[str]) -> list[int]:
    """Return the contacts that wait for any of these."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select vardkontakt_id from hej_kontaktlage"
            " where utfall = 'VANTAR' and vantar_pa = any(%s::text[]) order by 1",
            [list(vantar_pa)],
        )
        return [pk for (pk,) in cursor.fetchall()]


def waiting_ids(*, registrerade_efter: datetime) -> list[int]:
    """Return every contact that waits for something, to be tried again.

    Those whose version was registered earlier have waited too long: a person decides.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select l.vardkontakt_id from hej_kontaktlage l join gvr_vardkontaktversion v"
            " on v.vardkontakt_id = l.vardkontakt_id and v.version = l.version"
            " where l.utfall = 'VANTAR' and v.registrerad > %s",
            [registrerade_efter],
        )
        return [pk for (pk,) in cursor.fetchall()]
