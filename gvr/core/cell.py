"""One cell of a spreadsheet, as people fill it in: read without guessing, written without danger.

Every reader raises ValueError with a Swedish text that says what was expected. A value that can
mean two things is refused: "1.234" is a thousand to some, and 45292 is a day to Excel.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from gvr.core.belopp import STORSTA_BELOPP, parse_kr, round_kr

#: Signs that make a spreadsheet read a text as a formula (OWASP ASVS 5.0, 1.2.10).
FORMELTECKEN: Final = ("=", "+", "-", "@", "\t", "\r", "\x00")
_APOSTROF: Final = "'"
_STYRTECKEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_JA: Final = frozenset({"ja", "j", "x", "sant", "true", "1"})
_NEJ: Final = frozenset({"nej", "n", "", "falskt", "false", "0"})

Tolk = Callable[[Any], Any]


def escape(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula; control signs are dropped."""
    rensad = _STYRTECKEN.sub("", text)
    farlig = text.startswith(FORMELTECKEN) or _begins_a_formula(rensad)
    return _APOSTROF + rensad if farlig else rensad


def unescape(text: str) -> str:
    """Take away the apostrophe that `escape` put there."""
    return text[1:] if text.startswith(_APOSTROF) and _begins_a_formula(text) else text


def _begins_a_formula(text: str) -> bool:
    return text.lstrip(_APOSTROF).startswith(FORMELTECKEN)


def text(value: Any) -> str:
    """Read a text. A number is written without decimals, as the code it most often is."""
    if value is None:
        return ""
    if isinstance(value, bool):
        raise ValueError("Cellen är sant eller falskt. Formatera kolumnen som text.")
    if isinstance(value, datetime | date | time):
        raise ValueError("Cellen är ett datum. Formatera kolumnen som text.")
    if isinstance(value, float):
        if not value.is_integer():
            raise ValueError("Cellen är ett tal med decimaler. Formatera kolumnen som text.")
        value = int(value)
    if isinstance(value, Decimal):
        raise ValueError("Cellen är ett tal. Formatera kolumnen som text.")
    return unescape(unicodedata.normalize("NFC", str(value)).strip())


def required(tolk: Tolk, *, namn: str) -> Tolk:
    """Return a reader that also refuses an empty cell."""

    def read(value: Any) -> Any:
        if value is None or (isinstance(value, str) and not value.strip()):
            raise ValueError(f"{namn} saknas.")
        return tolk(value)

    return read


def amount(value: Any) -> Decimal | None:
    """Read an amount in kronor with whole öre; an empty cell is none."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool | datetime | date | time):
        raise ValueError("Cellen är inget belopp. Skriv till exempel 1234,50.")
    if isinstance(value, int | float | Decimal):
        kronor = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if kronor.is_finite() and abs(kronor) >= STORSTA_BELOPP:
            raise ValueError("Beloppet är för stort för att vara ett belopp i kronor.")
        if not kronor.is_finite() or round_kr(kronor) != kronor:
            raise ValueError("Beloppet har fler än två decimaler. Skriv hela ören.")
        return round_kr(kronor)
    return parse_kr(str(value))


def not_negative(value: Any) -> Decimal | None:
    """Read an amount that may not be below zero."""
    kronor = amount(value)
    if kronor is not None and kronor < 0:
        raise ValueError("Beloppet är negativt. Avdrag skrivs utan minustecken.")
    return kronor


def day(value: Any) -> date | None:
    """Read a day; an empty cell is none."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, datetime):
        if value.time() != time():
            raise ValueError("Cellen har ett klockslag. Skriv bara dagen, 2026-01-31.")
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(
            "Cellen är ett tal som kan vara ett datum i Excels räkning. "
            "Formatera den som datum eller skriv 2026-01-31."
        )
    skrivet = str(value).strip()
    for form in ("%Y-%m-%d", "%Y%m%d"):
        try:
            return datetime.strptime(skrivet, form).date()  # noqa: DTZ007  - a day has no zone
        except ValueError:
            continue
    raise ValueError("Dagen går inte att läsa. Skriv år, månad och dag: 2026-01-31.")


def yes_no(value: Any) -> bool:
    """Read ja or nej; an empty cell is nej."""
    if isinstance(value, bool):
        return value
    if isinstance(value, float) and value in (0.0, 1.0):
        return bool(value)
    skrivet = "" if value is None else str(value).strip().lower()
    if skrivet in _JA:
        return True
    if skrivet in _NEJ:
        return False
    raise ValueError("Skriv ja eller nej.")


def codes(value: Any) -> list[str]:
    """Read codes separated by comma, semicolon or space."""
    return [del_ for del_ in re.split(r"[,;\s]+", text(value)) if del_]


def letter(kolumn: int) -> str:
    """Return the letter of a column, 0 is A, 26 is AA."""
    svar = ""
    kolumn += 1
    while kolumn:
        kolumn, rest = divmod(kolumn - 1, 26)
        svar = chr(ord("A") + rest) + svar
    return svar
