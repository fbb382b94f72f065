"""The administrator hands a provider's events out as a file."""

import pytest
from django.utils import timezone

from gvr.admin import utlamning
from gvr.models import Leverans, Loggpost, Vardkontakt
from tests.factories import regionen
from tests.factories.ersmofil import canonical
from tests.factories.sandare import CEDERLUND, PATIENT, Sandare, besok, open_region

ADRESS = "/admin/lamna-ut-handelser/"


@pytest.fixture
def anna(db):
    open_region()
    Sandare("token-A")("POST", "vardkontakter", besok())
    Sandare("token-B")("POST", "vardkontakter", besok("V2", enhet={"kombika": CEDERLUND}))
    assert Vardkontakt.objects.count() == 2
    return regionen.client(regionen.anna())


@pytest.fixture
def ask(anna):
    def run(**val):
        idag = timezone.localdate().isoformat()
        vardgivare = Leverans.objects.earliest("pk").vardkontaktversion_set.get().vardgivare
        return anna.post(
            ADRESS,
            {"vardgivare": vardgivare.pk, "fran": idag, "till": idag, "skal": "Tillsyn", **val},
        )

    return run


def test_the_file_holds_one_provider_and_the_log_says_who_took_it_and_why(ask):
    svar = ask()

    assert list(canonical(svar.getvalue())) == ["V1"]
    assert svar["Content-Type"] == "application/xml"
    assert svar["Cache-Control"] == "no-store, private"
    loggad = Loggpost.objects.get(handelse="LAMNA_UT")
    assert f'filename="{loggad.objekt}"' in svar["Content-Disposition"]
    assert (loggad.anvandare, loggad.skal, loggad.patienter) == ("anna", "Tillsyn", [PATIENT])


@pytest.mark.parametrize(
    ("val", "text"),
    [
        ({"skal": ""}, "Skriv varför uppgifterna lämnas ut."),
        ({"skal": f"Gäller {PATIENT}"}, "ser ut att innehålla ett personnummer"),
        ({"till": "2020-01-01"}, "Den sista dagen är före den första."),
        ({"fran": "2020-01-01", "till": "2020-01-02"}, "Inget är registrerat"),
    ],
)
def test_what_cannot_be_handed_out_is_said_and_nothing_is_read(ask, val, text):
    svar = ask(**val)

    assert text in svar.content.decode()
    assert not Loggpost.objects.filter(handelse="LAMNA_UT").exists()


def test_a_period_is_never_cut_short(ask, monkeypatch):
    monkeypatch.setattr(utlamning, "FLEST", 0)

    assert "fler än 0 händelser" in ask().content.decode()


def test_what_the_format_cannot_carry_is_told(anna, ask):
    langt = "V" * 40
    Sandare("token-A")("POST", "vardkontakter", besok(langt, diagnoser=["J459"]))

    svar = ask()

    assert list(canonical(svar.getvalue())) == ["V1"]
    sidan = anna.get(ADRESS).content.decode()
    assert "1 av händelserna ryms inte i formatet" in sidan
    assert "ID i Ersättningshändelse ryms inte i formatet. (1 st.)" in sidan


def test_the_auditor_does_not_see_the_page(anna):
    rune = regionen.client(regionen.staff("rune", regionen.roller.REVISOR))

    assert rune.get(ADRESS).status_code == 404
