"""`python -m gvr.lokal demo | test | lint | bench | shell | run <kommando …>`."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from gvr.lokal import test as prov
from gvr.lokal.demo import demo, say
from gvr.lokal.hus import Hus, StepFailed, compile_messages, django_env
from gvr.lokal.processer import UnableToStart, interruptible
from gvr.lokal.servrar import borrow_servers, open_servers
from gvr.lokal.vagar import ROOT, throw_away

USAGE = """\
python -m gvr.lokal <vad>

  demo              hela kedjan på den här maskinen, tills Ctrl-C
  test [argument]   alla kontroller och tester; argumenten går till pytest
  lint              stil, typer och importregler
  bench [argument]  mätningarna, på servrar som kastas efteråt
  shell             manage.py shell mot demons databas
  run <kommando>    ett eget kommando mot demons databas
"""


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Do what the first word says; return the exit code."""
    hem = Path(env.get("GVR_LOKAL") or ROOT / ".lokal").absolute()
    match argv:
        case ["demo"]:
            demo(hem, env)
            return 0
        case ["test", *rest]:
            return prov.test(env, rest)
        case ["lint"]:
            return int(bool(prov.lint(env)))
        case ["bench", *rest]:
            return bench(env, rest)
        case ["shell"]:
            return run(hem, env, [sys.executable, "manage.py", "shell"])
        case ["run", _, *_]:
            return run(hem, env, argv[1:])
        case _:
            say(USAGE)
            return 2


def bench(env: Mapping[str, str], args: Sequence[str]) -> int:
    """Run the measurements: new servers with the demo's own settings, fsync on."""
    with ExitStack() as stack:
        hem = stack.enter_context(throw_away())
        servrar = stack.enter_context(open_servers(hem, env=env))
        hus = Hus(stack=stack, hem=hem, servrar=servrar, env=django_env(hem, servrar, env))
        hus.migrate()
        compile_messages(hus)
        hus.manage("bench", *args)
    return 0


def run(hem: Path, env: Mapping[str, str], argv: Sequence[str]) -> int:
    """Run a command with the terminal in its hands, against the servers of the demo."""
    with borrow_servers(hem, env=env) as servrar:
        barn = subprocess.Popen(argv, cwd=ROOT, env=django_env(hem, servrar, env))
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C belongs to the one at the terminal
        return barn.wait()


if __name__ == "__main__":
    try:
        with interruptible():
            sys.exit(main(sys.argv[1:], os.environ))
    except KeyboardInterrupt:
        say("\nAvslutat.")
        sys.exit(0 if sys.argv[1:2] == ["demo"] else 130)
    except (UnableToStart, StepFailed) as fel:
        sys.exit(f"\n{fel}")
