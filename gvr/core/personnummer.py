"""Patient identities: personnummer, samordningsnummer and Region Stockholm's reservnummer.

An identity is stored as 12 digits. A text that is no identity becomes an `Avvikelse` that says what
is wrong and never repeats the number, because findings are logged, mailed and shown.

Sources: personnummer and samordningsnummer are described by Skatteverket (SKV 704, SKV 707; the
day of a samordningsnummer is raised by 60, an odd next-to-last digit is a man). Reservnummer
`99yyyyNNNNNC` is described on Vårdgivarguiden ("Reservnummer") and in Inera's table of identity
types: yyyy is the year of issue (1980-2299), C the check digit over positions 5-11. The table's own
second example, 991945000023, has a right check digit and a year outside that range; the range wins.
"""

import calendar
import re
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from gvr.core import felkatalog
from gvr.core.avvikelse import Avvikelse


class Identitetstyp(StrEnum):
    """Which number series an identity comes from."""

    PERSONNUMMER = "PERSONNUMMER"
    SAMORDNINGSNUMMER = "SAMORDNINGSNUMMER"
    RESERVNUMMER = "RESERVNUMMER"


class Identitet(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A patient's identity. `nummer` is 12 digits; `kon` is K or M.

    `fodd` is None for a reservnummer, which carries the year it was issued and no birthday.
    """

    nummer: str
    typ: Identitetstyp
    fodd: date | None
    kon: str | None

    def __repr__(self) -> str:
        """Show the identity masked: a repr ends up in logs and test output."""
        return f"Identitet({mask(self.nummer)}, {self.typ})"


_SEKLER: Final = ("18", "19", "20")
_RESERV: Final = "99"
_SAMORDNING: Final = 60
_UTFARDADE: Final = range(1980, 2300)

_SYNLIGT: Final = 2  # digits shown at each end of a masked number
_PUNKT: Final = "\u2022"
_STRECK: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"


def _luhn(digits: str) -> int:
    """Return the modulus-10 sum of an even number of digits, weights 2, 1, 2, 1 from the left."""
    total = 0
    for position, digit in enumerate(digits):
        product = int(digit) * (1 if position % 2 else 2)
        total += product - 9 if product > 9 else product
    return total


def check_digit(digits: str) -> str:
    """Return the modulus-10 check digit of an odd number of digits."""
    return str(-_luhn(digits) % 10)


#: The sum of the last four digits, worked out once for all of them.
_TAIL: Final = tuple(_luhn(f"{tail:04d}") for tail in range(10_000))


@lru_cache(maxsize=100_000)
def _birthday(digits: str) -> tuple[date, Identitetstyp, int] | None:
    """Read yyyymmdd, the day perhaps raised by 60; None when there is no such day.

    The third value is the modulus-10 sum of the last six digits. Only birthdays are remembered
    here, never identities.
    """
    if digits[:2] not in _SEKLER:
        return None
    day = int(digits[6:])
    typ = Identitetstyp.PERSONNUMMER
    if day > _SAMORDNING:
        day -= _SAMORDNING
        typ = Identitetstyp.SAMORDNINGSNUMMER
    try:
        fodd = date(int(digits[:4]), int(digits[4:6]), day)
    except ValueError:
        return None
    return fodd, typ, _luhn(digits[2:])


def parse(
    text: str, *, day: date | None = None, pekare: str = "/patient_id"
) -> Identitet | Avvikelse:
    """Read an identity written with 12 or 10 digits, with or without a separator.

    1. Twelve digits need nothing more; a separator may stand before the last four.
    2. Ten digits need `day`, the day on which the number was used, to find the century: "-" or
       nothing is a person who turns at most 99 that year, "+" one who turns 100 or more.
    3. With a `day`, a person born after it is refused.

    Returns the identity, or a STOPP finding with `pekare` and one of the codes GVR001-GVR014.
    """
    if len(text) == 12 and text.isascii() and text.isdigit():
        return _read(text, day=day, pekare=pekare)
    fault = _fault_of_form(text)
    if fault is not None:
        return _refuse(fault, pekare)
    separator = text[-5] if text[-5] in "-+" else ""
    digits = text[:-5] + text[-4:] if separator else text
    if len(digits) == 10:
        if day is None:
            return _refuse("GVR008", pekare)
        hundred_or_more = 100 if separator == "+" else 0
        newest = day.year - hundred_or_more
        digits = f"{newest - (newest - int(digits[:2])) % 100:04d}{digits[2:]}"
    elif separator == "+" and day is not None and day.year - int(digits[:4]) < 100:
        return _refuse("GVR014", pekare)
    return _read(digits, day=day, pekare=pekare)


def _fault_of_form(text: str) -> str | None:
    """Return the code of the first thing that keeps the text from being 10 or 12 digits."""
    if not text.strip():
        return "GVR001"
    if any(char.isspace() for char in text):
        return "GVR002"
    if any(char in _STRECK for char in text):
        return "GVR003"
    if not text.isascii() and any(char.isdigit() and not char.isascii() for char in text):
        return "GVR004"
    digits = text.replace("-", "").replace("+", "")
    if not (digits.isascii() and (digits.isdigit() or not digits)):
        return "GVR005"
    if len(digits) not in (10, 12):
        return "GVR006"
    if len(text) - len(digits) > 1 or (len(text) > len(digits) and text[-5] not in "-+"):
        return "GVR007"
    return None


def _read(digits: str, *, day: date | None, pekare: str) -> Identitet | Avvikelse:
    """Read twelve ASCII digits."""
    kon = "M" if digits[10] in "13579" else "K"
    birthday = _birthday(digits[:8])
    if birthday is None:
        return _read_reservnummer(digits, kon, pekare)
    fodd, typ, luhn = birthday
    if (luhn + _TAIL[int(digits[8:])]) % 10:
        return _refuse("GVR010", pekare)
    if day is not None and fodd > day:
        return _refuse("GVR011", pekare)
    return Identitet(nummer=digits, typ=typ, fodd=fodd, kon=kon)


def _read_reservnummer(digits: str, kon: str, pekare: str) -> Identitet | Avvikelse:
    """Read twelve digits that do not begin with a birthday."""
    if not digits.startswith(_RESERV):
        return _refuse("GVR009", pekare)
    if int(digits[2:6]) not in _UTFARDADE:
        return _refuse("GVR012", pekare)
    if _luhn(digits[4:]) % 10:
        return _refuse("GVR013", pekare)
    return Identitet(nummer=digits, typ=Identitetstyp.RESERVNUMMER, fodd=None, kon=kon)


def _refuse(kod: str, pekare: str) -> Avvikelse:
    return felkatalog.finding(kod, pekare=pekare)


def age_on(fodd: date, day: date) -> int:
    """Return the age in whole years on the day; negative before the birth.

    Who is born on 29 February turns a year older on 28 February when the year has no 29th (lag
    (1930:173) om beräkning av lagstadgad tid, 1 §: the last day of the month takes its place).
    """
    age = day.year - fodd.year
    if (day.month, day.day) >= (fodd.month, fodd.day):
        return age
    leapling_has_birthday = (
        (fodd.month, fodd.day) == (2, 29)
        and (day.month, day.day) == (2, 28)
        and not calendar.isleap(day.year)
    )
    return age if leapling_has_birthday else age - 1


def mask(nummer: str) -> str:
    """Show the two first and two last digits: "19••••••-••34". Anything else is hidden wholly."""
    if len(nummer) != 12:
        return _PUNKT * 12
    return f"{nummer[:_SYNLIGT]}{_PUNKT * 6}-{_PUNKT * 2}{nummer[-_SYNLIGT:]}"


def is_orgnr(text: str) -> bool:
    """Say whether the text is a Swedish organisationsnummer: ten digits with a right check digit.

    A hyphen before the last four digits is allowed. A sole trader's organisationsnummer is the
    trader's personnummer, so a number that passes may still be personal data.
    """
    digits = text[:6] + text[7:] if len(text) == 11 and text[6] == "-" else text
    return len(digits) == 10 and digits.isascii() and digits.isdigit() and _luhn(digits) % 10 == 0


#: 09-123456 of today's cards, with the number of the card after it or not, as "LMA:09-123456" of
#: invoices, or the older form of two groups whose digits vary in number.
_LMA: Final = re.compile(
    r"(?:LMA:? ?)?\d{2}-\d{6}(?:/\d{1,2})?|\d{4,8} ?\d{2}-\d{4,8}/\d{2}", re.ASCII
)


def is_lma(text: str) -> bool:
    """Say whether the text is written as an LMA-nummer (Migrationsverket's dossiernummer)."""
    return _LMA.fullmatch(text.strip()) is not None
