"""A server on this machine that answers as the API does, except where the script says otherwise."""

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self

from gvr_klient.kit.manus import BAKOM_RYGGEN, Handelse, Scenario
from gvr_klient.kit.register import Begaran, Gensvar, Register, problem

_AT_ONCE: Final = struct.pack("ii", 1, 0)


@dataclass
class Sedd:
    """A request as it came: when, in which run, what happened to it, and what was answered."""

    tid: float
    omgang: int
    begaran: Begaran
    handelse: Handelse
    svar: Gensvar | None = None
    besvarad: float | None = None

    @property
    def skriver(self) -> bool:
        """True for a request that is to change something."""
        torr = self.begaran.parametrar.get("torrkorning") == "true"
        return self.begaran.metod != "GET" and not torr

    @property
    def framme(self) -> bool:
        """True when the client got the answer."""
        return self.besvarad is not None

    def contacts(self) -> list[tuple[str, Mapping[str, Any] | None]]:
        """Return id and content of each contact it carries; no content for a cancellation."""
        if not self.skriver:
            return []
        if self.begaran.metod == "DELETE":
            return [(self.begaran.vag.rpartition("/")[2], None)]
        text = self.begaran.kropp.decode(errors="replace")
        with contextlib.suppress(ValueError):
            dokument = json.loads(text)
            rader = dokument if isinstance(dokument, list) else [dokument]
            return [(str(rad.get("vardhandelseId")), rad) for rad in rader]
        with contextlib.suppress(ValueError):
            rader = [json.loads(rad) for rad in text.splitlines() if rad.strip()]
            return [(str(rad.get("vardhandelseId")), rad) for rad in rader]
        return []


@dataclass
class Server:
    """The server of one scenario. Everything that comes is kept, in order."""

    scenario: Scenario
    token: str
    register: Register = field(default_factory=Register)
    sedda: list[Sedd] = field(default_factory=list)
    omgang: int = 0

    def __post_init__(self) -> None:
        """Prepare the script."""
        self._manus = list(self.scenario.manus)
        self._las = threading.Lock()

    def __enter__(self) -> Self:
        """Begin to listen on a free port of this machine."""
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        """Return the address that the client is given."""
        return f"http://127.0.0.1:{self._http.server_port}/api/v1"

    def begin(self, omgang: int) -> None:
        """Begin a run; what happens between the runs happens now."""
        self.omgang = omgang
        if omgang == 0:
            return
        with self._las:
            if BAKOM_RYGGEN in self.register.kontakter:
                kontakt = self.register.kontakter[BAKOM_RYGGEN]
                kontakt.version += 7
                kontakt.innehall = {**kontakt.innehall, "diagnoser": ["R104"]}
            for handelse, k in list(self.register.kontakter.items()):
                self.register.add_receipt(handelse, k.version, "K3", "ERSATTS")

    def answer(self, begaran: Begaran) -> Sedd:
        """Do what the script and the register say; the answer is None when it is never sent."""
        with self._las:
            sedd = Sedd(time.monotonic(), self.omgang, begaran, Handelse())
            self.sedda.append(sedd)
            if begaran.huvuden.get("authorization") != f"Bearer {self.token}":
                sedd.svar = problem("EJ_INLOGGAD")
                return sedd
            if sedd.skriver and self._manus:
                sedd.handelse = self._manus.pop(0)
            handelse = sedd.handelse
            if handelse.kod:
                huvuden = {"Retry-After": str(handelse.retry_after)}
                sedd.svar = problem(handelse.kod, huvuden=huvuden)
            elif not handelse.bryt_fore:
                svar = self.register.answer(self._page(begaran))
                sedd.svar = None if handelse.bryt_efter else svar
        time.sleep(sedd.handelse.droj)
        return sedd

    def _page(self, begaran: Begaran) -> Begaran:
        """Let a page of receipts be no larger than the scenario's."""
        if begaran.vag != "kvittenser":
            return begaran
        efter = begaran.parametrar.get("efter", "0")
        antal = min(int(begaran.parametrar.get("antal", 100)), self.scenario.sidstorlek)
        adress = f"/api/v1/kvittenser?efter={efter}&antal={antal}"
        return Begaran("GET", adress, begaran.huvuden, b"")


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def handle_one_request(self) -> None:
            """Handle one; a client that went away is no news."""
            with contextlib.suppress(ConnectionError):
                super().handle_one_request()

        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            sedd = server.answer(
                Begaran(
                    self.command,
                    self.path,
                    {k.lower(): v for k, v in self.headers.items()},
                    self.rfile.read(length),
                )
            )
            if sedd.svar is None:
                self.close_connection = True
                linger = (socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                self.connection.setsockopt(*linger)
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(sedd.svar.status)
            huvuden = {"Content-Type": "application/json", **sedd.svar.huvuden}
            for namn, varde in huvuden.items():
                self.send_header(namn, varde)
            self.send_header("Content-Length", str(len(sedd.svar.kropp)))
            self.end_headers()
            self.wfile.write(sedd.svar.kropp)
            sedd.besvarad = time.monotonic()

        do_GET = do_POST = do_PUT = do_DELETE = _do  # noqa: N815 - the names that the library calls

        def log_message(self, *_args: object) -> None:
            """Keep quiet."""

    return Handler
