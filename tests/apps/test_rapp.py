"""Registering by hand: the form, the verdict before registering, corrections and cancellations."""

import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from avstamning.actions import demo as seed
from avstamning.portal import sidor
from ersattning import kedja
from gvr.actions import behorigheter, maskinkonton
from gvr.actions.maskinkonton import UnableToCreate
from gvr.core.rapp import by_hand, system_of
from gvr.models import Avvisning, Leverans, Loggpost, Vardkontakt, Vardkontaktversion
from gvr.queries import demo
from gvr.queries.behorighet import databaskontext
from tests.factories import portal
from tests.factories.portal import EKBACKEN, SJOSTADEN

NU = datetime(2026, 11, 20, 9, 42, tzinfo=ZoneInfo("Europe/Stockholm"))
PATIENT = "191212121212"
BESOK = {
    "enhet": EKBACKEN,
    "dag": "2026-11-19",
    "tid": "9.30",
    "form": "OPPENVARD",
    "btyp": "1",
    "taxa": "01",
    "yrkeskategorier": ["01", ""],
    "diagnoser": ["I109"],
    "lkf": "018001",
}

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def region(egen_databas_modul):
    """A region where `rut` registers by hand for Ekbacken, and `bo` may only look."""
    region = portal.Region()
    with databaskontext(alla=True):
        seed.load_codes(at=NU)
    region.rut = portal.user("rut", ser=[region.a], grupper=["Vårdadministratör"])
    behorigheter.grant(user=region.rut, permission=behorigheter.REGISTER, vardgivare=[region.a])
    return region


@pytest.fixture(autouse=True)
def _nu(monkeypatch):
    monkeypatch.setattr(sidor, "now", lambda: NU)
    from django.db import transaction  # noqa: PLC0415 - Django is ready only now

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def client(user):
    klient = Client()
    klient.force_login(user)
    return klient


@pytest.fixture
def rut(region):
    return client(region.rut)


def find(klient, nummer=PATIENT):
    """Search a patient; return the address of the patient's page."""
    svar = klient.post(reverse("portal:rapp_sok"), {"patient": nummer})
    assert svar.status_code == 302, svar.content
    return svar["Location"]


def open_form(klient, adress):
    """Open a form and return the marks it carries."""
    sida = klient.get(adress)
    assert sida.status_code == 200
    text = sida.content.decode()
    return {
        namn: re.search(rf'name="{namn}" value="([^"]*)"', text)[1]
        for namn in ("handelse", "vantad")
    }


def press(klient, adress, knapp, falt, **mer):
    return klient.post(adress, {**falt, **mer, "gor": knapp})


def register(klient, **falt):
    """Register a visit and return the contact."""
    ny = find(klient) + "ny/"
    svar = press(klient, ny, "registrera", {**BESOK, **open_form(klient, ny), **falt})
    assert svar.status_code == 302, svar.content.decode()
    return Vardkontakt.objects.get(uuid=svar["Location"].split("/")[2])


def test_what_is_registered_by_hand_goes_through_the_whole_chain(region, rut):
    kontakt = register(rut)

    version = Vardkontaktversion.objects.get(vardkontakt=kontakt)
    assert (version.patient_id, version.dag, version.btyp) == (PATIENT, date(2026, 11, 19), "1")
    assert (version.fodd, version.kon) == (date(1912, 12, 12), "M")
    assert version.yrkeskategorier == ["01"]
    assert version.registrerad_av == region.rut
    assert kontakt.kallsystem == system_of(region.a.pk)
    (forandring,) = kedja.decide([kontakt.pk], at=NU)
    assert sum(post.rad.belopp for post in forandring.poster) == Decimal("725.00")


def test_the_verdict_is_shown_before_anything_is_registered(region, rut):
    antal = Vardkontakt.objects.count(), Leverans.objects.count()
    ny = find(rut) + "ny/"

    svar = press(rut, ny, "kontrollera", {**BESOK, **open_form(rut, ny)})

    text = svar.content.decode().replace("\xa0", " ")
    assert "Ger ersättning" in text
    assert "725,00 kr" in text
    assert "Läkarbesök" in text
    assert (Vardkontakt.objects.count(), Leverans.objects.count()) == antal


