"""One request to the API: who, which parameters, which key, and how its answer is stored."""

import gc
import hashlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import uuid_utils.compat as uuid
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from gvr.actions import leveranser
from gvr.actions.leveranser import Avsandare, Begaran, Hinder, Svar, as_sender
from gvr.api import avkodning, problem, sandlada
from gvr.api.problem import Avvisat, respond
from gvr.queries.behorighet import Maskin

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
IF_MATCH: Final = "If-Match"
UPPREPAD: Final = "Idempotens-Upprepad"
LANGSTA_NYCKEL: Final = 255
LARGE: Final = 50_000  # bytes of a body
#: Parameters that would put a patient in the log of deliveries.
_PERSONLIGA: Final = frozenset({"patientId", "orsak"})
#: What came is not what was sent: the key is still good when the sender sends the same again.
_HALVA: Final = frozenset({"AVKORTAD_KROPP", "TRASIG_PACKNING"})
_JA_NEJ: Final = {"true": True, "false": False}


class Forhandling(DefaultContentNegotiation):
    """Content negotiation that sees at once what nearly every client asks for."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the JSON renderer, or leave a rarer question to DRF."""
        if request.META.get("HTTP_ACCEPT", "*/*") in ("*/*", "application/json"):
            return renderers[0], "application/json"
        return super().select_renderer(request, renderers, format_suffix)


