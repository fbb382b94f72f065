"""How serious a rule's finding is where the region has decided otherwise than the catalogue.

Per contract area and day of care, like everything else about a contact. Only rules about care can
be made milder or stricter. The others guard what the register can hold at all – a patient's number
that cannot be read, a text too long for its column, a code that is no code – and a contact that
slipped past them would fail later and worse, so the set below names what may be changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import msgspec

from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.felkatalog import FELKATALOG
from gvr.core.period import Period

#: Rules whose severity a region may change.
ANDRINGSBARA: Final = frozenset(
    {
        *("GVR016", "GVR017", "GVR019"),  # birthday, sex and age against the number
        *("GVR030", "GVR031", "GVR032", "GVR033", "GVR035", "GVR036"),  # days that exist
        *(f"GVR{nummer:03d}" for nummer in range(40, 51)),  # what a contact must hold
        *(f"GVR{nummer:03d}" for nummer in range(52, 59)),  # what does not go together
        *("GVR080", "GVR081", "GVR082", "GVR083"),  # codes that are well written but not valid
    }
)
TEXTER: Final = {
    Allvar.STOPP: "Stoppar",
    Allvar.PARKERA: "Parkerar",
    Allvar.ANMARKNING: "Anmärkning",
}


def rules() -> list[tuple[str, str]]:
    """Return the rules that may be changed, with their titles: the choices of a form."""
    return [(kod, f"{kod} {FELKATALOG[kod].titel}") for kod in sorted(ANDRINGSBARA)]


def severities() -> list[tuple[str, str]]:
    """Return the severities with what they are called: the choices of a form."""
    return [(allvar.value, text) for allvar, text in TEXTER.items()]


class Allvarslage(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule is in a contract area during a period."""

    kod: str
    avtalsomrade: str
    allvar: Allvar
    giltig: Period


class Regelallvar:
    """Every change of severity, as known at one moment. Never changed; empty where none is made."""

    def __init__(self, rader: Iterable[Allvarslage] = ()) -> None:
        self._rader: defaultdict[tuple[str, str], list[Allvarslage]] = defaultdict(list)
        for rad in rader:
            if rad.kod in ANDRINGSBARA:
                self._rader[rad.kod, rad.avtalsomrade].append(rad)

    def __bool__(self) -> bool:
        """Say whether anything at all is changed."""
        return bool(self._rader)

    def of(self, kod: str, avtalsomrade: str, day: date) -> Allvar | None:
        """Return the severity that the region has decided, None where it has decided nothing."""
        for rad in self._rader.get((kod, avtalsomrade), ()):
            if rad.giltig.contains(day):
                return rad.allvar
        return None

    def weigh(
        self, avvikelser: tuple[Avvikelse, ...], *, avtalsomrade: str, day: date
    ) -> tuple[Avvikelse, ...]:
        """Return the findings with the severities that hold in the area on the day of care."""
        if not self._rader:
            return avvikelser
        return tuple(self._weighed(avvikelse, avtalsomrade, day) for avvikelse in avvikelser)

    def _weighed(self, avvikelse: Avvikelse, avtalsomrade: str, day: date) -> Avvikelse:
        allvar = self.of(avvikelse.kod, avtalsomrade, day)
        if allvar is None or allvar is avvikelse.allvar:
            return avvikelse
        return msgspec.structs.replace(avvikelse, allvar=allvar)

    def holds_back(
        self, anmarkningar: Sequence[tuple[str, str]], *, avtalsomrade: str, day: date
    ) -> str | None:
        """Return the rule that keeps a registered contact waiting, None when it may be decided.

        `anmarkningar` are the codes and severities that it was registered with. What the region has
        decided since then counts before what was written then, so a contact goes on when its rule
        is made a remark, and also when what parked it is taken back and the rule book only remarks.
        """
        for kod, tidigare in anmarkningar:
            if kod not in ANDRINGSBARA:
                continue
            nu = self.of(kod, avtalsomrade, day)
            if nu is None and FELKATALOG[kod].allvar is Allvar.ANMARKNING:
                continue
            if (nu or tidigare) != Allvar.ANMARKNING:
                return kod
        return None


INGET_ANDRAT: Final = Regelallvar()
