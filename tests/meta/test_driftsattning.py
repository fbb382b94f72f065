"""A server with production's settings starts clean, and one with half of them does not start."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "gvr" / "settings.py"

PRODUCTION = {
    "SECRET_KEY": "".join(f"{nr:02d}-åäö-aZ" for nr in range(10)),
    "DATABASE_URL": "postgresql://gvr_app@/gvr?host=/var/run/postgresql",
    "REDIS_URL": "redis://localhost:6379/0",
    "ALLOWED_HOSTS": "ersattning.example,www.ersattning.example",
    "HTTPS": "ja",
    "BETRODDA_PROXYSERVRAR": "unix",
}

REFUSED = {
    "no key": ({"SECRET_KEY": ""}, "SECRET_KEY saknas"),
    "no database": ({"DATABASE_URL": ""}, "DATABASE_URL ska börja med postgresql://"),
    "another kind of database": (
        {"DATABASE_URL": "sqlite:///gvr.db"},
        "DATABASE_URL ska börja med postgresql://",
    ),
    "a server without a database": (
        {"DATABASE_URL": "postgresql://gvr_app@db.example"},
        "DATABASE_URL saknar databasens namn",
    ),
    "no broker": ({"REDIS_URL": ""}, "REDIS_URL saknas"),
    "nobody's host": ({"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS ska räkna upp"),
    "anybody's host": ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS ska räkna upp"),
    "a sandbox on the real database": ({"SANDLADA": "ja"}, "SANDLADA=ja hör ihop med"),
    "the real thing on a sandbox's database": (
        {"DATABASE_URL": "postgresql://gvr_app@/gvr_sandlada?host=/var/run/postgresql"},
        "SANDLADA=ja hör ihop med",
    ),
    "an English yes": ({"HTTPS": "yes"}, "HTTPS='yes': skriv 'ja' eller 'nej'"),
    "a number for a word": ({"DEBUG": "1"}, "DEBUG='1': skriv 'ja' eller 'nej'"),
    "debugging in public": ({"DEBUG": "ja"}, "DEBUG=ja visar kod"),
    "no list of proxies": ({"BETRODDA_PROXYSERVRAR": ""}, "BETRODDA_PROXYSERVRAR saknas"),
    "an empty list of proxies": ({"BETRODDA_PROXYSERVRAR": " , "}, "BETRODDA_PROXYSERVRAR saknas"),
    "a proxy by name": (
        {"BETRODDA_PROXYSERVRAR": "nginx.example"},
        "BETRODDA_PROXYSERVRAR='nginx.example': skriv",
    ),
    "everybody as proxy": (
        {"BETRODDA_PROXYSERVRAR": "0.0.0.0/0"},
        "BETRODDA_PROXYSERVRAR='0.0.0.0/0': hela världen",
    ),
    "a word for a number": ({"BETALNINGSDAGAR": "trettio"}, "BETALNINGSDAGAR='trettio': skriv"),
    "a lease that ends before it begins": (
        {"ARENDE_LEASE_SEKUNDER": "-1"},
        "ARENDE_LEASE_SEKUNDER='-1': skriv",
    ),
}


def run(*argv, **env):
    """Run Python with nothing in its environment but production's settings and what is given."""
    return subprocess.run(
        [sys.executable, *argv],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONUTF8": "1", **PRODUCTION, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_deploy_check_has_nothing_to_say():
    ut = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert ut.returncode == 0, ut.stderr
    assert "0 silenced" in ut.stdout


def test_the_deploy_check_would_have_spoken():
    ut = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", HTTPS="nej")

    assert ut.returncode == 1
    assert "security.W008" in ut.stderr


def test_every_silenced_check_says_why_on_its_line():
    stycke = re.search(r"^SILENCED_SYSTEM_CHECKS\b.*?^\]", SETTINGS.read_text(), re.M | re.S)
    rader = [] if stycke is None else re.findall(r'^ +"[^"]+",.*$', stycke.group(), re.M)
    ut = run(
        "-c", "from gvr import settings; print(getattr(settings, 'SILENCED_SYSTEM_CHECKS', []))"
    )

    assert [rad for rad in rader if "  # " not in rad] == []
    assert ut.stdout.count("'") == 2 * len(rader), ut.stderr


@pytest.mark.parametrize(("env", "text"), REFUSED.values(), ids=REFUSED)
def test_the_process_refuses(env, text):
    ut = run("-c", "import gvr.settings", **env)

    assert ut.returncode == 1
    assert f"ImproperlyConfigured: {text}" in ut.stderr


@pytest.mark.parametrize("env", [{}, {"HTTPS": ""}, {"HTTPS": "nej", "DEBUG": "ja"}])
def test_the_process_accepts(env):
    ut = run("-c", "import gvr.settings", **env)

    assert ut.returncode == 0, ut.stderr


def test_https_is_on_unless_told_otherwise():
    ut = run("-c", "from gvr import settings as s; print(s.SECURE_SSL_REDIRECT, s.DEBUG)", HTTPS="")

    assert ut.stdout.split() == ["True", "False"]
