"""The portal's pages: the sums are right, the lists are the sums, and nothing is a dead end."""

import io
import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from avstamning.portal import sidor, statistik, vardkontakter
from ersattning.hej.models import Kontaktlage, Post
from ersattning.vardfaktura.models import Faktura
from gvr.actions import ombud
from gvr.core.belopp import format_kr
from gvr.models import Loggpost, Maskinkonto
from gvr.queries.behorighet import databaskontext
from tests.factories import portal
from tests.factories.portal import LOSENORD, PATIENT

NU = datetime(2026, 11, 20, 9, 42, tzinfo=ZoneInfo("Europe/Stockholm"))
OKTOBER, NOVEMBER = "2026-10", "2026-11"


@pytest.fixture(scope="module")
def region(egen_databas_modul):
    return portal.Region()


@pytest.fixture(autouse=True)
def klocka(monkeypatch):
    """Friday 20 November 2026; the deadline is Monday the 30th."""
    monkeypatch.setattr(sidor, "now", lambda: NU)


@pytest.fixture
def som(region):
    """Return a client that is logged in as somebody of the region."""

    def login(namn):
        klient = Client(raise_request_exception=False)
        klient.force_login(getattr(region, namn))
        return klient

    return login


def text(svar):
    """The page as a person reads it: without tags, hard spaces as spaces."""
    utan = re.sub(r"<[^>]+>", " ", svar.content.decode())
    return re.sub(r"\s+", " ", utan.replace("\xa0", " ").replace("&nbsp;", " "))


def kr(belopp):
    return format_kr(Decimal(belopp)).replace("\xa0", " ")


def card(svar, etikett):
    """The number and the address of a card of the overview."""
    traff = re.search(
        rf'<(?:a|div)[^>]*class="kort summa[^"]*"(?: href="([^"]*)")?[^>]*>'
        rf'<span class="etikett">{etikett}</span><span class="tal">([^<]*)</span>',
        svar.content.decode(),
    )
    assert traff, etikett
    return traff[2].replace("\xa0", " "), (traff[1] or "").replace("&amp;", "&")


# The overview -----------------------------------------------------------------------------------


def test_the_cards_say_what_the_tables_hold(som, region):
    svar = som("vera").get("/")
    november = Kontaktlage.objects.filter(vardgivare=region.a, dag__month=11)

    assert card(svar, "Rapporterat")[0] == str(november.count()) == "6"
    assert card(svar, "Ger ersättning")[0] == kr("1550")  # 725 + 825
    assert card(svar, "Behöver rättas")[0] == kr("725")  # what `tappad` was worth; `aldrig` never
    assert "2 vårdkontakter, varav 1 har varit värderade" in text(svar)


def test_the_card_of_the_invoice_is_what_the_close_makes(som, region):
    svar = som("vera").get("/")
    sagt = card(svar, "Kommer på fakturan")[0]
    klient = som("vera")

    sida = klient.get("/fakturor/kommande/?manad=2026-11")

    assert sagt in text(sida)
    # 1 550 this month, 725 late, a correction of +100 and -725 taken back, and 6 % on all of it
    assert sagt == kr((Decimal(1550 + 725 + 100 - 725) * Decimal("1.06")).quantize(portal.ORE))


@pytest.mark.parametrize(
    ("etikett", "utfall"), [("Ger ersättning", "ERSATTS"), ("Behöver rättas", "FEL")]
)
def test_the_list_behind_a_card_sums_to_the_card(som, etikett, utfall):
    klient = som("vera")
    tal, adress = card(klient.get("/"), etikett)

    lista = klient.get(adress)

    summor = re.search(r"<tfoot.*?</tfoot>", lista.content.decode(), re.S)[0].replace("\xa0", " ")
    assert f"utfall={utfall}" in adress
    assert f">{tal.removesuffix(' kr')}</td>" in summor


def test_the_list_behind_reported_has_as_many_rows_as_the_card(som):
    klient = som("vera")
    tal, adress = card(klient.get("/"), "Rapporterat")

    assert f"{tal} vårdkontakter" in text(klient.get(adress))


