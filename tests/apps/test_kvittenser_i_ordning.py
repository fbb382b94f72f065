"""The feed of receipts: who asks for what comes after N misses nothing, however writers race."""

import hashlib
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal

import pytest
import uuid_utils.compat as uuid
from django.db import connection, connections

from ersattning.hej.actions import beslut
from gvr.actions import vardkontakter
from gvr.actions.leveranser import Avsandare, Begaran, Svar
from gvr.core.mottagning import Avsikt, Inkommet, checksum
from gvr.models import Enhet, Kvittens, Maskinkonto, Vardkontakt
from gvr.queries import kvittenser
from gvr.queries.behorighet import databaskontext
from tests import world
from tests.factories import kontakter
from tests.factories.kontakter import NU, innehall

TALAMOD = 60  # seconds; only a test that fails waits so long
KOMBIKA = {"JOURNAL-A": "90001311001", "JOURNAL-B": "90002312001"}


class Sandare:
    """A sending system whose receipts are written by the intake and by the decisions."""

    _nr = itertools.count(1)

    def __init__(self, kallsystem, vardgivare):
        self.kallsystem = kallsystem
        self.vardgivare = vardgivare
        self.enhet = Enhet.objects.get(kombika=KOMBIKA[kallsystem])
        anvandare = world_user(kallsystem)
        konto = Maskinkonto.objects.create(
            namn=kallsystem, kallsystem=kallsystem, anvandare=anvandare, token_hash=kallsystem
        )
        self.avsandare = Avsandare(
            konto_id=konto.pk,
            anvandare_id=anvandare.pk,
            anvandare=anvandare.username,
            kallsystem=kallsystem,
            rapport=frozenset({vardgivare.pk}),
            synliga=frozenset({vardgivare.pk}),
        )
        self.kontakt = kontakter.register(
            f"{kallsystem}-0", self.visit(), kallsystem=kallsystem, arende=False
        )
        Vardkontakt.objects.filter(pk=self.kontakt).update(vardgivare=vardgivare, enhet=self.enhet)

    def visit(self):
        return innehall(enhet=self.enhet.kombika)

    def mottagning(self):
        """Take in a new contact, which gives a receipt K2."""
        besok = self.visit()
        svar = vardkontakter.receive(
            [
                Inkommet(
                    plats=0,
                    avsikt=Avsikt.SKAPA,
                    vardhandelse_id=f"{self.kallsystem}-{next(self._nr)}",
                    innehall=besok,
                    summa=checksum(besok, None),
                )
            ],
            avsandare=self.avsandare,
            begaran=Begaran(
                uuid=uuid.uuid7(),
                metod="POST",
                resurs="/",
                mediatyp="application/json",
                nyckel=None,
                kropp=b"{}",
                sha256=hashlib.sha256(b"{}").digest(),
                mottagen=NU,
            ),
            today=NU.date(),
            utforma=lambda resultat, stoppat: Svar(status=resultat[0].status, kropp=b"{}"),
        )
        assert svar.status == 201

    def beslut(self):
        """Write the receipt K3 of a decision."""
        self._write(self.vardgivare.pk, self.enhet.pk, "ERSATTS")

    def okand(self):
        """Write the receipt K3 of a decision about a unit that nobody knows yet."""
        self._write(None, None, "VANTAR")

    def _write(self, vardgivare_id, enhet_id, utfall):
        plats = (self.kallsystem, self.kontakt, vardgivare_id, enhet_id)
        beslut.write_receipts([(*plats, 1, "K3", utfall, "", Decimal("0.00"), NU)])

    def page(self, efter, antal=100):
        """Return the numbers that the sender reads after one."""
        rader = kvittenser.after(
            efter, kallsystem=self.kallsystem, vardgivare=[self.vardgivare.pk], antal=antal
        )
        return [rad.sekvens for rad in rader]


def world_user(namn):
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - Django is ready only now

    return get_user_model().objects.create_user(namn)


@pytest.fixture
def sandare(egen_databas):
    with databaskontext(alla=True):
        vardgivare = world.load_providers()
        return Sandare("JOURNAL-A", vardgivare["A"]), Sandare("JOURNAL-B", vardgivare["B"])


@pytest.fixture
def tradar():
    with ThreadPoolExecutor(8) as pool:
        yield pool


