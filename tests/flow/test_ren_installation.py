"""A stranger's first quarter of an hour: clone, `make demo`, log in, look, Ctrl-C, nothing left."""

import os
import re
import signal
import subprocess
import time
from collections import defaultdict
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from django.utils import timezone

ROOT = Path(__file__).resolve().parents[2]
HOGST = 15 * 60  # seconds from `make demo` to its address
SLUT = 90  # seconds for everything to stop

pytestmark = pytest.mark.skipif(
    os.environ.get("RENT") != "ja",
    reason="installs everything anew, from the package index; make test does, or RENT=ja",
)

INHERITED = re.compile(r"^(?:PIP_|UV_|SSL_)|^(?:LANG|PATH|TMPDIR)$|_proxy$", re.I)
"""The variables that say where this machine gets its packages; no others reach the stranger."""


def strangers_env(hem):
    """Return the environment of somebody who has never been here."""
    env = {namn: varde for namn, varde in os.environ.items() if INHERITED.search(namn)}
    egna = str(ROOT / ".venv")
    env["PATH"] = os.pathsep.join(
        mapp for mapp in env["PATH"].split(os.pathsep) if not mapp.startswith(egna)
    )
    return {**env, "HOME": str(hem)}


# Processes ----------------------------------------------------------------------------------------


def processes():
    """Return {(pid, start time): parent's pid} of everything that runs, zombies left out."""
    svar = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            falt = stat.read_text().rpartition(") ")[2].split()
        except OSError:  # it ended while we looked
            continue
        if falt[0] != "Z":
            svar[int(stat.parent.name), falt[19]] = int(falt[1])
    return svar


def descendants(pid):
    """Return every process below this one."""
    barn = defaultdict(list)
    for process, foralder in processes().items():
        barn[foralder].append(process)
    funna, kvar = set(), [pid]
    while kvar:
        nya = barn[kvar.pop()]
        funna.update(nya)
        kvar += [nummer for nummer, _ in nya]
    return funna


def working_in(mapp):
    """Return every process whose working folder lies in the folder."""
    svar = set()
    for process in processes():
        try:
            cwd = Path(f"/proc/{process[0]}/cwd").readlink()
        except OSError:
            continue
        if cwd.is_relative_to(mapp):
            svar.add(process)
    return svar


# The demo -----------------------------------------------------------------------------------------


class Demo:
    """`make demo` in a clone of its own."""

    def __init__(self, mapp):
        self.kopia, self.utskrift = mapp / "ersattningskedjan", mapp / "utskrift"
        hem = mapp / "hem"
        hem.mkdir()
        subprocess.run(
            ["git", "clone", "--quiet", "--no-hardlinks", ROOT.as_uri(), self.kopia], check=True
        )
        with self.utskrift.open("wb") as ut:
            self.popen = subprocess.Popen(
                ["make", "demo"],
                cwd=self.kopia,
                env=strangers_env(hem),
                stdin=subprocess.DEVNULL,
                stdout=ut,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def text(self):
        return self.utskrift.read_text(errors="replace")

    def address(self):
        """Return the address, when it is printed."""
        slut = time.monotonic() + HOGST
        while not (funnen := re.search(r"^Öppna +(http://\S+)$", self.text, re.M)):
            assert self.popen.poll() is None, self.text
            assert time.monotonic() < slut, self.text
            time.sleep(0.5)
        return funnen.group(1)

    def password(self, namn):
        """Return the password that was printed for a person."""
        return re.search(rf"^{namn} +(\S+) ", self.text, re.M).group(1)

    def interrupt(self):
        """Press Ctrl-C, and wait until make has ended."""
        os.killpg(self.popen.pid, signal.SIGINT)
        self.popen.wait(SLUT)


@pytest.fixture
def demo(tmp_path):
    demo = Demo(tmp_path)
    yield demo
    if demo.popen.poll() is None:
        demo.interrupt()


def log_in(webb, namn, losenord):
    """Log the person in through the form."""
    sida = webb.get("/")
    polett = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', sida.text).group(1)
    svar = webb.post(
        sida.url,
        data={"username": namn, "password": losenord, "csrfmiddlewaretoken": polett},
        headers={"Referer": str(sida.url)},
    )
    assert svar.status_code == 200, svar.text
    assert svar.url.path == "/", "the log-in was refused"


def sums(sida):
    """Return the cards of the start page: label and number, in order."""
    kort = re.findall(
        r'<span class="etikett">(.+?)</span>.*?<span class="tal">(.+?)</span>', sida, re.S
    )
    return [(unescape(rubrik), unescape(tal).replace("\xa0", "")) for rubrik, tal in kort]


def kronor(text):
    """Return the number of kronor in a sum as it is shown, a minus for a credit."""
    return float(
        re.fullmatch(r"([−-]?\d+,\d\d)kr", text).group(1).replace(",", ".").replace("−", "-")
    )


def test_a_stranger_sees_the_money_of_a_month_and_leaves_nothing_behind(demo):
    adress = demo.address()

    igar = timezone.localdate() - timedelta(days=1)  # the demo reports up to yesterday
    with httpx.Client(base_url=adress, follow_redirects=True, timeout=60) as webb:
        log_in(webb, "bo", demo.password("bo"))
        sida = webb.get(f"/?manad={igar:%Y-%m}")
    igang = descendants(demo.popen.pid)
    demo.interrupt()

    rapporterat, ersatts, ratta, faktura = sums(sida.text)
    assert rapporterat[0] == "Rapporterat"
    assert int(rapporterat[1]) > 100
    assert ersatts[0] == "Ger ersättning"
    assert kronor(ersatts[1]) > 10_000
    assert ratta[0] == "Behöver rättas"
    assert "fakturan" in faktura[0]
    assert kronor(faktura[1]) != 0
    assert len(igang) > 5
    assert igang & processes().keys() == set()
    assert working_in(demo.kopia) == set()
