"""What the rules that fit give together: groups, bases, exclusions, caps, quantities, refusals."""

from datetime import date

import msgspec
import pytest

from ersattning.ersmo.core import exempel
from ersattning.ersmo.core.klassning import classify, compile_paket, trace
from ersattning.ersmo.core.regelpaket import Regelpaket, parse

GRUND = {"dag": date(2026, 3, 10), "btyp": "1", "taxa": "01"}


def regel(id_, typ="grund", **mer):
    produkt = {} if typ == "ingen" else {"produktkod": id_}
    villkor = {"villkor": {"besokstyp": "1"}}
    return {"id": id_, "titel": id_, "typ": typ, "kalla": "Prov", **produkt, **villkor, **mer}


def pack(*regler, **mer):
    dokument = {
        "modell": "prov",
        "namn": "Prov",
        "avtalsomrade": "prov",
        "version": "1",
        "giltig": {"fr_o_m": "2020-01-01"},
        "kallor": ["Prov"],
        "regler": list(regler),
        **mer,
    }
    paket = parse(dokument)
    assert isinstance(paket, Regelpaket), [a.text for a in paket]
    return paket


def classified(paket, **kontakt):
    return classify(exempel.build({**GRUND, **kontakt}), compile_paket(paket))


def rows(paket, **kontakt):
    return [(rad.produktkod, rad.antal) for rad in classified(paket, **kontakt).rader]


def left_out(paket, regel_id, **kontakt):
    regler = trace(exempel.build({**GRUND, **kontakt}), paket).regler
    return next(svar.skal for svar in regler if svar.regel_id == regel_id)


def test_rules_without_a_group_all_give_their_product():
    assert rows(pack(regel("A"), regel("B"))) == [("A", 1), ("B", 1)]


def test_the_lowest_priority_number_wins_its_group():
    paket = pack(
        regel("A", exklusivitetsgrupp="g", prioritet=2),
        regel("B", exklusivitetsgrupp="g", prioritet=1),
        regel("C", exklusivitetsgrupp="annan"),
    )

    assert rows(paket) == [("B", 1), ("C", 1)]
    assert left_out(paket, "A") == "B går före i gruppen g."


def test_the_second_in_the_group_takes_over_when_the_first_does_not_fit():
    first = regel("A", exklusivitetsgrupp="g", prioritet=1, villkor={"taxa": "10"})

    assert rows(pack(first, regel("B", exklusivitetsgrupp="g", prioritet=2))) == [("B", 1)]


def test_rows_come_as_base_add_on_and_deduction_whatever_the_order_of_the_document():
    paket = pack(regel("AVG", "avdrag"), regel("T", "tillagg"), regel("G"))

    assert [(r.produktkod, r.typ) for r in classified(paket).rader] == [
        ("G", "GRUND"),
        ("T", "TILLAGG"),
        ("AVG", "AVDRAG"),
    ]


@pytest.mark.parametrize(
    ("typ", "orsak"), [("tillagg", "ENBART_TILLAGG"), ("avdrag", "INGEN_REGEL")]
)
def test_nothing_is_paid_or_deducted_without_a_base(typ, orsak):
    paket = pack(regel("T", typ), regel("G", villkor={"besokstyp": "9"}))

    svar = classified(paket)

    assert (svar.rader, svar.orsak) == ((), orsak)
    assert "kräver en grundersättning" in left_out(paket, "T")


def test_an_add_on_may_need_a_certain_base():
    paket = pack(
        regel("HL-LAK", villkor={"taxa": "01"}),
        regel("2UL01", villkor={"taxa": "10"}),
        regel("T", "tillagg", kraver_grund=["HL-*"]),
    )

    assert rows(paket) == [("HL-LAK", 1), ("T", 1)]
    assert rows(paket, taxa="10") == [("2UL01", 1)]
    assert "HL-…" in left_out(paket, "T", taxa="10")


def test_an_add_on_is_no_base_for_another_add_on():
    paket = pack(
        regel("G"),
        regel("A", villkor={"taxa": "10"}),
        regel("T1", "tillagg"),
        regel("T2", "tillagg", kraver_grund=["A"]),
    )

    assert rows(paket) == [("G", 1), ("T1", 1)]


def test_a_product_may_exclude_another():
    paket = pack(regel("A"), regel("B", utesluts_av=["A"]), regel("C", utesluts_av=["B"]))

    assert rows(paket) == [("A", 1), ("C", 1)]
    assert left_out(paket, "B") == "Betalas inte tillsammans med A."


def test_a_cap_is_shared_by_the_rules_under_it():
    tak = [{"namn": "atgarder", "hogst": 2}]
    paket = pack(
        regel("A", tak="atgarder"),
        regel("B", tak="atgarder", antal=3),
        regel("C", tak="atgarder"),
        tak=tak,
    )

    assert rows(paket) == [("A", 1), ("B", 1)]
    assert left_out(paket, "C") == "Taket atgarder är redan fyllt."


