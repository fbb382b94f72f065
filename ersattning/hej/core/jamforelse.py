"""Two versions of a price list beside each other: what becomes dearer, cheaper, new or ended."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec

from ersattning.hej.core.prislista import Pris, Prislista
from gvr.core.belopp import round_kr
from gvr.core.period import Period

#: A larger change than this, in percent, is pointed out to the one who approves.
STOR_ANDRING: Final = 20


class Prisskillnad(msgspec.Struct, frozen=True, kw_only=True):
    """One price that differs. `slag`: NY, ÄNDRAD, AVSLUTAD (only its end differs), BORTTAGEN.

    `procent` is the change of the amount with two decimals, None where there is nothing to compare.
    `falt` names what differs besides the amount.
    """

    produktkod: str
    giltig: Period
    slag: str
    fore: Pris | None = None
    efter: Pris | None = None
    procent: Decimal | None = None
    falt: tuple[str, ...] = ()

    @property
    def stor(self) -> bool:
        """Say whether the change is large."""
        return self.procent is not None and abs(self.procent) > STOR_ANDRING


def compare(fore: Prislista | None, efter: Prislista) -> tuple[Prisskillnad, ...]:
    """Return every price that differs, by product and first day."""
    gamla = {(p.produktkod, p.giltig.start): p for p in (fore.priser if fore else ())}
    nya = {(p.produktkod, p.giltig.start): p for p in efter.priser}
    return tuple(
        skillnad
        for nyckel in sorted(gamla.keys() | nya.keys())
        for skillnad in _compare(gamla.get(nyckel), nya.get(nyckel))
    )


def _compare(fore: Pris | None, efter: Pris | None) -> Iterator[Prisskillnad]:
    if fore == efter:
        return
    if fore is None and efter is not None:
        yield Prisskillnad(produktkod=efter.produktkod, giltig=efter.giltig, slag="NY", efter=efter)
    elif efter is None and fore is not None:
        yield Prisskillnad(
            produktkod=fore.produktkod, giltig=fore.giltig, slag="BORTTAGEN", fore=fore
        )
    elif fore is not None and efter is not None:
        falt = tuple(_changed(fore, efter))
        ended = falt == ("t.o.m.",) and efter.giltig.slut is not None
        yield Prisskillnad(
            produktkod=efter.produktkod,
            giltig=efter.giltig,
            slag="AVSLUTAD" if ended else "ÄNDRAD",
            fore=fore,
            efter=efter,
            procent=percent(fore.belopp, efter.belopp),
            falt=falt,
        )


def percent(fore: Decimal, efter: Decimal) -> Decimal | None:
    """Return the change in percent with two decimals; None from 0 kr, which has no percentage."""
    return round_kr((efter - fore) * 100 / fore) if fore else None


def _changed(fore: Pris, efter: Pris) -> Iterator[str]:
    if fore.belopp != efter.belopp:
        yield "belopp"
    if fore.giltig != efter.giltig:
        yield "t.o.m."
    for namn, text in (
        ("text", "text"),
        ("reducerat", "reducerat arvode"),
        ("tak1", "tak för normalarvode"),
        ("tak2", "ersättningstak"),
        ("exempel", "exempel"),
        ("kalla", "källa"),
    ):
        if getattr(fore, namn) != getattr(efter, namn):
            yield text


def previous_gaps(fore: Prislista, efter: Prislista) -> tuple[str, ...]:
    """Return the products of the older version that the newer one has no price for at all."""
    nya = {pris.produktkod for pris in efter.priser}
    return tuple(sorted({pris.produktkod for pris in fore.priser} - nya))
