"""Examples as proof, and the instruction that is written from the same document."""

import pytest

from ersattning.ersmo.core.anvisning import write_instruction
from ersattning.ersmo.core.klassning import Klassning, Produktrad
from ersattning.ersmo.core.provning import check_examples, contact_of, show
from ersattning.ersmo.core.regel import Exempel
from ersattning.ersmo.core.regelpaket import Regelpaket, parse

TRAFF = {"namn": "Träffar", "kontakt": {}, "utfall": "träff", "rader": {"LAK": 1}}
MISS = {"namn": "Missar", "kontakt": {"btyp": "9"}, "utfall": "miss", "orsak": "INGEN_REGEL"}


def pack(*regler, **mer):
    dokument = {
        "modell": "prov",
        "namn": "Prov",
        "avtalsomrade": "prov",
        "version": "2026:1",
        "giltig": {"fr_o_m": "2026-01-01"},
        "kallor": ["Anvisningen"],
        "utgangskontakt": {"dag": "2026-03-10", "btyp": "1", "taxa": "01"},
        "regler": [
            {
                "id": "LAK",
                "titel": "Läkarbesök",
                "typ": "grund",
                "produktkod": "LAK",
                "kalla": "Avsnitt 1",
                "villkor": {"besokstyp": "1"},
                "exempel": [TRAFF, MISS],
                **regel,
            }
            for regel in regler or ({},)
        ],
        **mer,
    }
    paket = parse(dokument)
    assert isinstance(paket, Regelpaket), [a.text for a in paket]
    return paket


def faults(*exempel):
    return [(a.kod, a.pekare, a.text) for a in check_examples(pack({"exempel": list(exempel)}))]


def test_a_rule_with_a_hit_and_a_miss_that_come_true_has_no_faults():
    assert faults(TRAFF, MISS) == []


@pytest.mark.parametrize(("exempel", "slag"), [(TRAFF, "missar"), (MISS, "träffar")])
def test_a_rule_needs_an_example_of_each_kind(exempel, slag):
    assert faults(exempel) == [
        ("ERSMO013", "/regler/0/exempel", f"Regeln LAK saknar ett exempel som {slag}.")
    ]


@pytest.mark.parametrize(
    ("exempel", "ord_"),
    [
        ({**TRAFF, "kontakt": {"btyp": "9"}}, "Besökstyp 9, men regeln gäller 1"),
        ({**TRAFF, "kontakt": {"dag": "2025-12-31"}}, "Regeln gäller inte den dagen"),
        ({**MISS, "namn": "X", "kontakt": {}}, "regeln skulle inte avgöra"),
        ({**TRAFF, "rader": {"LAK": 2}}, "vårdkontakten ger LAK × 1"),
        ({**MISS, "namn": "X", "orsak": "LAN_SAKNAS"}, "ger ingenting (INGEN_REGEL)"),
    ],
)
def test_an_example_that_does_not_come_true_says_why(exempel, ord_):
    (fel,) = faults(*(ett for ett in (TRAFF, MISS) if ett["namn"] != exempel["namn"]), exempel)

    assert fel[0] == "ERSMO014"
    assert ord_ in fel[2]


def test_a_rule_that_loses_its_group_says_to_which():
    regler = (
        {"exklusivitetsgrupp": "g", "prioritet": 1},
        {"id": "SSK", "produktkod": "SSK", "exklusivitetsgrupp": "g", "prioritet": 2},
    )

    assert any("LAK går före i gruppen g" in a.text for a in check_examples(pack(*regler)))


def test_an_example_that_cannot_be_a_contact_is_an_error_of_the_caller():
    with pytest.raises(ValueError, match="btypp"):
        contact_of(Exempel(namn="X", kontakt={"btypp": "1"}, traff=True), pack())


def test_the_same_product_from_two_rules_is_shown_together():
    rad = Produktrad("R", "LAK", "GRUND", 1, exempel=False)

    assert show(Klassning((rad, rad))) == "LAK × 2"


# The instruction ---------------------------------------------------------------------------------


