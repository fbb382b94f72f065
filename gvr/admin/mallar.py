"""Template filters of the admin: `{% load region %}`."""

from decimal import Decimal
from typing import Any

from django import template

from gvr.core import belopp
from gvr.queries import register as registret

register = template.Library()


@register.filter
def kr(value: Decimal | str | None) -> str:
    """Write an amount: 1 234,50 kr. A stored text ("1234.50") is an amount too."""
    if value in (None, ""):
        return "–"
    return belopp.format_kr(Decimal(value) if isinstance(value, str) else value)


@register.filter
def giltig(value: Any) -> str:
    """Write a stored period as first and last day, both inclusive."""
    return "" if value is None else str(registret.period(value))


@register.filter
def post(uppslag: dict[str, Any], nyckel: str) -> Any:
    """Look up a value by a key that is itself a value."""
    return uppslag.get(nyckel)


#: The outcomes of a decision, as the portal says them too.
_UTFALL = {
    "ERSATTS": "Ger ersättning",
    "INGEN_ERSATTNING": "Ger ingen ersättning",
    "VANTAR": "Väntar",
    "FEL": "Behöver rättas",
    "MAKULERAD": "Makulerad",
}
_TYP = {
    "INGEN": "Ersätts inte",
    "GRUND": "Grundersättning",
    "TILLAGG": "Tillägg",
    "AVDRAG": "Avdrag",
}


@register.filter
def utfall(kod: str) -> str:
    """Write the outcome of a decision in words."""
    return _UTFALL.get(kod, kod)


@register.filter
def typ(kod: str) -> str:
    """Write the kind of a row or a rule in words."""
    return _TYP.get(str(kod), str(kod))
