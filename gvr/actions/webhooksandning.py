"""Sending to receivers: claimed from PostgreSQL with a lease, in order, at least once.

A receiver has one message under way at a time. It is made of the receipts after the last one that
is in a message, stored before it is sent, and sent under the same id until it is received, given up
or replaced. What waits is found again after a crash; a receiver that does not answer waits for its
own next try, and at most half of the places are given to such as failed the last time.
"""

import logging
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import uuid_utils.compat as uuid
from django.conf import settings
from django.db import connection
from django.utils.timezone import localdate
from standardwebhooks import Webhook as Signatur

from gvr.actions import webhookar, webhookpost
from gvr.actions.webhookpost import Postkontor, Svar
from gvr.core import mottagaradress
from gvr.core.mottagaradress import Adress
from gvr.core.webhook import (
    FLEST_FORSOK,
    FLEST_KVITTENSER,
    KVITTENSER,
    LEASE,
    PROV,
    TIDSGRANS,
    Fel,
    Lage,
    Orsak,
    Status,
    message_id,
    pause,
)
from gvr.models import Kvittens, Webhook, Webhooklage, Webhookmeddelande
from gvr.queries import behorighet, forsegling, kvittenser
from gvr.queries.behorighet import Maskin, databaskontext
from gvr.queries.kvittensform import Kvittenser, as_kvittens

logger = logging.getLogger(__name__)

PLATSER: Final = 16
_TROGA: Final = PLATSER // 2
_BUDGET: Final = 20.0  # seconds before a sender lets go, so that a worker can be stopped
_LYSSNA: Final = 0.1

Nu = Callable[[], datetime]


class Utskick(msgspec.Struct, frozen=True, kw_only=True):
    """A call to make: to whom, under which lease, and what."""

    webhook_id: int
    meddelande_id: int
    lease_till: datetime
    trog: bool
    adress: Adress | None
    kropp: bytes
    huvuden: dict[str, str]


def send_waiting(*, nu: Nu, budget: float = _BUDGET, tidsgrans: timedelta = TIDSGRANS) -> int:
    """Send until nothing more is to be sent now, or the budget (seconds) is used up.

    Returns how many calls were made. `nu` is the clock.
    """
    forst = _prepared(nu(), PLATSER, troga=_TROGA)
    if not forst:
        return 0
    with Postkontor(
        platser=PLATSER,
        tillatna=settings.WEBHOOK_TILLATNA_NAT,
        rotcertifikat=settings.WEBHOOK_ROTCERTIFIKAT,
        uppslag=webhookpost.look_up,
        tidsgrans=tidsgrans,
    ) as kontor:
        return _send(forst, kontor, nu=nu, slut=time.monotonic() + budget)


def _send(forst: Sequence[Utskick], kontor: Postkontor, *, nu: Nu, slut: float) -> int:
    pagar: dict[Future[Svar], Utskick] = {}
    antal = 0
    nya = forst
    while True:
        for utskick in nya:
            pagar[_begin(utskick, kontor)] = utskick
            antal += 1
        if not pagar:
            break
        klara, _ = wait(pagar, timeout=_LYSSNA, return_when=FIRST_COMPLETED)
        for anrop in klara:
            record(pagar.pop(anrop), anrop.result(), at=nu())
        if time.monotonic() < slut:
            troga = sum(utskick.trog for utskick in pagar.values())
            nya = _prepared(nu(), PLATSER - len(pagar), troga=_TROGA - troga)
        else:
            nya = []
    if time.monotonic() >= slut:
        webhookar.klocka.ring()
    return antal


def _begin(utskick: Utskick, kontor: Postkontor) -> "Future[Svar]":
    if utskick.adress is not None:
        return kontor.post(utskick.adress, utskick.kropp, utskick.huvuden)
    nekat: Future[Svar] = Future()
    nekat.set_result(Svar(fel=Fel.OTILLATEN_ADRESS))
    return nekat


def _prepared(at: datetime, platser: int, *, troga: int) -> list[Utskick]:
    """Claim receivers for as many places, and prepare a call for each that has something to say."""
    lediga = claim(at=at, size=platser, troga=False)
    trogt = claim(at=at, size=min(platser - len(lediga), troga), troga=True)
    utskick = [
        prepare(webhook_id, at=at, trog=trog)
        for ids, trog in ((lediga, False), (trogt, True))
        for webhook_id in ids
    ]
    return [ett for ett in utskick if ett is not None]


