"""Journal systems that report over HTTP, in threads, and keep asking until they are answered."""

import itertools
import threading

import httpx
import uuid_utils.compat as uuid

from tests.factories.sandare import besok

DIAGNOSER = ("I109", "E119", "J069")
PAUS = 0.05  # seconds between two tries of one request; a sender in service waits longer


class Journalsystem:
    """Posts single contacts and batches of five, every other, each with a key of its own.

    `kvitterade` holds the diagnoser of every contact that has been answered with success, by id.
    `avslag` holds every answer that was neither success nor lost on the way, `tappade` how many
    were lost. What is not answered with success is sent again with the same key, for ever.
    """

    def __init__(self, adress, token, namn):
        self.namn = namn
        self.kvitterade = {}
        self.avslag = []
        self.tappade = 0
        self._stopp = threading.Event()
        self._trad = threading.Thread(target=self._work, daemon=True)
        self._klient = httpx.Client(
            base_url=f"{adress}/api/v1/",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )

    def start(self):
        """Begin to send."""
        self._trad.start()

    def stop(self, patience=60):
        """Let the request that is on its way be answered, and end."""
        self._stopp.set()
        self._trad.join(patience)
        assert not self._trad.is_alive(), f"{self.namn} was never answered: {self.avslag[-1:]}"
        self.close()

    def close(self):
        """Close the connections; `stop` does it too."""
        self._klient.close()

    def _work(self):
        nr = itertools.count()
        while not self._stopp.is_set():
            self.send(next(nr))
            self.send(*(next(nr) for _ in range(5)))

    def send(self, *nummer):
        """Send one contact, or several as a batch, until they are answered with success."""
        kontakter = [
            besok(f"{self.namn}-{nr}", diagnoser=DIAGNOSER[: 1 + nr % len(DIAGNOSER)], lkf="018001")
            for nr in nummer
        ]
        batch = len(kontakter) > 1
        vag, kropp = (
            ("vardkontakter/batch", kontakter) if batch else ("vardkontakter", kontakter[0])
        )
        nyckel = str(uuid.uuid4())
        while not self._post(vag, kropp, nyckel):
            self._stopp.wait(PAUS)
        self.kvitterade |= {rad["vardhandelseId"]: list(rad["diagnoser"]) for rad in kontakter}

    def _post(self, vag, kropp, nyckel):
        try:
            svar = self._klient.post(vag, json=kropp, headers={"Idempotency-Key": nyckel})
        except httpx.TransportError:
            self.tappade += 1
            return False
        if svar.status_code not in (200, 201):
            self.avslag.append(svar)
            return False
        return True
