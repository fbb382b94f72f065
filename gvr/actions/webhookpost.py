"""One call to a receiver: look its name up once, judge every address, connect to that very one.

Between a check and a connection a name may come to mean another address, so nothing is looked up
twice: what is connected to is what was judged, while certificate and Host are those of the name.
No proxy of the environment, no redirect, no cookie, no kept connection; of the answer only status
and Retry-After are read. A whole call has one time limit, however slowly the receiver drips.

The calls run in a thread of their own with its own loop: many wait at once, and who is deaf holds
nobody else. The database is left to the caller's thread.
"""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import lru_cache
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self

import httpx
import msgspec

from gvr.core.mottagaradress import Adress, IpAdress, Nat, is_open
from gvr.core.webhook import TIDSGRANS, Fel, judge

ANSLUTNING_SEKUNDER: Final = 3.0
UPPSLAG_SEKUNDER: Final = 3.0
_FLEST_IP: Final = 4

Uppslag = Callable[[str, int], Sequence[IpAdress]]
"""From a name and a port to every address it stands for. Raises OSError."""


class Svar(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a call: a status, or why there is none. `begard` is Retry-After, in seconds."""

    status: int | None = None
    fel: Fel | None = None
    begard: int | None = None
    millisekunder: int = 0


def look_up(vard: str, port: int) -> Sequence[IpAdress]:
    """Return every address of a name, IPv4 first: many servers have no way out by IPv6."""
    funna = socket.getaddrinfo(vard, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    adresser = dict.fromkeys(ip_address(str(rad[4][0]).partition("%")[0]) for rad in funna)
    return sorted(adresser, key=lambda ip: ip.version)


_uppslagare: Final = ThreadPoolExecutor(max_workers=4, thread_name_prefix="uppslag")


def refusal(adress: Adress, *, tillatna: Sequence[Nat], uppslag: Uppslag) -> Fel | None:
    """Return why nothing may be sent to the address as its name stands now; None when it may.

    For when an address is saved. A name server that does not answer costs three seconds at most.
    """
    try:
        ip = _uppslagare.submit(uppslag, adress.vard, adress.port).result(UPPSLAG_SEKUNDER)
    except (OSError, TimeoutError, UnicodeError):
        return Fel.OKAND_VARD
    return _judged(ip, tillatna)


def _judged(ip: Sequence[IpAdress], tillatna: Sequence[Nat]) -> Fel | None:
    """One forbidden address among allowed ones is enough: the name cannot be trusted."""
    if not ip:
        return Fel.OKAND_VARD
    return None if all(is_open(a, tillatna=tillatna) for a in ip) else Fel.OTILLATEN_ADRESS


class Postkontor:
    """Makes calls in a thread of its own. Open it with `with`; leaving drops what is under way."""

    def __init__(
        self,
        *,
        platser: int,
        tillatna: Sequence[Nat],
        rotcertifikat: str = "",
        uppslag: Uppslag = look_up,
        tidsgrans: timedelta = TIDSGRANS,
    ) -> None:
        self._tidsgrans = tidsgrans.total_seconds()
        self._tillatna = tillatna
        self._uppslag = uppslag
        self._tls = _tls(rotcertifikat)
        self._loop = asyncio.new_event_loop()
        self._tradar = ThreadPoolExecutor(max_workers=platser, thread_name_prefix="webhook")
        self._trad = threading.Thread(target=self._run, name="webhookpost", daemon=True)

    def __enter__(self) -> Self:
        self._trad.start()
        return self

    def __exit__(
        self,
        slag: type[BaseException] | None,
        fel: BaseException | None,
        spar: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._trad.join()
        self._loop.close()
        self._tradar.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        uppgifter = asyncio.all_tasks(self._loop)
        for uppgift in uppgifter:
            uppgift.cancel()
        self._loop.run_until_complete(asyncio.gather(*uppgifter, return_exceptions=True))

    def post(self, adress: Adress, kropp: bytes, huvuden: Mapping[str, str]) -> "Future[Svar]":
        """Begin a call; the future is done within the time limit and never raises."""
        return asyncio.run_coroutine_threadsafe(
            self._timed(self._call(adress, kropp, huvuden)), self._loop
        )

    async def _timed(self, anrop: Awaitable[Svar]) -> Svar:
        start = time.monotonic()
        try:
            async with asyncio.timeout(self._tidsgrans):
                svar = await anrop
        except (TimeoutError, httpx.TimeoutException):
            svar = Svar(fel=Fel.TIDSGRANS)
        except httpx.ConnectError as fault:
            svar = Svar(fel=Fel.TLS if _is_tls(fault) else Fel.INGEN_ANSLUTNING)
        except (httpx.HTTPError, OSError):
            svar = Svar(fel=Fel.AVBRUTET)
        gatt = int((time.monotonic() - start) * 1000)
        return msgspec.structs.replace(svar, millisekunder=gatt)

    async def _call(self, adress: Adress, kropp: bytes, huvuden: Mapping[str, str]) -> Svar:
        try:
            ip = await self._loop.run_in_executor(
                self._tradar, self._uppslag, adress.vard, adress.port
            )
        except (OSError, UnicodeError):
            return Svar(fel=Fel.OKAND_VARD)
        hinder = _judged(ip, self._tillatna)
        if hinder is not None:
            return Svar(fel=hinder)
        *forst, sist = ip[:_FLEST_IP]
        for en in forst:
            try:
                return await self._post_to(en, adress, kropp, huvuden)
            except (httpx.ConnectError, httpx.ConnectTimeout) as fault:
                if _is_tls(fault):
                    raise
        return await self._post_to(sist, adress, kropp, huvuden)

    async def _post_to(
        self, ip: IpAdress, adress: Adress, kropp: bytes, huvuden: Mapping[str, str]
    ) -> Svar:
        async with httpx.AsyncClient(
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(self._tidsgrans, connect=ANSLUTNING_SEKUNDER),
        ) as klient:
            begaran = klient.build_request(
                "POST",
                adress.at(ip),
                content=kropp,
                headers={**huvuden, "Host": adress.vardhuvud, "Connection": "close"},
                extensions={"sni_hostname": adress.vard},
            )
            svar = await klient.send(begaran, stream=True)
            try:
                return Svar(
                    status=svar.status_code,
                    fel=judge(svar.status_code),
                    begard=_seconds(svar.headers.get("Retry-After", "")),
                )
            finally:
                await svar.aclose()


@lru_cache(maxsize=2)
def _tls(rotcertifikat: str) -> ssl.SSLContext:
    """Return how certificates are judged: the world's issuers, and those of a file of our own."""
    tls = httpx.create_ssl_context(trust_env=False)
    if rotcertifikat:
        tls.load_verify_locations(rotcertifikat)
    return tls


def _seconds(text: str) -> int | None:
    """Return Retry-After in seconds; None when it is absent or a date."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def _is_tls(fault: BaseException | None) -> bool:
    while fault is not None:
        if isinstance(fault, ssl.SSLError):
            return True
        fault = fault.__cause__ or fault.__context__
    return False
