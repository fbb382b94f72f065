"""Statements that every request asks: prepared once on a connection, then only given values.

Django's own cursor writes the values into the text, PostgreSQL reads and plans the text anew each
time, and two general drivers look at every value on its way. For the handful of statements on the
path of a single contact that is most of their cost. Here a value is bytes already, and libpq is
asked directly. Whoever listens to Django's statements (tests, logs) hears these too.

A pooler in front of PostgreSQL must keep prepared statements: see docs/drift.md.
"""

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import DataError, errors
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

#: How a value that PostgreSQL wrote as text is read.
Lasare = Callable[[bytes], Any]
INT: Final[Lasare] = int
TEXT: Final[Lasare] = bytes.decode


def BOOL(varde: bytes) -> bool:  # noqa: N802  - stands beside INT and TEXT
    """Read a boolean."""
    return varde == b"t"


def BYTES(varde: bytes) -> bytes:  # noqa: N802  - stands beside INT and TEXT
    r"""Read a bytea, which PostgreSQL writes as \x and hexadecimal digits."""
    return bytes.fromhex(varde[2:].decode())


def INTS(varde: bytes) -> list[int]:  # noqa: N802  - stands beside INT and TEXT
    """Read an array of whole numbers without nulls."""
    return [int(text) for text in varde[1:-1].split(b",")] if len(varde) > 2 else []


def TEXTS(varde: bytes) -> list[str]:  # noqa: N802  - stands beside INT and TEXT
    """Read an array of texts without nulls that need no quotes: codes, ids, names of rights."""
    if b'"' in varde:
        raise ValueError("an array with quoted texts")
    return varde[1:-1].decode().split(",") if len(varde) > 2 else []


def DAY(varde: bytes) -> date:  # noqa: N802  - stands beside INT and TEXT
    """Read a date."""
    return date.fromisoformat(varde.decode())


MOST: Final = 300  # statements kept prepared on a connection; others are planned each time
_OK: Final = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})
_names: "WeakKeyDictionary[Any, dict[str, bytes]]" = WeakKeyDictionary()


def rows(
    statement: str, values: Sequence[str | None], lasare: Sequence[Lasare]
) -> list[tuple[Any, ...]]:
    """Run a statement with places $1, $2 … and return its rows, each column read by its reader.

    Values are written as PostgreSQL reads them from text; give each place its type ($1::bigint).
    Errors are Django's. Raises DataError for a value with NUL, where the text would end early.
    """
    coded: list[bytes | None] = []
    for value in values:
        data = None if value is None else value.encode()
        if data is not None and b"\x00" in data:
            raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        coded.append(data)
    result = _execute(statement, coded, None)
    get = result.get_value
    return [
        tuple(
            None if (varde := get(rad, kolumn)) is None else read(varde)
            for kolumn, read in enumerate(lasare)
        )
        for rad in range(result.ntuples)
    ]


def run(statement: str, values: Sequence[bytes | None], formats: Sequence[int]) -> None:
    """Run a statement whose rows nobody wants; a value is text (format 0) or binary (1)."""
    _execute(statement, values, formats)


def _execute(statement: str, values: Sequence[bytes | None], formats: Sequence[int] | None) -> Any:
    connection: Any = connections[DEFAULT_DB_ALIAS]
    connection.validate_no_broken_transaction()
    connection.ensure_connection()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        if connection.execute_wrappers or connection.queries_logged:
            return _execute_heard(connection, statement, values, formats)
        return _send(connection.connection, statement, values, formats)


def _execute_heard(connection: Any, statement: str, values: Any, formats: Any) -> Any:
    """Run the statement with Django's listeners around it."""

    def run_it(_sql: str, _params: Any, _many: bool, _context: Any) -> Any:  # noqa: FBT001
        return _send(connection.connection, statement, values, formats)

    execute: Callable[..., Any] = run_it
    for wrapper in reversed(connection.execute_wrappers):
        execute = _wrapped(wrapper, execute)
    begin = time.monotonic()
    try:
        return execute(statement, values, False, {"connection": connection, "cursor": None})  # noqa: FBT003
    finally:
        if connection.queries_logged:
            took = time.monotonic() - begin
            connection.queries_log.append({"sql": statement, "time": f"{took:.3f}"})


def _wrapped(wrapper: Any, execute: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: wrapper(execute, *args)


def _send(raw: Any, statement: str, values: Any, formats: Any) -> Any:
    pgconn = raw.pgconn
    if pgconn.transaction_status == TransactionStatus.IDLE and not raw.autocommit:
        _checked(raw, pgconn.exec_(b"BEGIN"))
    names = _names.get(raw)
    if names is None:
        names = _names[raw] = {}
    name = names.get(statement)
    if name is None and len(names) >= MOST:
        return _checked(raw, pgconn.exec_params(statement.encode(), values, None, formats))
    if name is None:
        name = b"gvr_%d" % len(names)
        _checked(raw, pgconn.prepare(name, statement.encode()))
        names[statement] = name
    return _checked(raw, pgconn.exec_prepared(name, values, formats))


def _checked(raw: Any, result: Any) -> Any:
    if result.status in _OK:
        return result
    if raw.pgconn.status == ConnStatus.BAD:
        raw.close()
        raise errors.OperationalError("the connection is lost")
    raise errors.error_from_result(result)


def array(values: Sequence[str | int | None]) -> str:
    """Return an array as PostgreSQL reads it from text."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
