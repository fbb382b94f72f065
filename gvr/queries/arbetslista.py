"""What waits for the region's own people in the register."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from django.db import connection

#: So many of a sender's latest deliveries are enough to know its rhythm.
_DELIVERIES = 30


class Avsandartider(msgspec.Struct, frozen=True, kw_only=True):
    """A sender that may send, and when it did, newest first."""

    konto_id: int
    namn: str
    tider: tuple[datetime, ...]


class Avtalsslut(msgspec.Struct, frozen=True, kw_only=True):
    """A contract that ends without one that goes on."""

    id: int
    ada_nummer: str
    vardgivare: str
    avtalsomrade: str
    sista_dag: date


class Parkerat(msgspec.Struct, frozen=True, kw_only=True):
    """Work that was given up after its attempts, by the kind of fault."""

    fel: str
    antal: int
    aldst: datetime
    exempel: int  # a contact


def sender_times(*, day: date) -> tuple[Avsandartider, ...]:
    """Return the latest deliveries of every account that is not stopped; one index scan each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select m.id, m.namn, array(select l.mottagen from gvr_leverans l"
            "   where l.maskinkonto_id = m.id order by l.mottagen desc limit %s)"
            " from gvr_maskinkonto m where m.stoppdatum is null or m.stoppdatum > %s"
            " order by m.namn",
            [_DELIVERIES, day],
        )
        return tuple(
            Avsandartider(konto_id=pk, namn=namn, tider=tuple(tider))
            for pk, namn, tider in cursor.fetchall()
        )


def ending_contracts(*, fran: date, till: date) -> tuple[Avtalsslut, ...]:
    """Return contracts whose last day is in [fran, till) and whose number does not go on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select a.id, a.ada_nummer, v.namn, o.namn, upper(a.giltig) - 1"
            " from gvr_avtal a join gvr_vardgivare v on v.id = a.vardgivare_id"
            " join gvr_avtalsomrade o on o.id = a.avtalsomrade_id"
            " where upper(a.giltig) > %s and upper(a.giltig) <= %s and not exists ("
            "   select from gvr_avtal b where b.ada_nummer = a.ada_nummer"
            "   and lower(b.giltig) = upper(a.giltig))"
            " order by 5, 2 limit 200",
            [fran, till],
        )
        return tuple(
            Avtalsslut(id=pk, ada_nummer=ada, vardgivare=vg, avtalsomrade=omrade, sista_dag=dag)
            for pk, ada, vg, omrade, dag in cursor.fetchall()
        )


def parked() -> tuple[Parkerat, ...]:
    """Return parked work grouped by the first line of its fault."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select split_part(fel, E'\\n', 1), count(*), min(skapad), min(vardkontakt_id)"
            " from gvr_arende where parkerad group by 1 order by 2 desc limit 100"
        )
        return tuple(
            Parkerat(fel=fel, antal=antal, aldst=aldst, exempel=exempel)
            for fel, antal, aldst, exempel in cursor.fetchall()
        )


def parked_contacts(fel: str, *, limit: int = 5000) -> Sequence[int]:
    """Return the contacts that were parked for one fault, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select vardkontakt_id from gvr_arende"
            " where parkerad and split_part(fel, E'\\n', 1) = %s order by skapad limit %s",
            [fel, limit],
        )
        return [pk for (pk,) in cursor.fetchall()]


def queue() -> tuple[int, datetime | None]:
    """Return how much work waits for a worker (at most 10 001), and since when."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*), min(skapad) from (select skapad from gvr_arende"
            " where not parkerad order by skapad limit 10001) koen"
        )
        antal, aldst = cursor.fetchone()
    return antal, aldst
