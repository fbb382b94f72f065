"""Periods of days and calendar months."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gvr.core.period import Manad, Period

DAG = st.dates(min_value=date(2019, 12, 1), max_value=date(2020, 4, 30))
MANAD = st.builds(Manad, st.integers(1, 9998), st.integers(1, 12))


@st.composite
def perioder(draw):
    start = draw(DAG)
    slut = draw(st.none() | st.integers(1, 90).map(lambda days: start + timedelta(days=days)))
    return Period(start, slut)


def days_around(*period):
    """Every day from before the first of the periods to well after the last of them."""
    first = min(p.start for p in period) - timedelta(days=2)
    last = max(p.slut or p.start for p in period) + timedelta(days=2)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@given(perioder(), perioder())
def test_overlap_is_symmetric(a, b):
    assert a.overlaps(b) == b.overlaps(a)


@given(perioder(), perioder())
def test_overlap_is_what_a_walk_through_the_calendar_finds(a, b):
    shared = [day for day in days_around(a, b) if a.contains(day) and b.contains(day)]

    assert a.overlaps(b) == bool(shared)


@given(perioder(), perioder())
def test_intersection_holds_exactly_the_days_of_both(a, b):
    both = a.intersection(b)

    for day in days_around(a, b):
        expected = a.contains(day) and b.contains(day)
        assert (both is not None and both.contains(day)) == expected


@given(perioder(), perioder())
def test_intersection_does_not_care_which_period_asks(a, b):
    assert a.intersection(b) == b.intersection(a)


@given(perioder())
def test_a_period_is_the_same_after_being_written_as_first_and_last_day(period):
    assert Period.inclusive(period.fr_o_m, period.t_o_m) == period


@given(DAG, st.integers(0, 60))
def test_first_and_last_day_are_the_same_after_being_stored_half_open(fr_o_m, length):
    t_o_m = fr_o_m + timedelta(days=length)

    period = Period.inclusive(fr_o_m, t_o_m)

    assert (period.fr_o_m, period.t_o_m) == (fr_o_m, t_o_m)
    assert period.contains(fr_o_m)
    assert period.contains(t_o_m)
    assert not period.contains(t_o_m + timedelta(days=1))
    assert not period.contains(fr_o_m - timedelta(days=1))


def test_a_period_of_one_day_holds_that_day_only():
    period = Period.inclusive(date(2020, 2, 29), date(2020, 2, 29))

    assert period == Period(date(2020, 2, 29), date(2020, 3, 1))
    assert not period.contains(date(2020, 2, 28))
    assert not period.contains(date(2020, 3, 1))


def test_a_leap_day_may_begin_and_end_a_period():
    assert Period(date(2020, 2, 1), date(2020, 2, 29)).t_o_m == date(2020, 2, 28)
    assert Period.inclusive(date(2020, 2, 1), date(2020, 2, 29)).slut == date(2020, 3, 1)


def test_periods_that_meet_at_midnight_do_not_overlap():
    before = Period(date(2020, 1, 1), date(2020, 2, 1))
    after = Period(date(2020, 2, 1), None)

    assert not before.overlaps(after)
    assert before.intersection(after) is None


def test_a_change_on_the_same_day_overlaps():
    before = Period.inclusive(date(2020, 1, 1), date(2020, 2, 1))
    after = Period.inclusive(date(2020, 2, 1))

    assert before.overlaps(after)
    assert before.intersection(after) == Period.inclusive(date(2020, 2, 1), date(2020, 2, 1))


@pytest.mark.parametrize("slut", [date(2020, 2, 1), date(2020, 1, 31)])
def test_an_empty_or_backward_period_is_refused(slut):
    with pytest.raises(ValueError, match="innehåller ingen dag"):
        Period(date(2020, 2, 1), slut)


def test_an_end_before_the_beginning_is_refused():
    with pytest.raises(ValueError, match="innehåller ingen dag"):
        Period.inclusive(date(2020, 2, 1), date(2020, 1, 31))


@pytest.mark.parametrize(
    ("start", "slut"),
    [
        (datetime(2020, 1, 1, 12, tzinfo=UTC), None),
        (date(2020, 1, 1), datetime(2020, 1, 2, 12, tzinfo=UTC)),
    ],
)
def test_an_instant_is_no_day(start, slut):
    with pytest.raises(TypeError, match="klockslag"):
        Period(start, slut)


def test_the_last_day_of_the_calendar_means_until_further_notice():
    assert Period.inclusive(date(2020, 1, 1), date(9999, 12, 31)).slut is None


def test_a_period_is_shown_with_both_days_inclusive():
    assert str(Period(date(2020, 1, 1), date(2020, 2, 1))) == "2020-01-01\u20132020-01-31"
    assert str(Period(date(2020, 1, 1))) == "2020-01-01\u2013"


@given(MANAD)
def test_a_month_is_the_same_after_being_written_and_read(manad):
    assert Manad.parse(str(manad)) == manad


@given(st.dates(max_value=date(9998, 12, 31)))
def test_a_day_belongs_to_its_month_and_to_no_neighbour(day):
    manad = Manad.of(day)

    assert manad.period.contains(day)
    assert manad.first <= day <= manad.last


@given(st.builds(Manad, st.integers(2, 9997), st.integers(1, 12)))
def test_months_follow_each_other_without_gap_or_overlap(manad):
    assert manad.next.previous == manad
    assert manad.previous < manad < manad.next
    assert manad.period.slut == manad.next.period.start


def test_a_month_is_hashable_and_may_be_a_key():
    assert {Manad(2026, 11): 1}[Manad.parse("2026-11")] == 1


@pytest.mark.parametrize(
    "text",
    [
        "2026-13",
        "2026-00",
        "2026-1",
        "202611",
        "26-11",
        "2026-11-01",
        "",
        "２０２６-11",
    ],
)
def test_a_text_that_is_no_month_is_refused(text):
    with pytest.raises(ValueError, match="månad"):
        Manad.parse(text)


def test_the_month_after_the_last_one_is_refused():
    with pytest.raises(ValueError, match="ingen månad"):
        _ = Manad(9998, 12).next
