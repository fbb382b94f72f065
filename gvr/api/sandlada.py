"""What the API does in a sandbox and nowhere else: answer as asked, and know generations apart."""

import hashlib
from typing import Final

from django.conf import settings
from rest_framework.request import Request

from gvr.api.problem import RETRY_AFTER, Avvisat
from gvr.core.felkatalog import FELKATALOG
from gvr.core.sandlada import generation

HUVUD: Final = "Sandlada-Svar"
_KOM_TILLBAKA: Final = frozenset({"FOR_MANGA_ANROP", "PAGAR", "TILLFALLIGT_FEL"})


def answer_as_asked(request: Request) -> None:
    """Refuse with the code that the header names, in a sandbox; elsewhere the header says nothing.

    Nothing is stored, so the same key may be used again: the next try is a real one.
    """
    if not settings.SANDLADA or HUVUD not in request.headers:
        return
    kod = request.headers[HUVUD]
    post = FELKATALOG.get(kod)
    if post is None or post.http is None:
        raise Avvisat("OGILTIG_PARAMETER", text=f"{HUVUD} ska vara en felkod som avvisar anrop.")
    raise Avvisat(kod, headers={RETRY_AFTER: "1"} if kod in _KOM_TILLBAKA else {})


def key_of_generation(nyckel: str | None, kallsystem: str) -> str | None:
    """Return the key as it is kept: a key from before the sandbox was emptied is another key."""
    if nyckel is None or not settings.SANDLADA or generation(kallsystem) == 1:
        return nyckel
    return hashlib.sha256(f"{kallsystem}\n{nyckel}".encode()).hexdigest()
