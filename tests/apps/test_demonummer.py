"""The demo and the tests know only people who do not exist."""

import re
from datetime import date
from pathlib import Path

from gvr.core.avvikelse import Avvikelse
from gvr.core.demokontakter import generate, generate_late
from gvr.core.personnummer import Identitet, parse
from gvr.queries import demo

ROOT = Path(__file__).resolve().parents[2]
#: 191212121212 is the public test number of the region's own adapter and of Skatteverket.
KANDA = {"191212121212"}
_TOLV = re.compile(r"(?<![0-9a-fA-F])[0-9]{8}[- ]?[0-9]{4}(?![0-9a-fA-F])")


def people_in(text):
    """Every personnummer and samordningsnummer with a right check digit in the text."""
    funna = (parse(re.sub("[- ]", "", traff)) for traff in _TOLV.findall(text))
    return {f.nummer for f in funna if isinstance(f, Identitet) and f.fodd is not None}


def test_the_series_of_test_numbers_holds_only_numbers_that_can_be():
    nummer = demo.test_patients()

    assert len(nummer) == len(set(nummer)) > 500
    assert [n for n in nummer if isinstance(parse(n), Avvikelse)] == []


def test_every_patient_of_the_made_up_contacts_is_from_the_series():
    serie = demo.test_patients()
    planerade = [
        *generate(
            seed=1, antal=2000, fr_o_m=date(2026, 10, 1), t_o_m=date(2026, 11, 30), patienter=serie
        ),
        *generate_late(seed=1, antal=50, patienter=serie),
    ]

    assert {p.innehall.patient_id for p in planerade} <= set(serie)


def test_the_commands_that_make_contacts_ask_for_the_series():
    for fil in ("commands/send_demo.py", "matning.py"):
        text = (ROOT / "avstamning" / "management" / fil).read_text()
        assert "test_patients()" in text, fil


def test_nobody_else_is_named_in_what_the_demo_is_made_of():
    tillatna = KANDA | set(demo.test_patients())
    filer = [
        *(ROOT / "gvr" / "data" / "demo").rglob("*"),
        *(ROOT / "avstamning" / "management").rglob("*.py"),
        *(ROOT / "gvr" / "core").rglob("demo*.py"),
        *(ROOT / "templates").rglob("*.html"),
        *(ROOT / "docs").rglob("*.md"),
    ]
    fel = {
        str(fil.relative_to(ROOT)): sorted(andra)
        for fil in filer
        if fil.is_file() and (andra := people_in(fil.read_text()) - tillatna)
    }

    assert filer
    assert fel == {}