def test_the_verdict_says_which_fact_is_missing(region, rut):
    ny = find(rut) + "ny/"

    svar = press(rut, ny, "kontrollera", {**BESOK, **open_form(rut, ny), "lkf": ""})

    text = svar.content.decode()
    assert "Behöver rättas" in text
    assert "Patientens län saknas" in text


def test_sending_the_form_twice_registers_once(region, rut):
    ny = find(rut) + "ny/"
    falt = {**BESOK, **open_form(rut, ny)}

    en = press(rut, ny, "registrera", falt)
    tva = press(rut, ny, "registrera", falt)

    assert en["Location"] == tva["Location"]
    assert Vardkontakt.objects.filter(kallsystem=system_of(region.a.pk)).count() == 1


def test_a_form_used_again_for_another_visit_is_refused_and_keeps_what_was_typed(region, rut):
    ny = find(rut) + "ny/"
    falt = {**BESOK, **open_form(rut, ny)}
    press(rut, ny, "registrera", falt)

    svar = press(rut, ny, "registrera", falt, dag="2026-11-18")

    assert svar.status_code == 400
    assert 'value="2026-11-18"' in svar.content.decode()
    assert Vardkontakt.objects.filter(kallsystem=system_of(region.a.pk)).count() == 1


def test_nothing_typed_is_lost_and_every_fault_is_linked_to_its_field(region, rut):
    ny = find(rut) + "ny/"
    falt = {
        **BESOK,
        **open_form(rut, ny),
        "dag": "i går",
        "tid": "halv tio",
        "btyp": "",
        "taxa": "22",
        "lkf": "01",
        "sok_diagnoser": "blodtryck",
    }

    svar = press(rut, ny, "registrera", falt)

    text = svar.content.decode()
    assert svar.status_code == 400
    for varde in ("i går", "halv tio", "blodtryck"):
        assert f'value="{varde}"' in text
    assert re.search(r'<option value="22" selected>', text)
    for falt_ in ("dag", "tid", "sok-diagnoser"):
        assert f'<a href="#{falt_}">' in text
        assert f'id="{falt_}"' in text
    assert Avvisning.objects.filter(vardgivare=region.a, tid=NU).count() == 0


def test_all_findings_of_the_checks_stand_at_their_fields(region, rut):
    ny = find(rut) + "ny/"

    svar = press(
        rut, ny, "registrera", {**BESOK, **open_form(rut, ny), "btyp": "", "lkf": "01", "taxa": ""}
    )

    text = svar.content.decode()
    assert "En kontakt i öppen vård ska ha en besökstyp" in text
    for falt in ("btyp", "taxa", "lkf"):
        assert f'<a href="#{falt}">' in text
    assert Vardkontakt.objects.filter(kallsystem=system_of(region.a.pk)).count() == 0
    assert Leverans.objects.filter(mottagen=NU).count() == 0  # nothing is left of a refused form


def test_a_unit_of_somebody_else_cannot_be_registered_for(region, rut):
    ny = find(rut) + "ny/"

    svar = press(rut, ny, "registrera", {**BESOK, **open_form(rut, ny), "enhet": portal.CEDERLUND})

    assert svar.status_code == 400
    assert "Enheten är inte vald" in svar.content.decode()


def test_the_number_is_in_no_address_and_the_search_is_logged(region, rut):
    adress = find(rut)

    sida = rut.get(adress)

    assert PATIENT not in adress
    assert "19121212-1212" in sida.content.decode()
    handelser = Loggpost.objects.filter(anvandare="rut", patienter=[PATIENT], tid=NU)
    assert {rad.handelse for rad in handelser} >= {
        "Sökte en patient",
        "Visade en patients vårdkontakter",
    }


def test_a_number_that_is_none_is_told_at_the_field_and_not_lost(region, rut):
    svar = rut.post(reverse("portal:rapp_sok"), {"patient": "191212121211"})

    text = svar.content.decode()
    assert svar.status_code == 400
    assert 'value="191212121211"' in text
    assert '<a href="#patient">' in text


