"""The portal in a real browser: reachable for everybody, with a keyboard, on a narrow screen.

One server thread and one Chromium for the module. Pages are judged by axe-core (WCAG 2.1 A and AA)
in every state: full, empty, faulty, refused, wide and narrow.
"""

import re
import threading
from datetime import datetime
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from avstamning.portal import sidor
from tests.factories import portal
from tests.factories.portal import LOSENORD

NU = datetime(2026, 11, 20, 9, 42, tzinfo=ZoneInfo("Europe/Stockholm"))
WIDE, NARROW = 1366, 320
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


class Quiet(WSGIRequestHandler):
    """Says nothing on the terminal of the tests."""

    def log_message(self, *_args):
        """Keep quiet."""


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
        "felkatalog": "/utvecklare/fel/",
        "felkod": "/utvecklare/fel/GVR001",
        "byt": "/byt/",
        "finns inte": "/finns-inte/",
        "okänt filter": "/vardkontakter/?ordering=x",
    }


@pytest.fixture(scope="module")
def server(region):
    """The address of the application in a thread of this process, at a fixed moment."""
    from gvr.wsgi import application  # noqa: PLC0415 - Django is ready only now

    def answer(environ, start_response):
        svar = application(environ, start_response)
        try:
            yield from svar
        finally:
            svar.close()
            connections.close_all()

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "DJANGO_ALLOW_ASYNC_UNSAFE", "1"
        )  # playwright's loop runs in the test's thread
        patch.setattr(sidor, "now", lambda: NU)
        with WSGIServer(("127.0.0.1", 0), Quiet) as httpd:
            httpd.set_app(answer)
            trad = threading.Thread(target=httpd.serve_forever, daemon=True)
            trad.start()
            yield f"http://127.0.0.1:{httpd.server_port}"
            httpd.shutdown()
            trad.join()


@pytest.fixture(scope="module")
def browser(chromium, server, adresser):
    """A Chromium. While it runs, its loop makes this thread asynchronous: no queries in tests."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where it is used

    with sync_playwright() as p:
        chrome = p.chromium.launch(executable_path=chromium, args=ARGS)
        yield chrome
        chrome.close()


class Person:
    """Somebody at a browser. Policy violations and script errors are remembered."""

    def __init__(self, browser, server, namn=None):
        self.context = browser.new_context(
            viewport={"width": WIDE, "height": 900}, locale="sv-SE", base_url=server
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.fel = []
        self.page.on("console", lambda m: self.fel.append(m.text) if m.type == "error" else None)
        if namn:
            self.page.goto("/logga-in/")
            self.page.fill("#id_username", namn)
            self.page.fill("#id_password", LOSENORD)
            self.page.click("main button[type=submit]")

    def go(self, adress, bredd=WIDE):
        """Open a page at a width."""
        self.page.set_viewport_size({"width": bredd, "height": 900})
        return self.page.goto(adress)

    def violations(self):
        """What axe finds on the page as it is."""
        from axe_core_python.sync_playwright import Axe  # noqa: PLC0415 - only where it is used

        svar = Axe().run(self.page, options={"runOnly": RULES})
        return [
            f"{fel['id']}: {nod['target']} {nod['failureSummary']}"
            for fel in svar["violations"]
            for nod in fel["nodes"]
        ]

    def too_wide(self):
        """What stands out of the window, outside the scrollers that tables have."""
        return self.page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.querySelectorAll('body *')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1
                && !e.parentElement.closest('.rulla, pre'))
            .map(e => e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 40))"""
        )


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


def focus(page):
    """The text of what has the focus, and whether a person can see that it has."""
    return page.evaluate(
        """() => { const e = document.activeElement, s = getComputedStyle(e);
        return [(e.textContent || e.name || '').trim().replace(/\\s+/g, ' '),
            s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]; }"""
    )


def tab_to(page, text, limit=120):
    """Press Tab until something with this text has the focus; every stop must be visible."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        funnen, synlig = focus(page)
        assert synlig, f"the focus cannot be seen on {funnen!r}"
        if text in funnen:
            return
    raise AssertionError(f"Tab never came to {text!r}")


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
