"""Changes of master data by hand: signed, with a reason, kept by the database's own history."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from gvr.actions import arenden


def sign(*, by: Any, skal: str = "") -> None:
    """Say who changes what follows in this transaction, and why. Must run inside a transaction.

    The triggers of the history (`gvr_andring`) read it. It is gone when the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('app.anvandare', %s, true), set_config('app.skal', %s, true)",
            [by.get_username() if by is not None else "", skal],
        )


@transaction.atomic
def save(rad: Model, *, by: Any, skal: str, at: datetime) -> None:
    """Save one row of master data, and wake the worker: waiting contacts may be decided now."""
    del at  # the history keeps the database's own clock
    sign(by=by, skal=skal)
    rad.save()
    arenden.ring()
