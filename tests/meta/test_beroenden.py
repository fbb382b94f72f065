"""Every dependency has a reason beside it, and the locks hold exactly what pyproject asks for."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = ROOT / "pyproject.toml"

LOCKS = {
    "requirements.lock": ("project", "lokal"),
    "requirements-test.lock": ("project", "lokal", "dev"),
    "requirements-uv.lock": ("bygg",),
}
"""Each lock and the lists of pyproject.toml that it must satisfy."""


def asked(grupp):
    """Return the requirements of one list."""
    dokument = tomllib.loads(PYPROJECT.read_text())
    rader = (
        dokument["project"]["dependencies"]
        if grupp == "project"
        else dokument["dependency-groups"][grupp]
    )
    return [Requirement(rad) for rad in rader]


def locked(namn):
    """Return the versions of a lock, by canonical name."""
    rader = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (ROOT / namn).read_text(), re.M)
    return {canonicalize_name(paket): Version(version) for paket, version in rader}


def test_every_dependency_says_what_it_is_for():
    text = PYPROJECT.read_text()
    block = text[text.index("dependencies = [") : text.index("\n[tool.")]
    utan = [
        rad.strip()
        for rad in block.splitlines()
        if rad.strip().startswith('"') and not re.search(r'",\s+# \S.{7,}', rad)
    ]

    assert len(re.findall(r'^    "', block, re.M)) > 40
    assert utan == []


@pytest.mark.parametrize(("las", "grupper"), LOCKS.items())
def test_the_lock_satisfies_pyproject(las, grupper):
    versioner = locked(las)
    fel = [
        f"{krav} but {versioner.get(canonicalize_name(krav.name), 'nothing')} is locked"
        for grupp in grupper
        for krav in asked(grupp)
        if versioner.get(canonicalize_name(krav.name)) is None
        or versioner[canonicalize_name(krav.name)] not in krav.specifier
    ]

    assert fel == [], "run: make lock"


def test_the_demo_and_the_tests_run_the_same_versions():
    kort, lang = locked("requirements.lock"), locked("requirements-test.lock")

    assert {paket: lang.get(paket) for paket in kort} == kort


@pytest.mark.parametrize("las", LOCKS)
def test_every_locked_package_has_hashes_and_no_index_is_named(las):
    text = (ROOT / las).read_text()
    paket = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]

    assert paket
    assert [p.split()[0] for p in paket if "--hash=sha256:" not in p] == []
    assert re.findall(r"https?://|--(?:extra-)?index-url|--find-links", text) == []
