"""RAPP: contacts that a person registers by hand, for providers without a journal system.

Each provider has a series of its own (källsystem), so that an id made here meets no other sender's
and only the provider's own people can correct what is in it. RAPP is Region Stockholm's web form
for such providers (Vårdgivarguiden, "System i vårdersättningskedjan").
"""

from collections.abc import Callable
from datetime import date
from typing import Final

#: What the källsystem of everything registered by hand begins with.
FORLED: Final = "RAPP-"
RESERVERAT: Final = "KALLSYSTEM_RESERVERAT"
#: No vowels, so no words; no digits, so nothing that can be taken for a personnummer.
_BOKSTAVER: Final = "BCDFGHJKLMNPQRSTVWXZ"
_LANGD: Final = 8


def system_of(vardgivare_id: int) -> str:
    """Return the källsystem of what a provider's people register by hand."""
    return f"{FORLED}{vardgivare_id}"


def by_hand(kallsystem: str) -> bool:
    """Say whether contacts of this källsystem were registered by hand."""
    return kallsystem.startswith(FORLED)


def is_reserved(kallsystem: str) -> bool:
    """Say whether the name belongs to the region's own form, however it is written."""
    return kallsystem.strip().upper().startswith(FORLED)


def new_id(day: date, choose: Callable[[str], str]) -> str:
    """Return a new vårdhändelse-id, e.g. R261123-KXWPTBQD.

    `day` is the day of registration, `choose` draws one letter. The form carries the id from the
    moment it is opened, so that sending it twice registers once.
    """
    return f"R{day:%y%m%d}-" + "".join(choose(_BOKSTAVER) for _ in range(_LANGD))


def is_id(text: str) -> bool:
    """Say whether the text is an id as `new_id` makes them."""
    dag, _, bokstaver = text.partition("-")
    return (
        len(dag) == 7
        and dag.startswith("R")
        and dag[1:].isascii()
        and dag[1:].isdigit()
        and len(bokstaver) == _LANGD
        and set(bokstaver) <= set(_BOKSTAVER)
    )
