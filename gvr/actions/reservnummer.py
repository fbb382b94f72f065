"""Issue a reservnummer, tie it to a personnummer when that is known, and withdraw a tie.

Both are deliveries like any other: kept as they came, done once under a key, written together with
their answer and the log. Contacts are never changed by a tie; they are decided again.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

import msgspec
import uuid_utils
from django.db import connection

from gvr.actions.kopiering import Tabell, column
from gvr.actions.leveranser import (
    Avsandare,
    Begaran,
    Behov,
    Hinder,
    Nummer,
    Svar,
    Utfall,
    deliver,
    rehearse,
)
from gvr.actions.vardkontakter import ASK_AGAIN, LOGGPOST, log_rows, status_of
from gvr.core import felkatalog
from gvr.core.avvikelse import Avvikelse
from gvr.core.mottagning import Befintlig
from gvr.core.personnummer import parse
from gvr.core.reservnummer import (
    Koppling,
    Uppgifter,
    candidates,
    judge,
    judge_tie,
    number,
)
from gvr.queries import reservnummer as lasning
from gvr.queries.register import Stamdata

RESERVNUMMER: Final = Tabell(
    "gvr_reservnummer",
    (
        column("uuid", "uuid"),
        column("nummer", "text"),
        column("ar", "int2"),
        column("lopnummer", "int4"),
        column("skal", "text"),
        column("fodd", "date"),
        column("fodelsear", "int2"),
        column("kon", "text"),
        column("lma_nummer", "text"),
        column("lma_t_o_m", "date"),
        column("vardgivare_id", "int8"),
        column("utfardat", "timestamptz"),
        column("utfardat_av_id", "int4"),
    ),
)
KOPPLING: Final = Tabell(
    "gvr_reservnummerkoppling",
    (
        column("nummer", "text"),
        column("personnummer", "text"),
        column("lkf", "text"),
        column("aterkallad", "bool"),
        column("skal", "text"),
        column("vardgivare_id", "int8"),
        column("tid", "timestamptz"),
        column("av_id", "int4"),
    ),
)
UTFARDA: Final = "UTFARDA_RESERVNUMMER"
KOPPLA: Final = "KOPPLA_RESERVNUMMER"
ATERKALLA: Final = "ATERKALLA_KOPPLING"
_CHUNK: Final = 50  # running numbers looked at in one go


class Besked(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it. `nummer` is empty when it was refused; `kontakter` are decided again."""

    status: int
    nummer: str = ""
    personnummer: str = ""
    avvikelser: tuple[Avvikelse, ...] = ()
    kontakter: int = 0


#: Makes the answer that is stored.
Utforma = Callable[[Besked], Svar]


def issue(
    uppgifter: Uppgifter,
    *,
    vardgivare_id: int,
    avsandare: Avsandare,
    begaran: Begaran,
    today: date,
    utforma: Utforma,
    torrkorning: bool = False,
) -> Svar | Hinder:
    """Issue the year's next number that nobody has.

    One at a time for a year: the lock is held until the row is committed, and a number that any
    contact has been reported on is passed over, whoever issued it.
    """
    arbete = _Utfardande(uppgifter, vardgivare_id, avsandare, begaran, today, utforma)
    return rehearse(avsandare, arbete) if torrkorning else deliver(begaran, avsandare, arbete)


def tie(
    koppling: Koppling,
    *,
    avsandare: Avsandare,
    begaran: Begaran,
    today: date,
    utforma: Utforma,
    region: bool = False,
    torrkorning: bool = False,
) -> Svar | Hinder:
    """Tie a number to a personnummer, or withdraw the tie; its contacts are decided again.

    Only who has to do with the number may: it was issued to the provider, or the provider has
    reported on it. `region` is anybody of the region.
    """
    identitet = parse(koppling.nummer)
    if not isinstance(identitet, Avvikelse):
        koppling = msgspec.structs.replace(koppling, nummer=identitet.nummer)
    arbete = _Kopplande(koppling, avsandare, begaran, today, utforma, region=region)
    return rehearse(avsandare, arbete) if torrkorning else deliver(begaran, avsandare, arbete)


