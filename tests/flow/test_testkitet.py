"""The conformance kit: the reference client passes, and each wrong client is told what is wrong."""

import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gvr_klient import kommandon
from gvr_klient.kit import korning
from gvr_klient.kit.domare import KRAV
from gvr_klient.kit.manus import SCENARIER
from tests.factories import felklient

NU = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
KLIENT = Path(__file__).resolve().parents[2] / "gvr" / "klient"
KIT_SIDA = KLIENT.parents[1] / "templates" / "portal" / "utvecklare" / "testkit.html"
FELKLIENT = Path(felklient.__file__)


@pytest.fixture(autouse=True)
def sokvag(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{KLIENT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")


def scenarier(*namn):
    return [s for s in SCENARIER if s.namn in namn]


def results(rapport):
    return {p.krav: p.resultat for p in rapport.krav}


def test_the_reference_client_meets_every_requirement(tmp_path, capsys):
    kod = kommandon.main(["kit", "--rapport", str(tmp_path)])
    sagt = capsys.readouterr().out
    dokument = json.loads((tmp_path / "rapport.json").read_text())
    sida = (tmp_path / "rapport.html").read_text()

    assert {p["krav"]: p["resultat"] for p in dokument["krav"]} == dict.fromkeys(KRAV, "GODKANT")
    assert (kod, dokument["godkand"]) == (0, True), sagt
    assert len(dokument["sha256"]) == 64
    assert "Referensklienten: Godkänd" in sida
    assert "<script" not in sida
    assert all(krav.titel in sida for krav in KRAV.values())


@pytest.mark.parametrize(
    ("fel", "brott", "namn"),
    [
        ("utan-omforsok", {"GOR_OM", "SLUTLAGE"}, ("grund", "svaret-bryts", "vanta")),
        ("samma-nyckel", {"NYCKEL_UNIK", "SLUTLAGE"}, ("grund", "svaret-bryts")),
        ("fel-ordning", {"ORDNING", "SLUTLAGE"}, ("grund", "svaret-bryts")),
    ],
)
def test_a_wrong_client_is_told_what_is_wrong_and_nothing_else(fel, brott, namn):
    rapport = korning.run(
        [sys.executable, str(FELKLIENT), fel],
        klient=fel,
        at=NU,
        scenarier=scenarier(*namn),
    )
    underkanda = {krav for krav, resultat in results(rapport).items() if resultat == "UNDERKANT"}

    assert underkanda == brott
    assert rapport.godkand is False
    assert all(p.iakttagelser for p in rapport.krav if p.krav in brott)


def test_what_was_not_tried_is_not_passed():
    rapport = korning.run(
        korning.reference_command(), klient="en", at=NU, scenarier=scenarier("anropet-bryts")
    )

    assert results(rapport)["KVITTENSER"] == "EJ_PROVAT"
    assert results(rapport)["GOR_OM"] == "GODKANT"
    assert rapport.godkand is False


def test_a_client_that_does_nothing_fails():
    rapport = korning.run(
        [sys.executable, "-c", ""], klient="ingen", at=NU, scenarier=scenarier("grund")
    )

    assert results(rapport)["SLUTLAGE"] == "UNDERKANT"
    assert results(rapport)["NYCKEL_FINNS"] == "EJ_PROVAT"


def test_the_page_of_the_kit_names_every_requirement():
    sida = KIT_SIDA.read_text()

    assert [k.id for k in KRAV.values() if k.titel not in sida or k.varfor not in sida] == []


def test_every_requirement_is_tried_by_some_scenario():
    provade = {krav for scenario in SCENARIER for krav in scenario.krav}

    assert provade == set(KRAV)
    assert all(re.fullmatch(r"[A-ZÅÄÖ].*[^.]", krav.titel) for krav in KRAV.values())
