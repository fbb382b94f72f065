"""A contact that has waited too long is decided by a person, and never dropped in silence."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils.dateparse import parse_datetime

from ersattning import kedja
from ersattning.hej.actions import avgoranden
from ersattning.hej.models import Avgorande, Beslut, Kontaktlage
from ersattning.hej.queries import parkerade
from gvr.actions import roller
from gvr.models import Enhet
from tests import world
from tests.factories import publicerat, regionen
from tests.factories.kontakter import NU, innehall, register
from tests.flow.test_stamdata_i_efterhand import PAKET

SENT = "90001311099"
VANTAR_PA = {"vantar_pa": f"ENHET:{SENT}", "orsak": "ENHET_OKAND"}
FOR_LANGE = NU + timedelta(days=181)


@pytest.fixture
def vantande(db):
    world.load_providers()
    publicerat.publish_pack(PAKET)
    publicerat.publish_prices("test", "huslakarverksamhet", {"LAK": Decimal("1000.00")})
    pk = register("v1", innehall(enhet=SENT))
    work(NU)
    return pk


@pytest.fixture
def anna(db):
    return regionen.anna()


def work(at):
    kedja.offer_waiting(at=at)
    while kedja.decide_next(at=at):
        pass


def add_unit():
    grannen = Enhet.objects.get(kombika="90001311001")
    tie = grannen.enhetsuppdrag_set.get()
    enhet = Enhet.objects.create(
        vardgivare=grannen.vardgivare, kombika=SENT, namn="Sena", giltig=grannen.giltig
    )
    enhet.enhetsuppdrag_set.create(uppdrag=tie.uppdrag, giltig=tie.giltig)


def state(pk):
    lage = Kontaktlage.objects.get(vardkontakt=pk)
    return (lage.utfall, lage.orsak)


def test_what_waits_is_told_with_cause_age_and_those_past_the_limit(vantande):
    (fore,), (efter,) = parkerade.groups(at=NU), parkerade.groups(at=FOR_LANGE)

    assert (fore.vantar_pa, fore.antal, fore.for_lange, fore.belopp) == (
        f"ENHET:{SENT}",
        1,
        0,
        None,
    )
    assert (efter.for_lange, efter.aldst) == (1, NU)


def test_past_the_limit_nothing_is_tried_by_itself_but_a_person_may(vantande):
    add_unit()
    work(FOR_LANGE)
    assert state(vantande) == ("VANTAR", "ENHET_OKAND")

    avgoranden.offer_again(**VANTAR_PA, at=FOR_LANGE)
    work(FOR_LANGE)

    assert state(vantande) == ("ERSATTS", "")


def test_a_settled_contact_has_a_decision_with_its_reason_and_stays_settled(vantande, anna):
    antal = avgoranden.settle(**VANTAR_PA, skal="Enheten fanns aldrig", by=anna, at=FOR_LANGE)
    work(FOR_LANGE)
    add_unit()
    work(FOR_LANGE + timedelta(days=1))

    assert antal == 1
    assert state(vantande) == ("INGEN_ERSATTNING", "AVGJORD_UTAN_ERSATTNING")
    assert Beslut.objects.filter(vardkontakt=vantande).count() == 2
    rad = Avgorande.objects.get()
    assert (rad.skal, rad.avgjort_av, rad.vantade_pa) == (
        "Enheten fanns aldrig",
        "anna",
        f"ENHET:{SENT}",
    )


def test_what_has_not_waited_long_is_not_settled(vantande, anna):
    assert avgoranden.settle(**VANTAR_PA, skal="x", by=anna, at=NU + timedelta(days=10)) == 0


def test_a_settlement_is_taken_back_and_a_correction_is_judged_anew(vantande, anna):
    avgoranden.settle(**VANTAR_PA, skal="Fel", by=anna, at=FOR_LANGE)
    work(FOR_LANGE)
    (avgjort,) = parkerade.settlements()
    avgoranden.take_back(
        avgjort_av=avgjort.avgjort_av, tid=avgjort.tid, skal="Ångrat", by=anna, at=FOR_LANGE
    )
    work(FOR_LANGE)
    assert state(vantande) == ("VANTAR", "ENHET_OKAND")
    assert parkerade.settlements() == ()

    avgoranden.settle(**VANTAR_PA, skal="Fel", by=anna, at=FOR_LANGE + timedelta(days=1))
    work(FOR_LANGE + timedelta(days=1))
    register("v1", innehall(dag=date(2026, 11, 17)))
    work(FOR_LANGE + timedelta(days=2))
    assert state(vantande)[0] == "ERSATTS"


def test_the_list_settles_by_a_reason_and_takes_back(vantande, anna, settings):
    settings.PARKERING_DAGAR = -36_500  # whatever the clock says, the contact has waited too long
    klient = regionen.client(anna)
    sida = klient.get("/admin/vantar/").content.decode()
    assert "1 ska avgöras" in sida
    assert "okänt" in sida

    klient.post("/admin/vantar/", {"atgard": "avgor", **VANTAR_PA, "skal": ""})
    assert not Avgorande.objects.exists()
    klient.post("/admin/vantar/", {"atgard": "avgor", **VANTAR_PA, "skal": "Fanns aldrig"})
    work(NU)
    assert "Fanns aldrig" in klient.get("/admin/vantar/").content.decode()
    (avgjort,) = parkerade.settlements()
    assert parse_datetime(avgjort.tid.isoformat()) == avgjort.tid
    klient.post(
        "/admin/vantar/",
        {"atgard": "angra", "avgjort_av": "anna", "tid": avgjort.tid.isoformat()},
    )
    assert parkerade.settlements() == ()


def test_an_auditor_may_look_and_not_settle(vantande):
    rune = regionen.client(regionen.staff("rune", roller.REVISOR))

    assert rune.get("/admin/vantar/").status_code == 200
    for atgard in ("prova", "avgor", "angra"):
        svar = rune.post("/admin/vantar/", {"atgard": atgard, **VANTAR_PA, "skal": "x"})
        assert svar.status_code == 403
    assert not Avgorande.objects.exists()
