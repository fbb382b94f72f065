"""Statements that every request asks: prepared once on a connection, then only given values.

Django's own cursor writes the values into the text, PostgreSQL reads and plans the text anew each
time, and two general drivers look at every value on its way. For the handful of statements on the
path of a single contact that is most of their cost. Here a value is bytes already, libpq is asked
directly, and statements that do not wait for each other's answers share a round trip. Whoever
listens to Django's statements (tests, logs) hears these too.

A pooler in front of PostgreSQL must keep prepared statements: see docs/drift.md.
"""

import select
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec
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


class Sats(msgspec.Struct, frozen=True):
    """A statement with places $1, $2 …, its values, and how each column of its rows is read.

    A value is text, or binary where `former` says 1 instead of 0.
    """

    text: str
    varden: Sequence[bytes | None] = ()
    former: Sequence[int] | None = None
    lasare: Sequence[Lasare] = ()


Rader = list[tuple[Any, ...]]

MOST: Final = 300  # statements kept prepared on a connection; others are planned each time
_OK: Final = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})
_SYNC: Final = ExecStatus.PIPELINE_SYNC
_BEGIN: Final = Sats("BEGIN")
_COMMIT: Final = Sats("COMMIT")
_names: "WeakKeyDictionary[Any, dict[str, bytes]]" = WeakKeyDictionary()


def sats(text: str, values: Sequence[str | None], lasare: Sequence[Lasare]) -> Sats:
    """Return a statement whose values are written as PostgreSQL reads them from text.

    Give each place its type ($1::bigint). Raises DataError for a value with NUL, where the text
    would end early.
    """
    coded: list[bytes | None] = []
    for value in values:
        data = None if value is None else value.encode()
        if data is not None and b"\x00" in data:
            raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        coded.append(data)
    return Sats(text, coded, None, lasare)


def rows(text: str, values: Sequence[str | None], lasare: Sequence[Lasare]) -> Rader:
    """Run one statement, as `sats` makes it, and return its rows. Errors are Django's."""
    return together(sats(text, values, lasare))[0]


def together(*satser: Sats, sist: bool = False) -> list[Rader]:
    """Run statements in order, in one round trip, and return the rows of each.

    Each sees what those before it did, as if they were sent one by one; after a fault none is run.
    With `sist` nothing more is to be done in the transaction: when it is the caller's own it is
    committed in the same round trip.
    """
    connection: Any = connections[DEFAULT_DB_ALIAS]
    connection.validate_no_broken_transaction()
    connection.close_if_health_check_failed()
    if connection.connection is None:
        connection.ensure_connection()
    with connection.wrap_database_errors:
        if connection.execute_wrappers or connection.queries_logged:
            svar = [_heard(connection, rad) for rad in satser]
        else:
            svar = _send(connection.connection, satser, commit=sist and _is_outermost(connection))
    return [_read(resultat, rad.lasare) for resultat, rad in zip(svar, satser, strict=True)]


def _is_outermost(connection: Any) -> bool:
    """Say whether the caller's block is the transaction, so that its end is the commit."""
    return (
        connection.in_atomic_block
        and connection.commit_on_exit
        and len(connection.atomic_blocks) == 1
    )


def _read(resultat: Any, lasare: Sequence[Lasare]) -> Rader:
    get = resultat.get_value
    return [
        tuple(
            [
                None if (varde := get(rad, kolumn)) is None else read(varde)
                for kolumn, read in enumerate(lasare)
            ]
        )
        for rad in range(resultat.ntuples)
    ]


def _heard(connection: Any, rad: Sats) -> Any:
    """Run the statement with Django's listeners around it."""

    def run_it(_sql: str, _params: Any, _many: bool, _context: Any) -> Any:  # noqa: FBT001
        (svar,) = _send(connection.connection, (rad,), commit=False)
        return svar

    execute: Callable[..., Any] = run_it
    for wrapper in reversed(connection.execute_wrappers):
        execute = _wrapped(wrapper, execute)
    begin = time.monotonic()
    try:
        return execute(rad.text, rad.varden, False, {"connection": connection, "cursor": None})  # noqa: FBT003
    finally:
        if connection.queries_logged:
            took = time.monotonic() - begin
            connection.queries_log.append({"sql": rad.text, "time": f"{took:.3f}"})


def _wrapped(wrapper: Any, execute: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: wrapper(execute, *args)


def _send(raw: Any, satser: Sequence[Sats], *, commit: bool) -> list[Any]:
    """Run the statements, with BEGIN before them where the transaction has not begun."""
    pgconn = raw.pgconn
    namn = [_prepared(raw, rad.text) for rad in satser]
    begin = pgconn.transaction_status == TransactionStatus.IDLE and not raw.autocommit
    if len(satser) == 1 and namn[0] and not begin and not commit:
        rad = satser[0]
        return [_checked(raw, pgconn.exec_prepared(namn[0], rad.varden, rad.former))]
    hela = [*([_BEGIN] if begin else ()), *satser, *([_COMMIT] if commit else ())]
    pgconn.enter_pipeline_mode()
    try:
        for rad, vid in zip(hela, [*([b""] if begin else ()), *namn, b""], strict=False):
            if vid:
                pgconn.send_query_prepared(vid, rad.varden, rad.former)
            else:
                pgconn.send_query_params(rad.text.encode(), rad.varden, None, rad.former)
        pgconn.pipeline_sync()
        svar = _results(pgconn)
    finally:
        if pgconn.status == ConnStatus.OK:
            pgconn.exit_pipeline_mode()
    for resultat in svar:
        _checked(raw, resultat)
    if len(svar) < len(hela):
        raise _lost(raw)
    return svar[begin : begin + len(satser)]


def _prepared(raw: Any, text: str) -> bytes:
    """Return the name of the statement on the connection; empty when there are too many."""
    names = _names.get(raw)
    if names is None:
        names = _names[raw] = {}
    name = names.get(text)
    if name is None and len(names) >= MOST:
        return b""
    if name is None:
        name = b"gvr_%d" % len(names)
        _checked(raw, raw.pgconn.prepare(name, text.encode()))
        names[text] = name
    return name


def _results(pgconn: Any) -> list[Any]:
    """Return the result of each statement that was sent, up to the end of the round trip.

    The socket is waited for here: libpq would wait for a result with Python's lock in its hand.
    """
    svar: list[Any] = []
    while pgconn.status == ConnStatus.OK:
        while pgconn.is_busy():
            _wait(pgconn)
        resultat = pgconn.get_result()
        if resultat is None:  # stands between the results
            continue
        if resultat.status == _SYNC:
            break
        svar.append(resultat)
    return svar


def _wait(pgconn: Any) -> None:
    """Send what is left to send, and wait until there is something to read."""
    poll = select.poll()
    poll.register(pgconn.socket, select.POLLIN | (select.POLLOUT if pgconn.flush() else 0))
    poll.poll()
    pgconn.consume_input()


def _checked(raw: Any, result: Any) -> Any:
    if result.status in _OK:
        return result
    if raw.pgconn.status == ConnStatus.BAD:
        raise _lost(raw)
    raise errors.error_from_result(result)


def _lost(raw: Any) -> Exception:
    raw.close()
    return errors.OperationalError("the connection is lost")


def array(values: Sequence[str | int | None]) -> str:
    """Return an array as PostgreSQL reads it from text."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
