"""The database is torn down while contacts arrive: what was answered is there, and whole."""

import os
import signal
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from gvr.core.demonycklar import derive
from gvr.lokal import postgres
from gvr.lokal.demo import free_port
from gvr.lokal.hus import Hus, django_env
from gvr.lokal.processer import UnableToStart, stop, wait_until
from gvr.lokal.servrar import DATABASE, Servrar
from gvr.lokal.vagar import prepare, throw_away
from tests.factories.journalsystem import Journalsystem

OMSTARTER = 3
TILLBAKA = 30  # seconds within which contacts are received again

HALVA = {
    "contacts without their newest version": """
        select k.vardhandelse_id from gvr_vardkontakt k
        where not exists (
            select from gvr_vardkontaktversion v
            where v.vardkontakt_id = k.id and v.version = k.senaste_version)""",
    "contacts without a receipt": """
        select k.vardhandelse_id from gvr_vardkontakt k
        where not exists (
            select from gvr_kvittens q where q.vardkontakt_id = k.id and q.niva = 'K2')""",
    "contacts decided twice, not at all, or not to be paid": """
        select k.vardhandelse_id from gvr_vardkontakt k
        left join hej_beslut b on b.vardkontakt_id = k.id and b.utfall = 'ERSATTS'
        group by k.id having count(b.id) <> 1""",
    "posts made twice": """
        select vardkontakt_id, produktkod from hej_post
        group by vardkontakt_id, produktkod having count(*) > 1""",
    "contacts registered twice": """
        select k.vardhandelse_id from gvr_vardkontakt k
        join gvr_vardkontaktversion v on v.vardkontakt_id = k.id
        group by k.vardhandelse_id having count(*) > 1""",
    "deliveries that are not all there": """
        select l.uuid from gvr_leverans l
        where l.antal <> l.antal_avvisade + (
            select count(*) from gvr_vardkontaktversion v where v.leverans_id = l.id)""",
}


class Databas:
    """A PostgreSQL of this test's own, with a laptop's settings: what is committed is on disk."""

    def __init__(self, hem):
        self.vagar = prepare(hem)
        self.start()
        postgres.create_roles(self.socklar)
        postgres.create_database(self.socklar, DATABASE)

    def url(self, roll):
        return postgres.url(self.socklar, roll, DATABASE)

    def start(self):
        self.process, self.socklar = postgres.start_postgres(self.vagar, env=dict(os.environ))

    def restart_immediately(self):
        """Do what `pg_ctl restart -m immediate` does: no farewell, recovery from the log."""
        self.process.popen.send_signal(signal.SIGQUIT)
        self.process.popen.wait(30)
        self.start()

    def stop(self):
        stop(self.process)


class Hemma:
    """The house: a database to tear down, a web server of two workers and a Celery worker."""

    def __init__(self, stack):
        hem = stack.enter_context(throw_away())
        try:
            self.databas = Databas(hem)
        except UnableToStart as fel:
            pytest.skip(str(fel))
        stack.callback(self.databas.stop)
        servrar = Servrar(
            agare=self.databas.url(postgres.OWNER),
            app=self.databas.url(postgres.APP),
            redis=os.environ["REDIS_URL"],
            inbyggda=True,
        )
        self.hus = Hus(
            stack=stack,
            hem=hem,
            servrar=servrar,
            env={**django_env(hem, servrar, os.environ), "ARENDE_LEASE_SEKUNDER": "2"},
        )
        self.hus.migrate()
        self.hus.once("seed_demo")
        self.adress = self.hus.serve(free_port())
        (self.webb,) = self.hus.barn
        self.hus.work()

    def journal_systems(self, *namn):
        """Return senders that have begun to send."""
        token = derive(self.hus.env["SECRET_KEY"], "sysA", 40)
        sandare = [Journalsystem(self.adress, token, ett) for ett in namn]
        for ett in sandare:
            ett.start()
        return sandare

    def workers(self):
        """Return the process numbers of the web server's workers."""
        pid = self.webb.popen.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

    def wait_until(self, klart, seconds=60):
        """Wait, unless the web server dies or the time runs out."""
        wait_until(klart, self.webb, seconds=seconds)

    def wait_for_more(self, antal, sandare, seconds=60):
        """Wait until each sender has so many more contacts answered with success."""
        mal = [len(ett.kvitterade) + antal for ett in sandare]
        self.wait_until(
            lambda: all(len(ett.kvitterade) >= m for ett, m in zip(sandare, mal, strict=True)),
            seconds,
        )

    def ask(self, sats):
        """Ask the database as its owner, who sees every row."""
        with psycopg.connect(self.databas.url(postgres.OWNER), row_factory=namedtuple_row) as fraga:
            fraga.execute("select set_config('app.alla', 'ja', true)")
            return fraga.execute(sats).fetchall()


@pytest.fixture(scope="module")
def hemma():
    with ExitStack() as stack:
        yield Hemma(stack)


def test_what_was_answered_is_there_whole_after_three_immediate_restarts(hemma):
    workers = hemma.workers()
    sandare = hemma.journal_systems("a", "b")
    for _ in range(OMSTARTER):
        hemma.wait_for_more(15, sandare)
        hemma.databas.restart_immediately()
        hemma.wait_for_more(7, sandare, TILLBAKA)  # more than what was on its way
    for ett in sandare:
        ett.stop()
    hemma.wait_until(lambda: hemma.ask("select from gvr_arende limit 1") == [], seconds=120)

    lagrade = {
        rad.vardhandelse_id: rad.diagnoser
        for rad in hemma.ask(
            "select k.vardhandelse_id, v.diagnoser from gvr_vardkontakt k"
            " join gvr_vardkontaktversion v on v.vardkontakt_id = k.id"
        )
    }
    assert lagrade == sandare[0].kvitterade | sandare[1].kvitterade
    for vad, sats in HALVA.items():
        assert hemma.ask(sats) == [], vad
    assert hemma.workers() == workers
    assert_told_to_come_back(sandare)


def test_while_the_database_is_away_senders_are_asked_to_come_back(hemma):
    sandare = hemma.journal_systems("c", "d")
    hemma.wait_for_more(1, sandare)
    hemma.databas.stop()
    hemma.wait_until(lambda: all(len(ett.avslag) > 2 for ett in sandare))
    hemma.databas.start()
    hemma.wait_for_more(7, sandare, TILLBAKA)
    for ett in sandare:
        ett.stop()

    assert_told_to_come_back(sandare)


def assert_told_to_come_back(sandare):
    """No request was lost on the way; those that failed got a problem document and a time."""
    avslag = [svar for ett in sandare for svar in ett.avslag]
    assert sum(ett.tappade for ett in sandare) == 0
    assert {svar.status_code for svar in avslag} == {503}
    assert {svar.headers["content-type"] for svar in avslag} == {"application/problem+json"}
    assert {svar.json()["kod"] for svar in avslag} == {"TILLFALLIGT_FEL"}
    assert all(int(svar.headers["retry-after"]) > 0 for svar in avslag)
