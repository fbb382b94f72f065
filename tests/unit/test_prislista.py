"""Price lists: reading a document, every finding at once, finding a price, the hash."""

import copy
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ersattning.hej.core import prislista
from ersattning.hej.core.prislista import Prislista
from gvr.core.avvikelse import Allvar

RAD = {
    "produktkod": "25157",
    "text": "Besök",
    "belopp": 1500,
    "fr_o_m": date(2026, 1, 1),
    "t_o_m": None,
    "kalla": "Exempel",
    "exempel": True,
}
DOKUMENT = {
    "kod": "GYN",
    "namn": "Gynekologi",
    "avtalsomrade": "gynekologi",
    "giltig": {"fr_o_m": date(2026, 1, 1), "t_o_m": None},
    "kalla": "Exempel",
    "avrundning": "HALF_UP",
    "priser": [RAD],
}


def document(*rader, **andrat):
    return copy.deepcopy(DOKUMENT) | ({"priser": list(rader)} if rader else {}) | andrat


def rad(**andrat):
    return {namn: varde for namn, varde in (RAD | andrat).items() if varde is not ...}


def codes(document):
    return [(a.kod, a.pekare) for a in prislista.check(document)]


def test_a_document_becomes_a_list():
    lista = prislista.parse(document(), id=7, version=3)

    assert isinstance(lista, Prislista)
    assert (lista.id, lista.kod, lista.version, lista.avrundning) == (7, "GYN", 3, "HALF_UP")
    pris = lista.find("25157", date(2026, 6, 1))
    assert (pris.belopp, pris.exempel, pris.kalla) == (Decimal("1500.00"), True, "Exempel")


def test_a_price_holds_from_its_first_day_to_its_last():
    old = rad(belopp=100, t_o_m=date(2026, 6, 30))
    new = rad(belopp=200, fr_o_m=date(2026, 7, 1), t_o_m=date(2026, 12, 31))
    lista = prislista.parse(document(old, new))

    assert lista.find("25157", date(2025, 12, 31)) is None
    assert lista.find("25157", date(2026, 1, 1)).belopp == 100
    assert lista.find("25157", date(2026, 6, 30)).belopp == 100
    assert lista.find("25157", date(2026, 7, 1)).belopp == 200
    assert lista.find("25157", date(2026, 12, 31)).belopp == 200
    assert lista.find("25157", date(2027, 1, 1)) is None


def test_a_list_that_has_ended_has_no_prices():
    lista = prislista.parse(
        document(giltig={"fr_o_m": date(2026, 1, 1), "t_o_m": date(2026, 3, 31)})
    )

    assert lista.find("25157", date(2026, 3, 31)).belopp == 1500
    assert lista.find("25157", date(2026, 4, 1)) is None


def test_an_unknown_product_has_no_price():
    assert prislista.parse(document()).find("25158", date(2026, 6, 1)) is None


@pytest.mark.parametrize(
    ("skrivet", "kronor"),
    [
        (275, "275.00"),
        (0, "0.00"),
        ("137,50", "137.50"),
        ("137.5", "137.50"),
        ("2 664 000", "2664000.00"),
    ],
)
def test_an_amount_is_whole_kronor_or_a_text(skrivet, kronor):
    lista = prislista.parse(document(rad(belopp=skrivet)))

    assert str(lista.find("25157", date(2026, 1, 1)).belopp) == kronor


@pytest.mark.parametrize("skrivet", [137.5, True, "12.345", "1,234", "tolv", -1, "-150", ["1"]])
def test_a_binary_float_a_part_of_an_ore_and_a_negative_amount_are_refused(skrivet):
    assert codes(document(rad(belopp=skrivet))) == [("HEJ004", "/priser/0/belopp")]