class _Utfardande:
    """The work of issuing."""

    nycklar: Sequence[str] = ()

    def __init__(
        self,
        uppgifter: Uppgifter,
        vardgivare_id: int,
        avsandare: Avsandare,
        begaran: Begaran,
        today: date,
        utforma: Utforma,
    ) -> None:
        self._uppgifter = uppgifter
        self._vardgivare_id = vardgivare_id
        self._avsandare = avsandare
        self._begaran = begaran
        self._today = today
        self._utforma = utforma
        self._fel: tuple[Avvikelse, ...] = ()
        self._lopnummer = 0

    def prepare(self, stamdata: Stamdata) -> None:
        """Need nothing of the master data."""

    def decide(self, befintliga: Sequence[Befintlig]) -> Behov:
        """Find the number."""
        del befintliga
        self._fel = judge(self._uppgifter, today=self._today)
        if not self._fel:
            lopnummer = _next(self._today.year, self._uppgifter.kon)
            if lopnummer is None:
                self._fel = (felkatalog.finding("RES010", pekare=""),)
            else:
                self._lopnummer = lopnummer
        return Behov()

    def finish(self, nummer: Nummer) -> Utfall:
        """Make the answer and the rows."""
        del nummer
        if self._fel:
            besked = Besked(status=status_of(self._fel), avvikelser=self._fel)
            return Utfall(svar=self._utforma(besked), antal=1, avvisade=1)
        u, at = self._uppgifter, self._begaran.mottagen
        nytt = number(self._today.year, self._lopnummer)
        rad = (
            uuid_utils.uuid7().bytes,
            nytt,
            self._today.year,
            self._lopnummer,
            u.skal.value,
            u.fodd,
            u.fodelsear or (u.fodd.year if u.fodd else None),
            u.kon,
            u.lma_nummer.strip(),
            u.lma_t_o_m,
            self._vardgivare_id,
            at,
            self._avsandare.anvandare_id,
        )
        logg = log_rows({(UTFARDA, self._vardgivare_id): [nytt]}, self._avsandare, self._begaran)
        return Utfall(
            svar=self._utforma(Besked(status=201, nummer=nytt)),
            antal=1,
            rader=[(RESERVNUMMER, [rad]), (LOGGPOST, logg)],
        )


def _next(ar: int, kon: str | None) -> int | None:
    """Hold the year's series and return its next running number that nobody has."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('reservnummer'), %s)", [ar])
        cursor.execute(
            "select coalesce(max(lopnummer), 0) from gvr_reservnummer where ar = %s", [ar]
        )
        efter = cursor.fetchone()[0]
        while True:
            mojliga = {number(ar, n): n for n in candidates(kon, efter=efter, antal=_CHUNK)}
            if not mojliga:
                return None
            cursor.execute(
                "select distinct patient_id from gvr_vardkontaktversion where patient_id = any(%s)",
                [list(mojliga)],
            )
            tagna = {nummer for (nummer,) in cursor.fetchall()}
            lediga = [n for nummer, n in mojliga.items() if nummer not in tagna]
            if lediga:
                return min(lediga)
            efter = max(mojliga.values())


class _Kopplande:
    """The work of tying and of withdrawing."""

    nycklar: Sequence[str] = ()

    def __init__(
        self,
        koppling: Koppling,
        avsandare: Avsandare,
        begaran: Begaran,
        today: date,
        utforma: Utforma,
        *,
        region: bool,
    ) -> None:
        self._koppling = koppling
        self._avsandare = avsandare
        self._begaran = begaran
        self._today = today
        self._utforma = utforma
        self._region = region
        self._svar: tuple[Koppling | None, tuple[Avvikelse, ...]] = (None, ())
        self._redan = False
        self._kontakter: list[int] = []
        self._vardgivare_id: int | None = None

    def prepare(self, stamdata: Stamdata) -> None:
        """Need nothing of the master data."""

    def decide(self, befintliga: Sequence[Befintlig]) -> Behov:
        """Hold the number, and judge the tie against the one there is."""
        del befintliga
        nummer = self._koppling.nummer
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reservnummer:{nummer}"]
            )
        gallande = lasning.tied_to(nummer)
        self._vardgivare_id = (
            None
            if self._region
            else lasning.concerned(nummer, self._avsandare.rapport, self._avsandare.rapport_enheter)
        )
        kand = self._region or self._vardgivare_id is not None
        self._svar = judge_tie(self._koppling, gallande=gallande, kand=kand, today=self._today)
        ny = self._svar[0]
        self._redan = ny is not None and not ny.aterkalla and ny.personnummer == gallande
        self._kontakter = [] if ny is None or self._redan else lasning.contacts_with(nummer)
        return Behov()

    def finish(self, nummer: Nummer) -> Utfall:
        """Make the answer and the rows, and ask for new decisions."""
        del nummer
        ny, fel = self._svar
        if fel or ny is None:
            besked = Besked(status=status_of(fel), avvikelser=fel)
            return Utfall(svar=self._utforma(besked), antal=1, avvisade=1)
        besked = Besked(
            status=200,
            nummer=ny.nummer,
            personnummer=ny.personnummer,
            kontakter=len(self._kontakter),
        )
        utfall = Utfall(svar=self._utforma(besked), antal=1)
        if self._redan:
            return utfall
        vardgivare_id = self._vardgivare_id
        at = self._begaran.mottagen
        rad = (
            ny.nummer,
            ny.personnummer,
            ny.lkf,
            ny.aterkalla,
            ny.skal.strip(),
            vardgivare_id,
            at,
            self._avsandare.anvandare_id,
        )
        handelse = ATERKALLA if ny.aterkalla else KOPPLA
        logg: dict[tuple[str, int | None], list[str]] = {
            (handelse, vardgivare_id): [tal for tal in (ny.nummer, ny.personnummer) if tal]
        }
        utfall.rader = [
            (KOPPLING, [rad]),
            (LOGGPOST, log_rows(logg, self._avsandare, self._begaran)),
        ]
        utfall.satser = [(ASK_AGAIN, [at, self._kontakter])] if self._kontakter else []
        utfall.ring = bool(self._kontakter)
        return utfall
