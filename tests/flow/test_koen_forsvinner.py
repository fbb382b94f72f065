"""The broker dies and comes back empty: contacts are received meanwhile, and all are decided."""

import os
import shutil
import subprocess
from contextlib import ExitStack

import pytest
from django.db import connection

from gvr.lokal import valkey
from gvr.lokal.demo import free_port
from gvr.lokal.hus import BIN, Hus, django_env
from gvr.lokal.processer import UnableToStart, stop, wait_until
from gvr.lokal.servrar import Servrar
from gvr.lokal.vagar import ROOT, prepare, throw_away
from gvr.queries.behorighet import databaskontext
from tests.factories import pengar, publicerat
from tests.factories.journalsystem import Journalsystem
from tests.factories.sandare import open_region

KLOCKAN = "ersattning.tasks.decide_waiting_work"
TALAMOD = 90  # seconds; the worker looks for its broker at growing intervals


class Ko:
    """A broker of this test's own."""

    def __init__(self, hem):
        self.vagar = prepare(hem)
        self.start()

    @property
    def url(self):
        return valkey.address(self.vagar)

    def start(self):
        self.process = valkey.start_valkey(self.vagar, env=dict(os.environ))

    def kill(self):
        """Take away the broker and everything it knew."""
        self.process.popen.kill()
        self.process.popen.wait()
        shutil.rmtree(self.vagar.hem / "valkey")

    def stop(self):
        stop(self.process)


class Hemma:
    """The house on this test's database: a web server, a worker without a clock, a broker."""

    def __init__(self, stack):
        hem = stack.enter_context(throw_away())
        try:
            self.ko = Ko(hem)
        except UnableToStart as fel:
            pytest.skip(str(fel))
        stack.callback(self.ko.stop)
        servrar = Servrar(
            agare=os.environ["DATABASE_OWNER_URL"],
            app=os.environ["DATABASE_URL"],
            redis=self.ko.url,
            inbyggda=False,
        )
        self.hus = Hus(
            stack=stack, hem=hem, servrar=servrar, env=django_env(hem, servrar, os.environ)
        )
        self.adress = self.hus.serve(free_port())
        self.webb = self.hus.barn[0]
        self.arbetare = self._work()

    def _work(self):
        return self.hus.spawn(
            "arbetare",
            *(BIN / "celery", "--app", "gvr.celery", "worker", "--loglevel", "warning"),
            *("--without-gossip", "--without-mingle", "--concurrency", "2"),
        )

    def let_the_clock_strike(self):
        """Send the task that the clock sends every half minute, once."""
        subprocess.run(
            [BIN / "celery", "--app", "gvr.celery", "call", KLOCKAN],
            cwd=ROOT,
            env=self.hus.env,
            check=True,
            capture_output=True,
        )

    def wait_for_decisions(self, sandare):
        """Wait until everything the sender has been answered for is decided.

        Celery may end when its broker is gone; who runs the house starts it again (docs/drift.md).
        """

        def all_decided():
            if not self.arbetare.is_alive():
                self.arbetare = self._work()
            return decided() == dict.fromkeys(sandare.kvitterade, 1)

        wait_until(all_decided, self.webb, seconds=TALAMOD, pause=0.2)


@pytest.fixture
def hemma(egen_databas):
    with databaskontext(alla=True):
        open_region()
        publicerat.publish_pack(pengar.PAKET)
        pengar.prices("besok", LAK="1000.00", AVG="275.00")
    with ExitStack() as stack:
        yield Hemma(stack)


def ask(sats):
    with databaskontext(alla=True), connection.cursor() as cursor:
        cursor.execute(sats)
        return cursor.fetchall()


def decided():
    """Return how many decisions each contact has, by id; contacts without any are left out."""
    return dict(
        ask(
            "select k.vardhandelse_id, count(*) from hej_beslut b"
            " join gvr_vardkontakt k on k.id = b.vardkontakt_id group by 1"
        )
    )


def stored():
    """Return the diagnoser of every version, by the contact's id."""
    return dict(
        ask(
            "select k.vardhandelse_id, v.diagnoser from gvr_vardkontakt k"
            " join gvr_vardkontaktversion v on v.vardkontakt_id = k.id"
        )
    )


@pytest.fixture
def sandare(hemma):
    sandare = Journalsystem(hemma.adress, "token-A", "v")
    yield sandare
    sandare.close()


def test_contacts_are_received_without_a_broker_and_decided_when_a_new_one_is_there(hemma, sandare):
    sandare.send(0)
    hemma.wait_for_decisions(sandare)  # the bell is heard

    hemma.ko.kill()
    for nr in range(1, 61, 6):
        sandare.send(nr)
        sandare.send(*range(nr + 1, nr + 6))

    assert len(sandare.kvitterade) == 61
    assert (sandare.avslag, sandare.tappade) == ([], 0)
    assert stored() == sandare.kvitterade
    assert len(decided()) < 61

    hemma.ko.start()
    hemma.let_the_clock_strike()
    hemma.wait_for_decisions(sandare)

    for nr in range(61, 66):  # and the bell is heard again, by the same web server
        sandare.send(nr)
    hemma.wait_for_decisions(sandare)
    assert ask("select * from gvr_arende") == []
