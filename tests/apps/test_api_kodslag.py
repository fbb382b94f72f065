"""Läkemedel, tillstånd and reported products of a contact: taken, kept in order, shown again."""

import pytest

from gvr.models import Vardkontaktversion
from tests.factories.sandare import Sandare, besok, codes, open_region


@pytest.fixture
def sys_a(db):
    open_region()
    return Sandare("token-A")


FALT = {
    "diagnoser": ["I109", "J459"],
    "lakemedel": ["C09AA02", "A01AB13", {"kod": "B01AF01", "diagnosnr": 2}],
    "tillstand": [{"kod": "ASA2", "datum": "2026-01-02"}, "ASA1"],
    "produkter": [{"kod": "K470N", "antal": 2}, "K03O", {"kod": "T123", "antal": 3}],
}


def test_every_kind_keeps_its_order_and_what_belongs_to_each_code(sys_a):
    assert sys_a("POST", "vardkontakter", besok(**FALT)).status_code == 201

    version = Vardkontaktversion.objects.get()
    assert version.lakemedel == ["C09AA02", "A01AB13", "B01AF01"]
    assert version.tillstand == ["ASA2", "ASA1"]
    assert version.produkter == ["K470N", "K03O", "T123"]
    assert [rad.get("antal") for rad in version.detaljer["produkter"]] == [2, None, 3]
    last = sys_a("GET", "vardkontakter/V1").json()["vardkontakt"]
    assert {namn: last[namn] for namn in FALT} == FALT
    assert sys_a("PUT", "vardkontakter/V1", last).json()["utfall"] == "OFORANDRAD"


@pytest.mark.parametrize(
    ("falt", "kod", "pekare"),
    [
        ({"lakemedel": ["C09AA02", "c09"]}, "GVR068", "/lakemedel/1"),
        ({"lakemedel": ["C09AA02", "C09AA02"]}, "GVR050", "/lakemedel/1"),
        ({"tillstand": ["ASA-1"]}, "GVR069", "/tillstand/0"),
        ({"produkter": ["K 1"]}, "GVR070", "/produkter/0"),
        ({"produkter": [{"kod": "K1", "antal": 0}]}, "FEL_OMFANG", "/produkter/0/antal"),
        ({"produkter": [{"kod": "K1", "antal": "två"}]}, "FEL_TYP", "/produkter/0/antal"),
        ({"lakemedel": [{"kod": "C09AA02", "dos": 1}]}, "OKANT_FALT", "/lakemedel/0/dos"),
    ],
)
def test_what_is_wrong_with_a_code_is_said_with_its_place(sys_a, falt, kod, pekare):
    svar = sys_a("POST", "vardkontakter", besok(**falt))

    alla = codes(svar) or [
        (fel["kod"], fel["pekare"]) for fel in svar.json().get("anmarkningar", [])
    ]
    assert (kod, pekare) in alla
