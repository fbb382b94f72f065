"""What has been decided and posted for deltaganden, read a chunk at a time."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from ersattning.hej.core.postning import Postad, Postrad
from ersattning.hej.queries.posterat import Nulage, Staende
from gvr.core.period import Manad


class Delutfall(msgspec.Struct, frozen=True, kw_only=True):
    """The newest decision on a deltagande, for people. `rader` are as in a decision."""

    utfall: str
    orsak: str
    vantar_pa: str
    summa: Decimal
    rader: list[dict[str, Any]]
    avtal: str
    beslutat: datetime


def decided(uuids: Sequence[UUID]) -> dict[UUID, Nulage]:
    """Return the newest decision of each deltagande that has one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select b.deltagande, b.version, b.utfall, b.orsak, b.vantar_pa, b.avtal_id, b.dag,"
            " b.rader, b.regelpaket, b.prislistor, b.summa, b.vardgivare_id, b.enhet_id,"
            " b.uppdragstyp"
            " from hej_delbeslut b where b.deltagande = any(%s::uuid[]) and not exists"
            " (select from hej_delbeslut n where n.deltagande = b.deltagande and n.id > b.id)",
            [list(uuids)],
        )
        return {
            row[0]: Nulage(
                version=row[1],
                utfall=row[2],
                orsak=row[3],
                vantar_pa=row[4],
                avtal_id=row[5],
                dag=row[6],
                rader=msgspec.json.decode(row[7]),
                regelpaket=tuple(row[8]),
                prislistor=tuple(row[9]),
                summa=row[10],
                vardgivare_id=row[11],
                enhet_id=row[12],
                uppdragstyp=row[13],
            )
            for row in cursor.fetchall()
        }


def standing_posts(uuids: Sequence[UUID]) -> dict[UUID, list[Staende]]:
    """Return each deltagande's posts that still count: no reversals, and nothing reversed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select b.deltagande, p.id, p.avtal_id, p.enhet_id, p.produktkod, p.typ, p.antal,"
            " p.apris, p.belopp, p.vardmanad, p.vardgivare_id, p.regel"
            " from hej_delbeslut b join hej_post p on p.delbeslut_id = b.id"
            " where b.deltagande = any(%s::uuid[]) and p.aterfor_id is null"
            " and not exists (select from hej_post a where a.aterfor_id = p.id)"
            " order by p.id",
            [list(uuids)],
        )
        poster: defaultdict[UUID, list[Staende]] = defaultdict(list)
        for row in cursor.fetchall():
            rad = Postrad(
                avtal_id=row[2],
                enhet_id=row[3],
                produktkod=row[4],
                typ=row[5],
                antal=row[6],
                apris=row[7],
                belopp=row[8],
                vardmanad=Manad.of(row[9]),
            )
            poster[row[0]].append(Staende(Postad(id=row[1], rad=rad), row[10], row[11]))
        return poster


def waiting(*, registrerade_efter: datetime) -> list[UUID]:
    """Return every deltagande that waits for something and has not waited too long."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select b.deltagande from hej_delbeslut b join gvr_deltagande d"
            " on d.uuid = b.deltagande and d.version = b.version"
            " where b.utfall = 'VANTAR' and d.registrerad > %s and not exists"
            " (select from hej_delbeslut n where n.deltagande = b.deltagande and n.id > b.id)",
            [registrerade_efter],
        )
        return [uuid for (uuid,) in cursor.fetchall()]


def between(fr_o_m: date, till: date, *, after: UUID | None, size: int) -> list[UUID]:
    """Return the next deltaganden with a day in [fr_o_m, till), in order of their ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct d.uuid from gvr_deltagande d where d.dag >= %s and d.dag < %s"
            " and (%s::uuid is null or d.uuid > %s::uuid) order by 1 limit %s",
            [fr_o_m, till, after, after, size],
        )
        return [uuid for (uuid,) in cursor.fetchall()]


def outcome(uuid: UUID) -> Delutfall | None:
    """Return what became of one deltagande that the context shows, None before it is decided."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select b.utfall, b.orsak, b.vantar_pa, b.summa, b.rader, coalesce(a.ada_nummer, ''),"
            " b.tid from hej_delbeslut b left join gvr_avtal a on a.id = b.avtal_id"
            " where b.deltagande = %s order by b.id desc limit 1",
            [uuid],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return Delutfall(
        utfall=row[0],
        orsak=row[1],
        vantar_pa=row[2],
        summa=row[3],
        rader=msgspec.json.decode(row[4]),
        avtal=row[5],
        beslutat=row[6],
    )
