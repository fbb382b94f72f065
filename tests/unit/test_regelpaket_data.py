"""The rule packs that come with the system: proved by their examples, free of conflicts."""

from functools import cache
from pathlib import Path

import pytest
import yaml

from ersattning.ersmo.core.anvisning import write_instruction
from ersattning.ersmo.core.klassning import classify, classify_interpreted, compile_paket
from ersattning.ersmo.core.konflikter import find_conflicts
from ersattning.ersmo.core.provning import check_examples, contact_of
from ersattning.ersmo.core.regel import Typ
from ersattning.ersmo.core.regelpaket import Regelpaket, dump, parse

MAPP = Path(__file__).resolve().parents[2] / "ersattning" / "ersmo" / "data" / "regelpaket"
NAMN = sorted(fil.stem for fil in MAPP.glob("*.yaml"))

#: Codes that Region Stockholm has published. Every other product code is our own name.
OFFENTLIGA = {"2R168", "2R200", "KO70O"} | {
    *(f"2UL{n:02d}" for n in (*range(1, 7), *range(16, 31))),
    *("25157", "25158", "25160", "25163", "25175", "25182", "25183"),
}


@cache
def document(namn):
    return yaml.safe_load((MAPP / f"{namn}.yaml").read_text("utf-8"))


@cache
def pack(namn):
    paket = parse(document(namn))
    assert isinstance(paket, Regelpaket), [f"{a.pekare}: {a.text}" for a in paket]
    return paket


def reversed_keys(value):
    """Return the same document with the keys of every mapping in the opposite order."""
    if isinstance(value, dict):
        return {key: reversed_keys(item) for key, item in reversed(value.items())}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


def test_the_packs_are_those_that_have_a_public_source():
    assert NAMN == [
        "huslakarverksamhet",
        "lof",
        "lol",
        "rehabilitering-astma-kol",
        "rehabilitering-varmt-klimat",
        "specialiserad-gynekologi",
    ]


@pytest.mark.parametrize("namn", NAMN)
def test_every_rule_has_examples_that_hit_and_miss_and_come_out_as_they_say(namn):
    assert [a.text for a in check_examples(pack(namn))] == []


@pytest.mark.parametrize("namn", NAMN)
def test_no_two_rules_conflict_and_every_rule_can_apply(namn):
    assert [a.text for a in find_conflicts(pack(namn))] == []


@pytest.mark.parametrize("namn", NAMN)
def test_the_fast_and_the_plain_engine_agree_on_every_example(namn):
    paket = pack(namn)
    kompilerat = compile_paket(paket)

    for regel in paket.regler:
        for exempel in regel.exempel:
            kontakt = contact_of(exempel, paket)
            assert classify(kontakt, kompilerat) == classify_interpreted(kontakt, paket)


@pytest.mark.parametrize("namn", NAMN)
def test_a_pack_is_the_same_after_a_store_that_shuffles_its_keys(namn):
    assert parse(reversed_keys(document(namn))) == pack(namn)
    assert parse(reversed_keys(dump(pack(namn)))) == pack(namn)


@pytest.mark.parametrize("namn", NAMN)
def test_a_product_code_that_is_our_own_says_so(namn):
    for regel in pack(namn).regler:
        own = regel.typ is not Typ.INGEN and regel.produktkod not in OFFENTLIGA
        assert own is ("produktkod" in regel.exempel_falt), regel.id


@pytest.mark.parametrize("namn", NAMN)
def test_every_refusal_says_what_to_do_when_somebody_can_do_something(namn):
    for regel in pack(namn).regler:
        if regel.orsak is not None:
            assert bool(regel.orsak.atgard) is bool(regel.orsak.agare), regel.id


@pytest.mark.parametrize("namn", NAMN)
def test_the_instruction_has_every_rule_once_with_its_source(namn):
    anvisning = write_instruction(pack(namn))

    shown = [regel for avsnitt in anvisning.avsnitt for regel in avsnitt.regler]
    assert sorted(regel.regel_id for regel in shown) == sorted(r.id for r in pack(namn).regler)
    assert all(regel.kalla for regel in shown)
    assert all(avsnitt.rubrik for avsnitt in anvisning.avsnitt)
