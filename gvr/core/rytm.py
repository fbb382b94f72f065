"""A sender's own rhythm, learnt from when it has delivered, and when it is broken.

Time is counted only in the hours when the sender usually delivers, so nights and weekends of a
sender that rests are no silence, and one that delivers day and night is missed within the hour. A
public holiday is a Sunday: who rests on Sundays rests then too, and is not missed.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

DAGAR: Final = 28  # days of deliveries that a rhythm is learnt from
STEG: Final = timedelta(minutes=5)  # deliveries closer than this are one; no shorter pause is known
_FLEST: Final = 8  # fewer deliveries than this have no rhythm
_KORTAST: Final = timedelta(days=3)  # and neither has a shorter history
_KVANTIL: Final = 0.9  # nine pauses of ten are at most the usual one
_FAKTOR: Final = 2  # silence is more than so many usual pauses
_SVENSK: Final = ZoneInfo("Europe/Stockholm")
_TIMME: Final = timedelta(hours=1)
_SUNDAY: Final = 2


class Vana(msgspec.Struct, frozen=True, kw_only=True):
    """How a sender delivers: its hours ("0-7" is a weekday at 7, 1 Saturday, 2 Sunday) and pause.

    `paus` is in seconds of those hours; without any hours, in seconds of the clock.
    """

    timmar: frozenset[str]
    paus: int


def learn(
    tider: Sequence[datetime], *, at: datetime, helgdagar: Collection[date] = ()
) -> Vana | None:
    """Return the rhythm of deliveries, oldest first; None when there are too few to tell.

    An hour is the sender's own when it delivered in it on at least half of the days of its kind.
    """
    if len(tider) < _FLEST or tider[-1] - tider[0] < _KORTAST:
        return None
    dagar = Counter(_kind(dag, helgdagar) for dag in _days(tider[0], at))
    per_timme = Counter(
        (kind, hour)
        for _, kind, hour in {
            (lokal.date(), _kind(lokal, helgdagar), lokal.hour)
            for lokal in (t.astimezone(_SVENSK) for t in tider)
        }
    )
    timmar = frozenset(
        f"{kind}-{hour}"
        for (kind, hour), antal in per_timme.items()
        if 2 * antal >= max(1, dagar[kind])
    )
    pauser = sorted(_counted(timmar, fore, efter, helgdagar) for fore, efter in pairwise(tider))
    paus = pauser[math.ceil(_KVANTIL * len(pauser)) - 1]
    return Vana(timmar=timmar, paus=int(max(paus, STEG).total_seconds()))


def is_silent(
    vana: Vana, senaste: datetime, *, at: datetime, helgdagar: Collection[date] = ()
) -> bool:
    """Say whether the sender has been quiet for more than twice its usual pause."""
    return silence(vana, senaste, at=at, helgdagar=helgdagar) > timedelta(
        seconds=_FAKTOR * vana.paus
    )


def silence(
    vana: Vana, senaste: datetime, *, at: datetime, helgdagar: Collection[date] = ()
) -> timedelta:
    """Return how long the sender has been quiet, counted in its own hours.

    `helgdagar` are the public holidays of the time; a rhythm is learnt with them too.
    """
    return _counted(vana.timmar, senaste, at, helgdagar)


def _counted(
    timmar: frozenset[str], fran: datetime, till: datetime, helgdagar: Collection[date]
) -> timedelta:
    if not timmar:
        return till - fran
    summa = timedelta()
    for start, slut in _hours(fran, till):
        lokal = start.astimezone(_SVENSK)
        if f"{_kind(lokal, helgdagar)}-{lokal.hour}" in timmar:
            summa += slut - start
    return summa


def _hours(fran: datetime, till: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Return the parts of the period hour by hour; at most as far back as a rhythm is learnt."""
    start = max(fran, till - timedelta(days=DAGAR))
    while start < till:
        slut = start.replace(minute=0, second=0, microsecond=0) + _TIMME
        yield start, min(slut, till)
        start = slut


def _days(fran: datetime, till: datetime) -> Iterator[datetime]:
    dag = fran.astimezone(_SVENSK)
    while dag.date() <= till.astimezone(_SVENSK).date():
        yield dag
        dag += timedelta(days=1)


def _kind(lokal: datetime, helgdagar: Collection[date]) -> int:
    """Return which kind of day it is: 0 a weekday, 1 Saturday, 2 Sunday or a holiday."""
    return _SUNDAY if lokal.date() in helgdagar else max(0, lokal.weekday() - 4)
