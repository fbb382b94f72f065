"""Hostile input by file, connection, query and raw SQL: refused in words, never acted on."""

import gzip
import json
import socket
from itertools import cycle
from uuid import UUID
from wsgiref.simple_server import WSGIRequestHandler

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.servers.basehttp import WSGIServer
from django.core.signals import request_finished, request_started
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.urls import reverse

from avstamning.portal.urls import urlpatterns
from gvr.actions import ersmofiler
from gvr.admin import arbetsbok
from gvr.admin.arbetsbok import UnableToRead
from gvr.core import kodserver
from gvr.models import Enhet, Leverans, Vardkontakt
from gvr.wsgi import application
from tests.apps.test_import_listor import with_part, workbook
from tests.factories import portal, regionen
from tests.factories.sandare import EKBACKEN, Sandare, besok, open_region

# XML ---------------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
ATTACKS = {
    "billion laughs": '<!DOCTYPE x [<!ENTITY a0 "ha">' + LAUGHS + "]>",
    "quadratic blow-up": f'<!DOCTYPE x [<!ENTITY a11 "{"x" * 100_000}">]>',
    "external entity": '<!DOCTYPE x [<!ENTITY a11 SYSTEM "{adress}">]>',
    "external parameter entity": '<!DOCTYPE x [<!ENTITY % p SYSTEM "{adress}"> %p;]>',
    "external document type": '<!DOCTYPE x SYSTEM "{adress}">',
    "stylesheet and schema elsewhere": '<?xml-stylesheet href="{adress}"?>',
}
INNEHALL = "&a11;" * 1000


