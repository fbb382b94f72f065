"""Periods from their start and end, and how contacts stand to them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gvr.core.kodverk import Kodregister
from gvr.core.vardperiod import (
    Kopplingslage,
    Lage,
    Registrerad,
    Slag,
    Slut,
    Start,
    check_part,
    merge,
    tie,
)

DAG = date(2026, 3, 2)
PATIENT, ANNAN = "191212121212", "195812309173"


def start(**falt):
    return Start(
        **{
            "id": "P1",
            "patient_id": PATIENT,
            "enhet": "90001311001",
            "dag": DAG,
            "typ": "PSYKIATRI",
            **falt,
        }
    )


def slut(efter=10, **falt):
    return Slut(
        **{
            "id": "P1",
            "patient_id": PATIENT,
            "enhet": "90001311001",
            "dag": DAG + timedelta(days=efter),
            **falt,
        }
    )


@pytest.mark.parametrize(
    ("forst", "sist", "lage", "fynd"),
    [
        (start(), None, Lage.PAGAR, []),
        (start(), slut(), Lage.AVSLUTAD, []),
        (start(), slut(0), Lage.AVSLUTAD, []),
        (None, slut(), Lage.VANTAR_PA_START, ["PER001"]),
        (None, None, Lage.MAKULERAD, []),
        (start(), slut(-1), Lage.PAGAR, ["PER003"]),
        (start(), slut(patient_id=ANNAN), Lage.PAGAR, ["PER002"]),
    ],
)
def test_a_period_is_what_its_start_and_end_make_it(forst, sist, lage, fynd):
    period = merge(forst, sist)

    assert (period.lage, [a.kod for a in period.fynd]) == (lage, fynd)
    assert (period.slut is not None) == (lage is Lage.AVSLUTAD)


def period(**falt):
    return Registrerad(
        **{
            "id": "P1",
            "slag": Slag.VARDPERIOD,
            "patient_id": PATIENT,
            "start": DAG,
            "slut": DAG + timedelta(days=10),
            "makulerad": False,
            **falt,
        }
    )


@pytest.mark.parametrize(
    ("registrerad", "dag", "vantat"),
    [
        (None, DAG, (Kopplingslage.VANTAR_PA_PERIOD, ["PER006"])),
        (period(), DAG, (Kopplingslage.KOPPLAD, [])),
        (period(), DAG + timedelta(days=10), (Kopplingslage.KOPPLAD, [])),
        (period(), DAG + timedelta(days=11), (Kopplingslage.FEL, ["PER008"])),
        (period(), DAG - timedelta(days=1), (Kopplingslage.FEL, ["PER008"])),
        (period(slut=None), DAG + timedelta(days=999), (Kopplingslage.KOPPLAD, [])),
        (period(patient_id=ANNAN), DAG, (Kopplingslage.FEL, ["PER007"])),
        (period(makulerad=True), DAG, (Kopplingslage.FEL, ["PER009"])),
    ],
)
def test_a_contact_is_tied_to_the_period_it_names_or_says_why_not(registrerad, dag, vantat):
    koppling = tie(slag=Slag.VARDPERIOD, id_="P1", patient_id=PATIENT, dag=dag, period=registrerad)

    assert (koppling.lage, [a.kod for a in koppling.avvikelser]) == vantat


@given(st.integers(-30, 30), st.integers(0, 30) | st.none())
def test_a_tie_holds_exactly_on_the_periods_days(efter, langd):
    dag = DAG + timedelta(days=efter)
    sista = None if langd is None else DAG + timedelta(days=langd)
    koppling = tie(
        slag=Slag.VARDPERIOD, id_="P1", patient_id=PATIENT, dag=dag, period=period(slut=sista)
    )

    inne = efter >= 0 and (langd is None or efter <= langd)
    assert (koppling.lage is Kopplingslage.KOPPLAD) == inne


@pytest.mark.parametrize(
    ("del_", "fynd"),
    [
        (start(), set()),
        (slut(), set()),
        (start(kontaktvag_dag=DAG + timedelta(days=1)), {"PER010"}),
        (start(patient_id="191212121211"), {"GVR010"}),
        (start(diagnoser=("i10",)), {"GVR066"}),
        (slut(90), {"GVR032"}),
    ],
)
def test_what_is_wrong_with_a_report_alone_is_said_at_once(del_, fynd):
    fynd_ = check_part(del_, koder=Kodregister({}, frozenset()), today=DAG + timedelta(days=60))

    assert {a.kod for a in fynd_} == fynd
