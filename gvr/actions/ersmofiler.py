"""Receive ERSMOIndata files: the file whole or not at all, then event by event.

A file that comes by API is one delivery. A larger one, from a disk, is one for each of its parts:
looked through first, then taken in a part at a time, each in its own transaction.

A Vårdkontakt goes the same way as one sent by API. Other events (Vårdansvar, Vårdperiod and so on)
are kept as Ersattningshandelse, newest counts, and are never priced.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final
from uuid import UUID

import msgspec
import uuid_utils
from django.db import connection
from lxml import etree

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
from gvr.actions.vardkontakter import (
    ACCEPTERADE,
    AVVISAD,
    AVVISNING,
    ERSATT_I_FILEN,
    LOGGPOST,
    MAKULERAD,
    OFORANDRAD,
    REGISTRERAD,
    Mottagning,
    Resultat,
    Utforma,
    chain_verdict,
    findings_as_json,
    judge,
    log_rows,
    status_of,
)
from gvr.core import ersmodelar, ersmoindata, felkatalog
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.ersmodelar import Del, Oversikt
from gvr.core.ersmoindata import VARDKONTAKT, Fil, Filfel, Handelse
from gvr.core.mottagning import Avsikt, Befintlig, Inkommet, checksum
from gvr.core.personnummer import parse
from gvr.core.register import Register
from gvr.queries import koder, regelallvar, register
from gvr.queries.register import Stamdata

SCHEMA: Final = Path(__file__).resolve().parents[1] / "data" / "schema" / "ERSMOIndata2.2.xsd"

HANDELSE: Final = Tabell(
    "gvr_ersattningshandelse",
    (
        column("handelse_id", "text"),
        column("kallsystem", "text"),
        column("klass", "text"),
        column("leverans_id", "int8"),
        column("vardgivare_id", "int8"),
        column("enhet_id", "int8"),
        column("enhet_ref", "text"),
        column("patient_id", "text"),
        column("dag", "date"),
        column("slutdag", "date"),
        column("makulerad", "bool"),
        column("innehall", "jsonb"),
        column("innehall_sha256", "bytea"),
        column("registrerad", "timestamptz"),
    ),
)


@lru_cache(maxsize=1)
def schema() -> etree.XMLSchema:
    """Return the schema of the format, read once."""
    return ersmoindata.read_schema(SCHEMA.read_bytes())


def read(kropp: bytes) -> Fil | tuple[Filfel, ...]:
    """Read a file that came by API, or return every reason why the whole of it is refused."""
    return ersmodelar.read(kropp, schema=schema())


def receive(
    fil: Fil,
    *,
    avsandare: Avsandare,
    begaran: Begaran,
    today: date,
    utforma: Utforma,
    torrkorning: bool = False,
) -> Svar | Hinder:
    """Register the events of a file that follows the schema; return the answer stored with it.

    Of two events with the same id in one file the last counts.
    """
    arbete = Filmottagning(fil, avsandare=avsandare, begaran=begaran, today=today, utforma=utforma)
    if torrkorning:
        arbete.kontakter.verdict = chain_verdict()
        return rehearse(avsandare, arbete)
    return deliver(begaran, avsandare, arbete)


def _arrived(handelse: Handelse) -> Inkommet:
    innehall = handelse.innehall
    return Inkommet(
        plats=handelse.plats,
        avsikt=Avsikt.LEVERERA,
        vardhandelse_id=handelse.id,
        innehall=innehall,
        detaljer=handelse.detaljer,
        summa=b"" if innehall is None else checksum(innehall, handelse.detaljer),
        makulerad=handelse.makulerad,
        avvikelser=handelse.avvikelser,
        atgardsdagar=handelse.atgardsdagar,
    )


# --- from a disk, in parts ------------------------------------------------------------------------


class Delhandelse(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of an event: its place in the file, its line, and the codes of the findings."""

    index: int
    rad: int
    status: int
    utfall: str
    vardhandelse_id: str
    uuid: str | None
    version: int | None
    kvittens: int | None
    koder: tuple[str, ...]


