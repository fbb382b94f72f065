"""From posts to invoice lines, the sum, VAT compensation, the hash and the ledger."""

import random
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ersattning.vardfaktura.core.fakturering import (
    Kontoplan,
    Sektion,
    entries,
    group,
    invoice_type,
    section,
    total,
    vat_compensation,
)
from gvr.core.period import Manad
from tests.factories.vardfaktura import (
    NOVEMBER,
    OKTOBER,
    approved,
    changed,
    mixed_month,
    only_credits,
    post,
    underlag,
)

KONTON = Kontoplan(vard="5010", avdrag="5020", momskompensation="5030", skuld="2440")


def lines(*poster, **andrat):
    return [
        (r.sektion.value, str(r.vardmanad), r.produktkod, r.antal, str(r.apris), str(r.belopp))
        for r in group(poster, manad=NOVEMBER, **andrat)
    ]


def test_equal_posts_become_one_line():
    assert lines(post(), post(antal=2), post()) == [
        ("MANAD", "2026-11", "BESOK", 4, "100.00", "400.00")
    ]


def test_another_product_kind_or_price_is_another_line():
    found = lines(post(), post("ANNAT"), post(typ="TILLAGG"), post(apris="110.00"))

    assert len(found) == 4
    assert {belopp for *_, belopp in found} == {"100.00", "110.00"}


def test_lines_come_by_section_and_are_numbered_from_one():
    rader = group(
        [
            post("MOMSKOMP", 1, "6.00", "TILLAGG", kalla="MOMSKOMPENSATION"),
            post(vardmanad=OKTOBER, aterforing=True, antal=-1),
            post(vardmanad=OKTOBER),
            post("B"),
            post("A"),
        ],
        manad=NOVEMBER,
    )

    assert [(r.radnr, r.sektion.value, r.produktkod) for r in rader] == [
        (1, "MANAD", "A"),
        (2, "MANAD", "B"),
        (3, "SENA", "BESOK"),
        (4, "KREDIT", "BESOK"),
        (5, "TILLAGG", "MOMSKOMP"),
    ]


def test_within_a_section_lines_come_by_month_and_then_by_product():
    december = Manad(2025, 12)
    found = lines(
        post("B", vardmanad=OKTOBER), post("A", vardmanad=OKTOBER), post("C", vardmanad=december)
    )

    assert [(manad, kod) for _, manad, kod, *_ in found] == [
        ("2025-12", "C"),
        ("2026-10", "A"),
        ("2026-10", "B"),
    ]


@pytest.mark.parametrize(
    ("vardmanad", "aterforing", "kalla", "sektion"),
    [
        (NOVEMBER, False, "KONTAKT", Sektion.MANAD),
        (NOVEMBER, True, "KONTAKT", Sektion.MANAD),
        (OKTOBER, False, "KONTAKT", Sektion.SENA),
        (OKTOBER, True, "KONTAKT", Sektion.KREDIT),
        (Manad(2025, 12), True, "KONTAKT", Sektion.KREDIT),
        (NOVEMBER, False, "MOMSKOMPENSATION", Sektion.TILLAGG),
        (OKTOBER, True, "MOMSKOMPENSATION", Sektion.TILLAGG),
    ],
)
def test_a_post_belongs_to_the_section_that_says_why_it_is_there(
    vardmanad, aterforing, kalla, sektion
):
    assert section(vardmanad, manad=NOVEMBER, aterforing=aterforing, kalla=kalla) == sektion


def test_care_after_the_month_cannot_be_on_its_invoice():
    with pytest.raises(ValueError, match="2026-12"):
        lines(post(vardmanad=Manad(2026, 12)))


def test_a_visit_corrected_before_it_was_billed_shows_as_the_month_produced_it():
    found = lines(post("GAMMAL"), post("GAMMAL", -1, aterforing=True), post("RATT"))

    assert found == [
        ("MANAD", "2026-11", "GAMMAL", 0, "100.00", "0.00"),
        ("MANAD", "2026-11", "RATT", 1, "100.00", "100.00"),
    ]


def test_documents_leave_out_lines_that_cancelled_out():
    faktura = underlag(post("GAMMAL"), post("GAMMAL", -1, aterforing=True), post("RATT"))

    assert [r.produktkod for r in faktura.rader] == ["GAMMAL", "RATT"]
    assert [r.produktkod for r in faktura.synliga_rader] == ["RATT"]


