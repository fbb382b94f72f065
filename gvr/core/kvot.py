"""How much a sender may do in a minute, and how long it waits when it has done it."""

from datetime import datetime

import msgspec


class Kvot(msgspec.Struct, frozen=True, kw_only=True):
    """A sender's bounds: requests and contacts in each minute of the clock."""

    anrop: int
    kontakter: int


def minute(at: datetime) -> int:
    """Return the number of the minute, counted from 1970."""
    return int(at.timestamp()) // 60


def seconds_left(at: datetime) -> int:
    """Return how many seconds are left of the minute; at least one."""
    return 60 - int(at.timestamp()) % 60


def admits(fore: int, tak: int) -> bool:
    """Say whether more is admitted when `fore` is already done in the minute.

    The last delivery may go past the bound: otherwise one larger than it could never be sent.
    """
    return fore < tak
