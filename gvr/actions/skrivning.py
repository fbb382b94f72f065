"""Writing the rows of one request into several tables at once.

Few rows go as one statement, many as one COPY a table; the rows are the same, and so are the bytes
of every value. A statement costs a round trip and a COPY also a change of role, which a single
contact should not pay for.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain, zip_longest
from typing import Any

from django.db import connection

from gvr.actions.kopiering import Tabell, as_writer, copy
from gvr.queries import forberett

FEW = 12  # rows of all tables together
_LENGTH = 4  # bytes in front of an encoded value
_NULL = b"\xff\xff\xff\xff"  # … which say that there is none
_TEXT, _BINARY = 0, 1


def write(
    rader: Sequence[tuple[Tabell, Sequence[Sequence[Any]]]],
    satser: Sequence[tuple[str, Sequence[Any]]] = (),
    *,
    sist: bool = False,
) -> None:
    """Add the rows and run the statements that change other rows.

    `satser` are statements with parameters – moments and lists of whole numbers; they must not
    depend on the rows or on each other, since few rows and their statements go as one. All or
    nothing: call it in a transaction, whose last work it may be (`sist`, see `forberett.together`).
    """
    fyllda = [(tabell, varden) for tabell, varden in rader if varden]
    if sum(len(varden) for _, varden in fyllda) <= FEW:
        _insert(fyllda, satser, sist=sist)
        return
    with connection.cursor() as cursor:
        for sats, parametrar in satser:
            cursor.execute(sats, parametrar)
    with as_writer():
        for tabell, varden in fyllda:
            copy(tabell, varden)


def _insert(
    rader: Sequence[tuple[Tabell, Sequence[Sequence[Any]]]],
    satser: Sequence[tuple[str, Sequence[Any]]],
    *,
    sist: bool,
) -> None:
    """Add rows to every table in one statement; foreign keys are checked at commit."""
    delar: list[str] = []
    varden: list[bytes | None] = []
    for nummer, (text, parametrar) in enumerate(satser):
        delar.append(f"s{nummer} as ({_number(text, len(varden))})")
        varden += [_as_text(varde) for varde in parametrar]
    former = [_TEXT] * len(varden)
    for nummer, (tabell, tabellens) in enumerate(rader):
        delar.append(f"t{nummer} as ({_insert_into(tabell, len(tabellens), len(varden))})")
        for rad in tabellens:
            for kolumn, varde in zip(tabell.kolumner, rad, strict=True):
                data = kolumn.encode(varde)
                varden.append(None if data == _NULL else data[_LENGTH:])
    if delar:
        former += [_BINARY] * (len(varden) - len(former))
        sats = forberett.Sats(f"with {', '.join(delar)} select", varden, former)
        forberett.together(sats, sist=sist)


@lru_cache(maxsize=256)
def _number(sats: str, fore: int) -> str:
    """Return the statement with its places numbered from after `fore`."""
    delar = sats.split("%s")
    platser = [f"${fore + nummer}" for nummer in range(1, len(delar))]
    return "".join(chain.from_iterable(zip_longest(delar, platser, fillvalue="")))


@lru_cache(maxsize=256)
def _insert_into(tabell: Tabell, antal: int, fore: int) -> str:
    kolumner = ", ".join(f'"{kolumn.namn}"' for kolumn in tabell.kolumner)
    platser = ", ".join(f"%s::{kolumn.typ}" for kolumn in tabell.kolumner)
    rader = ", ".join([f"({platser})"] * antal)
    return _number(
        f'insert into "{tabell.namn}" ({kolumner}) values {rader}',  # noqa: S608  - our own names
        fore,
    )


def _as_text(varde: datetime | Sequence[int | None]) -> bytes:
    text = varde.isoformat() if isinstance(varde, datetime) else forberett.array(varde)
    return text.encode()
