"""The access log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gvr.models import Loggpost


def record(
    *,
    by: Any,
    handelse: str,
    patienter: Sequence[str],
    at: datetime,
    objekt: str = "",
    vardgivare_id: int | None = None,
    enhet: str = "",
    skal: str = "",
) -> None:
    """Record one act on patient data, with every patient it touched."""
    Loggpost.objects.create(
        tid=at,
        anvandare_id=by.pk if by is not None else None,
        anvandare=by.get_username() if by is not None else "systemet",
        handelse=handelse,
        objekt=objekt,
        vardgivare_id=vardgivare_id,
        enhet=enhet,
        patienter=list(patienter),
        skal=skal,
    )