def test_the_bars_sum_to_what_is_reported(som):
    sida = som("vera").get("/").content.decode()
    staplar = re.search(r'<ul class="staplar">.*?</ul>', sida, re.S)[0]

    antal = [int(n) for n in re.findall(r'<span class="n">(\d+)</span>', staplar)]

    assert antal == [2, 1, 2, 0, 1]  # pays, pays nothing, to mend, waits, cancelled
    assert all('width="0"' not in rad for rad in staplar.splitlines() if ">2<" in rad)


def test_a_refusal_that_came_back_right_is_not_left_to_do(som):
    sida = text(som("vera").get("/"))

    assert "1 avvisade vid mottagningen" in sida  # `avvisad-1`; `betald` was accepted afterwards


def test_a_closed_month_shows_its_invoice_and_leaves_late_ones_to_the_next(som, region):
    svar = som("vera").get(f"/?manad={OKTOBER}")

    faktura = Faktura.objects.get(vardgivare=region.a)
    assert card(svar, "På oktoberfakturan")[0] == kr(faktura.summa)


def test_a_month_without_anything_says_so(som):
    sida = text(som("vera").get("/?manad=2021-01"))

    assert "behöver rättas eller väntar" in sida
    assert kr("0") in sida


def test_the_deadline_is_the_last_weekday(som):
    sida = text(som("bo").get("/"))

    assert "10 dagar kvar." in sida
    assert "före måndag 30 november kl. 24.00 kommer med på novemberfakturan" in sida


# The list ---------------------------------------------------------------------------------------


def rows(svar):
    """The vårdhändelse-ids of a list, in order."""
    return re.findall(
        r'<td role="cell" data-rubrik="Vårdhändelse"><span><span class="id">([^<]*)<',
        svar.content.decode(),
    )


def test_paging_both_ways_shows_every_contact_once(som, region, monkeypatch):
    monkeypatch.setattr("avstamning.queries.kontakter.SIDA", 2)
    klient, fram, adress = som("vera"), [], "/vardkontakter/?fran=2026-10-01&till=2026-11-30"
    sidor_ = []
    while adress:
        svar = klient.get(adress)
        sidor_.append(rows(svar))
        fram += sidor_[-1]
        vidare = re.search(r'href="(\?[^"]*efter=[^"]*)"', svar.content.decode())
        adress = vidare and "/vardkontakter/" + vidare[1].replace("&amp;", "&")
    tillbaka = re.search(r'href="(\?[^"]*fore=[^"]*)"', svar.content.decode())

    assert sorted(fram) == sorted(n for n in region.ids if n != "hos-b")
    assert len(fram) == len(set(fram))
    svar = klient.get("/vardkontakter/" + tillbaka[1].replace("&amp;", "&"))
    assert rows(svar) == sidor_[-2]


def test_a_filter_that_does_not_exist_is_refused(som):
    assert som("vera").get("/vardkontakter/?ordering=patient_id").status_code == 400
    assert som("vera").get("/vardkontakter/?vardkontakt__patient_id=1").status_code == 400


def test_a_day_that_cannot_be_read_is_told_beside_the_list(som):
    svar = som("vera").get("/vardkontakter/?fran=igår&utfall=HITTEPÅ")

    assert svar.status_code == 200
    assert "Från och med går inte att läsa. Skriv till exempel 2026-11-23." in text(svar)
    assert "Statusen finns inte" in text(svar)


def test_a_personal_number_is_never_a_search_word(som):
    svar = som("vera").get(f"/vardkontakter/?sok={PATIENT}")

    assert "aldrig på personnummer" in text(svar)
    assert PATIENT not in svar.content.decode()


