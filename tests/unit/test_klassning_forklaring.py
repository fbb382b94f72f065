"""Explanations: what people read about one contact."""

from datetime import date

import msgspec
import pytest

from ersattning.ersmo.core import exempel
from ersattning.ersmo.core.forklaring import Sort
from ersattning.ersmo.core.klassning import compile_paket, trace
from ersattning.ersmo.core.regelpaket import Regelpaket, parse

TEXTER = {
    "BTYP": {"1": "återbesök"},
    "VDG": {"01": "läkare"},
    "LAN": {"03": "Uppsala"},
    "UPPDRAGSTYP": {"300": "Husläkarverksamhet"},
}
GRUND = {
    "dag": date(2026, 3, 10),
    "btyp": "1",
    "taxa": "01",
    "yrkeskategorier": ["01"],
    "diagnoser": ["J069"],
    "atgarder": ["XV016", "UX013"],
    "lkf": "038001",
    "fodd": date(1980, 5, 5),
    "kon": "K",
    "placering": {"uppdragstyp": "300", "avtalsegenskaper": {"arvodeskategori": "A"}},
}


def pack(*regler):
    dokument = {
        "modell": "prov",
        "namn": "Prov",
        "avtalsomrade": "prov",
        "version": "2026:1",
        "giltig": {"fr_o_m": "2020-01-01"},
        "kallor": ["Prov"],
        "galler_for": {"uppdragstyp": "300"},
        "grupper": [
            {"namn": "lakare", "ord": "yrkeskategori", "text": "läkare (01–69)", "koder": ["01-69"]}
        ],
        "regler": [
            {
                "id": f"R{nummer}",
                "titel": f"Regel {nummer}",
                "typ": "grund",
                "produktkod": f"P{nummer}",
                "kalla": "Avsnitt 1",
                **regel,
            }
            for nummer, regel in enumerate(regler, 1)
        ],
    }
    paket = parse(dokument)
    assert isinstance(paket, Regelpaket), [a.text for a in paket]
    return paket


def explained(*regler, kontakt=None, texter=None):
    byggd = exempel.build(exempel.merge(GRUND, kontakt or {}))
    return trace(byggd, compile_paket(pack(*regler)), texter=texter)


def sentence(villkor, kontakt=None, texter=TEXTER):
    """Return the sentence about one condition, and whether it was met."""
    (regel,) = explained({"villkor": villkor}, kontakt=kontakt, texter=texter).regler
    svar = regel.villkor[-1]
    return svar.text, svar.traff


@pytest.mark.parametrize(
    ("villkor", "text", "traff"),
    [
        (
            {"besokstyp": ["0", "1"]},
            "Besökstyp 1 – återbesök (regeln gäller 0 eller 1 – återbesök)",
            True,
        ),
        ({"besokstyp": "1"}, "Besökstyp 1 – återbesök", True),
        (
            {"besokstyp": ["8", "9"]},
            "Besökstyp 1 – återbesök, men regeln gäller 8 eller 9",
            False,
        ),
        ({"vktyp": "05"}, "Vårdkontakttyp saknas (regeln gäller 05)", False),
        ({"form": "OPPENVARD"}, "Kontaktform öppen vård", True),
        ({"kon": "M"}, "Patientens kön kvinna, men regeln gäller man", False),
        (
            {"yrkeskategori": {"forsta": "@lakare"}},
            "Yrkeskategori 01 – läkare (regeln gäller läkare (01–69))",
            True,
        ),
        (
            {"yrkeskategori": {"minst_antal": 2, "av": ["01-69", "70"], "olika": True}},
            "Yrkeskategorier: 01 – läkare, men regeln gäller minst 2 olika av 01–69 eller 70",
            False,
        ),
        ({"diagnos": {"huvud": "M54*"}}, "Huvuddiagnos J069, men regeln gäller M54…", False),
        ({"diagnos": {"finns": True}}, "Diagnos är angiven", True),
        (
            {"atgard": {"nagon": ["UU012", "XV016"]}},
            "Åtgärder: XV016 och UX013 (regeln gäller UU012 eller XV016)",
            True,
        ),
        (
            {"atgard": {"alla": ["XV016", "UU012"]}},
            "Åtgärder: XV016 och UX013, men regeln gäller XV016 och UU012",
            False,
        ),
        (
            {"atgard": {"ingen": ["XV016"]}},
            "Åtgärder: XV016 och UX013, men regeln gäller när ingen är XV016",
            False,
        ),
        (
            {"lakemedel": {"nagon": "*"}},
            "Läkemedel: inga, men regeln gäller någon kod",
            False,
        ),
        (
            {"alder": {"fran": 18, "till": 84}},
            "Ålder på vårddagen är 45 år (regeln gäller 18–84 år)",
            True,
        ),
        (
            {"alder": {"fran": 75}},
            "Ålder på vårddagen är 45 år, men regeln gäller minst 75 år",
            False,
        ),
        (
            {"alder": {"till": 17}},
            "Ålder på vårddagen är 45 år, men regeln gäller högst 17 år",
            False,
        ),
        (
            {"lan": {"annat_an": "01"}},
            "Patientens län 03 – Uppsala (regeln gäller ett annat än 01)",
            True,
        ),
        (
            {"avtalsegenskap": {"arvodeskategori": "B"}},
            "Avtalets egenskap arvodeskategori A, men regeln gäller B",
            False,
        ),
        ({"avgiftsavdrag": True}, "Avdrag för patientavgift görs enligt avtalet", True),
    ],
)
def test_a_condition_is_a_sentence_with_the_contacts_own_value_first(villkor, text, traff):
    assert sentence(villkor) == (text, traff)


