"""The house: paths that fit, processes that are ours, roles that nobody else gets."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gvr.lokal import postgres, valkey
from gvr.lokal.processer import UnableToStart, interruptible, start, stop, wait_until
from gvr.lokal.servrar import open_servers
from gvr.lokal.vagar import LONGEST_SOCKET, SOCKET_NAME, prepare, throw_away

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('ready', flush=True)\n"
    "time.sleep(600)",
]


def exists(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# Paths ------------------------------------------------------------------------------------------


def test_sockets_lie_in_the_projects_own_folder_when_they_fit():
    with throw_away() as hem:
        vagar = prepare(hem)

        assert vagar.socklar == hem / "s"
        assert vagar.socklar.stat().st_mode & 0o777 == 0o700


def test_a_long_path_gets_a_short_socket_folder_that_is_remembered(tmp_path):
    djup = tmp_path / "/".join(["mapp" * 6] * 6)
    with throw_away() as hem:
        vagar = prepare(djup)
        igen = prepare(djup)
        vagar.socklar.rename(hem / "s")  # thrown away with hem

        assert len(os.fsencode(f"{vagar.socklar}{SOCKET_NAME}")) < LONGEST_SOCKET
        assert igen.socklar == vagar.socklar


def test_a_remembered_folder_open_to_others_is_not_used_again(tmp_path):
    djup = tmp_path / "/".join(["mapp" * 6] * 6)
    vagar = prepare(djup)
    vagar.socklar.chmod(0o755)
    igen = prepare(djup)
    vagar.socklar.rmdir()
    igen.socklar.rmdir()

    assert igen.socklar != vagar.socklar


def test_a_relative_folder_becomes_an_absolute_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert prepare(Path("hem")).hem == tmp_path / "hem"


def test_addresses_carry_the_socket_folder():
    assert postgres.url(Path("/a b/s"), "gvr_app", "gvr") == (
        "postgresql://gvr_app@/gvr?host=%2Fa%20b%2Fs"
    )


def test_the_wheels_carry_the_binaries_for_this_machine():
    assert postgres.find_binaries().major >= 15
    assert os.access(valkey.find_binary(), os.X_OK)


# Processes --------------------------------------------------------------------------------------


def test_a_child_stops_when_it_is_asked():
    barn = start("barn", SLEEP, env=os.environ)

    stop(barn)

    assert barn.popen.returncode == -signal.SIGTERM


def test_a_child_that_does_not_listen_is_killed_with_everything_it_started(tmp_path):
    logg = tmp_path / "logg"
    barn = start("barn", DEAF, env=os.environ, logg=logg)
    wait_until(lambda: "ready" in logg.read_text(), barn, seconds=20)

    stop(barn, patience=0.1)

    assert barn.popen.returncode == -signal.SIGKILL


def test_nothing_else_than_the_child_is_touched():
    annan = subprocess.Popen(SLEEP)
    try:
        stop(start("barn", SLEEP, env=os.environ))

        assert annan.poll() is None
    finally:
        annan.kill()
        annan.wait()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's promise is Linux's")
def test_a_child_dies_with_a_parent_that_is_killed():
    program = (
        "import os, sys, time\n"
        "from gvr.lokal.processer import start\n"
        "barn = start('barn', [sys.executable, '-c', 'import time; time.sleep(600)'],"
        " env=os.environ)\n"
        "print(barn.popen.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    foralder = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    with foralder:
        barn = int(foralder.stdout.readline())
        foralder.kill()
    end = time.monotonic() + 20
    while exists(barn) and not _is_zombie(barn) and time.monotonic() < end:
        os.sched_yield()

    assert not exists(barn) or _is_zombie(barn)


def _is_zombie(pid):
    """Return whether only the process's exit status is left, for an init that is slow to ask."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_child_that_ends_at_once_is_reported_with_its_last_words(tmp_path):
    logg = tmp_path / "logg"
    barn = start("barn", [sys.executable, "-c", "print('trasig')"], env=os.environ, logg=logg)

    with pytest.raises(UnableToStart, match=r"barn startade inte.\ntrasig"):
        wait_until(lambda: False, barn, seconds=20)


@contextlib.contextmanager
def impatient():
    """Press Ctrl-C once more while things stop."""
    try:
        yield
    finally:
        os.kill(os.getpid(), signal.SIGINT)


def test_a_request_to_end_is_like_ctrl_c_and_is_heard_once():
    with pytest.raises(KeyboardInterrupt), interruptible(), impatient():
        os.kill(os.getpid(), signal.SIGTERM)


# Servers ----------------------------------------------------------------------------------------


def test_given_servers_are_used_and_none_is_started(tmp_path):
    env = {
        "DATABASE_URL": "postgresql://gvr_app@db/gvr",
        "DATABASE_OWNER_URL": "postgresql://gvr_agare@db/gvr",
        "REDIS_URL": "redis://mq/0",
    }

    with open_servers(tmp_path / "hem", env=env) as servrar:
        assert servrar.env() == env
        assert servrar.env(som_agare=True)["DATABASE_URL"] == env["DATABASE_OWNER_URL"]
        assert not servrar.inbyggda
        assert not (tmp_path / "hem" / "pg").exists()


def test_an_owner_without_a_database_is_refused(tmp_path):
    with (
        pytest.raises(UnableToStart, match="DATABASE_URL"),
        open_servers(tmp_path / "hem", env={"DATABASE_OWNER_URL": "postgresql://x@db/gvr"}),
    ):
        pass


def test_two_runs_on_the_same_folder_do_not_meet(tmp_path):
    env = {"DATABASE_URL": "postgresql://a@db/gvr", "REDIS_URL": "redis://mq/0"}

    with (
        open_servers(tmp_path / "hem", env=env),
        pytest.raises(UnableToStart, match="Redan igång"),
        open_servers(tmp_path / "hem", env=env),
    ):
        pass
