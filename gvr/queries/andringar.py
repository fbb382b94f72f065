"""The history of master data and permissions: what was changed, and how a row was at a moment."""

from datetime import datetime
from typing import Any

from gvr.models import Andring


def of_row(tabell: str, rad: object, *, limit: int = 200) -> list[Andring]:
    """Return the changes of one row, newest first."""
    return list(Andring.objects.filter(tabell=tabell, rad=str(rad)).order_by("-pk")[:limit])


def as_it_was(tabell: str, rad: object, *, at: datetime) -> dict[str, Any] | None:
    """Return the whole row as it was at a moment, None when it did not exist."""
    senast = (
        Andring.objects.filter(tabell=tabell, rad=str(rad), tid__lte=at).order_by("-pk").first()
    )
    return senast.efter if senast is not None else None


def table_as_it_was(tabell: str, *, at: datetime) -> list[dict[str, Any]]:
    """Return every row of a table as it was at a moment, in the order of their ids."""
    senaste = (
        Andring.objects.filter(tabell=tabell, tid__lte=at)
        .order_by("rad", "-pk")
        .distinct("rad")
        .values_list("efter", flat=True)
    )
    return sorted((rad for rad in senaste if rad is not None), key=lambda rad: int(rad["id"]))