def test_codes_stand_alone_where_no_texts_are_given():
    assert sentence({"besokstyp": "1"}, texter=None) == ("Besökstyp 1", True)


def test_a_missing_fact_is_told_apart_from_a_failed_condition():
    (regel,) = explained({"villkor": {"lan": {"ar": "01"}}}, kontakt={"lkf": None}).regler
    svar = regel.villkor[-1]

    assert svar.text == "Patientens län: uppgiften saknas i vårdkontakten"
    assert (svar.traff, svar.okand) == (False, True)


def test_a_row_without_codes_and_an_exempt_contract_have_sentences_too():
    assert sentence({"diagnos": {"huvud": "M54*"}}, {"diagnoser": []}) == (
        "Huvuddiagnos saknas (regeln gäller M54…)",
        False,
    )
    assert sentence({"avgiftsavdrag": True}, {"placering": {"avgiftsavdrag": False}}) == (
        "Avdrag för patientavgift görs inte enligt avtalet",
        False,
    )


def test_a_long_code_list_is_shortened():
    koder = [f"A{n:02d}" for n in range(20)]

    text, _ = sentence({"atgard": {"nagon": koder}})

    assert "A11 eller 8 till" in text


def test_what_holds_for_the_whole_pack_comes_first():
    (regel,) = explained({"villkor": {"besokstyp": "1"}}, texter=TEXTER).regler

    assert [svar.text for svar in regel.villkor] == [
        "Enhetens uppdrag 300 – Husläkarverksamhet",
        "Besökstyp 1 – återbesök",
    ]


def test_exceptions_and_alternatives_show_their_parts():
    villkor = {
        "inte": {"taxa": "19"},
        "nagot_av": [{"besokstyp": "9"}, {"besokstyp": "1", "taxa": "01"}],
    }

    (regel,) = explained({"villkor": villkor}).regler
    undantag, alternativ = regel.villkor[1:]

    assert (undantag.sort, undantag.traff) == (Sort.INTE, True)
    assert undantag.text == "Gäller inte när: Taxa är 19"
    assert undantag.delar[0].text == "Taxa 01, men regeln gäller 19"
    assert (alternativ.sort, alternativ.traff) == (Sort.NAGOT_AV, True)
    assert [(del_.sort, del_.traff) for del_ in alternativ.delar] == [
        (Sort.VILLKOR, False),
        (Sort.ALLA, True),
    ]


def test_the_deciding_rule_comes_first_then_the_nearest_miss():
    svar = explained(
        {"villkor": {"besokstyp": "9", "taxa": "10", "kon": "M"}},
        {"villkor": {"besokstyp": "1", "taxa": "10"}},
        {"villkor": {"besokstyp": "1"}, "exklusivitetsgrupp": "g", "prioritet": 2},
        {"villkor": {"taxa": "01"}, "exklusivitetsgrupp": "g", "prioritet": 1},
    )

    assert [(r.regel_id, r.ger, r.traff, r.fattas) for r in svar.regler] == [
        ("R4", True, True, 0),
        ("R3", False, True, 0),
        ("R2", False, False, 1),
        ("R1", False, False, 3),
    ]
    assert svar.regler[1].skal == "P4 går före i gruppen g."
    assert (svar.paket, svar.version) == ("Prov", "2026:1")


