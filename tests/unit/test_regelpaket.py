"""Reading and writing a rule pack: everything wrong is found at once, and nothing is lost."""

from copy import deepcopy
from datetime import date

import pytest
import yaml

from ersattning.ersmo.core.regel import Antal, Typ
from ersattning.ersmo.core.regelpaket import Regelpaket, content_hash, dump, parse
from ersattning.ersmo.core.villkor import Alla, Atom, Inte, NagotAv, Sats
from gvr.core.period import Period

DOKUMENT = yaml.safe_load("""
modell: "300"
namn: Prov
avtalsomrade: huslakarverksamhet
version: "2026:1"
giltig: {fr_o_m: 2026-01-01, t_o_m: 2026-12-31}
kallor: [Rapporteringsanvisningen]
grupper:
  - {namn: lakare, ord: yrkeskategori, text: läkare, koder: ["01-69"]}
tak:
  - {namn: atgarder, hogst: 2, text: Högst två åtgärder.}
utgangskontakt: {dag: 2026-03-10, btyp: "1"}
regler:
  - id: LAK
    titel: Läkarbesök
    kalla: Avsnitt 1
    typ: grund
    produktkod: LAK
    villkor:
      besokstyp: ["0", "1"]
      yrkeskategori: {forsta: ["@lakare"]}
      inte: {taxa: "19"}
    exklusivitetsgrupp: besok
    prioritet: 2
    exempel_falt: [villkor/besokstyp]
    exempel:
      - {namn: Ett besök, kontakt: {yrkeskategorier: ["01"]}, utfall: träff, rader: {LAK: 1}}
      - {namn: Ett annat, kontakt: {fodd: 1990-01-01}, utfall: miss, orsak: INGEN_REGEL}
  - id: HEM
    titel: Hembesök
    kalla: [Avsnitt 2, Avsnitt 3]
    typ: tillagg
    produktkod: HEM
    giltig: {fr_o_m: 2026-07-01}
    villkor:
      nagot_av:
        - besokstyp: "2"
        - atgard: {nagon: [XV016]}
    antal: {per_atgard: [XV016], hogst: 2}
    tak: atgarder
    kraver_grund: [LAK]
    utesluts_av: [LAK]
  - id: NEJ
    titel: Självbetalande
    kalla: Avsnitt 4
    typ: ingen
    orsak: {kod: SJALVBETALANDE, text: Patienten betalar själv., agare: VARDGIVARE}
    villkor: {taxa: "19"}
""")


def faults(**andringar):
    """Return (code, pointer) of each finding about the document with some fields replaced."""
    return {(a.kod, a.pekare) for a in findings({**DOKUMENT, **andringar})}


def findings(dokument):
    svar = parse(dokument)
    assert isinstance(svar, tuple), "the document was accepted"
    assert {a.agare for a in svar} == {"REGION"}
    return svar


def with_rule(**falt):
    """Return the document's first rule alone, with some fields replaced (None removes one)."""
    regel = {**DOKUMENT["regler"][0], **falt}
    return [{namn: value for namn, value in regel.items() if value is not None}]


def rule_faults(**falt):
    return {(kod, pekare) for kod, pekare in faults(regler=with_rule(**falt))}


def texts(**falt):
    return " ".join(a.text for a in findings({**DOKUMENT, "regler": with_rule(**falt)}))


def test_a_document_becomes_values():
    paket = parse(DOKUMENT)

    lak, hem, nej = paket.regler
    assert paket.giltig == Period(date(2026, 1, 1), date(2027, 1, 1))
    assert lak.villkor == Alla(
        (
            Atom(ord="besokstyp", sats=Sats.AR, koder=("0", "1")),
            Atom(ord="yrkeskategori", sats=Sats.FORSTA, koder=("@lakare",)),
            Inte(Alla((Atom(ord="taxa", sats=Sats.AR, koder=("19",)),))),
        )
    )
    assert isinstance(hem.villkor.delar[0], NagotAv)
    assert (hem.typ, hem.antal) == (Typ.TILLAGG, Antal(per_atgard=("XV016",), hogst=2))
    assert hem.giltig == Period(date(2026, 7, 1))
    assert (nej.produktkod, nej.orsak.kod) == ("", "SJALVBETALANDE")


def test_writing_and_reading_again_gives_the_same_pack():
    paket = parse(DOKUMENT)

    assert parse(dump(paket)) == paket
    assert parse(yaml.safe_load(yaml.safe_dump(dump(paket), allow_unicode=True))) == paket


