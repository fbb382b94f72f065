"""The addresses of webhookar: an account's own receivers, and what has been sent to them.

No call here takes an idempotency key: its answer would be kept, and with it a secret. Making a
receiver twice is refused by its address instead, and the others may be done again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.urls import path
from django.utils.timezone import localtime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from msgspec import Meta
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from gvr.actions import webhookar
from gvr.actions.webhookar import UnableToDo
from gvr.api import avkodning, kontrakt, schema, svar
from gvr.api.anrop import Anrop, Vy, check_media_type, read
from gvr.api.problem import Avvisat, as_fel, respond
from gvr.core.webhook import (
    LANGSTA_OVERLAPP_TIMMAR,
    OVERLAPP,
    Orsak,
    message_id,
)
from gvr.models import Webhook
from gvr.queries import webhookar as fragor
from gvr.queries.webhookar import Meddelande, Mottagare

JSON: Final = ("application/json",)
AVDELNING: Final = "Webhookar"
Niva = Literal["K2", "K3", "K4"]
_UUID: Final = OpenApiParameter(
    "uuid", OpenApiTypes.UUID, OpenApiParameter.PATH, description="Webhookens id."
)
_FORE: Final = OpenApiParameter(
    "fore",
    {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
    OpenApiParameter.QUERY,
    description="Bara meddelanden före numret; nasta i förra svaret.",
)
_SKRIVER: Final = (400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 503)


class Webhookansokan(kontrakt.Ingaende):
    """A receiver to be made. Without `efter` it is told of what comes from now on."""

    adress: Annotated[
        str,
        Meta(min_length=1, max_length=500, examples=["https://journal.example/ersattningskedjan"]),
    ]
    nivaer: Annotated[tuple[Niva, ...], Meta(min_length=1, max_length=3)] = (
        "K2",
        "K3",
        "K4",
    )
    efter: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None


class Rotation(kontrakt.Ingaende):
    """A change of secret. `overlappTimmar` is how long both hold."""

    overlapp_timmar: Annotated[int, Meta(ge=0, le=LANGSTA_OVERLAPP_TIMMAR)] = (
        int(OVERLAPP.total_seconds()) // 3600
    )


class Omspelning(kontrakt.Ingaende):
    """From where to send again: everything after this receipt."""

    efter: Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Webhookrad(kontrakt.Utgaende):
    """A receiver and how it stands."""

    uuid: str
    adress: str
    nivaer: Sequence[str]
    lage: str
    sekvens: int
    skapad: str
    misslyckade: int
    orsak: str = ""
    pausad: str | None = None
    senast_lyckad: str | None = None
    senaste_fel: str = ""
    senaste_status: int | None = None
    nasta_forsok: str | None = None
    tidigare_hemlighet_till: str | None = None


class Webhooksvar(Webhookrad):
    """A receiver. `hemlighet` is there once, when it is made."""

    hemlighet: str | None = None


class Webhooklista(kontrakt.Utgaende):
    """The account's receivers."""

    webhooks: Sequence[Webhookrad]


class Hemlighetssvar(kontrakt.Utgaende):
    """The new secret. The former signs too until `tidigareHemlighetTill`."""

    hemlighet: str
    tidigare_hemlighet_till: str | None = None


class Webhookmeddelande(kontrakt.Utgaende):
    """A message, and how it went. `id` is the webhook-id of every call."""

    id: str
    typ: str
    status: str
    forsok: int
    skapad: str
    antal: int
    efter: int | None = None
    till: int | None = None
    svarskod: int | None = None
    fel: str = ""
    levererat: str | None = None
    nasta_forsok: str | None = None
    millisekunder: int | None = None


class Webhookmeddelanden(kontrakt.Utgaende):
    """A page of the log, newest first; ask again with `fore` = `nasta`."""

    meddelanden: Sequence[Webhookmeddelande]
    nasta: int | None = None


class Provsvar(kontrakt.Utgaende):
    """The test message that will be sent: its webhook-id."""

    id: str


