"""Diagram: the geometry of server-drawn charts. The page writes it out as SVG, with its table.

Everything a template prints is text already: a number would be written as people read it, with
spaces and commas, and an SVG attribute must not be.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

import msgspec

_NOLL: Final = Decimal(0)
_STEPS: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_TICKS: Final = 4

_VANSTER: Final = 96  # room for the scale's texts, in the drawing's units
_HOGER: Final = 8
_OVER: Final = 12
_UNDER: Final = 30


class Serie(msgspec.Struct, frozen=True):
    """One row of values, one for each heading; `stil` names its colour."""

    namn: str
    stil: str
    varden: tuple[Decimal, ...]


class Stapel(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle with the text that belongs to it."""

    x: str
    y: str
    bredd: str
    hojd: str
    stil: str
    text: str


class Streck(msgspec.Struct, frozen=True):
    """A line of the scale, with its text."""

    y: str
    text: str


class Rubrik(msgspec.Struct, frozen=True):
    """A heading under a group of columns."""

    x: str
    text: str


class Diagram(msgspec.Struct, frozen=True, kw_only=True):
    """A column chart ready to be written out."""

    bredd: str
    hojd: str
    fran: str  # where the scale's lines begin
    till: str
    textkant: str
    rubrikrad: str
    nollinje: str
    staplar: tuple[Stapel, ...]
    skala: tuple[Streck, ...]
    rubriker: tuple[Rubrik, ...]
    serier: tuple[Serie, ...]


def widths(varden: Sequence[int], *, full: int = 1000, minst: int = 4) -> tuple[str, ...]:
    """Return the length of a bar for each value, the largest `full` long.

    A value that is not zero never becomes invisible: its bar is at least `minst` long.
    """
    storst = max(varden, default=0)
    return tuple(
        str(max(minst, full * varde // storst) if varde > 0 and storst else 0) for varde in varden
    )


def columns(
    rubriker: Sequence[str],
    serier: Sequence[Serie],
    *,
    skriv: Callable[[Decimal], str],
    skala: Callable[[Decimal], str] | None = None,
    staplade: bool = False,
    bredd: int = 860,
    hojd: int = 260,
) -> Diagram:
    """Lay out a column chart: one group per heading, one column per series.

    `staplade` stands the series on top of each other; then no value may be negative. `skriv` writes
    a value in full for the column's text, `skala` for the scale (the same, unless given).
    Raises ValueError when a series has another number of values than there are headings.
    """
    for serie in serier:
        if len(serie.varden) != len(rubriker):
            raise ValueError(f"Serien {serie.namn} har inte ett värde per rubrik.")
    if staplade:
        totals = [sum((s.varden[i] for s in serier), _NOLL) for i in range(len(rubriker))]
    else:
        totals = [varde for serie in serier for varde in serie.varden]
    lowest, highest, step = scale(min(totals, default=_NOLL), max(totals, default=_NOLL))
    area = Decimal(hojd - _OVER - _UNDER)

    def y_of(value: Decimal) -> Decimal:
        return _OVER + area * (highest - value) / (highest - lowest)

    group = Decimal(bredd - _VANSTER - _HOGER) / max(len(rubriker), 1)
    count = 1 if staplade else max(len(serier), 1)
    room = min(group * Decimal("0.72"), Decimal(46) * count)
    width = room / count
    staplar = []
    for i, rubrik in enumerate(rubriker):
        base = _NOLL
        for nr, serie in enumerate(serier):
            value = serie.varden[i]
            if staplade and value < 0:
                raise ValueError(
                    f"Serien {serie.namn} har ett negativt värde och kan inte staplas."
                )
            x = _VANSTER + group * i + (group - room) / 2 + (0 if staplade else width * nr)
            low, high = sorted((base, base + value))
            staplar.append(
                Stapel(
                    x=_text(x),
                    y=_text(y_of(high)),
                    bredd=_text(width - (2 if count > 1 else 0)),
                    hojd=_text(y_of(low) - y_of(high)),
                    stil=serie.stil,
                    text=f"{rubrik}, {serie.namn.lower()}: {skriv(value)}",
                )
            )
            if staplade:
                base += value
    ticks = int((highest - lowest) / step)
    write = skala or skriv
    return Diagram(
        bredd=str(bredd),
        hojd=str(hojd),
        fran=str(_VANSTER),
        till=str(bredd - _HOGER),
        textkant=str(_VANSTER - 10),
        rubrikrad=str(hojd - 8),
        nollinje=_text(y_of(_NOLL)),
        staplar=tuple(staplar),
        skala=tuple(
            Streck(_text(y_of(lowest + step * nr)), write(lowest + step * nr))
            for nr in range(ticks + 1)
        ),
        rubriker=tuple(
            Rubrik(_text(_VANSTER + group * i + group / 2), rubrik)
            for i, rubrik in enumerate(rubriker)
        ),
        serier=tuple(serier),
    )


def scale(lowest: Decimal, highest: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Return (bottom, top, step) of a scale with round steps that holds both values and zero."""
    lowest, highest = min(lowest, _NOLL), max(highest, _NOLL)
    span = highest - lowest
    if not span:
        return _NOLL, Decimal(_TICKS), Decimal(1)
    rough = span / _TICKS
    magnitude = Decimal(1).scaleb(rough.adjusted())
    step = next(factor * magnitude for factor in _STEPS if factor * magnitude >= rough)
    step = max(step, Decimal(1))
    return _floor(lowest / step) * step, -_floor(-highest / step) * step, step


def _floor(value: Decimal) -> Decimal:
    return value.to_integral_value(rounding="ROUND_FLOOR")


def _text(value: Decimal) -> str:
    """Write a coordinate with one decimal, point as SVG wants it."""
    return str(value.quantize(Decimal("0.1")))
