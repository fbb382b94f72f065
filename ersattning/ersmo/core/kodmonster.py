"""Patterns over codes: what one entry of a rule's code list means.

Four forms, all read from the left: a whole code ("01"), a beginning ("M54*"), a range ("A00-B99")
and anything at all ("*"). A range compares as many characters as its bounds have, and only codes
whose characters are of the same kind (digit or letter) in every place, so 01-69 never takes in A2.
"""

import re
from collections.abc import Iterable
from enum import Enum
from typing import Final, NamedTuple, Self

import msgspec

_KOD: Final = re.compile(r"[0-9A-ZÅÄÖ]{1,12}")
_PREFIX: Final = re.compile(r"[0-9A-ZÅÄÖ]{0,12}\*")
_INTERVALL: Final = re.compile(r"([0-9A-ZÅÄÖ]{1,12})-([0-9A-ZÅÄÖ]{1,12})")


class Slag(Enum):
    """The form of one pattern."""

    KOD = 1
    PREFIX = 2
    INTERVALL = 3


class Monster(NamedTuple):
    """One pattern. A code and a prefix stand in `fran`; only a range has another `till`."""

    slag: Slag
    fran: str
    till: str

    def matches(self, kod: str) -> bool:
        """Say whether the pattern takes in the code."""
        if self.slag is Slag.KOD:
            return kod == self.fran
        if self.slag is Slag.PREFIX:
            return kod.startswith(self.fran)
        return in_range(kod, self.fran, self.till)


def _shape(kod: str) -> str:
    return "".join("9" if tecken.isdigit() else "A" for tecken in kod)


def in_range(kod: str, fran: str, till: str) -> bool:
    """Say whether the code lies between the bounds, both inclusive."""
    borjan = kod[: len(fran)]
    return fran <= borjan <= till and _shape(borjan) == _shape(fran)


def fault_of(monster: str) -> str | None:
    """Return what is wrong with the pattern, in Swedish, or None when it can be used."""
    if _KOD.fullmatch(monster) or _PREFIX.fullmatch(monster):
        return None
    if delar := _INTERVALL.fullmatch(monster):
        fran, till = delar.groups()
        if _shape(fran) != _shape(till):
            return "Intervallets gränser ska ha samma längd och samma slags tecken på varje plats."
        return None if fran <= till else "Intervallet går baklänges."
    if "." in monster:
        return "Koden skrivs utan punkt."
    if monster != monster.upper():
        return "Koden skrivs med versaler."
    return "Koden har bara siffror och versaler, * sist för en början eller - i ett intervall."


def read(text: str, *, intervall: bool = True) -> Monster:
    """Read a pattern already found good; without `intervall` a hyphen is a plain character."""
    if text.endswith("*"):
        return Monster(Slag.PREFIX, text[:-1], text[:-1])
    if intervall and "-" in text:
        fran, till = text.split("-", 1)
        return Monster(Slag.INTERVALL, fran, till)
    return Monster(Slag.KOD, text, text)


class Kodlista(msgspec.Struct, frozen=True):
    """A list of patterns ready to be asked. An empty list takes in no code at all."""

    monster: tuple[Monster, ...]
    exakta: frozenset[str]
    prefix: tuple[str, ...]
    intervall: tuple[Monster, ...]

    @classmethod
    def of(cls, monster: Iterable[Monster]) -> Self:
        """Build the list."""
        alla = tuple(dict.fromkeys(monster))
        return cls(
            alla,
            frozenset(m.fran for m in alla if m.slag is Slag.KOD),
            tuple(m.fran for m in alla if m.slag is Slag.PREFIX),
            tuple(m for m in alla if m.slag is Slag.INTERVALL),
        )

    def matches(self, kod: str) -> bool:
        """Say whether the list takes in the code."""
        return (
            kod in self.exakta
            or (bool(self.prefix) and kod.startswith(self.prefix))
            or any(monster.matches(kod) for monster in self.intervall)
        )

    def covers(self, monster: Monster) -> bool:
        """Say whether the list surely takes in every code of the pattern."""
        return any(_covers(mitt, monster) for mitt in self.monster)

    def intersection(self, other: "Kodlista") -> "Kodlista":
        """Return a list that takes in at least every code both take in, and as little more."""
        return Kodlista.of(
            shared
            for mitt in self.monster
            for ditt in other.monster
            if (shared := _shared(mitt, ditt)) is not None
        )


def _covers(stort: Monster, litet: Monster) -> bool:
    if litet.slag is Slag.KOD:
        return stort.matches(litet.fran)
    if stort.slag is Slag.PREFIX:
        return litet.fran.startswith(stort.fran) and litet.till.startswith(stort.fran)
    if stort.slag is Slag.INTERVALL:
        long_enough = len(litet.fran) >= len(stort.fran)
        return long_enough and stort.matches(litet.fran) and stort.matches(litet.till)
    return False


def _shared(ena: Monster, andra: Monster) -> Monster | None:
    """Return a pattern for what two have in common, None when they surely share no code."""
    if ena.slag.value > andra.slag.value:
        ena, andra = andra, ena
    if ena.slag is Slag.KOD:
        return ena if andra.matches(ena.fran) else None
    if ena.slag is Slag.PREFIX:
        return _shared_with_prefix(ena, andra)
    langd = min(len(ena.fran), len(andra.fran))
    lagst = max(ena.fran[:langd], andra.fran[:langd])
    hogst = min(ena.till[:langd], andra.till[:langd])
    if lagst > hogst or _shape(ena.fran[:langd]) != _shape(andra.fran[:langd]):
        return None
    if len(ena.fran) != len(andra.fran):
        return max(ena, andra, key=lambda monster: len(monster.fran))
    return Monster(Slag.INTERVALL, lagst, hogst)


def _shared_with_prefix(prefix: Monster, andra: Monster) -> Monster | None:
    langd = len(prefix.fran)
    if andra.slag is Slag.PREFIX:
        kort, langt = sorted((prefix, andra), key=lambda monster: len(monster.fran))
        return langt if langt.fran.startswith(kort.fran) else None
    if langd >= len(andra.fran):
        return prefix if andra.matches(prefix.fran) else None
    return andra if andra.fran[:langd] <= prefix.fran <= andra.till[:langd] else None