def _receiver(rad: Mottagare, hemlighet: str | None = None) -> Webhooksvar:
    return Webhooksvar(
        uuid=str(rad.uuid),
        adress=rad.adress,
        nivaer=rad.nivaer,
        lage=rad.lage.value,
        orsak=rad.orsak,
        pausad=_time(rad.pausad),
        sekvens=rad.sekvens,
        skapad=localtime(rad.skapad).isoformat(),
        misslyckade=rad.misslyckade,
        senast_lyckad=_time(rad.senast_lyckad),
        senaste_fel=rad.senaste_fel,
        senaste_status=rad.senaste_status,
        nasta_forsok=_time(rad.nasta),
        tidigare_hemlighet_till=_time(rad.tidigare_till),
        hemlighet=hemlighet,
    )


def _message(rad: Meddelande) -> Webhookmeddelande:
    return Webhookmeddelande(
        id=rad.id,
        typ=rad.typ,
        status=rad.status.value,
        forsok=rad.forsok,
        skapad=localtime(rad.skapad).isoformat(),
        antal=rad.antal,
        efter=rad.efter,
        till=rad.till,
        svarskod=rad.svarskod,
        fel=rad.fel,
        levererat=_time(rad.levererat),
        nasta_forsok=_time(rad.nasta_forsok),
        millisekunder=rad.millisekunder,
    )


def _time(tid: datetime | None) -> str | None:
    return None if tid is None else localtime(tid).isoformat()


def _decode(request: Request, typ: type[Any]) -> Any:
    check_media_type(request, JSON)
    post = avkodning.decode(avkodning.read_body(request)[1], typ)
    if isinstance(post, list):
        kod = svar.refusal_code(post, 400)
        raise Avvisat(kod, text=next(a.text for a in post if a.kod == kod), fel=as_fel(post))
    return post


def _who(anrop: Anrop) -> Any:
    return get_user_model()(id=anrop.avsandare.anvandare_id, username=anrop.avsandare.anvandare)


def _own(anrop: Anrop, uuid: UUID) -> Webhook:
    """Return one of the account's receivers; another's does not exist."""
    webhook = fragor.row(anrop.avsandare.konto_id or 0, uuid)
    if webhook is None:
        raise NotFound
    return webhook


def _answer(anrop: Anrop, status: int, body: Any) -> HttpResponse:
    return respond(status, msgspec.json.encode(body), begaran_id=str(anrop.id))


class Webhookvy(Vy):
    """All of an account's receivers."""

    @schema.beskriv(
        "lasWebhooks",
        "Läs webhookar",
        "Kontots mottagare och hur det går för dem: senast lyckade anrop, misslyckade i rad och "
        "varför en mottagare är pausad.",
        avdelning=AVDELNING,
        svar={200: Webhooklista},
    )
    def get(self, request: Request) -> HttpResponse:
        """List the receivers."""
        anrop = read(request, ())
        rader = fragor.of_account(anrop.avsandare.konto_id or 0)
        return _answer(anrop, 200, Webhooklista(webhooks=[_receiver(rad) for rad in rader]))

    @schema.beskriv(
        "skapaWebhook",
        "Skapa en webhook",
        "Kvittenserna skickas också till adressen, signerade enligt Standard Webhooks. Svaret är "
        "det enda som innehåller hemligheten; kom det inte fram, byt hemligheten. Kvittenserna går "
        "alltid också att läsa med GET /kvittenser.",
        avdelning=AVDELNING,
        svar={201: Webhooksvar},
        kropp={"application/json": Webhookansokan},
        problem=_SKRIVER,
    )
    def post(self, request: Request) -> HttpResponse:
        """Make a receiver."""
        anrop = read(request, ())
        post: Webhookansokan = _decode(request, Webhookansokan)
        try:
            webhook, hemlighet = webhookar.create(
                anrop.avsandare.konto_id or 0,
                adress=post.adress,
                nivaer=post.nivaer,
                efter=post.efter,
                by=_who(anrop),
                at=anrop.at,
            )
        except UnableToDo as fault:
            raise Avvisat(fault.kod, text=fault.text) from None
        return _answer(anrop, 201, _receiver(fragor.one(webhook.pk), hemlighet))