class Delsvar(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of the events of a part; stored as the answer of its delivery."""

    antal: int
    accepterade: int
    avvisade: int
    resultat: tuple[Delhandelse, ...]
    leverans: str


def survey(fil: BinaryIO, *, flest: int) -> Oversikt | tuple[Filfel, ...]:
    """Look through a file to be taken in `flest` events at a time, or return why it is refused."""
    return ersmodelar.survey(fil, schema=schema(), flest=flest)


def receive_part(
    del_: Del, fil: Fil, *, nyckel: str, avsandare: Avsandare, at: datetime, today: date
) -> tuple[Delsvar, bool] | Hinder:
    """Register the events of a part; return what became of them, and whether that was known.

    `nyckel` says which file it is. A part whose place in the file was received under the same key
    is not done again: it has the answer that it had, so an interrupted file goes on where it was.
    """
    platser = f"{fil.forsta + 1}-{fil.forsta + len(fil.handelser)}"
    begaran = Begaran(
        uuid=UUID(str(uuid_utils.uuid7())),
        metod="FIL",
        resurs=f"fil/ersmoindata/{platser}",
        mediatyp="application/xml",
        nyckel=f"{nyckel}:{platser}",
        kropp=del_.dokument,
        sha256=del_.sha256,
        mottagen=at,
    )
    svar = receive(
        fil,
        avsandare=avsandare,
        begaran=begaran,
        today=today,
        utforma=lambda resultat, _: _part_answer(resultat, fil, begaran),
    )
    if isinstance(svar, Hinder):
        return svar
    return msgspec.json.decode(svar.kropp, type=Delsvar), svar.upprepat


def _part_answer(resultat: Sequence[Resultat], fil: Fil, begaran: Begaran) -> Svar:
    accepterade = sum(1 for r in resultat if r.utfall in ACCEPTERADE)
    svar = Delsvar(
        antal=len(resultat),
        accepterade=accepterade,
        avvisade=len(resultat) - accepterade,
        resultat=tuple(
            Delhandelse(
                index=r.plats,
                rad=fil.handelser[r.plats - fil.forsta].rad,
                status=r.status,
                utfall=r.utfall,
                vardhandelse_id=r.vardhandelse_id,
                uuid=r.uuid,
                version=r.version,
                kvittens=r.kvittens,
                koder=tuple(a.kod for a in r.avvikelser),
            )
            for r in resultat
        ),
        leverans=str(begaran.uuid),
    )
    status = 200 if not svar.avvisade else 207
    return Svar(status=status, kropp=msgspec.json.encode(svar))


# --- the work of a delivery -----------------------------------------------------------------------


class Bedomd(msgspec.Struct, frozen=True):
    """An event that is not a contact, with its findings and its place."""

    handelse: Handelse
    avvikelser: tuple[Avvikelse, ...]
    vardgivare_id: int | None
    enhet_id: int | None
    summa: bytes

    @property
    def stopp(self) -> bool:
        """True when it is not kept."""
        return any(a.allvar is Allvar.STOPP for a in self.avvikelser)


def _judge_event(handelse: Handelse, avsandare: Avsandare, bild: Register) -> Bedomd:
    """Find what can be found of an event: its patient, its unit, the sender's right.

    An unknown unit stops nothing here: nobody waits for an event that is never priced.
    """
    avvikelser = list(handelse.avvikelser)
    identitet = parse(handelse.patient_id, day=handelse.dag)
    if isinstance(identitet, Avvikelse):
        avvikelser.append(identitet)
    vardgivare_id, enhet_id = avsandare.ensam, None
    if handelse.dag is not None:
        enhet = bild.unit(handelse.enhet, handelse.dag)
        if isinstance(enhet, Avvikelse):
            avvikelser.append(msgspec.structs.replace(enhet, allvar=Allvar.ANMARKNING))
        else:
            vardgivare_id, enhet_id = enhet[0].vardgivare_id, enhet[0].enhet_id
    if vardgivare_id is not None and not avsandare.may_report(vardgivare_id, enhet_id):
        avvikelser.append(felkatalog.finding("OMBUD_SAKNAS", pekare="/enhet"))
        vardgivare_id, enhet_id = None, None
    innehall = (
        handelse.klass,
        handelse.enhet,
        handelse.patient_id,
        handelse.dag,
        handelse.slutdag,
        handelse.makulerad,
        handelse.detaljer,
    )
    summa = hashlib.sha256(msgspec.json.encode(innehall, order="deterministic")).digest()
    return Bedomd(handelse, tuple(avvikelser), vardgivare_id, enhet_id, summa)


class Filmottagning:
    """The work of one file: its contacts, its other events, and those that gave way to later."""

    def __init__(
        self,
        fil: Fil,
        *,
        avsandare: Avsandare,
        begaran: Begaran,
        today: date,
        utforma: Utforma,
    ) -> None:
        kvar = [handelse for handelse in fil.handelser if handelse.plats not in fil.ersatta]
        kontakter = [_arrived(handelse) for handelse in kvar if handelse.klass == VARDKONTAKT]
        self.kontakter = Mottagning(
            (),
            avsandare,
            begaran,
            self._answer,
            atomar=False,
            bedom=lambda stamdata: judge(
                kontakter,
                avsandare=avsandare,
                bild=register.current(stamdata),
                koder_=koder.current(stamdata),
                today=today,
                kanal="FIL",
                allvar=regelallvar.current(stamdata),
            ),
            i_leveransen=fil.andra,
        )
        self._fil = fil
        self._handelser = [handelse for handelse in kvar if handelse.klass != VARDKONTAKT]
        self._avsandare = avsandare
        self._begaran = begaran
        self._utforma = utforma
        self._andra: Sequence[Bedomd] = ()
        self._resultat: list[Resultat] = []
        self._nya: list[Bedomd] = []

    def prepare(self, stamdata: Stamdata) -> None:
        """Find everything about the events."""
        self.kontakter.prepare(stamdata)
        bild = register.current(stamdata)
        self._andra = [_judge_event(h, self._avsandare, bild) for h in self._handelser]

    @property
    def nycklar(self) -> Sequence[str]:
        """Return the ids of the contacts."""
        return self.kontakter.nycklar

    def decide(self, befintliga: Sequence[Befintlig]) -> Behov:
        """Decide the contacts."""
        return self.kontakter.decide(befintliga)

    def finish(self, nummer: Nummer) -> Utfall:
        """Decide the other events, while no other delivery of the sender is written; then all."""
        self._decide_events()
        utfall = self.kontakter.finish(nummer)
        utfall.antal = len(self._fil.handelser)
        avvisade = [b for b in self._andra if b.stopp]
        utfall.avvisade += len(avvisade)
        utfall.rader += [
            (HANDELSE, [self._row(b, nummer.leverans) for b in self._nya]),
            (AVVISNING, [self._refusal(b, nummer.leverans) for b in avvisade]),
            (LOGGPOST, self._log()),
        ]
        return utfall

    def _decide_events(self) -> None:
        registrerade = _newest_sums(self._avsandare, [b.handelse.id for b in self._andra])
        self._resultat, self._nya = [], []
        for bedomd in self._andra:
            handelse = bedomd.handelse
            utfall, status = (MAKULERAD if handelse.makulerad else REGISTRERAD), 201
            if bedomd.stopp:
                utfall, status = AVVISAD, status_of(bedomd.avvikelser)
            elif registrerade.get(handelse.id) == bedomd.summa:
                utfall, status = OFORANDRAD, 200
            else:
                self._nya.append(bedomd)
            self._resultat.append(
                Resultat(
                    plats=handelse.plats,
                    status=status,
                    utfall=utfall,
                    vardhandelse_id=handelse.id,
                    makulerad=handelse.makulerad,
                    avvikelser=bedomd.avvikelser,
                )
            )

    def _answer(self, kontakternas: Sequence[Resultat], stoppat: bool) -> Svar:  # noqa: FBT001
        ersatta = [
            Resultat(
                plats=handelse.plats,
                status=200,
                utfall=ERSATT_I_FILEN,
                vardhandelse_id=handelse.id,
            )
            for handelse in self._fil.handelser
            if handelse.plats in self._fil.ersatta
        ]
        alla = [*kontakternas, *self._resultat, *ersatta]
        return self._utforma(sorted(alla, key=lambda resultat: resultat.plats), stoppat)

    def _row(self, bedomd: Bedomd, leverans: int) -> tuple[Any, ...]:
        handelse = bedomd.handelse
        return (
            handelse.id,
            self._avsandare.kallsystem,
            handelse.klass,
            leverans,
            bedomd.vardgivare_id,
            bedomd.enhet_id,
            handelse.enhet,
            handelse.patient_id,
            handelse.dag,
            handelse.slutdag,
            handelse.makulerad,
            msgspec.json.encode(handelse.detaljer),
            bedomd.summa,
            self._begaran.mottagen,
        )

    def _refusal(self, bedomd: Bedomd, leverans: int) -> tuple[Any, ...]:
        return (
            leverans,
            bedomd.handelse.plats,
            bedomd.vardgivare_id,
            bedomd.enhet_id,
            bedomd.handelse.id,
            bedomd.handelse.dag,
            findings_as_json(bedomd.avvikelser),
            self._begaran.mottagen,
        )

    def _log(self) -> list[tuple[Any, ...]]:
        patienter: defaultdict[tuple[str, int | None], list[str]] = defaultdict(list)
        for bedomd in self._nya:
            patienter["RAPPORTERA", bedomd.vardgivare_id].append(bedomd.handelse.patient_id)
        return log_rows(patienter, self._avsandare, self._begaran)


def _newest_sums(avsandare: Avsandare, ids: Sequence[str]) -> dict[str, bytes]:
    """Return the checksum of the newest row of each event, and hold the sender's feed."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtext('kvittens'), hashtext(%s))",
            [avsandare.kallsystem],
        )
        cursor.execute(
            "select distinct on (handelse_id) handelse_id, innehall_sha256"
            " from gvr_ersattningshandelse"
            " where kallsystem = %s and handelse_id = any(%s::text[])"
            " order by handelse_id, id desc",
            [avsandare.kallsystem, list(ids)],
        )
        return {handelse: bytes(summa) for handelse, summa in cursor}
