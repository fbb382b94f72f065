"""Who sees what in the portal, which fields, and that every look is written down.

Two walls: the pages' own filter and row level security. Each is tested with the other taken away.
"""

import io
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from avstamning.actions import insyn
from avstamning.portal import sidor
from ersattning.vardfaktura.models import Faktura, Fakturahandling
from gvr.models import Aktivitet, Avvisning, Deltagande, Loggpost, Vardgivare, Vardkontakt
from gvr.queries import behorighet
from gvr.queries import portal as portalfragor
from tests.factories import portal
from tests.factories.portal import LOSENORD, PATIENT

NU = datetime(2026, 11, 20, 9, 42, tzinfo=ZoneInfo("Europe/Stockholm"))
LISTS = (
    "/",
    "/vardkontakter/?fran=2026-10-01&till=2026-11-30",
    "/vardkontakter/avvisade/?fran=2026-10-01&till=2026-11-30",
    "/ratta/",
    "/fakturor/",
    "/fakturor/kommande/?manad=2026-11",
    "/samverkan/",
    "/aktiviteter/",
    "/statistik/",
    "/leveranser/",
    "/logg/",
    "/avtal/",
)
TABS = ("", "pengar/", "versioner/", "kvittenser/", "meddelande/")


@pytest.fixture(scope="module")
def region(egen_databas_modul):
    return portal.Region()


@pytest.fixture(autouse=True)
def klocka(monkeypatch):
    monkeypatch.setattr(sidor, "now", lambda: NU)


@pytest.fixture
def som(region):
    def login(namn):
        klient = Client(raise_request_exception=False)
        klient.force_login(getattr(region, namn))
        return klient

    return login


def content(svar):
    if svar.streaming:
        return b"".join(svar.streaming_content)
    return svar.content


def of_b(region):
    """What nobody but B may read: ids and names of its contacts, refusals, unit and invoices."""
    return (
        "hos-b",
        "avvisad-b",
        str(region.uuid("hos-b")),
        "Cederlunds gynmottagning",
        "ADA-2023-0607",
    )


# Two walls --------------------------------------------------------------------------------------


@pytest.fixture(params=["both walls", "row level security alone", "the filter alone"])
def walls(request, monkeypatch):
    """Take one of the two walls away."""
    if request.param == "row level security alone":
        monkeypatch.setattr(portalfragor, "visible", lambda rader, _synfalt: rader)
    if request.param == "the filter alone":
        vanlig = behorighet.set_reach
        monkeypatch.setattr(behorighet, "set_reach", lambda **_reach: vanlig(alla=True))
    return request.param


@pytest.mark.parametrize("adress", LISTS)
def test_a_list_shows_nothing_of_another_provider(som, region, walls, adress):
    svar = som("vera").get(adress)

    sida = content(svar).decode()
    assert svar.status_code == 200, walls
    if adress == "/samverkan/":  # one's own part names the other's contact, and who takes part in
        # one's own contact is named: that is what it is for
        sida = sida.replace("hos-b", "").replace("Cederlunds gynmottagning", "")
    assert [namn for namn in of_b(region) if namn in sida] == []


@pytest.mark.parametrize("vad", ["samverkan", "aktiviteter"])
def test_anothers_part_or_activity_is_a_404(som, region, walls, vad):
    modell = {"samverkan": Deltagande, "aktiviteter": Aktivitet}[vad]
    annans = modell.objects.filter(vardgivare=region.a).first().uuid

    assert som("cecilia").get(f"/{vad}/{annans}/").status_code == 404, walls
    assert som("cecilia").get(f"/{vad}/{annans}/ratta/").status_code in (403, 404), walls


@pytest.mark.parametrize("flik", TABS)
def test_anothers_contact_is_a_404_like_one_that_is_not_there(som, region, walls, flik):
    klient = som("vera")

    annans = klient.get(f"/vardkontakter/{region.uuid('hos-b')}/{flik}")
    saknas = klient.get(f"/vardkontakter/0199f000-0000-7000-8000-000000000000/{flik}")

    assert (annans.status_code, saknas.status_code) == (404, 404), walls
    assert annans.content == saknas.content


def test_anothers_patient_is_not_revealed(som, region, walls):
    annans = som("vera").post(f"/vardkontakter/{region.uuid('hos-b')}/visa/", {"skal": "RATTA"})

    assert annans.status_code == 404
    assert portal.PATIENTER[0] not in content(annans).decode()