def claim(*, at: datetime, size: int, troga: bool) -> list[int]:
    """Rent up to `size` receivers that something waits for: those whose last call failed, or not.

    A stopped account's receivers are left alone; a paused receiver gets its test message only.
    """
    if size <= 0:
        return []
    with databaskontext(alla=True), connection.cursor() as cursor:
        cursor.execute(
            "update gvr_webhooklage l set lease_till = %(till)s from ("
            " select l.webhook_id from gvr_webhooklage l"
            " join gvr_webhook w on w.id = l.webhook_id"
            " join gvr_maskinkonto k on k.id = w.maskinkonto_id"
            " join auth_user u on u.id = k.anvandare_id"
            " where w.borttagen is null and u.is_active"
            " and (k.stoppdatum is null or k.stoppdatum > %(dag)s)"
            " and (l.lease_till is null or l.lease_till < %(at)s)"
            " and (l.misslyckade > 0) = %(troga)s"
            " and (exists (select from gvr_webhookmeddelande m where m.webhook_id = w.id"
            "   and m.status = 'VANTAR' and m.typ = %(prov)s)"
            "  or (w.lage = 'AKTIV' and l.nasta <= %(at)s"
            "   and (exists (select from gvr_webhookmeddelande m where m.webhook_id = w.id"
            "     and m.status = 'VANTAR' and m.typ = %(kvittenser)s)"
            "    or exists (select from gvr_kvittens q where q.kallsystem = k.kallsystem"
            "     and q.sekvens > l.sekvens))))"
            " order by l.nasta limit %(size)s for update of l skip locked) som"
            " where l.webhook_id = som.webhook_id returning l.webhook_id",
            {
                "till": at + LEASE,
                "at": at,
                "dag": localdate(at),
                "troga": troga,
                "prov": PROV,
                "kvittenser": KVITTENSER,
                "size": size,
            },
        )
        return [rad[0] for rad in cursor.fetchall()]


def prepare(webhook_id: int, *, at: datetime, trog: bool = False) -> Utskick | None:
    """Return the call that a claimed receiver is to get, counted as made; None when there is none.

    What is told is what the account may see now, as in the feed. With nothing to tell, the receiver
    is moved past what it may not see and let go.
    """
    with databaskontext(alla=True):
        lage = (
            Webhooklage.objects.select_for_update(of=("self",))
            .select_related("webhook__maskinkonto")
            .get(pk=webhook_id)
        )
        webhook = lage.webhook
        maskin = behorighet.account_of(webhook.maskinkonto_id, day=localdate(at))
        meddelande, innehall = None, b""
        if maskin is not None and webhook.borttagen is None:
            meddelande, innehall = _message(lage, maskin, at=at)
        if meddelande is None:
            lage.lease_till = None
            lage.save(update_fields=["lease_till"])
            return None
        huvuden = _headers(lage, meddelande, innehall, at=at)
        if huvuden is None:
            _stop(lage, Orsak.HEMLIGHET, at=at)
            return None
        meddelande.forsok += 1
        meddelande.senast_forsok = at
        meddelande.save(update_fields=["forsok", "senast_forsok"])
        lage.senast_forsok = at
        lage.save(update_fields=["senast_forsok"])
        adress = mottagaradress.parse(webhook.adress, utan_tls=settings.WEBHOOK_UTAN_TLS)
        return Utskick(
            webhook_id=webhook_id,
            meddelande_id=meddelande.pk,
            lease_till=lage.lease_till or at,
            trog=trog,
            adress=None if isinstance(adress, str) else adress,
            kropp=innehall,
            huvuden=huvuden,
        )


def _message(
    lage: Webhooklage, maskin: Maskin, *, at: datetime
) -> tuple[Webhookmeddelande | None, bytes]:
    """Return the message that is next in turn with its body: a test, one that waits, a new one."""
    vantar = {
        rad.typ: rad
        for rad in Webhookmeddelande.objects.filter(
            webhook=lage.webhook, status=Status.VANTAR.value
        )
    }
    if PROV in vantar:
        prov = vantar[PROV]
        return prov, _body(PROV, prov.skapad, {"webhook": str(lage.webhook.uuid)})
    if lage.webhook.lage != Lage.AKTIV.value or lage.nasta > at:
        return None, b""
    if KVITTENSER in vantar:
        meddelande = vantar[KVITTENSER]
        sida = _page(lage, maskin, efter=meddelande.efter or 0, till=meddelande.till)
        if sida.rader:
            return meddelande, _receipts(meddelande, sida, lage)
        # The account has lost the right to see any of it since.
        meddelande.status, meddelande.nasta_forsok = Status.ERSATT.value, None
        meddelande.save(update_fields=["status", "nasta_forsok"])
    sida = _page(lage, maskin, efter=lage.sekvens)
    efter, lage.sekvens = lage.sekvens, sida.till
    lage.save(update_fields=["sekvens"])
    if not sida.rader:
        return None, b""
    meddelande = Webhookmeddelande.objects.create(
        uuid=uuid.uuid7(),
        webhook=lage.webhook,
        typ=KVITTENSER,
        efter=efter,
        till=sida.till,
        antal=len(sida.rader),
        skapad=at,
        nasta_forsok=at,
    )
    return meddelande, _receipts(meddelande, sida, lage)


def _page(
    lage: Webhooklage, maskin: Maskin, *, efter: int, till: int | None = None
) -> kvittenser.Sida:
    return kvittenser.page(
        efter,
        kallsystem=maskin.kallsystem,
        vardgivare=maskin.omfang.vardgivare,
        enheter=maskin.omfang.enheter,
        antal=FLEST_KVITTENSER,
        nivaer=lage.webhook.nivaer,
        till=till,
    )