@pytest.mark.parametrize(
    "falt",
    [
        {"antal": 3},
        {"villkor": {"atgard": {"en_av_varje": [["A01"], ["A02", "A03"], ["A04"]]}}},
        {"villkor": {"yrkeskategori": {"minst_antal": 2, "av": ["01"], "olika": True}}},
        {"villkor": {"nagot_av": [{"taxa": "01"}, {"inte": {"lan": {"annat_an": ["01"]}}}]}},
        {"villkor": {"langd": {"till": 28}, "avgiftsavdrag": False, "akut": "J"}},
    ],
)
def test_every_way_to_write_a_rule_survives_being_written_and_read(falt):
    paket = parse({**DOKUMENT, "regler": with_rule(exempel_falt=None, **falt)})

    assert isinstance(paket, Regelpaket)
    assert parse(dump(paket)) == paket


def test_everything_wrong_is_found_in_one_reading():
    fel = deepcopy(DOKUMENT)
    fel["modelll"] = fel.pop("modell")
    fel["regler"][0]["villkor"]["besokstypp"] = fel["regler"][0]["villkor"].pop("besokstyp")
    fel["regler"][1]["produktkod"] = None
    fel["regler"][2]["typ"] = "ingn"

    assert {(a.kod, a.pekare) for a in findings(fel)} >= {
        ("ERSMO001", "/modelll"),
        ("ERSMO002", "/modell"),
        ("ERSMO001", "/regler/0/villkor/besokstypp"),
        ("ERSMO002", "/regler/1/produktkod"),
        ("ERSMO001", "/regler/2/typ"),
    }


def test_an_unknown_word_is_an_error_with_a_suggestion():
    assert "Menade du besokstyp?" in texts(villkor={"besokstypp": "1"})
    assert "Menade du avtalsegenskap?" in texts(villkor={"avtalsegenskaper": {"a": "b"}})


@pytest.mark.parametrize("ord_", ["hogst_per_dag", "fonster", "hogst_per_ar"])
def test_a_condition_over_several_contacts_is_not_yet_a_word(ord_):
    assert rule_faults(villkor={ord_: 1}) == {
        ("ERSMO001", f"/regler/0/villkor/{ord_}"),
        ("ERSMO006", "/regler/0/exempel_falt"),
    }


@pytest.mark.parametrize("dokument", [None, [], "text", {}])
def test_something_that_is_no_document_is_refused(dokument):
    assert findings(dokument)


@pytest.mark.parametrize(
    ("andring", "fel"),
    [
        ({"modell": ""}, ("ERSMO002", "/modell")),
        ({"modell": "048, 156"}, ("ERSMO003", "/modell")),
        ({"version": 2026}, ("ERSMO003", "/version")),
        ({"kallor": []}, ("ERSMO002", "/kallor")),
        ({"kallor": [7]}, ("ERSMO003", "/kallor/0")),
        ({"giltig": {}}, ("ERSMO002", "/giltig/fr_o_m")),
        ({"giltig": "2026"}, ("ERSMO003", "/giltig")),
        ({"giltig": {"t_o_m": date(2026, 1, 1)}}, ("ERSMO002", "/giltig/fr_o_m")),
        ({"giltig": {"fr_o_m": "2026-13-01"}}, ("ERSMO003", "/giltig/fr_o_m")),
        ({"giltig": {"fr_o_m": "2026-02-01", "t_o_m": "2026-01-31"}}, ("ERSMO005", "/giltig")),
        ({"regler": []}, ("ERSMO002", "/regler")),
        ({"regler": {}}, ("ERSMO003", "/regler")),
        ({"regler": ["LAK"]}, ("ERSMO003", "/regler/0")),
        ({"galler_for": {"besok": "1"}}, ("ERSMO001", "/galler_for/besok")),
        ({"galler_for": {}}, ("ERSMO008", "/galler_for")),
        ({"utgangskontakt": []}, ("ERSMO003", "/utgangskontakt")),
        ({"utgangskontakt": {"btypp": "1"}}, ("ERSMO011", "/regler/0/exempel/0/kontakt")),
        ({"exempel_falt": ["modul"]}, ("ERSMO006", "/exempel_falt")),
        ({"tak": [{"namn": "atgarder"}]}, ("ERSMO002", "/tak/0/hogst")),
        ({"tak": [{"namn": "atgarder", "hogst": 0}]}, ("ERSMO003", "/tak/0/hogst")),
        ({"tak": 2 * [{"namn": "atgarder", "hogst": 2}]}, ("ERSMO004", "/tak/1/namn")),
        ({"grupper": [{"namn": "lakare", "koder": ["01"]}]}, ("ERSMO002", "/grupper/0/ord")),
        (
            {"grupper": [{"namn": "lakare", "ord": "alder", "koder": ["01"]}]},
            ("ERSMO001", "/grupper/0/ord"),
        ),
        ({"grupper": [{"namn": "lakare", "ord": "taxa"}]}, ("ERSMO002", "/grupper/0")),
        (
            {"grupper": [{"namn": "x", "ord": "taxa", "perioder": [{"koder": ["01"]}]}]},
            ("ERSMO002", "/grupper/0/perioder/0/fr_o_m"),
        ),
        (
            {"grupper": [{"namn": "x", "ord": "taxa", "koder": ["@y"]}]},
            ("ERSMO006", "/grupper/0/koder"),
        ),
    ],
)
def test_a_fault_in_the_pack_is_named_and_pointed_at(andring, fel):
    assert fel in {
        (kod, "/grupper/0/koder" if "koder/" in p else p) for kod, p in faults(**andring)
    }


