"""`make test`: everything that must hold, on servers that are thrown away afterwards."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from gvr.lokal import postgres
from gvr.lokal.demo import say
from gvr.lokal.hus import BIN, Hus, compile_messages, django_env
from gvr.lokal.servrar import open_servers
from gvr.lokal.vagar import ROOT, throw_away

LINT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Stil", ("ruff", "check", "--quiet", "--output-format", "concise", ".")),
    ("Form", ("ruff", "format", "--check", "--output-format", "concise", ".")),
    ("Typer", ("mypy", "--no-error-summary")),
    ("Vem importerar vem", ("lint-imports", "--no-logo")),
)
"""Step name and command, of programs in the environment's bin folder."""


def lint(env: Mapping[str, str]) -> list[str]:
    """Run the checks that need no server; return the names of those that failed."""
    fel = []
    for namn, (program, *rest) in LINT:
        say(f"•  {namn}: {program} {' '.join(rest)}")
        if subprocess.call([BIN / program, *rest], cwd=ROOT, env=dict(env)) != 0:
            fel.append(namn)
    return fel


def test(env: Mapping[str, str], pytest_args: Sequence[str]) -> int:
    """
    Run every check, the tests last, and return the exit code.

    A failed check does not hide the ones after it: all are run, and named again before the tests.
    """
    fel = lint(env)
    with ExitStack() as stack:
        hem = stack.enter_context(throw_away())
        servrar = stack.enter_context(
            open_servers(hem, env=env, settings=postgres.THROW_AWAY),
        )
        hus = Hus(stack=stack, hem=hem, servrar=servrar, env=django_env(hem, servrar, env))
        compile_messages(hus)
        manage = (sys.executable, ROOT / "manage.py")
        say("•  Migreringar: manage.py makemigrations --check")
        if hus.call(*manage, "makemigrations", "--check", "--dry-run", "--verbosity=1") != 0:
            fel.append("Migreringar")
        if fel:
            say(f"\nInte godkänt: {', '.join(fel)}. Felen står ovan; testerna körs ändå.\n")
        say("•  Tester: pytest -n 2")
        tester = hus.call(sys.executable, "-m", "pytest", "-n", "2", *pytest_args)
    return tester or int(bool(fel))
