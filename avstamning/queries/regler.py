"""Contracts, prices and rules as a provider reads them."""

from datetime import date

import msgspec

from avstamning.queries.kontakter import texts_by_system
from ersattning.ersmo.core.anvisning import Anvisning, write_instruction
from ersattning.ersmo.queries import regelpaket
from ersattning.hej.queries import priser
from ersattning.hej.queries.priser import Gallande
from gvr.queries import portal
from gvr.queries.portal import Avtalsrad


class Avtalspriser(msgspec.Struct, frozen=True, kw_only=True):
    """A contract with its prices on a day, and whether it has rules to read."""

    avtal: Avtalsrad
    priser: tuple[Gallande, ...]
    har_regler: bool
    galler: bool


class Omradesanvisning(msgspec.Struct, frozen=True, kw_only=True):
    """The reporting instruction of a contract area on a day."""

    omrade: str
    kod: str
    anvisning: Anvisning


def contracts_with_prices(vardgivare_id: int, *, day: date) -> tuple[Avtalspriser, ...]:
    """Return every contract with the prices that hold on a day."""
    bild = regelpaket.published()
    return tuple(
        Avtalspriser(
            avtal=rad,
            priser=priser.valid_prices(rad, day) if rad.giltig.contains(day) else (),
            har_regler=bild.valid(rad.omrade, day) is not None,
            galler=rad.giltig.contains(day),
        )
        for rad in portal.contracts(vardgivare_id)
    )


def instruction(vardgivare_id: int, omrade: str, *, day: date) -> Omradesanvisning | None:
    """Return the rules of one of the provider's contract areas; None for another's area."""
    avtal = next((rad for rad in portal.contracts(vardgivare_id) if rad.omrade == omrade), None)
    publicerat = regelpaket.published().valid(omrade, day) if avtal else None
    if avtal is None or publicerat is None:
        return None
    return Omradesanvisning(
        omrade=avtal.omradesnamn,
        kod=avtal.omrade,
        anvisning=write_instruction(publicerat.kompilerat.paket, texter=texts_by_system()),
    )