@pytest.mark.parametrize(
    ("filter_", "funna"),
    [
        ("utfall=FEL", ["tappad", "aldrig"]),
        ("orsak=LAN_SAKNAS", ["tappad", "aldrig"]),
        ("enhet=90001311002", ["tappad"]),
        ("produkt=DEP", ["depression"]),
        ("sok=rattad", ["rattad"]),
        ("fran=2026-11-02&till=2026-11-03", ["depression", "betald"]),
    ],
)
def test_each_filter_keeps_what_it_says(som, filter_, funna):
    assert rows(som("vera").get(f"/vardkontakter/?{filter_}")) == funna


def test_an_empty_list_tells_where_to_look(som):
    svar = som("vera").get("/vardkontakter/?fran=2020-01-01&till=2020-01-31")

    assert "Inga vårdkontakter stämmer med filtret." in text(svar)
    assert "/vardkontakter/avvisade/" in svar.content.decode()


def test_a_long_selection_is_not_counted_past_the_limit(som, monkeypatch):
    monkeypatch.setattr("avstamning.queries.kontakter.TAK", 3)

    sida = text(som("vera").get("/vardkontakter/?fran=2026-01-01&till=2026-11-30"))

    assert "Fler än 3 vårdkontakter" in sida
    assert "Välj en kortare period." in sida


def test_a_month_is_summed_whatever_the_limit(som, monkeypatch):
    monkeypatch.setattr("avstamning.queries.kontakter.TAK", 3)

    assert "6 vårdkontakter" in text(som("vera").get("/vardkontakter/"))


# Excel ------------------------------------------------------------------------------------------


def book(svar):
    return openpyxl.load_workbook(io.BytesIO(b"".join(svar.streaming_content)))


def test_the_workbook_has_the_rows_and_columns_of_the_list(som):
    bok = book(som("vera").get("/vardkontakter/excel/?fran=2026-10-01&till=2026-11-30"))
    ark = bok["Vårdkontakter"]
    rubriker = [cell.value for cell in ark[1]]
    rader = {
        rad[6]: dict(zip(rubriker, rad, strict=True)) for rad in ark.iter_rows(2, values_only=True)
    }

    assert rubriker == [kolumn.rubrik for kolumn in vardkontakter.KOLUMNER]
    assert len(rader) == 10
    assert rader["betald"]["Belopp (kr)"] == 725
    assert rader["betald"]["Dag"] == datetime(2026, 11, 2)
    assert rader["betald"]["Status"] == "Ger ersättning"
    assert rader["betald"]["Exempel"] == "exempel"
    assert rader["tappad"]["Belopp i riskzonen (kr)"] == 725
    assert rader["tappad"]["Rätta senast"] == datetime(2026, 11, 30)
    assert rader["betald"]["Kombika"] == "90001311001"  # a text: nothing may eat its digits
    assert ark.freeze_panes == "A2"
    assert ark.auto_filter.ref.startswith("A1:")


def test_the_workbook_says_how_it_was_made(som):
    om = book(som("vera").get("/vardkontakter/excel/?utfall=FEL"))["Om rapporten"]
    svar = {rad[0]: rad[1] for rad in om.iter_rows(values_only=True)}

    assert svar["Vårdgivare"].startswith("Ekbackens Vårdcentral AB")
    assert svar["Urval"] == "november\xa02026, behöver rättas"
    assert svar["Av"] == "Vera Test"
    assert svar["Antal rader"] == "2"


def test_no_cell_of_a_workbook_is_a_formula(som, region):
    with databaskontext(alla=True):
        region.visit("=1+1|x", date(2026, 11, 16))
    try:
        bok = book(som("vera").get("/vardkontakter/excel/"))
    finally:
        pk, innehall = region.ids.pop("=1+1|x")
        with databaskontext(alla=True):
            portal.correct(pk, innehall, at=NU, makulerad=True)

    celler = [cell for ark in bok for rad in ark.iter_rows() for cell in rad]
    assert "'=1+1|x" in [cell.value for cell in celler]
    assert {cell.data_type for cell in celler} <= {"s", "n", "d"}  # never "f"


