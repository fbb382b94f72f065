"""The official text format of ICD-10-SE."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gvr.core.icd import FILER, Icdkod, Icdomrade, Icdutgava, parse_release
from gvr.core.period import Period

DATA = Path(__file__).parents[2] / "gvr" / "data" / "kodverk" / "icd-10-se"

BOM = "\ufeff"
UTGAVA = {
    "digit3.txt": BOM + "A00\t\tKolera\nA17\t\u2020\tTuberkulos i nervsystemet",
    "digit4.txt": BOM + "A000\t\tKolera, Vibrio cholerae\nA009\t*\tKolera, ospecificerad ",
    "digit5.txt": BOM + "A000A\t\tPåhittad femte position\n",
    "block.txt": BOM + "A00-A09\t\tInfektionssjukdomar\nA15-A19\t\tTuberkulos",
    "diagnoskapitel.txt": "A00-B99Vissa infektionssjukdomar",
}


def release(**changes):
    texts = UTGAVA | {fil.replace("_", "."): text for fil, text in changes.items()}
    return {fil: text.encode() for fil, text in texts.items() if text is not None}


def faults(**changes):
    return [(fault.kod, fault.pekare) for fault in parse_release(release(**changes))]


def test_a_release_is_read_with_marks_blocks_and_chapters():
    assert parse_release(release()) == Icdutgava(
        koder=(
            Icdkod("A00", "Kolera"),
            Icdkod("A17", "Tuberkulos i nervsystemet", "\u2020"),
            Icdkod("A000", "Kolera, Vibrio cholerae"),
            Icdkod("A009", "Kolera, ospecificerad ", "*"),
            Icdkod("A000A", "Påhittad femte position"),
        ),
        block=(
            Icdomrade("A00", "A09", "Infektionssjukdomar"),
            Icdomrade("A15", "A19", "Tuberkulos"),
        ),
        kapitel=(Icdomrade("A00", "B99", "Vissa infektionssjukdomar"),),
    )


def test_a_release_with_windows_line_ends_and_without_byte_order_mark_is_the_same():
    windows = {
        fil: text.removeprefix(BOM).replace("\n", "\r\n").encode() for fil, text in UTGAVA.items()
    }

    assert parse_release(windows) == parse_release(release())


def test_a_release_becomes_a_code_list_valid_from_the_day_we_say():
    giltig = Period(date(2022, 1, 1), date(2023, 1, 1))

    lista = parse_release(release()).as_kodverk(giltig=giltig, kalla="https://example.org")

    assert (lista.kodverk, lista.klass, lista.fullstandig) == ("DIAGNOS", "008", True)
    assert lista.periods()["A000A"] == (giltig,)
    assert [rad.egenskaper for rad in lista.rader if rad.kod == "A009"] == [{"markering": "*"}]
    assert [rad.egenskaper for rad in lista.rader if rad.kod == "A000"] == [{}]


@pytest.mark.parametrize(
    ("fil", "text", "pekare"),
    [
        ("digit3_txt", "A00\t\tKolera\nA17", "/digit3.txt/2"),
        ("digit3_txt", "A00\tKolera\nA17\t\tTuberkulos", "/digit3.txt/1"),
        ("digit3_txt", "A00\t\tKolera\n\nA17\t\tTuberkulos", "/digit3.txt/2"),
        ("digit3_txt", "A00\t\t \nA17\t\tTuberkulos", "/digit3.txt/1"),
        ("digit3_txt", "A00\t#\tKolera\nA17\t\tTuberkulos", "/digit3.txt/1"),
        ("digit3_txt", "A00\t\tKolera\tmer\nA17\t\tTuberkulos", "/digit3.txt/1"),
        ("digit3_txt", "A00\t\tKolera\nA17\t\tTuberkulos\nA180\t\tFyra", "/digit3.txt/3"),
        ("digit4_txt", "A00.0\t\tPunkt", "/digit4.txt/1"),
        ("digit4_txt", "a000\t\tLiten bokstav", "/digit4.txt/1"),
        ("digit5_txt", "A000\t\tFör kort", "/digit5.txt/1"),
        ("block_txt", "A00A09\t\tUtan streck", "/block.txt/1"),
        ("block_txt", "A09-A00\t\tBaklänges", "/block.txt/1"),
        ("block_txt", "A00-A09\t*\tMarkerad", "/block.txt/1"),
        ("block_txt", "A00-A09 Infektioner", "/block.txt/1"),
        ("diagnoskapitel_txt", "A00-B99", "/diagnoskapitel.txt/1"),
        ("diagnoskapitel_txt", "A00-B99\t\tMed tabb", "/diagnoskapitel.txt/1"),
        ("diagnoskapitel_txt", "I Infektioner", "/diagnoskapitel.txt/1"),
    ],
)
def test_a_line_that_is_not_built_right_is_pointed_at(fil, text, pekare):
    assert ("ICD002", pekare) in faults(**{fil: text})


def test_a_code_that_stands_twice_is_told_with_both_places():
    found = parse_release(release(digit4_txt="A000\t\tEn\nA000\t\tTvå"))

    assert [(fault.kod, fault.pekare, fault.varde) for fault in found] == [
        ("ICD003", "/digit4.txt/2", "A000")
    ]
    assert "digit4.txt/1" in found[0].text


@pytest.mark.parametrize("content", [None, "", BOM, "\n \n"])
@pytest.mark.parametrize("fil", FILER)
def test_a_file_that_is_missing_or_empty_is_told(fil, content):
    assert ("ICD005", f"/{fil}") in faults(**{fil.replace(".", "_"): content})


def test_a_file_in_another_encoding_is_told():
    files = release() | {"digit3.txt": "A00\t\tK\u00f6ld".encode("iso-8859-1")}

    assert [(f.kod, f.pekare) for f in parse_release(files)] == [("ICD001", "/digit3.txt")]


@pytest.mark.parametrize(
    ("changes", "pekare"),
    [
        ({"digit4_txt": "B990\t\tUtan kategori"}, "/digit4.txt/1"),
        ({"block_txt": "A00-A09\t\tInfektionssjukdomar"}, "/digit3.txt/2"),
        ({"block_txt": "A00-A09\t\tEtt\nA15-A19\t\tTvå\nA17-A18\t\tTre"}, "/digit3.txt/2"),
        ({"diagnoskapitel_txt": "A00-A16Ett kapitel"}, "/digit3.txt/2"),
        ({"diagnoskapitel_txt": "A00-B99Ett\nA10-B99Två"}, "/digit3.txt/2"),
    ],
)
def test_a_code_without_category_block_or_chapter_is_homeless(changes, pekare):
    assert ("ICD004", pekare) in faults(**changes)


def test_all_faults_of_a_release_are_told_at_once():
    found = faults(digit3_txt="A00", digit4_txt="A00.0\t\tPunkt", block_txt="")

    assert found == [
        ("ICD002", "/digit3.txt/1"),
        ("ICD002", "/digit4.txt/1"),
        ("ICD005", "/block.txt"),
    ]


@given(st.dictionaries(st.sampled_from(FILER), st.binary(max_size=60) | st.text().map(str.encode)))
def test_any_bytes_give_a_release_or_faults_and_never_an_exception(files):
    found = parse_release(files)

    assert isinstance(found, Icdutgava) or all(fault.kod.startswith("ICD") for fault in found)


def test_the_excerpt_that_comes_with_the_project_is_a_whole_release():
    utgava = parse_release({fil: (DATA / fil).read_bytes() for fil in FILER})

    assert isinstance(utgava, Icdutgava)
    assert len(utgava.koder) == 313
    assert len(utgava.kapitel) == 22
    about = yaml.safe_load((DATA / "utgava.yaml").read_text(encoding="utf-8"))
    assert about["fullstandig"] is False
    assert about["kalla"].startswith("https://www.socialstyrelsen.se/")


def test_the_official_release_is_read_whole(korpus):
    folder = korpus / "kodverk" / "icd-10-se"

    utgava = parse_release({fil: (folder / fil).read_bytes() for fil in FILER})

    by_length = [sum(len(rad.kod) == length for rad in utgava.koder) for length in (3, 4, 5)]
    assert by_length == [2056, 9643, 23985]
    assert (len(utgava.block), len(utgava.kapitel)) == (264, 22)
    marks = [rad.markering for rad in utgava.koder]
    assert (marks.count("\u2020"), marks.count("*")) == (82, 433)


def test_no_text_of_the_excerpt_differs_from_the_official_one(korpus):
    folder = korpus / "kodverk" / "icd-10-se"

    official = parse_release({fil: (folder / fil).read_bytes() for fil in FILER})
    excerpt = parse_release({fil: (DATA / fil).read_bytes() for fil in FILER})

    assert set(excerpt.koder) <= set(official.koder)
    assert set(excerpt.block) <= set(official.block)
    assert excerpt.kapitel == official.kapitel
