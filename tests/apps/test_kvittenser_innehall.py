"""What a receipt says: which one it replaces, where the fault is, what to do and who does it."""

import pytest

from ersattning import kedja
from tests.factories import sandare
from tests.factories.kontakter import NU
from tests.factories.sandare import OKAND, Sandare, besok


@pytest.fixture
def a(db):
    sandare.open_region()
    return Sandare("token-A")


def feed(sandaren, **villkor):
    rader = sandaren("GET", "kvittenser").json()["kvittenser"]
    return [rad for rad in rader if all(rad.get(k) == v for k, v in villkor.items())]


def test_a_correction_replaces_the_receipt_of_what_it_corrects(a):
    a("POST", "vardkontakter", besok())
    a("POST", "vardkontakter", besok("V2"))
    a("PUT", "vardkontakter/V1", besok(taxa="02"))

    forsta, rattad = feed(a, vardhandelseId="V1", niva="K2")
    (annan,) = feed(a, vardhandelseId="V2")

    assert "ersatter" not in forsta
    assert rattad["ersatter"] == forsta["sekvens"]
    assert "ersatter" not in annan


def test_a_receipt_replaces_none_of_another_level(a):
    a("POST", "vardkontakter", besok())
    while kedja.decide_next(at=NU):
        pass

    niva = {rad["niva"]: rad for rad in feed(a)}

    assert set(niva) == {"K2", "K3"}
    assert "ersatter" not in niva["K3"]


def test_a_receipt_that_waits_says_where_what_to_do_and_who(a):
    a("POST", "vardkontakter", besok(enhet={"kombika": OKAND}))
    while kedja.decide_next(at=NU):
        pass

    k2, k3 = feed(a)

    assert (k2["kod"], k2["pekare"], k2["agare"]) == ("ENHET_OKAND", "/enhet", "REGION")
    assert k2["atgard"]
    assert (k3["kod"], k3["agare"]) == ("ENHET_OKAND", "REGION")
    assert k3["atgard"]


def test_a_receipt_that_needs_nothing_says_nothing(a):
    a("POST", "vardkontakter", besok())

    (k2,) = feed(a)

    assert not {"kod", "pekare", "atgard", "agare"} & k2.keys()