def test_the_periods_of_a_list_may_not_overlap():
    perioder = [
        {"fr_o_m": "2026-01-01", "t_o_m": "2026-06-30", "koder": ["01"]},
        {"fr_o_m": "2026-06-30", "koder": ["02"]},
    ]
    grupper = [*DOKUMENT["grupper"], {"namn": "x", "ord": "taxa", "perioder": perioder}]

    assert faults(grupper=grupper) == {("ERSMO005", "/grupper/1/perioder/1")}


@pytest.mark.parametrize(
    ("falt", "fel"),
    [
        ({"id": "lak"}, "ERSMO003 /id"),
        ({"id": None}, "ERSMO002 /id"),
        ({"titel": None}, "ERSMO002 /titel"),
        ({"kalla": None}, "ERSMO002 /kalla"),
        ({"typ": "bas"}, "ERSMO001 /typ"),
        ({"produktkod": "lak 1"}, "ERSMO003 /produktkod"),
        ({"orsak": {"kod": "NEJ", "text": "Nej."}}, "ERSMO009 /orsak"),
        ({"exklusivitetsgrupp": None}, "ERSMO009 /prioritet"),
        ({"prioritet": 0}, "ERSMO003 /prioritet"),
        ({"prioritet": "1"}, "ERSMO003 /prioritet"),
        ({"tak": "besok"}, "ERSMO006 /tak"),
        ({"kraver_grund": True}, "ERSMO009 /kraver_grund"),
        ({"typ": "tillagg", "kraver_grund": False}, "ERSMO009 /kraver_grund"),
        ({"typ": "tillagg", "kraver_grund": ["SSK"]}, "ERSMO006 /kraver_grund"),
        ({"typ": "tillagg", "kraver_grund": ["ssk"]}, "ERSMO007 /kraver_grund"),
        ({"utesluts_av": ["SSK"]}, "ERSMO006 /utesluts_av"),
        ({"antal": 0}, "ERSMO003 /antal"),
        ({"antal": True}, "ERSMO003 /antal"),
        ({"antal": {"hogst": 2}}, "ERSMO002 /antal/per_atgard"),
        ({"antal": {}}, "ERSMO008 /antal"),
        ({"antal": {"per_atgard": []}}, "ERSMO008 /antal/per_atgard"),
        (
            {"antal": {"per_produkt": ["K*"], "per_atgard": ["XV016"]}},
            "ERSMO003 /antal/per_produkt",
        ),
        ({"giltig": {"fr_o_m": "2027-01-01"}}, "ERSMO005 /giltig"),
        ({"giltig": {"fr_o_m": "2025-12-31", "t_o_m": "2026-06-30"}}, "ERSMO005 /giltig"),
        ({"exempel_falt": ["villkor/taxor"]}, "ERSMO006 /exempel_falt"),
        ({"villkor": None}, "ERSMO002 /villkor"),
        ({"villkor": {}}, "ERSMO008 /villkor"),
        ({"villkor": []}, "ERSMO003 /villkor"),
        ({"typ": "ingen"}, "ERSMO009 /produktkod"),
        ({"typ": "ingen"}, "ERSMO002 /orsak"),
        ({"typ": "ingen", "orsak": {"kod": "INGEN_REGEL", "text": "X"}}, "ERSMO003 /orsak/kod"),
        ({"typ": "ingen", "orsak": {"kod": "NEJ"}}, "ERSMO002 /orsak/text"),
        (
            {"typ": "ingen", "orsak": {"kod": "NEJ", "text": "X", "agare": "NAGON"}},
            "ERSMO001 /orsak/agare",
        ),
        ({"exempel": [{"namn": "X", "utfall": "kanske"}]}, "ERSMO001 /exempel/0/utfall"),
        ({"exempel": [{"utfall": "miss"}]}, "ERSMO002 /exempel/0/namn"),
        ({"exempel": 2 * [{"namn": "X", "utfall": "miss"}]}, "ERSMO004 /exempel/1/namn"),
        (
            {"exempel": [{"namn": "X", "utfall": "miss", "kontakt": 1}]},
            "ERSMO003 /exempel/0/kontakt",
        ),
        (
            {"exempel": [{"namn": "X", "utfall": "miss", "kontakt": {"btyp": 1}}]},
            "ERSMO011 /exempel/0/kontakt",
        ),
        (
            {"exempel": [{"namn": "X", "utfall": "miss", "kontakt": {"patient_id": "1"}}]},
            "ERSMO011 /exempel/0/kontakt",
        ),
        (
            {"exempel": [{"namn": "X", "utfall": "miss", "kontakt": {"placering": {"avtal": 1}}}]},
            "ERSMO011 /exempel/0/kontakt",
        ),
        ({"exempel": [{"namn": "X", "utfall": "miss", "rader": []}]}, "ERSMO003 /exempel/0/rader"),
        (
            {"exempel": [{"namn": "X", "utfall": "träff", "rader": {"LAK": 0}}]},
            "ERSMO003 /exempel/0/rader/LAK",
        ),
    ],
)
def test_a_fault_in_a_rule_is_named_and_pointed_at(falt, fel):
    assert fel in {
        f"{kod} {pekare.removeprefix('/regler/0')}" for kod, pekare in rule_faults(**falt)
    }