def test_the_statistics_workbook_has_the_columns_of_the_screen(som):
    klient = som("vera")
    ark = book(klient.get("/statistik/excel/"))["Statistik"]
    sida = text(klient.get("/statistik/"))

    assert [cell.value for cell in ark[1]] == [k.rubrik for k in statistik.KOLUMNER]
    assert all(k.rubrik in sida for k in statistik.KOLUMNER)


# One contact ------------------------------------------------------------------------------------


def way(klient, region, namn, flik=""):
    return klient.get(f"/vardkontakter/{region.uuid(namn)}/{flik}")


def test_a_paid_contact_shows_its_way_and_every_condition(som, region):
    sida = text(way(som("vera"), region, "betald"))

    assert "GVR Registrerad" in sida
    assert "ERSMO LAK + avdrag" in sida
    assert f"HEJ {kr('725')}" in sida
    assert "Vårdfaktura Kommer på novemberfakturan" in sida
    assert "förslag tidigast 3 december 2026" in sida
    assert "Varför detta pris?" in sida
    assert "Läkarbesök" in sida
    assert "exempel" in sida


def test_an_unpaid_contact_says_cause_action_owner_and_date(som, region):
    sida = text(way(som("vera"), region, "aldrig"))

    assert "Patientens län saknas." in sida
    assert "Att göra: Skicka vårdkontakten igen med folkbokföringskoden (LKF)." in sida
    assert "Vem: Journalsystemets leverantör." in sida
    assert "Senast: måndag 30 november kl. 24.00" in sida


def test_from_login_to_why_no_money_is_two_pages(som, region):
    klient = som("bo")
    klient.get("/")

    svar = klient.post("/sok/", {"sok": "aldrig"}, follow=True)

    assert svar.redirect_chain == [(f"/vardkontakter/{region.uuid('aldrig')}/", 302)]
    assert "Patientens län saknas" in text(svar)


@pytest.mark.parametrize("sok", ["finns-inte", "hos-b"])
def test_searching_for_what_is_not_there_and_what_is_others_is_answered_alike(som, sok):
    svar = som("bo").post("/sok/", {"sok": sok}, follow=True)

    assert f"Ingen vårdkontakt hos er har vårdhändelse-id {sok}." in text(svar)


def test_the_money_of_a_corrected_contact_points_at_what_it_takes_back(som, region):
    sida = way(som("vera"), region, "aterkallad", "pengar/")

    assert "återför tidigare post" in text(sida)
    assert "oktoberfakturan" in text(sida)
    assert "posternas summa är beslutets belopp" in text(sida)
    assert "Krediteras på novemberfakturan" in text(sida)


def test_two_versions_stand_side_by_side_with_what_changed(som, region):
    sida = way(som("vera"), region, "rattad", "versioner/").content.decode()

    (rad,) = re.findall(r'<tr class="andrad">.*?</tr>', sida, re.S)
    assert "Diagnoser" in rad
    assert "I109" in rad
    assert "F329" in rad


def test_a_version_that_is_not_there_is_a_404(som, region):
    assert way(som("vera"), region, "rattad", "versioner/?version=7").status_code == 404


def test_receipts_are_in_words(som, region):
    sida = text(way(som("vera"), region, "tappad", "kvittenser/"))

    assert "Register (K2)" in sida
    assert "Ersättning (K3)" in sida
    assert "Behöver rättas" in sida
    assert "LAN_SAKNAS" not in sida


def test_the_message_shows_this_contact_and_masks_the_patient(som, region):
    with databaskontext(alla=True):
        besok = region.ids["betald"][1]
        planer = [portal.plan(namn, besok) for namn in ("i-samma-1", "i-samma-2")]
        portal.deliver(planer, at=NU)
    sida = way(som("vera"), region, "i-samma-1", "meddelande/").content.decode()

    assert "i-samma-1" in sida
    assert "i-samma-2" not in sida
    assert PATIENT not in sida
    assert "19••••••-••12" in sida


