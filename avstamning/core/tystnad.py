"""Tystnad: has a sender gone quiet? Judged by its own rhythm, not by a rule for everybody."""

import itertools
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final

import msgspec

from gvr.core.rytm import Vana, is_silent

_FEWEST: Final = 5  # fewer deliveries than this have no rhythm
_FACTOR: Final = 6  # so many times the usual pause is silence,
_SHORTEST: Final = timedelta(hours=26)  # but nights and a missed day are not
_DYGN: Final = 24  # hours
_DAGAR: Final = {  # the kinds of days in a Vana
    (0,): "vardagar",
    (1,): "lördagar",
    (2,): "söndagar",
    (0, 1): "måndag till lördag",
    (0, 2): "vardagar och söndagar",
    (1, 2): "lördagar och söndagar",
    (0, 1, 2): "alla dagar",
}


class Leveransrytm(msgspec.Struct, frozen=True, kw_only=True):
    """How a sender delivers. `paus` is the usual time between deliveries, None when unknown.

    `timmar` are the hours that it delivers in, in words; empty when it keeps no hours.
    """

    senaste: datetime
    paus: timedelta | None
    tyst: bool
    timmar: str = ""

    @property
    def paus_i_ord(self) -> str:
        """The usual pause as people say it: "var 15:e minut, vardagar kl. 7–18"; else nothing."""
        if self.paus is None:
            return ""
        return f"{in_words(self.paus)}, {self.timmar}" if self.timmar else in_words(self.paus)


def rhythm(
    tider: Sequence[datetime],
    *,
    at: datetime,
    vana: Vana | None = None,
    helgdagar: Collection[date] = (),
) -> Leveransrytm:
    """Return the rhythm of deliveries, given newest first. Raises ValueError for none at all.

    What has been learnt of the sender (`vana`) decides. Until then the usual pause is the median,
    so that a night does not count for more than one pause.
    """
    if not tider:
        raise ValueError("Rytmen av ingenting är obestämd.")
    if vana is not None:
        return Leveransrytm(
            senaste=tider[0],
            paus=timedelta(seconds=vana.paus),
            tyst=is_silent(vana, tider[0], at=at, helgdagar=helgdagar),
            timmar=hours_in_words(vana.timmar),
        )
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


def hours_in_words(timmar: Collection[str]) -> str:
    """Say which hours these are ("0-7": weekdays at 7), those of like days together."""
    per_dag: dict[int, list[int]] = {}
    for text in timmar:
        slag, timme = map(int, text.split("-"))
        per_dag.setdefault(slag, []).append(timme)
    lika: dict[str, list[int]] = {}
    for slag, hela in sorted(per_dag.items()):
        lika.setdefault(_stretches(sorted(hela)), []).append(slag)
    return "; ".join(f"{_DAGAR[tuple(slag)]} {klockan}" for klockan, slag in lika.items())


def _stretches(timmar: Sequence[int]) -> str:
    """Say hours of a day in order, those that follow each other as one: "kl. 7–12 och 13–18"."""
    if len(timmar) == _DYGN:
        return "dygnet runt"
    delar: list[list[int]] = []
    for timme in timmar:
        if delar and delar[-1][1] == timme:
            delar[-1][1] = timme + 1
        else:
            delar.append([timme, timme + 1])
    return "kl. " + " och ".join(f"{fran}–{till}" for fran, till in delar)
