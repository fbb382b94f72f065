"""In-patient episodes from their parts: any order gives the same episode."""

from datetime import date, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gvr.core.kodverk import Kodregister
from gvr.core.vardtillfalle import (
    Flytt,
    Inskrivning,
    Kodpost,
    Lage,
    Slag,
    Utskrivning,
    check_part,
    merge,
)

IN = date(2026, 3, 2)
PATIENT = "191212121212"
MED, KIR, INTENSIV = "90001311001", "90001311002", "90001311003"
KODER = Kodregister({}, frozenset())


def inskrivning(**falt):
    return Inskrivning(
        **{
            "vardtillfalle_id": "T1",
            "patient_id": PATIENT,
            "enhet": MED,
            "dag": IN,
            "tid": time(14, 30),
            "ikod": "1",
            **falt,
        }
    )


def flytt(id_="F1", *, efter=2, enhet=KIR, **falt):
    return Flytt(
        **{
            "id": id_,
            "vardtillfalle_id": "T1",
            "patient_id": PATIENT,
            "enhet": enhet,
            "dag": IN + timedelta(days=efter),
            **falt,
        }
    )


def utskrivning(*, efter=5, enhet=MED, **falt):
    return Utskrivning(
        **{
            "vardtillfalle_id": "T1",
            "patient_id": PATIENT,
            "enhet": enhet,
            "dag": IN + timedelta(days=efter),
            "ukod": "1",
            "diagnoser": (Kodpost(kod="I109"),),
            **falt,
        }
    )


def codes(tillfalle):
    return [(f.slag.value, f.avvikelse.kod) for f in tillfalle.fynd]


def test_an_admission_alone_is_a_patient_who_is_still_in():
    tillfalle = merge([inskrivning(akut="1")])

    assert tillfalle.lage is Lage.INNELIGGANDE
    assert tillfalle.innehall.slutdag is None
    assert (tillfalle.innehall.ikod, tillfalle.innehall.akut) == ("1", "1")
    assert [(v.enhet, v.dygn) for v in tillfalle.vistelser] == [(MED, None)]


def test_parts_without_an_admission_wait_and_make_no_contact():
    tillfalle = merge([flytt(), utskrivning()])

    assert tillfalle.lage is Lage.VANTAR_PA_INSKRIVNING
    assert tillfalle.innehall is None
    assert codes(tillfalle) == [("FLYTT", "SLV001"), ("UTSKRIVNING", "SLV001")]
    assert tillfalle.waits(Slag.FLYTT, "F1")


def test_the_stays_say_where_the_patient_spent_the_nights():
    tillfalle = merge(
        [
            inskrivning(),
            flytt("F1", efter=2, enhet=INTENSIV),
            flytt("F2", efter=3, enhet=KIR),
            utskrivning(efter=7, enhet=KIR),
        ]
    )

    assert [(v.enhet, v.dygn) for v in tillfalle.vistelser] == [(MED, 2), (INTENSIV, 1), (KIR, 4)]
    assert tillfalle.innehall.enhet == KIR
    assert tillfalle.detaljer["startverksamhet"] == MED
    assert tillfalle.innehall.slutdag == IN + timedelta(days=7)


def test_two_moves_of_a_day_are_in_order_of_the_clock():
    tillfalle = merge(
        [
            inskrivning(),
            flytt("A", efter=1, enhet=KIR, tid=time(18)),
            flytt("B", efter=1, enhet=INTENSIV, tid=time(8)),
        ]
    )

    assert [v.enhet for v in tillfalle.vistelser] == [MED, INTENSIV, KIR]
    assert [v.dygn for v in tillfalle.vistelser] == [1, 0, None]


def test_a_move_to_where_the_patient_is_makes_no_new_stay():
    tillfalle = merge([inskrivning(), flytt(enhet=MED), utskrivning()])

    assert [(v.enhet, v.dygn) for v in tillfalle.vistelser] == [(MED, 5)]


@pytest.mark.parametrize(
    ("del_", "kod"),
    [
        (flytt(efter=-1), "SLV003"),
        (utskrivning(efter=-1), "SLV003"),
        (flytt(efter=0, tid=time(14, 29)), "SLV003"),
        (flytt(patient_id="195812309173"), "SLV002"),
        (utskrivning(patient_id="195812309173"), "SLV002"),
    ],
)
def test_a_part_that_does_not_fit_is_kept_out_and_says_why(del_, kod):
    tillfalle = merge([inskrivning(), del_])

    assert [k for _, k in codes(tillfalle)] == [kod]
    assert tillfalle.lage is Lage.INNELIGGANDE
    assert len(tillfalle.vistelser) == 1


def test_a_move_after_the_discharge_is_kept_out():
    tillfalle = merge([inskrivning(), flytt(efter=6), utskrivning(efter=5)])

    assert codes(tillfalle) == [("FLYTT", "SLV004")]
    assert tillfalle.lage is Lage.UTSKRIVEN


def test_a_discharge_from_another_unit_than_the_last_is_remarked_and_counts():
    tillfalle = merge([inskrivning(), utskrivning(enhet=KIR)])

    assert codes(tillfalle) == [("UTSKRIVNING", "SLV005")]
    assert not tillfalle.waits(Slag.UTSKRIVNING, "T1")
    assert tillfalle.innehall.enhet == KIR