def test_a_contact_whose_unit_was_learnt_late_shows_its_whole_history(som, region):
    innehall = region.ids["betald"][1]
    with databaskontext(alla=True):
        konto = Maskinkonto.objects.get(kallsystem="JOURNAL-A")
        ombud.appoint(konto, region.a, fr_o_m=date(2020, 1, 1), grund="Anmälan")
        (pk,) = portal.deliver([portal.plan("sent-placerad", innehall)], at=NU)
        connection.cursor().execute(
            "update gvr_vardkontakt set vardgivare_id = null, enhet_id = null where id = %s", [pk]
        )
        portal.kedja.decide([pk], at=NU)

    assert way(som("vera"), region, "sent-placerad").status_code == 200


def test_others_part_in_the_contact_is_shown(som, region):
    sida = text(way(som("vera"), region, "betald"))

    assert "Samverkan vid tillfället" in sida
    assert "Cederlunds Läkarhus AB" in sida


# The worklist, refusals, collaboration ----------------------------------------------------------


def test_the_worklist_groups_by_reason_and_leads_to_the_contacts(som):
    klient = som("vera")
    sida = klient.get("/ratta/")
    lank = re.search(r'href="(/vardkontakter/\?[^"]*LAN_SAKNAS[^"]*)"', sida.content.decode())[1]

    assert "Patientens län saknas" in text(sida)
    assert kr("725") in text(sida)
    assert sorted(rows(klient.get(lank.replace("&amp;", "&")))) == ["aldrig", "tappad"]


def test_refused_contacts_say_what_is_wrong_and_whether_it_is_mended(som):
    sida = text(som("vera").get("/vardkontakter/avvisade/"))

    assert "avvisad-1" in sida
    assert "Skicka vårdkontakten igen med ett värde som gäller." in sida
    assert "✓ Löst" in sida  # `betald`, refused on the first and accepted on the second
    assert "avvisad-b" not in sida


def test_a_part_waits_until_the_main_contact_is_there(som):
    sida = text(som("vera").get("/samverkan/"))

    assert "hos-b i JOURNAL-B 1 ! Behöver rättas" in sida  # its contact is no visit of A or B
    assert "kommer-aldrig i JOURNAL-B 1 … Väntar på huvudkontakt i" in sida


def test_activities_show_masked_patients(som):
    sida = text(som("vera").get("/aktiviteter/"))

    assert "Rehabkoordinering" in sida
    assert "19••••••-••12" in sida


# Invoices ---------------------------------------------------------------------------------------


def proposal(region):
    return Faktura.objects.get(vardgivare=region.a)


def test_the_bridge_of_an_invoice_ends_at_nothing(som, region):
    sida = text(som("vera").get(f"/fakturor/{proposal(region).uuid}/"))

    assert "Skillnad 0,00" in sida
    assert "Oförklarat" not in sida


def test_a_line_opens_to_its_contacts(som, region):
    sida = text(som("vera").get(f"/fakturor/{proposal(region).uuid}/rad/1/"))

    assert all(namn in sida for namn in ("rattad", "aterkallad", "kvar"))
    assert "sen" not in re.findall(r"\w+", sida)


def test_the_lines_of_the_screen_sum_to_the_invoice(som, region):
    faktura = proposal(region)

    poster = Post.objects.filter(fakturaradpost__fakturarad__faktura=faktura)

    assert sum(p.belopp for p in poster) == faktura.summa
    assert kr(faktura.summa) in text(som("vera").get(f"/fakturor/{faktura.uuid}/"))


def test_a_proposal_has_no_documents_and_no_receipt(som, region):
    klient, uuid = som("vera"), proposal(region).uuid

    for vad in ("pdf", "peppol", "kvitto"):
        assert klient.get(f"/fakturor/{uuid}/{vad}/").status_code == 404


# Around -----------------------------------------------------------------------------------------


def test_prices_of_another_day_are_shown_with_their_source(som):
    klient = som("vera")

    nu, forr = text(klient.get("/avtal/")), text(klient.get("/avtal/?dag=2019-12-31"))

    assert kr("1000").removesuffix(" kr") in nu
    assert "påhittat" in nu
    assert "exempel" in nu
    assert "Gäller inte 2019-12-31" in forr