def test_an_invoice_on_which_everything_cancelled_out_still_has_a_line():
    faktura = underlag(post(), post(antal=-1, aterforing=True))

    assert (faktura.typ, faktura.summa) == ("380", 0)
    assert len(faktura.synliga_rader) == 1


def test_a_line_has_the_name_of_its_product_or_its_code():
    rader = group([post("A"), post("B")], manad=NOVEMBER, texter={"A": "Läkarbesök"})

    assert [r.text for r in rader] == ["Läkarbesök", "B"]


def test_a_post_whose_amount_is_not_its_quantity_times_its_price_is_refused():
    with pytest.raises(ValueError, match="antal gånger"):
        lines(changed(post(), belopp=Decimal("99.99")))


def test_an_unknown_vat_code_is_refused():
    with pytest.raises(ValueError, match="momskoden 'S'"):
        lines(changed(post(), momskod="S"))


# VAT compensation -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("belopp", "kompensation"),
    [
        ("100.00", "6.00"),
        ("1943.00", "116.58"),
        ("0.08", "0.00"),
        ("0.09", "0.01"),
        ("10.25", "0.62"),  # 0.615: half an öre goes away from zero
        ("-10.25", "-0.62"),
        ("-1310.00", "-78.60"),
    ],
)
def test_the_compensation_is_six_per_cent_of_the_net_sum(belopp, kompensation):
    added = vat_compensation([post(apris=belopp)], manad=NOVEMBER)

    assert sum((p.belopp for p in added), Decimal(0)) == Decimal(kompensation)
    assert all((p.antal, p.kalla, p.typ) == (1, "MOMSKOMPENSATION", "TILLAGG") for p in added)


def test_the_compensation_is_rounded_once_and_not_for_each_post():
    added = vat_compensation([post(apris="0.09") for _ in range(100)], manad=NOVEMBER)

    assert [p.belopp for p in added] == [Decimal("0.54")]  # a hundred roundings would be 1.00


def test_deductions_and_credits_lower_the_compensation():
    added = vat_compensation(
        [
            post(apris="1000.00"),
            post("AVG", 1, "-275.00", "AVDRAG"),
            post(antal=-1, apris="500.00"),
        ],
        manad=NOVEMBER,
    )

    assert [p.belopp for p in added] == [Decimal("13.50")]


def test_a_month_that_nets_to_nothing_has_no_compensation():
    assert vat_compensation([post(), post(antal=-1)], manad=NOVEMBER) == ()
    assert vat_compensation([], manad=NOVEMBER) == ()


# The invoice ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("summa", "typ"), [("0.01", "380"), ("0.00", "380"), ("-0.00", "380"), ("-0.01", "381")]
)
def test_a_negative_sum_is_a_credit_note(summa, typ):
    assert invoice_type(Decimal(summa)) == typ


def test_an_invoice_that_is_not_the_sum_of_its_lines_is_refused():
    with pytest.raises(ValueError, match="summerar inte"):
        underlag(post(), summa=Decimal("100.01"))


def test_a_negative_invoice_of_type_380_is_refused():
    with pytest.raises(ValueError, match="tecken"):
        underlag(post(antal=-1, vardmanad=OKTOBER, aterforing=True), typ="380")


def test_a_line_that_is_not_quantity_times_price_is_refused():
    (rad,) = underlag(post()).rader
    with pytest.raises(ValueError, match="antal gånger"):
        changed(rad, antal=2)


# The ledger -------------------------------------------------------------------------------------


def test_care_is_a_cost_and_a_debt():
    rows = entries(underlag(post(antal=3)).rader, kontoplan=KONTON)

    assert [(r.konto, r.produktkod, str(r.debet), str(r.kredit)) for r in rows] == [
        ("5010", "BESOK", "300.00", "0.00"),
        ("2440", "BESOK", "0.00", "300.00"),
    ]


def test_a_deduction_goes_the_other_way_on_its_own_account():
    rows = entries(underlag(post("AVG", 1, "-275.00", "AVDRAG")).rader, kontoplan=KONTON)

    assert [(r.konto, str(r.debet), str(r.kredit)) for r in rows] == [
        ("2440", "275.00", "0.00"),
        ("5020", "0.00", "275.00"),
    ]


def test_the_compensation_has_its_own_account():
    rows = entries(underlag(post(), momskompensation=True).rader, kontoplan=KONTON)

    assert ("5030", "MOMSKOMP", Decimal("6.00")) in [(r.konto, r.produktkod, r.debet) for r in rows]


def test_a_line_of_nothing_is_not_entered():
    assert entries(underlag(post(), post(antal=-1)).rader, kontoplan=KONTON) == ()


