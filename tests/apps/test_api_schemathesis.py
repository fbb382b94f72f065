"""The OpenAPI document is true: made-up requests of every kind are answered as it says."""

import threading
from pathlib import Path

import pytest
import schemathesis
from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer
from django.db import connections
from schemathesis.engine import Status, events, from_schema

from gvr.queries.behorighet import databaskontext
from gvr.wsgi import application
from tests.factories.sandare import Sandare, besok, open_region

SETTINGS = Path(__file__).resolve().parents[2] / "docs" / "api" / "schemathesis.toml"
SECONDS = 50


@pytest.fixture
def i_drift(egen_databas):
    """The region in a database where commits are real, with something to find."""
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


@pytest.mark.filterwarnings("default")  # the library's own
def test_made_up_requests_are_answered_as_the_document_says(i_drift, adress):
    config = schemathesis.Config.from_path(SETTINGS)
    config.update(max_failures=None, max_time=SECONDS)
    config.projects.default.update(headers={"Authorization": f"Bearer {i_drift.token}"})
    schema = schemathesis.openapi.from_url(f"{adress}/api/v1/schema/", config=config)

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

    assert antal > 1000
    assert not fel, "\n\n".join(dict.fromkeys(fel))