def _receipts(meddelande: Webhookmeddelande, sida: kvittenser.Sida, lage: Webhooklage) -> bytes:
    nasta = meddelande.till or sida.till
    fler = Kvittens.objects.filter(
        kallsystem=lage.webhook.maskinkonto.kallsystem, sekvens__gt=nasta
    ).exists()
    data = Kvittenser(kvittenser=[as_kvittens(rad) for rad in sida.rader], nasta=nasta, fler=fler)
    return _body(KVITTENSER, meddelande.skapad, data)


def _body(typ: str, skapad: datetime, data: Any) -> bytes:
    return msgspec.json.encode({"type": typ, "timestamp": skapad.isoformat(), "data": data})


def _headers(
    lage: Webhooklage, meddelande: Webhookmeddelande, kropp: bytes, *, at: datetime
) -> dict[str, str] | None:
    """Return the headers, signed with each secret that holds; None when one cannot be read."""
    sealed = [lage.hemlighet]
    if lage.tidigare and lage.tidigare_till is not None and at < lage.tidigare_till:
        sealed.append(lage.tidigare)
    try:
        hemligheter = [forsegling.open_sealed(rad) for rad in sealed]
    except forsegling.UnableToOpen:
        return None
    msg_id = message_id(meddelande.uuid)
    tid = at.replace(microsecond=0)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Ersattningskedjan-webhook/1",
        "webhook-id": msg_id,
        "webhook-timestamp": str(int(tid.timestamp())),
        "webhook-signature": " ".join(sign(h, msg_id, tid, kropp) for h in hemligheter),
    }


def sign(hemlighet: str, msg_id: str, tid: datetime, kropp: bytes) -> str:
    """Return the signature (v1) of a body. The library takes any time for UTC, so it is made so."""
    return Signatur(hemlighet).sign(msg_id, tid.astimezone(UTC), kropp.decode())


def record(utskick: Utskick, svar: Svar, *, at: datetime) -> None:
    """Keep what came of a call, let the receiver go, and say when the next call may be made.

    A message that was replaced while it was under way keeps its place in the log. After the last
    try, or a 410, the message is given up and the receiver paused where it began.
    """
    with databaskontext(alla=True):
        lage = (
            Webhooklage.objects.select_for_update(of=("self",))
            .select_related("webhook")
            .get(pk=utskick.webhook_id)
        )
        meddelande = Webhookmeddelande.objects.get(pk=utskick.meddelande_id)
        _note_call(lage, meddelande, svar, at=at)
        if lage.lease_till == utskick.lease_till:
            lage.lease_till = None
        vantade = meddelande.status == Status.VANTAR.value
        if svar.fel is None:
            lage.misslyckade, lage.senast_lyckad, lage.nasta = 0, at, at
            if vantade:
                meddelande.status, meddelande.levererat = Status.LEVERERAT.value, at
                meddelande.nasta_forsok = None
            if meddelande.typ == PROV:
                _waiting(lage).update(nasta_forsok=at)
        elif meddelande.typ == PROV:
            meddelande.status, meddelande.nasta_forsok = Status.UPPGIVET.value, None
        else:
            lage.misslyckade += 1
            borta = svar.fel is Fel.BORTA
            if vantade and (borta or meddelande.forsok >= FLEST_FORSOK):
                meddelande.status, meddelande.nasta_forsok = Status.UPPGIVET.value, None
                lage.sekvens = min(lage.sekvens, meddelande.efter or 0)
                _stop(lage, Orsak.BORTA if borta else Orsak.SVARAR_INTE, at=at)
            else:
                slump = secrets.randbelow(1000) / 1000
                lage.nasta = at + pause(meddelande.forsok, slump=slump, begard=svar.begard)
                if vantade:
                    meddelande.nasta_forsok = lage.nasta
        meddelande.save()
        lage.save()


def _waiting(lage: Webhooklage) -> Any:
    return Webhookmeddelande.objects.filter(
        webhook_id=lage.pk, typ=KVITTENSER, status=Status.VANTAR.value
    )


def _note_call(
    lage: Webhooklage, meddelande: Webhookmeddelande, svar: Svar, *, at: datetime
) -> None:
    fel = "" if svar.fel is None else svar.fel.value
    for rad in (lage, meddelande):
        rad.senaste_status, rad.senaste_fel = svar.status, fel
        rad.senast_forsok = at
    meddelande.millisekunder = svar.millisekunder


def _stop(lage: Webhooklage, orsak: Orsak, *, at: datetime) -> None:
    """Pause the receiver for a reason of ours, and let it go."""
    lage.lease_till = None
    lage.save(update_fields=["lease_till"])
    Webhook.objects.filter(pk=lage.pk, lage=Lage.AKTIV.value).update(
        lage=Lage.PAUSAD.value, orsak=orsak.value, pausad=at
    )
    logger.warning("webhook.pausad webhook=%s orsak=%s", lage.webhook.uuid, orsak.value)