@pytest.mark.parametrize("vad", ["", "rad/1/", "godkann/", "kvitto/", "pdf/", "peppol/"])
def test_anothers_invoice_is_a_404_like_one_that_is_not_there(som, region, walls, vad):
    uuid = Faktura.objects.get(vardgivare=region.a).uuid
    klient = som("cecilia")

    annans = klient.get(f"/fakturor/{uuid}/{vad}")
    saknas = klient.get(f"/fakturor/0199f000-0000-7000-8000-000000000000/{vad}")

    assert (annans.status_code, saknas.status_code) == (404, 404), walls
    assert annans.content == saknas.content


def test_an_export_holds_nothing_of_another_provider(som, region, walls):
    svar = som("vera").get("/vardkontakter/excel/?fran=2026-10-01&till=2026-11-30")
    bok = openpyxl.load_workbook(io.BytesIO(content(svar)))
    celler = {str(cell.value) for ark in bok for rad in ark.iter_rows() for cell in rad}

    assert "betald" in celler
    assert celler & set(of_b(region)) == set()


def test_choosing_another_provider_is_a_404(som, region):
    assert som("vera").post("/byt/", {"vardgivare": region.b.pk}).status_code == 404
    assert som("vera").post("/byt/", {"vardgivare": 999_999}).status_code == 404


def test_a_choice_that_was_withdrawn_is_no_choice(som, region):
    klient = som("vera")
    session = klient.session
    session[sidor.VARDGIVARE] = region.b.pk
    session.save()

    sida = klient.get("/").content.decode()

    assert "Ekbackens Vårdcentral AB" in sida  # the only one in reach, whatever the session says


def test_nobody_without_a_grant_sees_anything(region):
    nykomling = portal.user("nykomling")
    klient = Client()
    klient.force_login(nykomling)

    assert klient.get("/vardkontakter/").status_code == 302
    svar = klient.get("/byt/")
    assert svar.status_code == 403
    assert "Du har ingen behörighet än" in svar.content.decode()


# Units, several providers, the region -----------------------------------------------------------


def test_a_person_with_one_unit_sees_its_contacts_and_no_invoices(som, region):
    klient = som("enhet")

    lista = klient.get("/vardkontakter/?fran=2026-10-01&till=2026-11-30").content.decode()

    assert str(region.uuid("tappad")) in lista
    assert str(region.uuid("betald")) not in lista
    assert klient.get(f"/vardkontakter/{region.uuid('tappad')}/").status_code == 200
    assert klient.get(f"/vardkontakter/{region.uuid('betald')}/").status_code == 404
    assert klient.get("/fakturor/").status_code == 403
    uuid = Faktura.objects.get(vardgivare=region.a).uuid
    assert klient.get(f"/fakturor/{uuid}/").status_code == 404


def test_a_look_by_a_person_with_one_unit_is_written_too(som, region):
    som("enhet").get(f"/vardkontakter/{region.uuid('tappad')}/")

    rad = Loggpost.objects.latest("pk")
    assert (rad.anvandare, rad.vardgivare_id, rad.patienter) == ("enar", region.a.pk, [PATIENT])


def test_who_has_several_providers_chooses_one_and_sees_one(som, region):
    klient = som("bada")

    svar = klient.get("/ratta/")
    assert svar.status_code == 302
    assert svar["Location"] == f"{reverse('portal:byt')}?nasta=%2Fratta%2F"
    svar = klient.post("/byt/", {"vardgivare": region.b.pk, "nasta": "/ratta/"})
    assert svar["Location"] == "/ratta/"

    lista = klient.get("/vardkontakter/").content.decode()
    assert "hos-b" in lista
    assert "betald" not in lista


def test_the_way_on_is_never_to_another_site(som, region):
    klient = som("bada")

    svar = klient.post("/byt/", {"vardgivare": region.b.pk, "nasta": "https://annan.example/"})

    assert svar["Location"] == "/"


def test_one_unit_can_be_chosen_out_of_many(som, region):
    klient = som("vera")
    klient.post("/byt/", {"vardgivare": region.a.pk, "enhet": portal.SJOSTADEN})

    lista = klient.get("/vardkontakter/").content.decode()

    assert "tappad" in lista
    assert "betald" not in lista
    assert "Ekbackens filial Sjöstaden" in lista


def test_a_link_to_a_contact_of_the_other_provider_opens_that_providers_page(som, region):
    klient = som("bada")
    klient.post("/byt/", {"vardgivare": region.b.pk})

    sida = klient.get(f"/vardkontakter/{region.uuid('betald')}/").content.decode()

    assert "<strong>Ekbackens Vårdcentral AB</strong>" in sida


