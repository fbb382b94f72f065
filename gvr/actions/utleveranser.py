"""Hand the register's events on as ERSMOIndata files.

Every event of a period is in exactly one file, or named as one that the format cannot carry. A file
is never half: it is written under another name and renamed when it is whole.
"""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from lxml import etree

from gvr.actions import logg
from gvr.core.ersmoindata_ut import FLEST_HANDELSER, Skrivare, Utelamnad, file_name
from gvr.queries import handelseflode
from gvr.queries.behorighet import databaskontext
from gvr.queries.handelseflode import Lage, Sida

HANDELSE: Final = "LAMNA_UT"
CHUNK: Final = 1000


class Fil(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is written: its name, what is in it and what is not."""

    namn: str
    kropp: bytes
    antal: int
    utelamnade: tuple[Utelamnad, ...]
    fran: datetime
    till: datetime
    efter: Lage | None
    fler: bool


def one_file(
    *,
    fran: datetime,
    till: datetime,
    schema: etree.XMLSchema,
    by: Any,
    at: datetime,
    efter: Lage | None = None,
    flest: int = FLEST_HANDELSER,
    skal: str = "",
) -> Fil:
    """Return the period's first events as a file, at most `flest`; what is read is logged.

    `fler` says that the period has more: go on with `efter`. `till` is then the instant of the last
    event, and otherwise the period's end. Without events the file is empty bytes.
    """
    with databaskontext(alla=True):
        sida = handelseflode.between(fran, till, efter=efter, antal=flest)
        skrivare = Skrivare(id_=_id(at), schema=schema)
        delar = [
            skrivare.events([post.handelse for post in sida.poster[start : start + CHUNK]])
            for start in range(0, len(sida.poster), CHUNK)
        ]
        sist = sida.poster[-1].lage if sida.poster else None
        slut = sist.registrerad if sist is not None and sida.fler else till
        namn = file_name(sist.registrerad if sist is not None else till)
        _log(sida, namn, by=by, at=at, skal=skal)
    kropp = skrivare.start() + b"".join(delar) + skrivare.end() if skrivare.antal else b""
    return Fil(
        namn=namn,
        kropp=kropp,
        antal=skrivare.antal,
        utelamnade=tuple(skrivare.utelamnade),
        fran=fran,
        till=slut,
        efter=sist,
        fler=sida.fler,
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
    """Write a whole period to a folder, one file at a time; yield each without its bytes.

    Names follow the time of the last event in the file. Two files of the same instant are told
    apart by a millisecond, so that sorting by name is the order to read them in.
    """
    efter: Lage | None = None
    senast: datetime | None = None
    while True:
        fil = one_file(fran=fran, till=till, schema=schema, by=by, at=at, efter=efter, flest=flest)
        if fil.antal:
            tid = _whole_ms(fil.efter.registrerad if fil.efter is not None else till)
            if senast is not None and tid <= senast:
                tid = senast + timedelta(milliseconds=1)
            senast = tid
            fil = msgspec.structs.replace(fil, namn=file_name(tid))
            _write(mapp / fil.namn, fil.kropp)
        yield msgspec.structs.replace(fil, kropp=b"")
        if not fil.fler:
            return
        efter = fil.efter


def _write(path: Path, kropp: bytes) -> None:
    halv = path.with_suffix(".delvis")
    handle = os.open(halv, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as fil:
        fil.write(kropp)
        fil.flush()
        os.fsync(fil.fileno())
    halv.rename(path)


def _whole_ms(tid: datetime) -> datetime:
    return tid.replace(microsecond=tid.microsecond // 1000 * 1000)


def _id(at: datetime) -> str:
    return f"{at:%y%m%d%H%M%S}"


def _log(sida: Sida, namn: str, *, by: Any, at: datetime, skal: str) -> None:
    """Write one row per provider, with every patient that the file tells of."""
    per_vardgivare: dict[int | None, dict[str, None]] = {}
    for post in sida.poster:
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
