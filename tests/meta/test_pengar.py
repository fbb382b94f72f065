"""Money is never a float: not in the cores that decide it, nor in the actions that store it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MONEY = sorted(
    {
        ROOT / "gvr" / "core" / "belopp.py",
        *(
            fil
            for app in ("ersmo", "hej", "vardfaktura")
            for rum in ("core", "models", "queries", "actions")
            for fil in (ROOT / "ersattning" / app / rum).rglob("*.py")
        ),
    }
)


def floats(source):
    """Return the line numbers where a float is written, made or asked for."""
    trad = ast.parse(source)
    fragor = _questions(trad)
    return sorted(
        nod.lineno
        for nod in ast.walk(trad)
        if nod not in fragor
        and (_is_float(nod) or (isinstance(nod, ast.BinOp) and _divides_whole_numbers(nod)))
    )


def _is_float(nod):
    return (
        (isinstance(nod, ast.Constant) and isinstance(nod.value, float))
        or (isinstance(nod, ast.Name) and nod.id == "float")
        or (isinstance(nod, ast.Attribute) and nod.attr in ("FloatField", "float32", "float64"))
    )


def _questions(trad):
    """Return what stands in isinstance(…): the way to refuse a float is to ask for it."""
    return {
        inre
        for nod in ast.walk(trad)
        if isinstance(nod, ast.Call)
        and isinstance(nod.func, ast.Name)
        and nod.func.id == "isinstance"
        for inre in ast.walk(nod)
    }


def _divides_whole_numbers(nod):
    """Return whether two whole numbers in the text are divided with /, which makes a float."""
    return isinstance(nod.op, ast.Div) and all(
        isinstance(sida, ast.Constant) and isinstance(sida.value, int)
        for sida in (nod.left, nod.right)
    )


@pytest.mark.parametrize("fil", MONEY, ids=lambda fil: str(fil.relative_to(ROOT)))
def test_a_money_module_has_no_float(fil):
    assert floats(fil.read_text()) == []


@pytest.mark.parametrize(
    "source", ["x = 0.25", "x = float('1')", "x: float", "models.FloatField()", "x = 1 / 4"]
)
def test_the_check_finds_every_way_to_write_a_float(source):
    assert floats(source) == [1]


def test_refusing_a_float_is_allowed():
    assert floats("isinstance(x, (bool, float))") == []


def test_the_money_modules_are_found():
    assert len(MONEY) > 20