def test_the_region_chooses_any_provider_and_is_written_in_its_log(som, region):
    klient = som("anna")
    assert klient.get("/").status_code == 302
    klient.post("/byt/", {"vardgivare": region.a.pk})

    sida = klient.get("/vardkontakter/").content.decode()

    assert "betald" in sida
    rad = Loggpost.objects.latest("pk")
    assert (rad.anvandare, rad.vardgivare_id) == ("anna", region.a.pk)


def test_the_region_finds_a_provider_by_name_or_number(som, region):
    klient = som("anna")

    assert "Cederlunds" in klient.get("/byt/?sok=cederl").content.decode()
    assert "Cederlunds" in klient.get("/byt/?sok=999900-0020").content.decode()
    assert "Ingen vårdgivare stämmer" in klient.get("/byt/?sok=zzz").content.decode()


# Fields -----------------------------------------------------------------------------------------


def everything_of_a(klient, region):
    """Every page, tab, export and document of provider A as one text."""
    delar = []
    for adress in LISTS:
        delar.append(content(klient.get(adress)).decode())
    for namn in ("betald", "depression", "rattad", "aldrig"):
        for flik in TABS:
            delar.append(content(klient.get(f"/vardkontakter/{region.uuid(namn)}/{flik}")).decode())
    bok = openpyxl.load_workbook(io.BytesIO(content(klient.get("/vardkontakter/excel/"))))
    delar += [str(cell.value) for ark in bok for rad in ark.iter_rows() for cell in rad]
    return "\n".join(delar)


def test_an_economist_sees_neither_who_the_patient_is_nor_the_diagnosis(som, region):
    allt = everything_of_a(som("bo"), region)

    assert PATIENT not in allt
    assert PATIENT[2:] not in allt
    assert "19••••••-••12" in allt
    assert [kod for kod in ("F329", "F32", "I109", "F438A") if kod in allt] == []
    assert "Villkor om diagnos (visas för vårdadministratör)" in allt


def test_a_care_administrator_sees_diagnoses_and_still_no_number(som, region):
    allt = everything_of_a(som("vera"), region)

    assert PATIENT not in allt
    assert "F329" in allt


def test_the_number_is_shown_once_to_who_says_why_and_the_answer_is_kept(som, region):
    klient, adress = som("vera"), f"/vardkontakter/{region.uuid('betald')}/"

    svar = klient.post(f"{adress}visa/", {"skal": "PATIENT", "fritext": "ringde om sin avgift"})

    assert "19121212-1212" in svar.content.decode()
    assert svar["Cache-Control"] == "no-store, private"
    rad = Loggpost.objects.latest("pk")
    assert rad.handelse == insyn.IDENTITET
    assert rad.skal == "Svara på en fråga från patienten: ringde om sin avgift"
    assert rad.patienter == [PATIENT]
    assert "1212-1212" not in klient.get(adress).content.decode()


def test_without_a_reason_nothing_is_shown(som, region):
    svar = som("vera").post(f"/vardkontakter/{region.uuid('betald')}/visa/", {"skal": ""})

    assert svar.status_code == 400
    assert "Välj varför du behöver veta vem patienten är." in svar.content.decode()
    assert "19121212" not in svar.content.decode()


def test_an_economist_may_not_ask(som, region):
    svar = som("bo").post(f"/vardkontakter/{region.uuid('betald')}/visa/", {"skal": "RATTA"})

    assert svar.status_code == 403
    assert "19121212" not in svar.content.decode()


def test_a_reason_is_asked_by_post_only(som, region):
    assert som("vera").get(f"/vardkontakter/{region.uuid('betald')}/visa/").status_code == 405


def test_a_refused_diagnosis_is_hidden_from_an_economist(som, region):
    with behorighet.databaskontext(alla=True):
        portal.refuse(
            region.a,
            None,
            at=NU,
            vardhandelse_id="dold",
            kod="ICD001",
            pekare="/vardkontakter/0/diagnoser/0",
            varde="F328X",
        )

    adress = "/vardkontakter/avvisade/"
    assert "F328X" in som("vera").get(adress).content.decode()
    assert "F328X" not in som("bo").get(adress).content.decode()
    assert Avvisning.objects.filter(vardhandelse_id="dold").exists()


