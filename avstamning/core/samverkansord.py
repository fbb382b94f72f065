"""The words of collaboration: how a part stands, in which role, and who acts next."""

from collections.abc import Iterable, Mapping
from typing import Final

from avstamning.core.ord import Statusord
from gvr.core import samverkan
from gvr.core.samverkan import Koppling

HUVUDANSVARIG: Final = "HUVUDANSVARIG"
MAKULERAD: Final = "MAKULERAD"

ROLLER: Final[Mapping[str, str]] = {HUVUDANSVARIG: "Huvudansvarig", **samverkan.ROLLER}

STATUS: Final[Mapping[str, Statusord]] = {
    ord_.kod: ord_
    for ord_ in (
        Statusord(
            kod=Koppling.KOPPLAD,
            text="Kopplad",
            stil="ok",
            tecken="✓",
            betyder="Delen hör ihop med den vårdkontakt som den huvudansvariga rapporterat.",
        ),
        Statusord(
            kod=Koppling.VANTAR_PA_HUVUDKONTAKT,
            text="Väntar på huvudkontakt",
            stil="vanta",
            tecken="…",
            betyder="Den huvudansvariga har ännu inte rapporterat vårdkontakten.",
        ),
        Statusord(
            kod=Koppling.FEL,
            text="Behöver rättas",
            stil="fel",
            tecken="!",
            betyder="Delen och vårdkontakten stämmer inte med varandra.",
        ),
        Statusord(
            kod=MAKULERAD,
            text="Makulerad",
            stil="ingen",
            tecken="×",
            betyder="Delen är återtagen.",
        ),
    )
}

_HUVUD: Final = "den huvudansvariga"
_DELTAGARE: Final = "den som deltog"
_BADA: Final = "båda parterna tillsammans"
_AGERAR: Final[Mapping[str, str]] = {
    "SAM002": _HUVUD,
    "SAM003": _HUVUD,
    "SAM006": _HUVUD,
    "SAM009": _BADA,
}


def acts_next(koder: Iterable[str]) -> str:
    """Say who mends findings with these codes; empty when there are none."""
    vilka = list(dict.fromkeys(_AGERAR.get(kod, _DELTAGARE) for kod in koder))
    if not vilka:
        return ""
    text = vilka[0] if len(vilka) == 1 else _BADA
    return text[:1].upper() + text[1:]


def days_in_words(dagar: int) -> str:
    """Say how long something has waited."""
    if dagar <= 0:
        return "sedan i dag"
    return "sedan i går" if dagar == 1 else f"i {dagar} dagar"
