"""The two servers of one machine: started here, or those that the environment names."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from gvr.lokal import postgres, valkey
from gvr.lokal.processer import UnableToStart, stop
from gvr.lokal.vagar import prepare

DATABASE = "gvr"
ADDRESSES = "adresser.json"


class AlreadyRunning(UnableToStart):
    """Somebody else holds the folder."""


@dataclass(frozen=True, kw_only=True)
class Servrar:
    """Addresses of the servers in use."""

    agare: str
    """DATABASE_URL of the owning role: migrations, and creating databases."""
    app: str
    """DATABASE_URL of everything else."""
    redis: str
    inbyggda: bool
    """Whether PostgreSQL is our own and ends with us."""

    def env(self, *, som_agare: bool = False) -> dict[str, str]:
        """Return the variables that point a child process here."""
        return {
            "DATABASE_URL": self.agare if som_agare else self.app,
            "DATABASE_OWNER_URL": self.agare,
            "REDIS_URL": self.redis,
        }


@contextlib.contextmanager
def open_servers(
    hem: Path, *, env: Mapping[str, str], settings: Mapping[str, str] | None = None
) -> Iterator[Servrar]:
    """
    Start what the environment does not name, keep it running in the block, stop it afterwards.

    DATABASE_URL alone means one role for everything; DATABASE_OWNER_URL gives the owner its own.
    Raises UnableToStart with a Swedish text for the terminal.
    """
    with contextlib.ExitStack() as stack:
        vagar = prepare(hem)
        stack.enter_context(_alone(vagar.hem / "las"))
        barn = {k: v for k, v in env.items() if k not in ("DATABASE_URL", "DATABASE_OWNER_URL")}
        redis = env.get("REDIS_URL")
        app = env.get("DATABASE_URL")
        agare = env.get("DATABASE_OWNER_URL") or app
        inbyggda = app is None
        if not app or not agare:
            if env.get("DATABASE_OWNER_URL"):
                raise UnableToStart("DATABASE_OWNER_URL är angiven men inte DATABASE_URL.")
            process, socklar = postgres.start_postgres(vagar, env=barn, settings=settings)
            stack.callback(stop, process)
            postgres.create_roles(socklar)
            postgres.create_database(socklar, DATABASE)
            app = postgres.url(socklar, postgres.APP, DATABASE)
            agare = postgres.url(socklar, postgres.OWNER, DATABASE)
        if not redis:
            broker = valkey.start_valkey(vagar, env=barn)
            stack.callback(stop, broker)
            redis = valkey.address(vagar)
        servrar = Servrar(agare=agare, app=app, redis=redis, inbyggda=inbyggda)
        (vagar.hem / ADDRESSES).write_text(json.dumps(asdict(servrar)))
        stack.callback((vagar.hem / ADDRESSES).unlink, missing_ok=True)
        yield servrar


@contextlib.contextmanager
def borrow_servers(hem: Path, *, env: Mapping[str, str]) -> Iterator[Servrar]:
    """Use the servers of a demo that runs right now, else start them for the block."""
    try:
        with _alone(hem / "las"):
            igang = None
    except AlreadyRunning:
        igang = Servrar(**json.loads((hem / ADDRESSES).read_text()))
    except FileNotFoundError:
        igang = None
    if igang is not None:
        yield igang
        return
    with open_servers(hem, env=env) as servrar:
        yield servrar


@contextlib.contextmanager
def _alone(las: Path) -> Iterator[None]:
    """Hold the lock of the folder; two runs on the same data would stop each other's servers."""
    fd = os.open(las, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            agare = las.read_text().strip()
            raise AlreadyRunning(
                f"Redan igång i {las.parent} (process {agare or 'okänd'}). Avsluta den först."
            ) from None
        os.ftruncate(fd, 0)
        os.write(fd, str(os.getpid()).encode())
        yield
    finally:
        os.close(fd)
