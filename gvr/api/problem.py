"""Refusals as `application/problem+json` (RFC 9457), every one with a code of the catalogue."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
import uuid_utils.compat as uuid
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpResponse
from django.utils import timezone
from rest_framework import exceptions

from gvr.actions import anropslogg
from gvr.api import kontrakt, kvot
from gvr.core import anropsfel as _koder  # noqa: F401  - registers the codes of requests
from gvr.core.avvikelse import Avvikelse, camel
from gvr.core.felkatalog import FELKATALOG
from gvr.core.kvot import minute

logger = logging.getLogger(__name__)

MEDIATYP: Final = "application/problem+json"
RETRY_AFTER: Final = "Retry-After"
BEGARAN_ID: Final = "Begaran-Id"
NEKADE_PER_MINUT: Final = 60  # refusals that the log keeps of a sender, or of all strangers
KATALOG: Final = "/utvecklare/fel/"

_KODER: Final[tuple[tuple[type[Exception], str], ...]] = (
    (exceptions.NotAuthenticated, "EJ_INLOGGAD"),
    (exceptions.AuthenticationFailed, "EJ_INLOGGAD"),
    (exceptions.PermissionDenied, "INGEN_BEHORIGHET"),
    (PermissionDenied, "INGEN_BEHORIGHET"),
    (exceptions.NotFound, "HITTAS_INTE"),
    (Http404, "HITTAS_INTE"),
    (exceptions.MethodNotAllowed, "METOD_SAKNAS"),
    (exceptions.NotAcceptable, "SVARSFORMAT"),
    (exceptions.UnsupportedMediaType, "MEDIATYP"),
    (exceptions.Throttled, "FOR_MANGA_ANROP"),
    (RequestDataTooBig, "FOR_STOR_KROPP"),
    (SuspiciousOperation, "OGILTIG_PARAMETER"),
    (DatabaseError, "TILLFALLIGT_FEL"),
    (InterfaceError, "TILLFALLIGT_FEL"),
)


class Avvisat(Exception):
    """A request that is refused. `raw` is what did arrive of its body."""

    def __init__(
        self,
        kod: str,
        *,
        text: str = "",
        fel: Sequence[kontrakt.Fel] = (),
        headers: Mapping[str, str] | None = None,
        raw: bytes = b"",
    ) -> None:
        super().__init__(kod)
        self.raw = raw
        self.kod = kod
        self.text = text
        self.fel = fel
        self.headers = headers or {}


def handle(exc: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Return the answer of a refused request; DRF's handler of exceptions.

    A fault of our own is logged with the request's id and answered without its text.
    """
    request = context["request"]
    # A view that is not ours, like the description's, has given its request no id.
    anropets_id: UUID = getattr(request, "begaran_id", None) or uuid.uuid7()
    begaran_id = str(anropets_id)
    headers: dict[str, str] = {}
    text = ""
    fel: Sequence[kontrakt.Fel] = ()
    if isinstance(exc, Avvisat):
        kod, text, fel = exc.kod, exc.text, exc.fel
        headers.update(exc.headers)
    else:
        kod = next((k for slag, k in _KODER if isinstance(exc, slag)), "TEKNISKT_FEL")
    status = status_of(kod)
    if status >= 500:
        logger.error("api.fel begaran_id=%s", begaran_id, exc_info=exc)
        headers[RETRY_AFTER] = "5"
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(exc, exceptions.MethodNotAllowed):
        headers["Allow"] = ", ".join(context["view"].allowed_methods)
    if isinstance(exc, exceptions.Throttled):
        headers[RETRY_AFTER] = str(int(getattr(exc, "wait", None) or 1) + 1)
    if status < 500:
        _note(request, anropets_id, kod, status)
    body = as_bytes(kod, begaran_id=begaran_id, text=text, fel=fel)
    return respond(status, body, begaran_id=begaran_id, headers=headers)


def _note(request: Any, begaran_id: UUID, kod: str, status: int) -> None:
    """Keep the refusal in the log of requests – a bounded number a minute, also from strangers.

    Without a counter only a known sender's mistakes are kept: a flood must not reach the database.
    """
    konto_id = getattr(getattr(request, "auth", None), "konto_id", None)
    at = timezone.now()
    fore = kvot.counter().add("nekade", konto_id or 0, 1, minute(at))
    if (konto_id is None or status == 429) if fore is None else fore >= NEKADE_PER_MINUT:
        return
    anropslogg.note_refusal(
        uuid=begaran_id,
        konto_id=konto_id,
        metod=str(request.method),
        resurs=str(request.path),
        status=status,
        kod=kod,
        at=at,
    )


def status_of(kod: str) -> int:
    """Return the HTTP status of a request that is refused for this code."""
    return FELKATALOG[kod].http or 422


def as_bytes(
    kod: str,
    *,
    begaran_id: str,
    text: str = "",
    fel: Sequence[kontrakt.Fel] = (),
    status: int | None = None,
    resultat: Sequence[kontrakt.Batchrad] = (),
) -> bytes:
    """Return the problem document of a code."""
    post = FELKATALOG[kod]
    return msgspec.json.encode(
        kontrakt.Problem(
            type=f"{KATALOG}{kod}",
            title=post.titel,
            status=status or status_of(kod),
            kod=kod,
            begaran_id=begaran_id,
            detail=text or post.text,
            atgard=post.atgard,
            fel=fel,
            resultat=resultat,
        )
    )


def respond(
    status: int, body: bytes, *, begaran_id: str, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return an answer of the API: JSON, or a problem document from 400 up."""
    response = HttpResponse(
        body,
        status=status,
        content_type=MEDIATYP if status >= 400 else "application/json",
        headers={
            **(headers or {}),
            BEGARAN_ID: begaran_id,
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        },
    )
    response._csp_exempt = True  # type: ignore[attr-defined]  # the pages' policy is not for data
    return response


def as_fel(avvikelser: Sequence[Avvikelse], *, rad: int | None = None) -> list[kontrakt.Fel]:
    """Return findings as they are shown: pointers with the names that the API uses."""
    return [
        kontrakt.Fel(
            kod=a.kod,
            allvar=a.allvar.value,
            pekare=a.pekare if a.kod == "OKANT_FALT" else camel(a.pekare),  # as it was sent
            text=a.text,
            atgard=a.atgard,
            agare=a.agare,
            varde=a.varde,
            kalla=a.kalla,
            rad=rad,
        )
        for a in avvikelser
    ]