@pytest.mark.parametrize(
    ("atgarder", "antal"),
    [
        (["XV016"], 1),
        (["XV016", "UX013"], 2),
        (["XV016", "UX013", "UU012"], 2),
        (["XV016", "XV016"], 1),
        (["XV016", "AA001"], 1),
    ],
)
def test_the_quantity_is_the_different_procedures_up_to_the_limit(atgarder, antal):
    lista = ["XV016", "UX013", "UU012"]
    paket = pack(regel("H", antal={"per_atgard": lista, "hogst": 2}))

    assert rows(paket, atgarder=atgarder) == [("H", antal)]


def test_a_rule_that_counts_procedures_needs_one_to_count():
    paket = pack(regel("H", antal={"per_atgard": ["XV016"]}))

    assert classified(paket, atgarder=["AA001"]).orsak == "INGEN_REGEL"


@pytest.mark.parametrize(
    ("produkter", "styck", "antal"),
    [
        (["KA12O"], [3], 3),
        (["KA12O"], [], 1),
        (["KA12O", "T1", "KB01O"], [2, 9, 3], 5),
        (["KA12O", "KA12O"], [2, 2], 4),
        (["KA12O"], [40], 6),
    ],
)
def test_the_quantity_is_as_many_as_are_reported_of_the_products_up_to_the_limit(
    produkter, styck, antal
):
    paket = pack(regel("DRG", antal={"per_produkt": ["K*"], "hogst": 6}))

    assert rows(paket, produkter=produkter, produktantal=styck) == [("DRG", antal)]
    assert classified(paket, produkter=["T1"], produktantal=[2]).orsak == "INGEN_REGEL"
    fel = exempel.build({**GRUND, "produkter": produkter, "produktantal": [1, 1, 1, 1]})
    assert fel == "Fältet produktantal saknas eller har fel form."


def test_a_fixed_quantity_is_given_as_it_is():
    assert rows(pack(regel("A", antal=3))) == [("A", 3)]


def test_a_refusal_goes_before_everything_and_gives_its_own_reason():
    orsak = {"kod": "EJ_HAR", "text": "Ersätts inte här."}
    paket = pack(
        regel("G"), regel("NEJ", "ingen", orsak=orsak), regel("NEJ2", "ingen", orsak=orsak)
    )

    svar = classified(paket)

    assert (svar.rader, svar.orsak, svar.regel_id) == ((), "EJ_HAR", "NEJ")
    assert paket.reason("EJ_HAR").text == "Ersätts inte här."
    assert left_out(paket, "G") == "Vårdkontakten ersätts inte: NEJ."


def test_a_row_says_when_its_rule_has_values_that_are_not_public():
    paket = pack(regel("A", exempel_falt=["villkor/besokstyp"]), regel("B"))

    assert [rad.exempel for rad in classified(paket).rader] == [True, False]


def test_a_cancelled_contact_earns_nothing():
    kontakt = msgspec.structs.replace(exempel.build(GRUND), makulerad=True)

    assert classify(kontakt, compile_paket(pack(regel("A")))).orsak == "MAKULERAD"


def test_a_contact_without_a_place_waits_for_it():
    kontakt = msgspec.structs.replace(exempel.build(GRUND), placering=None)

    assert classify(kontakt, compile_paket(pack(regel("A")))).orsak == "PLACERING_SAKNAS"


# Missing facts -----------------------------------------------------------------------------------


def test_an_uncertain_deduction_holds_the_contact_up():
    paket = pack(regel("G"), regel("AVG", "avdrag", villkor={"alder": {"fran": 18}}))

    assert classified(paket).orsak == "FODELSEDATUM_SAKNAS"
    assert rows(paket, fodd=date(2020, 1, 1)) == [("G", 1)]


def test_an_uncertain_add_on_is_not_given_and_holds_nothing_up():
    paket = pack(regel("G"), regel("T", "tillagg", villkor={"basomrade": "12*"}))

    assert rows(paket) == [("G", 1)]


def test_an_uncertain_refusal_holds_the_contact_up():
    orsak = {"kod": "EJ_HAR", "text": "Nej."}
    nej = regel("NEJ", "ingen", orsak=orsak, villkor={"lan": {"ar": "01"}})

    assert classified(pack(regel("G"), nej)).orsak == "LAN_SAKNAS"


def test_an_uncertain_rule_that_would_lose_its_group_anyway_is_no_obstacle():
    behind = regel("B", exklusivitetsgrupp="g", prioritet=2, villkor={"lan": {"ar": "01"}})
    paket = pack(regel("A", exklusivitetsgrupp="g", prioritet=1), behind)

    assert rows(paket) == [("A", 1)]
