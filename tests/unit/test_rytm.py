"""When a sender has gone quiet, by its own rhythm."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gvr.core.rytm import Vana, is_silent, learn, silence

SVENSK = ZoneInfo("Europe/Stockholm")
MANDAG = datetime(2026, 11, 2, tzinfo=SVENSK)
NU = datetime(2026, 11, 30, tzinfo=SVENSK)  # a Monday, 28 days later
TIMME, DYGN = timedelta(hours=1), timedelta(days=1)


def deliveries(wanted, *, every=TIMME):
    """Return the times, four weeks of them, for which `wanted` holds."""
    tider, tid = [], MANDAG
    while tid < NU:
        if wanted(tid):
            tider.append(tid.astimezone(UTC))
        tid += every
    return tider


def office(tid):
    return tid.weekday() < 5 and 7 <= tid.hour < 17


KONTOR = learn(deliveries(office), at=NU)
DYGNET_RUNT = learn(deliveries(lambda tid: True), at=NU)
NATTLIG = learn(deliveries(lambda tid: tid.hour == 2), at=NU)
VECKOVIS = learn(
    [(MANDAG + timedelta(days=dag, hours=6)).astimezone(UTC) for dag in (-28, -21, -14, -7)]
    + [(MANDAG + timedelta(days=dag, hours=6)).astimezone(UTC) for dag in (0, 7, 14, 21)],
    at=NU,
)


def quiet(vana, senaste, *, for_):
    return is_silent(vana, senaste, at=senaste + for_)


@pytest.mark.parametrize("vana", [KONTOR, DYGNET_RUNT], ids=["office", "day and night"])
def test_an_hourly_sender_is_missed_within_twice_its_habit(vana):
    tisdag = datetime(2026, 12, 1, 9, tzinfo=SVENSK)

    assert not quiet(vana, tisdag, for_=2 * TIMME)
    assert quiet(vana, tisdag, for_=2 * TIMME + timedelta(minutes=1))


def test_a_sender_that_rests_at_night_and_weekends_is_not_missed_then():
    fredag = datetime(2026, 12, 4, 16, tzinfo=SVENSK)
    mandag = datetime(2026, 12, 7, 7, tzinfo=SVENSK)

    assert not is_silent(KONTOR, fredag, at=mandag)
    assert not is_silent(KONTOR, fredag, at=mandag + TIMME)
    assert is_silent(KONTOR, fredag, at=mandag + TIMME + timedelta(minutes=1))


def test_a_sender_that_delivers_day_and_night_is_missed_at_night_too():
    natt = datetime(2026, 12, 5, 2, tzinfo=SVENSK)

    assert quiet(DYGNET_RUNT, natt, for_=3 * TIMME)


def test_a_nightly_sender_is_missed_after_two_nights():
    natt = datetime(2026, 12, 1, 2, tzinfo=SVENSK)

    assert not quiet(NATTLIG, natt, for_=DYGN + 23 * TIMME)
    assert quiet(NATTLIG, natt, for_=2 * DYGN + TIMME)


def test_a_weekly_sender_is_judged_by_the_clock():
    mandag = datetime(2026, 11, 23, 6, tzinfo=SVENSK)

    assert VECKOVIS.timmar == frozenset()
    assert not quiet(VECKOVIS, mandag, for_=13 * DYGN)
    assert quiet(VECKOVIS, mandag, for_=15 * DYGN)


@pytest.mark.parametrize(
    "tider",
    [[], [NU - DYGN], [NU - n * timedelta(minutes=10) for n in range(100, 0, -1)]],
    ids=["none", "one", "a day's worth"],
)
def test_too_little_has_no_rhythm(tider):
    assert learn(tider, at=NU) is None


def test_one_long_pause_does_not_change_the_habit():
    tider = deliveries(office)
    hal = datetime(2026, 11, 11, tzinfo=SVENSK)

    vana = learn([tid for tid in tider if not hal <= tid < hal + DYGN], at=NU)

    assert vana == KONTOR


def test_the_clock_going_back_in_autumn_moves_no_hour():
    vana = Vana(timmar=frozenset({"2-8"}), paus=3600)
    lordag = datetime(2026, 10, 24, 12, tzinfo=SVENSK)

    assert silence(vana, lordag, at=datetime(2026, 10, 25, 8, tzinfo=SVENSK)) == timedelta()
    assert silence(vana, lordag, at=datetime(2026, 10, 25, 9, tzinfo=SVENSK)) == TIMME


def test_a_public_holiday_is_no_silence_of_a_sender_that_rests_on_sundays():
    helgdagar = frozenset({date(2026, 12, 24), date(2026, 12, 25)})
    onsdag = datetime(2026, 12, 23, 16, tzinfo=SVENSK)
    mandag = datetime(2026, 12, 28, 8, tzinfo=SVENSK)

    assert not is_silent(KONTOR, onsdag, at=mandag, helgdagar=helgdagar)
    assert is_silent(KONTOR, onsdag, at=mandag)
    assert is_silent(DYGNET_RUNT, onsdag, at=mandag, helgdagar=helgdagar)


def test_a_holiday_among_the_deliveries_does_not_change_the_habit():
    helgdag = date(2026, 11, 11)

    vana = learn(
        [tid for tid in deliveries(office) if tid.astimezone(SVENSK).date() != helgdag],
        at=NU,
        helgdagar={helgdag},
    )

    assert vana == KONTOR


@given(
    st.lists(st.integers(0, 28 * 24 * 60), min_size=8, max_size=80, unique=True),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
)
def test_silence_only_grows_and_never_faster_than_the_clock(minuter, forst, mer):
    tider = [MANDAG + timedelta(minutes=m) for m in sorted(minuter)]
    vana = learn(tider, at=NU)
    if vana is None:
        return
    a, b = timedelta(minutes=forst), timedelta(minutes=forst + mer)

    kort, lang = (silence(vana, MANDAG, at=MANDAG + tid) for tid in (a, b))

    assert kort <= lang <= kort + (b - a)
