"""For whom a system may report, without a database."""

from datetime import date

import pytest

from gvr.core.ombud import Ombudsregister, Ratt
from gvr.core.period import Period

MARS, JUNI, SEPTEMBER = date(2026, 3, 1), date(2026, 6, 1), date(2026, 9, 1)


def register(*ratter):
    return Ombudsregister(
        kallsystem=["A"],
        ratter=[
            Ratt(kallsystem="A", vardgivare_id=1, enhet_id=enhet, giltig=Period(start, slut))
            for enhet, start, slut in ratter
        ],
    )


@pytest.mark.parametrize(
    ("registrerad", "svar"),
    [
        pytest.param(MARS, True, id="given later"),
        pytest.param(JUNI, True, id="the first day"),
        pytest.param(date(2026, 8, 31), True, id="the last day"),
        pytest.param(SEPTEMBER, False, id="the day it had ended"),
    ],
)
def test_a_right_covers_what_was_registered_before_it_ended(registrerad, svar):
    ombud = register((None, JUNI, SEPTEMBER))

    assert ombud.covers("A", vardgivare_id=1, enhet_id=7, registrerad=registrerad) is svar


def test_a_right_for_a_unit_covers_that_unit_only():
    ombud = register((7, MARS, None))

    assert ombud.covers("A", vardgivare_id=1, enhet_id=7, registrerad=JUNI)
    assert not ombud.covers("A", vardgivare_id=1, enhet_id=8, registrerad=JUNI)


def test_a_right_for_one_provider_covers_no_other():
    assert not register((None, MARS, None)).covers(
        "A", vardgivare_id=2, enhet_id=7, registrerad=JUNI
    )


def test_what_people_register_needs_no_agent():
    assert register().covers("RÄTTAT FÖR HAND", vardgivare_id=1, enhet_id=7, registrerad=JUNI)


def test_a_right_that_has_not_begun_covers_nothing_yet():
    ombud = register((None, JUNI, None))

    def covers(idag):
        return ombud.covers("A", vardgivare_id=1, enhet_id=7, registrerad=MARS, idag=idag)

    assert not covers(date(2026, 5, 31))
    assert covers(JUNI)
