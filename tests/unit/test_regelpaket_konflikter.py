"""Conflicts between rules, found without contacts; and what is proved is never untrue."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ersattning.ersmo.core.bitmask import alternatives
from ersattning.ersmo.core.klassning import classify, compile_paket
from ersattning.ersmo.core.konflikter import find_conflicts, is_contradiction
from ersattning.ersmo.core.regelpaket import Regelpaket, parse
from ersattning.ersmo.core.villkor import evaluate
from tests.factories.regelstrategier import contacts, packs
from tests.factories.regler import bench_rules


def pack(*regler, **mer):
    dokument = {
        "modell": "prov",
        "namn": "Prov",
        "avtalsomrade": "prov",
        "version": "1",
        "giltig": {"fr_o_m": "2026-01-01", "t_o_m": "2026-12-31"},
        "kallor": ["Prov"],
        "regler": [
            {
                "id": f"R{nummer}",
                "titel": "Regel",
                "typ": "grund",
                "kalla": "Prov",
                **({} if regel.get("typ") == "ingen" else {"produktkod": f"P{nummer}"}),
                **regel,
            }
            for nummer, regel in enumerate(regler, 1)
        ],
        **mer,
    }
    paket = parse(dokument)
    assert isinstance(paket, Regelpaket), [a.text for a in paket]
    return paket


def same_place(*villkor, **mer):
    return pack(*({"villkor": v, "exklusivitetsgrupp": "g"} for v in villkor), **mer)


def codes(paket):
    return [(a.kod, a.pekare) for a in find_conflicts(paket)]


@pytest.mark.parametrize(
    ("ena", "andra"),
    [
        ({"besokstyp": "0"}, {"besokstyp": "1"}),
        ({"besokstyp": "0"}, {"inte": {"besokstyp": ["0", "1"]}}),
        ({"yrkeskategori": {"forsta": "01-69"}}, {"yrkeskategori": {"forsta": "70"}}),
        ({"diagnos": {"huvud": "M54*"}}, {"diagnos": {"huvud": "A00-B99"}}),
        ({"diagnos": {"huvud": "M54*"}}, {"diagnos": {"ingen": "M*"}}),
        ({"atgard": {"nagon": "XV016"}}, {"atgard": {"ingen": ["XV016", "UX013"]}}),
        ({"atgard": {"alla": ["XV016", "UX013"]}}, {"atgard": {"ingen": "UX013"}}),
        ({"atgard": {"nagon": "XV016"}}, {"inte": {"atgard": {"finns": True}}}),
        ({"atgard": {"minst_antal": 1}}, {"atgard": {"finns": False}}),
        ({"atgard": {"finns": True}}, {"atgard": {"ingen": "*"}}),
        ({"alder": {"till": 17}}, {"alder": {"fran": 18}}),
        ({"alder": {"fran": 18, "till": 20}}, {"inte": {"alder": {"fran": 18}}}),
        ({"lan": {"ar": "01"}}, {"lan": {"annat_an": ["01", "33"]}}),
        ({"avgiftsavdrag": True}, {"avgiftsavdrag": False}),
        ({"avgiftsavdrag": True}, {"inte": {"avgiftsavdrag": True}}),
        ({"avtalsegenskap": {"k": "A"}}, {"avtalsegenskap": {"k": "B"}}),
        (
            {"nagot_av": [{"taxa": "01"}, {"taxa": "02"}]},
            {"inte": {"nagot_av": [{"taxa": "01"}, {"taxa": "02"}]}},
        ),
    ],
)
def test_rules_that_cannot_both_apply_may_share_a_priority(ena, andra):
    assert codes(same_place(ena, andra)) == []
    assert codes(same_place(andra, ena)) == []


@pytest.mark.parametrize(
    ("ena", "andra"),
    [
        ({"besokstyp": ["0", "1"]}, {"besokstyp": ["1", "2"]}),
        ({"besokstyp": "0"}, {"taxa": "01"}),
        ({"yrkeskategori": {"forsta": "70"}}, {"yrkeskategori": {"nagon": "01"}}),
        ({"atgard": {"nagon": "XV016"}}, {"atgard": {"nagon": "UX013"}}),
        ({"atgard": {"nagon": "X*"}}, {"atgard": {"ingen": "XV016"}}),
        ({"alder": {"till": 18}}, {"alder": {"fran": 18}}),
        ({"avtalsegenskap": {"k": "A"}}, {"avtalsegenskap": {"m": "B"}}),
        ({"inte": {"taxa": "01"}}, {"inte": {"taxa": "02"}}),
    ],
)
def test_rules_that_may_both_apply_may_not_share_a_priority(ena, andra):
    assert codes(same_place(ena, andra)) == [("ERSMO020", "/regler/1")]


def test_rules_valid_on_different_days_do_not_meet():
    villkor = {"villkor": {"besokstyp": "0"}, "exklusivitetsgrupp": "g"}
    paket = pack(
        {**villkor, "giltig": {"fr_o_m": "2026-01-01", "t_o_m": "2026-06-30"}},
        {**villkor, "giltig": {"fr_o_m": "2026-07-01"}},
    )

    assert codes(paket) == []


def test_rules_that_exclude_each_other_are_settled_already():
    villkor = {"villkor": {"besokstyp": "0"}, "exklusivitetsgrupp": "g"}

    assert codes(pack(villkor, {**villkor, "utesluts_av": ["P1"]})) == [("ERSMO022", "/regler/1")]


@pytest.mark.parametrize(
    "villkor",
    [
        {"besokstyp": "0", "inte": {"besokstyp": "*"}},
        {"diagnos": {"huvud": "M54*", "ingen": "M*"}},
        {"atgard": {"alla": "@tom"}},
        {"atgard": {"nagon": "@tom"}},
        {"nagot_av": [{"taxa": "01", "inte": {"taxa": "0*"}}, {"atgard": {"nagon": "@tom"}}]},
    ],
)
def test_a_rule_whose_conditions_contradict_each_other_can_never_apply(villkor):
    tom = {"namn": "tom", "ord": "atgard", "perioder": [{"fr_o_m": "2027-01-01", "koder": ["A01"]}]}

    assert codes(pack({"villkor": villkor}, grupper=[tom])) == [("ERSMO021", "/regler/0")]


def test_a_rule_that_contradicts_what_the_pack_applies_to_can_never_apply():
    paket = pack({"villkor": {"uppdragstyp": "607"}}, galler_for={"uppdragstyp": "300"})

    assert codes(paket) == [("ERSMO021", "/regler/0")]


def test_an_add_on_that_can_never_meet_its_base_can_never_apply():
    paket = pack(
        {"villkor": {"besokstyp": "1"}},
        {"typ": "tillagg", "villkor": {"besokstyp": "2"}, "kraver_grund": ["P1"]},
    )

    assert codes(paket) == [("ERSMO021", "/regler/1")]


@pytest.mark.parametrize(
    ("forst", "sist"),
    [
        ({"besokstyp": ["0", "1"]}, {"besokstyp": "1", "taxa": "01"}),
        ({"diagnos": {"nagon": "M*"}}, {"diagnos": {"huvud": "M54*"}}),
        ({"alder": {"fran": 18}}, {"alder": {"fran": 20, "till": 30}}),
        (
            {"nagot_av": [{"taxa": "01"}, {"taxa": "02"}]},
            {"nagot_av": [{"taxa": "01", "besokstyp": "1"}, {"taxa": "02", "besokstyp": "2"}]},
        ),
    ],
)
def test_a_rule_behind_a_wider_one_never_decides(forst, sist):
    paket = pack(
        {"villkor": forst, "exklusivitetsgrupp": "g", "prioritet": 1},
        {"villkor": sist, "exklusivitetsgrupp": "g", "prioritet": 2},
    )

    assert codes(paket) == [("ERSMO022", "/regler/1")]


def test_a_rule_behind_a_wider_refusal_never_decides():
    nej = {"typ": "ingen", "villkor": {"taxa": ["19", "04"]}, "orsak": {"kod": "NEJ", "text": "N."}}

    assert codes(pack({"villkor": {"taxa": "19"}}, nej)) == [("ERSMO022", "/regler/0")]


def test_a_rule_behind_one_that_may_be_left_out_can_still_decide():
    paket = pack(
        {"villkor": {"besokstyp": "3"}},
        {
            "villkor": {"besokstyp": "1"},
            "exklusivitetsgrupp": "g",
            "prioritet": 2,
            "utesluts_av": ["P1"],
        },
        {"villkor": {"besokstyp": "1"}, "exklusivitetsgrupp": "g", "prioritet": 3},
    )

    assert codes(paket) == []


def test_five_hundred_rules_are_looked_through():
    assert all(a.kod.startswith("ERSMO02") for a in find_conflicts(bench_rules(500)))


# What is proved is true ---------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(packs(), st.lists(contacts(), min_size=1, max_size=10))
def test_no_contact_meets_an_alternative_that_is_proved_impossible(paket, kontakter):
    for kontakt in kontakter:
        if kontakt.placering is None or not paket.giltig.contains(kontakt.innehall.dag):
            continue
        listor = paket.lists_on(kontakt.innehall.dag)
        for regel in paket.regler:
            villkor = paket.condition_of(regel)
            if all(is_contradiction(a, listor) for a in alternatives(villkor)):
                svar = evaluate(villkor, kontakt.innehall, kontakt.placering, listor)
                assert svar is not True


@settings(max_examples=80, deadline=None)
@given(packs(), st.lists(contacts(), min_size=1, max_size=10))
def test_a_rule_that_is_called_dead_never_decides_anything(paket, kontakter):
    dead = {
        paket.regler[int(a.pekare.split("/")[2])].id
        for a in find_conflicts(paket)
        if a.kod in ("ERSMO021", "ERSMO022")
    }
    kompilerat = compile_paket(paket)

    for kontakt in kontakter:
        svar = classify(kontakt, kompilerat)
        assert svar.regel_id not in dead
        assert not dead & {rad.regel_id for rad in svar.rader}