def test_code_seven_means_that_the_patient_died():
    dod = merge([inskrivning(), utskrivning(ukod="7", avliden_tid=time(4, 10))])
    hem = merge([inskrivning(), utskrivning(ukod="1")])

    assert dod.detaljer["avliden"] is True
    assert dod.detaljer["avliden_tid"] == "04:10:00"
    assert "avliden" not in hem.detaljer


def test_codes_keep_pointing_at_their_diagnos_when_lists_become_one():
    tillfalle = merge(
        [
            inskrivning(),
            flytt(
                diagnoser=(Kodpost(kod="J459"), Kodpost(kod="I109")),
                atgarder=(Kodpost(kod="AQ014", diagnosnr=2), Kodpost(kod="PE009", diagnosnr=1)),
            ),
            utskrivning(
                diagnoser=(Kodpost(kod="I109"), Kodpost(kod="K570")),
                atgarder=(Kodpost(kod="NHP09", diagnosnr=2, datum=IN),),
            ),
        ]
    )

    assert tillfalle.innehall.diagnoser == ("I109", "K570", "J459")  # the discharge's is the main
    assert tillfalle.innehall.atgarder == ("NHP09", "AQ014", "PE009")
    assert [rad["diagnosnr"] for rad in tillfalle.detaljer["atgarder"]] == [2, 1, 3]
    assert tillfalle.atgardsdagar == (IN,)
    assert tillfalle.detaljer["atgardsdagar"] == ["2026-03-02"]


def check(del_, today=IN + timedelta(days=30)):
    return {(a.kod, a.pekare) for a in check_part(del_, koder=KODER, today=today)}


def test_a_part_that_is_right_has_no_findings():
    for del_ in (inskrivning(), flytt(), utskrivning()):
        assert check(del_) == set()


@pytest.mark.parametrize(
    ("del_", "fynd"),
    [
        (flytt(atgarder=(Kodpost(kod="AQ014", diagnosnr=1),)), "SLV006"),
        (utskrivning(atgarder=(Kodpost(kod="AQ014", tillstandnr=1),)), "SLV006"),
        (utskrivning(ukod="1", avliden_tid=time(3)), "SLV007"),
        (utskrivning(atgarder=(Kodpost(kod="AQ014", datum=IN + timedelta(days=6)),)), "SLV008"),
        (utskrivning(medicinskt_klar=IN + timedelta(days=6)), "SLV009"),
        (utskrivning(diagnoser=()), "GVR047"),
        (inskrivning(enhet="nej"), "GVR020"),
        (inskrivning(patient_id="191212121211"), "GVR010"),
        (utskrivning(efter=31), "GVR032"),
    ],
)
def test_what_is_wrong_with_a_part_alone_is_said_at_once(del_, fynd):
    assert fynd in {kod for kod, _ in check(del_)}


# Any order, any repetition -----------------------------------------------------------------------

enheter = st.sampled_from([MED, KIR, INTENSIV])
klockor = st.none() | st.sampled_from([time(8), time(12), time(18)])
diagnoskoder = st.lists(st.sampled_from(["I109", "J459", "K570"]), max_size=3, unique=True).map(
    lambda koder: tuple(Kodpost(kod=kod) for kod in koder)
)
flyttar = st.builds(
    flytt,
    st.sampled_from(["F1", "F2", "F3", "F4"]),
    efter=st.integers(-2, 12),
    enhet=enheter,
    tid=klockor,
    diagnoser=diagnoskoder,
)
utskrivningar = st.builds(
    utskrivning, efter=st.integers(-2, 12), enhet=enheter, tid=klockor, diagnoser=diagnoskoder
)
episoder = st.tuples(
    st.lists(flyttar, max_size=4, unique_by=lambda f: f.id),
    st.none() | utskrivningar,
    st.booleans(),
).map(lambda e: [*e[0], *([e[1]] if e[1] else []), *([inskrivning()] if e[2] else [])])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(episoder, st.randoms(use_true_random=False))
def test_any_order_of_the_parts_makes_the_same_episode(delar, slump):
    blandade = list(delar)
    slump.shuffle(blandade)

    assert merge(blandade) == merge(delar)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(episoder)
def test_the_nights_of_the_stays_add_up_to_the_episode(delar):
    tillfalle = merge(delar)
    if tillfalle.lage is not Lage.UTSKRIVEN:
        return
    innehall = tillfalle.innehall

    assert sum(v.dygn for v in tillfalle.vistelser) == (innehall.slutdag - innehall.dag).days
    assert all(v.dygn >= 0 for v in tillfalle.vistelser)
    assert [v.till for v in tillfalle.vistelser[:-1]] == [v.fran for v in tillfalle.vistelser[1:]]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(episoder)
def test_no_part_is_lost_without_a_word(delar):
    tillfalle = merge(delar)
    for del_ in delar:
        if isinstance(del_, Utskrivning) and not tillfalle.waits(Slag.UTSKRIVNING, del_.id):
            assert tillfalle.innehall.slutdag == del_.dag
        if isinstance(del_, Flytt) and not tillfalle.waits(Slag.FLYTT, del_.id):
            assert {d.kod for d in del_.diagnoser} <= set(tillfalle.innehall.diagnoser)
