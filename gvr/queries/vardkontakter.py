"""Registered vårdkontakter as the system that sent them may read them."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import F

from gvr.models import Vardkontakt, Vardkontaktversion
from gvr.queries.behorighet import databaskontext

MANY = 10  # contacts of one patient, day and unit that are told apart before giving up


def find(
    *,
    kallsystem: str,
    vardgivare: Collection[int],
    enheter: Collection[int] = (),
    vardhandelse_id: str | None = None,
    patient_id: str | None = None,
    dag: date | None = None,
    enhet: str | None = None,
) -> list[Vardkontaktversion]:
    """Return the newest version of the contacts that the system sent and that answer the question.

    Row level security shows only the providers given. A contact whose provider is not known yet is
    shown to nobody by that; its own sender may read it all the same.
    """
    villkor: dict[str, Any] = {
        "vardkontakt__vardhandelse_id": vardhandelse_id,
        "patient_id": patient_id,
        "dag": dag,
        "enhet_ref": enhet,
    }
    rader = (
        Vardkontaktversion.objects.select_related("vardkontakt")
        .filter(vardkontakt__kallsystem=kallsystem, version=F("vardkontakt__senaste_version"))
        .filter(**{falt: varde for falt, varde in villkor.items() if varde is not None})
        .order_by("vardkontakt_id")
    )
    with databaskontext(vardgivare=vardgivare, enheter=enheter):
        funna = list(rader[:MANY])
    if funna:
        return funna
    with databaskontext(alla=True):
        return list(rader.filter(vardkontakt__vardgivare=None)[:MANY])


def by_natural_key(kallsystem: str, vardhandelse_id: str) -> Vardkontakt | None:
    """Return a contact by who sent it and what they call it. Needs a context that shows it."""
    return Vardkontakt.objects.filter(
        kallsystem=kallsystem, vardhandelse_id=vardhandelse_id
    ).first()


def not_cancelled(kallsystem: str, *, limit: int) -> list[str]:
    """Return ids of contacts of a system whose newest version stands, at most `limit`."""
    with databaskontext(alla=True):
        rader = Vardkontaktversion.objects.filter(
            vardkontakt__kallsystem=kallsystem,
            version=F("vardkontakt__senaste_version"),
            makulerad=False,
        )
        return list(
            rader.order_by("vardkontakt_id").values_list("vardkontakt__vardhandelse_id", flat=True)[
                :limit
            ]
        )
