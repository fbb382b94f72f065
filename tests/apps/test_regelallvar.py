"""The region changes how serious a rule is: in the form, in the intake, in the engine."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from psycopg.types.range import DateRange

from ersattning import kedja
from gvr.actions import andringar, arenden
from gvr.models import Andring, Avtalsomrade, Regelallvar, Vardkontakt, Vardkontaktversion
from tests.factories.portal import NU
from tests.factories.regionen import anna, client, staff
from tests.factories.sandare import Sandare, besok, codes, open_region, statements, yesterday


@pytest.fixture
def sys_a(db):
    open_region()
    return Sandare("token-A")


def omrade():
    return Avtalsomrade.objects.get(avtal__vardgivare__namn__startswith="Ekbacken")


def change(kod, allvar, fran, till=None):
    rad = Regelallvar(
        kod=kod, avtalsomrade=omrade(), allvar=allvar, giltig=DateRange(fran, till), grund="Beslut"
    )
    andringar.save(rad, by=anna(), skal="Prov", at=NU)
    return rad


def remarks(vardhandelse_id):
    versioner = Vardkontaktversion.objects.filter(vardkontakt__vardhandelse_id=vardhandelse_id)
    return [(rad["kod"], rad["allvar"]) for rad in versioner.get().anmarkningar or []]


def test_a_rule_that_is_switched_off_lets_a_contact_pass_from_the_day_and_not_before(sys_a):
    assert sys_a("POST", "vardkontakter", besok("F", taxa=None)).status_code == 422

    change("GVR043", "ANMARKNING", yesterday())

    svar = sys_a("POST", "vardkontakter", besok("V1", taxa=None))
    assert svar.status_code == 201
    assert remarks("V1") == [("GVR043", "ANMARKNING")]
    fore = str(yesterday() - timedelta(days=1))
    svar = sys_a("POST", "vardkontakter", besok("V2", taxa=None, dag=fore))
    assert svar.status_code == 422
    assert codes(svar) == [("GVR043", "/taxa")]


def test_a_remark_that_is_made_stricter_refuses(sys_a):
    kontakt = besok("V1", taxa="03", btyp="2")
    change("GVR052", "STOPP", yesterday())

    svar = sys_a("POST", "vardkontakter", kontakt)

    assert svar.status_code == 422
    assert codes(svar) == [("GVR052", "/taxa")]


def test_a_parked_contact_is_registered_waits_and_goes_on_when_the_region_lets_it(sys_a):
    rad = change("GVR052", "PARKERA", yesterday())

    svar = sys_a("POST", "vardkontakter", besok("V1", taxa="03", btyp="2"))

    assert svar.json()["utfall"] == "PARKERAD"
    assert decided() == ("VANTAR", "REGEL_PARKERAR", "REGEL:GVR052")
    rad.allvar = "ANMARKNING"
    andringar.save(rad, by=anna(), skal="Godkänt", at=NU)
    assert kedja.offer_waiting(at=NU) == 1
    assert decided()[1] != "REGEL_PARKERAR"


def test_what_was_let_through_is_not_taken_back_when_the_rule_becomes_stricter(sys_a):
    rad = change("GVR052", "ANMARKNING", yesterday())
    sys_a("POST", "vardkontakter", besok("V1", taxa="03", btyp="2"))
    fore = decided()
    assert fore[1] != "REGEL_PARKERAR"

    rad.allvar = "PARKERA"
    andringar.save(rad, by=anna(), skal="Strängare", at=NU)
    arenden.enqueue([Vardkontakt.objects.get().pk], at=NU)

    assert decided() == fore
    assert sys_a("POST", "vardkontakter", besok("V2", taxa="03", btyp="2")).json()["utfall"] == (
        "PARKERAD"
    )


def test_a_contact_goes_on_when_what_parked_it_is_taken_back(sys_a):
    rad = change("GVR052", "PARKERA", yesterday())
    sys_a("POST", "vardkontakter", besok("V1", taxa="03", btyp="2"))
    assert decided()[1] == "REGEL_PARKERAR"

    rad.giltig = DateRange(yesterday() - timedelta(days=9), yesterday())
    andringar.save(rad, by=anna(), skal="Återkallat", at=NU)
    kedja.offer_waiting(at=NU)

    assert decided()[1] != "REGEL_PARKERAR"


def decided():
    kedja.decide_next(at=NU)
    from ersattning.hej.models import Kontaktlage  # noqa: PLC0415  - after the world is built

    lage = Kontaktlage.objects.get()
    return lage.utfall, lage.orsak, lage.vantar_pa


def test_the_switch_costs_the_intake_no_statement(sys_a):
    sys_a("POST", "vardkontakter", besok("V0"))
    utan = statements(lambda: sys_a("POST", "vardkontakter", besok("V1")))
    change("GVR043", "ANMARKNING", yesterday())
    sys_a("POST", "vardkontakter", besok("V2"))

    med = statements(lambda: sys_a("POST", "vardkontakter", besok("V3", taxa=None)))

    assert len(med) == len(utan)


@pytest.mark.parametrize("kod", ["GVR001", "GVR020", "GVR051", "GVR074", "ENHET_OKAND"])
def test_the_database_refuses_to_soften_a_rule_that_guards_it(sys_a, kod):
    with pytest.raises(IntegrityError), transaction.atomic():
        change(kod, "ANMARKNING", yesterday())


def test_two_severities_of_a_rule_never_hold_on_the_same_day(sys_a):
    change("GVR043", "ANMARKNING", yesterday())

    with pytest.raises(IntegrityError), transaction.atomic():
        change("GVR043", "STOPP", yesterday() + timedelta(days=10))


def test_an_administrator_changes_a_rule_in_a_form_and_the_reason_is_kept(sys_a):
    klient = client(anna())
    falt = {
        "kod": "GVR043",
        "avtalsomrade": omrade().pk,
        "allvar": "ANMARKNING",
        "grund": "HSN 2026-123",
        "fr_o_m": "2026-11-01",
        "t_o_m": "",
        "skal": "Journalsystemet byts",
    }

    sida = klient.get(reverse("admin:gvr_regelallvar_add")).content.decode()
    svar = klient.post(reverse("admin:gvr_regelallvar_add"), falt)

    assert "GVR043 Taxa saknas" in sida
    assert "det som redan är godtaget står kvar" in sida
    assert "GVR001" not in sida
    assert svar.status_code == 302, svar.context["adminform"].form.errors
    rad = Regelallvar.objects.get()
    assert (rad.allvar, str(rad.giltig.lower)) == ("ANMARKNING", "2026-11-01")
    historik = Andring.objects.get(tabell="gvr_regelallvar")
    assert (historik.anvandare, historik.skal) == ("anna", "Journalsystemet byts")
    lista = klient.get(reverse("admin:gvr_regelallvar_changelist")).content.decode()
    assert "Anmärkning" in lista
    assert "Stoppar" in lista


def test_a_form_refuses_a_rule_that_may_not_be_changed(sys_a):
    klient = client(anna())
    svar = klient.post(
        reverse("admin:gvr_regelallvar_add"),
        {"kod": "GVR001", "avtalsomrade": omrade().pk, "allvar": "ANMARKNING"},
    )

    assert svar.status_code == 200
    assert not Regelallvar.objects.exists()


def test_an_auditor_sees_and_changes_nothing(sys_a):
    klient = client(staff("rune", "Revisor"))

    assert klient.get(reverse("admin:gvr_regelallvar_changelist")).status_code == 200
    assert klient.get(reverse("admin:gvr_regelallvar_add")).status_code == 403
