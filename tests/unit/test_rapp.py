"""Ids of contacts registered by hand."""

import random
from datetime import date

from gvr.core.fritext import contains_identity
from gvr.core.kontroll import LANGSTA_HANDELSE_ID
from gvr.core.rapp import by_hand, is_id, new_id, system_of

DAG = date(2026, 11, 23)


def test_an_id_says_its_day_and_never_looks_like_a_person():
    slump = random.Random(1)
    ids = {new_id(DAG, slump.choice) for _ in range(500)}

    assert len(ids) == 500
    assert all(kod.startswith("R261123-") and is_id(kod) for kod in ids)
    assert not any(contains_identity(kod) for kod in ids)
    assert max(map(len, ids)) <= LANGSTA_HANDELSE_ID


def test_only_ids_made_here_are_ids():
    for text in (
        "",
        "R261123",
        "R261123-BCDFGHJ",
        "R261123-BCDFGHJA",
        "X261123-BCDFGHJK",
        "R26112３-BCDFGHJK",
    ):
        assert not is_id(text)


def test_each_provider_has_a_series_of_its_own():
    assert system_of(1) != system_of(11)
    assert by_hand(system_of(1))
    assert not by_hand("JOURNAL-A")
