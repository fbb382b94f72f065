"""Webhookar: making a receiver, pausing it, changing its secret, trying it, sending again.

A secret is given out once, when it is made, and is kept sealed (`gvr.queries.forsegling`). The feed
of receipts is the truth; all that happens here is about who is told of it.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import uuid_utils.compat as uuid
from django.conf import settings
from django.db import transaction

from gvr.actions import andringar, webhookpost
from gvr.actions.arenden import Klocka
from gvr.core import mottagaradress, webhookfel  # noqa: F401  - the latter registers the codes
from gvr.core.felkatalog import FELKATALOG
from gvr.core.mottagaradress import Adress
from gvr.core.webhook import (
    FELTEXTER,
    FLEST_MOTTAGARE,
    KVITTENSER,
    OVERLAPP,
    PROV,
    SPARAS,
    Lage,
    Orsak,
    Status,
    new_secret,
)
from gvr.models import Maskinkonto, Webhook, Webhooklage, Webhookmeddelande
from gvr.queries import forsegling, kvittenser
from gvr.queries.behorighet import databaskontext

TASK: Final = "gvr.tasks.send_webhooks"
_SLUMPBYTES: Final = 32

klocka: Final = Klocka(task=TASK)


class UnableToDo(Exception):
    """What was asked for was not done; `kod` is one of the catalogue's, `text` says why."""

    def __init__(self, kod: str, text: str = "") -> None:
        super().__init__(kod)
        self.kod = kod
        self.text = text or FELKATALOG[kod].text


def ring() -> None:
    """Wake a sender after commit. A dead broker is no fault: the sweeper finds the work."""
    transaction.on_commit(klocka.ring)


def allowed(adress: str) -> Adress:
    """Return the address as it may be used now. Raises UnableToDo: WEBHOOK_ADRESS."""
    last = mottagaradress.parse(adress, utan_tls=settings.WEBHOOK_UTAN_TLS)
    if isinstance(last, str):
        raise UnableToDo("WEBHOOK_ADRESS", last)
    hinder = webhookpost.refusal(
        last, tillatna=settings.WEBHOOK_TILLATNA_NAT, uppslag=webhookpost.look_up
    )
    if hinder is not None:
        raise UnableToDo("WEBHOOK_ADRESS", f"{FELTEXTER[hinder]}.")
    return last


def create(
    konto_id: int,
    *,
    adress: str,
    nivaer: Sequence[str],
    efter: int | None = None,
    by: Any,
    at: datetime,
    skal: str = "",
) -> tuple[Webhook, str]:
    """Make a receiver and return it with its secret, which is never shown again.

    It is told of what comes after receipt `efter`; None is of what comes from now on. Raises
    UnableToDo: WEBHOOK_ADRESS, WEBHOOK_FINNS, WEBHOOK_FOR_MANGA, WEBHOOK_FRAMTID.
    """
    allowed(adress)
    with databaskontext(alla=True):
        konto = Maskinkonto.objects.select_for_update().get(pk=konto_id)
        egna = Webhook.objects.filter(maskinkonto=konto, borttagen=None)
        if egna.filter(adress=adress).exists():
            raise UnableToDo("WEBHOOK_FINNS")
        if egna.count() >= FLEST_MOTTAGARE:
            raise UnableToDo("WEBHOOK_FOR_MANGA")
        senaste = kvittenser.newest(konto.kallsystem)
        if efter is not None and efter > senaste:
            raise UnableToDo("WEBHOOK_FRAMTID")
        andringar.sign(by=by, skal=skal)
        hemlighet = new_secret(secrets.token_bytes(_SLUMPBYTES))
        webhook = Webhook.objects.create(
            uuid=uuid.uuid7(),
            maskinkonto=konto,
            adress=adress,
            nivaer=sorted(set(nivaer)),
            skapad=at,
            skapad_av=by.get_username(),
        )
        Webhooklage.objects.create(
            webhook=webhook,
            hemlighet=forsegling.seal(hemlighet),
            sekvens=senaste if efter is None else efter,
            nasta=at,
        )
        ring()
    return webhook, hemlighet


def remove(webhook: Webhook, *, by: Any, at: datetime, skal: str = "") -> None:
    """Take a receiver away, and its secrets with it. What was sent stays in the log."""
    with databaskontext(alla=True):
        _hold(webhook)
        andringar.sign(by=by, skal=skal)
        Webhook.objects.filter(pk=webhook.pk, borttagen=None).update(borttagen=at)
        Webhooklage.objects.filter(pk=webhook.pk).update(
            hemlighet=b"", tidigare=None, tidigare_till=None
        )
        _waiting(webhook).update(status=Status.ERSATT.value, nasta_forsok=None)


