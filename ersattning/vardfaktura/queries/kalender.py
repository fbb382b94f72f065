"""The Swedish calendar: which days are no weekdays."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import DE_FACTO, PUBLIC, country_holidays

from ersattning.vardfaktura.core import frist
from gvr.core.period import Manad

_SVENSK = ZoneInfo("Europe/Stockholm")


@lru_cache(maxsize=64)
def holidays_of(ar: int) -> frozenset[date]:
    """Return the days of a year that are no vardag though they may fall on Monday to Friday.

    Public holidays (lagen 1989:253 om allmänna helgdagar) and the eves of midsummer, Christmas and
    New Year, which the act on statutory time puts on a par with them (lagen 1930:173, 2 §).
    """
    return frozenset(country_holidays("SE", years=ar, categories=(PUBLIC, DE_FACTO), language="sv"))


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
