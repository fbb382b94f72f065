"""Start child processes, and stop exactly those that were started."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal the kernel sends a child when its parent dies, however it dies."""


class UnableToStart(RuntimeError):
    """A process did not come up; the text is for the person at the terminal."""


@dataclass(frozen=True, kw_only=True)
class Process:
    """One started child, leader of its own process group."""

    namn: str
    popen: subprocess.Popen[bytes]
    stoppsignal: signal.Signals
    logg: Path | None

    def is_alive(self) -> bool:
        """Return whether the child still runs."""
        return self.popen.poll() is None


@dataclass(frozen=True, kw_only=True)
class Anvandare:
    """Another user to run as (only root may)."""

    uid: int
    gid: int


def start(
    namn: str,
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    logg: Path | None = None,
    cwd: Path | None = None,
    stoppsignal: signal.Signals = signal.SIGTERM,
    som: Anvandare | None = None,
) -> Process:
    """
    Start a child in a process group of its own.

    Its own group keeps the terminal's Ctrl-C from reaching it: the parent stops its children in
    the order that loses nothing. With `logg` the output is appended there, else inherited.
    """
    with contextlib.ExitStack() as stack:
        ut = stack.enter_context(logg.open("ab")) if logg else None
        popen = subprocess.Popen(
            [str(a) for a in argv],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=ut,
            stderr=subprocess.STDOUT if ut else None,
            start_new_session=True,
            user=som.uid if som else None,
            group=som.gid if som else None,
            extra_groups=[] if som else None,
            preexec_fn=_die_with_parent(stoppsignal),
        )
    return Process(namn=namn, popen=popen, stoppsignal=stoppsignal, logg=logg)


def stop(process: Process, *, patience: float = 15.0) -> None:
    """Ask the child to end, wait, and at last kill what is left of its own process group."""
    if process.is_alive():
        process.popen.send_signal(process.stoppsignal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.popen.wait(timeout=patience)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.popen.pid, signal.SIGKILL)
    process.popen.wait()


def wait_until(
    ready: Callable[[], bool], process: Process, *, seconds: float, pause: float = 0.03
) -> None:
    """Wait until the child is ready; raise UnableToStart with its last words if it is not."""
    end = time.monotonic() + seconds
    while not ready():
        if not process.is_alive():
            raise UnableToStart(f"{process.namn} startade inte.\n{last_lines(process.logg)}")
        if time.monotonic() > end:
            raise UnableToStart(
                f"{process.namn} svarade inte på {seconds:.0f} s.\n{last_lines(process.logg)}"
            )
        time.sleep(pause)


def last_lines(logg: Path | None, antal: int = 15) -> str:
    """Return the end of a log file, for an error message."""
    if logg is None or not logg.exists():
        return ""
    return "\n".join(logg.read_text(errors="replace").splitlines()[-antal:])


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """
    Let SIGTERM and SIGHUP end the block the way Ctrl-C does.

    While the block is being left further signals are ignored, so that an impatient second Ctrl-C
    cannot leave servers behind; every stop inside has a time limit.
    """
    signaler = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(_number: int, _frame: object) -> None:
        for s in signaler:
            signal.signal(s, signal.SIG_IGN)
        raise KeyboardInterrupt

    fore = {s: signal.signal(s, interrupt) for s in signaler}
    try:
        yield
    finally:
        for s, handler in fore.items():
            signal.signal(s, handler)


def _die_with_parent(signum: signal.Signals) -> Callable[[], None] | None:
    """Return what the child does before exec so that a killed parent leaves nothing running."""
    if not sys.platform.startswith("linux"):
        return None  # elsewhere the next start clears up what is left
    libc = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)

    return ask
