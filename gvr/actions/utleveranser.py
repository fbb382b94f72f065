"""Hand the register's events on as ERSMOIndata files.

Every event of a period is in exactly one file, or named as one that the format cannot carry. A file
is never half: it is written under another name and renamed when it is whole. However many events it
holds, a thousand of them are in memory at a time.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
from django.utils.timezone import get_default_timezone
from lxml import etree

from gvr.actions import logg
from gvr.core.ersmoindata_ut import FLEST_HANDELSER, Skrivare, Utelamnad, file_name
from gvr.queries import handelseflode
from gvr.queries.behorighet import databaskontext
from gvr.queries.handelseflode import Lage, Post

HANDELSE: Final = "LAMNA_UT"
CHUNK: Final = 1000
_MIKROSEKUND: Final = timedelta(microseconds=1)
#: As many as one file may hold; where each stands is known before the first is written.
FLEST_I_FILEN: Final = 100_000


class Fil(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is written: its name, what is in it and what is not.

    `fler` says that the period has more: go on with `efter`. `till` is then the instant of the last
    event, and otherwise the period's end. Without events nothing at all is written.
    """

    namn: str
    antal: int
    utelamnade: tuple[Utelamnad, ...]
    fran: datetime
    till: datetime
    efter: Lage | None
    fler: bool


def write(
    ut: BinaryIO,
    *,
    fran: datetime,
    till: datetime,
    schema: etree.XMLSchema,
    by: Any,
    at: datetime,
    efter: Lage | None = None,
    flest: int = FLEST_HANDELSER,
    skal: str = "",
    vardgivare_id: int | None = None,
    namn_efter: datetime | None = None,
) -> Fil:
    """Write the period's first events, at most `flest`, a thousand at a time; what is read is
    logged.

    With `vardgivare_id` the events of one provider. The file's name says when its last event was
    registered, and is later than `namn_efter`. The log is kept when this returns, and nothing of it
    before: do not hand the file on until then.
    """
    skrivare = Skrivare(id_=_id(at), schema=schema)
    with databaskontext(alla=True):
        lagen = handelseflode.places(
            fran, till, efter=efter, antal=flest + 1, vardgivare_id=vardgivare_id
        )
        fler = len(lagen) > flest
        del lagen[flest:]
        sist = lagen[-1] if lagen else None
        namn = file_name(_later(till if sist is None else sist.registrerad, namn_efter))
        for start in range(0, len(lagen), CHUNK):
            poster = handelseflode.load(lagen[start : start + CHUNK])
            tomt = not skrivare.antal
            delen = skrivare.events([post.handelse for post in poster])
            if tomt and skrivare.antal:
                ut.write(skrivare.start())
            ut.write(delen)
            _log(poster, namn, by=by, at=at, skal=skal)
        if skrivare.antal:
            ut.write(skrivare.end())
    return Fil(
        namn=namn,
        antal=skrivare.antal,
        utelamnade=tuple(skrivare.utelamnade),
        fran=fran,
        till=sist.registrerad if sist is not None and fler else till,
        efter=sist,
        fler=fler,
    )


def write_files(
    mapp: Path,
    *,
    fran: datetime,
    till: datetime,
    schema: etree.XMLSchema,
    by: Any,
    at: datetime,
    flest: int = FLEST_HANDELSER,
) -> Iterator[Fil]:
    """Write a whole period to a folder, one file at a time; yield each when it is whole.

    Names follow the time of the last event in the file. Two files of the same instant are told
    apart by a millisecond, so that sorting by name is the order to read them in.
    """
    efter: Lage | None = None
    senast: datetime | None = None
    while True:
        with _half(mapp) as halv:
            fil = write(
                halv.ut,
                fran=fran,
                till=till,
                schema=schema,
                by=by,
                at=at,
                efter=efter,
                flest=flest,
                namn_efter=senast,
            )
            if fil.antal:
                senast = _later(till if fil.efter is None else fil.efter.registrerad, senast)
                halv.finish(mapp / fil.namn)
        yield fil
        if not fil.fler:
            return
        efter = fil.efter


def count(*, fran: datetime, till: datetime, flest: int, vardgivare_id: int | None = None) -> int:
    """Return how many events `write` would tell of, and at most `flest`."""
    with databaskontext(alla=True):
        return len(handelseflode.places(fran, till, antal=flest, vardgivare_id=vardgivare_id))


def instants(fran: date, till: date) -> tuple[datetime, datetime]:
    """Return the first and the last instant of local days, both inclusive."""
    efter = datetime.combine(till + timedelta(days=1), time.min, get_default_timezone())
    return datetime.combine(fran, time.min, get_default_timezone()), efter - _MIKROSEKUND


class _Halv:
    """A file under another name until it is whole."""

    def __init__(self, ut: Any) -> None:
        self.ut = ut

    def finish(self, path: Path) -> None:
        """Give the file its name, when every byte of it is on the disk."""
        self.ut.flush()
        os.fsync(self.ut.fileno())
        os.replace(self.ut.name, path)


@contextmanager
def _half(mapp: Path) -> Iterator[_Halv]:
    """Open a file that is taken away unless it is finished; none but we may read it."""
    with tempfile.NamedTemporaryFile(dir=mapp, suffix=".delvis", delete=False) as ut:
        try:
            yield _Halv(ut)
        finally:
            Path(ut.name).unlink(missing_ok=True)


def _later(tid: datetime, an: datetime | None) -> datetime:
    """Return the time in whole milliseconds, or one after `an` when it is not later."""
    tid = _whole_ms(tid)
    return tid if an is None or tid > an else an + timedelta(milliseconds=1)


def _whole_ms(tid: datetime) -> datetime:
    return tid.replace(microsecond=tid.microsecond // 1000 * 1000)


def _id(at: datetime) -> str:
    return f"{at:%y%m%d%H%M%S}"


def _log(poster: Sequence[Post], namn: str, *, by: Any, at: datetime, skal: str) -> None:
    """Write one row per provider, with every patient that these events tell of."""
    per_vardgivare: dict[int | None, dict[str, None]] = {}
    for post in poster:
        per_vardgivare.setdefault(post.vardgivare_id, {})[post.handelse.patient_id] = None
    for vardgivare_id, patienter in per_vardgivare.items():
        logg.record(
            by=by,
            handelse=HANDELSE,
            patienter=list(patienter),
            at=at,
            objekt=namn,
            vardgivare_id=vardgivare_id,
            skal=skal,
        )
