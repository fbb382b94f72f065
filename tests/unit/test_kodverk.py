"""Code lists: reading one from a document, and judging codes by day."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gvr.core import icd, kodverk
from gvr.core.kodverk import Kodlage, Kodrad, Kodregister, Kodstatus, Kodverk, parse
from gvr.core.period import Period

DATA = Path(__file__).parents[2] / "gvr" / "data" / "kodverk"
BASE = date(2026, 1, 1)


def day(number):
    return BASE + timedelta(days=number)


@st.composite
def perioder(draw):
    """Periods of one code, in order and never overlapping, the last one perhaps open."""
    marks = sorted(draw(st.sets(st.integers(0, 30), min_size=2, max_size=6)))
    pairs = list(zip(marks[::2], marks[1::2], strict=False))
    found = [Period(day(start), day(slut)) for start, slut in pairs]
    if draw(st.booleans()):
        found[-1] = Period(found[-1].start, None)
    return tuple(found)


LISTOR = st.dictionaries(
    st.sampled_from(["BTYP", "TAXA"]),
    st.dictionaries(st.sampled_from("ABCDE"), perioder(), max_size=5),
)
DAGAR = st.integers(-2, 33).map(day)


@given(LISTOR, st.lists(DAGAR, min_size=1, max_size=20))
def test_the_set_of_valid_codes_is_what_each_period_says_on_each_day(listor, dagar):
    register = Kodregister(listor)

    for dag in dagar:
        valid = register.valid_on(dag)
        for namn, koder in listor.items():
            expected = {kod for kod, per in koder.items() if any(p.contains(dag) for p in per)}
            assert valid[namn] == expected


@given(LISTOR, DAGAR)
def test_the_status_of_a_code_agrees_with_the_set(listor, dag):
    register = Kodregister(listor)

    for namn, koder in listor.items():
        for kod in koder:
            valid = register.status(namn, kod, dag).lage is Kodlage.GILTIG
            assert valid == (kod in register.valid_on(dag)[namn])


@given(perioder(), DAGAR)
def test_the_days_shown_for_a_code_are_the_nearest_ones_it_is_valid(per, dag):
    status = Kodregister({"BTYP": {"A": per}}).status("BTYP", "A", dag)

    valid_days = [day(n) for n in range(-5, 40) if any(p.contains(day(n)) for p in per)]
    before = [d for d in valid_days if d < dag]
    after = [d for d in valid_days if d > dag]
    if status.lage is not Kodlage.GILTIG:
        assert status.stangd_efter == max(before, default=None)
        assert status.oppnar == min(after, default=None)
        assert (status.lage is Kodlage.STANGD) == bool(before)


def test_a_code_is_valid_from_its_first_to_its_last_day():
    period = Period.inclusive(date(2026, 4, 1), date(2026, 4, 30))
    register = Kodregister({"TAXA": {"22": (period,)}})

    lage = [
        register.status("TAXA", "22", dag).lage
        for dag in (date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 30), date(2026, 5, 1))
    ]

    assert lage == [Kodlage.EJ_OPPEN, Kodlage.GILTIG, Kodlage.GILTIG, Kodlage.STANGD]


def test_the_days_of_a_closed_and_reopened_code_are_told():
    register = Kodregister(
        {"TAXA": {"22": (Period(day(0), day(10)), Period(day(20), None))}},
    )

    assert register.status("TAXA", "22", day(15)) == Kodstatus(
        lage=Kodlage.STANGD, stangd_efter=day(9), oppnar=day(20)
    )
    assert register.status("TAXA", "22", day(5)) == Kodstatus(
        lage=Kodlage.GILTIG, giltig=Period(day(0), day(10))
    )


def test_an_unknown_code_and_an_unknown_list_are_both_unknown():
    register = Kodregister({"TAXA": {}}, frozenset({"TAXA"}))

    assert register.status("TAXA", "99", BASE) == Kodstatus(lage=Kodlage.OKAND)
    assert register.status("BTYP", "1", BASE) == Kodstatus(lage=Kodlage.OKAND)
    assert register.is_complete("TAXA")
    assert not register.is_complete("BTYP")
    assert register.listor == {"TAXA"}
    assert register.valid_on(BASE)["BTYP"] == frozenset()


def test_a_set_is_built_once_for_all_days_on_which_nothing_changes():
    register = Kodregister({"TAXA": {"01": (Period(day(0), day(10)),)}})

    assert register.valid_on(day(1)) is register.valid_on(day(9))
    assert register.valid_on(day(9)) is not register.valid_on(day(10))


def test_a_list_keeps_its_set_when_only_another_list_changes():
    register = Kodregister(
        {"TAXA": {"01": (Period(day(5)),)}, "BTYP": {"1": (Period(day(0)),)}},
    )

    assert register.valid_on(day(4))["BTYP"] is register.valid_on(day(6))["BTYP"]


# A list as a document ------------------------------------------------------------------------


def document(**changes):
    return {
        "kodverk": "TAXA",
        "klass": "006",
        "namn": "Taxor",
        "kalla": "https://example.org",
        "fullstandig": False,
        "koder": [{"kod": "01", "text": "Hel avgift", "fr_o_m": BASE}],
    } | changes


def row(**changes):
    return document(koder=[{"kod": "01", "text": "Hel avgift", "fr_o_m": BASE} | changes])


def test_a_document_becomes_a_list():
    lista = parse(
        row(
            t_o_m=date(2026, 1, 31),
            slutsats=True,
            egenskaper={"avgift": "HEL", "besokstyper": ["0", "1"], "aktiv": True},
            kalla="https://example.org/taxa",
        )
    )

    assert lista == Kodverk(
        kodverk="TAXA",
        namn="Taxor",
        klass="006",
        kallor=("https://example.org",),
        fullstandig=False,
        rader=(
            Kodrad(
                kod="01",
                text="Hel avgift",
                giltig=Period(BASE, date(2026, 2, 1)),
                slutsats=True,
                egenskaper={"avgift": "HEL", "besokstyper": ["0", "1"], "aktiv": True},
                kalla="https://example.org/taxa",
            ),
        ),
    )


def test_a_code_whose_text_is_not_public_has_none():
    lista = parse(row(text=None, text_offentlig=False))

    assert lista.rader[0].text is None


@pytest.mark.parametrize(
    ("broken", "kod", "pekare"),
    [
        ("TAXA", "KOD001", ""),
        (document(kodverk=None), "KOD001", "/kodverk"),
        (document(namn=7), "KOD001", "/namn"),
        (document(klass=6), "KOD001", "/klass"),
        (document(kalla=[]), "KOD001", "/kalla"),
        (document(kalla=[1]), "KOD001", "/kalla"),
        (document(fullstandig="ja"), "KOD001", "/fullstandig"),
        (document(koder={}), "KOD001", "/koder"),
        (document(pris=1), "KOD001", "/pris"),
        (document(koder=["01"]), "KOD001", "/koder/0"),
        (row(pris=1), "KOD001", "/koder/0/pris"),
        (row(text=5), "KOD001", "/koder/0/text"),
        (row(slutsats="ja"), "KOD001", "/koder/0/slutsats"),
        (row(text_offentlig="nej"), "KOD001", "/koder/0/text_offentlig"),
        (row(egenskaper=[1]), "KOD001", "/koder/0/egenskaper"),
        (row(egenskaper={"a": 1}), "KOD001", "/koder/0/egenskaper"),
        (row(egenskaper={"a": [1]}), "KOD001", "/koder/0/egenskaper"),
        (row(egenskaper={1: "a"}), "KOD001", "/koder/0/egenskaper"),
        (row(kalla=1), "KOD001", "/koder/0/kalla"),
        (row(kod=1), "KOD002", "/koder/0/kod"),
        (row(kod=""), "KOD002", "/koder/0/kod"),
        (row(kod=" 01"), "KOD002", "/koder/0/kod"),
        (row(fr_o_m=None), "KOD003", "/koder/0/fr_o_m"),
        (row(fr_o_m="2026-01-01"), "KOD003", "/koder/0/fr_o_m"),
        (row(t_o_m=date(2025, 12, 31)), "KOD003", "/koder/0/fr_o_m"),
        (row(text=None), "KOD005", "/koder/0/text"),
        (row(text_offentlig=False), "KOD005", "/koder/0/text"),
    ],
)
def test_each_fault_of_a_document_has_a_code_and_a_place(broken, kod, pekare):
    faults = parse(broken)

    assert (kod, pekare) in [(fault.kod, fault.pekare) for fault in faults]
    assert all(fault.agare == "REGION" for fault in faults)


def test_a_list_whose_period_ends_the_day_it_begins_is_read():
    assert parse(row(t_o_m=BASE)).rader[0].giltig == Period.inclusive(BASE, BASE)


def test_all_faults_of_a_document_are_told_at_once():
    faults = parse(document(namn=None, koder=[{"kod": 1}, {"kod": "02", "text": "x"}]))

    assert {(fault.kod, fault.pekare) for fault in faults} >= {
        ("KOD001", "/namn"),
        ("KOD002", "/koder/0/kod"),
        ("KOD003", "/koder/0/fr_o_m"),
        ("KOD005", "/koder/0/text"),
        ("KOD003", "/koder/1/fr_o_m"),
    }


def test_two_rows_of_one_code_may_meet_but_not_overlap():
    def two(t_o_m):
        return document(
            koder=[
                {"kod": "19", "text": "Ny", "fr_o_m": date(2022, 1, 1)},
                {"kod": "19", "text": "Gammal", "fr_o_m": BASE.replace(year=2020), "t_o_m": t_o_m},
            ]
        )

    assert isinstance(parse(two(date(2021, 12, 31))), Kodverk)
    (fault,) = parse(two(date(2022, 1, 1)))
    assert (fault.kod, fault.pekare) == ("KOD004", "/koder/0")
    assert "2022-01-01" in fault.text


def test_rows_that_only_change_the_text_are_one_period():
    lista = parse(
        document(
            koder=[
                {"kod": "19", "text": "Ny", "fr_o_m": date(2022, 1, 1)},
                {"kod": "19", "text": "Gammal", "fr_o_m": BASE.replace(year=2020),
                 "t_o_m": date(2021, 12, 31)},
                {"kod": "22", "text": "A", "fr_o_m": date(2020, 1, 1), "t_o_m": date(2020, 1, 31)},
                {"kod": "22", "text": "B", "fr_o_m": date(2020, 2, 2)},
            ]
        )
    )  # fmt: skip

    assert lista.periods() == {
        "19": (Period(date(2020, 1, 1)),),
        "22": (Period(date(2020, 1, 1), date(2020, 2, 1)), Period(date(2020, 2, 2))),
    }


# The lists that come with the project --------------------------------------------------------

FILER = sorted(DATA.glob("*.yaml"))


def read(path):
    return parse(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", FILER, ids=lambda path: path.stem)
def test_every_list_can_be_read_and_names_a_public_source(path):
    lista = read(path)

    assert isinstance(lista, Kodverk), lista
    assert lista.kodverk.lower() == path.stem
    assert all(re.match(r"https?://", kalla) for kalla in lista.kallor)
    assert all(rad.kalla is None or rad.kalla.startswith("http") for rad in lista.rader)
    assert all(len(rad.kod) <= 10 and len(rad.text or "") <= 500 for rad in lista.rader)


def test_only_a_list_known_to_the_last_code_is_called_complete():
    assert {read(path).kodverk for path in FILER if read(path).fullstandig} == {"AKUT"}


@pytest.mark.parametrize(
    ("namn", "koder"),
    [
        ("BTYP", set("012489ABHILP")),
        ("AKUT", set("JN12")),
        ("IKOD", set("01")),
        ("UKOD", set("0137")),
    ],
)
def test_the_lists_hold_the_codes_that_are_public(namn, koder):
    assert set(read(DATA / f"{namn.lower()}.yaml").periods()) == koder


def test_doctors_are_sixty_nine_professions():
    lista = read(DATA / "vdg.yaml")

    doctors = [rad.kod for rad in lista.rader if rad.egenskaper.get("grupp") == "LAKARE"]
    assert doctors == [f"{number:02d}" for number in range(1, 70)]
    assert {"70", "74", "75", "77", "78", "79", "91", "96", "99", "A2", "A3"} <= set(
        lista.periods()
    )


@pytest.mark.parametrize("kod", ["22", "25"])
def test_the_taxor_of_referral_ended_when_the_unit_fee_began(kod):
    register = Kodregister.of([read(DATA / "taxa.yaml")])

    assert register.status("TAXA", kod, date(2022, 3, 31)).lage is Kodlage.GILTIG
    assert register.status("TAXA", kod, date(2022, 4, 1)) == Kodstatus(
        lage=Kodlage.STANGD, stangd_efter=date(2022, 3, 31)
    )


def test_taxa_19_changed_its_meaning_at_the_turn_of_a_year_and_never_closed():
    lista = read(DATA / "taxa.yaml")

    texts = {
        rad.text: (rad.giltig.fr_o_m, rad.giltig.t_o_m) for rad in lista.rader if rad.kod == "19"
    }
    assert texts == {
        "Fullbetalande patient": (date(1970, 1, 1), date(2021, 12, 31)),
        "Självbetalande – icke subventionerad vård": (date(2022, 1, 1), None),
    }
    assert lista.periods()["19"] == (Period(date(1970, 1, 1)),)


def test_tillaggskoder_among_the_atgarder_are_the_codes_on_z():
    lista = read(DATA / "opkod.yaml")

    marked = {rad.kod for rad in lista.rader if rad.egenskaper.get("tillaggskod")}
    assert marked == {rad.kod for rad in lista.rader if rad.kod.startswith("Z")}
    assert {"GC001", "ZV051", "XS003", "UX007", "TLC00"} <= {rad.kod for rad in lista.rader}


def test_the_twenty_one_counties_and_the_code_for_those_not_registered():
    lista = read(DATA / "lan.yaml")

    counties = [rad for rad in lista.rader if rad.egenskaper.get("folkbokford") is not False]
    assert len(counties) == 21
    assert [rad.text for rad in counties if rad.kod == "01"] == ["Stockholms län"]
    assert len(lista.rader) == 22


def test_the_commission_types_are_the_export_of_the_code_server(korpus):
    lista = read(DATA / "uppdragstyp.yaml")

    tree = etree_of(korpus / "kodserver" / "UPPDRAGSTYP-2014-01.xml")
    exported = {}
    for entry in tree.iter("termitementry"):
        fields = {
            field.get("type"): (field.text or "").strip() for field in entry.iter("attribute")
        }
        key = (entry.get("id"), entry.get("begindate")[:10])
        end = entry.get("expirationdate")[:10]
        lov = {"J": True, "N": False}.get(fields.get("Vårdval_LOV"))
        exported[key] = (fields["shortname"], None if end == "2099-12-31" else end, lov)

    ours = {
        (rad.kod, str(rad.giltig.fr_o_m)): (
            rad.text,
            None if rad.giltig.t_o_m is None else str(rad.giltig.t_o_m),
            rad.egenskaper.get("vardval_lov"),
        )
        for rad in lista.rader
    }
    assert len(lista.rader) == 167
    assert len(lista.periods()) == 166
    assert ours == exported


def etree_of(path):
    from lxml import etree  # noqa: PLC0415 - only this test reads XML

    return etree.parse(path)


def test_the_whole_register_answers_for_the_demo_day():
    utgava = yaml.safe_load((DATA / "icd-10-se" / "utgava.yaml").read_text(encoding="utf-8"))
    diagnoser = icd.parse_release(
        {fil: (DATA / "icd-10-se" / fil).read_bytes() for fil in icd.FILER}
    ).as_kodverk(
        giltig=Period(utgava["fr_o_m"]),
        kalla=utgava["kalla"],
        fullstandig=utgava["fullstandig"],
    )

    register = Kodregister.of([*map(read, FILER), diagnoser])

    valid = register.valid_on(date(2026, 11, 2))
    assert "I109" in valid[kodverk.DIAGNOS]
    assert "300" in valid[kodverk.UPPDRAGSTYP]
    assert "22" not in valid[kodverk.TAXA]
    assert not register.is_complete(kodverk.DIAGNOS)
