"""`make demo`: the whole chain on this machine, step by step."""

import socket
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from gvr.lokal.hus import HOST, Hus, compile_messages, django_env
from gvr.lokal.servrar import open_servers


def demo(hem: Path, env: Mapping[str, str]) -> None:
    """Run the demo until Ctrl-C. Every step may be repeated; what is done is not done again."""
    with ExitStack() as stack:
        begin = time.monotonic()
        say("1/8  PostgreSQL och Valkey startar")
        servrar = stack.enter_context(open_servers(hem, env=env))
        hus = Hus(stack=stack, hem=hem, servrar=servrar, env=django_env(hem, servrar, env))
        say("2/8  Tabeller och rättigheter")
        hus.migrate()
        say("3/8  Svenska texter")
        compile_messages(hus)
        say("4/8  Exempelvärlden: vårdgivare, avtal, regler och priser")
        inloggningar = hus.once("seed_demo", "--seed", "1")
        say("5/8  Webbserver, arbetare och klocka startar")
        adress = hus.serve(int(env.get("PORT") or 0) or free_port())
        hus.work()
        say("6/8  Journalsystemet rapporterar vårdkontakter")
        hus.once("send_demo", ej_nyckel=("--url", adress))
        # What the demo reports is booked in the month it can still come in time for.
        say("7/8  Månaden stängs")
        hus.once("close_period", "--pagaende")
        say(f"8/8  Klart på {time.monotonic() - begin:.0f} s\n")
        say(f"{inloggningar.rstrip()}\n")
        say(f"Öppna    {adress}\nLoggar   {hem / 'loggar'}\nAvsluta  Ctrl-C")
        hus.watch()


def free_port() -> int:
    """Return a port that is free on the loopback address right now."""
    with socket.socket() as s:
        s.bind((HOST, 0))
        return int(s.getsockname()[1])


def say(text: str) -> None:
    """Write to the person at the terminal, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
