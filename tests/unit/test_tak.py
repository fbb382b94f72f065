"""The yearly ceiling of the national tariffs (LOL and LOF)."""

from datetime import date, time
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ersattning.hej.core.prislista import Pris, Prislista
from ersattning.hej.core.prissattning import (
    TAK_KAPAT,
    TAK_NATT,
    TAK_REDUCERAT,
    Prisrad,
    Prissattning,
    Takkontakt,
    apply_year_ceiling,
)
from gvr.core.period import Period

ALLTID = Period(date(2021, 1, 1))


def pris(kod, belopp, reducerat=None, tak1=None, tak2=None):
    kr = [None if x is None else Decimal(x) for x in (reducerat, tak1, tak2)]
    return Pris(
        produktkod=kod,
        belopp=Decimal(belopp),
        giltig=ALLTID,
        exempel=True,
        kalla="Exempel",
        reducerat=kr[0],
        tak1=kr[1],
        tak2=kr[2],
    )


LISTA = Prislista(
    id=1,
    kod="TAXA",
    version=1,
    hash="",
    giltig=ALLTID,
    avrundning="HALF_UP",
    priser=(
        pris("NORM", "400.00", "200.00", "1000.00", "1700.00"),
        pris("TEL", "70.00", None, "1000.00", "1700.00"),
        pris("LOL", "400.00", None, "1000.00", None),
        pris("STOR", "900.00", "800.00", "1000.00", "1200.00"),
        pris("FRI", "0.50"),
        pris("AVG", "275.00"),
    ),
)


def rader(*produkter):
    return tuple(
        Prisrad(
            regel_id="R",
            produktkod=kod,
            typ="AVDRAG" if kod == "AVG" else "GRUND",
            antal=1,
            apris=LISTA.find(kod, date(2021, 1, 1)).belopp * (-1 if kod == "AVG" else 1),
            belopp=LISTA.find(kod, date(2021, 1, 1)).belopp * (-1 if kod == "AVG" else 1),
            prislista_id=1,
            exempel=True,
        )
        for kod in produkter
    )


def kontakt(nr, *produkter, dag=date(2021, 3, 1), tid=None):
    return Takkontakt(
        kontakt_id=nr, nyckel=("PAS", f"{nr:04d}"), dag=dag, tid=tid, rader=rader(*produkter)
    )


def decide(*kontakter):
    return apply_year_ceiling(kontakter, prislistor=[LISTA])


def fees(utfall):
    return [[(str(r.belopp), r.not_) for r in u.prissattning.rader] for u in utfall]


def test_the_fee_is_whole_then_reduced_then_cut_and_then_nothing():
    utfall = decide(*(kontakt(nr, "NORM") for nr in range(1, 8)))

    assert fees(utfall) == [
        [("400.00", None)],
        [("400.00", None)],
        [("400.00", None)],  # 800 kr received: not above the first ceiling
        [("200.00", TAK_REDUCERAT)],
        [("200.00", TAK_REDUCERAT)],
        [("100.00", TAK_KAPAT)],  # 1 600 kr received, 100 kr left to the final ceiling
        [],
    ]
    assert [u.orsak for u in utfall] == [None] * 6 + [TAK_NATT]
    assert [u.mottaget for u in utfall] == [0, 400, 800, 1200, 1400, 1600, 1700]


def test_exactly_at_the_first_ceiling_the_fee_is_still_whole():
    utfall = decide(
        kontakt(1, "NORM", "NORM"), kontakt(2, "TEL", "TEL"), kontakt(3, "NORM"), kontakt(4, "NORM")
    )

    assert utfall[2].mottaget == 940
    assert fees(utfall)[2:] == [[("400.00", None)], [("200.00", TAK_REDUCERAT)]]


def test_received_equal_to_the_first_ceiling_is_not_above_it():
    lista = Prislista(
        id=1,
        kod="TAXA",
        version=1,
        hash="",
        giltig=ALLTID,
        avrundning="HALF_UP",
        priser=(pris("NORM", "400.00", "200.00", "800.00", "1300.00"),),
    )
    utfall = apply_year_ceiling([kontakt(nr, "NORM") for nr in range(1, 5)], prislistor=[lista])

    assert [u.mottaget for u in utfall] == [0, 400, 800, 1200]
    assert fees(utfall)[2:] == [[("400.00", None)], [("100.00", TAK_KAPAT)]]


