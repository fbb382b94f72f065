"""The developer portal: open to all, true to the code, and complete."""

import html
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from avstamning.core import openapi
from avstamning.core.utvecklarkod import Sort
from avstamning.portal.utvecklare import GUIDER
from avstamning.queries import utvecklare
from ersattning.hej.core.orsaker import ORSAKER
from gvr.core.felkatalog import FELKATALOG

pytestmark = pytest.mark.django_db
SIDOR = [
    *(
        reverse(f"portal:{namn}")
        for namn in ("utvecklare", "referens", "guider", "testkit", "andringar")
    ),
    reverse("portal:felkatalog"),
    *(reverse("portal:guide", args=[namn]) for namn in GUIDER),
]


def text_of(svar):
    return html.unescape(re.sub(r"<[^>]+>", " ", svar.content.decode()))


@pytest.mark.parametrize("adress", SIDOR)
def test_every_page_is_open_to_all_and_has_no_script_of_its_own(client, adress):
    svar = client.get(adress)

    assert svar.status_code == 200
    skript = re.findall(r"<script[^>]*>(.*?)</script>", svar.content.decode(), re.S)
    assert [s for s in skript if s.strip()] == []
    assert "unsafe" not in svar.headers["Content-Security-Policy"]


def test_a_guide_that_does_not_exist_is_not_found(client):
    assert client.get("/utvecklare/guider/finns-inte/").status_code == 404


# Codes ------------------------------------------------------------------------------------------


def test_every_code_that_can_be_raised_is_described_and_nothing_else():
    """A new code: add it to avstamning/data/utvecklare/koder.yaml with why, English and a trial."""
    finns = {k.kod for k in utvecklare.codes().values() if k.sort is not Sort.REGIONEN}

    assert sorted(finns - set(utvecklare.descriptions())) == []
    assert sorted(set(utvecklare.descriptions()) - finns) == []


def test_every_code_named_in_the_source_where_findings_are_made_is_in_the_catalogue():
    """Not only what the catalogue knows, but every code that the source hands to it."""
    filer = subprocess.run(
        ["git", "ls-files", "gvr/*.py", "ersattning/*.py"],
        cwd=settings.ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    monster = re.compile(r"(?:\bfinding|Avvisat|Hinder|_refuse|_one)\(\s*\"([A-Z][A-Z0-9_]{3,})\"")
    namngivna = {
        kod for fil in filer for kod in monster.findall((Path(settings.ROOT) / fil).read_text())
    }

    assert len(namngivna) > 60
    assert sorted(namngivna - set(utvecklare.codes())) == []


@pytest.mark.parametrize("kod", sorted(set(FELKATALOG) | set(ORSAKER)))
def test_every_code_has_a_page_that_says_what_why_and_what_to_do(client, kod):
    svar = client.get(f"/utvecklare/fel/{kod}")
    text = text_of(svar)
    sagt = utvecklare.codes()[kod]

    assert svar.status_code == 200
    stycken = [sagt.titel, sagt.text, sagt.atgard, utvecklare.example(sagt)]
    if sagt.sort is not Sort.REGIONEN:
        assert sagt.varfor.endswith(".")
        assert sagt.en.endswith(".")
        stycken += [sagt.varfor, sagt.en]
    for stycke in stycken:
        assert stycke
        assert stycke in text


def test_the_address_in_a_refusal_is_a_page(client):
    svar = client.get("/api/v1/kvittenser")

    assert svar.json()["kod"] == "EJ_INLOGGAD"
    assert client.get(svar.json()["type"]).status_code == 200


def test_the_catalogue_lists_every_code_once(client):
    sida = client.get(reverse("portal:felkatalog")).content.decode()
    listade = re.findall(r'href="/utvecklare/fel/([A-Z0-9_]+)"', sida)

    assert sorted(listade) == sorted(utvecklare.codes())


def test_a_reason_of_a_decision_is_shown_as_a_receipt(client):
    kod = next(k for k in utvecklare.codes().values() if k.sort is Sort.BESLUT)

    assert '"niva": "K3"' in utvecklare.example(kod)


def test_a_code_that_does_not_exist_has_no_page(client):
    assert client.get("/utvecklare/fel/FINNS_INTE").status_code == 404


# Reference --------------------------------------------------------------------------------------


def test_the_reference_shows_every_operation_and_every_field(client):
    sida = client.get(reverse("portal:referens")).content.decode()
    avdelningar, scheman = utvecklare.reference()
    dokument = utvecklare._document()

    operationer = [o for avdelning in avdelningar for o in avdelning.operationer]
    assert len(operationer) == sum(
        metod in metoder for metoder in dokument["paths"].values() for metod in openapi.METODER
    )
    for o in operationer:
        assert f'id="{o.id}"' in sida
    for schema in scheman:
        assert f'id="schema-{schema.namn}"' in sida
    vardkontakt = next(s for s in scheman if s.namn == "Vardkontakt")
    assert {"vardhandelseId", "patientId", "diagnoser"} <= {f.namn for f in vardkontakt.falt}
    lankade = set(re.findall(r'href="#schema-(\w+)"', sida))
    assert lankade <= {s.namn for s in scheman}


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "string", "maxLength": 64}, "text, högst 64 tecken"),
        ({"type": "string", "minLength": 1, "maxLength": 1}, "text, 1 tecken"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "heltal"),
        ({"type": ["string", "null"], "format": "date"}, "dag, åååå-mm-dd"),
        ({"enum": ["K", "M", None]}, "K eller M"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Fel"}}, "lista av Fel"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "heltal från 1 till 9"),
        ({}, "valfritt"),
    ],
)
def test_a_schema_is_written_in_swedish(schema, text):
    assert openapi.type_text(schema) == text


# Changes ----------------------------------------------------------------------------------------


def test_the_changes_are_those_of_the_changelog(client):
    text = text_of(client.get(reverse("portal:andringar")))
    forsta = utvecklare.releases()[0]

    assert forsta.titel in text
    assert all(punkt in text for _, punkter in forsta.punkter for punkt in punkter)
