"""The Swedish calendar: which days are no weekdays."""

from datetime import date
from functools import lru_cache

from holidays import DE_FACTO, PUBLIC, country_holidays


@lru_cache(maxsize=64)
def holidays_of(ar: int) -> frozenset[date]:
    """Return the days of a year that are no vardag though they may fall on Monday to Friday.

    Public holidays (lagen 1989:253 om allmänna helgdagar) and the eves of midsummer, Christmas and
    New Year, which the act on statutory time puts on a par with them (lagen 1930:173, 2 §).
    """
    return frozenset(country_holidays("SE", years=ar, categories=(PUBLIC, DE_FACTO), language="sv"))


def around(day: date) -> frozenset[date]:
    """Return the holidays of the day's year and of those before and after."""
    return frozenset().union(*(holidays_of(day.year + steg) for steg in (-1, 0, 1)))
