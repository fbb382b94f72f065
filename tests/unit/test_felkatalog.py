"""The catalogue of findings: complete, readable, and one text per code."""

import re
from pathlib import Path

import pytest

from gvr.core import felkatalog, icd, kodverk, kombinationer, kontroll, personnummer, register
from gvr.core.avvikelse import Allvar
from gvr.core.felkatalog import FELKATALOG, Felpost, add, finding

#: The modules whose codes are entered in felkatalog.py itself.
OF_THE_REGISTER = (personnummer, kombinationer, kontroll, kodverk, icd, register)
KOD = re.compile(r'"((?:GVR|KOD|ICD)\d{3}|[A-Z]+_[A-Z]+|TESTUPPDRAG)"')
OWN = [
    felpost
    for felpost in FELKATALOG.values()
    if f'"{felpost.kod}"' in Path(felkatalog.__file__).read_text(encoding="utf-8")
]


def codes_in(module):
    """The codes that stand in the source of a module, in a call or in a table."""
    source = Path(module.__file__).read_text(encoding="utf-8")
    return {
        kod
        for kod in KOD.findall(source)
        if kod.startswith(("GVR", "KOD", "ICD"))
        or re.search(rf'(kod=|finding\(\s*)"{kod}"', source)
    }


def test_every_code_raised_by_the_register_is_in_the_catalogue():
    raised = set().union(*map(codes_in, OF_THE_REGISTER))

    assert raised <= set(FELKATALOG)


def test_every_code_of_the_catalogue_is_raised_somewhere():
    raised = set().union(*map(codes_in, OF_THE_REGISTER))
    #: Raised where rule packs and price lists are kept, and where contacts are registered.
    above = {"AVTALSOMRADE_OKANT", "DUBBELRAPPORTERAD"}

    assert {felpost.kod for felpost in OWN} == raised | above


@pytest.mark.parametrize("felpost", OWN, ids=lambda felpost: felpost.kod)
def test_every_entry_says_what_is_wrong_and_what_to_do_in_whole_sentences(felpost):
    assert felpost.titel
    assert not felpost.titel.endswith(".")
    assert felpost.text.endswith(".")
    assert felpost.atgard.endswith(".")
    assert felpost.agare in {"VARDGIVARE", "JOURNALSYSTEM", "REGION"}
    assert (felpost.allvar is Allvar.STOPP) == (felpost.http is not None)


def test_no_two_entries_have_the_same_title():
    titles = [felpost.titel for felpost in OWN]

    assert len(titles) == len(set(titles))


def test_a_finding_takes_its_words_from_the_catalogue_unless_told_otherwise():
    plain = finding("GVR043", pekare="/taxa")
    exact = finding("GVR043", pekare="/taxa", text="Taxa saknas.", allvar=Allvar.ANMARKNING)

    assert plain.text == FELKATALOG["GVR043"].text
    assert plain.allvar is Allvar.STOPP
    assert (exact.text, exact.allvar) == ("Taxa saknas.", Allvar.ANMARKNING)
    assert exact.atgard == plain.atgard == FELKATALOG["GVR043"].atgard
    assert exact.kalla == FELKATALOG["GVR043"].kalla


def test_a_code_that_is_not_in_the_catalogue_cannot_be_found():
    with pytest.raises(KeyError, match="GVR999"):
        finding("GVR999", pekare="/taxa")


def test_an_entry_may_be_added_twice_but_not_changed(monkeypatch):
    monkeypatch.setattr(felkatalog, "FELKATALOG", {})
    felpost = Felpost(
        kod="API001", titel="Okänt fält", text="Fältet finns inte.", atgard="Ta bort."
    )

    add(felpost)
    add(felpost)

    with pytest.raises(ValueError, match="API001"):
        add(Felpost(kod="API001", titel="Annat", text="Annat.", atgard="Annat."))


def test_a_code_about_the_request_is_no_finding_about_a_contact(monkeypatch):
    monkeypatch.setattr(felkatalog, "FELKATALOG", {})
    add(Felpost(kod="API001", titel="Okänt fält", text="Fältet finns inte.", atgard="Ta bort."))

    with pytest.raises(ValueError, match="anrop"):
        finding("API001", pekare="/taxa")
