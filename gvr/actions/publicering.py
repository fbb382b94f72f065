"""From draft to published, with a second person, bound to the content's hash."""

from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction

from gvr.actions import andringar, arenden
from gvr.bas import Publicering, Status

P = TypeVar("P", bound=Publicering)


class UnableToPublish(Exception):
    """The step cannot be taken; the text says why and what to do."""


@transaction.atomic
def submit(rad: P, *, by: Any, at: datetime, innehall_hash: str) -> P:
    """Hand in a draft. What it says can no longer be changed unless it is taken back."""
    rad = _held(rad, Status.UTKAST)
    rad.status, rad.innehall_hash = Status.INLAMNAD, innehall_hash
    rad.inlamnad, rad.inlamnad_av = at, by
    return _save(rad, by, "Inlämnad")


@transaction.atomic
def approve(rad: P, *, by: Any, at: datetime, innehall_hash: str) -> P:
    """Approve what was handed in: another person, and exactly the content that person has seen."""
    rad = _held(rad, Status.INLAMNAD)
    if by.pk in (rad.skapad_av_id, rad.inlamnad_av_id):
        raise UnableToPublish("Den som skrev eller lämnade in kan inte godkänna. Be en kollega.")
    if innehall_hash != rad.innehall_hash:
        raise UnableToPublish("Innehållet har ändrats sedan du läste det. Läs igenom det igen.")
    rad.status, rad.godkand_hash = Status.GODKAND, innehall_hash
    rad.godkand, rad.godkand_av = at, by
    return _save(rad, by, "Godkänd")


@transaction.atomic
def publish(rad: P, *, by: Any, at: datetime) -> P:
    """Publish what is approved. From now on decisions know it, and it never changes again."""
    rad = _held(rad, Status.GODKAND)
    rad.status, rad.publicerad = Status.PUBLICERAD, at
    rad = _save(rad, by, "Publicerad")
    arenden.ring()
    return rad


@transaction.atomic
def withdraw(rad: P, *, by: Any, skal: str) -> P:
    """Take what is handed in or approved back to draft; the approval is gone."""
    rad = _held(rad, Status.INLAMNAD, Status.GODKAND)
    rad.status, rad.godkand_hash = Status.UTKAST, ""
    rad.inlamnad = rad.inlamnad_av = rad.godkand = rad.godkand_av = None
    return _save(rad, by, skal)


@transaction.atomic
def discard(rad: P, *, by: Any, skal: str) -> None:
    """Throw a draft away. Nothing else can be thrown away."""
    rad = _held(rad, Status.UTKAST)
    andringar.sign(by=by, skal=skal)
    rad.delete()


def _held(rad: P, *vantade: Status) -> P:
    """Return the row as it is now, held until the transaction ends, if it is where it should be."""
    nu: P = type(rad)._default_manager.select_for_update().get(pk=rad.pk)
    if nu.status not in vantade:
        raise UnableToPublish(
            f"Steget kan inte tas: {nu} är {Status(nu.status).label.lower()}. Ladda om sidan."
        )
    return nu


def _save(rad: P, by: Any, skal: str) -> P:
    andringar.sign(by=by, skal=skal)
    rad.save()
    return rad
