"""Contract areas by code."""

from gvr.models import Avtalsomrade


def by_code(kod: str | None) -> int | None:
    """Return the id of a contract area; None when there is none with this code."""
    return Avtalsomrade.objects.filter(kod=kod).values_list("pk", flat=True).first()
