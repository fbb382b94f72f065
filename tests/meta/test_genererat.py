"""Files that a command writes are what the command writes today."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

GENERATED = {
    "docs/api/openapi.yaml": ("spectacular", "--validate", "--fail-on-warn"),
    "docs/regelbok.md": ("print_regelbok",),
}
"""Each committed file and the management command whose standard output it is."""


@pytest.mark.parametrize(("fil", "kommando"), GENERATED.items())
def test_a_generated_file_is_current(fil, kommando):
    ut = subprocess.run(
        [sys.executable, ROOT / "manage.py", *kommando],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ut.returncode == 0, ut.stderr
    assert (ROOT / fil).is_file(), f"write it: manage.py {' '.join(kommando)} > {fil}"
    assert (ROOT / fil).read_text() == ut.stdout, f"manage.py {' '.join(kommando)} > {fil}"
