"""The deadlines of the Swedish calendar, and the month that money is booked in."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from ersattning.vardfaktura.core import frist
from gvr.core.period import Manad
from gvr.queries.kalender import holidays_of

_SVENSK = ZoneInfo("Europe/Stockholm")


def deadline(day: date) -> frist.Frist:
    """Return the deadline that lies ahead of the day."""
    return frist.next_deadline(day, holidays_of(day.year) | holidays_of(day.year + 1))


def deadline_of(manad: Manad) -> date:
    """Return the last vardag of the month."""
    return frist.last_weekday(manad, holidays_of(manad.ar))


def proposal_ready(manad: Manad) -> date:
    """Return the earliest day of the month's invoice proposal."""
    return frist.basis_ready(manad, holidays_of(manad.next.ar))


def booking_month(at: datetime) -> Manad:
    """Return the month that money decided for a report of this instant is booked in.

    It is the month whose deadline lies ahead: what is reported after the last vardag of a month
    comes on the next month's invoice, though the month is not over.
    """
    return deadline(swedish(at).date()).manad


def swedish(tid: datetime) -> datetime:
    """Return an instant as the clock on the wall shows it in Sweden."""
    return tid.astimezone(_SVENSK)
