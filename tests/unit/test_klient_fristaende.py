"""The reference client stands on its own: a vendor installs it without the server."""

import ast
import sys
import tomllib
from pathlib import Path

import pytest

import gvr_klient
from gvr_klient import kommandon

HEM = Path(gvr_klient.__file__).parents[1]
PAKET = HEM / "gvr_klient"


def imports(fil):
    """Return the top-level packages that a file imports."""
    namn = set()
    for nod in ast.walk(ast.parse(fil.read_text())):
        if isinstance(nod, ast.Import):
            namn |= {alias.name.split(".")[0] for alias in nod.names}
        elif isinstance(nod, ast.ImportFrom):
            namn.add((nod.module or "").split(".")[0])
    return namn


@pytest.mark.parametrize("fil", sorted(PAKET.rglob("*.py")), ids=lambda f: str(f.relative_to(HEM)))
def test_it_imports_only_itself_the_standard_library_and_httpx(fil):
    assert imports(fil) - set(sys.stdlib_module_names) <= {"gvr_klient", "httpx"}


def test_its_only_dependency_is_httpx():
    projekt = tomllib.loads((HEM / "pyproject.toml").read_text())["project"]

    assert [rad.split(">")[0] for rad in projekt["dependencies"]] == ["httpx"]
    assert projekt["version"] == gvr_klient.__version__
    assert projekt["scripts"] == {"gvr-klient": "gvr_klient.kommandon:main"}


def test_the_command_says_what_it_needs(monkeypatch, capsys):
    monkeypatch.delenv("GVR_URL", raising=False)

    assert kommandon.main(["status"]) == kommandon.FEL
    assert "GVR_URL saknas" in capsys.readouterr().err


def test_the_readme_names_every_command(capsys):
    with pytest.raises(SystemExit):
        kommandon.main(["--help"])
    hjalp = capsys.readouterr().out
    readme = (HEM / "README.md").read_text()
    namn = [
        rad.split()[0] for rad in hjalp.splitlines() if rad.startswith("    ") and rad[4] != " "
    ]

    assert len(namn) >= 8
    assert [ett for ett in namn if f"gvr-klient {ett}" not in readme] == []
