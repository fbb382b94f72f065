"""The same request again, and many at once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from gvr.models import Kvittens, Leverans, Maskinkonto, Vardkontakt, Vardkontaktversion
from gvr.queries.behorighet import databaskontext
from tests.factories.sandare import (
    CEDERLUND,
    EKBACKEN,
    PATIENT,
    Sandare,
    besok,
    open_region,
    yesterday,
)


@pytest.fixture
def region(db):
    return open_region()


@pytest.fixture
def sys_a(region):
    return Sandare("token-A")


def test_the_same_request_again_gets_the_same_answer_and_does_nothing(sys_a):
    forst = sys_a("POST", "vardkontakter", besok(), nyckel="n1")
    igen = sys_a("POST", "vardkontakter", besok(), nyckel="n1")

    assert (forst.status_code, igen.status_code) == (201, 201)
    assert forst.content == igen.content
    assert "Idempotens-Upprepad" not in forst
    assert igen["Idempotens-Upprepad"] == "true"
    assert (Vardkontakt.objects.count(), Leverans.objects.count()) == (1, 1)


def test_the_answer_stays_the_same_when_the_contact_has_changed_since(sys_a):
    forst = sys_a("POST", "vardkontakter", besok(), nyckel="n1")
    sys_a("DELETE", "vardkontakter/V1")

    igen = sys_a("POST", "vardkontakter", besok(), nyckel="n1")

    assert igen.content == forst.content


def test_a_refusal_is_repeated_too(sys_a):
    forst = sys_a("POST", "vardkontakter", besok(taxa=None), nyckel="n1")
    igen = sys_a("POST", "vardkontakter", besok(taxa=None), nyckel="n1")

    assert (igen.status_code, igen.content) == (422, forst.content)
    assert igen["Content-Type"] == "application/problem+json"


def test_an_unreadable_body_is_refused_the_same_way_again(sys_a):
    forst = sys_a("POST", "vardkontakter", b"{", nyckel="n1")
    igen = sys_a("POST", "vardkontakter", b"{", nyckel="n1")

    assert (igen.status_code, igen.content) == (400, forst.content)
    assert Leverans.objects.count() == 1


def test_a_key_is_for_one_body(sys_a):
    sys_a("POST", "vardkontakter", besok(), nyckel="n1")

    svar = sys_a("POST", "vardkontakter", besok("V2"), nyckel="n1")

    assert (svar.status_code, svar.json()["kod"]) == (422, "NYCKEL_UPPTAGEN")
    assert Vardkontakt.objects.count() == 1


def test_a_key_is_for_one_address(sys_a):
    sys_a("POST", "vardkontakter", [besok()], nyckel="n1")

    svar = sys_a("POST", "vardkontakter/batch", [besok()], nyckel="n1")

    assert (svar.status_code, svar.json()["kod"]) == (422, "NYCKEL_UPPTAGEN")


def test_two_systems_may_use_the_same_key(sys_a):
    sys_b = Sandare("token-B")

    a = sys_a("POST", "vardkontakter", besok(), nyckel="n1")
    b = sys_b("POST", "vardkontakter", besok(enhet={"kombika": CEDERLUND}), nyckel="n1")

    assert (a.status_code, b.status_code) == (201, 201)


@pytest.mark.parametrize(
    "adress", ["vardkontakter", "vardkontakter/batch", "leveranser/ersmoindata", "deltaganden"]
)
def test_a_post_without_a_key_is_refused(sys_a, adress):
    svar = sys_a("POST", adress, besok(), nyckel=None)

    assert (svar.status_code, svar.json()["kod"]) == (400, "NYCKEL_SAKNAS")


@pytest.mark.parametrize("nyckel", ["", "x" * 256, "x" * 300, "a\r\nb", "a b", "å", "\t", "\x7f"])
def test_a_key_of_the_wrong_form_is_refused(sys_a, nyckel):
    svar = sys_a("POST", "vardkontakter", besok(), nyckel=nyckel)

    assert (svar.status_code, svar.json()["kod"]) == (400, "NYCKEL_OGILTIG")
    assert Vardkontakt.objects.count() == 0


def test_the_longest_key_is_taken(sys_a):
    assert sys_a("POST", "vardkontakter", besok(), nyckel="x" * 255).status_code == 201


def test_a_correction_may_have_a_key_but_need_not(sys_a):
    sys_a("POST", "vardkontakter", besok())

    sys_a("PUT", "vardkontakter/V1", besok(btyp="2"), nyckel="n2")
    sys_a("PUT", "vardkontakter/V1", besok(btyp="0"))
    igen = sys_a("PUT", "vardkontakter/V1", besok(btyp="2"), nyckel="n2")

    assert igen.json()["version"] == 2
    assert Vardkontakt.objects.get().senaste_version == 3


def test_nothing_is_kept_of_a_request_that_failed_on_its_way(sys_a, monkeypatch):
    def failing(*args, **kwargs):
        raise RuntimeError

    with monkeypatch.context() as m:
        m.setattr("gvr.actions.skrivning._insert", failing)
        trasigt = sys_a("POST", "vardkontakter", besok(), nyckel="n1")
    svar = sys_a("POST", "vardkontakter", besok(), nyckel="n1")

    assert (trasigt.status_code, svar.status_code) == (500, 201)


# Many at once, with real commits ------------------------------------------------------------------


@pytest.fixture
def i_drift(egen_databas):
    """The region in a database where commits are real."""
    with databaskontext(alla=True):
        open_region()
    return egen_databas


def at_once(antal, send):
    """Let `antal` threads send at the same moment; return their answers."""
    start = threading.Barrier(antal)
    svar = [None] * antal

    def run(n):
        sys_a = Sandare("token-A")
        start.wait()
        try:
            svar[n] = send(sys_a, n)
        finally:
            connections.close_all()

    tradar = [threading.Thread(target=run, args=(n,)) for n in range(antal)]
    for trad in tradar:
        trad.start()
    for trad in tradar:
        trad.join()
    return svar


def counted(modell):
    with databaskontext(alla=True):
        return modell.objects.count()


def test_of_ten_with_the_same_key_one_is_done_and_the_others_wait_or_get_its_answer(i_drift):
    svar = at_once(10, lambda s, n: s("POST", "vardkontakter", besok(), nyckel="n1"))

    gjorda = [s for s in svar if s.status_code == 201]
    vantar = [s for s in svar if s.status_code == 409]
    assert len(gjorda) + len(vantar) == 10
    assert len({s.content for s in gjorda}) == 1
    assert sum("Idempotens-Upprepad" not in s for s in gjorda) == 1
    assert all((s.json()["kod"], s["Retry-After"]) == ("PAGAR", "1") for s in vantar)
    assert (counted(Vardkontakt), counted(Leverans), counted(Kvittens)) == (1, 1, 1)


def test_a_key_that_is_at_work_is_asked_to_come_back(i_drift):
    sys_a = Sandare("token-A")
    konto = Maskinkonto.objects.get(kallsystem="JOURNAL-A").pk
    lagd, slapp = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "select pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"idempotens:{konto}:n1"],
            )
            lagd.set()
            slapp.wait(30)
        connections.close_all()

    trad = threading.Thread(target=hold)
    trad.start()
    lagd.wait(30)
    try:
        pagar = sys_a("POST", "vardkontakter", besok(), nyckel="n1")
    finally:
        slapp.set()
        trad.join()
    efter = sys_a("POST", "vardkontakter", besok(), nyckel="n1")

    assert (pagar.status_code, pagar["Retry-After"], efter.status_code) == (409, "1", 201)


def test_of_ten_with_keys_of_their_own_one_reports_the_contact(i_drift):
    svar = at_once(10, lambda s, n: s("POST", "vardkontakter", besok()))

    assert sorted(s.status_code for s in svar) == [200] * 9 + [201]
    assert {s.json()["uuid"] for s in svar} == {svar[0].json()["uuid"]}
    assert (counted(Vardkontakt), counted(Leverans)) == (1, 10)


def test_batches_over_the_same_contacts_in_opposite_order_lose_nothing(i_drift):
    def send(sys_a, n):
        ids = [f"V{i}" for i in range(60)]
        kontakter = [besok(vid, version=n + 1) for vid in (ids if n % 2 else reversed(ids))]
        return sys_a.rapportera(*kontakter)

    svar = at_once(20, send)

    assert all(s.status_code in (200, 207) for s in svar)
    with databaskontext(alla=True):
        assert set(Vardkontakt.objects.values_list("senaste_version", flat=True)) == {20}
        assert Vardkontakt.objects.count() == 60


def test_receipts_are_numbered_in_the_order_they_can_be_read(i_drift):
    sedda = []
    stopp = threading.Event()

    def follow():
        sys_a, efter = Sandare("token-A"), 0
        while True:
            sista = stopp.is_set()
            sida = sys_a("GET", f"kvittenser?efter={efter}&antal=1000").json()
            sedda.extend(rad["sekvens"] for rad in sida["kvittenser"])
            efter = sida["nasta"]
            if sista and not sida["kvittenser"]:
                break
        connections.close_all()

    lasare = threading.Thread(target=follow)
    lasare.start()
    at_once(6, lambda s, n: s.rapportera(*(besok(f"{n}-{i}") for i in range(40))))
    stopp.set()
    lasare.join()

    assert sedda == sorted(sedda)
    assert len(sedda) == counted(Kvittens) == 240


def test_the_parts_of_an_episode_sent_at_once_make_one_contact_and_nothing_is_lost(i_drift):
    dag = {nr: str(yesterday() - timedelta(days=10 - nr)) for nr in (0, 2, 5)}
    gemensamt = {"patientId": PATIENT, "enhet": {"kombika": EKBACKEN}}

    def delar(id_):
        return (
            ("inskrivningar", {"dag": dag[0], "tid": "14:30", "ikod": "1"}),
            ("flyttar", {"dag": dag[2], "id": f"F{id_}", "enhet": {"kombika": "90001311002"}}),
            ("utskrivningar", {"dag": dag[5], "ukod": "1", "diagnoser": ["I109"]}),
        )

    for id_ in ("T1", "T2", "T3"):

        def send(sandare, n, id_=id_):
            adress, del_ = delar(id_)[n]
            return sandare("POST", adress, {"vardtillfalleId": id_, **gemensamt, **del_})

        svar = at_once(3, send)
        assert [s.status_code for s in svar] == [201, 201, 201], [s.content for s in svar]

    with databaskontext(alla=True):
        assert Vardkontakt.objects.count() == 3
        for kontakt in Vardkontakt.objects.all():
            sista = Vardkontaktversion.objects.get(
                vardkontakt=kontakt, version=kontakt.senaste_version
            )
            assert (str(sista.slutdag), sista.ukod, sista.ikod) == (dag[5], "1", "1")
            assert len(sista.detaljer["vistelser"]) == 2
