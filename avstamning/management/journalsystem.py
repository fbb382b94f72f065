"""A journal system of the fictional region: sends, corrects, cancels and reads its receipts.

It only knows what any vendor knows, the API, and it speaks to it over HTTP.
"""

import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import httpx
import msgspec

from gvr.core.demokontakter import Planerad, as_json, faulty

BATCH = 100
NAMESPACE = uuid.UUID("6f0b7c0e-3b62-5d0c-9a51-3d1c2f7b8e11")


class Journalsystem:
    """One sending system with its account."""

    def __init__(self, *, url: str, kallsystem: str, token: str, seed: int) -> None:
        """Open the connection; `seed` decides which contacts get faults and corrections."""
        self.kallsystem = kallsystem
        self.seed = seed
        self.slump = random.Random(f"{seed}-{kallsystem}")  # noqa: S311 - made-up data
        self.klient = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1/",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )

    def send(self, kontakter: Sequence[Planerad], told: Callable[[int], None]) -> None:
        """Send everything in batches; every hundredth contact or so has a fault."""
        for nr, batch in enumerate(_batches(kontakter, BATCH)):
            rader = [
                faulty(self.slump, rad) if self.slump.random() < 0.015 else rad for rad in batch
            ]
            kropp = msgspec.json.encode([as_json(r.vardhandelse_id, r.innehall) for r in rader])
            self._call("POST", "vardkontakter/batch", content=kropp, nyckel=f"batch-{nr}")
            told(len(batch))

    def correct(self, kontakter: Sequence[Planerad]) -> int:
        """Correct every thirtieth contact: another diagnosis. Return how many."""
        valda = [rad for rad in kontakter if self.slump.random() < 0.03]
        for rad in valda:
            nytt = msgspec.structs.replace(rad.innehall, diagnoser=("I109",))
            self._call(
                "PUT",
                f"vardkontakter/{rad.vardhandelse_id}",
                content=msgspec.json.encode(as_json(rad.vardhandelse_id, nytt)),
            )
        return len(valda)

    def cancel(self, kontakter: Sequence[Planerad]) -> int:
        """Cancel every hundredth contact. Return how many."""
        valda = [rad for rad in kontakter if self.slump.random() < 0.01]
        for rad in valda:
            self._call("DELETE", f"vardkontakter/{rad.vardhandelse_id}")
        return len(valda)

    def report(self, resurs: str, dokument: dict[str, Any]) -> None:
        """Report a deltagande or an aktivitet."""
        kropp = msgspec.json.encode(dokument)
        self._call("POST", resurs, content=kropp, nyckel=f"{resurs}-{dokument['id']}")

    def wait_for_decisions(self, *, patience: float = 240.0) -> int:
        """Read receipts until every registered version has its decision. Return how many had."""
        slut = time.monotonic() + patience
        registrerade: set[tuple[str, int]] = set()
        beslutade: dict[str, int] = {}
        efter = 0
        while time.monotonic() < slut:
            svar = self._call("GET", f"kvittenser?efter={efter}&antal=1000").json()
            for rad in svar["kvittenser"]:
                efter = rad["sekvens"]
                if rad["niva"] == "K2":
                    registrerade.add((rad["vardhandelseId"], rad["version"]))
                elif rad["niva"] == "K3":
                    beslutade[rad["vardhandelseId"]] = rad["version"]
            senaste: dict[str, int] = {}
            for handelse, version in registrerade:
                senaste[handelse] = max(version, senaste.get(handelse, 0))
            if not svar["kvittenser"]:
                if all(beslutade.get(h, 0) >= v for h, v in senaste.items()):
                    return len(senaste)
                time.sleep(0.5)
        raise TimeoutError(f"{self.kallsystem}: alla vårdkontakter fick inte beslut i tid.")

    def _call(
        self, metod: str, vag: str, *, content: bytes | None = None, nyckel: str | None = None
    ) -> httpx.Response:
        huvuden = {"Content-Type": "application/json"} if content is not None else {}
        if nyckel is not None:
            huvuden["Idempotency-Key"] = str(
                uuid.uuid5(NAMESPACE, f"{self.kallsystem}-{self.seed}-{nyckel}")
            )
        svar = self.klient.request(metod, vag, content=content, headers=huvuden)
        # A contact that was refused when it was sent cannot be corrected: that is no fault here.
        if svar.status_code >= 500 or svar.status_code in (401, 403):
            svar.raise_for_status()
        return svar


def _batches(kontakter: Iterable[Planerad], size: int) -> Iterator[list[Planerad]]:
    rest = iter(kontakter)
    while batch := list(islice(rest, size)):
        yield batch
