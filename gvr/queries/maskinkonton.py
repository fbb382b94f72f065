"""Sending systems as values."""

from gvr.models import Maskinkonto


def by_id(konto_id: int) -> Maskinkonto:
    """Return an account. Raises Maskinkonto.DoesNotExist."""
    return Maskinkonto.objects.get(pk=konto_id)
