"""Which modules may be loaded without what."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("gvr", "ersattning/ersmo", "ersattning/hej", "ersattning/vardfaktura", "avstamning")

PROGRAM = """\
import importlib, sys
for namn in sys.argv[1:]:
    importlib.import_module(namn)
tunga = {"django", "celery", "kombu", "rest_framework", "guardian", "psycopg"}
lasta = sorted(tunga & set(sys.modules))
if lasta:
    sys.exit(f"loaded {lasta}")
"""


def modules(mapp):
    """Return the dotted names of every module under the folder."""
    return [
        ".".join(fil.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for fil in sorted((ROOT / mapp).rglob("*.py"))
        if fil.name != "__main__.py"
    ]


def import_alone(*namn):
    """Import the modules in an interpreter that has loaded nothing else."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *namn],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("app", APPS)
def test_every_core_module_loads_without_django_and_its_friends(app):
    namn = modules(f"{app}/core")

    ut = import_alone(*namn)

    assert namn
    assert ut.returncode == 0, ut.stderr


def test_importing_the_package_gvr_starts_nothing():
    ut = import_alone("gvr", "ersattning", "avstamning")

    assert ut.returncode == 0, ut.stderr


def test_the_check_above_sees_a_module_that_loads_django():
    ut = import_alone("gvr.celery")

    assert "celery" in ut.stderr


def test_the_house_loads_no_django():
    ut = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace(', "psycopg"', ""), *modules("gvr/lokal")],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ut.returncode == 0, ut.stderr
