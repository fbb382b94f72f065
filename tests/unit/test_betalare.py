"""Who pays, by the customer code of the unit."""

from datetime import date

import pytest

from gvr.core import kodserver, mek
from gvr.core.avvikelse import Avvikelse
from gvr.core.betalare import REGIONEN, Betalare, Kandidat, payer
from gvr.core.vardkontakt import Form
from tests.factories.kodserverfil import export, lank, post

DAG = date(2014, 2, 3)


def unit(kod, *, kund="0000", uppdrag="9081", typ="99"):
    (rad,) = kodserver.read(
        export(post(kod, lank("KUND", kund), lank("SAMVERKS", uppdrag), lank("AVDTYP", typ))),
        tabell="AVD",
    )
    return rad


def neighbour(kod, hsa_id, **mer):
    return Kandidat(post=unit(kod, **{"kund": "9175", "typ": "40", **mer}), hsa_id=hsa_id)


def decide(enhet, *grannar, form=Form.OPPENVARD, remittent=None, dag=DAG):
    return payer(enhet, dag=dag, form=form, grannar=grannar, remittent=remittent)


@pytest.fixture(scope="module")
def utdraget(korpus):
    """Return the excerpt's units on the day, with the HSA-ids that MEK's excerpt has."""
    mapp = korpus / "kodserver"
    hsa = {
        rad.kombika: rad.hsa_id
        for rad in mek.read_mek([(mapp / "MEK-test.xml").read_bytes()])
        if isinstance(rad, mek.Mekrad) and rad.giltig.contains(DAG)
    }
    return {
        rad.kod: Kandidat(post=rad, hsa_id=hsa.get(rad.kod, ""))
        for rad in kodserver.read([(mapp / "AVD-REL-test.xml").read_bytes()], tabell="AVD")
        if rad.giltig.contains(DAG)
    }


@pytest.mark.parametrize(
    ("kombika", "form", "svar"),
    [
        ("91605010010", Form.OPPENVARD, "SE2321000016-15CQ"),
        ("91605010010", Form.SLUTENVARD, "SE2321000016-15CQ"),
        ("30216311003", Form.SLUTENVARD, "SE2321000016-39KJ"),
        ("30216311002", Form.OPPENVARD, "SE2321000016-39KJ"),
    ],
)
def test_the_payer_is_the_one_that_the_regions_adapter_finds(utdraget, kombika, form, svar):
    betalare = decide(utdraget[kombika].post, *utdraget.values(), form=form)

    assert betalare.hsa_id == svar


def test_any_other_customer_than_the_referrer_is_paid_by_the_region():
    assert decide(unit("91605010010", kund="2008")) == Betalare(hsa_id=REGIONEN, grund="KUND")


def test_the_unit_with_responsibility_under_the_same_commission_pays():
    betalare = decide(
        unit("91605010010"),
        neighbour("30216311001", "SE1", uppdrag="9999"),
        neighbour("30216311002", "SE2"),
        neighbour("30216311003", "SE3", typ="10"),
        neighbour("30216311004", "SE4", kund="2008"),
    )

    assert betalare == Betalare(hsa_id="SE2", grund="UPPDRAGET")


def test_several_that_could_pay_are_a_finding_and_never_the_last_one():
    grannar = [neighbour("30216311002", "SE2"), neighbour("30216311003", "SE3")]

    for ordning in (grannar, grannar[::-1]):
        svar = decide(unit("91605010010"), *ordning)
        assert isinstance(svar, Avvikelse)
        assert svar.kod == "BETALARE_TVETYDIG"
        assert "SE2, SE3" in svar.text


def test_two_kombikor_of_the_same_hsa_id_are_no_ambiguity():
    svar = decide(
        unit("91605010010"), neighbour("30216311002", "SE2"), neighbour("30216311003", "SE2")
    )

    assert svar == Betalare(hsa_id="SE2", grund="UPPDRAGET")


def test_units_without_a_commission_have_nobody_in_common():
    svar = decide(
        unit("91605010010", uppdrag="0000"),
        neighbour("30216311002", "SE2", uppdrag="0000"),
        remittent="SE9",
    )

    assert svar == Betalare(hsa_id="SE9", grund="REMITTENTEN")


@pytest.mark.parametrize("form", list(Form))
def test_else_the_referrer_pays_and_without_one_it_is_a_finding(form):
    enhet = unit("91605010010")

    assert decide(enhet, form=form, remittent="SE9") == Betalare(hsa_id="SE9", grund="REMITTENTEN")
    assert decide(enhet, form=form).kod == "BETALARE_SAKNAS"


def test_a_unit_without_a_customer_has_no_default():
    assert decide(unit("91605010010"), dag=date(1989, 12, 31)).kod == "BETALARE_SAKNAS"