def in_transaction(write, *, skrivet=None, slapp=None):
    """Write in a transaction of its own; with `slapp`, hold it open until told."""
    try:
        with databaskontext(alla=True):
            write()
            if skrivet is not None:
                skrivet.set()
                assert slapp.wait(TALAMOD)
    finally:
        connections.close_all()


@contextmanager
def held_open(tradar, write):
    """Have a thread that has written and not committed; it commits after the block."""
    skrivet, slapp = threading.Event(), threading.Event()
    trad = tradar.submit(in_transaction, write, skrivet=skrivet, slapp=slapp)
    try:
        assert skrivet.wait(TALAMOD)
        yield
    finally:
        slapp.set()
        trad.result(TALAMOD)


def written(sandare_):
    """Return the numbers of all receipts that the sender has in the table, in order."""
    rader = Kvittens.objects.filter(kallsystem=sandare_.kallsystem)
    return list(rader.order_by("sekvens").values_list("sekvens", flat=True))


def waits_for_a_lock():
    """Say whether some session of this database waits for an advisory lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from pg_locks where locktype = 'advisory' and not granted"
            " and database = (select oid from pg_database where datname = current_database()))"
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize("senare", ["mottagning", "beslut"])
@pytest.mark.parametrize("forst", ["mottagning", "beslut"])
def test_a_reader_misses_no_receipt_of_a_slow_transaction(sandare, tradar, forst, senare):
    a, _ = sandare
    with held_open(tradar, getattr(a, forst)):
        trad = tradar.submit(in_transaction, getattr(a, senare))
        slut = time.monotonic() + TALAMOD
        while not (trad.done() or waits_for_a_lock()):
            assert time.monotonic() < slut, "the second writer neither waits nor is done"

        under_tiden = a.page(0)

    trad.result(TALAMOD)
    lasta = under_tiden + a.page(max(under_tiden, default=0))
    assert lasta == written(a)
    assert len(lasta) == 2


@pytest.mark.parametrize("senare", ["mottagning", "beslut"])
@pytest.mark.parametrize("forst", ["mottagning", "beslut"])
def test_another_sender_does_not_wait(sandare, tradar, forst, senare):
    a, b = sandare
    with held_open(tradar, getattr(a, forst)):
        tradar.submit(in_transaction, getattr(b, senare)).result(TALAMOD)

        assert len(b.page(0)) == 1
        assert a.page(0) == []

    assert len(a.page(0)) == 1


def test_a_reader_that_runs_along_with_many_writers_reads_every_receipt_once(sandare, tradar):
    alla = (*sandare, *sandare)
    arbeten = [
        tradar.submit(in_transaction, getattr(sandare_, sort))
        for _ in range(25)
        for sandare_ in alla
        for sort in ("mottagning", "beslut")
    ]
    lasta = {sandare_.kallsystem: [] for sandare_ in sandare}

    while True:
        klara = all(arbete.done() for arbete in arbeten)
        for sandare_ in sandare:
            sedda = lasta[sandare_.kallsystem]
            while sida := sandare_.page(max(sedda, default=0), antal=3):
                sedda += sida
        if klara:
            break

    for arbete in arbeten:
        arbete.result()
    for sandare_ in sandare:
        sedda = lasta[sandare_.kallsystem]
        assert sedda == sorted(set(sedda))
        assert len(sedda) == len(arbeten) // 2


def test_receipts_that_arrive_while_a_page_is_read_are_on_it_in_order_or_on_the_next(
    sandare, tradar, monkeypatch
):
    a, _ = sandare
    kontext = kvittenser.databaskontext

    @contextmanager
    def late(**omfang):
        tradar.submit(in_transaction, a.beslut).result(TALAMOD)
        tradar.submit(in_transaction, a.okand).result(TALAMOD)
        with kontext(**omfang):
            yield

    with monkeypatch.context() as patch:
        patch.setattr(kvittenser, "databaskontext", late)
        forst = a.page(0)

    assert forst + a.page(max(forst)) == written(a)


def test_a_transaction_that_is_taken_back_leaves_the_feed_open_for_the_next(sandare, tradar):
    a, _ = sandare

    def break_off():
        a.mottagning()
        raise ValueError("broken off")

    with pytest.raises(ValueError, match="broken off"):
        tradar.submit(in_transaction, break_off).result(TALAMOD)
    tradar.submit(in_transaction, a.beslut).result(TALAMOD)

    assert len(a.page(0)) == 1
