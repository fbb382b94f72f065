"""Where things lie: the project's root, the folder `.lokal`, and sockets with short paths."""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LONGEST_SOCKET = 104
"""Linux allows 107 characters in the path of a Unix socket, macOS 103; the longest of ours is
`<folder>/.s.PGSQL.5432`."""

SOCKET_NAME = "/.s.PGSQL.5432"


@dataclass(frozen=True, kw_only=True)
class Vagar:
    """The folders (vägar) of one set of servers."""

    hem: Path
    """Everything that is kept between runs."""
    socklar: Path
    """The sockets; short enough for the kernel, closed to other users."""

    @property
    def loggar(self) -> Path:
        """Return the folder of the log files."""
        return self.hem / "loggar"


def prepare(hem: Path) -> Vagar:
    """
    Create the folders and return them.

    A project deep down in the file system gets its sockets in a short temporary folder, and the
    choice is remembered in `hem/socklar`, so that a later run finds servers of an earlier one.
    """
    hem = hem.absolute()  # servers read a relative path from another folder, or as a host name
    hem.mkdir(mode=0o700, parents=True, exist_ok=True)
    (hem / "loggar").mkdir(exist_ok=True)
    nara = hem / "s"
    if len(os.fsencode(f"{nara}{SOCKET_NAME}")) < LONGEST_SOCKET:
        nara.mkdir(mode=0o700, exist_ok=True)
        return Vagar(hem=hem, socklar=nara)
    return Vagar(hem=hem, socklar=_remembered(hem / "socklar"))


def _remembered(minne: Path) -> Path:
    """Return the short folder named in the file, or make a new one and write it there."""
    if minne.exists():
        mapp = Path(minne.read_text().strip())
        if mapp.is_dir() and _is_ours(mapp):
            return mapp
    mapp = Path(tempfile.mkdtemp(prefix="gvr-", dir="/tmp"))
    minne.write_text(f"{mapp}\n")
    return mapp


def _is_ours(mapp: Path) -> bool:
    """Return whether the folder belongs to us and is closed to others."""
    status = mapp.lstat()
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


@contextlib.contextmanager
def throw_away() -> Iterator[Path]:
    """Make a folder for servers whose data nobody wants back, and remove it after the block."""
    hem = Path(tempfile.mkdtemp(prefix="gvr-"))
    try:
        yield hem
    finally:
        for minne in (hem / "socklar", hem / "annan"):
            if minne.exists():
                shutil.rmtree(minne.read_text().strip(), ignore_errors=True)
        shutil.rmtree(hem, ignore_errors=True)
