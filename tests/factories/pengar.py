"""Contacts that have been decided and posted, and people who may approve: the way to an invoice.

One visit at Ekbacken gives 1 000 kr less a patient fee of 275 kr; taxa "02" has no fee. The
contract's compensation for VAT is left out unless a test asks for it.
"""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import uuid_utils.compat as uuid
from django.contrib.auth import get_user_model

from ersattning import kedja
from gvr.actions import behorigheter, delarenden
from gvr.core.period import Manad
from gvr.models import Avtal, Deltagande, Enhet, Samverkanstillfalle
from gvr.queries.behorighet import databaskontext
from tests import world
from tests.factories import kontakter, publicerat

STOCKHOLM = ZoneInfo("Europe/Stockholm")
OKTOBER, NOVEMBER, DECEMBER = Manad(2026, 10), Manad(2026, 11), Manad(2026, 12)
BESOK, AVGIFT = Decimal("1000.00"), Decimal("-275.00")

PAKET = {
    "modell": "besok",
    "namn": "Besök",
    "avtalsomrade": "huslakarverksamhet",
    "version": "1",
    "giltig": {"fr_o_m": date(2020, 1, 1)},
    "kallor": ["test"],
    "regler": [
        {
            "id": "BESOK",
            "titel": "Läkarbesök",
            "typ": "grund",
            "produktkod": "LAK",
            "kalla": ["test"],
            "villkor": {"besokstyp": ["1"], "yrkeskategori": {"forsta": ["01"]}},
        },
        {
            "id": "AVGIFT",
            "titel": "Patientavgift",
            "typ": "avdrag",
            "produktkod": "AVG",
            "kalla": ["test"],
            "villkor": {"taxa": ["01"]},
        },
    ],
}


def region(*, momskompensation=False):
    """Load the providers with one rule pack and one price list; return providers by key."""
    vardgivare = world.load_providers()
    Avtal.objects.update(momskompensation=momskompensation)
    publicerat.publish_pack(PAKET)
    prices("besok", LAK="1000.00", AVG="275.00")
    return vardgivare


def prices(kod, *, version=1, **kronor):
    """Publish a list with these prices for all days of care."""
    return publicerat.publish_prices(
        kod,
        "huslakarverksamhet",
        {
            produkt: {"belopp": Decimal(kr), "text": f"{produkt}-text"}
            for produkt, kr in kronor.items()
        },
        version=version,
    )


def at(manad, dag=5):
    """Noon on a day of the month after: when that month is closed and approved."""
    return noon(date(manad.next.ar, manad.next.manad, dag))


def noon(dag):
    """Noon in Sweden."""
    return datetime(dag.year, dag.month, dag.day, 12, tzinfo=STOCKHOLM)


def visit(namn, dag, *, decided=None, **falt):
    """Register a visit, or its next version, and decide it on the day of care or when told."""
    pk = kontakter.register(namn, kontakter.innehall(dag=dag, **falt), arende=False)
    decide(pk, at=decided or noon(dag))
    return pk


def cancel(namn, dag, *, decided):
    """Cancel a visit and decide what that takes back."""
    pk = kontakter.register(namn, kontakter.innehall(dag=dag), makulerad=True, arende=False)
    decide(pk, at=decided)
    return pk


def participation(namn, dag):
    """Register a part in a contact that never comes, and decide it."""
    enhet = Enhet.objects.get(kombika="90001311001")
    tillfalle, _ = Samverkanstillfalle.objects.get_or_create(
        huvud_kallsystem="JOURNAL-B", huvud_vardhandelse_id=namn
    )
    rad = Deltagande.objects.create(
        uuid=uuid.uuid7(),
        kallsystem="JOURNAL-A",
        extern_id=namn,
        version=1,
        vardgivare_id=enhet.vardgivare_id,
        enhet=enhet,
        avtal=Avtal.objects.get(ada_nummer="ADA-2024-0300"),
        dag=dag,
        tillfalle=tillfalle,
        innehall_sha256=b"",
        registrerad=noon(dag),
    )
    with databaskontext(alla=True):
        delarenden.enqueue([rad.uuid], at=noon(dag))
    kedja.decide_next(at=noon(dag))


def decide(*ids, at):
    """Decide contacts in a transaction that sees all of them, as the worker does."""
    with databaskontext(alla=True):
        kedja.decide(ids, at=at)


def attestant(vardgivare, namn="britta"):
    """Return a user who may approve the provider's invoices."""
    user = get_user_model().objects.create_user(namn)
    behorigheter.grant(user=user, permission=behorigheter.VIEW, vardgivare=[vardgivare])
    behorigheter.grant(user=user, permission=behorigheter.APPROVE, vardgivare=[vardgivare])
    return user