@pytest.mark.parametrize(
    ("villkor", "fel"),
    [
        ({"besokstyp": 1}, "ERSMO007 /besokstyp"),
        ({"besokstyp": [1]}, "ERSMO007 /besokstyp/0"),
        ({"besokstyp": []}, "ERSMO008 /besokstyp"),
        ({"besokstyp": [None]}, "ERSMO003 /besokstyp/0"),
        ({"besokstyp": {"ar": "1"}}, "ERSMO003 /besokstyp"),
        ({"diagnos": {"huvud": "N96.9"}}, "ERSMO007 /diagnos/huvud"),
        ({"diagnos": {"forsta": "N969"}}, "ERSMO001 /diagnos/forsta"),
        ({"yrkeskategori": ["01"]}, "ERSMO003 /yrkeskategori"),
        ({"yrkeskategori": {}}, "ERSMO008 /yrkeskategori"),
        ({"yrkeskategori": {"forsta": "@lakarna"}}, "ERSMO006 /yrkeskategori/forsta"),
        ({"taxa": "@lakare"}, "ERSMO009 /taxa"),
        ({"yrkeskategori": {"av": ["01"], "nagon": "01"}}, "ERSMO009 /yrkeskategori/av"),
        ({"yrkeskategori": {"olika": True, "nagon": "01"}}, "ERSMO009 /yrkeskategori/olika"),
        ({"yrkeskategori": {"minst_antal": 0}}, "ERSMO003 /yrkeskategori/minst_antal"),
        ({"yrkeskategori": {"finns": "ja"}}, "ERSMO003 /yrkeskategori/finns"),
        ({"atgard": {"en_av_varje": [["A01"]]}}, "ERSMO008 /atgard/en_av_varje"),
        (
            {"atgard": {"en_av_varje": [["A01"], ["A02"]], "nagon": "A03"}},
            "ERSMO009 /atgard/en_av_varje",
        ),
        ({"kon": "F"}, "ERSMO007 /kon"),
        ({"form": "OPPEN"}, "ERSMO007 /form"),
        ({"alder": {}}, "ERSMO008 /alder"),
        ({"alder": {"fran": -1}}, "ERSMO003 /alder/fran"),
        ({"alder": {"fran": 20, "till": 19}}, "ERSMO003 /alder"),
        ({"alder": {"minst": 18}}, "ERSMO001 /alder/minst"),
        ({"lan": {}}, "ERSMO008 /lan"),
        ({"lan": "01"}, "ERSMO003 /lan"),
        ({"lan": {"inte": "01"}}, "ERSMO001 /lan/inte"),
        ({"avtalsegenskap": {}}, "ERSMO003 /avtalsegenskap"),
        ({"avtalsegenskap": "A"}, "ERSMO003 /avtalsegenskap"),
        ({"avtalsegenskap": {"x": " A"}}, "ERSMO007 /avtalsegenskap/x"),
        ({"avgiftsavdrag": "ja"}, "ERSMO003 /avgiftsavdrag"),
        ({"inte": {}}, "ERSMO008 /inte"),
        ({"inte": {"besok": "1"}}, "ERSMO001 /inte/besok"),
        ({"nagot_av": [{"taxa": "01"}]}, "ERSMO008 /nagot_av"),
        ({"nagot_av": {"taxa": "01"}}, "ERSMO003 /nagot_av"),
        ({"nagot_av": [{"taxa": "01"}, {"taxor": "02"}]}, "ERSMO001 /nagot_av/1/taxor"),
    ],
)
def test_a_fault_in_a_condition_is_named_and_pointed_at(villkor, fel):
    found = rule_faults(villkor=villkor, exempel_falt=None)

    assert fel in {f"{kod} {p.removeprefix('/regler/0/villkor')}" for kod, p in found}