@pytest.fixture
def lyssnare():
    """A port that should never hear anything, and what has knocked on it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)

        def knocks():
            try:
                server.accept()[0].close()
            except BlockingIOError:
                return 0
            return 1

        yield f"http://127.0.0.1:{server.getsockname()[1]}/x", knocks


def as_ersmoindata(doctype, adress):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<ERSMOIndata Källa="GVR" ID="{INNEHALL}"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:noNamespaceSchemaLocation="{adress}"/>'
    )


def as_export(doctype, adress):
    return (
        f'<?xml version="1.0"?>{doctype}<termsystem xmlns:xi="http://www.w3.org/2001/XInclude">'
        f'<termitementry id="1"><xi:include href="{adress}"/>{INNEHALL}</termitementry>'
        "</termsystem>"
    )


def as_shared_strings(doctype, adress):
    return (
        f'<?xml version="1.0"?>{doctype}<sst xmlns:xi="http://www.w3.org/2001/XInclude"'
        ' xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<si><t><xi:include href="{adress}"/>{INNEHALL}</t></si></sst>'
    )


@pytest.mark.parametrize("fall", ATTACKS)
def test_no_xml_grows_or_reaches_out(fall, lyssnare):
    adress, knocks = lyssnare
    doctype = ATTACKS[fall].replace("{adress}", adress)

    filen = ersmofiler.read(as_ersmoindata(doctype, adress).encode())
    exporten = list(kodserver.read([as_export(doctype, adress).encode()], tabell="AVD"))
    delen = as_shared_strings(doctype, adress).encode()
    boken = with_part(workbook(("a",)), "xl/sharedStrings.xml", lambda _: delen)
    with pytest.raises(UnableToRead):
        arbetsbok.read(boken)

    assert {fel.kod for fel in filen} <= {"XML_OTILLATEN", "XML_TRASIG", "XML_SCHEMA"}
    assert [type(rad) for rad in exporten] == [kodserver.Filfel]
    assert knocks() == 0


def test_the_port_above_hears_who_does_knock(lyssnare):
    adress, knocks = lyssnare
    port = int(adress.rpartition(":")[2].removesuffix("/x"))

    with socket.create_connection(("127.0.0.1", port)):
        assert knocks() == 1


# The connection ----------------------------------------------------------------------------------


class Quiet(WSGIRequestHandler):
    """Says nothing of its requests."""

    def log_message(self, *args):
        """Say nothing."""


def over_the_wire(*bytes_):
    """Send these bytes as a request, close our half, and return the status and the code."""
    server = WSGIServer(("127.0.0.1", 0), Quiet, bind_and_activate=False)
    server.server_name, server.server_port = "localhost", 80
    server.setup_environ()
    server.set_app(application)
    var, deras = socket.socketpair()
    with var, deras, server.socket:
        var.sendall(b"".join(bytes_))
        var.shutdown(socket.SHUT_WR)
        Quiet(deras, ("127.0.0.1", 1), server)
        deras.shutdown(socket.SHUT_WR)
        svar = b"".join(iter(lambda: var.recv(65536), b""))
    huvud, _, kropp = svar.partition(b"\r\n\r\n")
    assert kropp, svar[:2000]
    return int(huvud.split()[1]), json.loads(kropp)


def head(langd, *, query="", extra=""):
    return (
        f"POST /api/v1/vardkontakter/batch{query} HTTP/1.1\r\nHost: localhost\r\n"
        "Authorization: Bearer token-A\r\nIdempotency-Key: samma\r\n"
        f"Content-Type: application/x-ndjson\r\nContent-Length: {langd}\r\n{extra}\r\n"
    ).encode()


RADER = [json.dumps(besok(f"V{n}")).encode() + b"\n" for n in range(10)]
HELA = b"".join(RADER)
DEL = len(HELA) * 6 // 10 + 7  # in the middle of a line
PACKAD = gzip.compress(HELA)
GZIP = "Content-Encoding: gzip\r\n"
ANTAL = "?antal=10"
# What was sent, the code it gets, and whether the key is still good for the whole.
CUT = {
    "cut at 60 %": (head(len(HELA)), HELA[:DEL], "AVKORTAD_KROPP", True),
    "cut between two lines": (head(len(HELA)), b"".join(RADER[:6]), "AVKORTAD_KROPP", True),
    "says too much": (head(len(HELA) + 100), HELA, "AVKORTAD_KROPP", True),
    "says too little": (head(DEL), HELA, "TRASIG_JSON", False),
    "lacks its last line": (
        head(len(HELA) - len(RADER[-1]), query=ANTAL),
        b"".join(RADER[:-1]),
        "FEL_ANTAL",
        False,
    ),
    "packed and cut": (
        head(len(PACKAD), extra=GZIP),
        PACKAD[: len(PACKAD) * 6 // 10],
        "AVKORTAD_KROPP",
        True,
    ),
    "packed of a cut file": (
        head(len(PACKAD) - 20, extra=GZIP),
        PACKAD[:-20],
        "TRASIG_PACKNING",
        True,
    ),
}


@pytest.fixture
def one_connection(db):
    """Let a request over the wire run in the test's own transaction, as Django's client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("fall", CUT)
def test_half_a_batch_registers_nothing_and_the_whole_can_be_sent_again(one_connection, fall):
    open_region()
    huvud, kropp, kod, nyckeln_kvar = CUT[fall]

    status, svar = over_the_wire(huvud, kropp)

    assert (svar["kod"], status) == (kod, 422 if kod == "FEL_ANTAL" else 400)
    assert not Vardkontakt.objects.exists()
    assert Leverans.objects.get().status == status
    igen = head(len(HELA))
    if not nyckeln_kvar:  # what came was whole, and another request than this
        igen = igen.replace(b"samma", b"en-ny")
    status, svar = over_the_wire(igen, HELA)
    assert (status, svar.get("accepterade")) == (200, 10), svar


# Queries -----------------------------------------------------------------------------------------

FRAGOR = ("ordering=-patient_id", "search=x", "patient__id=1", "dag__gte=2020-01-01", "$where=1",
          "fran[$gt]=", 'filter={"$ne":1}')  # fmt: skip