def test_the_distance_to_an_alternative_is_that_of_the_nearest():
    far = {"besokstyp": "9", "taxa": "10", "kon": "M"}
    near = {"besokstyp": "1", "taxa": "10"}

    (regel,) = explained({"villkor": {"nagot_av": [far, near]}}).regler
    (undantag,) = explained({"villkor": {"inte": {"besokstyp": "1", "taxa": "01"}}}).regler

    assert (regel.fattas, undantag.fattas) == (1, 1)


def test_a_refusal_explains_itself():
    nej = {
        "typ": "ingen",
        "produktkod": None,
        "villkor": {"taxa": "01"},
        "orsak": {"kod": "NEJ", "text": "Ersätts inte här."},
    }
    nej.pop("produktkod")
    paket = parse(
        {
            "modell": "prov",
            "namn": "Prov",
            "avtalsomrade": "prov",
            "version": "1",
            "giltig": {"fr_o_m": "2020-01-01"},
            "kallor": ["Prov"],
            "regler": [{"id": "NEJ", "titel": "Nej", "kalla": "Prov", **nej}],
        }
    )

    svar = trace(exempel.build(GRUND), paket)

    assert (svar.klassning.orsak, svar.orsakstext) == ("NEJ", "Ersätts inte här.")
    assert [r.ger for r in svar.regler] == [True]


# Hints -------------------------------------------------------------------------------------------


def test_a_hint_names_the_missing_fact_and_what_to_do():
    svar = explained({"villkor": {"lan": {"ar": "01"}}}, kontakt={"lkf": None})

    assert svar.klassning.orsak == "LAN_SAKNAS"
    assert svar.tips == (
        "Patientens län saknas. Skicka vårdkontakten igen med folkbokföringskoden (LKF).",
    )


@pytest.mark.parametrize(
    ("villkor", "kontakt", "ord_"),
    [
        ({"yrkeskategori": {"forsta": "01"}}, {"yrkeskategorier": []}, "Yrkeskategori saknas"),
        ({"besokstyp": "1"}, {"btyp": None}, "Besökstyp saknas"),
        ({"taxa": "01"}, {"taxa": None}, "Taxa saknas"),
        ({"diagnos": {"finns": True}}, {"diagnoser": []}, "Huvuddiagnos saknas"),
    ],
)
def test_a_fact_that_every_contact_carries_is_hinted_when_it_is_absent(villkor, kontakt, ord_):
    (tips,) = explained({"villkor": villkor}, kontakt=kontakt).tips

    assert ord_ in tips


@pytest.mark.parametrize(
    ("villkor", "kontakt"),
    [
        ({"besokstyp": "9"}, {}),
        ({"atgard": {"nagon": "AA001"}}, {"atgarder": []}),
        ({"diagnos": {"huvud": "M54*"}}, {}),
        ({"diagnos": {"huvud": "M54*"}}, {"diagnoser": []}),
        ({"diagnos": {"finns": True}, "kon": "M"}, {"diagnoser": []}),
        ({"taxa": "01"}, {"taxa": None, "form": "SLUTENVARD"}),
        ({"besokstyp": "1"}, {"btyp": None, "vktyp": "05"}),
        ({"alder": {"fran": 75}}, {}),
    ],
)
def test_another_code_that_would_have_paid_is_never_hinted(villkor, kontakt):
    svar = explained({"villkor": villkor}, kontakt=kontakt)

    assert svar.klassning.orsak == "INGEN_REGEL"
    assert svar.tips == ()


def test_a_paid_contact_gets_no_hints():
    svar = explained({"villkor": {"besokstyp": "1"}}, kontakt={"yrkeskategorier": []})

    assert svar.klassning.rader
    assert svar.tips == ()


def test_a_contact_without_a_place_is_explained_without_rules():
    kontakt = msgspec.structs.replace(exempel.build(GRUND), placering=None)

    svar = trace(kontakt, pack({"villkor": {"besokstyp": "1"}}))

    assert (svar.klassning.orsak, svar.regler, svar.tips) == ("PLACERING_SAKNAS", (), ())


def test_no_text_shows_who_the_patient_is():
    svar = explained({"villkor": {"alder": {"fran": 18}, "kon": "K", "lan": {"ar": "03"}}})

    everything = msgspec.json.encode(svar).decode()
    for secret in ("191212121212", "1980-05-05", "038001"):
        assert secret not in everything
