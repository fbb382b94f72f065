"""What a sender has sent: found again by its id, by time and by how it went – its own only."""

import logging
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from gvr.actions import anropslogg
from gvr.api import kvot, problem
from gvr.models import Leverans, Maskinkonto, Nekatanrop
from tests.factories import sandare
from tests.factories.sandare import PATIENT, Sandare, besok


class Raknare:
    """A counter that counts in this process."""

    def __init__(self):
        self._raknat = {}

    def add(self, slag, konto_id, antal, minut, *, tak=0):
        fore = self._raknat.get((slag, konto_id), 0)
        self._raknat[slag, konto_id] = fore + antal
        return fore


@pytest.fixture
def a(db, monkeypatch):
    raknare = Raknare()
    monkeypatch.setattr(kvot, "counter", lambda: raknare)
    sandare.open_region()
    return Sandare("token-A")


def logg(sandaren, query=""):
    svar = sandaren("GET", f"anropslogg{query}")
    assert svar.status_code == 200, svar.content
    return svar.json()


# --- one delivery -------------------------------------------------------------------------------


def test_a_delivery_is_found_by_the_id_it_was_answered_with(a):
    svar = a("POST", "vardkontakter", besok())

    funnen = a("GET", f"leveranser/{svar.json()['leverans']}").json()

    assert [(rad["niva"], rad["utfall"]) for rad in funnen["kvittenser"]] == [
        ("K0", "MOTTAGEN"),
        ("K1", "GODKAND"),
    ]
    assert (funnen["status"], funnen["antal"], funnen["svar"]) == (201, 1, svar.json())
    assert PATIENT not in funnen["kropp"]
    assert "I109" not in funnen["kropp"]


def test_a_body_that_cannot_be_read_is_a_refused_form(a):
    svar = a("POST", "vardkontakter", b'{"vardhandelseId": ')

    funnen = a("GET", f"leveranser/{svar.json()['begaran_id']}").json()

    assert funnen["kvittenser"][1]["utfall"] == "AVVISAD"
    assert funnen["kvittenser"][1]["kod"] == svar.json()["kod"]
    assert "kropp" not in funnen


def test_a_refused_contact_is_no_refused_form(a):
    svar = a("POST", "vardkontakter", besok(patientId="191212121211"))

    funnen = a("GET", f"leveranser/{svar.json()['begaran_id']}").json()

    assert svar.status_code == 422
    assert funnen["kvittenser"][1]["utfall"] == "GODKAND"
    assert funnen["avvisade"] == 1


def test_another_systems_delivery_does_not_exist(a):
    leverans = a("POST", "vardkontakter", besok()).json()["leverans"]

    annans = Sandare("token-B")("GET", f"leveranser/{leverans}")
    ingens = Sandare("token-B")("GET", f"leveranser/{uuid.uuid4()}")

    assert annans.status_code == ingens.status_code == 404
    assert annans.json()["detail"] == ingens.json()["detail"]


# --- the log ------------------------------------------------------------------------------------


def test_the_log_has_what_was_kept_and_what_was_refused_the_newest_first(a):
    a("POST", "vardkontakter", besok())
    utan_nyckel = a("POST", "vardkontakter", besok("V2"), nyckel=None)
    a("GET", "vardkontakter/finns-inte")

    rader = logg(a)["anrop"]

    assert [(rad["status"], rad.get("kod", ""), rad["leverans"]) for rad in rader] == [
        (404, "HITTAS_INTE", False),
        (400, "NYCKEL_SAKNAS", False),
        (201, "", True),
    ]
    assert rader[1]["uuid"] == utan_nyckel.json()["begaran_id"]


def test_the_log_is_each_systems_own(a):
    a("POST", "vardkontakter", besok(), nyckel=None)
    a("POST", "vardkontakter", besok())

    assert logg(Sandare("token-B"))["anrop"] == []


@pytest.mark.parametrize(
    ("query", "statusar"),
    [("?status=4xx", [400, 422]), ("?status=201", [201]), ("?status=5xx", []), ("?antal=1", [400])],
)
def test_the_log_is_narrowed_by_how_it_went(a, query, statusar):
    a("POST", "vardkontakter", besok())
    a("POST", "vardkontakter", besok("V2", patientId="191212121211"))
    a("POST", "vardkontakter", besok("V3"), nyckel=None)

    assert [rad["status"] for rad in logg(a, query)["anrop"]] == statusar


