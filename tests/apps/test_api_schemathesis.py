"""The OpenAPI document is true: made-up requests of every kind are answered as it says.

The seed is fixed and what is made up is counted, not timed, so a failure comes back the next time.
Every operation is tried with random requests; one of each kind is also tried with every boundary of
every parameter. SCHEMATHESIS_EXEMPEL=200 makes up more and tries all with every boundary, and
SCHEMATHESIS_FRO=7 makes up something else.
"""

import os
import threading
import tomllib
from ipaddress import ip_address
from pathlib import Path

import pytest
import schemathesis
from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer
from django.db import connections
from schemathesis.engine import Status, events, from_schema

from gvr.actions import webhookpost
from gvr.queries.behorighet import databaskontext
from gvr.wsgi import application
from tests.factories.sandare import Sandare, besok, open_region

SETTINGS = Path(__file__).resolve().parents[2] / "docs" / "api" / "schemathesis.toml"
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXEMPEL", "6"))
WHOLE = "SCHEMATHESIS_EXEMPEL" in os.environ
ONE_OF_EACH = [
    "rapporteraVardkontakt",
    "hittaVardkontakt",
    "makuleraVardkontakt",
    "rapporteraVardkontakter",
    "levereraErsmoindata",
    "lasKvittenser",
    "lasVardhandelser",
    "rattaAktivitet",
    "avslutaVardansvar",
    "listaVardansvar",
]
SEED = os.environ.get("SCHEMATHESIS_FRO")


@pytest.fixture
def i_drift(egen_databas, monkeypatch):
    """The region in a database where commits are real, with something to find.

    A webhook's name is looked up when it is saved: here every name is a public address.
    """
    monkeypatch.setattr(webhookpost, "look_up", lambda vard, port: [ip_address("192.0.43.8")])
    with databaskontext(alla=True):
        open_region()
    sys_a = Sandare("token-A")
    sys_a.rapportera(besok("V1"), besok("V2"))
    return sys_a


class Quiet(WSGIRequestHandler):
    """A handler that says nothing of its requests."""

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def adress(i_drift):
    """The application on a port of its own, one request at a time."""
    server = WSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(application)

    def run():
        try:
            server.serve_forever(poll_interval=0.05)
        finally:
            connections.close_all()

    trad = threading.Thread(target=run)
    trad.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    trad.join()
    server.server_close()


def tried(schema):
    """Try the operations; return how many checks were made and what failed."""
    fel, antal = [], 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            for checks in event.recorder.checks.values():
                antal += len(checks)
                fel += [
                    f"{check.name}: {check.failure_info.failure}\n{check.failure_info.code_sample}"
                    for check in checks
                    if check.status is Status.FAILURE
                ]
        elif isinstance(event, events.NonFatalError | events.FatalError):
            fel.append(repr(event))
    return antal, fel


@pytest.mark.filterwarnings("default")  # the library's own
def test_made_up_requests_are_answered_as_the_document_says(i_drift, adress):
    config = schemathesis.Config.from_path(SETTINGS)
    config.update(max_failures=None, seed=int(SEED) if SEED else config.seed)
    config.projects.default.update(headers={"Authorization": f"Bearer {i_drift.token}"})
    config.projects.default.generation.update(max_examples=EXAMPLES)
    phases = config.projects.default.phases
    phases.coverage.enabled = WHOLE
    schema = schemathesis.openapi.from_url(f"{adress}/api/v1/schema/", config=config)
    antal, fel = tried(schema)
    if not WHOLE:
        phases.coverage.enabled = True
        phases.examples.enabled = phases.fuzzing.enabled = phases.stateful.enabled = False
        fler, andra = tried(schema.include(operation_id=ONE_OF_EACH))
        antal, fel = antal + fler, fel + andra

    assert not fel, "\n\n".join(dict.fromkeys(fel))
    assert antal > 10_000


def test_only_what_a_document_cannot_say_is_left_to_other_tests():
    settings = tomllib.loads(SETTINGS.read_text())

    assert {namn for namn, check in settings["checks"].items() if "enabled" in check} == {
        "use_after_free"
    }
    assert "400" not in settings["checks"]["positive_data_acceptance"]["expected-statuses"]
    undantag = {
        id_: (check, sorted(set(val["expected-statuses"]) & {"207", "400"}))
        for operation in settings["operations"]
        for id_ in operation["include-operation-id"]
        for check, val in operation["checks"].items()
    }
    assert undantag == {
        "hittaVardkontakt": ("positive_data_acceptance", ["400"]),
        "hittaOchMakuleraVardkontakt": ("positive_data_acceptance", ["400"]),
        "hittaVardtillfalle": ("positive_data_acceptance", ["400"]),
        "hittaInskrivning": ("positive_data_acceptance", ["400"]),
        "hittaOchMakuleraInskrivning": ("positive_data_acceptance", ["400"]),
        "hittaUtskrivning": ("positive_data_acceptance", ["400"]),
        "hittaOchMakuleraUtskrivning": ("positive_data_acceptance", ["400"]),
        "lasVardhandelser": ("positive_data_acceptance", ["400"]),
        "hamtaErsmoindata": ("positive_data_acceptance", ["400"]),
        "levereraErsmoindata": ("positive_data_acceptance", ["400"]),
        "rapporteraVardkontakter": ("negative_data_rejection", ["207", "400"]),
    }


def test_only_what_was_created_is_linked_to(client):
    svar = client.get("/api/v1/schema/", headers={"accept": "application/vnd.oai.openapi+json"})
    operationer = [op for vag in svar.json()["paths"].values() for op in vag.values()]

    lankar = {
        (op["operationId"], status): set(med["links"])
        for op in operationer
        for status, med in op["responses"].items()
        if "links" in med
    }

    assert {status for _, status in lankar} == {"201"}
    assert lankar["rapporteraDeltagande", "201"] == {
        "lasDeltagande",
        "rattaDeltagande",
        "makuleraDeltagande",
    }
    assert all(op["requestBody"]["required"] for op in operationer if "requestBody" in op)
