"""The geometry of charts: nothing invisible, nothing outside, nothing that SVG cannot read."""

import itertools
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avstamning.core.diagram import Serie, columns, scale, widths

KRONOR = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
POSITIVA = st.decimals(min_value=0, max_value=10**9, places=2)


def chart(varden, *, staplade=False):
    rubriker = [f"m{i}" for i in range(len(varden[0]))]
    serier = [Serie(f"S{nr}", "ok", tuple(rad)) for nr, rad in enumerate(varden)]
    return columns(rubriker, serier, skriv=str, staplade=staplade)


def matrix(element):
    return st.integers(1, 6).flatmap(
        lambda n: st.lists(st.lists(element, min_size=n, max_size=n), min_size=1, max_size=3)
    )


def test_the_largest_bar_is_full_and_the_smallest_is_still_seen():
    assert widths([4377, 241, 1, 0]) == ("1000", "55", "4", "0")


@given(st.lists(st.integers(0, 10**9), max_size=20))
def test_a_bar_is_invisible_only_for_zero(varden):
    for varde, bredd in zip(varden, widths(varden), strict=True):
        assert (int(bredd) > 0) == (varde > 0)
        assert int(bredd) <= 1000


@given(KRONOR, KRONOR)
def test_the_scale_holds_both_values_and_zero_in_whole_steps(ena, andra):
    lag, hog = sorted((ena, andra))

    botten, topp, steg = scale(lag, hog)

    assert botten <= min(lag, 0)
    assert topp >= max(hog, 0)
    assert (topp - botten) % steg == 0
    assert 1 <= (topp - botten) / steg <= 6


def test_a_chart_of_nothing_but_zeros_still_has_a_scale():
    diagram = chart([[Decimal(0), Decimal(0)]])

    assert len(diagram.skala) > 1
    assert {stapel.hojd for stapel in diagram.staplar} == {"0.0"}


@given(matrix(KRONOR))
def test_no_column_leaves_the_drawing(varden):
    diagram = chart(varden)

    for stapel in diagram.staplar:
        assert Decimal(stapel.hojd) >= 0
        assert Decimal(stapel.y) >= 0
        assert Decimal(stapel.y) + Decimal(stapel.hojd) <= 260
        assert Decimal(stapel.x) >= 0
        assert Decimal(stapel.x) + Decimal(stapel.bredd) <= 860


@given(matrix(POSITIVA))
def test_stacked_columns_stand_on_each_other_without_gap_or_overlap(varden):
    diagram = chart(varden, staplade=True)
    antal = len(varden)

    for nr in range(len(varden[0])):
        grupp = diagram.staplar[nr * antal : (nr + 1) * antal]
        for under, over in itertools.pairwise(grupp):
            glipa = Decimal(under.y) - Decimal(over.y) - Decimal(over.hojd)
            assert abs(glipa) <= Decimal("0.2")  # each coordinate is rounded to one decimal


def test_a_negative_month_hangs_below_the_zero_line():
    diagram = chart([[Decimal(100), Decimal(-50)]])
    plus, minus = diagram.staplar
    noll = Decimal(diagram.nollinje)

    assert Decimal(plus.y) + Decimal(plus.hojd) == pytest.approx(noll, abs=Decimal("0.1"))
    assert Decimal(minus.y) == pytest.approx(noll, abs=Decimal("0.1"))


def test_negative_values_cannot_be_stacked():
    with pytest.raises(ValueError, match="staplas"):
        chart([[Decimal(-1)]], staplade=True)


def test_a_series_must_have_a_value_for_every_heading():
    with pytest.raises(ValueError, match="rubrik"):
        columns(["a", "b"], [Serie("S", "ok", (Decimal(1),))], skriv=str)


@given(matrix(KRONOR))
def test_every_coordinate_is_a_number_as_svg_writes_it(varden):
    diagram = chart(varden)
    delar = "".join(
        f'<rect x="{s.x}" y="{s.y}" width="{s.bredd}" height="{s.hojd}"/>' for s in diagram.staplar
    )

    for rect in ElementTree.fromstring(f"<svg>{delar}</svg>"):
        for varde in rect.attrib.values():
            assert "," not in varde
            assert "\u00a0" not in varde
            float(varde)
