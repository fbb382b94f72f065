"""Money: the one place that rounds, and how amounts are written and read."""

import decimal
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gvr.core.belopp import AVRUNDNINGAR, format_kr, line_amount, parse_kr, round_kr

ORE = st.integers(-(10**14), 10**14).map(lambda ore: Decimal(ore).scaleb(-2))
EXAKT = st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=6)
AVRUNDNING = st.sampled_from(sorted(AVRUNDNINGAR))


@given(EXAKT, AVRUNDNING)
def test_a_rounded_amount_is_whole_ore_and_less_than_an_ore_away(value, mode):
    rounded = round_kr(value, mode)

    assert rounded.as_tuple().exponent == -2
    assert abs(rounded - value) < Decimal("0.01")


@given(EXAKT, AVRUNDNING)
def test_rounding_twice_is_rounding_once(value, mode):
    assert round_kr(round_kr(value, mode), mode) == round_kr(value, mode)


@given(EXAKT, AVRUNDNING)
def test_a_reversal_rounds_to_the_negated_original(value, mode):
    assert round_kr(-value, mode) == -round_kr(value, mode)


@given(st.integers(-(10**6), 10**6), ORE)
def test_whole_ore_times_a_whole_number_needs_no_rounding(antal, apris):
    assert line_amount(antal, apris) == antal * apris


@given(ORE)
def test_an_amount_is_the_same_after_being_written_and_read(value):
    assert parse_kr(format_kr(value)) == value


@pytest.mark.parametrize(
    ("value", "mode", "expected"),
    [
        ("0.005", "HALF_UP", "0.01"),
        ("0.004", "HALF_UP", "0.00"),
        ("-0.005", "HALF_UP", "-0.01"),
        ("2.675", "HALF_UP", "2.68"),
        ("0.005", "HALF_EVEN", "0.00"),
        ("0.015", "HALF_EVEN", "0.02"),
        ("0.019", "DOWN", "0.01"),
        ("0.011", "UP", "0.02"),
        ("275", "HALF_UP", "275.00"),
    ],
)
def test_half_an_ore_goes_the_way_the_price_list_says(value, mode, expected):
    assert str(round_kr(Decimal(value), mode)) == expected


@pytest.mark.parametrize("value", ["-0.001", "-0", "0"])
def test_zero_has_no_sign(value):
    assert str(round_kr(Decimal(value))) == "0.00"


def test_the_callers_precision_does_not_change_an_amount():
    with decimal.localcontext(prec=3):
        assert line_amount(12345, Decimal("678.905")) == Decimal("8381082.23")


def test_the_row_is_rounded_once_after_multiplying():
    assert line_amount(3, Decimal("0.335")) == Decimal("1.01")
    assert line_amount(Decimal("0.5"), Decimal("0.01")) == Decimal("0.01")


@pytest.mark.parametrize("value", [1.5, 1, "1.50", None])
def test_only_a_decimal_is_money(value):
    with pytest.raises(TypeError, match="Decimal"):
        round_kr(value)


@pytest.mark.parametrize(("antal", "apris"), [(1.0, Decimal(1)), (1, 1.0), (True, Decimal(1))])
def test_a_row_of_floats_is_refused(antal, apris):
    with pytest.raises(TypeError, match="Decimal"):
        line_amount(antal, apris)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="inget tal"):
        round_kr(Decimal(value))


def test_an_unknown_rounding_is_refused():
    with pytest.raises(ValueError, match="HALF_UP"):
        round_kr(Decimal(1), "NEDÅT")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1234567.5", "1\u00a0234\u00a0567,50\u00a0kr"),
        ("-275", "\u2212275,00\u00a0kr"),
        ("0", "0,00\u00a0kr"),
        ("999.99", "999,99\u00a0kr"),
        ("-1000", "\u22121\u00a0000,00\u00a0kr"),
    ],
)
def test_an_amount_is_written_as_swedes_write_it(value, expected):
    assert format_kr(Decimal(value)) == expected


def test_parts_of_an_ore_are_never_hidden():
    with pytest.raises(ValueError, match="delar av öre"):
        format_kr(Decimal("0.125"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234", "1234.00"),
        ("1234,5", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u00a0234,50\u00a0kr", "1234.50"),
        ("1\u202f234\u202f567", "1234567.00"),
        ("1234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567", "1234567.00"),
        ("1,234,567", "1234567.00"),
        ("12 kr", "12.00"),
        ("  12kr ", "12.00"),
        ("-12,30", "-12.30"),
        ("\u2212 12,30", "-12.30"),
        ("-0", "0.00"),
        ("0,05", "0.05"),
    ],
)
def test_an_amount_is_read_from_the_usual_ways_of_writing_it(text, expected):
    assert str(parse_kr(text)) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1.234", "två sätt"),
        ("1,234", "två sätt"),
        ("-1.234 kr", "två sätt"),
        ("0,125", "två sätt"),
        ("12,3456", "två decimaler"),
        ("1 234,567", "två decimaler"),
        ("1.234,567", "två decimaler"),
        ("12,", "slutar med"),
        ("1,2.3,4", "flera decimaltecken"),
        ("1.2,3,4", "flera decimaltecken"),
        ("", "går inte att läsa"),
        ("kr", "går inte att läsa"),
        ("tolv", "går inte att läsa"),
        ("12 34", "går inte att läsa"),
        ("1234 567", "går inte att läsa"),
        ("1.23.456", "går inte att läsa"),
        (" ,50", "går inte att läsa"),
        ("--5", "går inte att läsa"),
        ("1e5", "går inte att läsa"),
        ("１２", "går inte att läsa"),
        ("12,5x", "Ören"),
        ("1 234.567,00", "går inte att läsa"),
        ("12 €", "går inte att läsa"),
    ],
)
def test_an_amount_that_is_unreadable_or_ambiguous_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_kr(text)


@given(st.text(alphabet="0123456789 .,-kr\u00a0\u2212", max_size=15))
def test_any_text_is_either_whole_ore_or_refused_with_a_value_error(text):
    try:
        amount = parse_kr(text)
    except ValueError:
        return
    assert amount == round_kr(amount)
