"""Every route, with every method, as every identity, gives the answer of atkomst.yaml."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

MATRIX = Path(__file__).with_name("atkomst.yaml")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFUSED = {401, 403, 404, 405, "login"}


@dataclass(frozen=True)
class Rutt:
    """A route of the resolver: its name with namespaces, and its pattern."""

    namn: str
    monster: str


def routes(resolver=None, namn="", monster=""):
    """Return every route, however deep."""
    funna = []
    for del_ in (resolver or get_resolver()).url_patterns:
        full = f"{monster}{del_.pattern}"
        if isinstance(del_, URLPattern):
            funna.append(Rutt(f"{namn}{del_.name}" if del_.name else full, full))
        else:
            rum = f"{namn}{del_.namespace}:" if del_.namespace else namn
            funna += routes(del_, rum, full)
    return funna


def rows():
    """Return the rows of the matrix by name or pattern."""
    return yaml.safe_load(MATRIX.read_text())["rutter"]


def row_of(namn):
    """Return the key of the row that speaks for the route: exact first, then longest pattern."""
    if namn in rows():
        return namn
    passar = [nyckel for nyckel in rows() if "*" in nyckel and fnmatchcase(namn, nyckel)]
    return max(passar, key=len, default=None)


def known():
    """Return the names of routes that have a row."""
    return sorted({rutt.namn for rutt in routes() if row_of(rutt.namn) is not None})


def answer(varld, identitet, metod, adress, rad):
    """Return the status of one operation as one identity, and undo what it did."""
    klient = Client(raise_request_exception=False)
    with transaction.atomic():
        huvud = varld.login(klient, identitet)
        kropp = {}
        if metod in ("POST", "PUT", "PATCH"):
            typ = {"content_type": "application/json"} if rad.get("json") else {}
            kropp = {"data": rad.get("kropp", {}), **typ}
        svar = getattr(klient, metod.lower())(adress, headers=huvud, **kropp)
        if getattr(svar, "streaming", False):
            b"".join(svar.streaming_content)
        transaction.set_rollback(True)
    if svar.status_code == 302 and "/login" in svar["Location"].replace("loggain", "login"):
        return "login"
    return svar.status_code


def address(varld, namn, rad):
    """Return the route's address with the arguments that the row names."""
    argument = {k: getattr(varld, v) for k, v in rad.get("objekt", {}).items()}
    return reverse(namn, kwargs=argument)


def test_every_route_has_a_row():
    saknas = sorted({rutt.namn for rutt in routes() if row_of(rutt.namn) is None})

    assert routes()
    assert saknas == [], "add them to atkomst.yaml"


def test_every_row_speaks_for_a_route():
    traffade = {row_of(rutt.namn) for rutt in routes()}

    assert sorted(set(rows()) - traffade) == []


def test_every_row_names_every_identity(varld):
    fel = [
        f"{nyckel} {metod}: {sorted(set(varld.IDENTITIES) ^ set(rad[metod]))}"
        for nyckel, rad in rows().items()
        for metod in METHODS
        if metod in rad and set(rad[metod]) != set(varld.IDENTITIES)
    ]

    assert fel == []


@pytest.mark.parametrize("namn", known() or ["(none)"])
def test_the_route_answers_as_the_matrix_says(varld, namn):
    assert namn != "(none)", "the matrix is empty"
    rad = rows()[row_of(namn)]
    adress = address(varld, namn, rad)
    fel = []

    for metod in METHODS:
        for identitet in varld.IDENTITIES:
            svar = answer(varld, identitet, metod, adress, rad)
            if metod in rad:
                if svar != rad[metod][identitet]:
                    fel.append(f"{metod} {identitet}: {svar}, not {rad[metod][identitet]}")
            elif svar not in REFUSED:
                fel.append(f"{metod} {identitet}: {svar}, but {metod} is not in the matrix")

    assert fel == []
