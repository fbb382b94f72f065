"""Patient identities: what is accepted, what is refused with which code, and what never shows."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.se import orgnr

from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.personnummer import (
    Identitet,
    Identitetstyp,
    age_on,
    is_orgnr,
    mask,
    parse,
)

TOLVAN = "191212121212"  # Skatteverket's well-known test person, born 1912-12-12
DAG = date(2026, 11, 2)


def check_digit(nine_digits):
    """The check digit by the textbook: double every second, add the digits, fill up to ten."""
    total = 0
    for position, digit in enumerate(nine_digits):
        total += sum(map(int, str(int(digit) * (2 if position % 2 == 0 else 1))))
    return str(-total % 10)


@st.composite
def nummer(draw, raised=0):
    fodd = draw(st.dates(date(1890, 1, 1), date(2026, 11, 1)))
    body = f"{fodd:%y%m}{fodd.day + raised:02d}{draw(st.integers(0, 999)):03d}"
    return fodd, f"{fodd.year // 100}{body}{check_digit(body)}"


@given(nummer())
def test_a_personnummer_tells_birthday_and_sex(drawn):
    fodd, text = drawn

    identitet = parse(text)

    assert identitet == Identitet(
        nummer=text,
        typ=Identitetstyp.PERSONNUMMER,
        fodd=fodd,
        kon="M" if int(text[-2]) % 2 else "K",
    )


@given(nummer(raised=60))
def test_a_samordningsnummer_has_its_day_raised_by_sixty(drawn):
    fodd, text = drawn

    identitet = parse(text)

    assert identitet.typ is Identitetstyp.SAMORDNINGSNUMMER
    assert identitet.fodd == fodd


@given(nummer() | nummer(raised=60))
def test_ten_digits_and_a_sign_find_the_same_person_as_twelve(drawn):
    fodd, text = drawn
    sign = "+" if DAG.year - fodd.year >= 100 else "-"

    assert parse(f"{text[2:8]}{sign}{text[8:]}", day=DAG) == parse(text)
    assert parse(f"{text[:8]}{sign}{text[8:]}", day=DAG) == parse(text)


@given(nummer(), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_never_the_same_person(drawn, position, step):
    _, text = drawn
    wrong = str((int(text[position]) + step) % 10)

    found = parse(f"{text[:position]}{wrong}{text[position + 1 :]}")

    if position >= 2:
        assert isinstance(found, Avvikelse)
    else:
        assert not isinstance(found, Identitet) or found.nummer != text


@given(st.text(max_size=14) | st.text(alphabet="0123456789-+ ", max_size=14))
def test_any_text_is_an_identity_of_twelve_digits_or_a_finding(text):
    found = parse(text, day=DAG)

    if isinstance(found, Identitet):
        assert len(found.nummer) == 12
        assert found.nummer.isascii()
        assert found.nummer.isdigit()
    else:
        assert found.allvar is Allvar.STOPP
        assert found.atgard


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("191212121212", None),
        ("19121212-1212", None),
        ("19121212+1212", None),
        ("19121212+1212", DAG),
        ("121212+1212", DAG),
        ("121212-1212", date(2011, 12, 31)),
        ("1212121212", date(2011, 12, 31)),
    ],
)
def test_every_way_to_write_tolvan_is_stored_as_twelve_digits(text, day):
    assert parse(text, day=day).nummer == TOLVAN


def test_ten_digits_mean_a_child_or_a_centenarian_by_the_sign():
    assert parse("121212-1212", day=DAG).fodd == date(2012, 12, 12)
    assert parse("121212+1212", day=DAG).fodd == date(1912, 12, 12)


def test_the_sign_turns_in_the_year_the_person_becomes_a_hundred():
    assert parse("121212-1212", day=date(2011, 12, 31)).nummer == TOLVAN
    assert parse("121212+1212", day=date(2012, 1, 1)).nummer == TOLVAN


@pytest.mark.parametrize("text", ["701063-2391", "197010632391"])
def test_the_samordningsnummer_of_the_tax_agencys_own_example_is_read(text):
    identitet = parse(text, day=DAG)

    assert identitet.nummer == "197010632391"
    assert (identitet.fodd, identitet.kon) == (date(1970, 10, 3), "M")


def reservnummer(year, number):
    return f"99{year}{number:05d}{check_digit(f'00{year % 100:02d}{number:05d}')}"


@pytest.mark.parametrize(
    ("text", "kon"),
    [("991981000010", "M"), ("991993000032", "M"), (reservnummer(2016, 2), "K")],
)
def test_a_reservnummer_tells_sex_and_no_birthday(text, kon):
    identitet = parse(text)

    assert identitet == Identitet(nummer=text, typ=Identitetstyp.RESERVNUMMER, fodd=None, kon=kon)


@pytest.mark.parametrize(
    ("case", "text", "day", "kod"),
    [
        ("tomt", "", None, "GVR001"),
        ("bara blanksteg", "  ", None, "GVR001"),
        ("blanksteg i mitten", "19121212 1212", None, "GVR002"),
        ("blanksteg sist", "191212121212 ", None, "GVR002"),
        ("hårt mellanslag", "19121212\u00a01212", None, "GVR002"),
        ("tankstreck", "19121212\u20131212", None, "GVR003"),
        ("minustecken", "121212\u22121212", DAG, "GVR003"),
        ("breda siffror", "１９１２１２１２１２１２", None, "GVR004"),
        ("arabiska siffror", "٠٩١٢١٢١٢١٢١٢", None, "GVR004"),
        ("upphöjd siffra", "19121212121²", None, "GVR004"),
        ("bokstav", "19121212121A", None, "GVR005"),
        ("Västra Götalands reservnummer", "19810829M071", None, "GVR005"),
        ("elva siffror", "19121212121", None, "GVR006"),
        ("tretton siffror", "1912121212120", None, "GVR006"),
        ("bara ett streck", "-", None, "GVR006"),
        ("streck på fel plats", "1912-12121212", None, "GVR007"),
        ("två streck", "191212-12-1212", None, "GVR007"),
        ("dubbelt streck", "191212--1212", DAG, "GVR007"),
        ("tio siffror utan dag", "121212-1212", None, "GVR008"),
        ("dagen finns inte", "191202301212", None, "GVR009"),
        ("månaden finns inte", "191213121212", None, "GVR009"),
        ("skottdag i vanligt år", "190002291212", None, "GVR009"),
        ("dag 60", "191212601212", None, "GVR009"),
        ("dag 92", "191212921212", None, "GVR009"),
        ("seklet finns inte", "171212121212", None, "GVR009"),
        ("fel kontrollsiffra", "191212121213", None, "GVR010"),
        ("fel kontrollsiffra i samordningsnummer", "197010632392", None, "GVR010"),
        ("född dagen efter", "201212121212", date(2012, 12, 11), "GVR011"),
        ("reservnummer från 1979", "991979000015", None, "GVR012"),
        ("reservnummer från 2300", "992300000012", None, "GVR012"),
        ("fel kontrollsiffra i reservnummer", "991981000011", None, "GVR013"),
        ("plus för en tioåring", "20121212+1212", DAG, "GVR014"),
    ],
)
def test_each_fault_has_its_own_code_and_keeps_the_number_to_itself(case, text, day, kod):
    finding = parse(text, day=day)

    assert isinstance(finding, Avvikelse), case
    assert finding.kod == kod, case
    assert finding.varde is None
    shown = f"{finding.text}{finding.atgard}{finding.pekare}"
    assert not any(part and part in shown for part in (text.strip("- "), text[-4:].strip("- ")))


def test_who_is_born_on_the_day_is_accepted_and_the_day_before_not():
    assert isinstance(parse("201212121212", day=date(2012, 12, 12)), Identitet)
    assert parse("201212121212", day=date(2012, 12, 11)).kod == "GVR011"


def test_the_range_of_reservnummer_begins_in_1980_and_ends_in_2299():
    assert parse(reservnummer(1980, 1)).typ is Identitetstyp.RESERVNUMMER
    assert parse(reservnummer(2299, 1)).typ is Identitetstyp.RESERVNUMMER
    assert parse(reservnummer(1979, 1)).kod == "GVR012"
    assert parse(reservnummer(2300, 1)).kod == "GVR012"


def test_the_finding_points_where_the_caller_says():
    assert parse("", pekare="/kontakter/3/patient_id").pekare == "/kontakter/3/patient_id"


def test_the_official_test_series_is_read_without_exception(korpus):
    path = korpus / "testpersonnummer" / "skatteverket-testpersonnummer.txt"
    numbers = path.read_text(encoding="ascii").split()

    found = [parse(number) for number in numbers]

    assert len(numbers) == 41_493
    assert all(isinstance(identitet, Identitet) for identitet in found)
    assert {identitet.typ for identitet in found} == {Identitetstyp.PERSONNUMMER}
    assert min(identitet.fodd for identitet in found).year == 1890
    assert {identitet.kon for identitet in found} == {"K", "M"}


def test_an_identity_is_masked_wherever_it_is_printed():
    identitet = parse(TOLVAN)

    assert mask(TOLVAN) == "19\u2022\u2022\u2022\u2022\u2022\u2022-\u2022\u202212"
    assert TOLVAN not in repr(identitet)
    assert TOLVAN not in str(identitet)
    assert mask("1212121212") == "\u2022" * 12


@given(nummer())
def test_a_mask_shows_two_digits_at_each_end(drawn):
    _, text = drawn

    assert sum(char.isdigit() for char in mask(text)) == 4


@pytest.mark.parametrize(
    ("fodd", "day", "age"),
    [
        (date(2008, 11, 2), date(2026, 11, 1), 17),
        (date(2008, 11, 2), date(2026, 11, 2), 18),
        (date(1941, 3, 1), date(2026, 2, 28), 84),
        (date(1941, 3, 1), date(2026, 3, 1), 85),
        (date(2008, 2, 29), date(2026, 2, 27), 17),
        (date(2008, 2, 29), date(2026, 2, 28), 18),
        (date(2008, 2, 29), date(2024, 2, 28), 15),
        (date(2008, 2, 29), date(2024, 2, 29), 16),
        (date(1896, 2, 29), date(1900, 2, 27), 3),
        (date(1896, 2, 29), date(1900, 2, 28), 4),
        (date(2026, 11, 2), date(2026, 11, 2), 0),
        (date(2026, 11, 2), date(2026, 11, 1), -1),
    ],
)
def test_age_turns_on_the_birthday(fodd, day, age):
    assert age_on(fodd, day) == age


@given(st.dates(date(1890, 1, 1), date(2026, 1, 1)), st.integers(0, 40_000))
def test_age_never_falls_and_grows_by_one_year_at_a_time(fodd, days):
    day = fodd + timedelta(days=days)

    assert 0 <= age_on(fodd, day + timedelta(days=1)) - age_on(fodd, day) <= 1


@given(st.integers(0, 10**10 - 1).map(lambda number: f"{number:010d}"))
def test_organisation_numbers_agree_with_the_reference_library(text):
    assert is_orgnr(text) == orgnr.is_valid(text)


@given(st.integers(0, 10**9 - 1).map(lambda number: f"{number:09d}"))
def test_an_organisation_number_has_exactly_one_right_check_digit(nine_digits):
    right = [digit for digit in "0123456789" if is_orgnr(nine_digits + digit)]

    assert right == [check_digit(nine_digits)]
    assert orgnr.is_valid(nine_digits + right[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("232100-0016", True),  # Region Stockholm
        ("2321000016", True),
        ("232100-0017", False),
        ("23210-00016", False),
        ("232100 0016", False),
        ("16232100-0016", False),
        ("２３２１００００１６", False),
        ("", False),
    ],
)
def test_an_organisation_number_is_ten_digits_with_at_most_a_hyphen(text, expected):
    assert is_orgnr(text) is expected
