"""Journal systems that talk to the API, and what they report."""

import json
import re
import uuid
from datetime import datetime, time, timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gvr.actions import behorigheter
from tests import world

EKBACKEN = "90001311001"
CEDERLUND = "90002312001"
OKAND = "90001311009"
PATIENT = "191212121212"
FEL_KONTROLLSIFFRA = "191212121211"


class Sandare:
    """A journal system with a token. A POST gets a key of its own unless one is given."""

    def __init__(self, token):
        self.klient = Client(raise_request_exception=False)
        self.token = token

    def __call__(
        self,
        metod,
        adress,
        kropp=b"",
        *,
        nyckel="ny",
        mediatyp="application/json",
        huvud=None,
        **extra,
    ):
        if not isinstance(kropp, bytes):
            kropp = json.dumps(kropp).encode()
        huvud = {"Authorization": f"Bearer {self.token}", **(huvud or {})}
        if nyckel == "ny":
            nyckel = str(uuid.uuid4()) if metod == "POST" else None
        if nyckel is not None:
            huvud["Idempotency-Key"] = nyckel
        return self.klient.generic(
            metod, f"/api/v1/{adress}", kropp, content_type=mediatyp, headers=huvud, **extra
        )

    def rapportera(self, *kontakter, query=""):
        """Send a batch."""
        return self("POST", f"vardkontakter/batch{query}", list(kontakter))


def open_region():
    """Load the small world with two journal systems: A reports for A, B for B, C and D."""
    vardgivare = world.load_providers()
    for system, nycklar in (("A", "A"), ("B", "BCD")):
        behorigheter.create_machine_account(
            namn=f"Journalsystem {system}",
            kallsystem=f"JOURNAL-{system}",
            hsa_id="",
            token=f"token-{system}",
            vardgivare=[vardgivare[nyckel] for nyckel in nycklar],
        )
    return vardgivare


def yesterday():
    """Return a day of care that is always fine to report."""
    return timezone.localdate() - timedelta(days=1)


def noon():
    """Return a moment of today at which what was reported yesterday is decided."""
    return datetime.combine(timezone.localdate(), time(12), timezone.get_default_timezone())


def besok(vardhandelse_id="V1", **falt):
    """Return a plain visit at Ekbacken; name what the test is about. None takes a field away."""
    kontakt = {
        "vardhandelseId": vardhandelse_id,
        "enhet": {"kombika": EKBACKEN},
        "patientId": PATIENT,
        "dag": str(yesterday()),
        "btyp": "1",
        "taxa": "01",
        "yrkeskategorier": ["01"],
        "diagnoser": ["I109"],
        **falt,
    }
    return {namn: varde for namn, varde in kontakt.items() if varde is not None}


def codes(svar):
    """Return the codes of a problem document's findings, with their pointers."""
    return [(fel["kod"], fel["pekare"]) for fel in svar.json().get("fel", [])]


_AROUND = re.compile(
    r"^(BEGIN|COMMIT|SAVEPOINT|RELEASE|ROLLBACK)|set_config\('app.alla', '\w+', false"
)


def statements(run):
    """Return what a request says to the database; transactions and the test's own left out."""
    with CaptureQueriesContext(connection) as fragor:
        svar = run()
    assert svar.status_code < 300, svar.content
    satser = [str(fraga["sql"]) for fraga in fragor]
    return [sats for sats in satser if not _AROUND.search(sats)]
