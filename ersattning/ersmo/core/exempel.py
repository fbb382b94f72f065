"""Contacts written by hand, in examples of rule packs and in cases: the few fields that matter.

An example says only what it is about. Everything else comes from the starting contact of its pack,
and what that does not say either comes from here.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final

import msgspec

from ersattning.ersmo.core.lasning import suggest
from gvr.core.vardkontakt import Innehall, Kontakt, Placering

#: "Tolvan Tolvansson", the test number of Skatteverket. The engine never looks at it.
_TESTPERSON: Final = "191212121212"

_KONTAKT: Final[Mapping[str, object]] = {"enhet": "10000000001", "patient_id": _TESTPERSON}
_PLACERING: Final[Mapping[str, object]] = {
    "vardgivare_id": 1,
    "enhet_id": 1,
    "uppdragstyp": "000",
    "uppdrag_id": 1,
    "avtal_id": 1,
    "avtalsomrade": "EXEMPEL",
}
_PLACERINGSFALT: Final = frozenset({"uppdragstyp", "avtalsegenskaper", "avgiftsavdrag"})
_SOKVAG: Final = re.compile(r"[`.](\w+)(?:\[\.\.\.\])?`")
Styck = Annotated[int, msgspec.Meta(ge=1, le=9999)]
_FALT: Final = (frozenset(Innehall.__struct_fields__) - {"patient_id"}) | {
    "placering",
    "produktantal",
}


def merge(grund: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """Return the starting contact with the fields of another laid over it."""
    placering = {**_mapping(grund.get("placering")), **_mapping(over.get("placering"))}
    return {**grund, **over, "placering": placering}


def build(fields: Mapping[str, object]) -> Kontakt | str:
    """Build the contact out of handwritten fields, or return in Swedish why it cannot be done."""
    if fault := _unknown_field(fields):
        return fault
    placering = _mapping(fields.get("placering"))
    egenskaper = _mapping(placering.get("avtalsegenskaper"))
    innehall = {
        key: value for key, value in fields.items() if key not in ("placering", "produktantal")
    }
    try:
        return Kontakt(
            kontakt_id=1,
            version=1,
            nyckel=("EXEMPEL", "1"),
            innehall=msgspec.convert({**_KONTAKT, **innehall}, Innehall),
            placering=msgspec.convert(
                {**_PLACERING, **placering, "avtalsegenskaper": sorted(egenskaper.items())},
                Placering,
            ),
            produktantal=_counts(fields),
        )
    except msgspec.ValidationError as fault:
        where = _SOKVAG.search(str(fault))
        return f"Fältet {where.group(1) if where else ''} saknas eller har fel form."


def _counts(fields: Mapping[str, object]) -> tuple[int, ...]:
    """Return how many there are of each product. Raises msgspec.ValidationError when ill-formed."""
    antal = msgspec.convert(fields.get("produktantal", ()), tuple[Styck, ...])
    if antal and len(antal) != len(msgspec.convert(fields.get("produkter", ()), list[str])):
        raise msgspec.ValidationError("one number for each product - at `$.produktantal`")
    return antal


def _unknown_field(fields: Mapping[str, object]) -> str | None:
    unknown = [(key, _FALT) for key in fields if key not in _FALT]
    unknown += [
        (key, _PLACERINGSFALT)
        for key in _mapping(fields.get("placering"))
        if key not in _PLACERINGSFALT
    ]
    if not unknown:
        return None
    key, kanda = unknown[0]
    return f"Fältet {key} finns inte. {suggest(key, kanda)}"


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def plain_fields(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields with days as ISO text, the form that survives JSON."""
    return {str(key): _plain(value) for key, value in fields.items()}


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return plain_fields(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
