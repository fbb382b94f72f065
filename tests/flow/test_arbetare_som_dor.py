"""Workers that are killed in the middle of their work: all is decided once, nothing waits."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from gvr.actions import arenden
from gvr.queries.behorighet import databaskontext
from tests import world
from tests.apps.test_kedja import PAKET
from tests.factories import publicerat
from tests.factories.kontakter import NU, innehall, register

ANTAL = 300
ROT = Path(__file__).resolve().parents[2]


class Arbetare:
    """A real Celery worker of two child processes, against this test's own database."""

    def __init__(self, logg):
        self.logg = logg

    def start(self):
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "-A", "gvr.celery:app", "worker"),
                *("--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel=ERROR"),
            ],
            cwd=ROT,
            env={**os.environ, "ARENDE_LEASE_SEKUNDER": "2"},
            stdout=self.logg,
            stderr=self.logg,
            start_new_session=True,
        )

    def children(self):
        barn = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in barn.split()]

    def kill_all(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def arbetare(egen_databas, tmp_path):
    with (tmp_path / "arbetare.log").open("w") as logg:
        arbetare = Arbetare(logg)
        arbetare.start()
        yield arbetare
        arbetare.kill_all()


def waiting():
    with databaskontext(alla=True), connection.cursor() as cursor:
        cursor.execute("select count(*) from gvr_arende where not parkerad")
        return cursor.fetchone()[0]


def test_killed_children_and_a_killed_parent_leave_every_contact_decided_once(arbetare):
    slump = random.Random(20261123)
    with databaskontext(alla=True):
        world.load_providers()
        publicerat.publish_pack(PAKET)
        publicerat.publish_prices(
            "test", "huslakarverksamhet", {"LAK": Decimal("1000.00"), "AVG": Decimal("275.00")}
        )
        ids = [register(f"v{nr}", innehall(), arende=False) for nr in range(ANTAL)]

    for omgang in range(6):
        with databaskontext(alla=True):
            arenden.enqueue(ids[omgang * 50 : (omgang + 1) * 50], at=NU)
            arenden.ring()
            arenden.ring()  # doubled on purpose
        time.sleep(slump.uniform(0.05, 0.4))
        barn = arbetare.children()
        if omgang == 3:
            arbetare.kill_all()
            arbetare.start()
        elif barn:
            os.kill(slump.choice(barn), signal.SIGKILL)

    slut = time.monotonic() + 90
    while waiting() and time.monotonic() < slut:
        arenden.ring()  # the clock's part: it rings every half minute in service
        time.sleep(0.5)

    assert waiting() == 0
    with databaskontext(alla=True), connection.cursor() as cursor:
        cursor.execute("select vardkontakt_id, produktkod, belopp from hej_post")
        poster = cursor.fetchall()
    assert Counter(kontakt for kontakt, _, _ in poster) == dict.fromkeys(ids, 2)
    assert sum(belopp for _, _, belopp in poster) == Decimal("725.00") * ANTAL