API = ("vardkontakter", "kvittenser", "vardhandelser", "inskrivningar", "utskrivningar",
       "vardansvar", "anropslogg", "anslutningstest", "utleveranser/ersmoindata",
       "vardkontakter/V1", "aktiviteter/A1", "deltaganden/D1", "vantetider/1",
       "flyttar/F1")  # fmt: skip


@pytest.mark.parametrize("fraga", FRAGOR)
def test_only_named_parameters_reach_a_question_by_the_api(db, fraga):
    open_region()
    sys_a = Sandare("token-A")

    svar = {vag: sys_a("GET", f"{vag}?{fraga}") for vag in API}

    assert {vag: s.status_code for vag, s in svar.items() if s.status_code != 400} == {}
    assert {s.json()["kod"] for s in svar.values()} == {"OKAND_PARAMETER"}


def each_asked(vagar):
    """Pair every address with one of the questions, in turn."""
    return zip(vagar, cycle(FRAGOR), strict=False)


def portal_pages():
    """Return an address of every page of the portal."""
    delar = {"uuid": UUID(int=1), "radnr": 1, "nyckel": "x", "omrade": "x", "kod": "x", "namn": "x"}
    for vag in urlpatterns:
        yield reverse(
            f"portal:{vag.name}", kwargs={namn: delar[namn] for namn in vag.pattern.converters}
        )


def test_only_named_parameters_reach_a_question_in_the_portal(db, client):
    """Every page there is, also one that takes none: a name nobody reads is a 400, not a shrug."""
    client.force_login(portal.user("vera", ser=[open_region()["A"]]))

    svar = {fall: client.get("?".join(fall)).status_code for fall in each_asked(portal_pages())}

    assert len(svar) > 60
    assert {fall: status for fall, status in svar.items() if status != 400} == {}


def test_only_a_lists_own_filters_reach_a_question_in_the_admin(db):
    open_region()
    anna = regionen.client(regionen.anna())
    listor = (
        reverse(f"admin:{modell._meta.app_label}_{modell._meta.model_name}_changelist")
        for modell in site._registry
    )

    svar = {fall: anna.get("?".join(fall)).status_code for fall in each_asked(listor)}

    oppna = {fall: status for fall, status in svar.items() if status != 403}
    assert len(oppna) > 40
    assert {fall: status for fall, status in oppna.items() if status != 400} == {}


# Periods -----------------------------------------------------------------------------------------

PERIODER = {
    "a day of another's": ("[2025-12-31,2026-02-02)", "overlappar_ej"),
    "the same day it ends": ("[2026-02-28,2026-03-31)", "overlappar_ej"),
    "the day after it ends": ("[2026-03-01,2026-03-31)", None),
    "open end over another": ("[2025-01-01,)", "overlappar_ej"),
    "open end after another": ("[2026-03-01,)", None),
    "a leap day alone": ("[2028-02-29,2028-03-01)", None),
    "no such leap day": ("[2026-02-29,2026-03-01)", "invalid|out of range"),
    "end before start": ("[2026-05-01,2026-04-01)", "lower bound"),
    "no day at all": ("[2026-05-01,2026-05-01)", "giltig_ej_tom"),
    "no first day": ("(,2020-01-01)", "giltig_ej_tom"),
}


