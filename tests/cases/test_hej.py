"""HEJ's cases, written so that the region can read them: prices, yearly ceilings and postings.

The worked examples of docs/prissattning.md are cases as well, and run from the document itself.
"""

import re
from datetime import time
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
import yaml

from ersattning.ersmo.core.klassning import Klassning, Produktrad
from ersattning.hej.core import prislista
from ersattning.hej.core.postning import NyPost, Postad, Postrad, difference
from ersattning.hej.core.prissattning import Takkontakt, apply_year_ceiling, price
from gvr.core.belopp import parse_kr
from gvr.core.period import Manad

ROOT = Path(__file__).resolve().parents[2]
PRISLISTOR = ROOT / "ersattning" / "hej" / "data" / "prislistor"
DOKUMENT = ROOT / "docs" / "prissattning.md"
KODBLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def cases(text):
    return yaml.safe_load(text)


def from_files():
    for fil in sorted((ROOT / "tests" / "cases" / "hej").glob("*.yaml")):
        for case in cases(fil.read_text("utf-8")):
            yield pytest.param(case, id=f"{fil.stem}: {case['namn']}")


def from_the_document():
    for block in KODBLOCK.findall(DOKUMENT.read_text("utf-8")):
        for case in cases(block):
            yield pytest.param(case, id=case["namn"])


@pytest.mark.parametrize("case", list(from_files()))
def test_a_case_comes_out_as_it_says(case):
    run(case)


@pytest.mark.parametrize("case", list(from_the_document()))
def test_a_worked_example_of_the_document_is_true(case):
    run(case)


def test_the_document_has_an_example_of_each_kind():
    kinds = {kind(param.values[0]) for param in from_the_document()}

    assert kinds == {run_pricing, run_ceiling, run_posting}


@pytest.mark.parametrize(
    ("namn", "fel"),
    [
        ("prissattning", {"summa": "1,00"}),
        ("arstak", {"utfall": []}),
        ("postning", {"nya": [{"produktkod": "X", "antal": 1, "apris": "1,00", "belopp": "1,00"}]}),
    ],
)
def test_a_case_that_says_something_untrue_fails(namn, fel):
    case = cases((ROOT / "tests" / "cases" / "hej" / f"{namn}.yaml").read_text("utf-8"))[0]

    with pytest.raises(AssertionError):
        run(case | fel)


def test_a_word_that_no_case_knows_is_refused():
    with pytest.raises(KeyError):
        run({"namn": "Stavfel", "produktr": []})


# Running a case ---------------------------------------------------------------------------------


def run(case):
    kind(case)(**{key: value for key, value in case.items() if key != "namn"})


def kind(case):
    runners = {"produkter": run_pricing, "vardkontakter": run_ceiling, "postade": run_posting}
    (found,) = runners.keys() & case.keys() or {None}
    return runners[found]


@cache
def read(namn):
    lista = prislista.parse(yaml.safe_load((PRISLISTOR / f"{namn}.yaml").read_text("utf-8")))
    assert isinstance(lista, prislista.Prislista), lista
    return lista


def priced(produkter, dag, prislistor):
    rader = [
        Produktrad(
            regel_id="FALL",
            produktkod=produkt["produktkod"],
            typ=produkt.get("typ", "GRUND"),
            antal=produkt.get("antal", 1),
            exempel=False,
        )
        for produkt in produkter
    ]
    return price(Klassning(rader=tuple(rader), orsak=None), day=dag, prislistor=prislistor)


def run_pricing(*, dag, prislistor, produkter, rader=(), summa="0,00", saknas=()):
    svar = priced(produkter, dag, [read(namn) for namn in prislistor])

    assert list(svar.saknas) == list(saknas)
    assert [(rad.produktkod, rad.antal, str(rad.apris), str(rad.belopp)) for rad in svar.rader] == [
        (r["produktkod"], r["antal"], kr(r["apris"]), kr(r["belopp"])) for r in rader
    ]
    assert sum((rad.belopp for rad in svar.rader), Decimal(0)) == parse_kr(summa)


def run_ceiling(*, prislista, vardkontakter, utfall):
    lista = read(prislista)
    kontakter = [
        Takkontakt(
            kontakt_id=nr,
            nyckel=("FALL", k["nyckel"]),
            dag=k["dag"],
            tid=time.fromisoformat(k["tid"]) if "tid" in k else None,
            rader=priced([k], k["dag"], [lista]).rader,
        )
        for nr, k in enumerate(vardkontakter)
    ]
    svar = apply_year_ceiling(kontakter, prislistor=[lista])

    assert [
        (
            vardkontakter[s.kontakt_id]["nyckel"],
            str(s.mottaget),
            [(r.antal, str(r.apris), r.not_) for r in s.prissattning.rader],
            list(s.prissattning.saknas),
            s.orsak,
        )
        for s in svar
    ] == [
        (
            u["nyckel"],
            kr(u["mottaget"]),
            [(antal, kr(apris), not_) for antal, apris, not_ in u.get("rader", [])],
            u.get("saknas", []),
            u.get("orsak"),
        )
        for u in utfall
    ]


def run_posting(*, postade, mal, nya, summa):
    svar = difference([Postad(id=p["id"], rad=line(p)) for p in postade], [line(m) for m in mal])

    assert svar == tuple(NyPost(rad=line(ny), aterfor=ny.get("aterfor")) for ny in nya)
    assert sum((post.rad.belopp for post in svar), Decimal(0)) == parse_kr(summa)


def line(falt):
    """A line of one unit and contract; its amount is given or worked out."""
    apris = parse_kr(falt["apris"])
    return Postrad(
        avtal_id=1,
        enhet_id=1,
        produktkod=falt["produktkod"],
        typ=falt.get("typ", "GRUND"),
        antal=falt["antal"],
        apris=apris,
        belopp=parse_kr(falt["belopp"]) if "belopp" in falt else falt["antal"] * apris,
        vardmanad=Manad.parse(falt.get("vardmanad", "2026-11")),
    )


def kr(text):
    return str(parse_kr(text))
