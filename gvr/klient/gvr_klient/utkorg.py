"""The outbox: what is to be sent, what is on its way and what was answered, in a SQLite file.

Two tables carry the promise. `handelse` is one version of one contact, or of one of the other
things that are reported (RESURSER), numbered here. `sandning` is
one request with its key and its exact bytes, committed before the first try. A process that dies
finds its requests again and makes them again, byte for byte.

A later version of a contact never leaves before the earlier one is answered, so that versions
arrive in order whatever happens on the way.
"""

import hashlib
import json
import os
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

Slag = Literal["RAPPORT", "RATTELSE", "MAKULERING"]
Behall = Literal["vart", "registrets"]

VANTAR: Final = "VANTAR"
SANDS: Final = "SANDS"
KLAR: Final = "KLAR"
AVVISAD: Final = "AVVISAD"
KONFLIKT: Final = "KONFLIKT"

VARDKONTAKTER: Final = "vardkontakter"
#: What can be reported, and the field of its document that is its id.
RESURSER: Final[Mapping[str, str]] = {
    VARDKONTAKTER: "vardhandelseId",
    "inskrivningar": "vardtillfalleId",
    "flyttar": "id",
    "utskrivningar": "vardtillfalleId",
    "vardansvar": "id",
    "vardansvarsslut": "id",
    "vardperioder": "id",
    "vardperiodsslut": "id",
    "vantetider": "id",
    "deltaganden": "id",
    "aktiviteter": "id",
}
#: An end is addressed by its period, and its document has no id of its own.
SLUT: Final[Mapping[str, str]] = {
    "vardansvarsslut": "vardansvar",
    "vardperiodsslut": "vardperioder",
}
#: Cancelled without a reason: the address takes none.
UTAN_ORSAK: Final = frozenset({"deltaganden", "aktiviteter"})

_UPPLAGA: Final = 2  # of the tables
_SCHEMA: Final = """
create table if not exists handelse (
    id integer primary key autoincrement,
    resurs text not null default 'vardkontakter',
    vardhandelse_id text not null,
    version integer not null,
    slag text not null check (slag in ('RAPPORT', 'RATTELSE', 'MAKULERING')),
    kropp text,
    summa text not null,
    tillstand text not null default 'VANTAR'
        check (tillstand in ('VANTAR', 'SANDS', 'KLAR', 'AVVISAD', 'KONFLIKT')),
    sandning integer references sandning (id),
    utfall text not null default '',
    fel text not null default '[]',
    registrerad integer,
    begaran_id text not null default '',
    unique (resurs, vardhandelse_id, version)
);
create index if not exists handelse_ordning on handelse (resurs, vardhandelse_id, id);
create index if not exists handelse_vantar on handelse (id) where tillstand = 'VANTAR';
create index if not exists handelse_sandning on handelse (sandning);
create table if not exists sandning (
    id integer primary key autoincrement,
    nyckel text not null unique,
    metod text not null,
    vag text not null,
    mediatyp text not null,
    om_version integer,
    kropp blob not null,
    antal integer not null,
    forsok integer not null default 0,
    byten integer not null default 0,
    tidigast real not null default 0,
    senast text not null default '',
    klar integer not null default 0
);
create index if not exists sandning_oppen on sandning (id) where klar = 0;
create table if not exists kvittens (
    sekvens integer primary key,
    vardhandelse_id text not null,
    version integer not null,
    niva text not null,
    utfall text not null,
    kod text not null,
    belopp text,
    tid text not null
);
create index if not exists kvittens_handelse on kvittens (vardhandelse_id, sekvens);
create table if not exists uppgift (namn text primary key, varde text not null);
"""
#: The first edition knew only vårdkontakter.
_FRAN_UPPLAGA_1: Final = f"""
begin immediate;
drop index if exists handelse_ordning;
drop index if exists handelse_vantar;
drop index if exists handelse_sandning;
alter table handelse rename to handelse_1;
{_SCHEMA}
insert into handelse (id, vardhandelse_id, version, slag, kropp, summa, tillstand, sandning,
    utfall, fel, registrerad, begaran_id)
    select id, vardhandelse_id, version, slag, kropp, summa, tillstand, sandning,
    utfall, fel, registrerad, begaran_id from handelse_1;
drop table handelse_1;
commit;
"""


