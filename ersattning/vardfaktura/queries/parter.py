"""The buyer of every invoice and the accounts of its ledger, as this installation has set them."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from ersattning.vardfaktura.core.fakturering import Kontoplan, Part

_MALL = Path(__file__).resolve().parents[1] / "data" / "faktura.typ"


def buyer() -> Part:
    """Return the region as buyer."""
    return Part(**_setting("KOPARE"))


def reference() -> str:
    """Return the buyer's reference of contracts that have none of their own."""
    return str(_setting("ER_REFERENS"))


def accounts() -> Kontoplan:
    """Return the accounts that approved invoices are entered on."""
    return Kontoplan(**_setting("KONTOPLAN"))


def due(day: date) -> date:
    """Return the day an invoice of this day is to be paid."""
    return day + timedelta(days=int(_setting("BETALNINGSDAGAR")))


@cache
def template() -> bytes:
    """Return the typst template of the PDF."""
    return _MALL.read_bytes()


def _setting(name: str) -> Any:
    return settings.VARDFAKTURA[name]
