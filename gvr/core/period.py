"""Periods of whole local days, and calendar months. The only place that compares validity dates.

Inside the system a period is half-open, `[start, slut)`, as PostgreSQL stores a `daterange`. People
and code servers speak of the first and the last day ("fr.o.m." and "t.o.m."), both inclusive:
`Period.inclusive` and the two properties are the one pair of doors between the two.
"""

import calendar
from datetime import date, datetime, timedelta
from typing import Self

import msgspec

_ONE_DAY = timedelta(days=1)
_TANKSTRECK = "\u2013"


class Period(msgspec.Struct, frozen=True):
    """The days from `start` up to but not including `slut`; `slut` None is until further notice.

    Raises ValueError for a period without a single day and for one that runs backwards, so an
    empty validity can never be stored and then overlap nothing. Raises TypeError for a datetime: a
    validity is a day, never an instant.
    """

    start: date
    slut: date | None = None

    def __post_init__(self) -> None:
        if isinstance(self.start, datetime) or isinstance(self.slut, datetime):
            raise TypeError("En period räknas i dagar, inte i klockslag.")
        if self.slut is not None and self.slut <= self.start:
            raise ValueError(
                f"Perioden från {self.start} till {self.slut} innehåller ingen dag: "
                "slutet måste komma efter början."
            )

    @classmethod
    def inclusive(cls, fr_o_m: date, t_o_m: date | None = None) -> Self:
        """Build the period from its first and its last day, both inclusive.

        A `t_o_m` of None, or of 9999-12-31 which has no day after it and is what exports write for
        a missing end, means until further notice. Raises ValueError for a `t_o_m` before `fr_o_m`.
        """
        if t_o_m is None or t_o_m == date.max:
            return cls(fr_o_m, None)
        return cls(fr_o_m, t_o_m + _ONE_DAY)

    @property
    def fr_o_m(self) -> date:
        """The first day."""
        return self.start

    @property
    def t_o_m(self) -> date | None:
        """The last day, inclusive; None is until further notice."""
        return None if self.slut is None else self.slut - _ONE_DAY

    def contains(self, day: date) -> bool:
        """Say whether the day belongs to the period."""
        return self.start <= day and (self.slut is None or day < self.slut)

    def overlaps(self, other: "Period") -> bool:
        """Say whether the two periods share at least one day."""
        return (self.slut is None or other.start < self.slut) and (
            other.slut is None or self.start < other.slut
        )

    def intersection(self, other: "Period") -> "Period | None":
        """Return the days both periods have, or None when they share none."""
        if not self.overlaps(other):
            return None
        ends = [slut for slut in (self.slut, other.slut) if slut is not None]
        return Period(max(self.start, other.start), min(ends, default=None))

    def __str__(self) -> str:
        """Show the period as people write it: first and last day, both inclusive."""
        t_o_m = self.t_o_m
        return f"{self.start}{_TANKSTRECK}{'' if t_o_m is None else t_o_m}"


class Manad(msgspec.Struct, frozen=True, order=True):
    """A calendar month, e.g. the month of care or the month of booking.

    Raises ValueError for a month outside 1-12 or a year outside 1-9998 (so that every month has a
    day after it).
    """

    ar: int
    manad: int

    def __post_init__(self) -> None:
        if not (1 <= self.manad <= 12 and 1 <= self.ar < date.max.year):
            raise ValueError(f"{self.ar}-{self.manad} är ingen månad.")

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the month the day belongs to."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "2026-11". Raises ValueError for anything else, also for "2026-1" and "202611"."""
        ar, bindestreck, manad = text.partition("-")
        siffror = ar + manad
        if not (
            bindestreck
            and len(ar) == 4
            and len(manad) == 2
            and siffror.isascii()
            and siffror.isdigit()
        ):
            raise ValueError("En månad skrivs som fyra siffror, bindestreck och två: 2026-11.")
        return cls(int(ar), int(manad))

    @property
    def first(self) -> date:
        """The first day of the month."""
        return date(self.ar, self.manad, 1)

    @property
    def last(self) -> date:
        """The last day of the month."""
        return date(self.ar, self.manad, calendar.monthrange(self.ar, self.manad)[1])

    @property
    def next(self) -> "Manad":
        """The month after."""
        return Manad(self.ar + 1, 1) if self.manad == 12 else Manad(self.ar, self.manad + 1)

    @property
    def previous(self) -> "Manad":
        """The month before."""
        return Manad(self.ar - 1, 12) if self.manad == 1 else Manad(self.ar, self.manad - 1)

    @property
    def period(self) -> Period:
        """All days of the month."""
        return Period.inclusive(self.first, self.last)

    def __str__(self) -> str:
        return f"{self.ar:04d}-{self.manad:02d}"