def test_only_contacts_with_the_own_provider_are_shown(region, rut):
    nummer = demo.test_patients()[0]  # has been at Cederlund only

    sida = rut.get(find(rut, nummer)).content.decode()

    assert "Patienten har inga vårdkontakter hos er" in sida


def test_a_patient_forgotten_by_the_session_is_asked_for_again(region, rut):
    svar = rut.get(reverse("portal:rapp_patient", kwargs={"nyckel": "okand"}))

    assert svar.status_code == 302
    assert svar["Location"] == reverse("portal:rapp")


def test_another_persons_patient_key_opens_nothing(region, rut):
    adress = find(rut)
    ruth = portal.user("ruth", ser=[region.a])
    behorigheter.grant(user=ruth, permission=behorigheter.REGISTER, vardgivare=[region.a])

    assert client(ruth).get(adress).status_code == 302


@pytest.mark.parametrize("vem", ["bo", "vera", "cecilia", "anna"])
def test_only_those_who_may_register_see_the_pages(region, vem):
    klient = client(getattr(region, vem))
    if vem == "anna":
        klient.post(reverse("portal:byt"), {"vardgivare": region.a.pk})

    assert klient.get(reverse("portal:rapp")).status_code == 403
    assert klient.post(reverse("portal:rapp_sok"), {"patient": PATIENT}).status_code == 403
    assert "Registrera</a>" not in klient.get(reverse("portal:vardkontakter")).content.decode()


def test_a_correction_is_a_new_version_with_its_reason(region, rut):
    kontakt = register(rut)
    kedja.decide([kontakt.pk], at=NU)
    ratta = reverse("portal:rapp_ratta", kwargs={"uuid": kontakt.uuid})
    falt = {**BESOK, **open_form(rut, ratta), "diagnoser": ["F329", "I109"]}

    utan_skal = press(rut, ratta, "registrera", falt)
    svar = press(rut, ratta, "registrera", falt, orsak="Fel diagnos")

    assert utan_skal.status_code == 400
    assert "Skälet saknas" in utan_skal.content.decode()
    assert svar.status_code == 302
    ett, tva = Vardkontaktversion.objects.filter(vardkontakt=kontakt).order_by("version")
    assert (ett.diagnoser, tva.diagnoser, tva.orsak) == (
        ["I109"],
        ["F329", "I109"],
        "Fel diagnos",
    )
    (forandring,) = kedja.decide([kontakt.pk], at=NU)
    assert sum(post.rad.belopp for post in forandring.poster) == Decimal("100.00")


def test_a_correction_of_what_somebody_else_has_corrected_is_refused(region, rut):
    kontakt = register(rut)
    ratta = reverse("portal:rapp_ratta", kwargs={"uuid": kontakt.uuid})
    min_ = {**BESOK, **open_form(rut, ratta), "orsak": "Min"}
    deras = {**min_, "diagnoser": ["F329"], "orsak": "Deras"}
    assert press(rut, ratta, "registrera", deras).status_code == 302

    svar = press(rut, ratta, "registrera", min_, taxa="10")

    assert svar.status_code == 400
    assert Vardkontaktversion.objects.filter(vardkontakt=kontakt).count() == 2


def test_a_correction_that_changes_nothing_adds_nothing(region, rut):
    kontakt = register(rut)
    ratta = reverse("portal:rapp_ratta", kwargs={"uuid": kontakt.uuid})

    svar = press(rut, ratta, "registrera", {**BESOK, **open_form(rut, ratta), "orsak": "Fel taxa"})

    assert svar.status_code == 400
    assert "Du har inte ändrat något" in svar.content.decode()
    assert Vardkontaktversion.objects.filter(vardkontakt=kontakt).count() == 1


def test_a_reason_never_holds_who_the_patient_is(region, rut):
    kontakt = register(rut)
    makulera = reverse("portal:rapp_makulera", kwargs={"uuid": kontakt.uuid})

    svar = rut.post(makulera, {"vantad": "1", "orsak": "fel patient, 19121212-1212"})

    assert svar.status_code == 400
    assert "ser ut att innehålla ett personnummer" in svar.content.decode()