def instruction():
    paket = pack(
        {
            "avsnitt": "Besök",
            "text": "Ett besök.",
            "exklusivitetsgrupp": "g",
            "prioritet": 1,
            "exempel_falt": ["produktkod"],
        },
        {
            "id": "SSK",
            "produktkod": "SSK",
            "avsnitt": "Besök",
            "exklusivitetsgrupp": "g",
            "prioritet": 2,
            "giltig": {"fr_o_m": "2026-07-01"},
            "villkor": {
                "yrkeskategori": {"forsta": ["@ssk"], "minst_antal": 2},
                "atgard": {"ingen": ["AA001"], "alla": ["AA002", "AA003"], "nagon": ["AA004"]},
                "diagnos": {"huvud": ["M54*"], "finns": True},
                "alder": {"fran": 18},
                "lan": {"annat_an": "01"},
                "avtalsegenskap": {"k": "A"},
                "avgiftsavdrag": False,
                "inte": {"taxa": "19"},
                "nagot_av": [{"taxa": "01", "besokstyp": "1"}, {"taxa": "02"}],
            },
        },
        {
            "id": "T",
            "produktkod": "T",
            "typ": "tillagg",
            "tak": "t",
            "utesluts_av": ["SSK"],
            "antal": {"per_atgard": ["XV016", "UX013"], "hogst": 2},
        },
        {"id": "T2", "produktkod": "T2", "typ": "tillagg", "tak": "u", "kraver_grund": ["LA*"]},
        tak=[{"namn": "t", "hogst": 2}, {"namn": "u", "hogst": 1, "text": "Högst ett."}],
        grupper=[{"namn": "ssk", "ord": "yrkeskategori", "text": "sjuksköterska", "koder": ["70"]}],
        galler_for={"uppdragstyp": "300"},
        inledning="Om besök.",
    )
    return write_instruction(paket, texter={"UPPDRAGSTYP": {"300": "Husläkare"}})


def test_an_instruction_has_headings_rules_and_lists():
    anvisning = instruction()

    assert [(a.rubrik, [r.regel_id for r in a.regler]) for a in anvisning.avsnitt] == [
        ("Besök", ["LAK", "SSK"]),
        ("Övrigt", ["T", "T2"]),
    ]
    assert [k.text for k in anvisning.galler_for] == ["Enhetens uppdrag är 300 – Husläkare"]
    assert [(rad.text, rad.koder) for rad in anvisning.listor] == [("sjuksköterska", ("70",))]
    assert (anvisning.inledning, anvisning.giltig) == ("Om besök.", "2026-01-01–")


def test_an_instruction_says_in_words_what_a_rule_asks():
    (_, ssk), _ = (avsnitt.regler for avsnitt in instruction().avsnitt)

    assert [krav.text for krav in ssk.krav] == [
        "Yrkeskategori (den första) är sjuksköterska",
        "Minst 2 yrkeskategorier är någon kod",
        "Minst en av åtgärder är AA004",
        "Åtgärder AA002 och AA003 finns",
        "Ingen av åtgärder är AA001",
        "Huvuddiagnosen är M54…",
        "Diagnos är angiven",
        "Ålder på vårddagen är minst 18 år",
        "Patientens län är ett annat än 01",
        "Avtalets egenskap k är A",
        "Avdrag för patientavgift görs inte enligt avtalet",
        "Gäller inte när:",
        "Ett av följande:",
    ]
    assert [krav.text for krav in ssk.krav[-2].delar] == ["Taxa är 19"]
    assert [krav.text for krav in ssk.krav[-1].delar] == [
        "Besökstyp är 1 och Taxa är 01",
        "Taxa är 02",
    ]
    assert ssk.giltig == "2026-07-01–"


def test_an_instruction_says_how_rules_go_together():
    (lak, ssk), (forsta, andra) = (avsnitt.regler for avsnitt in instruction().avsnitt)

    assert lak.dessutom == ()
    assert ssk.dessutom == ("Gäller när inget av LAK gäller.",)
    assert forsta.dessutom == (
        "Kräver en grundersättning.",
        "Betalas inte tillsammans med SSK.",
        "Tillsammans med andra under taket t högst 2.",
    )
    assert andra.dessutom == ("Kräver grundersättningen LA….", "Högst ett.")
    assert (lak.antal, forsta.antal) == ("1", "ett per åtgärd av XV016 eller UX013, högst 2")
    assert lak.exempel == (("Träffar", True), ("Missar", False))
