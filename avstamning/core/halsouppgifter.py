"""Hälsouppgifter: what of a contact an economist does without. Masked fields, never masked money.

Roles that work with money see what was done and by whom, but neither who the patient is nor what
the patient has or takes (patientdatalagen 4 kap. 2 §: only what the task needs).
"""

from collections.abc import Mapping
from typing import Any, Final

#: Fields of a contact, and words of a rule, that tell what the patient has or takes.
FALT: Final = frozenset({"diagnoser", "lakemedel", "tillstand"})
ORD: Final = frozenset({"diagnos", "lakemedel", "tillstand"})
DOLT: Final = "visas för vårdadministratör"


def field_of(pekare: str) -> str:
    """Return the field that a JSON pointer points at, also inside a batch: "/0/diagnoser/1"."""
    delar = [del_ for del_ in pekare.split("/") if del_ and not del_.isdecimal()]
    return delar[0] if delar else ""


def hidden(pekare: str) -> bool:
    """Say whether a pointer points at something that only some roles may see."""
    return any(del_ in FALT for del_ in pekare.split("/"))


def without(innehall: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a contact without what it tells of the patient's health."""
    return {falt: varde for falt, varde in innehall.items() if falt not in FALT}
