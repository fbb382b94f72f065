"""Meddelande: the part of a delivery that is about one contact, with the patient masked.

A batch holds other contacts, perhaps other providers'; nothing of them may be shown. What cannot be
taken apart with certainty is therefore not shown at all.
"""

import json
import re
from typing import Any, Final

from gvr.core.personnummer import mask

_LONGEST: Final = 40_000
_PATIENT_KEYS: Final = frozenset({"patientid", "personnummer", "patient", "pnr", "lmanummer"})
_ID_KEYS: Final = frozenset({"vardhandelseid"})


def json_part(kropp: bytes, vardhandelse_id: str) -> Any | None:
    """Return the contact with this id in a JSON or NDJSON body, None when it is not found.

    A body that is one contact and nothing else is that contact, also when the id stands in the
    address and not in the body.
    """
    try:
        text = kropp.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    try:
        dokument = json.loads(text)
    except ValueError:
        dokument = _lines(text)
    if dokument is None:
        return None
    funnen = _find(dokument, vardhandelse_id)
    if funnen is not None:
        return funnen
    alone = isinstance(dokument, dict) and not any(
        isinstance(varde, list) and any(isinstance(del_, dict) for del_ in varde)
        for varde in dokument.values()
    )
    return dokument if alone and _named(dokument) is None else None


def _lines(text: str) -> list[Any] | None:
    rader = []
    for rad in text.splitlines():
        if rad.strip():
            try:
                rader.append(json.loads(rad))
            except ValueError:
                continue
    return rader or None


def _find(dokument: Any, vardhandelse_id: str) -> Any | None:
    if isinstance(dokument, dict):
        if _named(dokument) == vardhandelse_id:
            return dokument
        delar = list(dokument.values())
    elif isinstance(dokument, list):
        delar = dokument
    else:
        return None
    for del_ in delar:
        funnen = _find(del_, vardhandelse_id)
        if funnen is not None:
            return funnen
    return None


def _named(dokument: dict[str, Any]) -> Any | None:
    """Return the id of a contact, however its key is written."""
    return next((v for k, v in dokument.items() if _plain(k) in _ID_KEYS), None)


def _plain(nyckel: str) -> str:
    return nyckel.replace("_", "").lower()


def pretty(del_: Any) -> str:
    """Write a JSON part so that a person can read it."""
    return json.dumps(_masked(del_), ensure_ascii=False, indent=2)[:_LONGEST]


def _masked(del_: Any) -> Any:
    if isinstance(del_, dict):
        return {
            nyckel: _mask_value(varde) if _plain(nyckel) in _PATIENT_KEYS else _masked(varde)
            for nyckel, varde in del_.items()
        }
    if isinstance(del_, list):
        return [_masked(varde) for varde in del_]
    return del_


def _mask_value(varde: Any) -> Any:
    return mask(varde) if isinstance(varde, str) else _masked(varde)


def without_patient(text: str, patient_id: str) -> str:
    """Mask every way the patient's number can be written: with or without century and hyphen."""
    kort = patient_id[2:]
    monster = "|".join(
        re.escape(form)
        for form in (
            f"{patient_id[:8]}-{patient_id[8:]}",
            patient_id,
            f"{kort[:6]}-{kort[6:]}",
            f"{kort[:6]}+{kort[6:]}",
            kort,
        )
    )
    return re.sub(monster, mask(patient_id), text)[:_LONGEST]
