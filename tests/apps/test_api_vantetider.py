"""Waiting times by API."""

from datetime import timedelta

import pytest

from gvr.models import Avvisning, Loggpost, Vantetid
from tests.factories.sandare import (
    CEDERLUND,
    EKBACKEN,
    PATIENT,
    Sandare,
    besok,
    codes,
    open_region,
    yesterday,
)


@pytest.fixture
def region(db):
    return open_region()


@pytest.fixture
def sys_a(region):
    return Sandare("token-A")


@pytest.fixture
def sys_b(region):
    return Sandare("token-B")


def dag(fore):
    return str(yesterday() - timedelta(days=fore))


def vantetid(id_="B1", **falt):
    return {
        "id": id_,
        "patientId": PATIENT,
        "enhet": {"kombika": EKBACKEN},
        "remissdag": dag(30),
        "beslutsdag": dag(25),
        "bokad": dag(24),
        "besoksdag": dag(0),
        **falt,
    }


def test_a_wait_is_reported_corrected_and_cancelled(sys_a):
    ny = sys_a("POST", "vantetider", vantetid())
    igen = sys_a("POST", "vantetider", vantetid())
    rattad = sys_a("PUT", "vantetider/B1", vantetid(uppskjutenOrsak="P1"))

    assert (ny.status_code, ny.json()["lage"], ny["ETag"]) == (201, "BOKAD", '"1"')
    assert igen.json()["utfall"] == "OFORANDRAD"
    assert (rattad.status_code, rattad.json()["version"]) == (200, 2)
    svar = sys_a("GET", "vantetider/B1").json()
    assert (svar["dagar"], svar["innehall"]["uppskjutenOrsak"]) == (30, "P1")
    assert sys_a("PUT", "vantetider/B1", svar["innehall"]).json()["utfall"] == "OFORANDRAD"

    assert sys_a("DELETE", "vantetider/B1").json()["makulerad"] is True
    assert sys_a("GET", "vantetider/B1").json()["makulerad"] is True
    assert Vantetid.objects.count() == 3
    assert Loggpost.objects.filter(handelse="LAS").first().patienter == [PATIENT]


def test_an_older_version_never_overwrites_a_newer(sys_a):
    sys_a("POST", "vantetider", vantetid(version=7))

    gammal = sys_a("PUT", "vantetider/B1", vantetid(version=6, bokad=dag(20)))
    fel = sys_a("PUT", "vantetider/B1", vantetid(bokad=dag(20)), huvud={"If-Match": '"6"'})

    assert (gammal.status_code, fel.status_code) == (409, 412)
    assert sys_a("DELETE", "vantetider/B2").status_code == 404


@pytest.mark.parametrize("forst", ["besok", "vantan"])
def test_a_wait_and_its_visit_find_each_other_whichever_comes_first(sys_a, forst):
    vantan = vantetid(vardhandelseId="V1")
    if forst == "besok":
        sys_a("POST", "vardkontakter", besok("V1"))
        svar = sys_a("POST", "vantetider", vantan)
        assert svar.json()["lage"] == "GENOMFORD"
    else:
        svar = sys_a("POST", "vantetider", vantan)
        assert svar.json()["lage"] == "BOKAD"
        assert [f["kod"] for f in svar.json()["anmarkningar"]] == ["VTD008"]
        sys_a("POST", "vardkontakter", besok("V1"))

    assert sys_a("GET", "vantetider/B1").json()["lage"] == "GENOMFORD"
    sys_a("DELETE", "vardkontakter/V1")
    assert sys_a("GET", "vantetider/B1").json()["lage"] == "FEL"


def test_everything_wrong_is_said_at_once_and_kept(sys_a):
    svar = sys_a(
        "POST",
        "vantetider",
        vantetid(patientId="191212121211", beslutsdag=dag(40), besoksdag=dag(50)),
    )

    assert svar.status_code == 422
    assert {k for k, _ in codes(svar)} == {"GVR010", "VTD003", "VTD005"}
    assert "1912" not in svar.content.decode()
    assert len(Avvisning.objects.get().avvikelser) == 3
    assert Vantetid.objects.count() == 0


@pytest.mark.parametrize(
    ("falt", "kod"),
    [
        ({"vantat": 5}, "OKANT_FALT"),
        ({"garantikod": "12 3"}, "FEL_FORMAT"),
        ({"remissdag": "i maj"}, "FEL_FORMAT"),
        ({"enhet": {"inr": "90001"}}, "ENHET_OTYDLIG"),
        ({"orsak": "a\u0000b"}, "OTILLATET_TECKEN"),
    ],
)
def test_a_badly_written_wait_is_refused(sys_a, falt, kod):
    svar = sys_a("POST", "vantetider", vantetid(**falt))

    assert svar.status_code in (400, 422)
    assert kod in [k for k, _ in codes(svar)]


def test_others_neither_see_nor_touch_a_wait(sys_a, sys_b):
    sys_a("POST", "vantetider", vantetid())

    assert sys_b("GET", "vantetider/B1").status_code == 404
    assert sys_b("DELETE", "vantetider/B1").status_code == 404
    fel = sys_a("POST", "vantetider", vantetid("B2", enhet={"kombika": CEDERLUND}))
    assert (fel.status_code, fel.json()["kod"]) == (403, "OMBUD_SAKNAS")


def test_a_rehearsal_stores_nothing(sys_a):
    svar = sys_a("POST", "vantetider?torrkorning=true", vantetid())

    assert svar.status_code == 200
    assert Vantetid.objects.count() == 0
