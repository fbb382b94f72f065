"""Frist: until when a month's contacts must be right to come on the month's invoice.

Reports must reach the register before 24.00 on the last weekday of the month, and the basis of an
invoice is ready on the third weekday of the next month at the earliest (Vårdgivarguiden, "HEJ" and
"Fakturering och patientavgifter"). A day is a weekday (vardag) when it is neither Saturday nor
Sunday nor one of the `helgdagar` given.
"""

from collections.abc import Collection
from datetime import date, timedelta

import msgspec

from gvr.core.period import Manad

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5
_BASIS_WEEKDAY = 3


class Frist(msgspec.Struct, frozen=True, kw_only=True):
    """The deadline as seen from a day: `dag` is the last day, until 24.00.

    `manad` is the month of the invoice. `dagar_kvar` counts days from today to the deadline: 0 on
    the last day itself.
    """

    manad: Manad
    dag: date
    dagar_kvar: int
    fore: date | None = None  # this month's own deadline when it has passed already


def is_weekday(day: date, helgdagar: Collection[date]) -> bool:
    """Say whether the day is a vardag."""
    return day.weekday() < _SATURDAY and day not in helgdagar


def last_weekday(manad: Manad, helgdagar: Collection[date]) -> date:
    """Return the last vardag of the month. `helgdagar` must cover the month."""
    day = manad.last
    while not is_weekday(day, helgdagar):
        day -= _ONE_DAY
    return day


def basis_ready(manad: Manad, helgdagar: Collection[date]) -> date:
    """Return the earliest day the month's invoice proposal may exist: third vardag after it."""
    day, passed = manad.next.first, 0
    while True:
        passed += is_weekday(day, helgdagar)
        if passed == _BASIS_WEEKDAY:
            return day
        day += _ONE_DAY


def next_deadline(day: date, helgdagar: Collection[date]) -> Frist:
    """Return the deadline that lies ahead of the day, or is the day itself.

    The last days of a month may come after the month's deadline; then the next month's deadline is
    the answer and `fore` says when the passed one was. `helgdagar` must cover both months.
    """
    manad = Manad.of(day)
    last = last_weekday(manad, helgdagar)
    if day <= last:
        return Frist(manad=manad, dag=last, dagar_kvar=(last - day).days)
    following = last_weekday(manad.next, helgdagar)
    return Frist(manad=manad.next, dag=following, dagar_kvar=(following - day).days, fore=last)