def execute(sats, varden=()):
    """Say it to the database as it is, and have every constraint looked at."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sats, varden)
        cursor.execute("set constraints all immediate")


@pytest.mark.parametrize("fall", PERIODER)
def test_the_database_itself_refuses_periods_that_cannot_be(db, fall):
    period, vagran = PERIODER[fall]
    a = open_region()["A"]
    Enhet.objects.create(
        vardgivare=a, kombika="90009311001", namn="Först", giltig=("2026-02-01", "2026-03-01")
    )
    satt_in = (
        "insert into gvr_enhet (vardgivare_id, kombika, hsa_id, namn, giltig)"
        " values (%s, '90009311001', '', 'Sedan', %s::daterange)"
    )

    if vagran is None:
        execute(satt_in, [a.pk, period])
        return
    with pytest.raises(DatabaseError, match=vagran):
        execute(satt_in, [a.pk, period])


def test_a_row_is_never_there_twice_on_a_day_in_any_table(db):
    """A copy of a row, put in past every form and import, is refused by its table."""
    open_region()
    provade = []
    for modell in apps.get_models():
        if not any(isinstance(v, ExclusionConstraint) for v in modell._meta.constraints):
            continue
        tabell = modell._meta.db_table
        kolumner = ", ".join(f.column for f in modell._meta.local_fields if not f.primary_key)
        if not modell.objects.exists():
            continue
        provade.append(tabell)
        kopia = f"insert into {tabell} ({kolumner}) select {kolumner} from {tabell} limit 1"
        with pytest.raises(DatabaseError, match=r"overlappar|exclusion|unique"):
            execute(kopia)
    assert set(provade) >= {"gvr_enhet", "gvr_uppdrag", "gvr_avtal", "gvr_enhetsuppdrag"}


@pytest.mark.parametrize(
    ("fr_o_m", "t_o_m", "ord_"),
    [
        ("2021-12-31", "2022-01-01", "överlappar"),
        ("2027-01-01", "2026-12-31", "före"),
        ("2026-02-29", "", "giltigt datum"),
        ("2021-06-01", "2021-11-30", "lucka 2021-12-01–2021-12-31"),
        ("2020-02-29", "2021-12-31", None),
    ],
)
def test_a_form_says_what_is_wrong_with_a_period(db, fr_o_m, t_o_m, ord_):
    a = open_region()["A"]
    anna = regionen.client(regionen.anna())

    svar = anna.post(
        "/admin/gvr/enhet/add/",
        {
            "kombika": EKBACKEN,
            "namn": "Före",
            "hsa_id": "",
            "vardgivare": a.pk,
            "fr_o_m": fr_o_m,
            "t_o_m": t_o_m,
            "skal": "Beslut 2026-11",
        },
        follow=True,
    )

    text = svar.content.decode()
    assert ord_ is None or ord_ in text, text
    sparad = ord_ is None or ord_.startswith("lucka")
    assert Enhet.objects.filter(namn="Före").exists() is sparad
    assert sparad == ("errornote" not in text)
    assert ord_ is not None or "lucka" not in text


# Rules -------------------------------------------------------------------------------------------

REGLER = {
    "a pattern that backtracks": "taxa: ['(a+)+$']",
    "an import": "__import__('os').system('true'): true",
    "an expression": "taxa: [\"__import__('os')\"]",
    "a loop": "loop: {antal: 1000000000}",
    "recursion": "nagot_av: &x [*x, *x]",
    "nesting without end": "inte: {" * 40 + "taxa: ['01']" + "}" * 40,
}


@pytest.mark.parametrize("fall", REGLER)
def test_a_rule_that_is_a_programme_is_refused_when_it_is_saved(db, fall):
    from ersattning.ersmo.models import Regelpaket  # noqa: PLC0415 - needs Django

    open_region()
    anna = regionen.client(regionen.anna())
    villkor = REGLER[fall]
    text = f"""\
modell: ELAK
namn: Elak
avtalsomrade: huslakarverksamhet
version: "1"
giltig: {{fr_o_m: 2026-01-01}}
kallor: [Test]
regler:
- id: R1
  titel: Regel
  kalla: Test
  typ: grund
  produktkod: LAK
  villkor:
    {villkor}
"""

    svar = anna.post(reverse("admin:ersmo_regelpaket_add"), {"text": text, "skal": "Prov"})

    assert svar.status_code == 200
    assert svar.context["fynd"], "ingenting sades"
    assert not Regelpaket.objects.filter(modell="ELAK").exists()