class EnWebhook(Vy):
    """One receiver."""

    @schema.beskriv(
        "lasWebhook",
        "Läs en webhook",
        "Mottagaren och hur det går för den.",
        avdelning=AVDELNING,
        svar={200: Webhooksvar},
        parametrar=[_UUID],
    )
    def get(self, request: Request, uuid: UUID) -> HttpResponse:
        """Show a receiver."""
        anrop = read(request, ())
        return _answer(anrop, 200, _receiver(fragor.one(_own(anrop, uuid).pk)))

    @schema.beskriv(
        "taBortWebhook",
        "Ta bort en webhook",
        "Inget mer skickas, och hemligheten glöms. Kvittenserna finns kvar i flödet.",
        avdelning=AVDELNING,
        svar={204: None},
        parametrar=[_UUID],
    )
    def delete(self, request: Request, uuid: UUID) -> HttpResponse:
        """Take a receiver away."""
        anrop = read(request, ())
        webhookar.remove(_own(anrop, uuid), by=_who(anrop), at=anrop.at)
        return respond(204, b"", begaran_id=str(anrop.id))


class Webhookrotation(Vy):
    """A new secret."""

    @schema.beskriv(
        "bytWebhookhemlighet",
        "Byt hemlighet",
        "Ger en ny hemlighet, som bara visas i svaret. Under överlappet signeras varje meddelande "
        "med båda. Har den gamla kommit på avvägar: ange overlappTimmar 0.",
        avdelning=AVDELNING,
        svar={200: Hemlighetssvar},
        parametrar=[_UUID],
        kropp={"application/json": Rotation},
        problem=_SKRIVER,
    )
    def post(self, request: Request, uuid: UUID) -> HttpResponse:
        """Change the secret."""
        anrop = read(request, ())
        webhook = _own(anrop, uuid)
        post: Rotation = _decode(request, Rotation)
        hemlighet = webhookar.rotate(
            webhook,
            overlapp=timedelta(hours=post.overlapp_timmar),
            by=_who(anrop),
            at=anrop.at,
        )
        till = fragor.one(webhook.pk).tidigare_till
        return _answer(
            anrop, 200, Hemlighetssvar(hemlighet=hemlighet, tidigare_hemlighet_till=_time(till))
        )


class Webhookomspel(Vy):
    """Sending again."""

    @schema.beskriv(
        "spelaOmWebhook",
        "Spela om från en kvittens",
        "Allt efter kvittensen med numret efter skickas igen, i ordning och i nya meddelanden.",
        avdelning=AVDELNING,
        svar={202: Webhooksvar},
        parametrar=[_UUID],
        kropp={"application/json": Omspelning},
        problem=_SKRIVER,
    )
    def post(self, request: Request, uuid: UUID) -> HttpResponse:
        """Send again from a receipt."""
        anrop = read(request, ())
        webhook = _own(anrop, uuid)
        post: Omspelning = _decode(request, Omspelning)
        try:
            webhookar.replay(webhook, post.efter, at=anrop.at)
        except UnableToDo as fault:
            raise Avvisat(fault.kod, text=fault.text) from None
        return _answer(anrop, 202, _receiver(fragor.one(webhook.pk)))


class Webhookprov(Vy):
    """A test message."""

    @schema.beskriv(
        "provaWebhook",
        "Skicka ett provmeddelande",
        "Ett meddelande av typen webhook.prov skickas en gång, också till en pausad mottagare. Hur "
        "det gick står i loggen.",
        avdelning=AVDELNING,
        svar={202: Provsvar},
        parametrar=[_UUID],
    )
    def post(self, request: Request, uuid: UUID) -> HttpResponse:
        """Ask for a test message."""
        anrop = read(request, ())
        meddelande = webhookar.probe(_own(anrop, uuid), at=anrop.at)
        return _answer(anrop, 202, Provsvar(id=message_id(meddelande.uuid)))