def test_all_errors_come_at_once_with_where_they_are():
    broken = rad(belopp=..., produktkod=25158, fr_o_m="1 jan", okant=1)
    fel = prislista.parse(
        document(rad(kalla=""), broken, avrundning="NARMAST", ny="x")
        | {"kod": None, "giltig": {"fr_o_m": date(2026, 2, 1), "t_o_m": date(2026, 1, 1)}}
    )

    assert [(a.kod, a.pekare) for a in fel] == [
        ("HEJ001", "/ny"),
        ("HEJ002", "/kod"),
        ("HEJ008", "/avrundning"),
        ("HEJ005", "/giltig/t_o_m"),
        ("HEJ002", "/priser/0/kalla"),
        ("HEJ001", "/priser/1/okant"),
        ("HEJ003", "/priser/1/produktkod"),
        ("HEJ003", "/priser/1/fr_o_m"),
        ("HEJ002", "/priser/1/belopp"),
    ]
    assert {a.allvar for a in fel} == {Allvar.STOPP}
    assert {a.agare for a in fel} == {"REGION"}


@pytest.mark.parametrize("inget", [None, [], "pris", {"25157": 100}])
def test_a_list_without_prices_is_refused(inget):
    assert codes(document(priser=inget)) == [("HEJ002", "/priser")]


@pytest.mark.parametrize("inget", [None, [], "GYN"])
def test_what_is_no_document_is_refused(inget):
    assert codes(inget) == [("HEJ003", "")]


def test_a_price_that_is_no_row_is_refused():
    assert codes(document(rad(), 1500)) == [("HEJ003", "/priser/1")]


@pytest.mark.parametrize(
    ("falt", "kod"), [("giltig", "HEJ002"), ("avtalsomrade", "HEJ002"), ("avrundning", "HEJ002")]
)
def test_what_must_be_there_is_asked_for(falt, kod):
    saknar = document()
    del saknar[falt]

    assert codes(saknar) == [(kod, f"/{falt}")]


def test_a_first_day_is_asked_for_and_a_last_day_is_not():
    assert codes(document(rad(fr_o_m=...))) == [("HEJ002", "/priser/0/fr_o_m")]
    assert codes(document(rad(t_o_m=...))) == []


@pytest.mark.parametrize("varde", ["ja", 1, None])
def test_exempel_is_yes_or_no(varde):
    assert codes(document(rad(exempel=varde))) == [("HEJ003", "/priser/0/exempel")]


def test_two_prices_on_the_same_day_are_refused():
    first = rad(t_o_m=date(2026, 6, 30))
    second = rad(fr_o_m=date(2026, 6, 30))

    assert codes(document(first, second)) == [("HEJ006", "/priser/1")]
    assert codes(document(second, first)) == [("HEJ006", "/priser/0")]


def test_prices_that_meet_do_not_overlap():
    first = rad(t_o_m=date(2026, 6, 30))
    second = rad(fr_o_m=date(2026, 7, 1))

    assert codes(document(first, second)) == []


def test_a_gap_is_a_remark_and_does_not_stop():
    gap = document(
        rad(fr_o_m=date(2026, 2, 1), t_o_m=date(2026, 6, 29)), rad(fr_o_m=date(2026, 7, 1))
    )
    remarks = prislista.check(gap)

    assert [(a.kod, a.allvar) for a in remarks] == [("HEJ007", Allvar.ANMARKNING)] * 2
    assert [a.text for a in remarks] == [
        "25157 saknar pris 2026-01-01–2026-01-31.",
        "25157 saknar pris 2026-06-30–2026-06-30.",
    ]
    assert isinstance(prislista.parse(gap), Prislista)


def test_a_price_that_ends_before_its_list_leaves_a_gap():
    short = document(
        rad(t_o_m=date(2026, 6, 30)), giltig={"fr_o_m": "2026-01-01", "t_o_m": "2026-12-31"}
    )

    assert [a.text for a in prislista.check(short)] == ["25157 saknar pris 2026-07-01–2026-12-31."]