def rotate(
    webhook: Webhook, *, overlapp: timedelta = OVERLAPP, by: Any, at: datetime, skal: str = ""
) -> str:
    """Give a receiver a new secret and return it. The former signs too for as long as `overlapp`.

    A receiver that was paused because its secret could not be read goes on.
    """
    hemlighet = new_secret(secrets.token_bytes(_SLUMPBYTES))
    with databaskontext(alla=True):
        lage = _hold(webhook)
        andringar.sign(by=by, skal=skal)
        if overlapp > timedelta(0):
            lage.tidigare, lage.tidigare_till = lage.hemlighet, at + overlapp
        else:
            lage.tidigare, lage.tidigare_till = None, None
        lage.hemlighet = forsegling.seal(hemlighet)
        lage.roterad = at
        lage.save(update_fields=["hemlighet", "tidigare", "tidigare_till", "roterad"])
        webhook.refresh_from_db()
        if webhook.orsak == Orsak.HEMLIGHET.value:
            _resume(webhook, lage, at=at)
    return hemlighet


def pause(webhook: Webhook, orsak: Orsak, *, by: Any, at: datetime, skal: str = "") -> None:
    """Stop telling a receiver, from the next call on. One that is paused keeps its reason."""
    with databaskontext(alla=True):
        _hold(webhook)
        andringar.sign(by=by, skal=skal)
        Webhook.objects.filter(pk=webhook.pk, lage=Lage.AKTIV.value).update(
            lage=Lage.PAUSAD.value, orsak=orsak.value, pausad=at
        )


def resume(webhook: Webhook, *, by: Any, at: datetime, skal: str = "") -> None:
    """Tell a paused receiver again, from where it was: nothing is passed over."""
    with databaskontext(alla=True):
        lage = _hold(webhook)
        andringar.sign(by=by, skal=skal)
        _resume(webhook, lage, at=at)


def _resume(webhook: Webhook, lage: Webhooklage, *, at: datetime) -> None:
    Webhook.objects.filter(pk=webhook.pk).update(lage=Lage.AKTIV.value, orsak="", pausad=None)
    lage.misslyckade, lage.nasta = 0, at
    lage.save(update_fields=["misslyckade", "nasta"])
    _waiting(webhook).update(nasta_forsok=at)
    ring()


def probe(webhook: Webhook, *, at: datetime) -> Webhookmeddelande:
    """Ask for one test message, sent once, also to a receiver that is paused.

    One that already waits is returned as it is.
    """
    with databaskontext(alla=True):
        _hold(webhook)
        meddelande, _ = Webhookmeddelande.objects.get_or_create(
            webhook=webhook,
            typ=PROV,
            status=Status.VANTAR.value,
            defaults={"uuid": uuid.uuid7(), "skapad": at, "nasta_forsok": at},
        )
        ring()
    return meddelande


def replay(webhook: Webhook, efter: int, *, at: datetime) -> None:
    """Send everything after receipt `efter` again, in order, in new messages.

    A message that waits and would be sent within it gives way. Raises UnableToDo: WEBHOOK_FRAMTID
    for a receipt that has not been sent a first time.
    """
    with databaskontext(alla=True):
        lage = _hold(webhook)
        if efter > lage.sekvens:
            raise UnableToDo("WEBHOOK_FRAMTID")
        _waiting(webhook).filter(typ=KVITTENSER, efter__gte=efter).update(
            status=Status.ERSATT.value, nasta_forsok=None
        )
        lage.sekvens, lage.nasta = efter, at
        lage.save(update_fields=["sekvens", "nasta"])
        ring()


def _hold(webhook: Webhook) -> Webhooklage:
    """Lock the receiver's state: a message is made, and given up, under the same lock."""
    return Webhooklage.objects.select_for_update().get(pk=webhook.pk)


def _waiting(webhook: Webhook) -> Any:
    return Webhookmeddelande.objects.filter(webhook=webhook, status=Status.VANTAR.value)


def forget(*, at: datetime) -> int:
    """Remove messages that are done and older than thirty days; return how many."""
    with databaskontext(alla=True):
        antal, _ = (
            Webhookmeddelande.objects.filter(skapad__lt=at - SPARAS)
            .exclude(status=Status.VANTAR.value)
            .delete()
        )
    return antal


def seal_anew() -> int:
    """Seal with today's key what is sealed with a former one; return how many.

    Former secrets whose time is over are removed. What no key opens is left: its receiver is paused
    when something is to be sent.
    """
    antal = 0
    with databaskontext(alla=True):
        for lage in Webhooklage.objects.select_for_update().filter(webhook__borttagen=None):
            falt = []
            for namn in ("hemlighet", "tidigare"):
                sealed = getattr(lage, namn)
                if not sealed:
                    continue
                try:
                    ny = forsegling.seal_anew(sealed)
                except forsegling.UnableToOpen:
                    continue
                if ny is not None:
                    setattr(lage, namn, ny)
                    falt.append(namn)
            if falt:
                lage.save(update_fields=falt)
                antal += 1
    return antal
