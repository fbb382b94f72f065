"""The portal in a real browser: reachable for everybody, with a keyboard, on a narrow screen.

One server thread and one Chromium for the module. Pages are judged by axe-core (WCAG 2.1 A and AA)
in every state: full, empty, faulty, refused, wide and narrow.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.factories import portal, webblasare
from tests.factories.portal import LOSENORD
from tests.factories.webblasare import NARROW, WIDE, Person, focus, tab_to

NU = datetime(2026, 11, 20, 9, 42, tzinfo=ZoneInfo("Europe/Stockholm"))


@pytest.fixture(scope="module")
def region(egen_databas_modul):
    return portal.Region(flera=60)


@pytest.fixture(scope="module")
def adresser(region):
    """Every page and state by name, looked up before the browser starts."""
    from ersattning.vardfaktura.models import Faktura  # noqa: PLC0415 - needs Django

    kontakt = {namn: f"/vardkontakter/{region.uuid(namn)}/" for namn in region.ids}
    faktura = f"/fakturor/{Faktura.objects.get(vardgivare=region.a).uuid}/"
    return {
        "översikt": "/",
        "översikt, tom månad": "/?manad=2021-01",
        "vårdkontakter": "/vardkontakter/",
        "vårdkontakter, att rätta": "/vardkontakter/?utfall=FEL",
        "vårdkontakter, inga": "/vardkontakter/?fran=2020-01-01&till=2020-01-31",
        "vårdkontakter, fel filter": "/vardkontakter/?fran=igår",
        "avvisade": "/vardkontakter/avvisade/",
        "avvisade, inga": "/vardkontakter/avvisade/?fran=2020-01-01&till=2020-01-31",
        "förklaring, betald": kontakt["depression"],
        "förklaring, att rätta": kontakt["tappad"],
        "förklaring, inget": kontakt["inget"],
        "förklaring, makulerad": kontakt["makulerad"],
        "pengar": kontakt["aterkallad"] + "pengar/",
        "pengar, inga": kontakt["inget"] + "pengar/",
        "versioner": kontakt["rattad"] + "versioner/",
        "kvittenser": kontakt["rattad"] + "kvittenser/",
        "meddelande": kontakt["betald"] + "meddelande/",
        "rätta": "/ratta/",
        "fakturor": "/fakturor/",
        "kommande faktura": "/fakturor/kommande/?manad=2026-11",
        "faktura": faktura,
        "fakturarad": faktura + "rad/1/",
        "godkänn": faktura + "godkann/",
        "samverkan": "/samverkan/",
        "aktiviteter": "/aktiviteter/",
        "aktiviteter, inga": "/aktiviteter/?fran=2020-01-01&till=2020-01-31",
        "statistik": "/statistik/",
        "avtal": "/avtal/",
        "avtal, fel dag": "/avtal/?dag=igår",
        "regler": "/avtal/huslakarverksamhet/regler/",
        "leveranser": "/leveranser/",
        "logg": "/logg/",
        "hjälp": "/hjalp/",
        "orsaker": "/hjalp/orsaker/",
        "tillgänglighet": "/tillganglighet/",
        "utvecklare": "/utvecklare/",
        "referens": "/utvecklare/referens/",
        "guider": "/utvecklare/guider/",
        "guide": "/utvecklare/guider/omforsok/",
        "guide, versioner": "/utvecklare/guider/versioner/",
        "guide, kvittenser": "/utvecklare/guider/kvittenser/",
        "testkit": "/utvecklare/testkit/",
        "ändringar": "/utvecklare/andringar/",
        "felkatalog": "/utvecklare/fel/",
        "felkod": "/utvecklare/fel/GVR001",
        "byt": "/byt/",
        "finns inte": "/finns-inte/",
        "okänt filter": "/vardkontakter/?ordering=x",
    }


@pytest.fixture(scope="module")
def server(region):
    """The address of the application, at a fixed moment."""
    with webblasare.serve(NU) as adress:
        yield adress


@pytest.fixture(scope="module")
def browser(chromium, server, adresser):
    """A Chromium. While it runs, its loop makes this thread asynchronous: no queries in tests."""
    with webblasare.chrome(chromium) as chrome:
        yield chrome


@pytest.fixture(scope="module")
def vera(browser, server, region):
    person = Person(browser, server, "vera")
    yield person
    person.context.close()


@pytest.fixture(scope="module")
def bo(browser, server, region):
    person = Person(browser, server, "bo")
    yield person
    person.context.close()


@pytest.mark.parametrize("bredd", [WIDE, NARROW])
def test_every_page_and_state_is_accessible_and_fits(vera, adresser, bredd):
    fel, titlar = {}, {}
    for namn, adress in adresser.items():
        svar = vera.go(adress, bredd)
        titlar.setdefault(vera.page.title(), []).append(namn)
        brister = [*vera.violations(), *vera.too_wide()]
        if vera.page.get_attribute("html", "lang") != "sv":
            brister.append("språket är inte svenska")
        if vera.page.locator("h1").count() != 1:
            brister.append("inte en rubrik på nivå ett")
        if svar.status >= 500:
            brister.append(f"status {svar.status}")
        if brister:
            fel[namn] = brister

    assert fel == {}
    assert [namn for namn in titlar.values() if len(namn) > 2] == []  # two states may share a title


def test_the_pages_of_an_economist_and_of_nobody_are_accessible(bo, browser, server, adresser):
    ingen = Person(browser, server)
    fel = {}
    for person, adress in (
        (bo, "/"),
        (bo, adresser["förklaring, betald"]),
        (bo, adresser["meddelande"]),
        (bo, adresser["godkänn"]),
        (ingen, "/logga-in/"),
    ):
        for bredd in (WIDE, NARROW):
            person.go(adress, bredd)
            brister = [*person.violations(), *person.too_wide()]
            if brister:
                fel[f"{adress} {bredd}"] = brister
    ingen.page.fill("#id_username", "bo")
    ingen.page.fill("#id_password", "fel")
    ingen.page.click("main button[type=submit]")
    ingen.page.wait_for_selector("[role=alert]")

    assert fel == {}
    assert ingen.violations() == []
    ingen.context.close()


def test_no_page_breaks_the_policy_or_throws(vera):
    fel = [text for text in vera.fel if "Failed to load resource" not in text]  # 404 was asked for
    vera.go("/")
    with vera.page.expect_console_message(lambda m: "Content Security" in m.text):
        vera.page.evaluate("document.body.setAttribute('style', 'color: red')")  # it is heard

    assert fel == []


def test_with_the_keyboard_alone_one_finds_a_contact_and_reads_why(vera):
    vera.go("/")
    page = vera.page

    page.keyboard.press("Tab")
    assert focus(page) == ["Hoppa till innehållet", True]
    page.keyboard.press("Enter")
    tab_to(page, "Behöver rättas")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("utfall=FEL"))
    tab_to(page, "Besökstyp 1")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Varför ingen ersättning?")
    tab_to(page, "Versioner")
    page.keyboard.press("Enter")

    page.wait_for_selector("text=Alla versioner")


def test_with_the_keyboard_alone_one_exports(vera):
    vera.go("/vardkontakter/")

    tab_to(vera.page, "Exportera det jag ser")
    with vera.page.expect_download() as nedladdning:
        vera.page.keyboard.press("Enter")

    assert nedladdning.value.suggested_filename == "Vårdkontakter 2026-11-20 09.42.xlsx"


def test_the_menu_of_a_narrow_screen_opens_with_the_keyboard(vera):
    vera.go("/", NARROW)

    tab_to(vera.page, "Meny")
    vera.page.keyboard.press("Enter")
    tab_to(vera.page, "Statistik")
    vera.page.keyboard.press("Enter")

    vera.page.wait_for_selector("h1:has-text('Statistik')")


def test_why_no_money_is_two_pages_from_the_login(vera):
    vera.go("/")
    vera.page.fill("#sok-vardhandelse", "aldrig")
    with vera.page.expect_navigation():
        vera.page.keyboard.press("Enter")

    sida = vera.page.inner_text("main")

    assert "Patientens län saknas" in sida
    assert "Att göra: Skicka vårdkontakten igen" in sida
    assert "Senast: måndag 30 november kl. 24.00" in sida.replace("\xa0", " ")


def test_who_the_patient_is_is_asked_for_and_shown_once(vera, adresser):
    vera.go(adresser["förklaring, betald"])

    vera.page.click("summary:has-text('Visa')")
    assert vera.violations() == []
    vera.page.check("#skal-RATTA")
    vera.page.click("button:has-text('Visa personnummer')")

    assert "19121212-1212 (visas bara nu)" in vera.page.inner_text("main")
    assert vera.violations() == []
    vera.go(adresser["förklaring, betald"])
    assert "19121212-1212" not in vera.page.inner_text("main")


#: What a Swedish reader should never meet: a point for a comma, another country's date, raw codes.
FOREIGN = (
    r"\d\.\d\d? kr",
    r"\b\d{1,2}/\d{1,2}/\d{2,4}\b",
    r"\bOK\b",
    r"\b(?:None|True|False|null|undefined)\b",
    r"\b(?:ERSATTS|INGEN_ERSATTNING|VANTAR|FEL|MAKULERAD|FORSLAG|GODKAND|TILLAGG|GRUND|AVDRAG)\b",
    r"\b(?:VARDGIVARE|JOURNALSYSTEM|REGION|STOPP|PARKERA)\b",
    r"\b(?:Home|Search|Submit|Next|Previous|Password|Username|Page not found|Server Error)\b",
    r"\{\{|\}\}|\{%",
)


def test_every_page_speaks_swedish_all_through(vera, adresser):
    fel = {}
    for namn, adress in adresser.items():
        vera.go(adress)
        vera.page.evaluate("document.querySelectorAll('code, pre').forEach(e => e.remove())")
        sida = vera.page.inner_text("body").replace("\xa0", " ")
        traffar = [traff for monster in FOREIGN for traff in re.findall(monster, sida)]
        if traffar:
            fel[namn] = traffar

    assert fel == {}


def test_an_invoice_is_approved_in_three_clicks_and_a_password(vera):
    """Last: the proposal is gone afterwards."""
    vera.go("/?manad=2026-11")
    page = vera.page

    page.click("text=Godkänn fakturaförslag")
    page.click("text=Granska och godkänn")
    page.check("#id_kontrollerat")
    page.fill("#id_losenord", LOSENORD)
    page.click("button:has-text('Godkänn')")

    page.wait_for_selector("h1:has-text('är godkänd')")
    assert vera.violations() == []
    with page.expect_download() as nedladdning:
        page.click("text=Hämta PDF")
    assert re.fullmatch(r"faktura-\d+\.pdf", nedladdning.value.suggested_filename)
