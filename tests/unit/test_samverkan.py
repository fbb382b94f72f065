"""The rules of collaboration, and of work without the patient."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gvr.core import aktivitet, samverkan
from gvr.core.aktivitet import Avser
from gvr.core.samverkan import Annan, Huvudkontakt, Koppling, Part

DAG = date(2026, 11, 18)
PATIENT = "198001312399"


def huvud(**falt):
    return Huvudkontakt(
        **{
            "btyp": "A",
            "dag": DAG,
            "makulerad": False,
            "avtal_id": 2,
            "tid": time(10, 0),
            "patient_id": PATIENT,
            "vardgivare_id": 20,
            **falt,
        }
    )


def part(namn="D1", **falt):
    return Part(
        **{
            "nyckel": ("S", namn),
            "avtal_id": 1,
            "vardgivare_id": 10,
            "dag": DAG,
            **falt,
        }
    )


def state(huvudkontakt, *delar, andra=()):
    bild = samverkan.judge(huvudkontakt, delar or (part(),), andra)
    return {
        nyckel[1]: (dom.koppling, [a.kod for a in dom.avvikelser])
        for nyckel, dom in bild.delar.items()
    }


@pytest.mark.parametrize(
    ("huvudkontakt", "vantat"),
    [
        (None, (Koppling.VANTAR_PA_HUVUDKONTAKT, ["SAM006"])),
        (huvud(), (Koppling.KOPPLAD, [])),
        (huvud(btyp="B"), (Koppling.KOPPLAD, [])),
        (huvud(avtal_id=None), (Koppling.KOPPLAD, [])),
        (huvud(btyp="1"), (Koppling.FEL, ["SAM002"])),
        (huvud(btyp=None), (Koppling.FEL, ["SAM002"])),
        (huvud(makulerad=True), (Koppling.FEL, ["SAM003"])),
        (huvud(avtal_id=1), (Koppling.FEL, ["SAM004"])),
        (huvud(dag=date(2026, 11, 19)), (Koppling.FEL, ["SAM005"])),
        (
            huvud(btyp="1", avtal_id=1, dag=date(2026, 11, 17)),
            (Koppling.FEL, ["SAM002", "SAM004", "SAM005"]),
        ),
    ],
)
def test_a_part_stands_to_its_contact_as_the_contact_is_now(huvudkontakt, vantat):
    assert state(huvudkontakt) == {"D1": vantat}


@pytest.mark.parametrize(("patient", "koder"), [(PATIENT, []), (None, []), ("x", ["SAM011"])])
def test_a_part_that_names_its_patient_names_the_contacts(patient, koder):
    assert state(huvud(), part(patient_id=patient))["D1"][1] == koder


def test_every_party_is_under_a_contract_of_its_own():
    tre = state(huvud(), part("a", avtal_id=3), part("b", avtal_id=4), part("c", avtal_id=3))

    assert tre == {
        "a": (Koppling.FEL, ["SAM008"]),
        "b": (Koppling.KOPPLAD, []),
        "c": (Koppling.FEL, ["SAM008"]),
    }


def annan(**falt):
    return Annan(**{"kontakt_id": 9, "btyp": "A", "tid": time(10, 30), "avtal_id": 5, **falt})


@pytest.mark.parametrize(
    ("falt", "dubbel"),
    [
        ({}, True),
        ({"btyp": "B"}, True),
        ({"avtal_id": None}, True),
        ({"tid": time(10, 0)}, True),
        ({"tid": time(10, 59)}, True),
        ({"tid": time(11, 0)}, False),
        ({"tid": time(9, 59)}, False),
        ({"tid": None}, False),
        ({"btyp": "1"}, False),
        ({"avtal_id": 2}, False),
    ],
)
def test_a_second_contact_is_one_of_type_a_or_b_within_the_occasion(falt, dubbel):
    bild = samverkan.judge(huvud(), [part(minuter=60)], [annan(**falt)])

    assert [a.kod for a in bild.avvikelser] == (["SAM009"] if dubbel else [])
    assert set(bild.dubbletter) == ({9} if dubbel else set())
    assert bild.delar["S", "D1"].koppling is Koppling.KOPPLAD


def test_an_occasion_that_is_not_tied_has_no_second_contact():
    bild = samverkan.judge(huvud(btyp="1"), [part(minuter=60)], [annan()])

    assert (bild.avvikelser, dict(bild.dubbletter)) == ((), {})


def test_a_provider_with_two_contracts_learns_nothing_by_meeting_itself():
    """Else a part of a whole day in one's own contact would tell of every other party's visits."""
    ensam = samverkan.judge(huvud(), [part(minuter=1440, vardgivare_id=20)], [annan()])

    assert ensam.delar["S", "D1"].koppling is Koppling.KOPPLAD
    assert (ensam.avvikelser, dict(ensam.dubbletter)) == ((), {})


@pytest.mark.parametrize(
    ("falt", "dubbel"),
    [
        ({"btyp": "1"}, True),
        ({"tid": None}, True),
        ({"tid": None, "btyp": "1"}, False),
        ({"tid": time(15, 0)}, False),
    ],
)
def test_a_party_reports_its_part_or_a_contact(falt, dubbel):
    bild = samverkan.judge(huvud(), [part(minuter=60)], [annan(avtal_id=1, **falt)])

    assert [a.kod for a in bild.delar["S", "D1"].avvikelser] == (["SAM010"] if dubbel else [])
    assert [a.kod for a in bild.avvikelser] == (["SAM010"] if dubbel else [])


PARTER = st.builds(
    part,
    st.sampled_from("abcdef"),
    avtal_id=st.integers(1, 4),
    tid=st.none() | st.sampled_from([time(9), time(10), time(11)]),
    minuter=st.none() | st.sampled_from([15, 90]),
    patient_id=st.none() | st.sampled_from([PATIENT, "x"]),
)
ANDRA = st.builds(
    annan,
    kontakt_id=st.integers(1, 50),
    btyp=st.sampled_from(["A", "B", "1", None]),
    tid=st.none() | st.sampled_from([time(9, 30), time(10), time(12)]),
    avtal_id=st.none() | st.integers(1, 6),
)


@given(
    delar=st.lists(PARTER, min_size=1, max_size=5, unique_by=lambda p: p.nyckel),
    andra=st.lists(ANDRA, max_size=4, unique_by=lambda a: a.kontakt_id),
    data=st.data(),
    huvudkontakt=st.none() | st.builds(huvud, btyp=st.sampled_from(["A", "1"]),
                                       makulerad=st.booleans()),
)  # fmt: skip
def test_the_order_of_the_reports_never_matters(delar, andra, data, huvudkontakt):
    blandade = data.draw(st.permutations(delar)), data.draw(st.permutations(andra))

    en, annan_ = (samverkan.judge(huvudkontakt, d, a) for d, a in ((delar, andra), blandade))

    assert dict(en.delar) == dict(annan_.delar)
    assert en.avvikelser == annan_.avvikelser
    assert dict(en.dubbletter) == dict(annan_.dubbletter)


@pytest.mark.parametrize(
    ("tider", "tid", "vald"),
    [
        ([time(10)], None, 0),
        ([time(10), time(14)], time(14), 1),
        ([time(10), time(14)], None, None),
        ([time(10), time(10)], time(10), None),
        ([time(10), None], time(11), None),
    ],
)
def test_the_contact_that_is_meant_is_the_only_one_or_the_one_at_the_time(tider, tid, vald):
    assert samverkan.choose([huvud(tid=t) for t in tider], tid) == vald


@pytest.mark.parametrize(
    ("dag", "koder"),
    [
        (date(1899, 12, 31), ["SAM007"]),
        (date(1900, 1, 1), []),
        (DAG, []),
        (date(2026, 11, 19), ["SAM007"]),
    ],
)
def test_a_day_has_been(dag, koder):
    assert [a.kod for a in samverkan.check_day(dag, today=DAG)] == koder


@given(
    yrke=st.text(max_size=2),
    diagnoser=st.lists(st.text(max_size=5), max_size=3),
    atgarder=st.lists(st.sampled_from(["GC001", "ZV051", "AW024", "AW026", "XS003"]), max_size=5),
)
def test_other_activities_have_no_rules_of_codes(yrke, diagnoser, atgarder):
    assert not aktivitet.check_activity(
        typ="SAMVERKAN",
        avser=Avser.INGEN,
        har_patient=False,
        yrkeskategori=yrke,
        diagnoser=diagnoser,
        atgarder=atgarder,
    )
