"""Receivers of webhooks: small servers on this machine that answer as a test wants."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec


class Anrop(msgspec.Struct):
    """A call as it came."""

    huvuden: dict[str, str]
    kropp: bytes

    @property
    def msg_id(self):
        return self.huvuden["webhook-id"]

    @property
    def dokument(self):
        return json.loads(self.kropp)

    @property
    def sekvenser(self):
        return [rad["sekvens"] for rad in self.dokument["data"]["kvittenser"]]


class Mottagare:
    """A receiver. `svar` is a status, or "hang", "cut", or a status with headers."""

    def __init__(self, svar=200):
        self.svar = svar
        self.anrop = []
        self.slapp = threading.Event()
        mottagare = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                kropp = self.rfile.read(int(self.headers["Content-Length"]))
                mottagare.anrop.append(Anrop(dict(self.headers), kropp))
                mottagare.answer(self)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.adress = f"http://127.0.0.1:{self.server.server_address[1]}/kvitto"

    def answer(self, handler):
        if self.svar == "hang":
            self.slapp.wait()
            return
        if self.svar == "cut":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-")
            return
        status, huvuden = self.svar if isinstance(self.svar, tuple) else (self.svar, {})
        handler.send_response(status)
        for namn, varde in huvuden.items():
            handler.send_header(namn, varde)
        handler.end_headers()
        handler.wfile.write(b"hemligheter ur mottagarens egen felsida" * 10)


@contextmanager
def receivers(*svar):
    """Open one receiver for each answer."""
    mottagare = [Mottagare(ett) for ett in svar]
    for en in mottagare:
        threading.Thread(target=en.server.serve_forever, daemon=True).start()
    try:
        yield mottagare
    finally:
        for en in mottagare:
            en.slapp.set()
            en.server.shutdown()
            en.server.server_close()