def test_a_cancelled_contact_gives_back_its_money_and_cannot_be_corrected(region, rut):
    kontakt = register(rut)
    kedja.decide([kontakt.pk], at=NU)
    makulera = reverse("portal:rapp_makulera", kwargs={"uuid": kontakt.uuid})

    fragan = rut.get(makulera)
    svar = rut.post(makulera, {"vantad": "1", "orsak": "Fel patient"})

    assert "Makulera vårdkontakten?" in fragan.content.decode()
    assert svar.status_code == 302
    assert Vardkontaktversion.objects.get(vardkontakt=kontakt, version=2).makulerad
    (forandring,) = kedja.decide([kontakt.pk], at=NU)
    assert sum(post.rad.belopp for post in forandring.poster) == Decimal("-725.00")
    ratta = reverse("portal:rapp_ratta", kwargs={"uuid": kontakt.uuid})
    assert rut.get(ratta).status_code == 302


def test_what_a_journal_system_reported_is_changed_there(region, rut):
    uuid = region.uuid("betald")

    sida = rut.get(reverse("portal:vag", kwargs={"uuid": uuid}))

    assert "Den rättas och makuleras där" in sida.content.decode()
    for vy in ("rapp_ratta", "rapp_makulera"):
        assert rut.get(reverse(f"portal:{vy}", kwargs={"uuid": uuid})).status_code == 403
        assert rut.post(reverse(f"portal:{vy}", kwargs={"uuid": uuid})).status_code == 403


def test_an_earlier_visit_is_copied_to_today_without_its_time(region, rut):
    adress = find(rut)

    sida = rut.get(f"{adress}ny/?kopia={region.uuid('depression')}").content.decode()

    assert 'name="diagnoser" value="F329"' in sida
    assert re.search(r'name="dag"[^>]*value="2026-11-20"', sida)
    assert re.search(r'name="tid"[^>]*value=""', sida)
    assert "Ifylld som 2026-11-03" in sida


def test_another_patients_visit_is_never_copied(region, rut):
    adress = find(rut, demo.test_patients()[1])

    sida = rut.get(f"{adress}ny/?kopia={region.uuid('depression')}").content.decode()

    assert 'value="F329"' not in sida
    assert "Ifylld som" not in sida


def test_after_the_form_the_page_sees_no_more_than_its_user(region, rut):
    """The door opens the whole register; what the page reads afterwards must not."""
    register(rut)

    sida = rut.get(reverse("portal:vag", kwargs={"uuid": region.uuid("hos-b")}))

    assert sida.status_code == 404


def test_the_contacts_page_leads_to_correction_and_to_the_patient(region, rut):
    kontakt = register(rut)

    sida = rut.get(reverse("portal:vag", kwargs={"uuid": kontakt.uuid})).content.decode()
    svar = rut.post(reverse("portal:rapp_patient_av", kwargs={"uuid": kontakt.uuid}))

    assert reverse("portal:rapp_ratta", kwargs={"uuid": kontakt.uuid}) in sida
    assert svar.status_code == 302
    assert PATIENT not in svar["Location"]


def test_a_contact_registered_by_hand_is_found_by_its_id(region, rut):
    kontakt = register(rut)

    svar = rut.post(reverse("portal:sok"), {"sok": kontakt.vardhandelse_id})

    assert by_hand(kontakt.kallsystem)
    assert svar["Location"] == reverse("portal:vag", kwargs={"uuid": kontakt.uuid})


def test_the_form_offers_the_codes_of_the_day_and_unit(region, rut):
    ny = find(rut) + "ny/"
    falt = {**BESOK, **open_form(rut, ny), "enhet": SJOSTADEN}

    text = press(rut, ny, "kontrollera", falt).content.decode()

    assert 'label="Nämns i ert avtals regler"' in text
    assert 'label="Övriga koder som gäller den dagen"' in text


