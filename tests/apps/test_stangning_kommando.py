"""manage.py close_period."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from ersattning.vardfaktura.actions import stangningar
from ersattning.vardfaktura.models import Faktura
from tests.factories import pengar


@pytest.fixture
def region(db):
    return pengar.region()


def run(*args):
    """Run the command in this test's transaction, which other connections do not see."""
    out = StringIO()
    call_command("close_period", *args, parallellt=1, stdout=out)
    return out.getvalue()


def test_it_makes_the_proposals_and_says_how_it_went(region):
    pengar.visit("v1", date(2025, 11, 3))

    out = run("2025-11")

    assert f"vårdgivare {region['A'].pk}" in out
    assert "KLAR – 2 poster, 725,00\u00a0kr" in out
    assert out.endswith("2025-11: 1 klara, 0 misslyckade, 2 poster på faktura.\n")
    assert run("2025-11") == "2025-11: 0 klara, 0 misslyckade, 0 poster på faktura.\n"


def test_it_can_close_for_one_provider(region):
    pengar.visit("v1", date(2025, 11, 3))

    run("2025-11", "--vardgivare", "999900-0020")
    assert not Faktura.objects.exists()

    run("2025-11", "--vardgivare", "999900-0012")
    assert Faktura.objects.exists()


def test_it_fails_when_a_provider_failed(region, monkeypatch):
    pengar.visit("v1", date(2025, 11, 3))

    def fails(*_):
        raise ValueError("går inte")

    monkeypatch.setattr(stangningar, "_write", fails)

    with pytest.raises(CommandError, match="1 misslyckades"):
        run("2025-11")


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        (["2025-13"], "ingen månad"),
        (["november"], "En månad skrivs"),
        (["2999-01"], "är inte slut"),
        (["2025-11", "--vardgivare", "1"], "Ingen vårdgivare"),
    ],
)
def test_it_says_what_is_wrong_with_its_arguments(region, args, fault):
    with pytest.raises(CommandError, match=fault):
        run(*args)


def test_a_month_that_is_not_over_is_closed_only_on_purpose(region):
    assert "0 klara" in run("2999-01", "--pagaende")
