"""A sender's quota: what is too much in a minute waits, and nobody else does."""

import pytest
from django.utils import timezone

from gvr.api import kvot
from gvr.models import Leverans, Maskinkonto, Vardkontakt
from tests.factories import sandare
from tests.factories.sandare import CEDERLUND, Sandare, besok, statements


@pytest.fixture
def varlden(db, monkeypatch):
    """Stand still in one minute of the clock, and count in this process alone."""
    raknat = {}

    class Raknare:
        def add(self, slag, konto_id, antal, minut, *, tak=0):
            fore = raknat.get((slag, konto_id, minut), 0)
            raknat[slag, konto_id, minut] = fore + antal
            return fore

    monkeypatch.setattr(kvot, "counter", Raknare)
    monkeypatch.setattr(kvot.kvot, "minute", lambda at: 1)
    return sandare.open_region()


@pytest.fixture
def a(varlden):
    return Sandare("token-A")


def bound(**tak):
    Maskinkonto.objects.filter(kallsystem="JOURNAL-A").update(**tak)


def test_a_loud_sender_is_told_to_wait_and_its_neighbour_is_not(a):
    bound(anrop_per_minut=3)
    b = Sandare("token-B")

    svar = [a("POST", "vardkontakter", besok(f"A{nr}")) for nr in range(30)]
    grannens = [
        b("POST", "vardkontakter", besok(f"B{nr}", enhet={"kombika": CEDERLUND}))
        for nr in range(10)
    ]

    assert [rad.status_code for rad in svar] == [201] * 3 + [429] * 27
    assert {rad.status_code for rad in grannens} == {201}
    nekat = svar[-1]
    assert nekat["Content-Type"] == "application/problem+json"
    assert nekat.json()["kod"] == "FOR_MANGA_ANROP"
    assert 1 <= int(nekat["Retry-After"]) <= 61


def test_a_refused_request_stores_nothing_and_may_be_sent_again_with_its_key(a):
    bound(kontakter_per_minut=2)
    a.rapportera(besok("V1"), besok("V2"), besok("V3"))

    nekat = a("POST", "vardkontakter", besok("V4"), nyckel="en-nyckel")
    bound(kontakter_per_minut=100)
    igen = a("POST", "vardkontakter", besok("V4"), nyckel="en-nyckel")

    assert (nekat.status_code, igen.status_code) == (429, 201)
    assert Leverans.objects.count() == 2


def test_one_delivery_may_be_larger_than_the_bound(a):
    bound(kontakter_per_minut=1)

    assert a.rapportera(besok("V1"), besok("V2")).status_code == 200
    assert a.rapportera(besok("V3")).status_code == 429
    assert Vardkontakt.objects.count() == 2


def test_the_connection_test_tells_what_is_left(a):
    bound(anrop_per_minut=10, kontakter_per_minut=50)
    a.rapportera(besok("V1"), besok("V2"))

    svar = a("GET", "anslutningstest").json()

    assert svar["anrop"] == {"perMinut": 10, "kvar": 8}
    assert svar["kontakter"] == {"perMinut": 50, "kvar": 48}


def test_a_counter_that_does_not_answer_refuses_nobody(db, monkeypatch):
    sandare.open_region()
    bound(anrop_per_minut=1)
    dod = kvot.Raknare("redis://127.0.0.1:1/0")
    monkeypatch.setattr(kvot, "counter", lambda: dod)
    a = Sandare("token-A")

    assert [a("GET", "anslutningstest").status_code for _ in range(3)] == [200] * 3
    assert "kvar" not in a("GET", "anslutningstest").json()["anrop"]


def test_the_real_counter_counts(db, settings):
    if not settings.REDIS_URL:
        pytest.skip("ingen Redis eller Valkey i den här körningen")
    raknare = kvot.Raknare(settings.REDIS_URL)
    minut = int(timezone.localtime().timestamp() * 1000)

    assert [raknare.add("prov", 1, 5, minut) for _ in range(3)] == [0, 5, 10]


def test_a_process_tells_the_others_when_it_has_counted_a_hundredth(db, settings):
    if not settings.REDIS_URL:
        pytest.skip("ingen Redis eller Valkey i den här körningen")
    var, annans = kvot.Raknare(settings.REDIS_URL), kvot.Raknare(settings.REDIS_URL)
    minut = int(timezone.localtime().timestamp() * 1000) + 1

    egna = [var.add("prov", 1, 1, minut, tak=300) for _ in range(4)]
    assert egna == [0, 1, 2, 3]  # the first is told at once, three are a hundredth of the bound
    assert annans.add("prov", 1, 1, minut, tak=300) == 1
    assert var.add("prov", 1, 1, minut, tak=300) == 5
    assert annans.add("prov", 1, 0, minut) == 6
    assert annans.add("prov", 1, 0, minut + 1) == 0


def test_counting_adds_no_statement_to_a_single_report(a):
    a("POST", "vardkontakter", besok("V0"))

    assert len(statements(lambda: a("POST", "vardkontakter", besok()))) <= 8