def chosen(svar, lista="diagnoser"):
    """The codes that the form holds, in order."""
    return re.findall(rf'name="{lista}" value="([^"]+)"', svar.content.decode())


def test_a_diagnosis_is_found_by_a_word_and_added_by_its_button(region, rut):
    ny = find(rut) + "ny/"
    falt = {**BESOK, **open_form(rut, ny), "sok_diagnoser": "depressiv ospec"}

    traffar = press(rut, ny, "sok:diagnoser", falt)
    tillagd = press(rut, ny, "lagg:diagnoser:F329", falt)

    assert 'value="lagg:diagnoser:F329"' in traffar.content.decode()
    assert chosen(traffar) == ["I109"]
    assert chosen(tillagd) == ["I109", "F329"]


def test_a_whole_code_is_added_with_enter(region, rut):
    ny = find(rut) + "ny/"

    svar = press(rut, ny, "kontrollera", {**BESOK, **open_form(rut, ny), "sok_diagnoser": "f32.9"})

    assert chosen(svar) == ["I109", "F329"]
    assert re.search(r'name="sok_diagnoser" value=""', svar.content.decode())


def test_a_search_while_typing_adds_nothing(region, rut):
    ny = find(rut) + "ny/"

    svar = press(rut, ny, "prova", {**BESOK, **open_form(rut, ny), "sok_diagnoser": "F329"})

    assert chosen(svar) == ["I109"]
    assert 'value="lagg:diagnoser:F329"' in svar.content.decode()


def test_the_order_of_diagnoses_is_the_persons(region, rut):
    ny = find(rut) + "ny/"
    falt = {**BESOK, **open_form(rut, ny), "diagnoser": ["I109", "F329"]}

    assert chosen(press(rut, ny, "forst:diagnoser:F329", falt)) == ["F329", "I109"]
    assert chosen(press(rut, ny, "bort:diagnoser:I109", falt)) == ["F329"]


def test_a_code_that_had_closed_by_the_day_is_neither_offered_nor_found(region, rut):
    ny = find(rut) + "ny/"
    oppen = {**BESOK, **open_form(rut, ny), "dag": "2022-03-01"}

    fore = press(rut, ny, "kontrollera", oppen).content.decode()
    efter = press(rut, ny, "kontrollera", {**oppen, "dag": "2026-11-19"}).content.decode()

    def taxor(text):
        return re.search(r'<select id="taxa".*?</select>', text, re.DOTALL)[0]

    assert '<option value="22">' in taxor(fore)
    assert '<option value="22">' not in taxor(efter)


def test_a_closed_code_that_was_chosen_stays_and_is_told(region, rut):
    ny = find(rut) + "ny/"

    svar = press(rut, ny, "kontrollera", {**BESOK, **open_form(rut, ny), "taxa": "22"})

    text = svar.content.decode()
    assert 'label="Gäller inte den dagen"' in text
    assert '<option value="22" selected>' in text
    assert "Taxan 22 upphörde" in text


def test_a_field_not_reached_yet_is_missing_and_not_wrong(region, rut):
    """Red marks are for what is filled in and wrong; the rest is a list of what remains."""
    ny = find(rut) + "ny/"

    text = rut.get(ny).content.decode()

    assert "<h3>Saknas</h3>" in text
    assert 'aria-invalid="true"' not in text


def test_no_machine_account_takes_the_name_of_what_people_register(region):
    from django.db import IntegrityError, transaction  # noqa: PLC0415 - Django is ready only now

    for namn in ("RAPP-1", "rapp-9"):
        with pytest.raises(UnableToCreate, match="KALLSYSTEM_RESERVERAT"):
            maskinkonton.create(
                namn="Ett system",
                kallsystem=namn,
                hsa_id="",
                vardgivare=[],
                day=date(2026, 11, 1),
                by=region.rut,
                skal="Prov",
            )
        with pytest.raises(IntegrityError), transaction.atomic():
            behorigheter.create_machine_account(
                namn="X", kallsystem=namn, hsa_id="", token="t", vardgivare=[]
            )
