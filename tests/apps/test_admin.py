"""The region's admin: who is let in, what is never changed there, and that it speaks Swedish."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from import_export.admin import ImportExportMixin

from gvr import bas
from gvr.actions import behorigheter, roller
from gvr.admin.bas import Kapad, Lista
from gvr.models import Enhet, Kod, Kodverk, Vardkontakt
from tests.factories import kontakter, pengar, regionen
from tests.world import load_providers

#: Tables whose rows are money, receipts or log: never added, changed or deleted by hand.
ALDRIG = {
    "gvr.Leverans",
    "gvr.Avvisning",
    "gvr.Nekatanrop",
    "gvr.Periodrapport",
    "gvr.Reservnummer",
    "gvr.Reservnummerkoppling",
    "gvr.Vantetid",
    "gvr.Vardtillfallesdel",
    "gvr.Kvittens",
    "gvr.Webhookmeddelande",
    "gvr.Vardkontakt",
    "gvr.Vardkontaktversion",
    "gvr.Ersattningshandelse",
    "gvr.Samverkanstillfalle",
    "gvr.Deltagande",
    "gvr.Deltagandearende",
    "gvr.Delkvittens",
    "gvr.Aktivitet",
    "gvr.Arende",
    "gvr.Loggpost",
    "gvr.Andring",
    "hej.Beslut",
    "hej.Delbeslut",
    "hej.Kontaktlage",
    "hej.Post",
    "vardfaktura.Faktura",
    "vardfaktura.Verifikation",
    "vardfaktura.Manadsstangning",
}
REGISTRERADE = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def varld(db):
    return load_providers()


@pytest.fixture
def anna(varld):
    return regionen.client(regionen.anna())


def request_as(user, address="/admin/"):
    from django.test import RequestFactory  # noqa: PLC0415

    request = RequestFactory().get(address)
    request.user = user
    return request


# The door ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("adress", ["/admin/", "/admin/gvr/avtal/", "/admin/login/", "/admin/xyz/"])
def test_the_admin_does_not_exist_for_a_provider(varld, adress):
    bo = regionen.client(regionen.provider_user("bo", varld["A"]))

    assert bo.get(adress).status_code == 404
    assert bo.post(adress).status_code == 404


def test_staff_outside_the_region_is_refused_like_a_provider(varld):
    bo = regionen.provider_user("bo", varld["A"])
    bo.is_staff = bo.is_superuser = True
    bo.save()

    assert regionen.client(bo).get("/admin/").status_code == 404


def test_there_is_one_log_in_for_everybody(db):
    svar = Client().get("/admin/gvr/avtal/")

    assert svar.status_code == 302
    assert svar.headers["Location"] == "/admin/login/?next=/admin/gvr/avtal/"
    svar = Client().get(svar.headers["Location"])
    assert svar.headers["Location"] == f"{reverse('portal:login')}?next=/admin/gvr/avtal/"


def test_a_name_and_password_posted_to_the_admin_log_nobody_in(varld):
    regionen.staff("rune", roller.REVISOR)
    klient = Client()

    klient.post("/admin/login/", {"username": "rune", "password": "aldrig-använt-i-testerna"})

    assert "_auth_user_id" not in klient.session


def test_a_person_whose_account_is_stopped_is_out_at_once(anna):
    assert anna.get("/admin/").status_code == 200
    from django.contrib.auth import get_user_model  # noqa: PLC0415

    get_user_model().objects.filter(username="anna").update(is_active=False)

    assert anna.get("/admin/").status_code == 302


def test_the_admin_has_a_script_policy_of_its_own_and_the_portal_keeps_its_strict_one(anna):
    regionens = anna.get("/admin/").headers["Content-Security-Policy"]
    portalens = Client().get(reverse("portal:login")).headers["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-eval'" in regionens
    assert "'unsafe-inline'" not in regionens.split("script-src")[1].split(";")[0]
    assert "unsafe" not in portalens


def test_no_page_of_the_admin_is_kept_by_the_browser(anna):
    assert "no-store" in anna.get("/admin/gvr/avtal/").headers["Cache-Control"]


# What is never done here ------------------------------------------------------------------------


def test_nothing_at_all_is_deleted_in_the_admin(db):
    request = request_as(regionen.anna())

    for model in REGISTRERADE:
        assert not admin.site._registry[model].has_delete_permission(request), model._meta.label


@pytest.mark.parametrize("label", sorted(ALDRIG))
def test_money_receipts_and_logs_are_only_read(db, label):
    model = apps.get_model(label)
    model_admin = admin.site._registry.get(model)
    if model_admin is None:
        return  # it has no page of its own at all
    request = request_as(regionen.anna())

    assert not model_admin.has_add_permission(request)
    assert not model_admin.has_change_permission(request)


def test_every_append_only_table_is_on_the_list_above():
    for model in apps.get_models():
        if getattr(model, "skydd", None) == bas.TILLAGG and model in admin.site._registry:
            assert model._meta.label in ALDRIG


@pytest.mark.parametrize("model", REGISTRERADE, ids=lambda m: m._meta.label)
def test_every_list_that_travels_by_file_asks_for_permission_both_ways(db, model):
    model_admin = admin.site._registry[model]
    if not isinstance(model_admin, ImportExportMixin):
        return
    rune = request_as(regionen.staff("rune", roller.REVISOR))
    anna = request_as(regionen.anna())

    assert not model_admin.has_import_permission(rune)
    assert not model_admin.has_export_permission(rune)
    assert model_admin.has_import_permission(anna)
    assert model_admin.has_export_permission(anna)


def test_the_auditor_sees_everything_and_changes_nothing(db):
    request = request_as(regionen.staff("rune", roller.REVISOR))

    for model in REGISTRERADE:
        model_admin = admin.site._registry[model]
        assert model_admin.has_view_permission(request), model._meta.label
        assert not model_admin.has_add_permission(request), model._meta.label
        assert not model_admin.has_change_permission(request), model._meta.label


def test_no_role_can_delete_and_nobody_both_writes_and_lacks_reading(db):
    for namn, koder in roller.ROLLER.items():
        assert not [kod for kod in koder if ".delete_" in kod], namn
        for kod in koder:
            app, _, verb = kod.partition(".")
            if verb.startswith(("add_", "change_")):
                assert f"{app}.view_{verb.split('_', 1)[1]}" in koder, (namn, kod)


def test_making_the_roles_again_changes_nothing(db):
    fore = {namn: set(g.permissions.all()) for namn, g in roller.ensure_groups().items()}

    efter = {namn: set(g.permissions.all()) for namn, g in roller.ensure_groups().items()}

    assert fore == efter


# Lists ------------------------------------------------------------------------------------------


def test_a_list_stops_counting_at_its_cap(db, monkeypatch):
    verk = Kodverk.objects.create(kod="X", namn="X", kalla="test")
    Kod.objects.bulk_create(
        Kod(kodverk=verk, kod=str(n), giltig=("2020-01-01", None)) for n in range(30)
    )
    monkeypatch.setattr(Kapad, "tak", 20)
    sidor = Kapad(Kod.objects.order_by("pk"), 10)

    assert (sidor.count, sidor.num_pages, sidor.capped) == (20, 2, True)
    assert not Kapad(Kod.objects.filter(kod="1").order_by("pk"), 10).capped


@pytest.mark.parametrize("label", sorted(ALDRIG))
def test_a_list_that_grows_is_read_by_an_index_and_never_counted(anna, label, monkeypatch):
    """No count of the whole table, no sorting by column, the order is one an index has."""
    model = apps.get_model(label)
    model_admin = admin.site._registry.get(model)
    if model_admin is None:
        return
    assert isinstance(model_admin, Lista)
    assert model_admin.show_full_result_count is False
    assert model_admin.paginator is Kapad
    assert tuple(model_admin.sortable_by) == ()
    assert model_admin.date_hierarchy is None
    adress = reverse(f"admin:{label.lower().replace('.', '_')}_changelist")

    with CapturedSql() as fragor:
        assert anna.get(adress).status_code == 200

    (sidan,) = [sql for sql in fragor if f'FROM "{model._meta.db_table}"' in sql and "ORDER" in sql]
    assert sidan.rpartition("ORDER BY ")[2].split(".")[1].startswith(ORDNAD_EFTER[label])
    for sql in fragor:
        if "COUNT(*)" in sql and f'"{model._meta.db_table}"' in sql:
            assert "LIMIT 10001" in sql, sql


#: The first column of each list's order, which has an index of its own.
ORDNAD_EFTER = {
    **dict.fromkeys(ALDRIG, '"id"'),
    "gvr.Kvittens": '"sekvens"',
    "gvr.Delkvittens": '"sekvens"',
    "gvr.Deltagandearende": '"uuid"',
    "gvr.Nekatanrop": '"tid"',
    "gvr.Arende": '"skapad"',
    "hej.Kontaktlage": '"vardkontakt_id"',
}


class CapturedSql:
    """The statements of a block."""

    def __enter__(self):
        from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

        self._context = CaptureQueriesContext(connection)
        self._context.__enter__()
        self._sql = []
        return self

    def __exit__(self, *args):
        self._context.__exit__(*args)

    def __iter__(self):
        return iter([fraga["sql"] for fraga in self._context.captured_queries])


def test_the_list_of_contacts_asks_as_much_for_fifty_as_for_one(anna):
    kontakter.register("k-0", kontakter.innehall())
    with CapturedSql() as ett:
        anna.get("/admin/gvr/vardkontakt/")
    for nummer in range(1, 40):
        kontakter.register(f"k-{nummer}", kontakter.innehall())

    with CapturedSql() as manga:
        anna.get("/admin/gvr/vardkontakt/")

    assert len(list(manga)) <= len(list(ett))


def test_a_filter_on_an_unlisted_field_is_refused(anna):
    svar = anna.get("/admin/gvr/vardkontakt/?vardkontaktversion__patient_id=191212121212")

    assert svar.status_code == 400


def test_a_day_is_only_a_filter_together_with_a_provider(anna):
    svar = anna.get("/admin/hej/kontaktlage/?dag_from=2026-11-01", follow=True)

    assert "Välj också vårdgivare" in svar.content.decode()


# Swedish ----------------------------------------------------------------------------------------

PAKET = ("unfold", "import_export", "guardian")
EJ_ANVANT = (
    "simple_history",
    "constance",
    "location_field",
    "crispy",
    "grappelli",
    "/tests/",
    "/locale/",
)


def _texts(fil):
    """Return every translatable text of a template or module; pairs for plurals."""
    text = fil.read_text()
    if fil.suffix == ".py":
        for nod in ast.walk(ast.parse(text)):
            if not isinstance(nod, ast.Call) or not nod.args:
                continue
            namn = getattr(nod.func, "id", getattr(nod.func, "attr", ""))
            forsta = nod.args[0]
            if (
                namn in ("_", "gettext", "gettext_lazy")
                and isinstance(forsta, ast.Constant)
                and isinstance(forsta.value, str)
            ):
                yield forsta.value
        return
    yield from re.findall(r"{%\s*(?:trans|translate)\s+\"(.*?)\"", text)
    yield from re.findall(r"{%\s*(?:trans|translate)\s+'(.*?)'", text)
    yield from re.findall(r"""[:|=]_\('(.*?)'\)""", text)


def _package_files():
    import importlib.util  # noqa: PLC0415

    for paket in PAKET:
        rot = Path(importlib.util.find_spec(paket).origin).parent
        for fil in (*rot.rglob("*.html"), *rot.rglob("*.py")):
            if not any(ord_ in str(fil) for ord_ in EJ_ANVANT):
                yield fil


#: The same in both languages, or nothing but the names of other things.
LIKA = {"Format", "Filter", "Text", "Version", "%(class_name)s %(instance)s"}


def test_every_text_of_the_packages_has_a_swedish_one():
    """A new version of a package with a new text fails here before anybody meets it."""
    saknas = {
        (text, fil.name)
        for fil in _package_files()
        for text in _texts(fil)
        if text.strip() and gettext(text) == text and text not in LIKA
    }

    assert not saknas


def test_counts_of_hits_are_said_in_swedish():
    mall = (
        "\n                Found %(counter)s result in %(time)s seconds\n            ",
        "\n                Found %(counter)s results in %(time)s seconds\n            ",
    )

    assert "träff på" in ngettext(*mall, 1)
    assert "träffar på" in ngettext(*mall, 2)


class Synligt(HTMLParser):
    """The words a person sees or hears on a page."""

    def __init__(self):
        super().__init__()
        self.ord = []
        self._tyst = 0

    def handle_starttag(self, tag, attrs):
        """Take texts out of the attributes that are shown or read aloud."""
        namn = dict(attrs)
        if tag in ("script", "style") or "material-symbols" in (namn.get("class") or ""):
            self._tyst += tag not in ("input", "img", "br", "link", "meta")
        for attribut in ("placeholder", "title", "aria-label", "alt", "data-label"):
            if namn.get(attribut):
                self.ord.append(namn[attribut])

    def handle_endtag(self, tag):
        """Listen again after a script, a style or an icon."""
        if self._tyst and tag in ("script", "style", "span"):
            self._tyst -= 1

    def handle_data(self, data):
        """Take the text."""
        if not self._tyst:
            self.ord.append(data)


ENGELSKA = re.compile(
    r"\b(the|and|your|you|this|that|select|search|save|delete|add|change|history|view|close"
    r"|filters|results?|show|submit|actions?|users?|groups?|permissions?|yes|no|true|false"
    r"|from|to|next|previous|home|welcome|password|none|choose|type|apply|reset|date|time)\b",
    re.IGNORECASE,
)


def english(html):
    synligt = Synligt()
    synligt.feed(html)
    text = " ".join(synligt.ord)
    return sorted({ord_.group().lower() for ord_ in ENGELSKA.finditer(text)})


SIDOR = [
    "/admin/",
    "/admin/gvr/enhet/",
    "/admin/gvr/enhet/?q=finns-inte",
    "/admin/gvr/enhet/add/",
    "/admin/gvr/enhet/import/",
    "/admin/gvr/enhet/export/",
    "/admin/gvr/kod/",
    "/admin/gvr/kodverk/add/",
    "/admin/gvr/vardkontakt/",
    "/admin/gvr/maskinkonto/add/",
    "/admin/gvr/andring/",
    "/admin/gvr/loggpost/",
    "/admin/gvr/leverans/",
    "/admin/ersmo/regelpaket/",
    "/admin/ersmo/regelpaket/add/",
    "/admin/hej/prislista/",
    "/admin/hej/pris/",
    "/admin/hej/kontaktlage/",
    "/admin/vardfaktura/faktura/",
    "/admin/auth/user/",
    "/admin/auth/user/add/",
    "/admin/auth/group/add/",
    "/admin/password_change/",
    "/admin/vantar/",
    "/admin/kontroll/",
    "/admin/stang-manad/",
    "/admin/las-in-kodverk/",
]


@pytest.mark.parametrize("adress", SIDOR)
def test_no_page_has_english_left_overs(anna, adress):
    svar = anna.get(adress)

    assert svar.status_code == 200
    assert english(svar.content.decode()) == []


@pytest.mark.parametrize(
    "delad", ["change/", "history/", "permissions/", "permissions/user-manage/{user}/"]
)
def test_the_pages_of_one_unit_have_no_english_left_overs(anna, delad):
    enhet = Enhet.objects.first()
    anvandare = regionen.provider_user("bo", enhet.vardgivare)
    adress = f"/admin/gvr/enhet/{enhet.pk}/{delad.format(user=anvandare.pk)}"

    svar = anna.get(adress)

    assert svar.status_code == 200
    assert english(svar.content.decode()) == []


def test_the_scan_sees_english_where_there_is_some():
    assert english("<p>Select <b title='Delete'>x</b></p><script>the</script>") == [
        "delete",
        "select",
    ]


# The front page ---------------------------------------------------------------------------------


def test_the_front_page_is_the_chain_in_order(anna):
    svar = anna.get("/admin/")

    assert [steg["namn"] for steg in svar.context["steg"]] == [
        "1. GVR – gemensamt vårdregister",
        "2. ERSMO – produktkod",
        "3. HEJ – pris",
        "4. Vårdfaktura",
        "5. Avstämning",
        "Behörighet och granskning",
    ]
    meny = [grupp["title"] for grupp in svar.context["sidebar_navigation"] if grupp["title"]]
    assert meny == [steg["namn"] for steg in svar.context["steg"]]


def test_the_front_page_counts_what_waits_for_the_region(db):
    pengar.region()
    pengar.visit("okand", pengar.noon(kontakter.NU.date()).date(), enhet="90001311099")
    anna = regionen.client(regionen.anna())

    rutor = {ruta.namn: ruta for ruta in anna.get("/admin/").context["rutor"]}

    assert rutor["vantar"].antal == 1
    assert "90001311099" in rutor["vantar"].rader[0].text
    assert rutor["parkerat"].antal == 0


def test_the_front_page_shows_each_role_its_own_work(varld):
    kodansvarig = regionen.client(regionen.staff("karin", roller.KODANSVARIG))

    svar = kodansvarig.get("/admin/")

    assert [ruta.namn for ruta in svar.context["rutor"]] == ["avtal"]
    assert "Läs in kodverk" in svar.content.decode()


def test_the_palette_finds_a_contact_a_unit_and_a_provider_by_what_they_are_called(anna):
    behorigheter.create_machine_account(
        namn="Journal A", kallsystem="JOURNAL-A", hsa_id="", token="hemlig", vardgivare=[]
    )
    pk = kontakter.register("ABC-123", kontakter.innehall())
    kontakt = Vardkontakt.objects.get(pk=pk)
    regionen_kanner = {"ABC-123": "ABC-123", str(kontakt.uuid): "ABC-123", "90001311001": "Ekback"}

    for term, funnet in regionen_kanner.items():
        svar = anna.get("/admin/search/", {"s": term, "extended": "1"})
        assert funnet in svar.content.decode(), term
