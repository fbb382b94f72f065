"""A TCP proxy that cuts connections: some in the middle of a request, some before the answer."""

import contextlib
import random
import socket
import socketserver
import struct
import threading

SNABBT = struct.pack("ii", 1, 0)  # linger on, no time: close at once, like a pulled plug


class Avbrytare:
    """
    Stands between a client and the server at `port`.

    Every connection but a share `lugna` of them is cut after so many bytes in one direction; the
    seed says how many and which way. Clients must close before it ends.
    """

    def __init__(self, port, *, seed, lugna=0.25):
        self.slump = random.Random(seed)
        self.port, self.lugna = port, lugna
        self.brutna_anrop = self.brutna_svar = 0
        self._las = threading.Lock()

    def __enter__(self):
        yttre = self

        class Anslutning(socketserver.BaseRequestHandler):
            def handle(self):
                yttre.join(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Anslutning)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    @property
    def adress(self):
        """Return where the client is to go."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def join(self, klient):
        """Carry bytes both ways until somebody closes or the plan says that it is enough."""
        upp, ned = self._plan()
        with socket.create_connection(("127.0.0.1", self.port)) as server:
            stangd = threading.Event()

            def cut():
                stangd.set()
                for ena in (klient, server):
                    with contextlib.suppress(OSError):
                        ena.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, SNABBT)
                        ena.shutdown(socket.SHUT_RDWR)

            bak = threading.Thread(
                target=self._carry, args=(server, klient, ned, cut, "brutna_svar")
            )
            bak.start()
            self._carry(klient, server, upp, cut, "brutna_anrop")
            bak.join()

    def _plan(self):
        """Return how many bytes may pass up and down; None for all."""
        with self._las:
            if self.slump.random() < self.lugna:
                return None, None
            enough = int(10 ** self.slump.uniform(1.5, 4.8))  # as often few bytes as many
            return (enough, None) if self.slump.random() < 0.5 else (None, enough)

    def _carry(self, fran, till, kvar, cut, vad):
        with contextlib.suppress(OSError):
            while data := fran.recv(65536):
                if kvar is not None and len(data) >= kvar:
                    till.sendall(data[:kvar])
                    with self._las:
                        setattr(self, vad, getattr(self, vad) + 1)
                    break
                till.sendall(data)
                if kvar is not None:
                    kvar -= len(data)
        cut()
