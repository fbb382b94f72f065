"""Writing the rows of one request into several tables at once.

Few rows go as one statement, many as one COPY a table; the rows are the same. A statement costs a
round trip and a COPY also a change of role, which a single contact should not pay for.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection
from psycopg import sql

from gvr.actions.kopiering import as_writer
from gvr.core import copybinar
from gvr.core.copybinar import Encoder

FEW = 12  # rows of all tables together


class Kolumn(msgspec.Struct, frozen=True):
    """A column: its name, its PostgreSQL type, and how its values are written in COPY BINARY."""

    namn: str
    typ: str
    encode: Encoder


class Tabell(msgspec.Struct, frozen=True):
    """A table to add rows to."""

    namn: str
    kolumner: tuple[Kolumn, ...]


def column(namn: str, typ: str, *, returning: bool = False) -> Kolumn:
    """Describe a column by its type; `returning` texts are few and remembered once written."""
    return Kolumn(namn, typ, _RETURNING.get(typ, _ENCODERS[typ]) if returning else _ENCODERS[typ])


_ENCODERS: dict[str, Encoder] = {
    "int2": copybinar.int2,
    "int4": copybinar.int4,
    "int8": copybinar.int8,
    "bool": copybinar.boolean,
    "text": copybinar.text,
    "text[]": copybinar.codes,
    "bytea": copybinar.binary,
    "uuid": copybinar.binary,
    "jsonb": copybinar.jsonb,
    "date": copybinar.day,
    "time": copybinar.clock,
    "timestamptz": copybinar.instant,
}
_RETURNING: dict[str, Encoder] = {"text": copybinar.code}


def write(
    rader: Sequence[tuple[Tabell, Sequence[Sequence[Any]]]],
    satser: Sequence[tuple[str, Sequence[Any]]] = (),
) -> None:
    """Add the rows and run the statements that change other rows.

    Values are what the encoders take: tuples for text[], bytes for uuid and jsonb. `satser` are
    statements with parameters; they must not depend on the rows or on each other, since few rows
    and their statements go as one. All or nothing: call it in a transaction.
    """
    fyllda = [(tabell, varden) for tabell, varden in rader if varden]
    if sum(len(varden) for _, varden in fyllda) <= FEW:
        _insert(fyllda, satser)
        return
    with connection.cursor() as cursor:
        for sats, parametrar in satser:
            cursor.execute(sats, parametrar)
    with as_writer():
        for tabell, varden in fyllda:
            _copy(tabell, varden)


def _copy(tabell: Tabell, varden: Sequence[Sequence[Any]]) -> None:
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier(tabell.namn),
        sql.SQL(", ").join(sql.Identifier(kolumn.namn) for kolumn in tabell.kolumner),
    )
    stream = copybinar.rows([kolumn.encode for kolumn in tabell.kolumner], varden)
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        copy.write(stream)


def _insert(
    rader: Sequence[tuple[Tabell, Sequence[Sequence[Any]]]],
    satser: Sequence[tuple[str, Sequence[Any]]],
) -> None:
    """Add rows to every table in one statement; foreign keys are checked at commit."""
    delar = [f"s{nummer} as ({sats})" for nummer, (sats, _) in enumerate(satser)]
    varden: list[Any] = [varde for _, parametrar in satser for varde in parametrar]
    for nummer, (tabell, tabellens) in enumerate(rader):
        kolumner = ", ".join(f'"{kolumn.namn}"' for kolumn in tabell.kolumner)
        platser = ", ".join(f"%s::{kolumn.typ}" for kolumn in tabell.kolumner)
        delar.append(
            f't{nummer} as (insert into "{tabell.namn}" ({kolumner}) values '  # noqa: S608
            + ", ".join([f"({platser})"] * len(tabellens))
            + ")"
        )
        for rad in tabellens:
            varden += [
                _parameter(kolumn.typ, varde)
                for kolumn, varde in zip(tabell.kolumner, rad, strict=True)
            ]
    if delar:
        with connection.cursor() as cursor:
            cursor.execute(f"with {', '.join(delar)} select", varden)


def _parameter(typ: str, varde: Any) -> Any:
    """Return the value as the driver takes it in a statement."""
    if varde is None:
        return None
    if typ == "text[]":
        return list(varde)
    if typ == "jsonb":
        return varde.decode()
    if typ == "uuid":
        return bytes(varde).hex()
    return varde
