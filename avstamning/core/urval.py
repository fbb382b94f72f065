"""Urval: the filter of the contact list, as it stands in the address and as a person reads it.

The address is the filter: it can be saved, shared and exported. Only the names in `FALT` are
understood, so an address cannot ask for an order or a column that the page does not offer.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import msgspec

from avstamning.core import ord as ordval
from gvr.core import personnummer
from gvr.core.avvikelse import Avvikelse
from gvr.core.period import Manad, Period

FALT: Final = (
    "fran",
    "till",
    "enhet",
    "utfall",
    "orsak",
    "vantar_pa",
    "produkt",
    "sok",
    "efter",
    "fore",
)
_EXACT_DAYS: Final = 31  # a selection this short is summed to the last contact
_LONGEST: Final = 120
_ALWAYS: Final = Period(date(1900, 1, 1))


class Filterfel(msgspec.Struct, frozen=True):
    """A field of the filter that could not be used, and what to write instead."""

    falt: str
    text: str


class Urval(msgspec.Struct, frozen=True, kw_only=True):
    """What the list shows. `fran` and `till` are inclusive days of care, the rest empty or exact.

    `efter` and `fore` are places in the list ("2026-11-23.4711"): the older contacts after one, or
    the newer before one.
    """

    fran: date
    till: date
    enhet: str = ""
    utfall: str = ""
    orsak: str = ""
    vantar_pa: str = ""
    produkt: str = ""
    sok: str = ""
    efter: str = ""
    fore: str = ""

    @property
    def period(self) -> Period:
        """The days, half-open. Whoever looks for one contact looks for it on every day."""
        return _ALWAYS if self.sok else Period.inclusive(self.fran, self.till)

    @property
    def whole_month(self) -> Manad | None:
        """The month, when the days are exactly one."""
        manad = Manad.of(self.fran)
        return manad if (manad.first, manad.last) == (self.fran, self.till) else None

    @property
    def summed_exactly(self) -> bool:
        """True when the selection is short enough to be summed however many contacts it holds."""
        return (self.till - self.fran).days < _EXACT_DAYS

    @property
    def place(self) -> tuple[date, int] | None:
        """The place to go on from."""
        return read_place(self.efter or self.fore)

    def query(self, **andrat: str) -> dict[str, str]:
        """Return the filter as the parts of an address, with some of them changed.

        The place is left out unless given: another filter is another list.
        """
        delar = {
            "fran": self.fran.isoformat(),
            "till": self.till.isoformat(),
            "enhet": self.enhet,
            "utfall": self.utfall,
            "orsak": self.orsak,
            "vantar_pa": self.vantar_pa,
            "produkt": self.produkt,
            "sok": self.sok,
            **andrat,
        }
        return {namn: varde for namn, varde in delar.items() if varde}

    def in_words(self, *, enhet: str = "", orsak: str = "") -> str:
        """Say in Swedish what is shown, for the page, the export and the log."""
        if self.sok:
            return f"vårdhändelse {self.sok}"
        manad = self.whole_month
        delar = [
            ordval.month_name(manad)
            if manad
            else f"{self.fran.isoformat()}–{self.till.isoformat()}"
        ]
        if self.enhet:
            delar.append(enhet or f"enhet {self.enhet}")
        if self.utfall:
            delar.append(ordval.outcome(self.utfall).text.lower())
        if self.orsak:
            delar.append(orsak or self.orsak)
        if self.vantar_pa:
            delar.append(f"väntar på {waited_for(self.vantar_pa)}")
        if self.produkt:
            delar.append(f"produkt {self.produkt}")
        return ", ".join(delar)


def of_month(manad: Manad) -> Urval:
    """Return everything of a month."""
    return Urval(fran=manad.first, till=manad.last)


def parse(delar: Mapping[str, str], *, day: date) -> tuple[Urval, tuple[Filterfel, ...]]:
    """Read the parts of an address. What cannot be read is left out and said, all at once.

    Without days the month of `day` is shown.
    """
    fel: list[Filterfel] = []
    manad = Manad.of(day)
    fran = _day(delar, "fran", "Från och med", fel)
    till = _day(delar, "till", "Till och med", fel)
    if fran is None:
        fran = Manad.of(till).first if till else manad.first
    if till is None:
        till = max(fran, Manad.of(fran).last)
    if till < fran:
        fel.append(Filterfel("till", "Sista dagen ligger före den första. Byt plats på dem."))
        till = max(fran, Manad.of(fran).last)
    utfall = delar.get("utfall", "")
    if utfall and utfall not in ordval.UTFALL:
        fel.append(Filterfel("utfall", "Statusen finns inte. Välj en i listan."))
        utfall = ""
    sok = delar.get("sok", "").strip()
    if sok and not isinstance(personnummer.parse(sok), Avvikelse):
        fel.append(
            Filterfel("sok", "Sök på vårdhändelse-id, aldrig på personnummer: det syns i adressen.")
        )
        sok = ""
    efter, fore = delar.get("efter", ""), delar.get("fore", "")
    if read_place(efter) is None:
        efter = ""
    if read_place(fore) is None or efter:
        fore = ""
    return (
        Urval(
            fran=fran,
            till=till,
            utfall=utfall,
            sok=sok[:_LONGEST],
            efter=efter,
            fore=fore,
            **{
                namn: delar.get(namn, "").strip()[:_LONGEST]
                for namn in ("enhet", "orsak", "vantar_pa", "produkt")
            },
        ),
        tuple(fel),
    )


def read_place(text: str) -> tuple[date, int] | None:
    """Read a place in the list, None for anything else."""
    dag, punkt, nummer = text.partition(".")
    if not punkt or not (nummer.isascii() and nummer.isdecimal()) or len(nummer) > 18:
        return None
    day = read_day(dag)
    return None if day is None else (day, int(nummer))


def write_place(dag: date, nummer: int) -> str:
    """Write a place in the list."""
    return f"{dag.isoformat()}.{nummer}"


def read_day(text: str) -> date | None:
    """Read "2026-11-23" or "20261123", None for anything else."""
    siffror = text.strip().replace("-", "")
    if len(siffror) != 8 or not (siffror.isascii() and siffror.isdecimal()):
        return None
    try:
        day = date(int(siffror[:4]), int(siffror[4:6]), int(siffror[6:]))
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2200 else None


def waited_for(vantar_pa: str) -> str:
    """Say what a contact waits for: "pris för 2UL01", "enhet 90001311009"."""
    slag, _, vad = vantar_pa.partition(":")
    text = _SLAG.get(slag)
    if text is None:
        return vad or vantar_pa
    return f"{text} {vad}".strip()


_SLAG: Final = {
    "PRIS": "pris för",
    "ENHET": "enhet",
    "REGELPAKET": "regler för",
    "UPPDRAG": "uppdrag för enhet",
    "AVTAL": "avtal för uppdrag",
    "KOD": "kod",
    "HUVUDKONTAKT": "huvudkontakt",
}


def _day(delar: Mapping[str, str], namn: str, rubrik: str, fel: list[Filterfel]) -> date | None:
    text = delar.get(namn, "").strip()
    if not text:
        return None
    day = read_day(text)
    if day is None:
        fel.append(Filterfel(namn, f"{rubrik} går inte att läsa. Skriv till exempel 2026-11-23."))
    return day