class FelAdress(Exception):
    """The outbox belongs to another address: what is in it was meant for somebody else."""


@dataclass(frozen=True)
class Sandning:
    """A request as it is made, every time."""

    id: int
    nyckel: str
    metod: str
    vag: str
    mediatyp: str
    om_version: int | None
    kropp: bytes
    antal: int
    forsok: int
    byten: int


@dataclass(frozen=True)
class Handelse:
    """One version of one contact and what has become of it; `fel` as the API gave them.

    Of another `resurs` than vårdkontakter, `vardhandelse_id` is that document's id.
    """

    id: int
    resurs: str
    vardhandelse_id: str
    version: int
    slag: Slag
    tillstand: str
    utfall: str
    fel: Sequence[Mapping[str, Any]]
    registrerad: int | None
    begaran_id: str


@dataclass(frozen=True)
class Besked:
    """What the answer says of one händelse."""

    handelse: int
    tillstand: str
    utfall: str
    fel: Sequence[Mapping[str, Any]] = ()
    registrerad: int | None = None


@dataclass(frozen=True)
class Lage:
    """How many versions wait, were registered, were refused, and need a person."""

    vantar: int
    klara: int
    avvisade: int
    konflikter: int


class Utkorg:
    """The file. One process writes at a time; a second one waits for it."""

    def __init__(self, fil: str | Path, *, url: str) -> None:
        """Open or make the outbox for one address. Raises FelAdress when it is another's."""
        ny = str(fil) != ":memory:" and not Path(fil).exists()
        self._db = sqlite3.connect(str(fil), isolation_level=None, timeout=30)
        if ny:
            os.chmod(fil, 0o600)  # it holds patients
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._db.execute("pragma foreign_keys = on")
        self._lay_tables()
        self._belong_to(url.rstrip("/"))

    def _lay_tables(self) -> None:
        """Make the tables, or take over those of an earlier edition with all that is in them."""
        (finns,) = self._db.execute(
            "select count(*) from sqlite_master where name = 'handelse'"
        ).fetchone()
        (upplaga,) = self._db.execute("pragma user_version").fetchone()
        if finns and upplaga < _UPPLAGA:
            self._db.executescript(_FRAN_UPPLAGA_1)
        self._db.executescript(f"{_SCHEMA} pragma user_version = {_UPPLAGA};")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("begin immediate")
        try:
            yield self._db
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def _belong_to(self, url: str) -> None:
        with self._write() as db:
            db.execute("insert or ignore into uppgift values ('url', ?)", [url])
        agd = self._value("url")
        if agd != url:
            raise FelAdress(f"Utkorgen hör till {agd} och inte till {url}.")

    def _value(self, namn: str) -> str | None:
        rad = self._db.execute("select varde from uppgift where namn = ?", [namn]).fetchone()
        return None if rad is None else str(rad[0])

    # --- in ------------------------------------------------------------------------------------

    def put(
        self,
        slag: Slag,
        vardhandelse_id: str,
        dokument: Mapping[str, Any],
        *,
        resurs: str = VARDKONTAKTER,
    ) -> int:
        """Add a version of a contact, or of what else `resurs` says, and return its number.

        The same content as the newest version adds nothing, so whoever does not know whether it was
        added may add it again. A contact that is already here is corrected, not reported.
        """
        kropp = json.dumps(dokument, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        makulering = slag == "MAKULERING"
        summa = hashlib.sha256(f"{makulering}{'' if makulering else kropp}".encode()).hexdigest()
        with self._write() as db:
            senast = db.execute(
                "select version, summa, tillstand from handelse where resurs = ?"
                " and vardhandelse_id = ? order by id desc limit 1",
                [resurs, vardhandelse_id],
            ).fetchone()
            if senast is not None and senast[1] == summa and senast[2] != AVVISAD:
                return int(senast[0])
            if senast is not None and slag == "RAPPORT":
                slag = "RATTELSE"
            version = 1 if senast is None else int(senast[0]) + 1
            db.execute(
                "insert into handelse (resurs, vardhandelse_id, version, slag, kropp, summa)"
                " values (?, ?, ?, ?, ?, ?)",
                [resurs, vardhandelse_id, version, slag, kropp, summa],
            )
        return version

    # --- out -----------------------------------------------------------------------------------

    def next_request(self, *, now: float, storst: int) -> Sandning | None:
        """Return the request to make now: one begun before, else a new one; None if none is due.

        New reports of contacts go `storst` at a time, all else one by one.
        """
        rad = self._db.execute(
            f"select {_SANDNING} from sandning where klar = 0 and tidigast <= ?"
            " order by id limit 1",
            [now],
        ).fetchone()
        if rad is not None:
            return Sandning(*rad)
        with self._write() as db:
            forst = db.execute(f"{_REDO} order by h.id limit 1").fetchone()
            if forst is None:
                return None
            valda = [forst]
            if (forst[3], forst[5]) == ("RAPPORT", VARDKONTAKTER) and storst > 1:
                valda = db.execute(
                    f"{_REDO} and h.slag = 'RAPPORT' and h.resurs = 'vardkontakter'"
                    " order by h.id limit ?",
                    [storst],
                ).fetchall()
            return self._begin(db, valda)

    def _begin(self, db: sqlite3.Connection, valda: Sequence[tuple[Any, ...]]) -> Sandning:
        """Make a request of these (id, vårdhändelse-id, version, slag, kropp, resurs); keep it."""
        slag, resurs, om_version = valda[0][3], str(valda[0][5]), None
        kontakter = [{**json.loads(rad[4]), "version": rad[2]} for rad in valda]
        kropp = b"\n".join(json.dumps(k, ensure_ascii=False).encode() for k in kontakter)
        mediatyp = "application/json"
        if (slag, resurs) == ("RAPPORT", VARDKONTAKTER):
            metod, vag = "POST", "vardkontakter"
            if len(valda) > 1:
                vag, mediatyp = f"vardkontakter/batch?antal={len(valda)}", "application/x-ndjson"
        else:
            # PUT reports what is not there and corrects what is, and is as safe to make again.
            om_version = self._known(db, resurs, str(valda[0][1]), valda[0][0])
            metod, vag = "PUT", address(resurs, str(valda[0][1]))
            if slag == "MAKULERING":
                metod, kropp = "DELETE", b""
                orsak = quote(str(kontakter[0].get("orsak", "")), safe="")
                vag += f"?version={valda[0][2]}" + (f"&orsak={orsak}" if orsak else "")
        sandning = db.execute(
            "insert into sandning (nyckel, metod, vag, mediatyp, om_version, kropp, antal)"
            f" values (?, ?, ?, ?, ?, ?, ?) returning {_SANDNING}",
            [str(uuid.uuid4()), metod, vag, mediatyp, om_version, kropp, len(valda)],
        ).fetchone()
        db.executemany(
            "update handelse set tillstand = 'SANDS', sandning = ? where id = ?",
            [(sandning[0], rad[0]) for rad in valda],
        )
        return Sandning(*sandning)

    @staticmethod
    def _known(
        db: sqlite3.Connection, resurs: str, vardhandelse_id: str, handelse: int
    ) -> int | None:
        """Return the version that this one is to replace; None when none is known to be there."""
        rad = db.execute(
            "select registrerad from handelse where resurs = ? and vardhandelse_id = ?"
            " and registrerad > 0 and (tillstand = 'KLAR' or id = ?) order by id desc limit 1",
            [resurs, vardhandelse_id, handelse],
        ).fetchone()
        return None if rad is None else int(rad[0])

    def next_time(self) -> float | None:
        """Return when the earliest request that waits is due; None when none does."""
        (tid,) = self._db.execute("select min(tidigast) from sandning where klar = 0").fetchone()
        return None if tid is None else float(tid)

    # --- answers -------------------------------------------------------------------------------

    def tried(self, sandning: Sandning) -> None:
        """Count a try, before it is made."""
        with self._write() as db:
            db.execute("update sandning set forsok = forsok + 1 where id = ?", [sandning.id])

    def postpone(self, sandning: Sandning, *, until: float, senast: str) -> None:
        """Keep the request for later; `senast` says why."""
        with self._write() as db:
            db.execute(
                "update sandning set tidigast = ?, senast = ? where id = ?",
                [until, senast, sandning.id],
            )

    def renew_key(self, sandning: Sandning) -> None:
        """Give the request another key; for one that is stored as refused under its first."""
        with self._write() as db:
            db.execute(
                "update sandning set nyckel = ?, byten = byten + 1 where id = ?",
                [str(uuid.uuid4()), sandning.id],
            )

    def split(self, sandning: Sandning) -> None:
        """Replace the request by two with half of its contacts each."""
        with self._write() as db:
            valda = db.execute(
                "select id, vardhandelse_id, version, slag, kropp, resurs from handelse"
                " where sandning = ? order by id",
                [sandning.id],
            ).fetchall()
            self._close_request(db, sandning)
            mitten = len(valda) // 2
            for halva in (valda[:mitten], valda[mitten:]):
                self._begin(db, halva)

    def handelser_of(self, sandning: Sandning) -> list[Handelse]:
        """Return what the request carries, in its order."""
        rader = self._db.execute(
            f"select {_HANDELSE} from handelse where sandning = ? order by id", [sandning.id]
        )
        return [_as_handelse(rad) for rad in rader]

    def finish(self, sandning: Sandning, besked: Sequence[Besked], *, begaran_id: str) -> None:
        """Write down what was answered; the content of what is registered is not kept."""
        with self._write() as db:
            self._close_request(db, sandning)
            db.executemany(
                "update handelse set tillstand = ?, utfall = ?, fel = ?, registrerad = ?,"
                " begaran_id = ?, kropp = case when ? = 'KLAR' then null else kropp end"
                " where id = ?",
                [
                    (
                        b.tillstand,
                        b.utfall,
                        json.dumps(list(b.fel), ensure_ascii=False),
                        b.registrerad,
                        begaran_id,
                        b.tillstand,
                        b.handelse,
                    )
                    for b in besked
                ],
            )

    @staticmethod
    def _close_request(db: sqlite3.Connection, sandning: Sandning) -> None:
        db.execute("update sandning set klar = 1, kropp = x'' where id = ?", [sandning.id])

    def resolve(
        self,
        vardhandelse_id: str,
        *,
        behall: Behall,
        registrerad: int,
        resurs: str = VARDKONTAKTER,
    ) -> None:
        """End a conflict: send ours again as the newest version, or let the register's stand.

        `registrerad` is the register's version; every version that waits is numbered above it.
        """
        with self._write() as db:
            if behall == "registrets":
                db.execute(
                    "update handelse set tillstand = 'AVVISAD', utfall = 'REGISTRETS_GALLER'"
                    " where resurs = ? and vardhandelse_id = ? and tillstand = 'KONFLIKT'",
                    [resurs, vardhandelse_id],
                )
            hogst = max(
                registrerad,
                *(
                    rad[0]
                    for rad in db.execute(
                        "select version from handelse where resurs = ? and vardhandelse_id = ?",
                        [resurs, vardhandelse_id],
                    )
                ),
            )
            vantar = db.execute(
                "select id from handelse where resurs = ? and vardhandelse_id = ?"
                " and tillstand in ('KONFLIKT', 'VANTAR') order by id",
                [resurs, vardhandelse_id],
            ).fetchall()
            db.executemany(
                "update handelse set version = ?, tillstand = 'VANTAR', sandning = null,"
                " slag = case slag when 'RAPPORT' then 'RATTELSE' else slag end where id = ?",
                [(hogst + nr, pk) for nr, (pk,) in enumerate(vantar, start=1)],
            )
            if vantar:  # what ours is meant to replace, so that If-Match names it
                db.execute(
                    "update handelse set registrerad = ? where id = ?", [registrerad, vantar[0][0]]
                )

    # --- receipts --------------------------------------------------------------------------------

    @property
    def cursor(self) -> int:
        """Return the number of the last receipt that is taken care of."""
        return int(self._value("efter") or 0)

    def keep_receipts(self, rader: Sequence[Mapping[str, Any]], *, efter: int) -> None:
        """Store receipts and move the cursor past them, both or neither."""
        with self._write() as db:
            db.executemany(
                "insert or ignore into kvittens values (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        rad["sekvens"], rad["vardhandelseId"], rad["version"], rad["niva"],
                        rad["utfall"], rad.get("kod", ""), rad.get("belopp"), rad["tid"],
                    )
                    for rad in rader
                ],
            )  # fmt: skip
            db.execute("insert or replace into uppgift values ('efter', ?)", [str(efter)])

    # --- looking ---------------------------------------------------------------------------------

    def status(self) -> Lage:
        """Return how things stand."""
        antal = dict(
            self._db.execute("select tillstand, count(*) from handelse group by 1").fetchall()
        )
        return Lage(
            vantar=antal.get(VANTAR, 0) + antal.get(SANDS, 0),
            klara=antal.get(KLAR, 0),
            avvisade=antal.get(AVVISAD, 0),
            konflikter=antal.get(KONFLIKT, 0),
        )

    def history(self, vardhandelse_id: str, *, resurs: str = VARDKONTAKTER) -> list[Handelse]:
        """Return every version of a contact, or of what else `resurs` says, oldest first."""
        rader = self._db.execute(
            f"select {_HANDELSE} from handelse where resurs = ? and vardhandelse_id = ?"
            " order by id",
            [resurs, vardhandelse_id],
        )
        return [_as_handelse(rad) for rad in rader]

    def in_state(self, tillstand: str) -> Iterator[Handelse]:
        """Return every version in a state, oldest first."""
        rader = self._db.execute(
            f"select {_HANDELSE} from handelse where tillstand = ? order by id", [tillstand]
        )
        return map(_as_handelse, rader.fetchall())

    def receipts_of(self, vardhandelse_id: str) -> list[dict[str, Any]]:
        """Return the receipts of a contact, oldest first."""
        falt = ("sekvens", "version", "niva", "utfall", "kod", "belopp", "tid")
        rader = self._db.execute(
            f"select {', '.join(falt)} from kvittens where vardhandelse_id = ? order by sekvens",
            [vardhandelse_id],
        )
        return [dict(zip(falt, rad, strict=True)) for rad in rader]