def test_the_rules_are_readable_and_only_ones_own(som):
    klient = som("vera")

    sida = text(klient.get("/avtal/huslakarverksamhet/regler/"))

    assert "Läkarbesök" in sida
    assert "Kräver en grundersättning." in sida
    assert klient.get("/avtal/specialiserad-gynekologi/regler/").status_code == 404


def test_senders_show_volume_and_refusals(som):
    sida = text(som("vera").get("/leveranser/"))

    assert "Journalsystem A" in sida
    assert "Journalsystem B" not in sida


@pytest.mark.parametrize(
    "adress", ["/hjalp/", "/hjalp/orsaker/", "/tillganglighet/", "/utvecklare/fel/"]
)
def test_help_is_open_to_everybody(region, adress):
    assert Client().get(adress).status_code == 200


def test_every_code_of_the_catalogue_has_a_page(region):
    from avstamning.queries import orsaker  # noqa: PLC0415 - needs Django

    koder = [fel.kod for fel in orsaker.findings()]

    assert len(koder) > 40
    for kod in koder:
        assert Client().get(f"/utvecklare/fel/{kod}").status_code == 200, kod


def test_an_unknown_code_is_a_404(region):
    assert Client().get("/utvecklare/fel/HITTEPA").status_code == 404


# The number of statements -----------------------------------------------------------------------


PAGES = (
    "/",
    "/vardkontakter/",
    "/vardkontakter/excel/",
    "/vardkontakter/avvisade/",
    "/ratta/",
    "/fakturor/",
    "/fakturor/kommande/",
    "/statistik/",
    "/samverkan/",
    "/aktiviteter/",
    "/leveranser/",
    "/logg/",
    "/avtal/",
)


def statements(klient, adress):
    with CaptureQueriesContext(connection) as fragor:
        svar = klient.get(adress)
        if svar.streaming:
            b"".join(svar.streaming_content)
    assert svar.status_code == 200, adress
    return len(fragor)


def test_a_page_asks_as_many_questions_for_many_contacts_as_for_few(som, region):
    klient = som("vera")
    for adress in PAGES:
        statements(klient, adress)  # what is read once and kept
    few = {adress: statements(klient, adress) for adress in PAGES}
    manad = portal.Manad(2026, 11)
    innehall = region.ids["betald"][1]
    with databaskontext(alla=True):
        planer = [portal.plan(f"mangd-{n:05d}", innehall) for n in range(1500)]
        portal.kedja.decide(portal.deliver(planer, at=NU), at=NU)

    many = {adress: statements(klient, adress) for adress in PAGES}

    assert manad.period.contains(innehall.dag)
    assert many == few
    assert max(few.values()) < 60


def test_reading_leaves_nothing_but_the_log_behind(som, region):
    klient = som("bo")
    before = Loggpost.objects.count()

    for adress in ("/", "/ratta/", "/statistik/", "/leveranser/", "/avtal/", "/fakturor/"):
        klient.get(adress)

    assert Loggpost.objects.count() == before  # these pages show groups and sums, no patients


def test_a_wrong_password_and_a_wrong_name_are_answered_alike(region):
    klient = Client()

    svar = [
        re.sub(
            r'value="[^"]*"',
            "",
            klient.post("/logga-in/", {"username": namn, "password": ord_}).content.decode(),
        )
        for namn, ord_ in (("bo", "fel"), ("finns-inte", LOSENORD))
    ]

    assert svar[0] == svar[1]
    assert "Användarnamnet eller lösenordet stämmer inte." in svar[0]


def test_logging_in_leads_to_the_overview_and_out_to_the_login(region):
    klient = Client()

    inne = klient.post("/logga-in/", {"username": "bo", "password": LOSENORD}, follow=True)
    ute = klient.post("/logga-ut/")

    assert "Allt som rapporterats i november" in text(inne)
    assert ute["Location"] == "/logga-in/"
    assert klient.get("/").status_code == 302
    assert klient.get("/logga-ut/").status_code == 405
