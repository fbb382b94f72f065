"""The decision on one contact, before anyone has written it down."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

import msgspec

from ersattning.hej.core.prissattning import Prisrad
from gvr.core.vardkontakt import Placering

ERSATTS: Final = "ERSATTS"
INGEN_ERSATTNING: Final = "INGEN_ERSATTNING"
VANTAR: Final = "VANTAR"
FEL: Final = "FEL"
MAKULERAD: Final = "MAKULERAD"

_NOLL: Final = Decimal("0.00")


class Beslutat(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one version of one contact earns, and by which rules and prices.

    `summa` is kronor. `regelpaket` and `prislistor` are names as "modell:version:hash". A contact
    that waits names what it waits for in `vantar_pa` ("PRIS:2R168"); it then has no rows.
    """

    kontakt_id: int
    version: int
    dag: date
    utfall: str
    orsak: str = ""
    vantar_pa: str = ""
    rader: tuple[Prisrad, ...] = ()
    placering: Placering | None = None
    vardgivare_id: int | None = None
    enhet_id: int | None = None
    regelpaket: tuple[str, ...] = ()
    prislistor: tuple[str, ...] = ()

    @property
    def summa(self) -> Decimal:
        """The sum of the rows."""
        return sum((rad.belopp for rad in self.rader), _NOLL)

    @property
    def avtal_id(self) -> int | None:
        """The contract that pays, when there is one."""
        return None if self.placering is None else self.placering.avtal_id

    @property
    def uppdragstyp(self) -> str:
        """The type of commission the contact is placed under; empty when it is not placed."""
        return "" if self.placering is None else self.placering.uppdragstyp


def rows_as_document(rader: tuple[Prisrad, ...]) -> list[dict[str, Any]]:
    """Return priced rows as they are kept in a decision: amounts in kronor as text."""
    return [
        {
            "regel": rad.regel_id,
            "produktkod": rad.produktkod,
            "typ": rad.typ,
            "antal": rad.antal,
            "apris": str(rad.apris),
            "belopp": str(rad.belopp),
            "prislista": rad.prislista_id,
            "exempel": rad.exempel,
            "not": rad.not_,
        }
        for rad in rader
    ]
