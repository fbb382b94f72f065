"""The filter of the lists of occasions and activities, as it stands in the address."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import msgspec

from avstamning.core.samverkansord import ROLLER, STATUS
from avstamning.core.urval import Filterfel, read_day
from gvr.core.aktivitet import AKTIVITETSTYPER

FALT: Final = frozenset({"fran", "till", "roll", "status", "typ", "efter"})
PERIOD: Final = timedelta(days=90)
_FLEST: Final = 1_000_000


class Samverkansurval(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown. The days are inclusive; `hoppa` is how many rows have been shown before."""

    fran: date
    till: date
    roll: str = ""
    status: str = ""
    typ: str = ""
    hoppa: int = 0

    def query(self, **andrat: str) -> dict[str, str]:
        """Return the filter as the parts of an address, with some of them changed."""
        delar = {
            "fran": self.fran.isoformat(),
            "till": self.till.isoformat(),
            "roll": self.roll,
            "status": self.status,
            "typ": self.typ,
            **andrat,
        }
        return {namn: varde for namn, varde in delar.items() if varde}

    def in_words(self) -> str:
        """Say what is shown, for the log."""
        delar = [f"{self.fran.isoformat()}–{self.till.isoformat()}"]
        if self.roll:
            delar.append(ROLLER[self.roll].lower())
        if self.status:
            delar.append(STATUS[self.status].text.lower())
        if self.typ:
            delar.append(AKTIVITETSTYPER[self.typ].lower())
        return ", ".join(delar)


def parse(delar: Mapping[str, str], *, day: date) -> tuple[Samverkansurval, tuple[Filterfel, ...]]:
    """Read the parts of an address. What cannot be read is left out and said, all at once.

    Without days the last three months are shown.
    """
    fel: list[Filterfel] = []
    till = _day(delar, "till", "Till och med", fel) or day
    fran = _day(delar, "fran", "Från och med", fel) or till - PERIOD
    if till < fran:
        fel.append(Filterfel("till", "Sista dagen ligger före den första. Byt plats på dem."))
        till = fran
    val = {}
    for namn, tillatna, vad in (
        ("roll", ROLLER, "Rollen"),
        ("status", STATUS, "Statusen"),
        ("typ", AKTIVITETSTYPER, "Typen"),
    ):
        varde = delar.get(namn, "")
        if varde and varde not in tillatna:
            fel.append(Filterfel(namn, f"{vad} finns inte. Välj en i listan."))
            varde = ""
        val[namn] = varde
    efter = delar.get("efter", "")
    hoppa = int(efter) if efter.isascii() and efter.isdecimal() and len(efter) < 7 else 0
    return Samverkansurval(fran=fran, till=till, hoppa=min(hoppa, _FLEST), **val), tuple(fel)


def _day(delar: Mapping[str, str], namn: str, rubrik: str, fel: list[Filterfel]) -> date | None:
    text = delar.get(namn, "").strip()
    if not text:
        return None
    day = read_day(text)
    if day is None:
        fel.append(Filterfel(namn, f"{rubrik} går inte att läsa. Skriv till exempel 2026-11-23."))
    return day
