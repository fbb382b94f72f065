"""Findings about data, as values with a code. Exceptions are for bugs; bad data is a value."""

from enum import StrEnum

import msgspec


class Allvar(StrEnum):
    """How far a contact with this finding may travel."""

    STOPP = "STOPP"  # nothing is registered
    PARKERA = "PARKERA"  # registered, but waits for something that may still arrive
    ANMARKNING = "ANMARKNING"  # registered and decided; someone should look


class Avvikelse(msgspec.Struct, frozen=True, kw_only=True):
    """One finding: what was seen, where, and what to do about it.

    `pekare` is a JSON pointer into the contact ("/diagnoser/0"), `varde` the value seen. A value
    that identifies a patient is never put in `varde`. `atgard` says what to do, `agare` who does.
    `vantar_pa` names the missing master data of a PARKERA finding ("ENHET:30216311004"), so that
    its arrival can release the contact. Texts are Swedish and shown to people.
    """

    kod: str
    allvar: Allvar
    pekare: str
    text: str
    atgard: str
    agare: str = "VARDGIVARE"  # VARDGIVARE | JOURNALSYSTEM | REGION
    varde: str | None = None
    kalla: str | None = None
    vantar_pa: str | None = None


def camel(pekare: str) -> str:
    """Return a pointer with the API's names: /patient_id becomes /patientId."""
    if "_" not in pekare:
        return pekare
    forst, *rest = pekare.split("_")
    return forst + "".join(del_[:1].upper() + del_[1:] for del_ in rest)
