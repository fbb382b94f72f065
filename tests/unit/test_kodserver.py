"""Exports of the code server: read one entry at a time, compared with what is stored."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gvr.core import enhetsbild, kodserver
from gvr.core.enhetsbild import Mappning
from gvr.core.kodserver import Filfel, Post, Radfel, local_days
from gvr.core.kodserverdiff import Registrerad, Skillnad, compare, counts
from gvr.core.period import Period
from tests.factories.kodserverfil import enhet, export, lank, post, uppdrag


def read(*poster, tabell="AVD"):
    return list(kodserver.read(export(*poster), tabell=tabell))


def stored(*poster):
    return [Registrerad(id=pk, post=rad) for pk, rad in enumerate(poster, 1)]


@pytest.mark.parametrize(
    ("begin", "end", "svar"),
    [
        ("2013-10-01T00:00:01.0", "2015-12-31T23:59:59.0", ("2013-10-01", "2016-01-01")),
        ("2013-10-01T00:00:01", "2099-12-31T23:59:59", ("2013-10-01", None)),
        ("2013-10-01T00:00:00+02:00", "2013-12-01T00:00:00+02:00", ("2013-10-01", "2013-12-01")),
        ("2013-10-01", "2013-10-01", ("2013-10-01", "2013-10-02")),
        ("2013-10-01T00:00:01.0", None, ("2013-10-01", None)),
    ],
)
def test_points_in_time_become_whole_local_days(begin, end, svar):
    start, slut = svar
    assert local_days(begin, end) == Period(
        date.fromisoformat(start), slut and date.fromisoformat(slut)
    )


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2013-10-02T00:00:01", "2013-10-01T23:59:59"),
        ("igår", "2013-10-01T23:59:59"),
        ("2013-02-30T00:00:01", None),
        ("", None),
        ("2013-10-01", "snart"),
    ],
)
def test_what_makes_no_period_is_said_and_not_guessed(begin, end):
    assert local_days(begin, end) is None


@given(
    st.lists(
        st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)),
        min_size=2,
        max_size=6,
        unique=True,
    )
)
def test_versions_that_follow_on_each_other_leave_no_gap_of_a_second(dagar):
    dagar.sort()
    delar = [
        local_days(f"{fran}T00:00:01.0", f"{date.fromordinal(till.toordinal() - 1)}T23:59:59.0")
        for fran, till in pairwise(dagar)
    ]
    assert [del_.slut for del_ in delar[:-1]] == [del_.start for del_ in delar[1:]]


def test_every_row_of_the_excerpt_of_units_is_read(korpus):
    with (korpus / "kodserver" / "AVD-REL-test.xml").open("rb") as fil:
        rader = list(kodserver.read(iter(lambda: fil.read(1000), b""), tabell="AVD"))

    assert all(isinstance(rad, Post) for rad in rader)
    assert (len(rader), len({rad.kod for rad in rader})) == (66, 55)


def test_between_the_two_exports_exactly_seven_types_were_added(korpus):
    fore, efter = (
        list(
            kodserver.read(
                [(korpus / "kodserver" / f"UPPDRAGSTYP-{nar}.xml").read_bytes()],
                tabell="UPPDRAGSTYP",
            )
        )
        for nar in ("2013-06", "2014-01")
    )

    svar = compare(stored(*fore), efter)

    assert [rad.kod for rad in svar.nya] == ["318", "319", "320", "321", "322", "323", "616"]
    assert counts(svar) == {
        "nya": 7,
        "ändrade": 0,
        "avslutade": 0,
        "borttagna": 0,
        "oförändrade": 160,
        "utanför filen": 0,
        "rader med fel": 0,
    }


def test_a_row_that_cannot_be_read_is_named_and_holds_back_its_id_only():
    bra = read(enhet("30216311002", ["9081"], "0917"))
    svar = compare(
        stored(*bra),
        read(
            enhet("30216311002", ["9081"], "0917"),
            enhet("30216311002", ["9082"], "0917", fr_o_m="2015-01-01", t_o_m="2014-01-01"),
            enhet("30216311003", ["9081"], "0917"),
            enhet("3021", ["9081"], "0917"),
        ),
    )

    assert [(rad.kod, rad.fr_o_m) for rad in svar.fel] == [
        ("30216311002", "2015-01-01"),
        ("3021", "2013-10-01"),
    ]
    assert [rad.kod for rad in svar.nya] == ["30216311003"]
    assert svar.borttagna == ()


def test_versions_that_hold_at_once_are_a_fault_of_the_row():
    svar = compare(
        [],
        read(
            enhet("30216311002", [], "0917", t_o_m="2014-12-31"),
            enhet("30216311002", [], "0917", fr_o_m="2014-12-31"),
            enhet("30216311003", [], "0917"),
            enhet("30216311003", [], "0917"),
        ),
    )

    assert {rad.kod for rad in svar.fel} == {"30216311002", "30216311003"}
    assert svar.nya == ()


def test_a_file_that_breaks_off_changes_nothing():
    delar = export(enhet("30216311002", [], "0917"), enhet("30216311003", [], "0917"))
    svar = compare([], kodserver.read([delar[0], delar[1][:-60]], tabell="AVD"))

    assert isinstance(svar, Filfel)


def test_a_change_is_told_cell_by_cell():
    (fore,) = read(enhet("30216311002", ["9081"], "0917", namn="Gamla"))
    (efter,) = read(enhet("30216311002", ["9082"], "0917", namn="Nya"))

    (andrad,) = compare(stored(fore), [efter]).andrade

    assert {cell.falt: (cell.fore, cell.efter) for cell in andrad.cells} == {
        "longname": ("Gamla", "Nya"),
        "SAMVERKS (Sammanhållen verksamhet)": ("9081 1990-01-01–", "9082 1990-01-01–"),
    }


def test_an_entry_that_only_gets_a_last_day_is_ended():
    (fore,) = read(enhet("30216311002", ["9081"], "0917"))
    (efter,) = read(enhet("30216311002", ["9081"], "0917", t_o_m="2016-12-31"))

    svar = compare(stored(fore), [efter])

    assert (len(svar.avslutade), svar.andrade) == (1, ())


def test_ids_that_the_file_does_not_name_are_left_alone_and_lost_versions_are_shown():
    gamla = read(
        enhet("30216311002", [], "0917", t_o_m="2014-12-31"),
        enhet("30216311002", [], "0917", fr_o_m="2015-01-01"),
        enhet("30216311003", [], "0917"),
    )
    svar = compare(stored(*gamla), read(enhet("30216311002", [], "0917", fr_o_m="2015-01-01")))

    assert [(rad.post.kod, str(rad.post.giltig.start)) for rad in svar.borttagna] == [
        ("30216311002", "2013-10-01")
    ]
    assert svar.utanfor == 1


@pytest.mark.parametrize(
    "fil",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b"<a " + b"x" * 3_000_000,
        b"<a>" * 100_000,
        b'<termsystem><termitementry id="1">' + b"<attribute/>" * 100_000,
        b'<termsystem><termitementry id="1"><attribute>' + b"x" * 3_000_000,
        b"not xml at all",
        b"",
        b"<fel/>",
    ],
)
def test_a_hostile_or_foreign_file_is_refused_with_a_reason(fil):
    rader = list(kodserver.read([fil], tabell="AVD"))

    assert isinstance(rader[-1], Filfel)
    assert not any(isinstance(rad, Post) for rad in rader)


def test_a_large_file_is_read_a_row_at_a_time():
    rad = enhet("30216311002", ["9081"], "0917").encode()

    def parts():
        yield b"<termsystem>"
        while True:  # a file without end
            yield rad

    lasare = kodserver.read(parts(), tabell="AVD")

    assert [type(next(lasare)) for _ in range(1000)] == [Post, *[Radfel] * 999]


# What units and commissions become of it --------------------------------------------------------


def units(*poster, mappningar=(), foretag=(), starter=()):
    return enhetsbild.units(
        poster,
        mappningar={"30216311002": list(mappningar)},
        foretag={rad.kod: [rad] for rad in foretag},
        starter={"30216311002": list(starter)},
    )


def test_a_unit_works_under_a_commission_when_both_entry_and_link_say_so():
    (rad,) = read(
        post(
            "30216311002",
            lank("SAMVERKS", "9081", "2012-01-01", "2014-12-31"),
            lank("SAMVERKS", "0000"),
            fr_o_m="2013-10-01",
            t_o_m="2015-12-31",
        )
    )
    (enheten,) = units(rad)

    assert [(u.samverks_id, str(u.giltig)) for u in enheten.uppdrag] == [
        ("9081", "2013-10-01–2014-12-31")
    ]


def test_a_unit_is_divided_where_its_hsa_id_or_a_registered_row_begins():
    (rad,) = read(enhet("30216311002", ["9081"], "0917", t_o_m="2015-12-31"))
    rader = units(
        rad,
        mappningar=[Mappning("SE2321000016-AAAA", Period(date(2014, 7, 1)))],
        starter=[date(2015, 1, 1)],
    )

    assert [(r.hsa_id, str(r.giltig)) for r in rader] == [
        ("", "2013-10-01–2014-06-30"),
        ("SE2321000016-AAAA", "2014-07-01–2014-12-31"),
        ("SE2321000016-AAAA", "2015-01-01–2015-12-31"),
    ]
    assert [u.giltig for r in rader for u in r.uppdrag] == [r.giltig for r in rader]


def test_two_kinds_of_a_commission_on_one_day_are_a_finding():
    (rad,) = read(
        post("9081", lank("STYP", "06"), lank("UPPDRAGSTYP", "300"), lank("UPPDRAGSTYP", "301")),
        tabell="SAMVERKS",
    )
    rader, fel = enhetsbild.commissions([rad])

    assert rader == []
    assert [f.kod for f in fel] == ["9081"]


def test_groupings_are_no_commissions_and_test_units_are_marked():
    poster = read(
        uppdrag("9081", "300", "10273", **{"Följer mall": "n"}),
        post("1234567", lank("STYP", "03")),
        tabell="SAMVERKS",
    )
    rader, fel = enhetsbild.commissions(poster)

    assert fel == []
    assert [(r.samverks_id, r.styp, r.avtal, r.test) for r in rader] == [
        ("9081", "06", "10273", True)
    ]


def test_nothing_in_the_file_nothing_to_change():
    assert compare([], []) == Skillnad()
