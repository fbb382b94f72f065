"""Every word of the rule language, one hit and one miss at a time, in both engines."""

from datetime import date

import pytest

from ersattning.ersmo.core import exempel
from ersattning.ersmo.core.klassning import classify, classify_interpreted, compile_paket
from ersattning.ersmo.core.regelpaket import Regelpaket, parse

GRUND = {
    "enhet": "90001311001",
    "dag": date(2026, 3, 10),
    "btyp": "1",
    "taxa": "01",
    "akut": "N",
    "yrkeskategorier": ["01", "70"],
    "diagnoser": ["J069", "M545"],
    "atgarder": ["XV016", "UX013"],
    "lakemedel": ["A10BA02"],
    "tillstand": ["ASA2"],
    "produkter": ["KO70O"],
    "lkf": "018001",
    "basomrade": "1210151",
    "fodd": date(2008, 3, 10),
    "kon": "K",
    "ikod": "1",
    "ukod": "3",
    "vplan": "4",
    "remiss_fore": "90002312001",
    "remiss_efter": "SE2321000016-DEM4",
    "ers_uppdrag": "HUSL",
    "placering": {
        "uppdragstyp": "300",
        "avtalsegenskaper": {"arvodeskategori": "A"},
        "avgiftsavdrag": True,
    },
}


def pack(villkor, **mer):
    dokument = {
        "modell": "prov",
        "namn": "Prov",
        "avtalsomrade": "prov",
        "version": "1",
        "giltig": {"fr_o_m": "2020-01-01"},
        "kallor": ["Prov"],
        "regler": [
            {
                "id": "R",
                "titel": "Regel",
                "typ": "grund",
                "produktkod": "P",
                "kalla": "Prov",
                "villkor": villkor,
            }
        ],
        **mer,
    }
    paket = parse(dokument)
    assert isinstance(paket, Regelpaket), [a.text for a in paket]
    return paket


def outcome(villkor, kontakt, **mer):
    """Return whether the rule hits, or the reason when a fact is missing."""
    paket = pack(villkor, **mer)
    byggd = exempel.build(exempel.merge(GRUND, kontakt))
    svar = classify(byggd, compile_paket(paket))
    assert svar == classify_interpreted(byggd, paket)
    return bool(svar.rader) if svar.rader or svar.orsak == "INGEN_REGEL" else svar.orsak


@pytest.mark.parametrize(
    ("villkor", "kontakt", "svar"),
    [
        ({"form": "OPPENVARD"}, {}, True),
        ({"form": "OPPENVARD"}, {"form": "SLUTENVARD"}, False),
        ({"besokstyp": ["0", "1"]}, {}, True),
        ({"besokstyp": "0"}, {}, False),
        ({"besokstyp": "0"}, {"btyp": None}, False),
        ({"vktyp": "05"}, {"btyp": None, "vktyp": "05"}, True),
        ({"vktyp": "05"}, {}, False),
        ({"taxa": ["01", "02"]}, {}, True),
        ({"taxa": "10"}, {}, False),
        ({"akut": ["J", "1"]}, {"akut": "J"}, True),
        ({"akut": ["J", "1"]}, {}, False),
        ({"ikod": ["0", "1"]}, {}, True),
        ({"ukod": "7"}, {}, False),
        ({"vplan": "4"}, {}, True),
        ({"kon": "K"}, {}, True),
        ({"kon": "M"}, {}, False),
        ({"kombika": "90001*"}, {}, True),
        ({"kombika": "SE2321000016-DEM1"}, {"enhet": "SE2321000016-DEM1"}, True),
        ({"kombika": "90002312001"}, {}, False),
        ({"remiss_fore": "*"}, {}, True),
        ({"remiss_fore": "*"}, {"remiss_fore": None}, False),
        ({"remiss_efter": "SE2321000016-DEM4"}, {}, True),
        ({"ers_uppdrag": "HUSL"}, {}, True),
        ({"uppdragstyp": ["300", "301"]}, {}, True),
        ({"uppdragstyp": "607"}, {}, False),
        ({"avtalsegenskap": {"arvodeskategori": "A"}}, {}, True),
        ({"avtalsegenskap": {"arvodeskategori": "B"}}, {}, False),
        ({"avtalsegenskap": {"okand": ["*"]}}, {}, False),
        ({"avgiftsavdrag": True}, {}, True),
        ({"avgiftsavdrag": True}, {"placering": {"avgiftsavdrag": False}}, False),
        ({"avgiftsavdrag": False}, {"placering": {"avgiftsavdrag": False}}, True),
        ({"basomrade": "12*"}, {}, True),
        ({"basomrade": "13*"}, {}, False),
        ({"lan": {"ar": "01"}}, {}, True),
        ({"lan": {"ar": "01"}}, {"lkf": "038001"}, False),
        ({"lan": {"annat_an": "01"}}, {"lkf": "038001"}, True),
        ({"lan": {"annat_an": "01"}}, {}, False),
        ({"lan": {"annat_an": ["01", "33"]}}, {"lkf": "339901"}, False),
    ],
)
def test_a_word_about_one_code(villkor, kontakt, svar):
    assert outcome(villkor, kontakt) is svar