_SANDNING: Final = "id, nyckel, metod, vag, mediatyp, om_version, kropp, antal, forsok, byten"
_HANDELSE: Final = (
    "id, resurs, vardhandelse_id, version, slag, tillstand, utfall, fel, registrerad, begaran_id"
)
#: What may be sent: nothing earlier of the same contact is unanswered.
_REDO: Final = (
    "select h.id, h.vardhandelse_id, h.version, h.slag, h.kropp, h.resurs from handelse h"
    " where h.tillstand = 'VANTAR' and not exists (select 1 from handelse f"
    " where f.resurs = h.resurs and f.vardhandelse_id = h.vardhandelse_id and f.id < h.id"
    " and f.tillstand in ('VANTAR', 'SANDS', 'KONFLIKT'))"
)


def _as_handelse(rad: tuple[Any, ...]) -> Handelse:
    pk, resurs, id_, version, slag, tillstand, utfall, fel, registrerad, begaran_id = rad
    return Handelse(
        pk, resurs, id_, version, slag, tillstand, utfall, json.loads(fel), registrerad, begaran_id
    )


def address(resurs: str, id_: str) -> str:
    """Return where a document of the kind is corrected and cancelled."""
    inom = quote(id_, safe="")
    return f"{SLUT[resurs]}/{inom}/slut" if resurs in SLUT else f"{resurs}/{inom}"
