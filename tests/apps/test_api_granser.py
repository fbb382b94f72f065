"""Numbers, codes and days at their limits, through the whole API."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from gvr.actions import koder
from gvr.models import Avvisning, Vardkontakt, Vardkontaktversion
from tests.factories.portal import NU
from tests.factories.sandare import Sandare, besok, codes, open_region, yesterday


@pytest.fixture
def sys_a(db):
    open_region()
    return Sandare("token-A")


def report(sys_a, **falt):
    return sys_a("POST", "vardkontakter", besok("V1", **falt))


# The patient's number ---------------------------------------------------------------------------

SKRIVNA = {
    "tolv siffror": ("191212121212", "191212121212"),
    "bindestreck": ("19121212-1212", "191212121212"),
    "plus för hundra år": ("121212+1212", "191212121212"),
    "samordningsnummer": ("197010632391", "197010632391"),
    "reservnummer": ("991981000010", "991981000010"),
}


@pytest.mark.parametrize("fall", SKRIVNA)
def test_a_number_is_stored_as_twelve_digits_however_it_is_written(sys_a, fall):
    skriven, lagrad = SKRIVNA[fall]

    svar = report(sys_a, patientId=skriven)

    assert svar.status_code == 201, svar.content
    assert Vardkontaktversion.objects.get().patient_id == lagrad


FELAKTIGA = {
    "fel kontrollsiffra": "191212121211",
    "framtida dag": "209901019802",
    "mellanslag i mitten": "191212 121212",
    "tankstreck": "19121212\u20131212",
    "siffror i full bredd": "".join(chr(0xFF10 + int(siffra)) for siffra in "191212121212"),
    "elva siffror": "19121212121",
    "omöjlig dag": "191213321212",
    "bokstäver": "19121212121A",
}


@pytest.mark.parametrize("fall", FELAKTIGA)
def test_a_number_that_is_none_is_refused_by_code_and_never_repeated(sys_a, caplog, fall):
    nummer = FELAKTIGA[fall]

    with caplog.at_level(logging.INFO):
        svar = report(sys_a, patientId=nummer)

    assert svar.status_code in (400, 422)
    assert [pekare for _, pekare in codes(svar)] == ["/patientId"]
    assert nummer not in svar.content.decode()
    assert nummer not in caplog.text
    assert not Vardkontakt.objects.exists()
    assert nummer not in str(list(Avvisning.objects.values_list("avvikelser", flat=True)))


# Codes by day -----------------------------------------------------------------------------------


@pytest.fixture
def kodverk(sys_a):
    """Åtgärder that closed the day before yesterday, and opened today."""
    i_gar = yesterday()
    koder.import_kodverk(
        {
            "kodverk": "OPKOD",
            "klass": "007",
            "namn": "Åtgärder i provet",
            "kalla": "Bara här",
            "fullstandig": False,
            "koder": [
                {
                    "kod": "AA001",
                    "text": "Stängd",
                    "fr_o_m": i_gar - timedelta(days=90),
                    "t_o_m": i_gar - timedelta(days=1),
                },
                {"kod": "AA002", "text": "Öppnad", "fr_o_m": i_gar + timedelta(days=1)},
                {"kod": "AA003", "text": "Sista dagen", "fr_o_m": i_gar, "t_o_m": i_gar},
            ],
        },
        at=NU,
    )
    return i_gar


@pytest.mark.parametrize(
    ("kod", "felkod", "forskjutning"), [("AA001", "GVR080", -1), ("AA002", "GVR081", 1)]
)
def test_a_code_of_another_day_is_refused_with_both_days(sys_a, kodverk, kod, felkod, forskjutning):
    svar = report(sys_a, atgarder=[kod])

    assert svar.status_code == 422
    (fynd,) = svar.json()["fel"]
    assert (fynd["kod"], fynd["pekare"]) == (felkod, "/atgarder/0")
    assert str(kodverk) in fynd["text"]
    assert str(kodverk + timedelta(days=forskjutning)) in fynd["text"]


def test_a_code_is_good_on_its_only_day(sys_a, kodverk):
    assert report(sys_a, atgarder=["AA003"]).status_code == 201


def test_a_closed_code_may_still_be_reported_for_a_day_it_was_open(sys_a, kodverk):
    dag = str(kodverk - timedelta(days=1))

    assert report(sys_a, atgarder=["AA001"], dag=dag).status_code == 201


# Odd days ---------------------------------------------------------------------------------------


def odd_days():
    idag = timezone.localdate()
    return {
        "före 1900": ({"dag": "1899-12-31"}, 422, "GVR030"),
        "i morgon": ({"dag": str(idag + timedelta(days=1))}, 422, "GVR032"),
        "före födelsen": ({"dag": "1912-12-11"}, 422, "GVR031"),
        "ut före in": (
            {"form": "SLUTENVARD", "dag": str(idag), "slutdag": str(idag - timedelta(days=1))},
            422,
            "GVR034",
        ),
        "tretton månader sedan": ({"dag": str(idag - timedelta(days=396))}, 201, "GVR033"),
    }


@pytest.mark.parametrize("fall", odd_days())
def test_an_odd_day_has_a_code_of_its_own(sys_a, fall):
    falt, status, kod = odd_days()[fall]

    svar = report(sys_a, **falt)

    rader = svar.json().get("fel") or svar.json().get("anmarkningar")
    assert svar.status_code == status
    assert kod in {rad["kod"] for rad in rader}


def test_a_stay_over_midnight_is_one_contact(sys_a):
    idag = timezone.localdate()
    natt = {"dag": str(idag - timedelta(days=1)), "slutdag": str(idag)}

    svar = report(sys_a, form="SLUTENVARD", ikod="1", ukod="1", **natt)

    assert svar.status_code == 201, svar.content
