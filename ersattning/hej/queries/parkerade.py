"""Contacts that wait for something that is missing: for what, since when, and for how much."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec
from django.conf import settings
from django.db import connection


class Vantegrupp(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts that wait for the same thing.

    `for_lange` is how many have waited past the limit. `belopp` is kronor: what those that were
    paid before they began to wait were paid; None when none was, for then nobody can say.
    """

    vantar_pa: str
    orsak: str
    antal: int
    for_lange: int
    vardgivare: int
    forsta_dag: date
    sista_dag: date
    aldst: datetime
    belopp: Decimal | None


class Avgjort(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts that one person settled at one time for one reason."""

    vantade_pa: str
    skal: str
    avgjort_av: str
    tid: datetime
    antal: int


def limit(at: datetime) -> datetime:
    """Return when a contact must have been registered to have waited too long by now."""
    return at - timedelta(days=settings.PARKERING_DAGAR)


def groups(*, at: datetime, limit_rows: int = 200) -> tuple[Vantegrupp, ...]:
    """Return what contacts wait for: those that a person must decide first, then most first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select l.vantar_pa, l.orsak, count(*), count(*) filter (where v.registrerad <= %s),"
            " count(distinct l.vardgivare_id), min(l.dag), max(l.dag), min(v.registrerad),"
            " sum((select b.summa from hej_beslut b where b.vardkontakt_id = l.vardkontakt_id"
            "  and b.utfall = 'ERSATTS' order by b.id desc limit 1))"
            " from hej_kontaktlage l join gvr_vardkontaktversion v"
            "  on v.vardkontakt_id = l.vardkontakt_id and v.version = l.version"
            " where l.utfall = 'VANTAR' group by 1, 2"
            " order by (count(*) filter (where v.registrerad <= %s) > 0) desc, 3 desc, 1 limit %s",
            [limit(at), limit(at), limit_rows],
        )
        return tuple(
            Vantegrupp(
                vantar_pa=rad[0],
                orsak=rad[1],
                antal=rad[2],
                for_lange=rad[3],
                vardgivare=rad[4],
                forsta_dag=rad[5],
                sista_dag=rad[6],
                aldst=rad[7],
                belopp=rad[8],
            )
            for rad in cursor.fetchall()
        )


def contacts(vantar_pa: str, orsak: str) -> list[int]:
    """Return the contacts that wait for one thing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select vardkontakt_id from hej_kontaktlage"
            " where utfall = 'VANTAR' and vantar_pa = %s and orsak = %s order by 1",
            [vantar_pa, orsak],
        )
        return [pk for (pk,) in cursor.fetchall()]


def settled(kontakt_ids: Sequence[int]) -> dict[int, int]:
    """Return the version of each contact that a person has settled without payment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select vardkontakt_id, version from (select distinct on (vardkontakt_id)"
            " vardkontakt_id, version, galler from hej_avgorande"
            " where vardkontakt_id = any(%s::bigint[]) order by vardkontakt_id, id desc) senast"
            " where galler",
            [list(kontakt_ids)],
        )
        return dict(cursor.fetchall())


def settlements(*, limit_rows: int = 50) -> tuple[Avgjort, ...]:
    """Return what has been settled and still stands, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select vantade_pa, skal, avgjort_av, tid, count(*)"
            " from hej_avgorande a where galler and not exists (select from hej_avgorande n"
            "  where n.vardkontakt_id = a.vardkontakt_id and n.id > a.id)"
            " group by 1, 2, 3, 4 order by tid desc limit %s",
            [limit_rows],
        )
        return tuple(
            Avgjort(vantade_pa=rad[0], skal=rad[1], avgjort_av=rad[2], tid=rad[3], antal=rad[4])
            for rad in cursor.fetchall()
        )
