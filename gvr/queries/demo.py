"""What the fictional region is made of, read from its files."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).resolve().parent.parent / "data"


def world() -> Mapping[str, Any]:
    """Return providers, units, contracts, accounts and people of the fictional region."""
    svar: Mapping[str, Any] = yaml.safe_load((DATA / "demo" / "varlden.yaml").read_text())
    return svar


def test_patients() -> list[str]:
    """Return numbers from the tax agency's test series; they belong to nobody."""
    text = (DATA / "demo" / "testpersonnummer.txt").read_text()
    return [rad for rad in text.splitlines() if rad and not rad.startswith("#")]


def sandbox_world() -> Mapping[str, Any]:
    """Return what a sandbox has beside the fictional region: units that are wrong in some way."""
    svar: Mapping[str, Any] = yaml.safe_load((DATA / "demo" / "sandlada.yaml").read_text())
    return svar


@lru_cache(maxsize=1)
def sandbox_patients() -> frozenset[str]:
    """Return the numbers that a sandbox takes: the tax agency's series, and its best known."""
    return frozenset((*test_patients(), "191212121212"))


def documents(mapp: Path) -> list[Mapping[str, Any]]:
    """Return every YAML document of a folder, in order of file name."""
    return [yaml.safe_load(fil.read_text()) for fil in sorted(mapp.glob("*.yaml"))]