# The log ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("adress", "handelse"),
    [
        ("/vardkontakter/", insyn.LISTA),
        ("/vardkontakter/excel/", insyn.EXPORT),
        ("/vardkontakter/avvisade/", insyn.AVVISADE),
        ("/samverkan/", insyn.SAMVERKAN),
        ("/aktiviteter/", insyn.AKTIVITETER),
        ("/samverkan/{deltagande}/", insyn.TILLFALLE),
        ("/aktiviteter/{aktivitet}/", insyn.AKTIVITET),
        ("/logg/", insyn.LOGGEN),
    ],
)
def test_a_look_at_patient_data_is_one_row_in_the_log(som, region, adress, handelse):
    before = Loggpost.objects.count()
    egna = {
        "deltagande": Deltagande.objects.get(extern_id="d-2").uuid,
        "aktivitet": Aktivitet.objects.get(extern_id="a-1").uuid,
    }

    svar = som("vera").get(adress.format(**egna))

    assert (svar.status_code, bool(content(svar))) == (200, True)
    rad = Loggpost.objects.latest("pk")
    assert Loggpost.objects.count() == before + 1
    assert (rad.anvandare, rad.handelse, rad.vardgivare_id) == ("vera", handelse, region.a.pk)
    assert rad.tid == NU


@pytest.mark.parametrize("flik", TABS)
def test_every_tab_is_a_look(som, region, flik):
    before = Loggpost.objects.count()

    som("vera").get(f"/vardkontakter/{region.uuid('betald')}/{flik}")

    rad = Loggpost.objects.latest("pk")
    assert Loggpost.objects.count() == before + 1
    assert rad.patienter == [PATIENT]
    assert rad.enhet == "Ekbackens husläkarmottagning"
    assert str(region.uuid("betald")) in rad.objekt


def test_a_list_names_the_patients_of_its_page_and_an_export_all_of_them(region, som, monkeypatch):
    monkeypatch.setattr("avstamning.queries.kontakter.SIDA", 2)
    monkeypatch.setattr("avstamning.queries.kontakter.CHUNK", 7)
    innehall = region.ids["betald"][1]
    patienter = portal.PATIENTER[1:31]
    with behorighet.databaskontext(alla=True):
        planer = [
            portal.plan(f"person-{nr}", portal.msgspec.structs.replace(innehall, patient_id=p))
            for nr, p in enumerate(patienter)
        ]
        portal.kedja.decide(portal.deliver(planer, at=NU), at=NU)
    klient, adress = som("vera"), "?fran=2026-11-02&till=2026-11-02"

    klient.get(f"/vardkontakter/{adress}")
    lista = Loggpost.objects.latest("pk")
    content(klient.get(f"/vardkontakter/excel/{adress}"))
    export = Loggpost.objects.latest("pk")

    assert len(lista.patienter) == 2
    assert set(export.patienter) == {PATIENT, *patienter}
    assert export.objekt == "2026-11-02–2026-11-02"


def test_a_line_of_an_invoice_names_its_patients(som, region):
    uuid = Faktura.objects.get(vardgivare=region.a).uuid

    som("bo").get(f"/fakturor/{uuid}/rad/1/")

    rad = Loggpost.objects.latest("pk")
    assert (rad.handelse, rad.patienter) == (insyn.FAKTURARAD, [PATIENT])


def test_what_was_not_shown_is_not_in_the_log(som, region, monkeypatch):
    before = Loggpost.objects.count()
    vanlig = insyn.record

    def record_and_fall(**falt):
        vanlig(**falt)
        raise RuntimeError("after the log, before the page")

    monkeypatch.setattr(insyn, "record", record_and_fall)

    svar = som("vera").get("/vardkontakter/")

    assert svar.status_code == 500
    assert "after the log" not in svar.content.decode()
    assert Loggpost.objects.count() == before


def test_the_log_shows_who_has_looked_and_finds_a_patient_by_post(som, region):
    som("bo").get(f"/vardkontakter/{region.uuid('betald')}/")
    klient = som("vera")

    alla = klient.get("/logg/?fran=2026-11-01&till=2026-11-30").content.decode()
    hos = klient.post("/logg/", {"patient": PATIENT}).content.decode()

    assert "bo" in re.findall(r'data-rubrik="Användare">([^<]*)<', alla)
    assert "bo" in re.findall(r'data-rubrik="Användare">([^<]*)<', hos)
    assert "Åtkomst till patient 19••••••-••12" in hos
    assert PATIENT not in alla + hos
    assert "går inte att läsa" in klient.post("/logg/", {"patient": "1234"}).content.decode()


