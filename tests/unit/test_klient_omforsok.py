"""What the reference client makes of an answer: again, later, otherwise, or never."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gvr_klient.omforsok import (
    Avbrott,
    Dela,
    Klar,
    NyNyckel,
    Stanna,
    Svar,
    Vanta,
    backoff,
    decide,
    retry_after,
)


def svar(status, kod="", **huvuden):
    dokument = {"kod": kod, "title": "Titel"} if kod else {"utfall": "REGISTRERAD"}
    return Svar(status, huvuden, json.dumps(dokument).encode())


def after(svar, forsok=1, antal=1, slump=0.5, byten=0):
    return decide(svar, forsok=forsok, antal=antal, slump=slump, byten=byten)


def test_a_cut_connection_is_tried_again_and_everything_waits():
    assert after(Avbrott("cut")) == Vanta(backoff(1, 0.5), alla=True)


@pytest.mark.parametrize("status", [200, 201, 207])
def test_an_answer_of_the_register_is_final(status):
    assert after(svar(status)) == Klar()


def test_a_page_from_something_in_between_is_no_answer():
    sida = Svar(200, {}, b"<html>Logga in</html>")

    assert isinstance(after(sida), Vanta)


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_when_the_service_asks_for_time_everything_waits_at_least_as_long(status):
    beslut = after(svar(status, "TILLFALLIGT_FEL", **{"retry-after": "7"}), slump=0.0)

    assert beslut == Vanta(7.0, alla=True)


@given(slump=st.floats(0, 1, exclude_max=True), sekunder=st.integers(0, 3600))
def test_no_retry_comes_before_what_retry_after_says(slump, sekunder):
    beslut = after(svar(503, "TILLFALLIGT_FEL", **{"retry-after": str(sekunder)}), slump=slump)

    assert sekunder <= beslut.sekunder <= sekunder + 1


def test_a_request_that_is_still_worked_on_is_asked_about_again_while_others_go_on():
    assert after(svar(409, "PAGAR", **{"retry-after": "1"}), slump=0.0) == Vanta(1.0, alla=False)


def test_a_fault_of_the_server_holds_up_that_request_only():
    assert after(svar(500, "TEKNISKT_FEL")) == Vanta(backoff(1, 0.5), alla=False)


def test_a_batch_that_fails_again_and_again_is_halved():
    assert after(svar(500, "TEKNISKT_FEL"), forsok=6, antal=2) == Dela()


def test_a_batch_that_the_line_never_carries_whole_is_halved_and_nothing_else():
    brott = Avbrott("cut", anslutet=True)

    assert after(brott, forsok=6, antal=2) == Dela()
    assert after(brott, forsok=5, antal=2) == Vanta(backoff(5, 0.5), alla=True)
    assert after(brott, forsok=6) == Vanta(backoff(6, 0.5), alla=True)
    assert after(Avbrott("nobody there"), forsok=6, antal=2) == Vanta(backoff(6, 0.5), alla=True)


@pytest.mark.parametrize("kod", ["AVKORTAD_KROPP", "TRASIG_PACKNING", "FEL_ANTAL"])
def test_what_was_cut_on_the_way_there_goes_with_a_new_key_but_not_for_ever(kod):
    assert after(svar(400, kod)) == NyNyckel()
    assert after(svar(400, kod), forsok=9, byten=9) == NyNyckel()
    assert after(svar(400, kod), byten=10) == Klar()


@pytest.mark.parametrize(
    ("status", "kod"),
    [(401, "EJ_INLOGGAD"), (403, "INGEN_BEHORIGHET"), (404, "HITTAS_INTE"), (302, "")],
)
def test_what_is_wrong_with_the_account_or_the_address_stops_everything(status, kod):
    assert isinstance(after(svar(status, kod)), Stanna)


@pytest.mark.parametrize("kod", ["GVR043", "OMBUD_SAKNAS", "GAMMAL_VERSION", "VERSION_STAMMER_EJ"])
def test_a_refusal_of_one_contact_is_final_and_of_many_is_looked_into(kod):
    assert after(svar(422, kod)) == Klar()
    assert after(svar(422, kod), antal=10) == Dela()


@given(forsok=st.integers(1, 1000), slump=st.floats(0, 1, exclude_max=True))
def test_waits_grow_to_a_limit_and_are_spread_by_chance(forsok, slump):
    hel = min(300.0, 0.5 * 2 ** min(forsok - 1, 20))

    assert hel / 2 <= backoff(forsok, slump) <= hel


def test_retry_after_may_be_a_date():
    now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    assert retry_after("Mon, 23 Nov 2026 08:00:30 GMT", now=now) == 30.0
    assert retry_after("Mon, 23 Nov 2026 07:00:00 GMT", now=now) == 0.0
    assert retry_after("snart", now=now) is None
