"""The price lists that are shipped: every figure against its source."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from ersattning.hej.core import prislista
from ersattning.hej.core.prislista import Prislista
from gvr.core.avvikelse import Allvar

MAPP = Path(prislista.__file__).parents[1] / "data" / "prislistor"
FILER = sorted(MAPP.glob("*.yaml"))
REGELPAKET = sorted((MAPP.parents[2] / "ersmo" / "data" / "regelpaket").glob("*.yaml"))

#: The groups of 3 § of the LOL ordinance, as the tariff names them.
SPECIALITETSGRUPPER = {
    "Allmänmedicin": "LOL-ALLM",
    "Anestesi och intensivvård": "LOL-ANEST",
    "Barnmedicinska specialiteter": "LOL-BARN",
    "Hud- och könssjukdomar": "LOL-HUD",
    "Invärtesmedicinska specialiteter m.m.": "LOL-INV",
    "Reumatologi": "LOL-REUM",
    "Vissa opererande specialiteter": "LOL-OPER",
    "Obstetrik och gynekologi": "LOL-GYN",
    "Psykiatriska specialiteter": "LOL-PSYK",
    "Ögonsjukdomar": "LOL-OGON",
    "Öron-, näs- och halssjukdomar m.m.": "LOL-ONH",
    "Onkologi": "LOL-ONK",
    "Neurologi": "LOL-NEUR",
    "Läkare utan specialistkompetens": "LOL-UTAN",
}
#: Products that rules give and no public source prices: their contacts wait.
OKANDA = {"AVG-LAKARE-HALV"}

#: The lists of the areas whose contacts pay the fee of an out-patient visit.
MED_PATIENTAVGIFT = ["huslakarverksamhet", "specialiserad-gynekologi", "rehabilitering-astma-kol"]

ARVODESTYPER = {
    "enkelt": "ENKL",
    "gruppbehandling": "GRP",
    "särskilt": "SARS",
    "enkel telefonkonsultation": "TEL",
}


def read(namn):
    lista = prislista.parse(yaml.safe_load((MAPP / f"{namn}.yaml").read_text("utf-8")))
    assert isinstance(lista, Prislista), lista
    return lista


def table(korpus, namn):
    with (korpus / "lol-lof" / namn).open(encoding="utf-8", newline="") as fil:
        return list(csv.DictReader(fil, delimiter=";"))


def figures(pris):
    return (pris.belopp, pris.reducerat, pris.tak1, pris.tak2)


def kr(text):
    return Decimal(text) if text else None


@pytest.mark.parametrize("fil", FILER, ids=lambda fil: fil.stem)
def test_a_shipped_list_has_no_fault_and_a_source_on_every_row(fil):
    document = yaml.safe_load(fil.read_text("utf-8"))
    faults = [a for a in prislista.check(document) if a.allvar is Allvar.STOPP]

    assert faults == []
    assert all(rad["kalla"].strip() for rad in document["priser"])
    assert all(len(rad["text"]) <= 200 for rad in document["priser"])


def test_all_lists_have_a_code_of_their_own():
    koder = [read(fil.stem).kod for fil in FILER]

    assert len(koder) == len(set(koder))
    assert koder


def test_lol_holds_each_figure_of_the_ordinance_and_nothing_else(korpus):
    rows = table(korpus, "lol-normalarvode.csv")
    lista = read("lol")
    for row in rows:
        year = int(row["tillampas_fran"][:4])
        kod = SPECIALITETSGRUPPER[row["specialitetsgrupp"]]
        tariff = (kr(row["normalarvode_kr"]), None, kr(row["sammanlagt_mottaget_arvode_kr"]), None)
        for day in (date.fromisoformat(row["tillampas_fran"]), date(year, 12, 31)):
            pris = lista.find(kod, day)
            assert figures(pris) == tariff, (kod, day)
            assert f"SFS {row['sfs']}" in pris.kalla
            assert f"{row['tidsatgang_min']} min" in pris.text

    fees = [pris for pris in lista.priser if pris.produktkod.startswith("LOL-")]
    assert len(fees) == len(rows) == 42


def test_lof_holds_each_figure_of_the_tariff_and_nothing_else(korpus):
    normal = table(korpus, "lof-normalarvode.csv")
    others = table(korpus, "lof-ovriga-arvoden.csv")
    lista = read("lof")
    expected = {}
    for row in normal:
        kategori, day = row["arvodeskategori"], row["tillampas_fran"]
        tak = kr(row["sammanlagt_mottaget_arvode_kr"]), kr(row["ersattningstak_kr"])
        expected[f"LOF-{kategori}-NORM", day] = (
            kr(row["normalarvode_kr"]),
            kr(row["reducerat_normalarvode_kr"]),
            *tak,
        )
        for other in others:
            if other["tillampas_fran"] == day and other["kategori"] in ("alla", kategori):
                kod = f"LOF-{kategori}-{ARVODESTYPER[other['arvodestyp']]}"
                fees = kr(other["arvode_tak1_kr"]), kr(other["reducerat_tak2_kr"])
                expected[kod, day] = (*fees, *tak)

    found = {
        (p.produktkod, p.giltig.start.isoformat()): figures(p)
        for p in lista.priser
        if p.produktkod.startswith("LOF-")
    }
    assert found == expected
    assert found["LOF-A-TEL", "2021-01-01"][1] is None  # not readable in the source


@pytest.mark.parametrize(
    ("namn", "kod", "day"),
    [
        ("lol", "LOL-ALLM", date(2007, 12, 31)),
        ("lol", "LOL-ALLM", date(2009, 1, 1)),
        ("lol", "LOL-ALLM", date(2012, 12, 31)),
        ("lol", "LOL-ALLM", date(2014, 1, 1)),
        ("lol", "LOL-ALLM", date(2020, 1, 1)),
        ("lof", "LOF-A-NORM", date(2011, 1, 1)),
        ("lof", "LOF-A-ENKL", date(2010, 6, 1)),
        ("lof", "LOF-A-NORM", date(2020, 6, 1)),
        ("lof", "LOF-B-SARS", date(2022, 1, 1)),
        ("ulp", "2UL01", date(2020, 1, 1)),
        ("ulp", "2UL01", date(2022, 12, 31)),
        ("ulp", "2UL19", date(2019, 6, 1)),
        ("ulp", "ULP-DIAG", date(2023, 12, 31)),
        ("huslakarverksamhet", "AVG-ENHET", date(2022, 3, 31)),
        ("lol", "AVG-LAKARE", date(2009, 12, 31)),
        ("lol", "AVG-LAKARE", date(2013, 6, 1)),
        ("lof", "AVG-BEHANDLING", date(2017, 12, 31)),
    ],
)
def test_a_year_without_a_public_table_has_no_price(namn, kod, day):
    assert read(namn).find(kod, day) is None


@pytest.mark.parametrize(
    ("koder", "kr_2019", "kr_2023", "kr_2024"),
    [
        (["01", "02", "03"], 1800, 1975, 2093),
        (["04", "05", "06", "16", "17", "18"], 800, 878, 930),
        (["19", "20", "21"], None, 500, 500),
        (["22", "23", "24"], None, 425, 425),
        (["25", "26", "27", "28", "29", "30"], None, 275, 275),
    ],
)
def test_out_of_county_visits_have_the_reference_price_of_their_year(
    koder, kr_2019, kr_2023, kr_2024
):
    lista = read("ulp")
    for kod in koder:
        found = [lista.find(f"2UL{kod}", date(year, 7, 1)) for year in (2019, 2023, 2024, 2026)]
        assert [p and p.belopp for p in found] == [kr_2019, kr_2023, kr_2024, kr_2024]


def test_medical_diagnostics_are_deducted_from_2024():
    assert read("ulp").find("ULP-DIAG", date(2024, 1, 1)).belopp == 150


@pytest.mark.parametrize("namn", MED_PATIENTAVGIFT)
@pytest.mark.parametrize(
    ("kod", "day", "kronor"),
    [
        ("AVG-ENHET", date(2022, 4, 1), "250.00"),
        ("AVG-ENHET", date(2023, 12, 31), "250.00"),
        ("AVG-ENHET", date(2024, 1, 1), "275.00"),
        ("AVG-ENHET-HALV", date(2023, 12, 31), "125.00"),
        ("AVG-ENHET-HALV", date(2024, 1, 1), "137.50"),
        ("AVG-AKUT", date(2022, 4, 1), "400.00"),
        ("AVG-AKUT", date(2026, 1, 1), "400.00"),
        ("AVG-AKUT-HALV", date(2026, 1, 1), "200.00"),
    ],
)
def test_a_patient_fee_is_the_one_of_its_day(namn, kod, day, kronor):
    assert str(read(namn).find(kod, day).belopp) == kronor


@pytest.mark.parametrize(
    ("namn", "kod", "day", "kronor"),
    [
        ("lol", "AVG-LAKARE", date(2010, 12, 31), 150),
        ("lol", "AVG-LAKARE", date(2015, 1, 1), 200),
        ("lol", "AVG-LAKARE", date(2022, 3, 31), 200),
        ("lol", "AVG-LAKARE", date(2022, 4, 1), None),
        ("lol", "AVG-SPECIALIST", date(2010, 1, 1), 320),
        ("lol", "AVG-SPECIALIST", date(2020, 12, 31), 350),
        ("lol", "AVG-SPECIALIST", date(2021, 1, 1), 400),
        ("lol", "AVG-REMISS", date(2010, 1, 1), 170),
        ("lol", "AVG-REMISS", date(2020, 12, 31), 150),
        ("lol", "AVG-REMISS", date(2021, 1, 1), 200),
        ("lol", "AVG-ENHET", date(2022, 4, 1), 250),
        ("lof", "AVG-BEHANDLING", date(2018, 1, 1), 200),
        ("lof", "AVG-BEHANDLING", date(2022, 3, 31), 200),
        ("lof", "AVG-BEHANDLING", date(2022, 4, 1), None),
        ("lof", "AVG-ENHET", date(2024, 1, 1), 275),
    ],
)
def test_before_the_unit_fee_it_depended_on_who_was_visited(namn, kod, day, kronor):
    pris = read(namn).find(kod, day)

    assert (pris and pris.belopp) == kronor


@pytest.mark.parametrize("namn", [*MED_PATIENTAVGIFT, "lol", "lof"])
def test_half_a_fee_is_half_of_the_fee_on_every_day(namn):
    lista = read(namn)
    for pris in lista.priser:
        if pris.produktkod.endswith("-HALV"):
            whole = lista.find(pris.produktkod.removesuffix("-HALV"), pris.giltig.start)
            assert pris.belopp * 2 == whole.belopp


@pytest.mark.parametrize("fil", FILER, ids=lambda fil: fil.stem)
def test_an_invented_price_says_so_and_is_a_round_figure(fil):
    for pris in read(fil.stem).priser:
        assert pris.exempel == ("exempel" in pris.kalla.lower()), pris
        assert not pris.exempel or pris.belopp % 50 == 0, pris


def test_a_public_price_is_never_marked_as_invented():
    assert not any(pris.exempel for namn in ("lol", "lof", "ulp") for pris in read(namn).priser)


@pytest.mark.parametrize("fil", REGELPAKET, ids=lambda fil: fil.stem)
def test_every_product_that_a_shipped_rule_gives_has_a_price_in_its_area(fil):
    paket = yaml.safe_load(fil.read_text("utf-8"))
    priced = {
        pris.produktkod
        for lista in (read(prisfil.stem) for prisfil in FILER)
        if lista.avtalsomrade == paket["avtalsomrade"]
        for pris in lista.priser
    }
    given = {regel["produktkod"] for regel in paket["regler"] if "produktkod" in regel}

    assert given - priced <= OKANDA
    assert given & priced
    assert not OKANDA & priced


@pytest.mark.parametrize(("kod", "kronor"), [("AVG-ASYL-LAK", "50.00"), ("AVG-ASYL-OVR", "25.00")])
def test_an_asylum_seeker_pays_a_fee_of_their_own(kod, kronor):
    assert str(read("huslakarverksamhet").find(kod, date(2026, 1, 1)).belopp) == kronor


def test_a_product_has_one_price_among_the_lists_of_its_area():
    found = {}
    for fil in FILER:
        lista = read(fil.stem)
        for pris in lista.priser:
            key = lista.avtalsomrade, pris.produktkod
            assert found.setdefault(key, lista.kod) == lista.kod, key
