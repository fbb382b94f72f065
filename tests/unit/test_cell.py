"""Cells of spreadsheets: read without guessing, written without danger."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gvr.core import cell


@pytest.mark.parametrize(
    ("value", "kronor"),
    [
        ("1 234,50", "1234.50"),
        ("1234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("12 kr", "12.00"),
        (" 7 ", "7.00"),
        (1234.5, "1234.50"),
        (0.1, "0.10"),
        (12, "12.00"),
    ],
)
def test_amounts_are_read_as_people_write_them(value, kronor):
    assert cell.amount(value) == Decimal(kronor)


@pytest.mark.parametrize(
    "value", ["1.234", "1,234", "tolv", "12,345", 1.005, True, date(2026, 1, 1), "=1+1", "1e3"]
)
def test_an_amount_that_can_mean_two_things_or_none_is_refused(value):
    with pytest.raises(ValueError, match=r"\w"):
        cell.amount(value)


def test_an_empty_cell_is_no_amount_and_not_zero():
    assert cell.amount("") is None
    assert cell.amount(None) is None


def test_a_price_is_never_negative():
    with pytest.raises(ValueError, match="negativt"):
        cell.not_negative("-5")


@pytest.mark.parametrize(
    "value",
    ["2026-01-31", "20260131", " 2026-01-31 ", date(2026, 1, 31), datetime(2026, 1, 31)],
)
def test_days_are_read(value):
    assert cell.day(value) == date(2026, 1, 31)


@pytest.mark.parametrize(
    "value",
    [45292, 45292.0, "45292", "31/1 2026", "01/02/2026", "2026-02-30", datetime(2026, 1, 1, 8)],
)
def test_a_day_that_must_be_guessed_is_refused(value):
    with pytest.raises(ValueError, match=r"\w"):
        cell.day(value)


@pytest.mark.parametrize("farlig", ["=1+1", "==1+1", "+1", "-1", "@SUM", "\tx", "\rx", "\x00=1"])
def test_no_exported_text_can_be_taken_for_a_formula(farlig):
    assert not cell.escape(farlig).startswith(cell.FORMELTECKEN)


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"])))
def test_an_escaped_text_reads_back_to_itself(skrivet):
    assert cell.unescape(cell.escape(skrivet)) == skrivet


@pytest.mark.parametrize("skrivet", ["'=1", "''+2", "'namn", "Sankt Eriks"])
def test_an_apostrophe_that_somebody_wrote_is_kept(skrivet):
    assert cell.unescape(cell.escape(skrivet)) == skrivet


def test_a_code_that_excel_made_a_number_is_still_a_code():
    assert cell.text(30216311004) == "30216311004"
    assert cell.text(30216311004.0) == "30216311004"


@pytest.mark.parametrize("value", [1.5, True, date(2026, 1, 1)])
def test_a_text_that_excel_made_something_else_is_refused(value):
    with pytest.raises(ValueError, match="text"):
        cell.text(value)


@pytest.mark.parametrize(("kolumn", "bokstav"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ")])
def test_columns_have_the_letters_of_excel(kolumn, bokstav):
    assert cell.letter(kolumn) == bokstav


@pytest.mark.parametrize(("value", "svar"), [("Ja", True), ("x", True), ("", False), (None, False)])
def test_yes_and_no_are_read(value, svar):
    assert cell.yes_no(value) is svar


def test_anything_but_yes_and_no_is_refused():
    with pytest.raises(ValueError, match="ja eller nej"):
        cell.yes_no("kanske")