def test_a_price_outside_its_list_is_refused():
    period = {"fr_o_m": date(2026, 1, 1), "t_o_m": date(2026, 12, 31)}

    assert codes(document(rad(t_o_m=date(2026, 12, 31)), giltig=period)) == []
    assert codes(document(rad(t_o_m=date(2027, 1, 1)), giltig=period))[0] == ("HEJ005", "/priser/0")
    assert codes(document(rad(fr_o_m=date(2025, 12, 31)), giltig=period))[0][0] == "HEJ005"


@pytest.mark.parametrize(
    ("tak", "godtas"),
    [
        ({"tak1": 100}, True),
        ({"tak1": 100, "tak2": 200}, True),
        ({"tak1": 100, "tak2": 100, "reducerat": 1500}, True),
        ({"reducerat": 50}, False),
        ({"reducerat": 50, "tak1": 100}, False),
        ({"reducerat": 50, "tak2": 100}, False),
        ({"tak2": 200}, False),
        ({"tak1": 200, "tak2": 100}, False),
        ({"tak1": 100, "tak2": 200, "reducerat": 1501}, False),
    ],
)
def test_fees_and_ceilings_hang_together(tak, godtas):
    assert codes(document(rad(**tak))) == ([] if godtas else [("HEJ009", "/priser/0")])


# The hash and the document ----------------------------------------------------------------------

DAGAR = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 1, 1))
BELOPP = st.integers(0, 10**9).map(lambda ore: Decimal(ore) / 100)


@st.composite
def dokument(draw):
    koder = draw(st.lists(st.sampled_from("ABCDEFG"), min_size=1, unique=True))
    rader = []
    for kod in koder:
        day = date(2020, 1, 1)
        for _ in range(draw(st.integers(1, 3))):
            day += timedelta(days=draw(st.integers(0, 100)))
            last = day + timedelta(days=draw(st.integers(0, 100)))
            tak1, tak2 = sorted(draw(st.tuples(BELOPP, BELOPP)))
            belopp = draw(BELOPP)
            tak = draw(
                st.sampled_from(
                    [{}, {"tak1": tak1}, {"tak1": tak1, "tak2": tak2, "reducerat": belopp / 2}]
                )
            )
            rader.append(
                rad(
                    produktkod=kod,
                    belopp=str(belopp),
                    fr_o_m=day,
                    t_o_m=last,
                    exempel=draw(st.booleans()),
                    **{namn: f"{kr:.2f}" for namn, kr in tak.items()},
                )
            )
            day = last + timedelta(days=1)
    rader = draw(st.permutations(rader))
    return document(*rader, giltig={"fr_o_m": date(2020, 1, 1), "t_o_m": None})


@given(dokument())
def test_a_dumped_list_reads_back_the_same(skrivet):
    lista = prislista.parse(skrivet, id=1, version=2)

    assert isinstance(lista, Prislista)
    assert prislista.parse(prislista.dump(lista), id=1, version=2) == lista
    assert lista.hash == prislista.content_hash(prislista.dump(lista))


@given(dokument(), DAGAR)
def test_find_agrees_with_reading_the_rows_one_by_one(skrivet, day):
    lista = prislista.parse(skrivet)
    for kod in "ABCDEFG":
        rows = [
            r
            for r in skrivet["priser"]
            if r["produktkod"] == kod and r["fr_o_m"] <= day <= r["t_o_m"]
        ]
        pris = lista.find(kod, day)
        assert (pris is None) == (rows == [])
        assert pris is None or pris.belopp == Decimal(rows[0]["belopp"])


def test_the_hash_follows_the_content_and_not_how_it_is_written():
    written = document(rad(), rad(produktkod="25158"))
    otherwise = document(
        rad(produktkod="25158", belopp="1500,00", fr_o_m="2026-01-01"), rad(t_o_m=...)
    )
    changed = document(rad(belopp=1501), rad(produktkod="25158"))

    assert prislista.parse(written).hash == prislista.parse(otherwise).hash
    assert prislista.parse(written).hash != prislista.parse(changed).hash