def test_a_code_without_quotes_tells_how_to_write_it():
    villkor = yaml.safe_load("besokstyp: [0, 1]")

    assert 'inom citattecken, till exempel "01"' in texts(villkor=villkor)


def test_alternatives_that_multiply_too_far_are_refused():
    val = {"nagot_av": [{"taxa": f"0{n}"} for n in range(9)]}
    villkor = {"nagot_av": [val, {"inte": {"inte": {**val, "inte": {"inte": val}}}}]}

    assert rule_faults(villkor=villkor, exempel_falt=None) == {("ERSMO010", "/regler/0/villkor")}


def test_the_same_id_twice_is_refused():
    regler = [*DOKUMENT["regler"], *with_rule()]

    assert faults(regler=regler) == {("ERSMO004", "/regler/3/id")}


def test_a_rule_may_only_be_excluded_by_what_is_settled_before_it():
    lak, hem, nej = DOKUMENT["regler"]
    late = {**lak, "utesluts_av": ["HEM"]}
    early = {**lak, "id": "SSK", "produktkod": "SSK", "prioritet": 3, "utesluts_av": ["LAK"]}

    assert faults(regler=[late, hem, nej]) == {("ERSMO012", "/regler/0/utesluts_av")}
    assert isinstance(parse({**DOKUMENT, "regler": [early, lak, hem, nej]}), Regelpaket)


def test_a_rule_that_needs_a_certain_base_may_be_without_conditions_of_its_own():
    lak, hem, nej = DOKUMENT["regler"]
    bare = {namn: value for namn, value in hem.items() if namn not in ("villkor", "antal")}

    paket = parse({**DOKUMENT, "regler": [lak, bare, nej]})

    assert paket.regler[1].villkor == Alla(())
    assert parse(dump(paket)) == paket


def test_the_hash_is_of_the_content_and_not_of_how_it_is_written():
    other_order = dict(reversed(DOKUMENT.items()))
    as_json = dump(parse(DOKUMENT))

    assert content_hash(DOKUMENT) == content_hash(other_order)
    assert content_hash({"dag": date(2026, 1, 1)}) == content_hash({"dag": "2026-01-01"})
    assert content_hash(as_json) != content_hash({**as_json, "version": "2026:2"})
    assert len(content_hash(as_json)) == 64


def test_the_hash_refuses_what_json_does_not_know():
    with pytest.raises(TypeError, match="set"):
        content_hash({"regler": {1}})


def test_a_known_reason_has_words_and_an_unknown_one_is_an_error():
    paket = parse(DOKUMENT)

    assert paket.reason("LAN_SAKNAS").agare == "JOURNALSYSTEM"
    assert paket.reason("SJALVBETALANDE").titel == "Självbetalande"
    with pytest.raises(KeyError):
        paket.reason("NAGOT_ANNAT")


def test_a_pack_tells_on_which_days_its_rules_change():
    paket = parse(DOKUMENT)

    assert paket.break_days() == (date(2026, 1, 1), date(2026, 7, 1))
    assert [r.id for r in paket.rules_on(date(2026, 6, 30))] == ["LAK", "NEJ"]
    assert [r.id for r in paket.rules_on(date(2026, 7, 1))] == ["LAK", "HEM", "NEJ"]
    assert paket.rules_on(date(2027, 1, 1)) == ()
