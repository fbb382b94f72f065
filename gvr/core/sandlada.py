"""The sandbox: which patients it takes, and what an account is called after it has been emptied.

What is registered is never removed, in a sandbox as little as elsewhere. Emptying it cancels the
account's contacts and gives its source system a new generation: NAMN, NAMN.2, NAMN.3 … Ids, keys
and receipts begin anew, since all three belong to the source system.
"""

import re
from collections.abc import Collection

from gvr.core import anropsfel as _koder  # noqa: F401  - registers the code used below
from gvr.core.avvikelse import Avvikelse
from gvr.core.felkatalog import finding

_GENERATION = re.compile(r"(?P<namn>.+?)\.(?P<nummer>[1-9][0-9]*)")


def not_a_test_patient(patient_id: str, kanda: Collection[str]) -> tuple[Avvikelse, ...]:
    """Return a finding for a number that is not one of the official test numbers."""
    if patient_id in kanda:
        return ()
    return (finding("SANDLADA_PATIENT", pekare="/patient_id"),)


def generation(kallsystem: str) -> int:
    """Return which generation of its source system a name is; 1 when it says nothing."""
    traff = _GENERATION.fullmatch(kallsystem)
    return int(traff["nummer"]) if traff else 1


def next_generation(kallsystem: str) -> str:
    """Return the name of the generation after this one."""
    traff = _GENERATION.fullmatch(kallsystem)
    namn = traff["namn"] if traff else kallsystem
    return f"{namn}.{generation(kallsystem) + 1}"
