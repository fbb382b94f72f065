"""A running house: the servers, the Django processes round them, and what has been done."""

import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO

from gvr.lokal.processer import Process, UnableToStart, last_lines, start, stop, wait_until
from gvr.lokal.servrar import Servrar
from gvr.lokal.vagar import ROOT

HOST = "127.0.0.1"
BIN = Path(sys.executable).parent


class StepFailed(RuntimeError):
    """A command of the house ended with an error; it has said why itself."""


@dataclass(frozen=True, kw_only=True)
class Hus:
    """What the steps of `demo` and `test` need in their hands."""

    stack: ExitStack
    hem: Path
    servrar: Servrar
    env: Mapping[str, str]
    barn: list[Process] = field(default_factory=list)

    def run(self, *argv: str | Path, env: Mapping[str, str] | None = None) -> None:
        """Run a command to its end; raise StepFailed when it fails."""
        if self.call(*argv, env=env) != 0:
            raise StepFailed(" ".join(str(a) for a in argv))

    def call(
        self,
        *argv: str | Path,
        env: Mapping[str, str] | None = None,
        stdout: IO[bytes] | None = None,
    ) -> int:
        """Run a command to its end and return its exit code; Ctrl-C stops it too."""
        popen = subprocess.Popen(
            [str(a) for a in argv],
            env={**self.env, **(env or {})},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            start_new_session=True,
        )
        try:
            return popen.wait()
        except BaseException:
            _stop_group(popen)
            raise

    def manage(self, *argv: str, som_agare: bool = False) -> None:
        """Run a management command, as the application's role unless told otherwise."""
        env = self.servrar.env(som_agare=som_agare)
        self.run(sys.executable, ROOT / "manage.py", *argv, env=env)

    def migrate(self) -> None:
        """Bring the tables up to date, as their owner; at once when no migration is new."""
        filer = [ROOT / "requirements.lock"]
        for app in ("gvr", "ersattning", "avstamning"):
            filer += sorted((ROOT / app).rglob("migrations/*.py"))
        lage = sha256(b"".join(fil.read_bytes() for fil in filer)).hexdigest()
        self.once("migrate", "--verbosity=0", "--skip-checks", som_agare=True, lage=lage)

    def once(
        self,
        *argv: str,
        ej_nyckel: Sequence[str] = (),
        som_agare: bool = False,
        lage: str = "",
    ) -> str:
        """
        Run a management command the first time only; return what it wrote on standard output.

        Done means: in this very database, with the same arguments and the same `lage`; arguments in
        `ej_nyckel` may differ. What it wrote is kept beside the data, so that a later run can show
        it again. An interrupted command is run again and must stand that.
        """
        namn = sha256("\0".join((self.servrar.app, lage, *argv)).encode()).hexdigest()[:16]
        klar = self.hem / "klart" / f"{argv[0]}-{namn}.txt"
        if not klar.exists():
            klar.parent.mkdir(exist_ok=True)
            halv = klar.with_suffix(".pagar")
            with halv.open("wb") as ut:
                env = self.servrar.env(som_agare=som_agare)
                hela = (*argv, *ej_nyckel)
                kod = self.call(sys.executable, ROOT / "manage.py", *hela, env=env, stdout=ut)
            if kod != 0:
                raise StepFailed(f"manage.py {' '.join(argv)}\n{last_lines(halv)}")
            halv.rename(klar)
        return klar.read_text()

    def spawn(self, namn: str, *argv: str | Path, env: Mapping[str, str] | None = None) -> Process:
        """Start a process that lives as long as the house, logging to its own file."""
        process = start(
            namn,
            argv,
            env={**self.env, **(env or {})},
            logg=self.hem / "loggar" / f"{namn}.log",
            cwd=ROOT,
            stoppsignal=signal.SIGTERM,
        )
        self.stack.callback(stop, process)
        self.barn.append(process)
        return process

    def serve(self, port: int) -> str:
        """Start the web server and wait until it answers; return its address."""
        process = self.spawn(
            "webb",
            BIN / "granian",
            *("--interface", "wsgi", "--host", HOST, "--port", str(port)),
            *("--workers", "2", "--blocking-threads", "1"),
            "gvr.wsgi:application",
        )
        adress = f"http://{HOST}:{port}"
        wait_until(lambda: _answers(adress), process, seconds=60, pause=0.1)
        return adress

    def work(self) -> None:
        """Start a Celery worker with the clock inside, as on one machine only one worker runs."""
        self.spawn(
            "arbetare",
            *(BIN / "celery", "--app", "gvr.celery", "worker", "--loglevel", "warning"),
            *("--without-gossip", "--without-mingle"),
            *("--concurrency", "2", "--beat", "--schedule", self.hem / "klocka"),
        )

    def watch(self) -> None:
        """Wait for Ctrl-C; raise UnableToStart if a child ends by itself."""
        while True:
            for process in self.barn:
                if not process.is_alive():
                    raise UnableToStart(
                        f"{process.namn} avslutades oväntat.\n{last_lines(process.logg)}"
                    )
            time.sleep(0.5)


def django_env(hem: Path, servrar: Servrar, env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of every Django process on this machine."""
    nyckel = hem / "nyckel"
    if not nyckel.exists():
        nyckel.touch(mode=0o600)
        nyckel.write_text(secrets.token_urlsafe(48))
    (hem / "static").mkdir(exist_ok=True)  # empty: files are served from where they lie
    return {
        "SECRET_KEY": nyckel.read_text(),
        "ALLOWED_HOSTS": f"{HOST},localhost",
        "HTTPS": "nej",
        "STATIC_ROOT": str(hem / "static"),
        "PYTHONUNBUFFERED": "1",
        **env,
        **servrar.env(),
    }


def compile_messages(hus: Hus) -> None:
    """Compile django.po where it is newer than django.mo; gettext need not be installed."""
    for po in sorted((ROOT / "gvr" / "locale").glob("*/LC_MESSAGES/django.po")):
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime:
            hus.run(
                BIN / "pybabel",
                *("--quiet", "compile", "--input-file", po, "--output-file", mo),
                *("--locale", po.parents[1].name),
            )


def _answers(adress: str) -> bool:
    """Return whether a web server answers there, whatever it says."""
    try:
        with urllib.request.urlopen(adress, timeout=5):  # noqa: S310 - our own http address
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _stop_group(popen: subprocess.Popen[bytes]) -> None:
    """Interrupt a command and everything it started; kill what does not listen."""
    for signum, patience in ((signal.SIGINT, 10), (signal.SIGKILL, 5)):
        try:
            os.killpg(popen.pid, signum)
            popen.wait(timeout=patience)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
