"""ERSMO's cases, written so that the region can read them: what a contact earns, or why nothing.

The rule language is described in docs/regelsprak.md; its rule pack is read and tried from there.
"""

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from ersattning.ersmo.core import exempel
from ersattning.ersmo.core.klassning import classify, compile_paket, trace
from ersattning.ersmo.core.konflikter import find_conflicts
from ersattning.ersmo.core.provning import check_examples
from ersattning.ersmo.core.regel import Typ
from ersattning.ersmo.core.regelpaket import SAMVERKAN, Regelpaket, parse
from ersattning.ersmo.core.villkor import INTE, NAGOT_AV, ORD

ROOT = Path(__file__).resolve().parents[2]
PAKET = ROOT / "ersattning" / "ersmo" / "data" / "regelpaket"
DOKUMENT = ROOT / "docs" / "regelsprak.md"


def from_files():
    for fil in sorted((ROOT / "tests" / "cases" / "ersmo").glob("*.yaml")):
        for case in yaml.safe_load(fil.read_text("utf-8")):
            yield pytest.param(case, id=f"{fil.stem}: {case['namn']}")


@pytest.mark.parametrize("case", list(from_files()))
def test_a_case_comes_out_as_it_says(case):
    run(case)


def test_no_two_cases_have_the_same_name():
    namn = [param.id for param in from_files()]

    assert len(namn) > 50
    assert len(namn) == len(set(namn))


@pytest.mark.parametrize(
    "fel", [{"ger": {"HL-LAK": 2}}, {"ger": {}, "orsak": "INGEN_REGEL"}, {"kontakt": {"btyp": "9"}}]
)
def test_a_case_that_says_something_untrue_fails(fel):
    case = {"namn": "Osant", "paket": "huslakarverksamhet", "kontakt": {}}

    with pytest.raises(AssertionError):
        run({**case, "ger": {"HL-LAK": 1, "AVG-ENHET": 1}, **fel})


def test_a_word_that_no_case_knows_is_refused():
    with pytest.raises(TypeError, match="kontakten"):
        run({"namn": "Stavfel", "paket": "lol", "kontakten": {}})


# The description of the language ----------------------------------------------------------------


def test_the_described_pack_can_be_read_and_its_examples_are_true():
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", DOKUMENT.read_text("utf-8"), re.M | re.S)

    paket = parse(yaml.safe_load(block))

    assert isinstance(paket, Regelpaket), [a.text for a in paket]
    assert [a.text for a in (*check_examples(paket), *find_conflicts(paket))] == []
    assert {regel.typ for regel in paket.regler} == set(Typ)


def test_every_word_of_the_language_is_described_and_no_other():
    (section,) = re.findall(
        r"^## Vad en regel kan fråga$(.*?)^## ", DOKUMENT.read_text("utf-8"), re.M | re.S
    )
    rows = re.findall(r"^\| (`.*?) \|", section, re.M)

    assert {ord_ for row in rows for ord_ in re.findall(r"`(\w+)`", row)} == {
        *ORD,
        INTE,
        NAGOT_AV,
        SAMVERKAN,
    }


# Running a case ---------------------------------------------------------------------------------


def run(case):
    check(**{key: value for key, value in case.items() if key != "namn"})


@cache
def compiled(namn):
    paket = parse(yaml.safe_load((PAKET / f"{namn}.yaml").read_text("utf-8")))
    assert isinstance(paket, Regelpaket), [a.text for a in paket]
    return compile_paket(paket)


def check(*, paket, kontakt, ger=None, orsak=None):
    kompilerat = compiled(paket)
    byggd = exempel.build(exempel.merge(kompilerat.paket.utgangskontakt, kontakt))
    assert not isinstance(byggd, str), byggd

    svar = classify(byggd, kompilerat)

    assert ({rad.produktkod: rad.antal for rad in svar.rader}, svar.orsak) == (ger or {}, orsak)
    assert trace(byggd, kompilerat).klassning == svar
