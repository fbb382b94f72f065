"""Writing many rows at once with COPY BINARY on Django's own connection."""

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from collections.abc import Iterator
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql


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
            if not connection.connection.pgconn.transaction_status == INERROR:
                cursor.execute("reset role")


INERROR = psycopg.pq.TransactionStatus.INERROR


def copy_rows(
    table: str, columns: Sequence[str], types: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY the rows into the table. Call inside `as_writer()` for tables with row level security.

    `types` are PostgreSQL type names, one a column ("int8", "text[]", "numeric"): binary COPY does
    not convert.
    """
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(list(types))
        write_row = copy.write_row
        for row in rows:
            write_row(row)
