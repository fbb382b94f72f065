"""What the portal decides without a database: deadlines, filters, words, cells, messages."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avstamning.core import halsouppgifter, jamforelse, kalkylblad, meddelande, tystnad
from avstamning.core import ord as ordval
from avstamning.core import urval as urvalskarna
from avstamning.core.urval import Urval
from ersattning.hej.core import beslut
from ersattning.vardfaktura.core import frist
from gvr.core.period import Manad

SVENSK = ZoneInfo("Europe/Stockholm")
IDAG = date(2026, 11, 23)
DAGAR = st.dates(date(2000, 1, 1), date(2099, 12, 30))


# The deadline -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("manad", "helgdagar", "sista"),
    [
        ("2026-11", [], date(2026, 11, 30)),  # a Monday
        ("2026-10", [], date(2026, 10, 30)),  # the 31st is a Saturday
        ("2026-05", [], date(2026, 5, 29)),  # the 31st is a Sunday
        ("2026-12", [date(2026, 12, 31)], date(2026, 12, 30)),  # New Year's Eve
    ],
)
def test_the_deadline_is_the_last_weekday_of_the_month(manad, helgdagar, sista):
    assert frist.last_weekday(Manad.parse(manad), helgdagar) == sista


def test_on_the_last_day_no_day_is_left_and_the_day_after_the_next_month_counts():
    sista = frist.next_deadline(date(2026, 10, 30), [])
    efter = frist.next_deadline(date(2026, 10, 31), [])

    assert (sista.dagar_kvar, sista.manad, sista.fore) == (0, Manad(2026, 10), None)
    assert (efter.manad, efter.dag, efter.fore) == (
        Manad(2026, 11),
        date(2026, 11, 30),
        date(2026, 10, 30),
    )


@given(DAGAR, st.sets(DAGAR, max_size=40))
def test_the_next_deadline_is_a_weekday_that_has_not_passed(day, helgdagar):
    svar = frist.next_deadline(day, helgdagar)

    assert svar.dag >= day
    assert frist.is_weekday(svar.dag, helgdagar)
    assert Manad.of(svar.dag) == svar.manad
    assert svar.dagar_kvar == (svar.dag - day).days


def test_a_proposal_is_ready_on_the_third_weekday():
    assert frist.basis_ready(Manad(2026, 11), []) == date(2026, 12, 3)
    assert frist.basis_ready(Manad(2026, 12), [date(2027, 1, 1), date(2027, 1, 6)]) == date(
        2027, 1, 7
    )


# The filter -------------------------------------------------------------------------------------


def test_without_days_the_month_is_shown():
    urval, fel = urvalskarna.parse({}, day=IDAG)

    assert (urval.fran, urval.till, fel) == (date(2026, 11, 1), date(2026, 11, 30), ())
    assert urval.whole_month == Manad(2026, 11)


def test_all_faults_of_a_filter_are_told_at_once():
    _, fel = urvalskarna.parse(
        {"fran": "x", "till": "2026-13-01", "utfall": "OK", "sok": "191212121212"}, day=IDAG
    )

    assert [f.falt for f in fel] == ["fran", "till", "utfall", "sok"]


def test_a_period_that_runs_backwards_is_told_and_not_used():
    urval, fel = urvalskarna.parse({"fran": "2026-11-10", "till": "2026-11-01"}, day=IDAG)

    assert [f.falt for f in fel] == ["till"]
    assert urval.fran <= urval.till


@given(
    st.builds(
        Urval,
        fran=DAGAR,
        till=DAGAR,
        enhet=st.sampled_from(["", "90001311001"]),
        utfall=st.sampled_from(["", *ordval.UTFALL]),
        orsak=st.sampled_from(["", "LAN_SAKNAS"]),
        produkt=st.sampled_from(["", "2UL01"]),
        sok=st.sampled_from(["", "7f3a-0918"]),
    ).filter(lambda u: u.fran <= u.till)
)
def test_a_filter_that_is_written_is_read_back(urval):
    assert urvalskarna.parse(urval.query(), day=IDAG) == (urval, ())


@given(DAGAR, st.integers(0, 10**17))
def test_a_place_that_is_written_is_read_back(dag, nummer):
    assert urvalskarna.read_place(urvalskarna.write_place(dag, nummer)) == (dag, nummer)


@pytest.mark.parametrize("text", ["", "x", "2026-11-23", "2026-11-23.", "2026-11-23.-1", ".5", "²"])
def test_what_is_no_place_is_none(text):
    assert urvalskarna.read_place(text) is None


@given(st.text(max_size=20))
def test_no_text_makes_a_filter_fall(text):
    urvalskarna.parse(dict.fromkeys(urvalskarna.FALT, text), day=IDAG)


def test_a_filter_is_said_in_words():
    urval, _ = urvalskarna.parse({"utfall": "VANTAR", "vantar_pa": "PRIS:2UL01"}, day=IDAG)

    assert urval.in_words() == "november\xa02026, väntar, väntar på pris för 2UL01"


# Words ------------------------------------------------------------------------------------------


def test_every_outcome_has_words():
    koder = {beslut.ERSATTS, beslut.INGEN_ERSATTNING, beslut.VANTAR, beslut.FEL, beslut.MAKULERAD}

    assert set(ordval.UTFALL) == koder
    assert ordval.outcome("").text == "Registrerad"


def test_no_word_of_a_state_is_ok():
    assert not [ord_ for ord_ in ordval.ALLA_STATUSORD if ord_.text.lower() == "ok"]
    assert len({ord_.text for ord_ in ordval.ALLA_STATUSORD}) == len(ordval.ALLA_STATUSORD)


@pytest.mark.parametrize(
    ("del_", "helhet", "text"),
    [
        (0, 0, "–"),
        (1, 3, "33,3\xa0%"),
        (2, 3, "66,7\xa0%"),
        (5, 5, "100,0\xa0%"),
        (1, 2000, "0,1\xa0%"),
    ],
)
def test_a_share_has_one_decimal_with_a_comma(del_, helhet, text):
    assert ordval.share(del_, helhet) == text


def test_days_and_times_are_written_as_in_sweden():
    assert ordval.day_in_text(IDAG) == "23\xa0november\xa02026"
    assert ordval.clock(time(9, 5)) == "kl.\xa09.05"
    assert ordval.quantity(-12345) == "\u221212\xa0345"
    assert ordval.amount(Decimal("1234567.50")) == "1\xa0234\xa0567,50"


# Cells ------------------------------------------------------------------------------------------


@given(st.text())
def test_no_cell_begins_a_formula_or_breaks_the_file(text):
    cell = kalkylblad.safe_text(text)

    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert not any(ord(tecken) < 32 for tecken in cell)
    assert len(cell) <= 32_767


@pytest.mark.parametrize(
    "farlig", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "\0=1", "＝1"]
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(farlig):
    assert kalkylblad.safe_text(farlig).startswith("'")


def test_an_ordinary_text_is_left_alone():
    assert kalkylblad.safe_text("Återbesök 7f3a-0918") == "Återbesök 7f3a-0918"


def test_a_file_name_holds_nothing_that_a_system_refuses():
    namn = kalkylblad.file_name("a/b\\c:*?<>|", "å", at=datetime(2026, 11, 23, 9, 5))

    assert namn == "a b c å 2026-11-23 09.05.xlsx"


# Versions ---------------------------------------------------------------------------------------


def test_versions_tell_what_changed_and_what_did_not():
    fore = {"btyp": "1", "diagnoser": ["I109"], "tid": time(9, 5), "taxa": None}
    efter = {"btyp": "1", "diagnoser": ["F329", "I109"], "tid": time(9, 5), "taxa": "01"}

    rader = {rad.falt: rad for rad in jamforelse.compare(fore, efter)}

    assert [falt for falt, rad in rader.items() if rad.andrad] == ["taxa", "diagnoser"]
    assert (rader["diagnoser"].fore, rader["diagnoser"].efter) == ("I109", "F329, I109")
    assert rader["tid"].efter == "kl.\xa09.05"


def test_hidden_fields_tell_that_they_changed_and_nothing_else():
    rader = jamforelse.compare(
        {"diagnoser": ["I109"]},
        {"diagnoser": ["F329"]},
        dolda=dict.fromkeys(halsouppgifter.FALT, "dolt"),
    )

    assert [(rad.fore, rad.efter, rad.andrad) for rad in rader] == [("dolt", "dolt", True)]


def test_codes_are_explained_and_lists_compare_whatever_their_type():
    (rad,) = jamforelse.compare(
        {"yrkeskategorier": ("01",)},
        {"yrkeskategorier": ["01"]},
        text=lambda verk, kod: {("VDG", "01"): "Läkare"}.get((verk, kod), ""),
    )

    assert (rad.efter, rad.andrad) == ("01 Läkare", False)


def test_a_first_version_has_nothing_to_be_compared_with():
    assert [rad.andrad for rad in jamforelse.compare(None, {"btyp": "1"})] == [False]
    assert jamforelse.pairs((1, 2, 3)) == ((2, 3), (1, 2))


@pytest.mark.parametrize(
    ("pekare", "dold"),
    [("/diagnoser/0", True), ("/vardkontakter/3/lakemedel/1", True), ("/taxa", False), ("", False)],
)
def test_a_pointer_into_the_patients_health_is_known(pekare, dold):
    assert halsouppgifter.hidden(pekare) is dold


# Messages ---------------------------------------------------------------------------------------


def test_a_batch_gives_only_the_contact_asked_for():
    kropp = b'[{"vardhandelseId": "a", "patientId": "191212121212"}, {"vardhandelseId": "b"}]'

    del_ = meddelande.json_part(kropp, "a")

    assert del_ == {"vardhandelseId": "a", "patientId": "191212121212"}
    assert "191212121212" not in meddelande.pretty(del_)


def test_lines_of_json_are_a_batch_too():
    assert meddelande.json_part(b'{"vardhandelseId": "a"}\n{"vardhandelseId": "b"}\n', "b") == {
        "vardhandelseId": "b"
    }


@pytest.mark.parametrize(
    "kropp",
    [
        b"",
        b"inte json",
        b"\xff\xfe",
        b'{"vardhandelseId": "b"}',
        b'[{"vardhandelseId": "b"}]',
        b'{"vardkontakter": [{"vardhandelseId": "b"}]}',
        b'{"vardkontakter": [{"taxa": "01"}]}',
    ],
)
def test_what_cannot_be_told_apart_is_not_shown(kropp):
    assert meddelande.json_part(kropp, "a") is None


def test_a_body_that_is_one_contact_without_its_id_is_that_contact():
    assert meddelande.json_part(b'{"taxa": "01", "diagnoser": ["I109"]}', "a") == {
        "taxa": "01",
        "diagnoser": ["I109"],
    }


@pytest.mark.parametrize(
    "skrivet", ["191212121212", "19121212-1212", "1212121212", "121212-1212", "121212+1212"]
)
def test_a_number_is_masked_however_it_is_written(skrivet):
    text = meddelande.without_patient(f"<Patient>{skrivet}</Patient>", "191212121212")

    assert "1212" not in text.replace("••12<", "<")


# Silence ----------------------------------------------------------------------------------------

NU = datetime(2026, 11, 23, 9, 0, tzinfo=SVENSK)


def deliveries(antal, paus, senast):
    return [NU - senast - paus * nr for nr in range(antal)]


def test_a_sender_is_silent_by_its_own_rhythm():
    kvart = timedelta(minutes=15)

    assert not tystnad.rhythm(deliveries(50, kvart, timedelta(minutes=18)), at=NU).tyst
    assert not tystnad.rhythm(deliveries(50, kvart, timedelta(hours=20)), at=NU).tyst  # a night
    assert tystnad.rhythm(deliveries(50, kvart, timedelta(hours=27)), at=NU).tyst
    assert not tystnad.rhythm(deliveries(50, timedelta(days=7), timedelta(days=20)), at=NU).tyst


def test_too_few_deliveries_have_no_rhythm():
    rytm = tystnad.rhythm(deliveries(3, timedelta(hours=1), timedelta(days=30)), at=NU)

    assert (rytm.paus, rytm.tyst, rytm.paus_i_ord) == (None, False, "")
    with pytest.raises(ValueError, match="ingenting"):
        tystnad.rhythm([], at=NU)


@pytest.mark.parametrize(
    ("paus", "text"),
    [
        (timedelta(seconds=40), "varje minut"),
        (timedelta(minutes=2), "varannan minut"),
        (timedelta(minutes=7), "var 7:e minut"),
        (timedelta(minutes=14), "var 15:e minut"),
        (timedelta(hours=1), "varje timme"),
        (timedelta(hours=2), "varannan timme"),
        (timedelta(hours=5), "var 5:e timme"),
        (timedelta(days=1), "varje dag"),
        (timedelta(days=3), "var 3:e dag"),
    ],
)
def test_a_pause_is_said_as_people_say_it(paus, text):
    assert tystnad.in_words(paus) == text
