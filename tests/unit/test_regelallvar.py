"""A region that makes a rule milder or stricter: by area, by day of care, never without limits."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gvr.core import felkatalog
from gvr.core.avvikelse import Allvar
from gvr.core.kontroll import REGLER
from gvr.core.period import Period
from gvr.core.regelallvar import (
    ANDRINGSBARA,
    INGET_ANDRAT,
    Allvarslage,
    Regelallvar,
    rules,
    severities,
)

FRAN = date(2026, 10, 1)


def change(kod="GVR043", allvar=Allvar.ANMARKNING, omrade="lol", start=FRAN, slut=None):
    return Regelallvar(
        [Allvarslage(kod=kod, avtalsomrade=omrade, allvar=allvar, giltig=Period(start, slut))]
    )


def weighed(lage, kod="GVR043", omrade="lol", day=FRAN):
    fynd = felkatalog.finding(kod, pekare="/taxa")
    (svar,) = lage.weigh((fynd,), avtalsomrade=omrade, day=day)
    return svar.allvar


def test_a_rule_is_milder_from_the_day_on_and_as_before_the_day_before():
    assert weighed(change()) is Allvar.ANMARKNING
    assert weighed(change(), day=FRAN - timedelta(days=1)) is Allvar.STOPP


def test_another_area_and_another_rule_are_as_before():
    assert weighed(change(), omrade="lof") is Allvar.STOPP
    assert weighed(change(), kod="GVR042") is Allvar.STOPP


def test_a_remark_may_be_made_to_stop():
    assert weighed(change("GVR052", Allvar.STOPP), kod="GVR052") is Allvar.STOPP


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)))
def test_the_last_day_is_the_day_before_the_end(day):
    lage = change(slut=date(2026, 11, 1))

    inom = date(2026, 10, 1) <= day <= date(2026, 10, 31)
    assert (weighed(lage, day=day) is Allvar.ANMARKNING) == inom


@pytest.mark.parametrize(
    "kod",
    ["GVR001", "GVR011", "GVR015", "GVR018", "GVR020", "GVR034", "GVR051", "GVR060"],
)
def test_a_rule_that_guards_the_register_itself_cannot_be_made_milder(kod):
    assert kod not in ANDRINGSBARA
    assert weighed(change(kod), kod=kod) is felkatalog.FELKATALOG[kod].allvar


def test_only_rules_of_the_checks_may_be_changed():
    assert {kod for regel in REGLER for kod in regel.koder} >= ANDRINGSBARA
    assert [kod for kod, _ in rules()] == sorted(ANDRINGSBARA)
    assert {allvar for allvar, _ in severities()} == set(Allvar)


def test_nothing_changed_costs_nothing():
    fynd = (felkatalog.finding("GVR043", pekare="/taxa"),)

    assert not INGET_ANDRAT
    assert INGET_ANDRAT.weigh(fynd, avtalsomrade="lol", day=FRAN) is fynd
    assert change()


def test_a_parked_contact_waits_until_its_rule_is_a_remark():
    parkerad = [("GVR033", "PARKERA")]

    kvar = change("GVR033", Allvar.PARKERA)
    assert kvar.holds_back(parkerad, avtalsomrade="lol", day=FRAN) == "GVR033"
    slappt = change("GVR033", Allvar.ANMARKNING)
    assert slappt.holds_back(parkerad, avtalsomrade="lol", day=FRAN) is None


def test_a_remark_holds_nothing_back_until_the_region_says_so():
    anmarkt = [("GVR033", "ANMARKNING"), ("ENHET_OKAND", "PARKERA")]

    assert INGET_ANDRAT.holds_back(anmarkt, avtalsomrade="lol", day=FRAN) is None
    parkerat = change("GVR033", Allvar.PARKERA)
    assert parkerat.holds_back(anmarkt, avtalsomrade="lol", day=FRAN) == "GVR033"


def test_what_parked_a_contact_and_is_taken_back_leaves_the_rule_book_in_force():
    parkerad = [("GVR033", "PARKERA")]  # a remark in the rule book
    strang = [("GVR043", "PARKERA")]  # a stop in the rule book, made milder and then no longer

    assert INGET_ANDRAT.holds_back(parkerad, avtalsomrade="lol", day=FRAN) is None
    assert INGET_ANDRAT.holds_back(strang, avtalsomrade="lol", day=FRAN) == "GVR043"
