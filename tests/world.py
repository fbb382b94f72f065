"""The small world with names that the tests and the demo share."""

from pathlib import Path

import yaml

from gvr.actions import stamdata

VARLDEN = Path(__file__).resolve().parents[1] / "gvr" / "data" / "demo" / "varlden.yaml"


def load_providers():
    """Load the fictional region's units, commissions and contracts; return providers by key."""
    return stamdata.load(yaml.safe_load(VARLDEN.read_text()))