@pytest.mark.parametrize(
    ("fraga", "svar"),
    [
        ({"forsta": ["01-69"]}, True),
        ({"forsta": "70"}, False),
        ({"nagon": "70"}, True),
        ({"nagon": ["74", "75"]}, False),
        ({"alla": ["70", "01"]}, True),
        ({"alla": ["70", "91"]}, False),
        ({"ingen": "91"}, True),
        ({"ingen": "70"}, False),
        ({"minst_antal": 2}, True),
        ({"minst_antal": 3}, False),
        ({"minst_antal": 2, "av": ["01-69"]}, False),
        ({"en_av_varje": [["01-69"], ["70", "91"]]}, True),
        ({"en_av_varje": [["01-69"], ["91"]]}, False),
        ({"finns": True}, True),
        ({"finns": False}, False),
        ({"forsta": ["01-69"], "nagon": ["91"]}, False),
    ],
)
def test_a_word_about_professions(fraga, svar):
    assert outcome({"yrkeskategori": fraga}, {}) is svar


@pytest.mark.parametrize(
    ("yrken", "svar"), [(["01", "01"], False), (["01", "02"], True), (["01", "01", "70"], True)]
)
def test_different_professions_count_once_each(yrken, svar):
    fraga = {"yrkeskategori": {"minst_antal": 2, "olika": True}}

    assert outcome(fraga, {"yrkeskategorier": yrken}) is svar


@pytest.mark.parametrize(
    ("villkor", "svar"),
    [
        ({"diagnos": {"huvud": "J069"}}, True),
        ({"diagnos": {"huvud": "M545"}}, False),
        ({"diagnos": {"nagon": "M54*"}}, True),
        ({"diagnos": {"nagon": "A00-B99"}}, False),
        ({"diagnos": {"huvud": "J00-J99"}}, True),
        ({"atgard": {"nagon": ["XV016", "UU012"]}}, True),
        ({"atgard": {"ingen": ["GC001"]}}, True),
        ({"atgard": {"alla": ["XV016", "UU012"]}}, False),
        ({"lakemedel": {"nagon": "A10*"}}, True),
        ({"lakemedel": {"nagon": "N0*"}}, False),
        ({"tillstand": {"nagon": "ASA2"}}, True),
        ({"tillstand": {"ingen": "ASA*"}}, False),
        ({"produkt": {"nagon": "KO*"}}, True),
        ({"produkt": {"nagon": "2R*"}}, False),
    ],
)
def test_a_word_about_diagnoses_procedures_drugs_conditions_or_products(villkor, svar):
    assert outcome(villkor, {}) is svar


@pytest.mark.parametrize(
    ("granser", "fodd", "svar"),
    [
        ({"fran": 18}, date(2008, 3, 10), True),
        ({"fran": 18}, date(2008, 3, 11), False),
        ({"till": 17}, date(2008, 3, 11), True),
        ({"till": 17}, date(2008, 3, 10), False),
        ({"fran": 18, "till": 84}, date(1941, 3, 11), True),
        ({"fran": 18, "till": 84}, date(1941, 3, 10), False),
        ({"fran": 0, "till": 0}, date(2026, 3, 10), True),
    ],
)
def test_age_is_counted_on_the_day_of_care_with_both_bounds_inside(granser, fodd, svar):
    assert outcome({"alder": granser}, {"fodd": fodd}) is svar


@pytest.mark.parametrize(
    ("granser", "slutdag", "svar"),
    [
        ({"fran": 28}, date(2026, 4, 6), True),
        ({"fran": 28}, date(2026, 4, 5), False),
        ({"till": 1}, date(2026, 3, 10), True),
        ({"till": 1}, date(2026, 3, 11), False),
    ],
)
def test_length_counts_the_first_and_the_last_day(granser, slutdag, svar):
    assert outcome({"langd": granser}, {"slutdag": slutdag}) is svar


