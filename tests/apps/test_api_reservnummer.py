"""Reservnummer by API: issued once under a key, tied in the body and never in an address."""

import pytest

from gvr.models import Arende, Leverans, Reservnummer, Reservnummerkoppling
from gvr.queries import demo
from tests.factories.sandare import CEDERLUND, EKBACKEN, Sandare, besok, open_region

PERSON = demo.test_patients()[3]


@pytest.fixture
def sys_a(db):
    open_region()
    return Sandare("token-A")


def issue(sandare, query="", nyckel="ny", **falt):
    kropp = {"enhet": {"kombika": EKBACKEN}, "skal": "OKAND", **falt}
    return sandare("POST", f"reservnummer{query}", kropp, nyckel=nyckel)


def tie(sandare, nummer, **falt):
    return sandare("POST", "reservnummer/koppling", {"reservnummer": nummer, **falt})


def test_the_same_key_gives_the_same_number(sys_a):
    en = issue(sys_a, nyckel="samma", kon="K", fodelsear=1990)
    tva = issue(sys_a, nyckel="samma", kon="K", fodelsear=1990)

    assert en.status_code == 201
    assert en.json() == tva.json()
    rad = Reservnummer.objects.get()
    assert (rad.nummer, rad.kon, rad.fodelsear) == (en.json()["nummer"], "K", 1990)


def test_a_rehearsal_issues_nothing(sys_a):
    svar = issue(sys_a, "?torrkorning=true")

    assert (svar.status_code, svar.json()) == (200, {"torrkorning": True})
    assert Reservnummer.objects.count() == 0


@pytest.mark.parametrize(
    ("falt", "status", "kod"),
    [
        ({"enhet": {"kombika": CEDERLUND}}, 403, "OMBUD_SAKNAS"),
        ({"enhet": {"kombika": "90001311009"}}, 422, "RES011"),
        ({"lmaNummer": "12"}, 422, "RES003"),
        ({"fodd": "2990-01-01"}, 422, "RES001"),
        ({"skal": "VILL"}, 400, "FEL_FORMAT"),
    ],
)
def test_what_cannot_be_issued_is_told_with_its_code(sys_a, falt, status, kod):
    svar = issue(sys_a, **falt)

    assert svar.status_code == status, svar.content
    assert svar.json()["kod"] == kod
    assert Reservnummer.objects.count() == 0


def test_a_tie_asks_for_new_decisions_and_its_withdrawal_too(sys_a):
    nummer = issue(sys_a).json()["nummer"]
    sys_a.rapportera(besok("V1", patientId=nummer))
    Arende.objects.all().delete()

    kopplad = tie(sys_a, nummer, personnummer=PERSON)
    igen = tie(sys_a, nummer, personnummer=PERSON)
    utan_skal = tie(sys_a, nummer, aterkalla=True)
    aterkallad = tie(sys_a, nummer, aterkalla=True, skal="Fel person")

    assert kopplad.json() == {"utfall": "KOPPLAD", "vardkontakter": 1}
    assert igen.json()["vardkontakter"] == 0
    assert (utan_skal.status_code, utan_skal.json()["kod"]) == (422, "RES008")
    assert aterkallad.json() == {"utfall": "ATERKALLAD", "vardkontakter": 1}
    assert Arende.objects.count() == 1
    assert Reservnummerkoppling.objects.count() == 2
    assert not Leverans.objects.filter(resurs__contains=nummer).exists()


def test_a_stranger_ties_nothing(sys_a):
    nummer = issue(sys_a).json()["nummer"]

    svar = tie(Sandare("token-B"), nummer, personnummer=PERSON)

    assert (svar.status_code, svar.json()["kod"]) == (404, "RES005")
    assert nummer not in svar.content.decode()
    assert PERSON not in svar.content.decode()
