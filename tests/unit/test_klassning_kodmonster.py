"""Patterns over codes: what a rule's code list takes in, and how lists compare."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ersattning.ersmo.core.kodmonster import Kodlista, fault_of, read

MONSTER = ("A01", "A0*", "A*", "*", "A00-A09", "A00-B99", "B10", "B1*", "A011-A019", "1*", "01-69")
KODER = ("A01", "A011", "A015", "A09", "A0", "B10", "B99", "C01", "01", "69", "70", "A2", "5A", "")


def lista(*monster):
    return Kodlista.of(read(text) for text in monster)


@pytest.mark.parametrize(
    ("monster", "tar_in", "tar_inte_in"),
    [
        ("01", ["01"], ["1", "011", "02"]),
        ("M54*", ["M54", "M545"], ["M5", "M55"]),
        ("A00-B99", ["A00", "A001", "B99", "B999"], ["C00", "A0", "AA0"]),
        ("01-69", ["01", "69"], ["70", "00", "A2", "5A"]),
        ("*", ["01", "M545"], []),
    ],
)
def test_a_pattern_takes_in(monster, tar_in, tar_inte_in):
    assert [kod for kod in tar_in if not lista(monster).matches(kod)] == []
    assert [kod for kod in tar_inte_in if lista(monster).matches(kod)] == []


def test_an_empty_list_takes_in_nothing():
    assert not lista().matches("01")


def test_a_hyphen_is_a_plain_character_in_an_identity():
    enhet = Kodlista.of([read("SE2321000016-DEM1", intervall=False)])

    assert enhet.matches("SE2321000016-DEM1")
    assert not enhet.matches("SE2321000016")


@pytest.mark.parametrize(
    ("kod", "ord_"),
    [
        ("N96.9", "punkt"),
        ("n969", "versaler"),
        ("69-01", "baklänges"),
        ("A0-B99", "samma längd"),
        ("A00-999", "samma slags tecken"),
        ("A 1", "siffror och versaler"),
        ("", "siffror och versaler"),
        ("A*1", "siffror och versaler"),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_explained(kod, ord_):
    assert ord_ in fault_of(kod)


@pytest.mark.parametrize("kod", ["01", "M54*", "*", "A00-B99", "KO70O"])
def test_a_good_pattern_has_no_fault(kod):
    assert fault_of(kod) is None


@given(st.sampled_from(MONSTER), st.sampled_from(MONSTER), st.sampled_from(KODER))
def test_a_code_in_both_lists_is_in_their_intersection(ena, andra, kod):
    both = lista(ena).matches(kod) and lista(andra).matches(kod)

    assert not both or lista(ena).intersection(lista(andra)).matches(kod)


@given(st.sampled_from(MONSTER), st.sampled_from(MONSTER), st.sampled_from(KODER))
def test_a_covered_pattern_has_no_code_outside(stort, litet, kod):
    covered = lista(stort).covers(read(litet))

    assert not (covered and lista(litet).matches(kod)) or lista(stort).matches(kod)


@pytest.mark.parametrize(
    ("ena", "andra"),
    [
        ("A01", "B10"),
        ("A0*", "B1*"),
        ("A00-A09", "B10"),
        ("B1*", "A00-A09"),
        ("01-69", "A00-A09"),
        ("A00-A09", "B00-B09"),
    ],
)
def test_lists_without_a_code_in_common_have_an_empty_intersection(ena, andra):
    assert lista(ena).intersection(lista(andra)).monster == ()
    assert lista(andra).intersection(lista(ena)).monster == ()


@pytest.mark.parametrize(
    ("stort", "litet"),
    [
        ("*", "A00-B99"),
        ("A*", "A0*"),
        ("A00-B99", "A00-A09"),
        ("A00-B99", "A011-A019"),
        ("A00-B99", "A01*"),
        ("A*", "A00-A09"),
    ],
)
def test_the_wider_pattern_covers_the_narrower_and_not_the_other_way(stort, litet):
    assert lista(stort).covers(read(litet))
    assert not lista(litet).covers(read(stort))
