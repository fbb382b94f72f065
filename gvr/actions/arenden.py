"""Work that waits, claimed from PostgreSQL. The broker is only a bell."""

import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from celery import current_app
from django.conf import settings
from django.db import connection, transaction

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
TASK = "ersattning.tasks.decide_waiting_work"


class Uthyrt(msgspec.Struct, frozen=True):
    """A claimed contact: which, in which round, how many times it has been tried, asked for when.

    `skapad` is when the work was asked for: for a report, when it was registered.
    """

    vardkontakt_id: int
    omgang: int
    forsok: int
    skapad: datetime


def ring() -> None:
    """Wake a worker after commit. A dead broker is no fault: the sweeper finds the work."""
    transaction.on_commit(klocka.ring)


class Klocka:
    """A bell that many may pull and that sounds at most once in `paus` seconds per process.

    The first pull sounds at once. Those that come while it rests sound together when it has rested:
    the worker that heard the first may have gone home before they came.
    """

    def __init__(self, paus: float = 1.0, task: str = TASK) -> None:
        self.paus = paus
        self.task = task
        self._las = threading.Lock()
        self._vilar_till = 0.0
        self._vantar: threading.Timer | None = None

    def ring(self) -> None:
        """Sound now, or as soon as the bell has rested."""
        now = time.monotonic()
        with self._las:
            if self._vantar is not None:
                return
            if now < self._vilar_till:
                self._vantar = threading.Timer(self._vilar_till - now, self._ring_late)
                self._vantar.daemon = True
                self._vantar.start()
                return
            self._vilar_till = now + self.paus
        _send(self.task)

    def _ring_late(self) -> None:
        with self._las:
            self._vantar = None
            self._vilar_till = time.monotonic() + self.paus
        _send(self.task)


klocka: Final = Klocka()


def _send(task: str) -> None:
    try:
        current_app.send_task(task, ignore_result=True)
    except Exception as fault:  # noqa: BLE001  - whatever the broker raises, the work is safe
        logger.warning("klockan.tyst fel=%s", type(fault).__name__)


def enqueue(kontakt_ids: Sequence[int], *, at: datetime) -> None:
    """Ask for a new decision of these contacts, whatever is going on with them now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into gvr_arende (vardkontakt_id, skapad, omgang, forsok, parkerad, fel)"
            " select unnest(%s::bigint[]), %s, 0, 0, false, ''"
            " on conflict (vardkontakt_id) do update set omgang = gvr_arende.omgang + 1,"
            " forsok = 0, parkerad = false, fel = ''",
            [list(kontakt_ids), at],
        )


def claim(*, at: datetime, size: int) -> list[Uthyrt]:
    """Rent up to `size` contacts for a while. Rows rented out by others are passed over."""
    lease = timedelta(seconds=settings.ARENDE_LEASE_SEKUNDER)
    with connection.cursor() as cursor:
        cursor.execute(
            "update gvr_arende a set lease_till = %s, forsok = a.forsok + 1"
            " from (select vardkontakt_id from gvr_arende"
            "   where not parkerad and (lease_till is null or lease_till < %s)"
            "   order by skapad limit %s for update skip locked) som"
            " where a.vardkontakt_id = som.vardkontakt_id"
            " returning a.vardkontakt_id, a.omgang, a.forsok, a.skapad",
            [at + lease, at, size],
        )
        return [Uthyrt(*row) for row in cursor.fetchall()]


def finish(arbeten: Sequence[Uthyrt]) -> None:
    """Take away what is done – but not what has changed since it was claimed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from gvr_arende a"
            " using unnest(%s::bigint[], %s::bigint[]) as klar(vardkontakt_id, omgang)"
            " where a.vardkontakt_id = klar.vardkontakt_id and a.omgang = klar.omgang",
            [[a.vardkontakt_id for a in arbeten], [a.omgang for a in arbeten]],
        )
        cursor.execute(
            "update gvr_arende set lease_till = null, forsok = 0"
            " where vardkontakt_id = any(%s::bigint[])",
            [[a.vardkontakt_id for a in arbeten]],
        )


def give_back(arbeten: Sequence[Uthyrt], *, fel: str) -> None:
    """Return work that could not be done; after three attempts it is parked with the reason."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update gvr_arende set lease_till = null, fel = %s, parkerad = forsok >= %s"
            " where vardkontakt_id = any(%s::bigint[])",
            [fel[:2000], MAX_ATTEMPTS, [a.vardkontakt_id for a in arbeten]],
        )


def release(kontakt_ids: Sequence[int]) -> None:
    """Let parked work be tried again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update gvr_arende set parkerad = false, forsok = 0, fel = '', lease_till = null"
            " where vardkontakt_id = any(%s::bigint[])",
            [list(kontakt_ids)],
        )
