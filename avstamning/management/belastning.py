"""A web server with the API in it, and a client that keeps it busy. For measuring only."""

import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from gvr.core.demonycklar import derive

HOST = "127.0.0.1"
TOM = "/api/tom"  # the empty view
VARAKTIG = "/api/varaktig"  # the view that keeps one row
KONTAKTER = 4  # connections at once: two for each process of the server
PROCESSER = 2


@contextmanager
def web_server() -> Iterator[int]:
    """Run the server of the demo – two processes – with an empty view added. Yields its port."""
    with socket.socket() as ledig:
        ledig.bind((HOST, 0))
        port = int(ledig.getsockname()[1])
    granian = Path(sys.executable).parent / "granian"
    server = subprocess.Popen(
        [
            *(granian, "--interface", "wsgi", "--host", HOST, "--port", str(port)),
            *("--workers", str(PROCESSER), "--blocking-threads", "1", "--log-level", "warning"),
            "avstamning.management.matserver:application",
        ],
        env=os.environ,
        cwd=settings.ROOT,
    )
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            requests_per_second(port, [empty_request()], kontakter=1)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("Mätningens webbserver kom aldrig igång.")


def empty_request() -> bytes:
    """Return a request to the empty view."""
    return f"GET {TOM} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()


def durable_request(kropp: bytes) -> bytes:
    """Return a POST to the view that keeps one row."""
    huvud = (
        f"POST {VARAKTIG} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(kropp)}\r\n\r\n"
    )
    return huvud.encode() + kropp


def report_request(kropp: bytes, nyckel: str) -> bytes:
    """Return a POST of one contact."""
    token = derive(settings.SECRET_KEY, "sysA", 40)
    huvud = (
        f"POST /api/v1/vardkontakter HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\n"
        f"Idempotency-Key: {nyckel}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(kropp)}\r\n\r\n"
    )
    return huvud.encode() + kropp


def requests_per_second(
    port: int, requests: Sequence[bytes], *, kontakter: int = KONTAKTER
) -> float:
    """Send the requests over a few kept connections, each waiting for its answer before the next.

    Returns answers per second. Raises RuntimeError for an answer that is not 2xx.
    """
    kvar = iter(requests)
    oppna = [socket.create_connection((HOST, port)) for _ in range(min(kontakter, len(requests)))]
    svar = {kontakt: bytearray() for kontakt in oppna}
    with selectors.DefaultSelector() as valjare:
        for kontakt in oppna:
            kontakt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            valjare.register(kontakt, selectors.EVENT_READ, kontakt)
        begin = time.perf_counter()
        vantar = sum(_send_next(kontakt, kvar) for kontakt in oppna)
        while vantar:
            for nyckel, _ in valjare.select():
                kontakt = nyckel.data
                svar[kontakt] += kontakt.recv(65_536)
                if _is_whole(svar[kontakt]):
                    svar[kontakt].clear()
                    vantar -= not _send_next(kontakt, kvar)
        seconds = time.perf_counter() - begin
    for kontakt in oppna:
        kontakt.close()
    return len(requests) / seconds


def _send_next(kontakt: socket.socket, kvar: Iterator[bytes]) -> bool:
    begaran = next(kvar, None)
    if begaran is None:
        return False
    kontakt.sendall(begaran)
    return True


def _is_whole(data: bytearray) -> bool:
    """Say whether an answer has come to its end; refuse one that is no success."""
    huvud, skilje, kropp = data.partition(b"\r\n\r\n")
    if not skilje:
        if not data:
            raise RuntimeError("Webbservern stängde förbindelsen.")
        return False
    if not data.startswith(b"HTTP/1.1 2"):
        raise RuntimeError(f"Oväntat svar: {bytes(data[:300])!r}")
    langd = int(huvud.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return len(kropp) >= langd