@pytest.mark.parametrize("faktura", [mixed_month(), only_credits()])
def test_the_ledger_balances_and_is_the_sum_of_the_invoice(faktura):
    rows = entries(faktura.rader, kontoplan=KONTON)
    costs = [r for r in rows if r.konto != KONTON.skuld]

    assert sum(r.debet for r in rows) == sum(r.kredit for r in rows)
    assert sum(r.debet - r.kredit for r in costs) == faktura.summa


# Properties -------------------------------------------------------------------------------------

POSTER = st.lists(
    st.builds(
        post,
        st.sampled_from("ABC"),
        st.integers(-3, 3).filter(bool),
        st.integers(-500_000, 500_000).map(lambda ore: str(Decimal(ore) / 100)),
        st.sampled_from(["GRUND", "TILLAGG", "AVDRAG"]),
        vardmanad=st.sampled_from([Manad(2025, 12), OKTOBER, NOVEMBER]),
        aterforing=st.booleans(),
    ),
    max_size=25,
)


def summed(poster):
    return sum((p.belopp for p in poster), Decimal(0))


@given(POSTER)
def test_the_lines_are_the_posts_to_the_ore(poster):
    rader = group(poster, manad=NOVEMBER)

    assert total(rader) == summed(poster)
    assert sum(r.antal for r in rader) == sum(p.antal for p in poster)
    for produktkod in "ABC":
        own = [p for p in poster if p.produktkod == produktkod]
        assert total(r for r in rader if r.produktkod == produktkod) == summed(own)


@given(POSTER, st.integers(0, 2**32))
def test_the_order_of_the_posts_changes_nothing(poster, seed):
    shuffled = poster.copy()
    random.Random(seed).shuffle(shuffled)

    assert group(shuffled, manad=NOVEMBER) == group(poster, manad=NOVEMBER)


@given(POSTER)
def test_posts_added_up_beforehand_give_the_same_lines(poster):
    sums = {}
    for p in poster:
        key = (p.produktkod, p.typ, p.apris, p.vardmanad, p.aterforing)
        sums[key] = sums.get(key, 0) + p.antal
    beforehand = [
        post(kod, antal, str(apris), typ, vardmanad=manad, aterforing=aterforing)
        for (kod, typ, apris, manad, aterforing), antal in sums.items()
    ]

    assert group(beforehand, manad=NOVEMBER) == group(poster, manad=NOVEMBER)


@given(POSTER)
def test_no_two_lines_could_have_been_one(poster):
    rader = group(poster, manad=NOVEMBER)
    keys = [(r.sektion, r.vardmanad, r.produktkod, r.typ, r.apris, r.momskod) for r in rader]

    assert len(keys) == len(set(keys))
    assert [r.radnr for r in rader] == list(range(1, len(rader) + 1))
    order = [list(Sektion).index(r.sektion) for r in rader]
    assert all(a <= b for a, b in pairwise(order))


@given(POSTER)
def test_sections_are_the_bridge_from_production_to_the_invoice(poster):
    rader = group([*poster, *vat_compensation(poster, manad=NOVEMBER)], manad=NOVEMBER)
    by_section = {s: total(r for r in rader if r.sektion == s) for s in Sektion}

    production = summed(p for p in poster if p.vardmanad == NOVEMBER)
    assert by_section[Sektion.MANAD] == production
    assert sum(by_section.values()) == total(rader)
    six_per_cent = (summed(poster) * 6 / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert by_section[Sektion.TILLAGG] == six_per_cent


@given(POSTER)
def test_every_product_balances_in_the_ledger(poster):
    rader = group([*poster, *vat_compensation(poster, manad=NOVEMBER)], manad=NOVEMBER)
    rows = entries(rader, kontoplan=KONTON)

    for produktkod in {r.produktkod for r in rader}:
        own = [r for r in rows if r.produktkod == produktkod]
        costs = [r for r in own if r.konto != KONTON.skuld]
        assert sum(r.debet for r in own) == sum(r.kredit for r in own)
        assert sum(r.debet - r.kredit for r in costs) == total(
            r for r in rader if r.produktkod == produktkod
        )
    assert all((r.debet > 0) != (r.kredit > 0) for r in rows)
    assert all(r.debet >= 0 and r.kredit >= 0 for r in rows)


def test_an_approved_invoice_has_its_number_and_dates():
    faktura = approved(underlag(post()))

    assert (faktura.nummer, faktura.fakturadatum) == ("100042", date(2026, 12, 3))