def test_a_whole_fee_is_cut_too_when_it_would_pass_the_final_ceiling():
    utfall = decide(kontakt(1, "STOR"), kontakt(2, "STOR"), kontakt(3, "STOR"))

    assert fees(utfall) == [[("900.00", None)], [("300.00", TAK_KAPAT)], []]


def test_the_day_of_care_decides_and_not_when_the_contact_came():
    early, late = (
        kontakt(9, "NORM", dag=date(2021, 1, 4)),
        kontakt(1, "NORM", dag=date(2021, 12, 30)),
    )
    between = [kontakt(nr, "NORM", dag=date(2021, 6, nr)) for nr in (2, 3)]
    utfall = decide(late, *between, early)

    assert [u.kontakt_id for u in utfall] == [9, 2, 3, 1]
    assert fees(utfall)[-1] == [("200.00", TAK_REDUCERAT)]


def test_on_one_day_the_time_decides_and_then_the_natural_key():
    utfall = decide(
        kontakt(1, "NORM", tid=time(9, 0)),
        kontakt(4, "NORM"),
        kontakt(3, "NORM", tid=time(8, 0)),
        kontakt(2, "NORM", tid=time(8, 0)),
    )

    assert [u.kontakt_id for u in utfall] == [4, 2, 3, 1]


def test_a_fee_that_is_not_public_makes_the_contact_wait_and_counts_for_nothing():
    utfall = decide(
        kontakt(1, "NORM", "NORM"), kontakt(2, "NORM"), kontakt(3, "TEL", "AVG"), kontakt(4, "NORM")
    )

    assert utfall[2].prissattning == Prissattning(saknas=("TEL",))
    assert utfall[2].orsak is None
    assert [u.mottaget for u in utfall] == [0, 800, 1200, 1200]


def test_a_contact_waits_as_a_whole_although_one_of_its_fees_is_known():
    utfall = decide(
        kontakt(1, "NORM", "NORM", "NORM"), kontakt(2, "NORM", "TEL"), kontakt(3, "NORM")
    )

    assert utfall[1].prissattning == Prissattning(saknas=("TEL",))
    assert utfall[2].mottaget == 1200


def test_without_a_public_final_ceiling_contacts_above_the_first_one_wait():
    utfall = decide(*(kontakt(nr, "LOL") for nr in range(1, 6)))

    assert [u.prissattning.saknas for u in utfall] == [(), (), (), ("LOL",), ("LOL",)]
    assert [u.orsak for u in utfall] == [None] * 5


def test_beyond_the_final_ceiling_a_missing_fee_is_not_needed():
    utfall = decide(*(kontakt(nr, "NORM") for nr in range(1, 8)), kontakt(8, "TEL"))

    assert utfall[-1].prissattning == Prissattning()
    assert utfall[-1].orsak == TAK_NATT


def test_deductions_and_rows_without_a_ceiling_do_not_count():
    utfall = decide(*(kontakt(nr, "NORM", "FRI", "AVG") for nr in range(1, 4)))

    assert [u.mottaget for u in utfall] == [0, 400, 800]
    assert fees(utfall)[2] == [("400.00", None), ("0.50", None), ("-275.00", None)]


def test_a_contact_without_a_fee_left_has_no_patient_fee_deducted_either():
    utfall = decide(*(kontakt(nr, "NORM") for nr in range(1, 8)), kontakt(8, "NORM", "AVG"))

    assert utfall[-1].prissattning.rader == ()
    assert utfall[-1].orsak == TAK_NATT


def test_a_row_without_a_ceiling_is_paid_after_the_final_ceiling():
    utfall = decide(*(kontakt(nr, "NORM") for nr in range(1, 8)), kontakt(8, "NORM", "FRI"))

    assert utfall[-1].orsak is None
    assert fees(utfall)[-1] == [("0.00", TAK_NATT), ("0.50", None)]


