"""The rules of collaboration and activities."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gvr.core import samverkan
from gvr.core.samverkan import Huvudkontakt, Koppling

DAG = date(2026, 11, 18)


def huvud(**falt):
    return Huvudkontakt(**{"btyp": "A", "dag": DAG, "makulerad": False, "avtal_id": 2, **falt})


def tie(huvudkontakt):
    kopplad = samverkan.tie(dag=DAG, avtal_id=1, huvud=huvudkontakt)
    return kopplad.koppling, [a.kod for a in kopplad.avvikelser]


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
    assert tie(huvudkontakt) == vantat


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


def check(**falt):
    grund = {
        "typ": "REHABKOORDINATOR",
        "yrkeskategori": "74",
        "diagnoser": ("F329",),
        "atgarder": ("GC001",),
    }
    return [a.kod for a in samverkan.check_activity(**{**grund, **falt})]


@pytest.mark.parametrize(
    ("falt", "koder"),
    [
        ({}, []),
        ({"diagnoser": ()}, ["AKT001"]),
        ({"atgarder": ()}, ["AKT002"]),
        ({"atgarder": ("GC001", "ZV051")}, ["AKT004"]),
        ({"atgarder": ("GC001", "ZV051", "XS003")}, []),
        ({"atgarder": ("GC001", "ZV051", "XS012")}, []),
        ({"atgarder": ("GC001", "ZV051", "UX007")}, []),
        ({"atgarder": ("GC001", "AW026")}, []),
        ({"atgarder": ("GC001", "AW024")}, []),
        ({"atgarder": ("GC001", "AW024", "AW026")}, ["AKT005"]),
        (
            {"yrkeskategori": "71", "diagnoser": (), "atgarder": ("ZV051",)},
            ["AKT003", "AKT001", "AKT002", "AKT004"],
        ),
    ],
)
def test_a_rehabkoordinators_work_has_its_codes(falt, koder):
    assert check(**falt) == koder


@pytest.mark.parametrize(
    ("yrke", "far"),
    [
        *((f"{n:02d}", True) for n in (1, 2, 35, 69)),
        *((kod, True) for kod in ("70", "74", "75", "77", "78", "96", "A2", "A3")),
        *((kod, False) for kod in ("00", "71", "72", "73", "76", "79", "95", "97", "A1", "A4")),
    ],
)
def test_a_rehabkoordinator_has_a_profession_of_their_own(yrke, far):
    assert check(yrkeskategori=yrke) == ([] if far else ["AKT003"])


@given(
    yrke=st.text(max_size=2),
    diagnoser=st.lists(st.text(max_size=5), max_size=3),
    atgarder=st.lists(st.sampled_from(["GC001", "ZV051", "AW024", "AW026", "XS003"]), max_size=5),
)
def test_other_activities_have_no_such_rules(yrke, diagnoser, atgarder):
    assert check(typ="SAMVERKAN", yrkeskategori=yrke, diagnoser=diagnoser, atgarder=atgarder) == []
