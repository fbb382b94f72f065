"""Free text that people write: no patient's identity may be left in it."""

import re
from datetime import date
from typing import Final

from gvr.core.avvikelse import Avvikelse
from gvr.core.personnummer import parse

#: What a text may be written with, as JSON Schema says it: anything but control characters, and
#: the invisible signs that change how the text around them reads.
TECKEN: Final = (
    r"^[^\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    r"\ufff0-\uffff]*$"
)
_TECKEN: Final = re.compile(TECKEN)

_SEPARATOR: Final = r"[ \u00a0\-+\u2010-\u2015\u2212]?"
_NUMBER: Final = re.compile(
    rf"(?<![0-9])((?:[0-9]{{2}})?[0-9]{{6}})({_SEPARATOR})([0-9]{{4}})(?![0-9])"
)
_CENTURIES: Final = ("19", "20", "18")


def is_plain(text: str) -> bool:
    """Say whether the text has only characters that can be stored and seen."""
    return _TECKEN.fullmatch(text) is not None


def contains_identity(text: str) -> bool:
    """Say whether the text looks as if it holds a personnummer, samordningsnummer or the like.

    Twelve digits that begin with a day are enough, and so are ten with a sign before the last
    four: a number with one digit wrong still points at somebody. Ten digits in a row are as often a
    telephone number or an organisationsnummer, so they must also have the right check digit.
    """
    return any(_points_at_somebody(*found.groups()) for found in _NUMBER.finditer(text))


def _points_at_somebody(birthday: str, separator: str, last: str) -> bool:
    if len(birthday) == 8:
        return _is_day(birthday)
    days = [century + birthday for century in _CENTURIES if _is_day(century + birthday)]
    if separator:
        return bool(days)
    return any(not isinstance(parse(day + last), Avvikelse) for day in days)


def _is_day(digits: str) -> bool:
    day = int(digits[6:])
    try:
        found = date(int(digits[:4]), int(digits[4:6]), day - 60 if day > 60 else day)
    except ValueError:
        return False
    return 1800 <= found.year < 2100


def mask_identities(text: str) -> str:
    """Return the text with every identity in it hidden: a day, four digits, the right check digit.

    For ids and answers of systems, which hold many numbers that only look like one.
    """
    return _NUMBER.sub(_hidden, text)


def _hidden(found: re.Match[str]) -> str:
    birthday, _, last = found.groups()
    centuries = ("",) if len(birthday) == 8 else _CENTURIES
    if any(not isinstance(parse(c + birthday + last), Avvikelse) for c in centuries):
        return "\u2022" * len(found.group())
    return found.group()
