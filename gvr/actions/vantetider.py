"""Receive waiting times. They are followed up and never paid for."""

from datetime import date
from typing import Any, Final

from gvr.actions.handelser import GEMENSAMMA, Besked, Handelsemottagning, Rapport, Utforma
from gvr.actions.kopiering import Tabell, column
from gvr.actions.leveranser import Avsandare, Begaran, Hinder, Svar, deliver, rehearse
from gvr.core.avvikelse import Avvikelse
from gvr.core.vantetid import check_wait
from gvr.models import Vantetid
from gvr.queries import vantetider

VANTETID: Final = Tabell(
    "gvr_vantetid",
    (*GEMENSAMMA, column("besoksdag", "date"), column("vardhandelse_id", "text")),
)


def receive(
    rapport: Rapport,
    *,
    avsandare: Avsandare,
    begaran: Begaran,
    today: date,
    utforma: Utforma,
    torrkorning: bool = False,
) -> Svar | Hinder:
    """Register, correct or cancel a wait; return the answer that is stored with it."""
    arbete = Vantetidsmottagning(
        rapport, avsandare=avsandare, begaran=begaran, today=today, utforma=utforma
    )
    if torrkorning:
        return rehearse(avsandare, arbete)
    return deliver(begaran, avsandare, arbete)


class Vantetidsmottagning(Handelsemottagning):
    """The work of one wait."""

    modell = Vantetid
    tabell = VANTETID
    nyckel: dict[str, str] = {}

    def check(self) -> tuple[Avvikelse, ...]:
        """Return every finding about the wait by itself."""
        return check_wait(self.rapport.innehall, koder=self.koder, today=self.today)

    def settle(self, besked: Besked, *, changed: bool) -> None:
        """Say how the wait stands to the contact it names."""
        del changed
        innehall = self.rapport.innehall
        if innehall is None:
            return
        besked.mer = vantetider.ties(self.avsandare.kallsystem, [innehall])[innehall.id]
        besked.avvikelser = (*besked.avvikelser, *besked.mer.avvikelser)

    def own(self) -> tuple[Any, ...]:
        """Return the columns of its own; a cancelled version keeps what it was."""
        innehall, rad = self.rapport.innehall, self.rad
        if innehall is not None:
            return (innehall.besoksdag, innehall.vardhandelse_id)
        assert isinstance(rad, Vantetid)  # noqa: S101  - only what exists is cancelled
        return (rad.besoksdag, rad.vardhandelse_id)