@pytest.mark.parametrize("stilla", [False, True], ids=["as time goes", "all in one instant"])
def test_the_log_is_read_page_by_page_without_losing_a_row(a, stilla, monkeypatch):
    if stilla:
        nu = timezone.localtime()
        monkeypatch.setattr(timezone, "now", lambda: nu)
    for nr in range(5):
        a("POST", "vardkontakter", besok(f"V{nr}"), nyckel=None if nr % 2 else "ny")

    sedda, nasta = [], ""
    for _ in range(10):
        sida = logg(a, f"?antal=2{nasta}")
        sedda += [rad["uuid"] for rad in sida["anrop"]]
        if "nasta" not in sida:
            break
        nasta = f"&efter={sida['nasta']}"

    assert len(sedda) == len(set(sedda)) == 5


def test_the_log_is_narrowed_by_time(a):
    a("POST", "vardkontakter", besok())
    i_morgon = (timezone.localtime() + timedelta(days=1)).isoformat().replace("+", "%2B")

    assert logg(a, f"?fran={i_morgon}")["anrop"] == []
    assert len(logg(a, f"?fore={i_morgon}")["anrop"]) == 1


@pytest.mark.parametrize(
    "query", ["?fran=i-gar", "?efter=2026-11-01", "?status=600", "?status=4x", "?antal=0"]
)
def test_a_parameter_that_cannot_be_read_is_refused(a, query):
    assert a("GET", f"anropslogg{query}").status_code == 400


def test_a_place_in_another_systems_log_is_not_found(a):
    a("POST", "vardkontakter", besok())
    (rad,) = logg(a)["anrop"]

    svar = Sandare("token-B")("GET", f"anropslogg?efter={rad['uuid']}")

    assert svar.status_code == 404


def test_an_address_that_holds_a_personnummer_is_masked(a):
    a("GET", f"vardkontakter/{PATIENT}")

    assert PATIENT not in str(logg(a))
    assert PATIENT not in Nekatanrop.objects.get().resurs


# --- what strangers may write -------------------------------------------------------------------


def test_a_wrong_token_is_kept_for_the_region_and_shown_to_no_sender(a):
    Client().get("/api/v1/kvittenser", headers={"Authorization": "Bearer fel"})

    rad = Nekatanrop.objects.get()
    assert (rad.status, rad.kod, rad.maskinkonto_id) == (401, "EJ_INLOGGAD", None)
    assert logg(a)["anrop"] == []


def test_a_flood_of_strangers_writes_a_bounded_number_of_rows(a, monkeypatch):
    monkeypatch.setattr(problem, "NEKADE_PER_MINUT", 3)

    for _ in range(10):
        Client().get("/api/v1/kvittenser")

    assert Nekatanrop.objects.count() == 3


def test_strangers_and_floods_write_nothing_when_nobody_counts(a, monkeypatch):
    monkeypatch.setattr(kvot, "counter", lambda: kvot.Raknare(""))
    Client().get("/api/v1/kvittenser")
    a("GET", "vardkontakter/finns-inte")

    assert Nekatanrop.objects.get().status == 404


def test_a_log_that_cannot_be_written_does_not_change_the_answer(a, monkeypatch, caplog):
    def sond(**falt):
        raise DatabaseError

    monkeypatch.setattr(Nekatanrop.objects, "create", sond)

    assert a("GET", "vardkontakter/finns-inte").status_code == 404
    assert "anropslogg.inte_sparat" in caplog.text


def test_a_quota_that_is_used_up_is_found_in_the_log(a):
    Maskinkonto.objects.filter(kallsystem="JOURNAL-A").update(anrop_per_minut=1)
    a("GET", "kvittenser")
    a("GET", "kvittenser")

    assert Nekatanrop.objects.get().kod == "FOR_MANGA_ANROP"


# --- thirty days --------------------------------------------------------------------------------


def test_refused_requests_are_forgotten_after_thirty_days_and_deliveries_are_not(a, caplog):
    a("POST", "vardkontakter", besok())
    a("POST", "vardkontakter", besok("V2"), nyckel=None)
    nu = timezone.localtime()

    with caplog.at_level(logging.WARNING):
        assert anropslogg.forget(at=nu + timedelta(days=29)) == 0
        assert anropslogg.forget(at=nu + timedelta(days=31)) == 1
    assert "anropslogg.gallrat antal=1" in caplog.text
    assert (Nekatanrop.objects.count(), Leverans.objects.count()) == (0, 1)