class Vy(APIView):
    """What every view of the API shares: an id of the request, and whitelisted parameters."""

    content_negotiation_class = Forhandling

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """Give the request an id that stands in its answer and, for writes, in its Leverans."""
        request.begaran_id = uuid.uuid7()
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks; in a sandbox, answer as asked for."""
        super().initial(request, *args, **kwargs)
        sandlada.answer_as_asked(request)


class Anrop(msgspec.Struct, frozen=True, kw_only=True):
    """A request whose sender, parameters and key are read; its body is not yet."""

    request: Request
    id: UUID
    avsandare: Avsandare
    parametrar: dict[str, str]
    nyckel: str | None
    at: datetime

    @property
    def today(self) -> date:
        """Return the local day of the request."""
        return timezone.localdate(self.at)

    @property
    def torrkorning(self) -> bool:
        """Say whether nothing is to be stored."""
        return self.flag("torrkorning")

    def flag(self, namn: str) -> bool:
        """Return a true/false parameter; false when it is absent."""
        text = self.parametrar.get(namn, "false")
        if text not in _JA_NEJ:
            raise Avvisat("OGILTIG_PARAMETER", text=f"{namn} ska vara true eller false.")
        return _JA_NEJ[text]

    def number(self, namn: str, *, fran: int, till: int) -> int | None:
        """Return a whole number parameter within bounds; None when it is absent."""
        text = self.parametrar.get(namn)
        if text is None:
            return None
        if not (
            text.isascii() and text.isdigit() and len(text) <= 19 and fran <= int(text) <= till
        ):
            raise Avvisat(
                "OGILTIG_PARAMETER", text=f"{namn} ska vara ett heltal från {fran} till {till}."
            )
        return int(text)

    def day(self, namn: str) -> date | None:
        """Return a day parameter; None when it is absent."""
        text = self.parametrar.get(namn)
        if text is None:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise Avvisat("OGILTIG_PARAMETER", text=f"{namn} ska vara en dag, ååååmmdd.") from None

    def expected_version(self) -> int | None:
        """Return the version of If-Match: a number, 0 for any (*), None when it is absent."""
        text = self.request.headers.get(IF_MATCH)
        if text is None:
            return None
        text = text.strip()
        if text == "*":
            return 0
        bare = text.removeprefix("W/").strip('"')
        if not (bare.isascii() and bare.isdigit() and len(bare) <= 9 and int(bare) > 0):
            raise Avvisat("OGILTIG_PARAMETER", text='If-Match ska vara en version, som "3".')
        return int(bare)


def read(request: Request, parametrar: Collection[str], *, key_required: bool = False) -> Anrop:
    """Return the request with its parameters, of which only those named are allowed.

    Raises Avvisat: OKAND_PARAMETER, OGILTIG_PARAMETER, NYCKEL_SAKNAS, NYCKEL_OGILTIG.
    """
    for namn, varden in request.query_params.lists():
        if namn not in parametrar:
            raise Avvisat("OKAND_PARAMETER", text="Adressen har en parameter som inte finns.")
        if len(varden) > 1:
            raise Avvisat("OGILTIG_PARAMETER", text=f"{namn} står flera gånger.")
        if "\x00" in varden[0]:
            raise Avvisat("OGILTIG_PARAMETER", text=f"{namn} innehåller NUL.")
    maskin = request.auth
    assert isinstance(maskin, Maskin)  # noqa: S101  - permission_classes let nobody else in
    avsandare = as_sender(maskin)
    return Anrop(
        request=request,
        id=request._request.begaran_id,  # type: ignore[attr-defined]  # set in Vy
        avsandare=avsandare,
        parametrar={namn: str(varde) for namn, varde in request.query_params.items()},
        nyckel=sandlada.key_of_generation(
            _key(request, required=key_required), avsandare.kallsystem
        ),
        at=timezone.now(),
    )


def _key(request: Request, *, required: bool) -> str | None:
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None:
        if required:
            raise Avvisat("NYCKEL_SAKNAS")
        return None
    if not (1 <= len(key) <= LANGSTA_NYCKEL) or not all("!" <= char <= "~" for char in key):
        raise Avvisat("NYCKEL_OGILTIG")
    return key


def answer(
    request: Request,
    parametrar: Collection[str],
    work: Callable[[Anrop, Begaran, bytes], Svar | Hinder],
    *,
    mediatyper: Collection[str] = (),
    key_required: bool = False,
    headers: Callable[[], dict[str, str]] = dict,
) -> HttpResponse:
    """Do what a writing request asks for, once, and answer.

    1. Read parameters and key, then the body, in one of the media types (none: no body).
    2. Let `work` do it; it stores the delivery and the answer together.
    3. What cannot be read is stored all the same, with the answer and without contacts.
    """
    anrop: Anrop | None = None
    begaran: Begaran | None = None
    try:
        anrop = read(request, parametrar, key_required=key_required)
        rehearsal = anrop.torrkorning
        raw, body = (b"", b"")
        if mediatyper:
            check_media_type(request, mediatyper)
            raw, body = avkodning.read_body(request)
        begaran = _begaran(anrop, raw)
        with _uncollected(len(body)):
            svar = work(anrop, begaran, body)
    except Avvisat as refusal:
        if anrop is None or anrop.parametrar.get("torrkorning") == "true":
            raise
        if begaran is None:
            begaran = _begaran(anrop, refusal.raw)
            if refusal.kod in _HALVA:
                begaran = msgspec.structs.replace(begaran, nyckel=None)
        svar = _store_refusal(anrop, begaran, refusal)
        rehearsal = False
    if isinstance(svar, Hinder):
        extra = {problem.RETRY_AFTER: "1"} if svar.kod == "PAGAR" else {}
        raise Avvisat(svar.kod, headers=extra)
    extra = {UPPREPAD: "true"} if svar.upprepat else ({} if rehearsal else headers())
    return respond(svar.status, svar.kropp, begaran_id=str(anrop.id), headers=extra)


@contextmanager
def _uncollected(size: int) -> Iterator[None]:
    """Let the garbage collector rest while a large body is taken in.

    It would walk all values of the delivery over and over; they hold no cycles and are dropped
    together.
    """
    if size < LARGE or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _store_refusal(anrop: Anrop, begaran: Begaran, refusal: Avvisat) -> Svar | Hinder:
    body = problem.as_bytes(
        refusal.kod, begaran_id=str(anrop.id), text=refusal.text, fel=refusal.fel
    )
    svar = Svar(status=problem.status_of(refusal.kod), kropp=body)
    return leveranser.deliver(begaran, anrop.avsandare, leveranser.Avvisat(svar))


def _begaran(anrop: Anrop, raw: bytes) -> Begaran:
    request = anrop.request
    query = "&".join(
        f"{namn}=…" if namn in _PERSONLIGA else f"{namn}={varde}"
        for namn, varde in anrop.parametrar.items()
    )
    return Begaran(
        uuid=anrop.id,
        metod=str(request.method),
        resurs=request.path + (f"?{query}" if query else ""),
        mediatyp=request.content_type or "",
        nyckel=anrop.nyckel,
        kropp=raw,
        sha256=hashlib.sha256(raw).digest(),
        mottagen=anrop.at,
    )


def check_media_type(request: Request, mediatyper: Collection[str]) -> None:
    """Refuse another media type than those named, and another character set than the body's."""
    given = (request.content_type or "").partition(";")[0].strip().lower()
    if given not in mediatyper:
        namn = ", ".join(mediatyper)
        raise Avvisat("MEDIATYP", text=f"Content-Type ska vara {namn}.")
