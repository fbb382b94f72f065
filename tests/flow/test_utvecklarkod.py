"""Every block of code in the developer portal is run as it stands, against a running server.

The only thing put in is the account's token, where the page says that it belongs.
"""

import html
import os
import re
import stat
import subprocess
import sys
from contextlib import ExitStack
from datetime import datetime, time, timedelta
from pathlib import Path
from shutil import which
from zoneinfo import ZoneInfo

import httpx
import pytest
from django.utils import timezone

from avstamning.actions import demo
from avstamning.portal.utvecklare import GUIDER
from gvr.core.demonycklar import derive
from gvr.lokal.demo import free_port
from gvr.lokal.hus import Hus, django_env
from gvr.lokal.servrar import Servrar
from gvr.lokal.vagar import ROOT, prepare, throw_away

BLOCK = re.compile(r'<code data-sprak="(\w+)">(.*?)</code>', re.S)
PLATS = "klistra-in-kontots-token"
SIDOR = [
    "/utvecklare/",
    "/utvecklare/sandlada/",
    "/utvecklare/testkit/",
    *(f"/utvecklare/guider/{namn}/" for namn in GUIDER),
]


@pytest.fixture(scope="module")
def server(egen_databas_modul):
    """A sandbox behind a web server; its address and how to get the token of a system."""
    with ExitStack() as stack:
        hem = prepare(stack.enter_context(throw_away())).hem
        servrar = Servrar(
            agare=os.environ["DATABASE_OWNER_URL"],
            app=os.environ["DATABASE_URL"],
            redis=os.environ["REDIS_URL"],
            inbyggda=False,
        )
        env = {
            **django_env(hem, servrar, os.environ),
            "SANDLADA": "ja",
            "WEBHOOK_TILLATNA_NAT": "127.0.0.1",
            "WEBHOOK_UTAN_TLS": "ja",
        }
        igar = timezone.localdate() - timedelta(days=1)
        demo.build(
            secret=env["SECRET_KEY"],
            at=datetime.combine(igar, time(12), ZoneInfo("Europe/Stockholm")),
            sandlada=True,
        )
        hus = Hus(stack=stack, hem=hem, servrar=servrar, env=env)
        yield hus.serve(free_port()), lambda namn: derive(env["SECRET_KEY"], namn, 40)


@pytest.fixture
def skal(tmp_path):
    """An environment in which the reference client is installed."""
    if which("curl") is None:
        pytest.skip("no curl on this machine")
    kommando = tmp_path / "bin" / "gvr-klient"
    kommando.parent.mkdir()
    kommando.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gvr_klient "$@"\n')
    kommando.chmod(kommando.stat().st_mode | stat.S_IXUSR)
    return {
        "PATH": f"{kommando.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "gvr" / "klient"),
        "LANG": "C.UTF-8",
        "WEBHOOK_ADRESS": "http://127.0.0.1:9009/",
    }


def blocks(adress, sida):
    """Return the blocks of a page in order: language and text, as a reader copies them."""
    svar = httpx.get(f"{adress}{sida}")
    assert svar.status_code == 200
    return [(sprak, html.unescape(text)) for sprak, text in BLOCK.findall(svar.text)]


def as_script(block, token):
    """Return one script of the blocks: a reader's shell keeps its variables between them."""
    rader = ["set -euo pipefail"]
    for sprak, text in block:
        if sprak == "python":
            rader += ["python3 - <<'SLUT_PA_BLOCKET'", text, "SLUT_PA_BLOCKET"]
        else:
            rader.append(text.replace(PLATS, token))
    return "\n".join(rader)


@pytest.mark.parametrize("sida", SIDOR)
def test_the_code_of_the_page_runs(server, skal, tmp_path, sida):
    adress, token_of = server
    token = token_of("sandlada" if sida.endswith("/sandlada/") else "sysA")
    block = blocks(adress, sida)
    if sida != "/utvecklare/":  # the guides go on where the start page was read
        skal |= {"GVR_URL": f"{adress}/api/v1", "GVR_TOKEN": token}
        assert not any(PLATS in text for _, text in block)
    else:
        assert f'GVR_URL="{adress}/api/v1"' in block[0][1]

    ut = subprocess.run(
        ["bash", "-c", as_script(block, token)],
        cwd=tmp_path,
        env=skal,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert block
    assert {sprak for sprak, _ in block} <= {"bash", "python"}
    assert ut.returncode == 0, f"{ut.stdout}\n{ut.stderr}"
    if sida == "/utvecklare/":
        assert "idempotens-upprepad: true" in ut.stdout.lower()
        assert '"utfall":"REGISTRERAD"' in ut.stdout
        assert '"utfall":"MAKULERAD"' in ut.stdout
        assert "avvisade=0" in ut.stdout
    if sida.endswith("/sandlada/"):
        assert "FOR_MANGA_ANROP" in ut.stdout
        assert '"kallsystem":"SANDLADA.2"' in ut.stdout
    if sida.endswith("/felsokning/"):
        assert "FELSOK-" in ut.stdout or "K0" in ut.stdout
    if sida.endswith("/testkit/"):
        assert ut.stdout.count("Godkänd. Rapport:") == 2
    if sida.endswith("/versioner/"):
        assert "409\nGAMMAL_VERSION" in ut.stdout
    if sida.endswith("/batch/"):
        assert "GVR043" in ut.stdout
    if sida.endswith("/webhookar/"):
        assert "Signaturen stämmer" in ut.stdout
        assert "Förfalskad: nekad" in ut.stdout
        assert '"typ":"webhook.prov"' in ut.stdout
        assert ut.stdout.count('"hemlighet":"whsec_') == 1
    if sida.endswith("/ombud/"):
        assert "403\n" in ut.stdout
        assert "OMBUD_SAKNAS" in ut.stdout
