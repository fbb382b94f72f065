"""The sandbox: every code can be had on purpose, real patients cannot, and it can be emptied."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from avstamning.actions import demo
from avstamning.core.utvecklarkod import Sort
from avstamning.queries import sandlada, utvecklare
from ersattning import kedja
from ersattning.hej.models import Post
from gvr.core.demonycklar import derive
from gvr.core.sandlada import generation, next_generation
from gvr.models import Vardkontakt
from gvr.queries.behorighet import databaskontext
from tests.factories.sandare import Sandare, besok

SECRET = "sandlådans egen hemlighet"
PATIENT = "196410102880"
PROV = {p.kod: p for p in sandlada.trials(timezone.localdate())}
SANDS = sorted(kod for kod, p in PROV.items() if p.steg)


def now():
    dag = timezone.localdate() - timedelta(days=1)
    return datetime(dag.year, dag.month, dag.day, 12, tzinfo=ZoneInfo("Europe/Stockholm"))


@pytest.fixture(scope="module")
def varlden(egen_databas_modul):
    """The fictional region and what a sandbox has beside it."""
    demo.build(secret=SECRET, at=now(), sandlada=True)


@pytest.fixture
def lada(varlden, settings):
    """A sandbox, and the account that reports to it."""
    settings.SANDLADA = True
    return Sandare(derive(SECRET, "sandlada", 40))


def send(lada, prov):
    """Take the steps in order; return the last answer."""
    nummer = ""
    for steg in prov.steg:
        svar = make(lada, steg, steg.kropp.replace("{nummer}", nummer))
        nummer = svar.json().get("nummer", nummer)
    return svar


def make(lada, steg, kropp):
    huvud = {namn: varde for namn, varde in steg.huvuden.items() if varde}
    if "Authorization" not in huvud:
        huvud["Authorization"] = f"Bearer {lada.token}"
    mediatyp = huvud.pop("Content-Type", "application/octet-stream")
    return Client(raise_request_exception=False).generic(
        steg.metod,
        f"/api/v1/{steg.vag}",
        kropp.encode(),
        content_type=mediatyp,
        headers=huvud,
        CONTENT_TYPE=mediatyp,
    )


def codes_of(svar):
    """Return every code that an answer carries, wherever it stands."""

    def walk(varde):
        if isinstance(varde, dict):
            for namn, del_ in varde.items():
                if namn in ("kod", "orsak", "utfall") and isinstance(del_, str):
                    yield del_
                yield from walk(del_)
        elif isinstance(varde, list):
            for del_ in varde:
                yield from walk(del_)

    return set(walk(svar.json()))


@pytest.mark.parametrize("kod", SANDS)
def test_what_the_table_says_gives_the_code(lada, kod):
    svar = send(lada, PROV[kod])

    assert kod in codes_of(svar), svar.content.decode()


def test_every_code_can_be_had_or_says_why_not():
    koder = utvecklare.codes()
    beskrivna = utvecklare.descriptions()
    utan = {kod for kod, p in PROV.items() if not p.steg}

    assert set(PROV) == {k.kod for k in koder.values() if k.sort is not Sort.REGIONEN}
    assert all(p.hur for p in PROV.values())
    assert utan == {
        k for k, b in beskrivna.items() if {"_hur", "_steg"} & b.prova.keys() == {"_hur"}
    }
    assert [kod for kod in utan if len(PROV[kod].hur) < 30] == []
    assert {k for k in utan if koder[k].sort is Sort.ANROP} == set()
    assert len(SANDS) > 0.85 * len(PROV)


def test_the_page_shows_every_trial_and_patients(lada):
    sida = Client().get("/utvecklare/sandlada/").content.decode()

    assert all(f"/utvecklare/fel/{kod}" in sida for kod in PROV)
    assert PATIENT in sida or "192501239202" in sida


def test_outside_a_sandbox_none_of_it_exists(varlden):
    lada = Sandare(derive(SECRET, "sandlada", 40))

    assert Client().get("/utvecklare/sandlada/").status_code == 404
    assert lada("POST", "sandlada/aterstallning").status_code == 404
    assert lada("GET", "kvittenser", huvud={"Sandlada-Svar": "PAGAR"}).status_code == 200


def test_a_real_patient_is_never_taken(lada):
    svar = lada("POST", "vardkontakter", besok("S-verklig", patientId="991981000010"))

    assert svar.status_code == 422
    assert "SANDLADA_PATIENT" in codes_of(svar)


def test_an_answer_that_was_asked_for_uses_up_no_key(lada):
    kontakt = besok("S-nyckel", patientId=PATIENT, lkf="018001")
    forst = lada(
        "POST", "vardkontakter", kontakt, nyckel="n1", huvud={"Sandlada-Svar": "TILLFALLIGT_FEL"}
    )
    sedan = lada("POST", "vardkontakter", kontakt, nyckel="n1")

    assert forst.status_code == 503
    assert int(forst.headers["Retry-After"]) > 0
    assert sedan.status_code == 201


def test_a_code_that_does_not_exist_cannot_be_asked_for(lada):
    svar = lada("GET", "kvittenser", huvud={"Sandlada-Svar": "HITTEPA"})

    assert (svar.status_code, svar.json()["kod"]) == (400, "OGILTIG_PARAMETER")


def test_an_emptied_sandbox_begins_anew_and_leaves_the_others_alone(lada):
    annan = Sandare(derive(SECRET, "sysA", 40))
    kontakt = besok("S-om", patientId=PATIENT, lkf="018001")
    annan("POST", "vardkontakter", kontakt, nyckel="fast")
    forst = lada("POST", "vardkontakter", kontakt, nyckel="fast")
    while kedja.decide_next(at=timezone.localtime()):
        pass

    svar = lada("POST", "sandlada/aterstallning")
    while kedja.decide_next(at=timezone.localtime()):
        pass

    assert svar.json()["kallsystem"] == "SANDLADA.2"
    assert svar.json()["makulerade"] >= 1
    assert lada("GET", "vardkontakter/S-om").status_code == 404
    assert lada("GET", "kvittenser").json()["kvittenser"] == []
    igen = lada("POST", "vardkontakter", kontakt, nyckel="fast")
    assert (igen.status_code, igen.headers.get("Idempotens-Upprepad")) == (201, None)
    assert igen.json()["uuid"] != forst.json()["uuid"]
    assert annan("GET", "vardkontakter/S-om").json()["makulerad"] is False
    with databaskontext(alla=True):
        gammal = Vardkontakt.objects.get(kallsystem="SANDLADA", vardhandelse_id="S-om")
        assert Post.objects.filter(vardkontakt=gammal).aggregate(s=Sum("belopp"))["s"] in (0, None)


def test_generations_are_counted_in_the_name():
    assert [generation("A"), generation("A.2"), generation("A.B")] == [1, 2, 1]
    assert [next_generation("A"), next_generation("A.9"), next_generation("A.B")] == [
        "A.2",
        "A.10",
        "A.B.2",
    ]
