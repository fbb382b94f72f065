"""Showing what was sent without showing whom it is about: for logs that developers read."""

import json
from typing import Any, Final

from gvr.core.fritext import mask_identities
from gvr.core.personnummer import mask

LANGST: Final = 40_000
DOLT: Final = "•••"
_PATIENT: Final = frozenset({"patientid", "personnummer", "patient", "pnr", "lmanummer"})
_NAMN: Final = frozenset({"namn", "fornamn", "efternamn", "tilltalsnamn", "adress", "telefon"})
_VARD: Final = frozenset({"diagnoser", "diagnos", "tillstand", "fodd"})


def masked_body(kropp: bytes) -> str | None:
    """Return a JSON or NDJSON body with patients and names masked and diagnoses hidden.

    None for what cannot be taken apart with certainty, or is too long: it is not shown at all.
    """
    try:
        text = kropp.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if len(text) > LANGST:
        return None
    try:
        return json.dumps(_masked(json.loads(text)), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        pass
    try:
        rader = [json.loads(rad) for rad in text.splitlines() if rad.strip()]
    except (ValueError, RecursionError):
        return None
    return "\n".join(json.dumps(_masked(rad), ensure_ascii=False) for rad in rader) or None


def _masked(del_: Any, nyckel: str = "") -> Any:
    if nyckel in _VARD or nyckel in _NAMN:
        return DOLT
    if isinstance(del_, dict):
        return {k: _masked(v, k.replace("_", "").lower()) for k, v in del_.items()}
    if isinstance(del_, list):
        return [_masked(v, nyckel) for v in del_]
    if nyckel in _PATIENT:
        return mask(del_) if isinstance(del_, str) else DOLT
    return mask_identities(del_) if isinstance(del_, str) else del_
