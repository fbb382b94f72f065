"""Rules about participation: read, kept apart from rules about contacts, proved and explained."""

from copy import deepcopy
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ersattning.ersmo.core.anvisning import write_instruction
from ersattning.ersmo.core.klassning import classify, classify_interpreted, compile_paket
from ersattning.ersmo.core.konflikter import find_conflicts
from ersattning.ersmo.core.provning import check_examples
from ersattning.ersmo.core.regelpaket import dump, parse
from gvr.core.vardkontakt import Innehall, Kontakt, Placering

DOKUMENT = yaml.safe_load("""
modell: prov
namn: Prov
avtalsomrade: prov
version: "1"
giltig: {fr_o_m: 2026-01-01}
kallor: [Prov]
utgangskontakt: {dag: 2026-03-10, btyp: "A", yrkeskategorier: ["77"]}
regler:
  - id: BESOK
    titel: Besök
    kalla: Prov
    typ: grund
    produktkod: BESOK
    villkor: {besokstyp: A}
    exempel:
      - {namn: A, kontakt: {}, utfall: träff, rader: {BESOK: 1}}
      - {namn: B, kontakt: {btyp: "B"}, utfall: miss}
  - id: DEL
    titel: Deltagande
    kalla: Prov
    typ: grund
    produktkod: DEL
    villkor:
      samverkan: {roll: [konsult, samordnare]}
      yrkeskategori: {nagon: ["77"]}
    exempel:
      - {namn: Konsult, kontakt: {}, utfall: träff, rader: {DEL: 1}}
      - {namn: Samordnare, roll: samordnare, kontakt: {}, utfall: träff}
      - {namn: Medverkande, roll: medverkande, kontakt: {}, utfall: miss, orsak: ENBART_TILLAGG}
  - id: ALLA
    titel: Alla som deltar
    kalla: Prov
    typ: tillagg
    produktkod: ALLA
    kraver_grund: [DEL]
    villkor: {samverkan: {roll: deltagare}}
    exempel:
      - {namn: Läkare, kontakt: {yrkeskategorier: ["01"]}, utfall: miss}
      - {namn: Sjuksköterska, kontakt: {}, roll: konsult, utfall: träff, rader: {DEL: 1, ALLA: 1}}
""")
DOKUMENT["regler"][1]["exempel"][0]["rader"] = {"DEL": 1, "ALLA": 1}


@pytest.fixture(scope="module")
def paket():
    paket = parse(DOKUMENT)
    assert not isinstance(paket, tuple), [(a.pekare, a.text) for a in paket]
    return paket


def kontakt(**falt):
    return Kontakt(
        kontakt_id=1,
        version=1,
        nyckel=("S", "1"),
        innehall=Innehall(
            enhet="90001311001", patient_id="191212121212", dag=date(2026, 3, 10), **falt
        ),
        placering=Placering(
            vardgivare_id=1,
            enhet_id=1,
            uppdragstyp="300",
            uppdrag_id=1,
            avtal_id=1,
            avtalsomrade="prov",
        ),
    )


def faults(andra):
    dokument = deepcopy(DOKUMENT)
    andra(dokument)
    svar = parse(dokument)
    assert isinstance(svar, tuple), "the document was accepted"
    return [(a.kod, a.pekare) for a in svar]


def test_the_pack_is_proved_and_written_back_with_its_rules_about_participation(paket):
    assert check_examples(paket) == ()
    assert find_conflicts(paket) == ()
    assert parse(dump(paket)) == paket
    assert [regel.samverkan for regel in paket.regler] == [
        (),
        ("konsult", "samordnare"),
        ("deltagare",),
    ]


@given(
    btyp=st.sampled_from(["A", "B", "1", None]),
    yrken=st.lists(st.sampled_from(["77", "01"]), max_size=2),
    roll=st.sampled_from(["MEDVERKANDE", "KONSULT", "SAMORDNARE"]),
)
def test_no_contact_meets_a_rule_about_participation_and_no_part_another(paket, btyp, yrken, roll):
    fallet = kontakt(btyp=btyp, yrkeskategorier=tuple(yrken))
    som_del = paket.of_participation(roll)

    besok = {rad.produktkod for rad in classify(fallet, compile_paket(paket)).rader}
    deltagande = {rad.produktkod for rad in classify(fallet, compile_paket(som_del)).rader}

    assert besok == ({"BESOK"} if btyp == "A" else set())
    paid = roll != "MEDVERKANDE" and "77" in yrken
    assert deltagande == ({"DEL", "ALLA"} if paid else set())
    for paketet in (paket, som_del):
        assert classify(fallet, compile_paket(paketet)) == classify_interpreted(fallet, paketet)


def test_an_example_that_does_not_hold_for_its_role_is_found():
    dokument = deepcopy(DOKUMENT)
    dokument["regler"][1]["exempel"][1]["roll"] = "medverkande"

    assert [a.kod for a in check_examples(parse(dokument))] == ["ERSMO014"]


def test_a_rule_about_participation_that_can_never_apply_is_found():
    dokument = deepcopy(DOKUMENT)
    dokument["regler"][1]["villkor"]["inte"] = {"yrkeskategori": {"nagon": ["77"]}}

    funna = {(a.kod, a.pekare) for a in find_conflicts(parse(dokument))}

    assert ("ERSMO021", "/regler/1") in funna
    assert ("ERSMO021", "/regler/0") not in funna


@pytest.mark.parametrize(
    ("andra", "vantat"),
    [
        (
            lambda d: d["regler"][1]["villkor"].update(taxa="01"),
            ("ERSMO009", "/regler/1/villkor/taxa"),
        ),
        (
            lambda d: d["regler"][1]["villkor"].update(diagnos={"finns": True}),
            ("ERSMO009", "/regler/1/villkor/diagnos"),
        ),
        (lambda d: d.update(galler_for={"taxa": "01"}), ("ERSMO009", "/galler_for/taxa")),
        (
            lambda d: d["regler"][1].update(antal={"per_produkt": ["K01*"]}),
            ("ERSMO009", "/regler/1/antal/per_produkt"),
        ),
        (
            lambda d: d["regler"][1]["villkor"].update(samverkan={"roll": "tolk"}),
            ("ERSMO001", "/regler/1/villkor/samverkan/roll"),
        ),
        (
            lambda d: d["regler"][1]["villkor"].update(samverkan={}),
            ("ERSMO008", "/regler/1/villkor/samverkan"),
        ),
        (
            lambda d: d["regler"][2].update(kraver_grund=["BESOK"]),
            ("ERSMO006", "/regler/2/kraver_grund"),
        ),
        (
            lambda d: d["regler"][0]["exempel"][0].update(roll="konsult"),
            ("ERSMO001", "/regler/0/exempel/0/roll"),
        ),
        (
            lambda d: d["regler"][0].update(villkor={"inte": {"samverkan": {"roll": "konsult"}}}),
            ("ERSMO001", "/regler/0/villkor/inte/samverkan"),
        ),
    ],
)
def test_what_cannot_be_asked_of_a_participation_is_refused(andra, vantat):
    assert vantat in faults(andra)


def test_the_instruction_says_that_a_rule_is_about_participation(paket):
    (avsnitt,) = write_instruction(paket).avsnitt

    krav = [regel.krav[0].text for regel in avsnitt.regler]

    assert "deltagande" not in krav[0]
    assert krav[1].endswith("som konsult eller samordnare")
    assert krav[2] == "Gäller ett deltagande i en annan parts vårdkontakt"