class Webhookpaus(Vy):
    """Pausing a receiver."""

    @schema.beskriv(
        "pausaWebhook",
        "Pausa en webhook",
        "Inget skickas förrän mottagningen återtas. Kvittenserna väntar och kommer då i ordning.",
        avdelning=AVDELNING,
        svar={200: Webhooksvar},
        parametrar=[_UUID],
    )
    def post(self, request: Request, uuid: UUID) -> HttpResponse:
        """Pause."""
        anrop = read(request, ())
        webhook = _own(anrop, uuid)
        webhookar.pause(webhook, Orsak.AVSANDAREN, by=_who(anrop), at=anrop.at)
        return _answer(anrop, 200, _receiver(fragor.one(webhook.pk)))


class Webhookatertagande(Vy):
    """Resuming a receiver."""

    @schema.beskriv(
        "atertaWebhook",
        "Återta en pausad webhook",
        "Det som väntat skickas i ordning, från där det stannade. En mottagare som regionen pausat "
        "återtas av regionen.",
        avdelning=AVDELNING,
        svar={200: Webhooksvar},
        parametrar=[_UUID],
    )
    def post(self, request: Request, uuid: UUID) -> HttpResponse:
        """Resume."""
        anrop = read(request, ())
        webhook = _own(anrop, uuid)
        if webhook.orsak == Orsak.REGIONEN.value:
            raise Avvisat("INGEN_BEHORIGHET", text="Regionen har pausat mottagaren.")
        webhookar.resume(webhook, by=_who(anrop), at=anrop.at)
        return _answer(anrop, 200, _receiver(fragor.one(webhook.pk)))


class Webhooklogg(Vy):
    """What has been sent to a receiver."""

    @schema.beskriv(
        "lasWebhookmeddelanden",
        "Läs vad som skickats",
        "Meddelandena, det nyaste först, med antal försök, senaste svarskod och nästa försök. "
        "Levererade och uppgivna meddelanden sparas i 30 dagar.",
        avdelning=AVDELNING,
        svar={200: Webhookmeddelanden},
        parametrar=[_UUID, _FORE, schema.ANTAL_KVITTENSER],
    )
    def get(self, request: Request, uuid: UUID) -> HttpResponse:
        """Return a page of the log."""
        anrop = read(request, ("fore", "antal"))
        webhook = _own(anrop, uuid)
        antal = anrop.number("antal", fran=1, till=1000) or 100
        fore = anrop.number("fore", fran=1, till=2**63 - 1)
        rader = fragor.messages(webhook.pk, fore=fore, antal=antal + 1)
        sida = rader[:antal]
        return _answer(
            anrop,
            200,
            Webhookmeddelanden(
                meddelanden=[_message(rad) for rad in sida],
                nasta=sida[-1].pk if len(rader) > antal else None,
            ),
        )


ADRESSER: Final = (
    path("webhooks", Webhookvy.as_view(), name="webhooks"),
    path("webhooks/<uuid:uuid>", EnWebhook.as_view(), name="webhook"),
    path("webhooks/<uuid:uuid>/rotera", Webhookrotation.as_view(), name="webhook_rotera"),
    path("webhooks/<uuid:uuid>/omspel", Webhookomspel.as_view(), name="webhook_omspel"),
    path("webhooks/<uuid:uuid>/prov", Webhookprov.as_view(), name="webhook_prov"),
    path("webhooks/<uuid:uuid>/pausa", Webhookpaus.as_view(), name="webhook_pausa"),
    path("webhooks/<uuid:uuid>/aterta", Webhookatertagande.as_view(), name="webhook_aterta"),
    path("webhooks/<uuid:uuid>/meddelanden", Webhooklogg.as_view(), name="webhook_meddelanden"),
)
