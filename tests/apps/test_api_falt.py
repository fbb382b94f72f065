"""Nothing can be set by guessing its name: every column of the register, on every address."""

import pytest
from django.apps import apps

from gvr.api import kontrakt
from gvr.models import Aktivitet, Deltagande, Leverans, Vardkontakt, Vardkontaktversion
from tests.factories.sandare import EKBACKEN, Sandare, besok, open_region, yesterday

DELTAGANDE = {
    "id": "D1",
    "huvudkontakt": {"kallsystem": "JOURNAL-B", "vardhandelseId": "V1"},
    "enhet": {"kombika": EKBACKEN},
    "dag": str(yesterday()),
    "yrkeskategorier": ["77"],
}
AKTIVITET = {
    "id": "A1",
    "enhet": {"kombika": EKBACKEN},
    "dag": str(yesterday()),
    "yrkeskategori": "74",
    "patientId": "198001312399",
    "diagnoser": ["F329"],
    "atgarder": ["GC001"],
}
SKRIVER = {
    ("POST", "vardkontakter"): (besok(), kontrakt.Vardkontakt),
    ("PUT", "vardkontakter/V1"): (besok(), kontrakt.Vardkontakt),
    ("POST", "deltaganden"): (DELTAGANDE, kontrakt.Deltagande),
    ("PUT", "deltaganden/D1"): (DELTAGANDE, kontrakt.Deltagande),
    ("POST", "aktiviteter"): (AKTIVITET, kontrakt.Aktivitet),
    ("PUT", "aktiviteter/A1"): (AKTIVITET, kontrakt.Aktivitet),
}
GISSADE = {
    "pris", "status", "utfall", "faktura", "is_staff", "is_superuser", "belopp", "produktkod",
    "vardgivare", "vardgivare_id", "vardgivareId", "senaste_version", "kallsystem", "__class__",
    "innehall_sha256", "registrerad", "registreradAv", "detaljer", "anmarkningar", "makulerad",
}  # fmt: skip


@pytest.fixture
def sys_a(db):
    open_region()
    return Sandare("token-A")


def columns():
    """Return the name of every field of every model of the project, and other guesses."""
    egna = {"gvr", "ersmo", "hej", "vardfaktura", "avstamning", "auth", "guardian"}
    return GISSADE | {
        falt.name
        for modell in apps.get_models()
        if modell._meta.app_label in egna
        for falt in modell._meta.get_fields()
    }


@pytest.mark.parametrize(("metod", "adress"), SKRIVER)
def test_every_field_that_is_not_in_the_contract_is_refused(sys_a, metod, adress):
    kropp, kontraktet = SKRIVER[metod, adress]
    frammande = sorted(columns() - set(kontraktet.__struct_encode_fields__))
    assert len(frammande) > 100

    svar = sys_a(metod, adress, {**kropp, **dict.fromkeys(frammande, 1)})

    assert svar.status_code == 400
    assert {fel["pekare"] for fel in svar.json()["fel"] if fel["kod"] == "OKANT_FALT"} == {
        f"/{namn}" for namn in frammande
    }
    for modell in (Vardkontakt, Vardkontaktversion, Deltagande, Aktivitet):
        assert modell.objects.count() == 0


@pytest.mark.parametrize("namn", sorted(GISSADE))
def test_one_guess_is_enough_to_be_refused(sys_a, namn):
    svar = sys_a("POST", "vardkontakter", {**besok(), namn: "x"})

    assert (svar.status_code, svar.json()["kod"]) == (400, "OKANT_FALT")
    assert Vardkontakt.objects.count() == 0


def test_a_guess_deep_inside_is_refused_too(sys_a):
    svar = sys_a(
        "POST",
        "vardkontakter",
        besok(
            enhet={"kombika": EKBACKEN, "vardgivare": 2},
            atgarder=[{"kod": "XS012", "belopp": 5}],
        ),
    )

    assert {fel["pekare"] for fel in svar.json()["fel"]} == {
        "/enhet/vardgivare",
        "/atgarder/0/belopp",
    }


def test_the_same_bodies_without_guesses_are_taken(sys_a):
    svar = [sys_a(metod, adress, kropp) for (metod, adress), (kropp, _) in SKRIVER.items()]

    assert [s.status_code for s in svar] == [201, 200] * 3
    assert Leverans.objects.count() == 6
