"""Pricing the products of one contact."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ersattning.ersmo.core.klassning import Klassning, Produktrad
from ersattning.hej.core.prislista import Pris, Prislista
from ersattning.hej.core.prissattning import Prissattning, price
from gvr.core.period import Period

DAG = date(2026, 11, 3)
ALLTID = Period(date(2020, 1, 1))


def lista(nr=1, *, avrundning="HALF_UP", exempel=False, giltig=ALLTID, **priser):
    return Prislista(
        id=nr,
        kod=f"LISTA{nr}",
        version=1,
        hash="",
        giltig=giltig,
        avrundning=avrundning,
        priser=tuple(
            Pris(
                produktkod=kod, belopp=Decimal(kr), giltig=giltig, exempel=exempel, kalla="Exempel"
            )
            for kod, kr in priser.items()
        ),
    )


def produkt(kod, typ="GRUND", antal=1, *, exempel=False):
    return Produktrad(regel_id=f"R-{kod}", produktkod=kod, typ=typ, antal=antal, exempel=exempel)


def prices(*produkter, prislistor, day=DAG):
    return price(Klassning(rader=produkter, orsak=None), day=day, prislistor=prislistor)


def test_every_product_gets_its_price_times_its_quantity():
    svar = prices(
        produkt("BESOK"),
        produkt("TOLK", "TILLAGG", antal=3),
        prislistor=[lista(BESOK="1500.00", TOLK="137.50")],
    )

    assert svar.saknas == ()
    assert [(r.produktkod, r.typ, r.antal, str(r.apris), str(r.belopp)) for r in svar.rader] == [
        ("BESOK", "GRUND", 1, "1500.00", "1500.00"),
        ("TOLK", "TILLAGG", 3, "137.50", "412.50"),
    ]


def test_a_row_says_which_rule_and_which_list_it_comes_from():
    (rad,) = prices(produkt("BESOK"), prislistor=[lista(4, BESOK="100")]).rader

    assert (rad.regel_id, rad.prislista_id, rad.not_) == ("R-BESOK", 4, None)


def test_a_deduction_is_negative_and_so_is_its_unit_price():
    (rad,) = prices(produkt("AVG", "AVDRAG", antal=2), prislistor=[lista(AVG="137.50")]).rader

    assert (rad.antal, str(rad.apris), str(rad.belopp)) == (2, "-137.50", "-275.00")


def test_a_deduction_of_nothing_has_no_sign():
    (rad,) = prices(produkt("AVG", "AVDRAG"), prislistor=[lista(AVG="0.00")]).rader

    assert (str(rad.apris), str(rad.belopp)) == ("0.00", "0.00")


def test_the_first_list_that_has_the_product_wins():
    own, area = lista(1, BESOK="900"), lista(2, BESOK="1000", TOLK="50")
    svar = prices(produkt("BESOK"), produkt("TOLK"), prislistor=[own, area])

    assert [(r.prislista_id, r.belopp) for r in svar.rader] == [(1, 900), (2, 50)]


def test_a_list_that_has_ended_leaves_the_product_to_the_next():
    ended = lista(1, BESOK="900", giltig=Period(date(2020, 1, 1), DAG))
    svar = prices(produkt("BESOK"), prislistor=[ended, lista(2, BESOK="1000")])

    assert [r.prislista_id for r in svar.rader] == [2]


def test_one_missing_price_makes_the_whole_contact_wait():
    svar = prices(
        produkt("BESOK"),
        produkt("OKAND"),
        produkt("ANNAN"),
        produkt("OKAND", "TILLAGG"),
        prislistor=[lista(BESOK="1500")],
    )

    assert svar == Prissattning(rader=(), saknas=("OKAND", "ANNAN"))


def test_a_price_of_zero_is_a_price():
    svar = prices(produkt("BVC"), prislistor=[lista(BVC="0.00")])

    assert svar.saknas == ()
    assert [r.belopp for r in svar.rader] == [0]


def test_a_contact_that_earns_nothing_has_no_rows_and_waits_for_nothing():
    assert prices(prislistor=[lista()]) == Prissattning()


def test_an_invented_price_or_an_invented_rule_marks_the_row():
    invented, real = lista(1, A="1", exempel=True), lista(2, B="1", C="1")
    svar = prices(
        produkt("A"), produkt("B", exempel=True), produkt("C"), prislistor=[invented, real]
    )

    assert [r.exempel for r in svar.rader] == [True, True, False]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["GRUND", "TILLAGG", "AVDRAG"]),
            st.integers(1, 1000),
            st.integers(0, 10**8).map(lambda ore: Decimal(ore) / 100),
        ),
        max_size=6,
    )
)
def test_each_amount_is_its_quantity_times_its_unit_price_to_the_ore(rader):
    priser = {f"P{nr}": kr for nr, (_, _, kr) in enumerate(rader)}
    produkter = [produkt(f"P{nr}", typ, antal) for nr, (typ, antal, _) in enumerate(rader)]
    svar = prices(*produkter, prislistor=[lista(**priser)])

    assert all(rad.belopp == rad.antal * rad.apris for rad in svar.rader)
    assert all(rad.belopp.as_tuple().exponent == -2 for rad in svar.rader)
    assert sum(rad.belopp for rad in svar.rader) == sum(
        antal * kr * (-1 if typ == "AVDRAG" else 1) for typ, antal, kr in rader
    )