def test_a_quantity_is_so_many_fees_one_after_the_other():
    (rad,) = rader("NORM")
    many = Takkontakt(
        kontakt_id=1,
        nyckel=("PAS", "1"),
        dag=date(2021, 1, 4),
        rader=(msgspec.structs.replace(rad, antal=9, belopp=9 * rad.apris),),
    )
    (utfall,) = decide(many)

    assert [(r.antal, str(r.apris), str(r.belopp), r.not_) for r in utfall.prissattning.rader] == [
        (3, "400.00", "1200.00", None),
        (2, "200.00", "400.00", TAK_REDUCERAT),
        (1, "100.00", "100.00", TAK_KAPAT),
        (3, "0.00", "0.00", TAK_NATT),
    ]


def test_a_group_is_one_calendar_year_and_each_contact_once():
    with pytest.raises(ValueError, match="kalenderår"):
        decide(kontakt(1, "NORM"), kontakt(2, "NORM", dag=date(2022, 1, 1)))
    with pytest.raises(ValueError, match="två gånger"):
        decide(kontakt(1, "NORM"), kontakt(1, "NORM"))


def test_a_row_without_its_price_is_a_fault_of_the_caller():
    with pytest.raises(ValueError, match="NORM har inget pris"):
        apply_year_ceiling([kontakt(1, "NORM")], prislistor=[])
    with pytest.raises(ValueError, match="NORM har inget pris"):
        apply_year_ceiling(
            [kontakt(1, "NORM")], prislistor=[msgspec.structs.replace(LISTA, priser=())]
        )


def test_a_year_without_contacts_has_no_outcome():
    assert decide() == ()


# Properties -------------------------------------------------------------------------------------

KONTAKTER = st.lists(
    st.tuples(
        st.dates(date(2021, 1, 1), date(2021, 1, 5)),
        st.none() | st.sampled_from([time(0, 0), time(8, 0), time(9, 30)]),
        st.lists(st.sampled_from(["NORM", "TEL", "FRI", "AVG"]), min_size=1, max_size=3),
    ),
    max_size=14,
).map(lambda alla: [kontakt(nr, *p, dag=dag, tid=tid) for nr, (dag, tid, p) in enumerate(alla)])


def paid_under_ceiling(utfall):
    return sum(
        (r.belopp for u in utfall for r in u.prissattning.rader if r.produktkod in ("NORM", "TEL")),
        Decimal(0),
    )


@given(st.data(), KONTAKTER)
def test_the_order_of_arrival_changes_nothing(data, kontakter):
    assert decide(*data.draw(st.permutations(kontakter))) == decide(*kontakter)


@given(KONTAKTER)
def test_the_sum_received_never_falls_and_never_passes_the_final_ceiling(kontakter):
    utfall = decide(*kontakter)
    received = [u.mottaget for u in utfall]

    assert received == sorted(received)
    assert paid_under_ceiling(utfall) <= 1700
    assert all(m == paid_under_ceiling(utfall[:nr]) for nr, m in enumerate(received))


@given(KONTAKTER, st.lists(st.sampled_from(["NORM", "TEL", "AVG"]), min_size=1, max_size=3))
def test_a_later_contact_changes_none_before_it(kontakter, produkter):
    later = kontakt(99, *produkter, dag=date(2021, 12, 31))

    assert decide(*kontakter, later)[:-1] == decide(*kontakter)


@given(KONTAKTER)
def test_a_fee_never_rises_during_the_year(kontakter):
    paid = [
        rad.apris
        for u in decide(*kontakter)
        for rad in u.prissattning.rader
        if rad.produktkod == "NORM"
    ]

    assert paid == sorted(paid, reverse=True)


@given(KONTAKTER)
def test_each_contact_is_paid_or_waits_or_has_a_reason_and_never_two_of_them(kontakter):
    for u in decide(*kontakter):
        states = [bool(u.prissattning.rader), bool(u.prissattning.saknas), u.orsak is not None]
        assert states.count(True) == 1