@pytest.mark.parametrize(
    ("villkor", "kontakt", "orsak"),
    [
        ({"lan": {"annat_an": "01"}}, {"lkf": None}, "LAN_SAKNAS"),
        ({"lan": {"ar": "01"}}, {"lkf": ""}, "LAN_SAKNAS"),
        ({"inte": {"lan": {"ar": "01"}}}, {"lkf": None}, "LAN_SAKNAS"),
        ({"alder": {"fran": 18}}, {"fodd": None}, "FODELSEDATUM_SAKNAS"),
        ({"inte": {"alder": {"fran": 18}}}, {"fodd": None}, "FODELSEDATUM_SAKNAS"),
        ({"kon": "K"}, {"kon": None}, "KON_SAKNAS"),
        ({"basomrade": "12*"}, {"basomrade": None}, "BASOMRADE_SAKNAS"),
        ({"langd": {"fran": 2}}, {}, "SLUTDAG_SAKNAS"),
        ({"lan": {"ar": "01"}, "alder": {"fran": 18}}, {"lkf": None}, "LAN_SAKNAS"),
    ],
)
def test_a_missing_fact_is_neither_a_hit_nor_a_miss(villkor, kontakt, orsak):
    assert outcome(villkor, kontakt) == orsak


def test_a_missing_fact_that_changes_nothing_is_no_obstacle():
    elsewhere = {"lan": {"ar": "01"}, "besokstyp": "9"}

    assert outcome(elsewhere, {"lkf": None}) is False
    assert outcome({"nagot_av": [{"lan": {"ar": "01"}}, {"taxa": "01"}]}, {"lkf": None}) is True


@pytest.mark.parametrize(
    ("villkor", "svar"),
    [
        ({"inte": {"taxa": "19"}}, True),
        ({"inte": {"taxa": "01", "besokstyp": "9"}}, True),
        ({"inte": {"taxa": "01", "besokstyp": "1"}}, False),
        ({"nagot_av": [{"taxa": "19"}, {"besokstyp": "1"}]}, True),
        ({"nagot_av": [{"taxa": "19"}, {"besokstyp": "9"}]}, False),
        ({"inte": {"nagot_av": [{"taxa": "19"}, {"besokstyp": "9"}]}}, True),
        ({"inte": {"nagot_av": [{"taxa": "19"}, {"besokstyp": "1"}]}}, False),
        ({"taxa": "01", "nagot_av": [{"inte": {"besokstyp": "1"}}, {"akut": "N"}]}, True),
    ],
)
def test_exceptions_and_alternatives(villkor, svar):
    assert outcome(villkor, {}) is svar


@pytest.mark.parametrize(("dag", "svar"), [(date(2026, 6, 30), True), (date(2026, 7, 1), False)])
def test_a_named_list_has_the_codes_of_the_day(dag, svar):
    grupper = [
        {
            "namn": "genomgang",
            "ord": "atgard",
            "perioder": [
                {"fr_o_m": "2026-01-01", "t_o_m": "2026-06-30", "koder": ["XV016"]},
                {"fr_o_m": "2026-07-01", "koder": ["XV017"]},
            ],
        }
    ]

    assert outcome({"atgard": {"nagon": "@genomgang"}}, {"dag": dag}, grupper=grupper) is svar


def test_a_list_without_codes_on_the_day_takes_in_nothing():
    grupper = [
        {"namn": "g", "ord": "atgard", "perioder": [{"fr_o_m": "2027-01-01", "koder": ["XV016"]}]}
    ]

    for sats in ("nagon", "alla"):
        assert outcome({"atgard": {sats: "@g"}}, {}, grupper=grupper) is False
    assert outcome({"atgard": {"ingen": "@g"}}, {}, grupper=grupper) is True


def test_the_whole_pack_asks_what_it_applies_to():
    assert outcome({"taxa": "01"}, {}, galler_for={"uppdragstyp": "300"}) is True
    assert outcome({"taxa": "01"}, {}, galler_for={"uppdragstyp": "607"}) is False


@pytest.mark.parametrize(
    ("kontakt", "orsak"),
    [
        ({"dag": date(2019, 12, 31)}, "UTANFOR_GILTIGHET"),
        ({"dag": date(2020, 1, 1)}, None),
        ({"dag": date(2024, 12, 31)}, None),
        ({"dag": date(2025, 1, 1)}, "UTANFOR_GILTIGHET"),
    ],
)
def test_a_pack_says_nothing_of_days_outside_its_validity(kontakt, orsak):
    paket = pack({"taxa": "01"}, giltig={"fr_o_m": "2020-01-01", "t_o_m": "2024-12-31"})
    byggd = exempel.build(exempel.merge(GRUND, kontakt))

    assert classify(byggd, compile_paket(paket)).orsak == orsak
    assert classify_interpreted(byggd, paket).orsak == orsak
