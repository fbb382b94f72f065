"""One code as a developer meets it: what happened, why, what to do, and how to make it happen."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec


class Sort(StrEnum):
    """Where a code shows up."""

    VARDKONTAKT = "VARDKONTAKT"  # a finding about one contact
    ANROP = "ANROP"  # refuses a whole request
    BESLUT = "BESLUT"  # the reason of a decision, in a receipt
    REGIONEN = "REGIONEN"  # only where the region loads its own files


class Beskrivning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What koder.yaml says of a code."""

    varfor: str
    en: str
    prova: Mapping[str, Any]


class Kod(msgspec.Struct, frozen=True, kw_only=True):
    """A code with all that its page says; `http` and `allvar` are None where they do not apply."""

    kod: str
    sort: Sort
    titel: str
    text: str
    varfor: str
    atgard: str
    agare: str
    en: str
    http: int | None
    allvar: str | None
    kalla: str | None
    beslut: bool = False

    @property
    def fynd(self) -> bool:
        """True when it stands on a contact and not on a whole request."""
        return self.sort is not Sort.ANROP
