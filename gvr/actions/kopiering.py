"""Writing many rows at once with COPY BINARY on Django's own connection. The only place that does.

A table is described once, column by column with its type; each type has its encoder, so a row is
written several times faster than a driver's general way would.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from django.db import connection
from psycopg import sql
from psycopg.pq import TransactionStatus

from gvr.core import copybinar
from gvr.core.copybinar import Encoder


class Kolumn(msgspec.Struct, frozen=True):
    """A column: its name, its PostgreSQL type, and how its values are written in COPY BINARY."""

    namn: str
    typ: str
    encode: Encoder


class Tabell(msgspec.Struct, frozen=True):
    """A table to add rows to."""

    namn: str
    kolumner: tuple[Kolumn, ...]


_ENCODERS: Final[dict[str, Encoder]] = {
    "int2": copybinar.int2,
    "int4": copybinar.int4,
    "int8": copybinar.int8,
    "numeric": copybinar.numeric,
    "bool": copybinar.boolean,
    "text": copybinar.text,
    "text[]": copybinar.codes,
    "bytea": copybinar.binary,
    "uuid": copybinar.binary,
    "jsonb": copybinar.jsonb,
    "date": copybinar.day,
    "daterange": copybinar.daterange,
    "time": copybinar.clock,
    "timestamptz": copybinar.instant,
}
_RETURNING: Final[dict[str, Encoder]] = {"text": copybinar.code}


def column(namn: str, typ: str, *, returning: bool = False) -> Kolumn:
    """Describe a column by its type; `returning` texts are few and remembered once written.

    Values are what the encoders take: tuples for text[] and daterange, bytes for uuid and jsonb.
    """
    return Kolumn(namn, typ, _RETURNING.get(typ, _ENCODERS[typ]) if returning else _ENCODERS[typ])


def draw_ids(table: str, antal: int, column: str = "id") -> list[int]:
    """Take `antal` ids from the table's sequence, so that rows can name each other beforehand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence(%s, %s)) from generate_series(1, %s)",
            [table, column, antal],
        )
        return [pk for (pk,) in cursor.fetchall()]


@contextmanager
def as_writer() -> Iterator[None]:
    """Act as the role that may only INSERT: PostgreSQL refuses COPY under row level security."""
    with connection.cursor() as cursor:
        cursor.execute("set local role gvr_skriv")
        try:
            yield
        finally:
            status = connection.connection.info.transaction_status
            if status != TransactionStatus.INERROR:  # else the rollback gives the role back
                cursor.execute("reset role")


def copy(tabell: Tabell, rader: Sequence[Sequence[Any]]) -> None:
    """COPY the rows into the table. Call inside `as_writer()` for tables with row level security.

    Raises ValueError when a row has more or fewer values than the table has columns.
    """
    if not rader:
        return
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier(tabell.namn),
        sql.SQL(", ").join(sql.Identifier(kolumn.namn) for kolumn in tabell.kolumner),
    )
    stream = copybinar.rows([kolumn.encode for kolumn in tabell.kolumner], rader)
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as ned,
    ):
        ned.write(stream)
