"""Waiting times: the order of their days, and the visit they end in."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gvr.core.kodverk import Kodregister
from gvr.core.vantetid import Besoket, Lage, Vantetid, check_wait, tie

IDAG = date(2026, 11, 18)
PATIENT, ANNAN = "191212121212", "195812309173"
KODER = Kodregister({}, frozenset())


def vantetid(**falt):
    return Vantetid(
        **{
            "id": "B1",
            "patient_id": PATIENT,
            "enhet": "90001311001",
            "remissdag": date(2026, 10, 1),
            "beslutsdag": date(2026, 10, 5),
            "bokad": date(2026, 10, 6),
            "besoksdag": date(2026, 11, 2),
            **falt,
        }
    )


def codes(v):
    return [a.kod for a in check_wait(v, koder=KODER, today=IDAG)]


def test_a_wait_runs_from_its_first_day_to_the_visit():
    assert vantetid().dag == date(2026, 10, 1)
    assert vantetid().dagar == 32
    assert vantetid(remissdag=None, besoksdag=None).dag == date(2026, 10, 5)
    assert vantetid(besoksdag=None).dagar is None


@pytest.mark.parametrize(
    ("falt", "vantat"),
    [
        ({}, []),
        ({"besoksdag": IDAG + timedelta(days=90)}, []),
        ({"besoksdag": None, "bokad": None}, []),
        ({"remissdag": None, "beslutsdag": None, "bokad": None}, ["VTD001"]),
        ({"remissdag": date(1899, 12, 31)}, ["GVR031", "VTD002"]),
        ({"bokad": IDAG + timedelta(days=1), "besoksdag": None}, ["VTD002"]),
        ({"beslutsdag": date(2026, 9, 30)}, ["VTD003"]),
        ({"bokad": date(2026, 9, 30)}, ["VTD004"]),
        ({"besoksdag": date(2026, 10, 5)}, ["VTD005"]),
        ({"besoksdag": IDAG + timedelta(days=1), "vardhandelse_id": "V1"}, ["VTD006"]),
        ({"remissdag": None, "remisstyp": "1"}, ["VTD007"]),
        ({"patient_id": "191212121211", "beslutsdag": date(2026, 9, 1)}, ["GVR010", "VTD003"]),
        ({"enhet": "nej"}, ["GVR020"]),
    ],
)
def test_days_that_cannot_follow_each_other_are_all_said_at_once(falt, vantat):
    assert codes(vantetid(**falt)) == vantat


dagar = st.none() | st.dates(date(1890, 1, 1), date(2030, 12, 31))


@given(dagar, dagar, dagar, dagar)
def test_a_wait_without_findings_is_never_negative(remiss, beslut, bokad, besok):
    v = vantetid(remissdag=remiss, beslutsdag=beslut, bokad=bokad, besoksdag=besok)

    if not codes(v) and v.dagar is not None:
        assert v.dagar >= 0


def besok(**falt):
    return Besoket(**{"patient_id": PATIENT, "dag": date(2026, 11, 2), "makulerad": False, **falt})


@pytest.mark.parametrize(
    ("v", "b", "vantat"),
    [
        (vantetid(), None, (Lage.BOKAD, [])),
        (vantetid(besoksdag=None), None, (Lage.VANTAR, [])),
        (vantetid(vardhandelse_id="V1"), None, (Lage.BOKAD, ["VTD008"])),
        (vantetid(vardhandelse_id="V1"), besok(), (Lage.GENOMFORD, [])),
        (vantetid(vardhandelse_id="V1"), besok(makulerad=True), (Lage.FEL, ["VTD009"])),
        (vantetid(vardhandelse_id="V1"), besok(patient_id=ANNAN), (Lage.FEL, ["VTD010"])),
        (vantetid(vardhandelse_id="V1"), besok(dag=date(2026, 11, 3)), (Lage.FEL, ["VTD011"])),
    ],
)
def test_a_wait_ends_in_the_visit_it_names_or_says_why_not(v, b, vantat):
    koppling = tie(v, b)

    assert (koppling.lage, [a.kod for a in koppling.avvikelser]) == vantat
