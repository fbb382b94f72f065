"""What a receipt says: which one it replaces, where the fault is, what to do and who does it."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ersattning import kedja
from gvr.models import Kvittens
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

    assert not {"kod", "pekare", "atgard", "agare", "senast"} & k2.keys()


def test_a_receipt_says_until_when_its_sender_may_act_and_sets_the_region_no_day(a):
    a("POST", "vardkontakter", besok())
    a("POST", "vardkontakter", besok("V2", enhet={"kombika": OKAND}))
    vid = datetime(2026, 12, 23, 23, 30, tzinfo=ZoneInfo("Europe/Stockholm"))
    for rad in Kvittens.objects.all():
        for niva, utfall, kod in (("K3", "FEL", "KON_SAKNAS"), ("K3", "VANTAR", "ENHET_OKAND")):
            rad.pk, rad.niva, rad.utfall, rad.kod, rad.tid = None, niva, utfall, kod, vid
            rad.save(force_insert=True)

    (fel, *_) = feed(a, vardhandelseId="V1", utfall="FEL")
    (vantar, *_) = feed(a, vardhandelseId="V1", utfall="VANTAR")

    assert (fel["agare"], fel["senast"]) == ("JOURNALSYSTEM", "2026-12-30"), "no New Year's Eve"
    assert vantar["agare"] == "REGION"
    assert "senast" not in vantar
