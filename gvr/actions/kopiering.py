"""Writing many rows at once with COPY BINARY on Django's own connection."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from django.db import connection
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.types.json import set_json_dumps


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
        set_json_dumps(msgspec.json.encode, copy.cursor)
        copy.set_types(list(types))
        write_row = copy.write_row
        for row in rows:
            write_row(row)
