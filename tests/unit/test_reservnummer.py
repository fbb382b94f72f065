"""Reservnummer: how they are written, what may be issued, and whom a contact is about."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gvr.core import reservnummer
from gvr.core.personnummer import Identitet, Identitetstyp, parse
from gvr.core.reservnummer import Kand, Koppling, Skal, Uppgifter
from gvr.core.vardkontakt import Innehall

IDAG = date(2026, 11, 20)
RESERV = reservnummer.number(2026, 1)
KONTAKT = Innehall(enhet="90001311001", patient_id=RESERV, dag=IDAG, kon="M", lkf="339900")


@given(st.integers(1980, 2299), st.integers(0, 99_999))
def test_every_issued_number_is_a_reservnummer(ar, lopnummer):
    identitet = parse(reservnummer.number(ar, lopnummer))

    assert isinstance(identitet, Identitet)
    assert identitet.typ is Identitetstyp.RESERVNUMMER


@pytest.mark.parametrize("exempel", ["991981000010", "991993000032"])
def test_the_public_examples_are_reproduced(exempel):
    """From Inera's table of identity types."""
    assert reservnummer.number(int(exempel[2:6]), int(exempel[6:11])) == exempel


@given(st.sampled_from(["K", "M"]), st.integers(-1, 99_990))
def test_the_sex_of_the_number_is_the_patients(kon, efter):
    (lopnummer, *_) = reservnummer.candidates(kon, efter=efter, antal=3)

    assert lopnummer > efter
    assert parse(reservnummer.number(2026, lopnummer)).kon == kon


def test_a_year_ends_when_its_running_numbers_do():
    assert reservnummer.candidates(None, efter=99_998, antal=5) == (99_999,)
    assert reservnummer.candidates("K", efter=99_998, antal=5) == ()


def kod(**falt):
    """The codes that stop these facts."""
    uppgifter = Uppgifter(**{"skal": Skal.OKAND, **falt})
    return [fel.kod for fel in reservnummer.judge(uppgifter, today=IDAG)]


def test_nothing_need_be_known():
    assert kod() == []


@pytest.mark.parametrize(
    ("falt", "koder"),
    [
        ({"fodd": IDAG}, []),
        ({"fodd": IDAG + timedelta(days=1)}, ["RES001"]),
        ({"fodelsear": 1800}, ["RES001"]),
        ({"fodd": date(1990, 5, 17), "fodelsear": 1990}, []),
        ({"fodd": date(1990, 5, 17), "fodelsear": 1991}, ["RES002"]),
        ({"kon": "X"}, ["GVR018"]),
        ({"lma_nummer": "10-123456"}, []),
        ({"lma_nummer": "09-123456"}, []),
        ({"lma_nummer": "123456 78-123456/12"}, []),
        ({"lma_nummer": "10-12345"}, ["RES003"]),
        ({"lma_nummer": "191212121212"}, ["RES003"]),
        ({"lma_nummer": "x", "kon": "X"}, ["GVR018", "RES003"]),
    ],
)
def test_what_is_known_must_be_possible(falt, koder):
    assert kod(**falt) == koder


def tie(gallande=None, *, kand=True, **falt):
    """The tie that is made, and the codes that stop it."""
    koppling = Koppling(**{"nummer": RESERV, "personnummer": "19121212-1212", **falt})
    ny, fel = reservnummer.judge_tie(koppling, gallande=gallande, kand=kand, today=IDAG)
    return ny, [rad.kod for rad in fel]


def test_a_tie_is_kept_in_twelve_digits():
    ny, fel = tie()

    assert fel == []
    assert (ny.nummer, ny.personnummer) == (RESERV, "191212121212")


@pytest.mark.parametrize(
    ("falt", "koder"),
    [
        ({"nummer": "191212121212"}, ["RES004"]),
        ({"personnummer": RESERV}, ["RES004"]),
        ({"personnummer": "191212121211"}, ["GVR010"]),
        ({"gallande": "192501239202"}, ["RES006"]),
        ({"gallande": "191212121212"}, []),
        ({"kand": False}, ["RES005"]),
        ({"lkf": "01"}, ["GVR071"]),
        ({"aterkalla": True, "skal": "Fel person"}, ["RES007"]),
        ({"aterkalla": True, "skal": "Fel person", "gallande": "191212121212"}, []),
        ({"aterkalla": True, "gallande": "191212121212"}, ["RES008"]),
        (
            {"aterkalla": True, "gallande": "191212121212", "skal": "är 19121212-1212"},
            ["RES009"],
        ),
    ],
)
def test_a_tie_that_cannot_be_is_refused_with_its_reason(falt, koder):
    ny, fel = tie(**falt)

    assert fel == koder
    assert (ny is None) == bool(koder)


def test_a_tied_contact_is_decided_about_the_person():
    tied = reservnummer.as_known(KONTAKT, Kand(personnummer="191212121212"))

    assert (tied.patient_id, tied.fodd, tied.kon) == ("191212121212", date(1912, 12, 12), "M")
    assert (tied.lkf, tied.enhet, tied.dag) == (KONTAKT.lkf, KONTAKT.enhet, KONTAKT.dag)


def test_a_tie_that_says_the_county_replaces_the_contacts_and_its_base_area():
    kontakt = reservnummer.as_known(KONTAKT, Kand(personnummer="191212121212", lkf="018001"))

    assert (kontakt.lkf, kontakt.basomrade) == ("018001", None)


def test_the_digit_of_a_number_given_to_unknown_sex_says_nothing():
    assert reservnummer.as_known(KONTAKT, Kand(utfardat=True)).kon is None
    assert reservnummer.as_known(KONTAKT, Kand(utfardat=True, kon="K")).kon == "K"


def test_what_was_told_at_the_issue_fills_in_what_the_contact_lacks():
    fodd = date(1990, 5, 17)
    kand = Kand(utfardat=True, fodd=fodd)

    assert reservnummer.as_known(KONTAKT, kand).fodd == fodd


def test_a_number_that_nobody_here_knows_is_left_as_it_was():
    assert reservnummer.as_known(KONTAKT, Kand()) == KONTAKT
