"""Registering by hand in a real browser: by keyboard alone, in every state, wide and narrow."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from gvr.queries.behorighet import databaskontext
from tests.factories import portal, webblasare
from tests.factories.webblasare import NARROW, WIDE, Person, tab_to

NU = datetime(2026, 11, 20, 9, 42, tzinfo=ZoneInfo("Europe/Stockholm"))
PATIENT = "19121212-1212"


@pytest.fixture(scope="module")
def region(egen_databas_modul):
    from avstamning.actions import demo  # noqa: PLC0415 - needs Django
    from gvr.actions import behorigheter  # noqa: PLC0415

    region = portal.Region()
    with databaskontext(alla=True):
        demo.load_codes(at=NU)
    rut = portal.user("rut", ser=[region.a], grupper=["Vårdadministratör"])
    behorigheter.grant(user=rut, permission=behorigheter.REGISTER, vardgivare=[region.a])
    return region


@pytest.fixture(scope="module")
def server(region):
    with webblasare.serve(NU) as adress:
        yield adress


@pytest.fixture(scope="module")
def browser(chromium, server):
    with webblasare.chrome(chromium) as chrome:
        yield chrome


@pytest.fixture(scope="module")
def rut(browser, server, region):
    person = Person(browser, server, "rut")
    yield person
    person.context.close()


@pytest.fixture
def utan_skript(browser, server, region):
    """Somebody whose browser runs no scripts."""
    person = Person(browser, server, "rut", java_script_enabled=False)
    yield person
    person.context.close()


def faults(person):
    """What axe finds, and what stands out of the window."""
    return [*person.violations(), *person.too_wide()]


def type_in(page, falt, text):
    """Tab to a field and type; every stop on the way must be visible."""
    for _ in range(120):
        page.keyboard.press("Tab")
        namn, synlig = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
            return [e.id, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]; }"""
        )
        assert synlig, f"the focus cannot be seen on {namn!r}"
        if namn == falt:
            page.keyboard.type(text)
            return
    raise AssertionError(f"Tab never came to {falt!r}")


def clear(page):
    """Empty the field that has the focus."""
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")


def find(person):
    """Search the patient and open a new form."""
    person.go("/registrera/")
    person.page.fill("#patient", PATIENT)
    person.page.click("button:has-text('Sök patient')")
    person.page.click("text=Registrera ny vårdkontakt")


def test_with_the_keyboard_alone_one_registers_corrects_and_cancels(rut):
    rut.go("/")
    page = rut.page

    tab_to(page, "Registrera")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Registrera vårdkontakt')")
    assert page.evaluate("document.activeElement.id") == "patient"
    page.keyboard.type(PATIENT)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"h1:has-text('Patient {PATIENT}')")
    tab_to(page, "Registrera ny vårdkontakt")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Ny vårdkontakt')")

    type_in(page, "enhet", "Ekbackens hus")
    type_in(page, "tid", "0930")
    type_in(page, "btyp", "1")
    type_in(page, "yrkeskategorier", "01")
    type_in(page, "taxa", "01")
    type_in(page, "sok-diagnoser", "I109")
    page.wait_for_selector("#traffar-diagnoser button")
    page.keyboard.press("Enter")
    page.wait_for_selector("ol.valda:has-text('I109')")
    assert page.evaluate("document.activeElement.id") == "sok-diagnoser"
    page.keyboard.type("depress")
    page.wait_for_selector("#traffar-diagnoser button:has-text('F329')")
    tab_to(page, "F329")
    page.keyboard.press("Enter")
    page.wait_for_selector("ol.valda:has-text('F329')")
    page.wait_for_selector(".dom:has-text('825,00')")
    tab_to(page, "Registrera", exact=True)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Vårdkontakten är registrerad.")

    tab_to(page, "Rätta", exact=True, skip=1)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Rätta vårdkontakt')")
    tab_to(page, "Ta bort F329")
    page.keyboard.press("Enter")
    page.wait_for_selector("ol.valda:not(:has-text('F329'))")
    type_in(page, "orsak", "Fel diagnos")
    tab_to(page, "Registrera rättelsen")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Rättelsen är registrerad.")

    tab_to(page, "Makulera")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Makulera vårdkontakten?')")
    type_in(page, "orsak", "Fel patient")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Vårdkontakten är makulerad.")

    assert rut.fel == []