# Approval ---------------------------------------------------------------------------------------


@pytest.fixture
def forslag(region):
    return Faktura.objects.get(vardgivare=region.a).uuid


def test_only_an_attestant_gets_the_form(som, forslag):
    assert som("bo").get(f"/fakturor/{forslag}/godkann/").status_code == 403
    assert "Attesträtt saknas" in som("bo").get(f"/fakturor/{forslag}/godkann/").content.decode()
    assert som("vera").get(f"/fakturor/{forslag}/godkann/").status_code == 200


def test_the_region_may_read_and_not_approve(som, region, forslag):
    klient = som("anna")
    klient.post("/byt/", {"vardgivare": region.a.pk})

    svar = klient.post(
        f"/fakturor/{forslag}/godkann/", {"kontrollerat": "on", "losenord": LOSENORD}
    )

    assert svar.status_code == 403
    assert Faktura.objects.get(uuid=forslag).nummer is None


@pytest.mark.parametrize(
    ("falt", "felet"),
    [
        ({}, "Kryssa i att du har kontrollerat fakturan."),
        ({"kontrollerat": "on"}, "Skriv ditt lösenord."),
        ({"kontrollerat": "on", "losenord": "fel"}, "Lösenordet stämmer inte."),
    ],
)
def test_an_approval_asks_for_the_check_and_the_password(som, forslag, falt, felet):
    svar = som("vera").post(f"/fakturor/{forslag}/godkann/", falt)

    assert svar.status_code == 400
    assert felet in svar.content.decode()
    assert Faktura.objects.get(uuid=forslag).nummer is None


def test_an_approval_gives_a_number_documents_and_a_receipt(som, forslag):
    """Last of the module: the invoice cannot be proposed again."""
    klient = som("vera")

    svar = klient.post(
        f"/fakturor/{forslag}/godkann/", {"kontrollerat": "on", "losenord": LOSENORD}
    )

    assert svar["Location"] == f"/fakturor/{forslag}/kvitto/"
    faktura = Faktura.objects.get(uuid=forslag)
    assert (faktura.status, faktura.godkand_av.username) == ("GODKAND", "vera")
    kvitto = klient.get(svar["Location"]).content.decode()
    assert f"<dd>{faktura.nummer}</dd>" in kvitto
    assert klient.get(f"/fakturor/{forslag}/godkann/").status_code == 302  # it is done
    pdf, xml = (klient.get(f"/fakturor/{forslag}/{vad}/") for vad in ("pdf", "peppol"))
    handling = Fakturahandling.objects.get(faktura=faktura)
    assert (pdf["Content-Type"], xml["Content-Type"]) == ("application/pdf", "application/xml")
    assert (pdf.content, xml.content) == (bytes(handling.pdf), bytes(handling.peppol))
    for hemligt in (PATIENT, PATIENT[2:], "I109"):
        assert hemligt.encode() not in xml.content


# Around the pages -------------------------------------------------------------------------------


INLINE = r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:"


def test_every_page_has_the_strict_policy_and_nothing_inline(som, region):
    klient = som("vera")
    adresser = [*LISTS, *(f"/vardkontakter/{region.uuid('depression')}/{flik}" for flik in TABS)]

    for adress in (*adresser, "/hjalp/", "/utvecklare/fel/", "/finns-inte/", "/byt/"):
        svar = klient.get(adress)
        sida, policy = svar.content.decode(), svar["Content-Security-Policy"]
        assert "unsafe" not in policy, adress
        assert "default-src 'self'" in policy, adress
        assert not re.search(
            r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", sida
        ), adress


def test_the_browser_keeps_nothing_of_what_was_seen(som, region):
    for adress in LISTS:
        assert som("vera").get(adress)["Cache-Control"] == "no-store, private"


def test_without_a_context_the_database_shows_nothing(region):
    with behorighet.databaskontext():
        assert Vardkontakt.objects.count() == 0


def test_the_reach_of_one_request_is_forgotten_after_it(som, region):
    som("anna").get("/byt/")

    assert "betald" not in som("cecilia").get("/vardkontakter/").content.decode()


def test_looking_as_the_region_for_one_fact_does_not_stay(region):
    with behorighet.databaskontext(vardgivare=[region.b.pk]):
        before = Vardkontakt.objects.count()
        with portalfragor.as_region():
            assert Vardkontakt.objects.count() > before
        assert Vardkontakt.objects.count() == before

    assert Vardgivare.objects.filter(pk=region.b.pk).exists()
