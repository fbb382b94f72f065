"""What the fictional region is made of, read from its files."""

from collections.abc import Mapping
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


def documents(mapp: Path) -> list[Mapping[str, Any]]:
    """Return every YAML document of a folder, in order of file name."""
    return [yaml.safe_load(fil.read_text()) for fil in sorted(mapp.glob("*.yaml"))]