@pytest.mark.parametrize("bredd", [WIDE, NARROW])
def test_every_state_is_accessible_and_fits(rut, bredd):
    brister = {}
    page = rut.page

    def look(tillstand):
        funna = faults(rut)
        if page.locator("h1").count() != 1:
            funna.append("inte en rubrik på nivå ett")
        if funna:
            brister[tillstand] = funna

    rut.go("/registrera/", bredd)
    look("sök")
    page.fill("#patient", "191212121211")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    look("sök, fel nummer")
    page.fill("#patient", PATIENT)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Patient')")
    look("patient")
    page.click("text=Registrera ny vårdkontakt")
    look("blankett, tom")
    page.fill("#sok-diagnoser", "blod")
    page.wait_for_selector("#traffar-diagnoser button")
    look("blankett, träffar")
    page.fill("#dag", "i går")
    page.fill("#lkf", "9")
    page.click("button.knapp:text-is('Registrera')")
    page.wait_for_selector("[role=alert]")
    assert page.evaluate("document.activeElement.id") == "felruta"
    look("blankett, fel")
    page.go_back()
    page.goto(page.url.replace("ny/", ""))
    page.click("a:has-text('Kopiera senaste')")
    page.wait_for_selector("text=Ifylld som")
    look("blankett, kopierad")
    page.click("button.knapp:text-is('Registrera')")
    page.wait_for_selector("text=Vårdkontakten är registrerad.")
    look("kontakt")
    page.click("a:text-is('Rätta'):visible >> nth=-1")
    look("rätta")
    page.go_back()
    page.click("text=Makulera")
    look("makulera")
    page.click("button:has-text('Makulera vårdkontakten')")
    page.wait_for_selector("[role=alert]")
    look("makulera, fel")

    assert brister == {}


def test_a_faulty_field_is_reached_from_the_summary(rut):
    find(rut)
    page = rut.page
    page.click("button.knapp:text-is('Registrera')")
    page.wait_for_selector("#felruta")

    tab_to(page, "En kontakt i öppen vård ska ha en taxa")
    page.keyboard.press("Enter")

    page.wait_for_function("document.activeElement.id === 'taxa'")
    assert page.get_attribute("#taxa", "aria-invalid") == "true"


def test_the_verdict_follows_what_is_typed(rut):
    find(rut)
    page = rut.page
    page.select_option("#enhet", "90001311001")
    page.wait_for_selector("optgroup[label='Nämns i ert avtals regler']", state="attached")
    page.select_option("#btyp", "1")
    page.select_option("#taxa", "01")
    page.select_option("#yrkeskategorier", "01")

    page.wait_for_selector(".dom:has-text('725,00')")
    page.fill("#lkf", "")

    page.wait_for_selector(".dom:has-text('Behöver rättas')")
    assert page.input_value("#lkf") == ""
    page.fill("#dag", "2030-01-01")
    page.wait_for_selector("#dag-fel:has-text('efter rapportdagen')")


def test_all_of_it_works_without_scripts(utan_skript):
    person = utan_skript
    find(person)
    page = person.page

    page.select_option("#enhet", "90001311001")
    page.select_option("#btyp", "1")
    page.select_option("#taxa", "01")
    page.select_option("#yrkeskategorier", "01")
    page.fill("#sok-diagnoser", "blodtryck")
    page.click("button:has-text('Sök diagnos')")
    page.click("#traffar-diagnoser button >> nth=0")
    assert page.locator("ol.valda li").count() == 1
    page.click("button:has-text('Kontrollera') >> nth=-1")
    assert "725,00" in page.inner_text(".dom")
    page.click("button.knapp:text-is('Registrera')")

    assert "Vårdkontakten är registrerad." in page.inner_text("main")


def test_the_pages_speak_swedish_and_break_no_policy(rut):
    find(rut)
    text = rut.page.inner_text("main")

    assert (
        re.findall(r"\b(?:None|True|False|OK|ERSATTS|VANTAR|OPPENVARD|Submit|Search)\b", text) == []
    )
    assert [fel for fel in rut.fel if "Failed to load resource" not in fel] == []
