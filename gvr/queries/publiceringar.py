"""Documents on their way from draft to published, whatever they are."""

from datetime import datetime
from typing import Any

import msgspec
from django.db.models import QuerySet

from gvr.bas import Status


class Vantande(msgspec.Struct, frozen=True, kw_only=True):
    """A version that somebody must act on. `tabell` and `id` find its page."""

    tabell: str
    slag: str
    id: int
    namn: str
    version: int
    status: str
    av: str
    sedan: datetime | None
    skrivna_av: frozenset[int]  # who wrote or handed it in, and so may not approve it


def waiting(rader: "QuerySet[Any]", tabell: str, slag: str) -> tuple[Vantande, ...]:
    """Return the versions that are handed in or approved, oldest first."""
    return tuple(
        Vantande(
            tabell=tabell,
            slag=slag,
            id=rad.pk,
            namn=rad.namn,
            version=rad.version,
            status=rad.status,
            av=(rad.inlamnad_av or rad.skapad_av).get_full_name()
            or (rad.inlamnad_av or rad.skapad_av).get_username(),
            sedan=rad.godkand or rad.inlamnad,
            skrivna_av=frozenset(
                pk for pk in (rad.skapad_av_id, rad.inlamnad_av_id) if pk is not None
            ),
        )
        for rad in rader.filter(status__in=[Status.INLAMNAD, Status.GODKAND])
        .select_related("skapad_av", "inlamnad_av")
        .order_by("inlamnad")[:200]
    )
