"""Tystnad: has a sender gone quiet? Judged by its own rhythm, not by a rule for everybody."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Final

import msgspec

_FEWEST: Final = 5  # fewer deliveries than this have no rhythm
_FACTOR: Final = 6  # so many times the usual pause is silence,
_SHORTEST: Final = timedelta(hours=26)  # but nights and a missed day are not


class Leveransrytm(msgspec.Struct, frozen=True, kw_only=True):
    """How a sender delivers. `paus` is the usual time between deliveries, None when unknown."""

    senaste: datetime
    paus: timedelta | None
    tyst: bool

    @property
    def paus_i_ord(self) -> str:
        """The usual pause as people say it: "var 15:e minut", "varannan timme"; else nothing."""
        return "" if self.paus is None else in_words(self.paus)


def rhythm(tider: Sequence[datetime], *, at: datetime) -> Leveransrytm:
    """Return the rhythm of deliveries, given newest first. Raises ValueError for none at all.

    The usual pause is the median, so that a night does not count for more than one pause.
    """
    if not tider:
        raise ValueError("Rytmen av ingenting är obestämd.")
    pauser = [senare - tidigare for senare, tidigare in itertools.pairwise(tider)]
    paus = None
    if len(tider) >= _FEWEST:
        paus = timedelta(seconds=round(median(p.total_seconds() for p in pauser)))
    tystnad = at - tider[0]
    tyst = paus is not None and tystnad > max(paus * _FACTOR, _SHORTEST)
    return Leveransrytm(senaste=tider[0], paus=paus, tyst=tyst)


def in_words(paus: timedelta) -> str:
    """Say how often: rounded to what a person would say."""
    minuter = round(paus.total_seconds() / 60)
    if minuter < 2:
        return "varje minut"
    if minuter == 2:
        return "varannan minut"
    if minuter < 50:
        avrundat = minuter if minuter < 10 else 5 * round(minuter / 5)
        return f"var {avrundat}:e minut"
    timmar = round(minuter / 60)
    if timmar < 20:
        return _every(timmar, "timme", "varje timme", "varannan timme")
    dagar = max(1, round(timmar / 24))
    return _every(dagar, "dag", "varje dag", "varannan dag")


def _every(antal: int, enhet: str, varje: str, varannan: str) -> str:
    if antal <= 2:
        return varje if antal <= 1 else varannan
    return f"var {antal}:e {enhet}"
