"""What every rule of the register's checks is made of: the contact examined, and the finding."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import msgspec

from gvr.core import felkatalog
from gvr.core.avvikelse import Avvikelse
from gvr.core.kodverk import Kodregister
from gvr.core.personnummer import parse
from gvr.core.vardkontakt import Innehall

Fynd = tuple[Avvikelse, ...]
INGA: Final[Fynd] = ()


class Granskning:
    """One contact under examination, with what several rules need worked out once."""

    __slots__ = (
        "detaljer", "fodd", "giltiga", "identitet", "innehall", "koder", "sen_fore", "today",
    )  # fmt: skip

    def __init__(
        self,
        innehall: Innehall,
        *,
        koder: Kodregister,
        today: date,
        sen_fore: date,
        detaljer: Mapping[str, Any] | None = None,
    ) -> None:
        self.innehall = innehall
        self.detaljer = detaljer
        self.koder = koder
        self.today = today
        self.sen_fore = sen_fore
        self.giltiga = koder.valid_on(innehall.dag)
        self.identitet = identitet = parse(innehall.patient_id, day=today)
        of_number = None if isinstance(identitet, Avvikelse) else identitet.fodd
        self.fodd = of_number or innehall.fodd


class Regel(msgspec.Struct, frozen=True):
    """One rule: the codes it may raise, what it says, and the function that says it."""

    koder: tuple[str, ...]
    text: str
    granska: Callable[[Granskning], Fynd]


#: All rules, in the order in which their findings are listed.
REGLER: Final[list[Regel]] = []


def rule(*koder: str) -> Callable[[Callable[[Granskning], Fynd]], Callable[[Granskning], Fynd]]:
    """Put a function among the rules. Its docstring is the rule's text."""

    def register(granska: Callable[[Granskning], Fynd]) -> Callable[[Granskning], Fynd]:
        REGLER.append(Regel(koder, granska.__doc__ or "", granska))
        return granska

    return register


def one(kod: str, pekare: str, text: str | None = None, *, varde: str | date | None = None) -> Fynd:
    """Return one finding; the text is the catalogue's unless a more exact one is given."""
    return (
        felkatalog.finding(
            kod, pekare=pekare, text=text, varde=None if varde is None else str(varde)
        ),
    )


def showable(text: str) -> str | None:
    """Return a value that may be shown: short, printable and with too few digits for a person."""
    if 0 < len(text) <= 25 and text.isprintable() and sum(map(str.isdigit, text)) <= 5:
        return text
    return None
