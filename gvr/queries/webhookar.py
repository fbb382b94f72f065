"""Receivers of webhooks as values: how they stand, and what has been sent to them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from gvr.core.webhook import (
    FELTEXTER,
    ORSAKSTEXTER,
    Fel,
    Lage,
    Orsak,
    Status,
    message_id,
)
from gvr.models import Webhook, Webhookmeddelande
from gvr.queries.behorighet import databaskontext


class Mottagare(msgspec.Struct, frozen=True, kw_only=True):
    """A receiver and how it stands. `vard` is its host: the rest of an address may hold a key.

    `misslyckade` counts failed calls in a row; `nasta` is when the next try may be made after one.
    """

    pk: int
    uuid: UUID
    maskinkonto: str
    adress: str
    vard: str
    nivaer: Sequence[str]
    lage: Lage
    orsak: str
    orsak_i_ord: str
    pausad: datetime | None
    skapad: datetime
    skapad_av: str
    sekvens: int
    misslyckade: int
    nasta: datetime | None
    senast_lyckad: datetime | None
    senast_forsok: datetime | None
    senaste_status: int | None
    senaste_fel: str
    fel_i_ord: str
    roterad: datetime | None
    tidigare_till: datetime | None

    @property
    def svarar(self) -> bool:
        """Say whether its last call went well, or none has been made."""
        return not self.misslyckade


class Meddelande(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the log, the newest first. `id` is its webhook-id."""

    pk: int
    id: str
    typ: str
    status: Status
    status_i_ord: str
    efter: int | None
    till: int | None
    antal: int
    skapad: datetime
    forsok: int
    senast_forsok: datetime | None
    nasta_forsok: datetime | None
    levererat: datetime | None
    millisekunder: int | None
    svarskod: int | None
    fel: str
    svar_i_ord: str


def of_account(konto_id: int) -> Sequence[Mottagare]:
    """Return an account's receivers, the oldest first; those taken away are not among them."""
    with databaskontext(alla=True):
        return [
            as_receiver(rad)
            for rad in _told().filter(maskinkonto_id=konto_id, borttagen=None).order_by("pk")
        ]


def of_systems(kallsystem: Collection[str]) -> dict[str, Sequence[Mottagare]]:
    """Return the receivers of some sending systems, by system. Needs the region's reach."""
    svar: dict[str, list[Mottagare]] = {}
    rader = _told().filter(maskinkonto__kallsystem__in=kallsystem, borttagen=None).order_by("pk")
    for rad in rader:
        svar.setdefault(rad.maskinkonto.kallsystem, []).append(as_receiver(rad))
    return dict(svar)


def row(konto_id: int, uuid: UUID) -> Webhook | None:
    """Return the row of one of an account's receivers; None when it has none with this id."""
    with databaskontext(alla=True):
        return Webhook.objects.filter(maskinkonto_id=konto_id, uuid=uuid, borttagen=None).first()


def one(webhook_id: int) -> Mottagare:
    """Return a receiver, also one that is taken away. Raises Webhook.DoesNotExist."""
    with databaskontext(alla=True):
        return as_receiver(_told().get(pk=webhook_id))


def messages(webhook_id: int, *, fore: int | None = None, antal: int = 50) -> Sequence[Meddelande]:
    """Return a receiver's messages, the newest first: those before number `fore`."""
    with databaskontext(alla=True):
        rader = Webhookmeddelande.objects.filter(webhook_id=webhook_id)
        if fore is not None:
            rader = rader.filter(pk__lt=fore)
        return [_message(rad) for rad in rader.order_by("-pk")[:antal]]


def _told() -> QuerySet[Webhook]:
    return Webhook.objects.select_related("tillstand", "maskinkonto")


def as_receiver(rad: Webhook) -> Mottagare:
    """Return a row with its state as a value."""
    lage = rad.tillstand
    return Mottagare(
        pk=rad.pk,
        uuid=rad.uuid,
        maskinkonto=rad.maskinkonto.namn,
        adress=rad.adress,
        vard=urlsplit(rad.adress).hostname or "",
        nivaer=tuple(rad.nivaer),
        lage=Lage(rad.lage),
        orsak=rad.orsak,
        orsak_i_ord=ORSAKSTEXTER[Orsak(rad.orsak)] if rad.orsak else "",
        pausad=rad.pausad,
        skapad=rad.skapad,
        skapad_av=rad.skapad_av,
        sekvens=lage.sekvens,
        misslyckade=lage.misslyckade,
        nasta=lage.nasta if lage.misslyckade and rad.lage == Lage.AKTIV.value else None,
        senast_lyckad=lage.senast_lyckad,
        senast_forsok=lage.senast_forsok,
        senaste_status=lage.senaste_status,
        senaste_fel=lage.senaste_fel,
        fel_i_ord=_error_in_words(lage.senaste_fel, lage.senaste_status),
        roterad=lage.roterad,
        tidigare_till=lage.tidigare_till,
    )


def _message(rad: Webhookmeddelande) -> Meddelande:
    return Meddelande(
        pk=rad.pk,
        id=message_id(rad.uuid),
        typ=rad.typ,
        status=Status(rad.status),
        status_i_ord=str(rad.get_status_display()),
        efter=rad.efter,
        till=rad.till,
        antal=rad.antal,
        skapad=rad.skapad,
        forsok=rad.forsok,
        senast_forsok=rad.senast_forsok,
        nasta_forsok=rad.nasta_forsok,
        levererat=rad.levererat,
        millisekunder=rad.millisekunder,
        svarskod=rad.senaste_status,
        fel=rad.senaste_fel,
        svar_i_ord=answer_in_words(rad.senaste_fel, rad.senaste_status),
    )


def answer_in_words(fel: str, status: int | None) -> str:
    """Return what a call came to: an error in words, or the status of what was received."""
    if fel:
        return _error_in_words(fel, status)
    return "" if status is None else f"Mottaget ({status})"


def _error_in_words(fel: str, status: int | None) -> str:
    if not fel:
        return ""
    text = FELTEXTER[Fel(fel)]
    return f"{text} ({status})" if fel == Fel.STATUS.value and status is not None else text
