"""Every route, with every method, as every identity, gives the answer of atkomst.yaml."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest
import yaml
from django.db import transaction
from django.urls import URLPattern, get_resolver, reverse

MATRIX = Path(__file__).with_name("atkomst.yaml")
LOGIN_PAGES = ("/logga-in/", "/admin/login/")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFUSED = {400, 401, 403, 404, 405, 415, "login"}
STRONGEST = ("attestant_a", "sys_a", "administrator")
"""Who tries the methods that a row does not list: the one of each kind with the most rights."""


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


@cache
def rows():
    """Return the rows of the matrix by name or pattern."""
    return yaml.safe_load(MATRIX.read_text())["rutter"]


@cache
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
    klient = varld.clients[identitet]
    kakor = klient.cookies.copy()
    with transaction.atomic():
        kropp = {}
        if metod in ("POST", "PUT", "PATCH"):
            typ = {"content_type": "application/json"} if rad.get("json") else {}
            kropp = {"data": filled(varld, rad.get("kropp")), **typ}
        svar = getattr(klient, metod.lower())(adress, headers=rad.get("huvuden"), **kropp)
        if getattr(svar, "streaming", False):
            b"".join(svar.streaming_content)
        transaction.set_rollback(True)
    klient.cookies = kakor
    if svar.status_code == 302 and svar["Location"].split("?")[0] in LOGIN_PAGES:
        return "login"
    return svar.status_code


def filled(varld, falt):
    """Return the fields; a value that names an object of the world becomes that object's key."""
    if isinstance(falt, str):
        return getattr(varld, falt)
    return {
        namn: getattr(varld, varde, varde) if isinstance(varde, str) else varde
        for namn, varde in (falt or {}).items()
    }


def address(varld, namn, rad):
    """Return the route's address with the arguments that the row names."""
    argument = filled(varld, rad.get("objekt"))
    if "adress" in rad:
        return rad["adress"]
    if "/" in namn:  # a route without a name is known by its pattern
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda traff: str(argument[traff[1]]), namn)
    return reverse(namn, kwargs=argument)


def test_every_route_has_a_row():
    saknas = sorted({rutt.namn for rutt in routes() if row_of(rutt.namn) is None})

    assert routes()
    assert not saknas, "add to atkomst.yaml:\n" + "\n".join(saknas)


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
        for identitet in varld.IDENTITIES if metod in rad else others(rad):
            vantat = (rad.get(metod) or rad.get(rad.get("OVRIGA")) or {}).get(identitet)
            svar = answer(varld, identitet, metod, adress, rad)
            if vantat is None and svar not in REFUSED:
                fel.append(f"{metod} {identitet}: {svar}, but {metod} is not in the matrix")
            elif vantat is not None and svar != vantat:
                fel.append(f"{metod} {identitet}: {svar}, not {vantat}")

    assert not fel, "\n".join(fel)


def others(rad):
    """Return who tries the methods that the row does not list."""
    return ("administrator",) if "OVRIGA" in rad else STRONGEST
