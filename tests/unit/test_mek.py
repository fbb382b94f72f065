"""Mappings between kombika and HSA-id, and the log of those that were wrong."""

from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from gvr.core import mek
from gvr.core.kodserver import Filfel, Radfel
from gvr.core.mek import Felrad, Fil, Hsarad, Mekrad
from gvr.core.period import Period
from tests.factories import kodserverfil as filer

X, Y, Z = "SE2321000016-XXXX", "SE2321000016-YYYY", "SE2321000016-ZZZZ"
K = "30216311002"


def day(nummer):
    return date.fromordinal(735_000 + nummer)


def hsa(hsa_id, start, slut=None, fran=None, till=None):
    period = Period(day(start), None if slut is None else day(slut))
    return Hsarad(hsa_id=hsa_id, giltig=period, fil_fran=fran, fil_till=till)


def said(hsa_id, start, slut=None):
    return Mekrad(kombika=K, hsa_id=hsa_id, giltig=hsa(hsa_id, start, slut).giltig)


def wrong(fel, ratt, start, slut=None, *, till_fil=9):
    return Felrad(
        kombika=K,
        fel_hsa_id=fel,
        ratt_hsa_id=ratt,
        fr_o_m=day(start),
        till=None if slut is None else day(slut),
        fran_mek_fil=1,
        till_mek_fil=till_fil,
        felmek_fil=3,
        skapad="",
    )


def test_the_mappings_of_the_export_are_read(korpus):
    rader = list(mek.read_mek([(korpus / "kodserver" / "MEK-test.xml").read_bytes()]))

    assert rader[0] == Fil(1719)
    assert Counter(type(rad) for rad in rader) == {Fil: 1, Mekrad: 23, Radfel: 1}
    assert rader[1] == Mekrad(
        kombika="19108011M04", hsa_id="SE2321000016-14L1", giltig=Period(date(2007, 4, 3))
    )


def test_every_row_of_the_log_is_read_and_no_two_are_the_same(korpus):
    rader = list(mek.read_felmek([(korpus / "kodserver" / "FelMEK.xml").read_bytes()]))

    assert Counter(type(rad) for rad in rader) == {Fil: 1, Felrad: 3594}
    log = rader[1:]
    assert len({rad.kombika for rad in log}) == 3013
    nycklar = {
        (r.kombika, r.fel_hsa_id, r.dagar, r.fran_mek_fil, r.till_mek_fil, r.skapad) for r in log
    }
    assert len(nycklar) == len(log)


def test_a_row_without_what_it_needs_is_a_fault_of_the_row():
    rader = list(
        mek.read_mek(
            filer.mek(1, filer.mappning("1", X, "2013-01-01"), filer.mappning(K, "X", "2013-01-01"))
        )
    )

    assert [type(rad) for rad in rader] == [Fil, Radfel, Radfel]
    assert isinstance(next(iter(mek.read_mek([b"<x/>"]))), Filfel)


def test_a_new_mapping_ends_the_one_before_and_remembers_who_last_said_it():
    svar = mek.assert_anew([hsa(X, 0, fran=1)], [said(Y, 100)], fil=7)

    assert svar == [hsa(X, 0, 100, fran=1, till=6), hsa(Y, 100, fran=7)]


def test_a_mapping_that_is_said_again_stays_as_it_was():
    assert mek.assert_anew([hsa(X, 0, fran=1)], [said(X, 0)], fil=7) == [hsa(X, 0, fran=1)]


def test_a_wrong_mapping_is_put_right_back_in_time():
    finns = [hsa(X, 0, 100, fran=1, till=6), hsa(Y, 100, fran=7)]

    svar, utfall = mek.correct(finns, wrong(X, Y, 40), senaste=7)

    assert utfall == "RATTAD"
    assert svar == [
        hsa(X, 0, 40, fran=1, till=6),
        hsa(Y, 40, 100),
        hsa(Y, 100, fran=7),
    ]


def test_a_mapping_that_should_never_have_been_is_taken_away_on_its_days():
    svar, _ = mek.correct([hsa(X, 0, fran=1)], wrong(X, "", 10, 20), senaste=1)

    assert svar == [hsa(X, 0, 10, fran=1), hsa(X, 20, fran=1)]


def test_what_a_later_export_says_is_not_put_right_by_an_old_row():
    assert mek.correct([hsa(X, 0, fran=11)], wrong(X, Y, 0), senaste=11)[1] == "NYARE"
    assert mek.correct([hsa(X, 0, fran=5)], wrong(X, Y, 0), senaste=11)[1] == "NYARE"
    assert mek.correct([hsa(Z, 0, fran=5)], wrong(X, Y, 0), senaste=5)[1] == "EJ_INLAST"


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30), st.sampled_from([X, Y, Z]))),
    st.tuples(
        st.integers(0, 60), st.integers(1, 40), st.sampled_from([X, Y]), st.sampled_from(["", Z])
    ),
)
def test_only_the_days_that_were_wrong_change_and_no_day_has_two(rader, fel):
    finns = []
    for start, langd, hsa_id in rader:
        finns = mek.assert_anew(finns, [said(hsa_id, start, start + langd)], fil=1)
    start, langd, felaktig, ratt = fel
    svar, _ = mek.correct(finns, wrong(felaktig, ratt, start, start + langd), senaste=1)

    def on(rader, dag):
        traffar = [rad.hsa_id for rad in rader if rad.giltig.contains(dag)]
        assert len(traffar) <= 1
        return traffar[0] if traffar else ""

    for nummer in range(110):
        fore, efter = on(finns, day(nummer)), on(svar, day(nummer))
        galler = start <= nummer < start + langd and fore == felaktig
        assert efter == (ratt if galler else fore)
