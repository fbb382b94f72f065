"""Money in kronor as `Decimal` with two decimals. The only place in the project that rounds.

A binary float cannot hold most öre exactly, so floats are refused with TypeError everywhere here.
"""

import decimal
from decimal import Decimal
from typing import Final

#: How a price list may say that a row is rounded to whole öre. Every one of them treats a negative
#: amount as the mirror image of the positive, so a reversal always cancels its original.
AVRUNDNINGAR: Final = {
    "HALF_UP": decimal.ROUND_HALF_UP,
    "HALF_EVEN": decimal.ROUND_HALF_EVEN,
    "DOWN": decimal.ROUND_DOWN,
    "UP": decimal.ROUND_UP,
}

_ORE: Final = Decimal("0.01")
# Own context: neither the caller's precision nor its traps may change an amount.
_RAKNING: Final = decimal.Context(prec=60, traps=[decimal.InvalidOperation, decimal.Overflow])

_HARDA_MELLANSLAG: Final = "\u00a0"
_MINUS: Final = "\u2212"
_MELLANSLAG: Final = (" ", "\u00a0", "\u202f", "\u2009")

#: More digits before the öre than any amount of money has; beyond it nothing is rounded exactly.
FLEST_SIFFROR: Final = 30
STORSTA_BELOPP: Final = Decimal(10) ** FLEST_SIFFROR


def round_kr(value: Decimal, mode: str = "HALF_UP") -> Decimal:
    """Round kronor to whole öre, once.

    `mode` is one of AVRUNDNINGAR. The answer always has exactly two decimals, and zero has no sign.
    Raises TypeError for anything but a Decimal, ValueError for an unknown mode, NaN or infinity.
    """
    if type(value) is not Decimal:
        raise TypeError(f"Ett belopp är en Decimal, inte {type(value).__name__}.")
    rounding = AVRUNDNINGAR.get(mode)
    if rounding is None:
        raise ValueError(f"Okänd avrundning {mode!r}; välj bland {', '.join(AVRUNDNINGAR)}.")
    if not value.is_finite():
        raise ValueError("Beloppet är inget tal.")
    rounded = value.quantize(_ORE, rounding=rounding, context=_RAKNING)
    return rounded if rounded else abs(rounded)


def line_amount(antal: int | Decimal, apris: Decimal, mode: str = "HALF_UP") -> Decimal:
    """Return quantity times unit price in kronor, multiplied exactly and then rounded once.

    Raises TypeError for a float in either place.
    """
    if isinstance(antal, bool) or not isinstance(antal, int | Decimal):
        raise TypeError(f"Ett antal är ett heltal eller en Decimal, inte {type(antal).__name__}.")
    if type(apris) is not Decimal:
        raise TypeError(f"Ett à-pris är en Decimal, inte {type(apris).__name__}.")
    return round_kr(_RAKNING.multiply(Decimal(antal), apris), mode)


def format_kr(value: Decimal) -> str:
    """Write an amount as people read it: "1 234 567,50 kr" with hard spaces, and U+2212 for minus.

    Shows the amount and never rounds it: raises ValueError when it has parts of an öre.
    """
    whole = round_kr(value)
    if whole != value:
        raise ValueError("Beloppet har delar av öre; avrunda det med round_kr innan det visas.")
    sign = _MINUS if whole < 0 else ""
    kronor, _, ore = f"{abs(whole):,f}".partition(".")
    return f"{sign}{kronor.replace(',', _HARDA_MELLANSLAG)},{ore}{_HARDA_MELLANSLAG}kr"


def parse_kr(text: str) -> Decimal:
    """Read an amount in kronor as people and spreadsheets write it.

    Understood: "1234", "1 234,50", "1234.50", "1.234,50", "1,234.50", "12 kr", a leading minus
    (ASCII or U+2212) and any of the usual space characters between thousands. Raises ValueError,
    with a Swedish text, when the text is no amount or can mean two amounts: "1.234" is a thousand
    to some and one and a quarter to others.
    """
    rest = text.strip()
    for mellanslag in _MELLANSLAG:
        rest = rest.replace(mellanslag, " ")
    rest = rest.removesuffix("kr").rstrip()
    negative = rest.startswith(("-", _MINUS))
    if negative:
        rest = rest[1:].lstrip()

    kronor, ore, grouping = _split(rest)
    groups = kronor.split(grouping) if grouping else [kronor]
    well_grouped = len(groups) == 1 or (
        1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    )
    siffror = "".join(groups)
    if not (well_grouped and siffror.isascii() and siffror.isdigit()):
        raise ValueError("Beloppet går inte att läsa. Skriv till exempel 1234,50.")
    if len(siffror.lstrip("0")) > FLEST_SIFFROR:
        raise ValueError("Beloppet är för stort för att vara ett belopp i kronor.")
    if ore and not (ore.isascii() and ore.isdigit()):
        raise ValueError("Ören går inte att läsa. Skriv till exempel 1234,50.")
    if len(ore) > 2:
        raise ValueError(
            "Beloppet har fler än två decimaler. Skriv hela ören, till exempel 1234,50."
        )
    amount = round_kr(Decimal(f"{siffror}.{ore or '0'}"))
    return -amount if negative and amount else amount


def _split(text: str) -> tuple[str, str, str]:
    """Return (whole kronor as grouped, öre, the grouping sign used or "").

    1. Both comma and point: the last kind is the decimal sign, the other one groups thousands.
    2. The same sign twice or more can only group thousands.
    3. One sign with exactly three digits after it can be either, and is refused.
    """
    comma, point = text.count(","), text.count(".")
    if comma and point:
        decimal_sign = "," if text.rfind(",") > text.rfind(".") else "."
        if text.count(decimal_sign) > 1:
            raise ValueError("Beloppet har flera decimaltecken. Skriv till exempel 1234,50.")
        grouping = "." if decimal_sign == "," else ","
    elif comma + point > 1:
        return text, "", "," if comma else "."
    elif comma + point == 1:
        decimal_sign = "," if comma else "."
        grouping = " " if " " in text else ""
    else:
        return text, "", " " if " " in text else ""
    kronor, _, ore = text.partition(decimal_sign)
    if not ore:
        raise ValueError("Beloppet slutar med ett decimaltecken. Skriv till exempel 1234,50.")
    if not grouping and len(ore) == 3:
        raise ValueError(
            "Beloppet kan läsas på två sätt: med tusental eller med tre decimaler. "
            "Skriv utan tusentalstecken och med två decimaler, till exempel 1234,50."
        )
    return kronor, ore, grouping
