"""A sender's quota, counted in Redis minute by minute: a loud sender never delays the others.

It protects neighbours, not secrets: when the counter does not answer nobody is refused, since the
intake must go on without a broker, and a process counts a hundredth of a bound by itself before it
tells (ADR "quota fails open").
"""

import logging
import threading
import time
from datetime import datetime
from typing import Any, Final, cast

import msgspec
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from gvr.core import kvot
from gvr.queries.behorighet import Maskin

logger = logging.getLogger(__name__)

ANROP: Final = "anrop"
KONTAKTER: Final = "kontakter"
TIMEOUT: Final = 0.1  # seconds that a request may wait for the counter
PAUS: Final = 5.0  # seconds without asking a counter that did not answer
UTAN_ATT_SAGA: Final = 100  # a bound is divided by this: what a process counts before it tells


class Raknat(msgspec.Struct):
    """A count of the minute: what all processes had told of it, and what we have not told yet."""

    sagt: int = 0
    osagt: int = 0


class Raknare:
    """The counter of this process; None in place of a number when it does not answer."""

    def __init__(self, url: str) -> None:
        self._klient = (
            redis.Redis.from_url(
                _address(url), socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=None
            )
            if url
            else None
        )
        self._vilar_till = 0.0
        self._las = threading.Lock()
        self._minut = 0
        self._raknat: dict[str, Raknat] = {}  # of this minute

    def add(self, slag: str, konto_id: int, antal: int, minut: int, *, tak: int = 0) -> int | None:
        """Count, and return how much was counted in the minute before this.

        Under a bound of `tak`, a hundredth of it is counted before the others are told and asked.
        """
        if self._klient is None or time.monotonic() < self._vilar_till:
            return None
        nyckel = f"kvot:{connection.settings_dict['NAME']}:{slag}:{konto_id}:{minut}"
        with self._las:
            if minut != self._minut:
                self._minut, self._raknat = minut, {}
            raknat = self._raknat.get(nyckel)
            if tak and raknat is not None and raknat.osagt + antal <= tak // UTAN_ATT_SAGA:
                raknat.osagt += antal
                return raknat.sagt + raknat.osagt - antal
            osagt = antal if raknat is None else raknat.osagt + antal
            efter = self._tell(nyckel, osagt)
            if efter is None:
                return None
            self._raknat[nyckel] = Raknat(sagt=efter)
            return efter - antal

    def _tell(self, nyckel: str, antal: int) -> int | None:
        """Add to the count that all processes share, and return what it comes to."""
        if self._klient is None:
            return None
        try:
            with self._klient.pipeline(transaction=False) as ror:
                ror.incrby(nyckel, antal)
                ror.expire(nyckel, 120)
                efter, _ = ror.execute()
        except redis.RedisError as fault:
            self._vilar_till = time.monotonic() + PAUS
            logger.warning("kvot.raknaren_svarar_inte fel=%s", type(fault).__name__)
            return None
        return cast(int, efter)


def _address(url: str) -> str:
    """Return the broker's address as the client knows it: Celery has its own name for a socket."""
    if not url.startswith("redis+socket://"):
        return url
    vag, _, fraga = url.removeprefix("redis+socket://").partition("?")
    return f"unix://{vag}?" + fraga.replace("virtual_host=", "db=")


_raknare: dict[str, Raknare] = {}


def counter() -> Raknare:
    """Return the counter at the address of the settings."""
    url = str(settings.REDIS_URL)
    if url not in _raknare:
        _raknare[url] = Raknare(url)
    return _raknare[url]


def bounds(maskin: Maskin) -> kvot.Kvot:
    """Return the account's own bounds, or the installation's."""
    return kvot.Kvot(
        anrop=maskin.anrop_per_minut or settings.KVOT_ANROP_PER_MINUT,
        kontakter=maskin.kontakter_per_minut or settings.KVOT_KONTAKTER_PER_MINUT,
    )


class Anropskvot(BaseThrottle):
    """Refuses the request that is one too many in the minute (429 with Retry-After)."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the request of a machine account."""
        maskin = request.auth
        if not isinstance(maskin, Maskin):
            return True
        tak = bounds(maskin).anrop
        fore = counter().add(ANROP, maskin.konto_id, 1, kvot.minute(timezone.now()), tak=tak)
        return fore is None or kvot.admits(fore, tak)

    def wait(self) -> float:
        """Return the seconds to the next minute."""
        return kvot.seconds_left(timezone.now())


def spend_contacts(request: Request, antal: int, *, at: datetime) -> None:
    """Count contacts that are about to be received. Raises Throttled when the minute is full.

    Nothing of the request is stored then, so the same request with the same key may be sent again.
    """
    maskin = request.auth
    if not antal or not isinstance(maskin, Maskin):
        return
    tak = bounds(maskin).kontakter
    fore = counter().add(KONTAKTER, maskin.konto_id, antal, kvot.minute(at), tak=tak)
    if fore is not None and not kvot.admits(fore, tak):
        raise Throttled(wait=kvot.seconds_left(at))


def left(request: Request, *, at: datetime) -> tuple[int | None, int | None]:
    """Return how many requests and contacts are left of the minute; None when nobody counts."""
    maskin = request.auth
    assert isinstance(maskin, Maskin)  # noqa: S101  - permission_classes let nobody else in
    tak, minut = bounds(maskin), kvot.minute(at)
    svar = []
    for slag, hogst in ((ANROP, tak.anrop), (KONTAKTER, tak.kontakter)):
        raknat = counter().add(slag, maskin.konto_id, 0, minut)
        svar.append(None if raknat is None else max(0, hogst - raknat))
    return svar[0], svar[1]
