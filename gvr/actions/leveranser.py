"""Leveranser: what a sender sent, stored with its answer in the same transaction as what it did.

A request with an idempotency key is done once. The key is the sender's own; the same key again
gives the stored answer, the same key with another body is refused, and a key whose first request is
still running is asked to come back.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Protocol, cast
from uuid import UUID

import msgspec
from django.db import transaction

from gvr.actions import arenden, skrivning
from gvr.actions.kopiering import Tabell, column
from gvr.actions.omforsok import DODLAGE, try_again
from gvr.core.mottagning import Befintlig
from gvr.queries import forberett
from gvr.queries.behorighet import Maskin
from gvr.queries.forberett import BOOL, BYTES, INT, INTS, TEXT, Rader, Sats
from gvr.queries.register import Stamdata

MAX_RESURS: Final = 200
#: … and two requests that make the same row at once.
_TRY_AGAIN: Final = DODLAGE | {"23505"}

LEVERANS: Final = Tabell(
    "gvr_leverans",
    (
        column("id", "int8"),
        column("uuid", "uuid"),
        column("maskinkonto_id", "int8"),
        column("anvandare_id", "int4"),
        column("metod", "text"),
        column("resurs", "text"),
        column("idempotensnyckel", "text"),
        column("mediatyp", "text"),
        column("kropp", "bytea"),
        column("sha256", "bytea"),
        column("mottagen", "timestamptz"),
        column("status", "int2"),
        column("svar", "bytea"),
        column("antal", "int4"),
        column("antal_avvisade", "int4"),
    ),
)


class Registrerat(Protocol):
    """Something that is registered: whose it is, as far as that is known."""

    @property
    def vardgivare_id(self) -> int | None:
        """Return the provider."""

    @property
    def enhet_id(self) -> int | None:
        """Return the unit."""


class Avsandare(msgspec.Struct, frozen=True, kw_only=True):
    """A machine account at work: who it is, whom it may report for and what it may see.

    `rapport` are whole providers and `rapport_enheter` single units. `konto_id` is None when a
    person of the region corrects a contact by hand.
    """

    konto_id: int | None
    anvandare_id: int
    anvandare: str
    kallsystem: str
    rapport: frozenset[int]
    synliga: frozenset[int]
    enheter: frozenset[int] = frozenset()
    rapport_enheter: frozenset[int] = frozenset()

    def may_report(self, vardgivare_id: int | None, enhet_id: int | None) -> bool:
        """Say whether the account may report for this provider, or for this unit of it."""
        return vardgivare_id in self.rapport or enhet_id in self.rapport_enheter

    def may_touch(self, registrerat: Registrerat) -> bool:
        """Say whether the account may correct what is registered; nobody owns what is unplaced."""
        return registrerat.vardgivare_id is None or self.may_report(
            registrerat.vardgivare_id, registrerat.enhet_id
        )

    @property
    def ensam(self) -> int | None:
        """Return the provider of an account that reports for one only, else None.

        What such an account sends of a unit that nobody knows yet is shown to that provider.
        """
        if len(self.rapport) != 1 or self.rapport_enheter:
            return None
        return next(iter(self.rapport))


def as_sender(maskin: Maskin) -> Avsandare:
    """Return the account as the actions know it."""
    return Avsandare(
        konto_id=maskin.konto_id,
        anvandare_id=maskin.anvandare.pk,
        anvandare=maskin.anvandare.get_username(),
        kallsystem=maskin.kallsystem,
        rapport=maskin.omfang.rapport,
        synliga=maskin.omfang.vardgivare,
        enheter=maskin.omfang.enheter,
        rapport_enheter=maskin.omfang.rapport_enheter,
    )


class Begaran(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it arrived. `resurs` is the path without anything that identifies a patient."""

    uuid: UUID
    metod: str
    resurs: str
    mediatyp: str
    nyckel: str | None
    kropp: bytes
    sha256: bytes
    mottagen: datetime


class Svar(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: HTTP status and JSON. `upprepat` when it was given before."""

    status: int
    kropp: bytes
    upprepat: bool = False


class Hinder(msgspec.Struct, frozen=True):
    """Why a request is not done at all: a code of the catalogue (PAGAR or NYCKEL_UPPTAGEN)."""

    kod: str


class Nummer(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers drawn for what is about to be written."""

    leverans: int
    kontakter: Sequence[int] = ()
    kvittenser: Sequence[int] = ()


class Behov(msgspec.Struct, frozen=True):
    """How many numbers the work needs."""

    kontakter: int = 0
    kvittenser: int = 0


class Utfall(msgspec.Struct, kw_only=True):
    """What the work came to: the answer, the rows to add and the statements that change others."""

    svar: Svar
    antal: int = 0
    avvisade: int = 0
    rader: list[tuple[Tabell, Sequence[Sequence[Any]]]] = []
    satser: list[tuple[str, Sequence[Any]]] = []
    ring: bool = False


class Arbete(Protocol):
    """The work of one request, in three steps; each is done again when the transaction is."""

    def prepare(self, stamdata: Stamdata) -> None:
        """Find everything that can be found without looking at what is registered."""

    @property
    def nycklar(self) -> Sequence[str]:
        """Return the ids of the contacts it is about, which are locked before it begins."""

    def decide(self, befintliga: Sequence[Befintlig]) -> Behov:
        """Decide what to do with what is registered. Runs before the sender's feed is held."""

    def finish(self, nummer: Nummer) -> Utfall:
        """Return everything to write. Runs while the sender's feed is held."""


class Tidig(Protocol):
    """A work that has prepared itself before the transaction, by master data that may have aged.

    It is then asked what it wants to know in the same round trip as the transaction begins with.
    """

    stamdata: Stamdata | None

    def ask(self) -> Sats | None:
        """Return what the work itself wants to know of what is registered, if anything."""

    def hear(self, rader: Rader) -> None:
        """Take the answer."""


def deliver(
    begaran: Begaran, avsandare: Avsandare, arbete: Arbete, *, tidig: Tidig | None = None
) -> Svar | Hinder:
    """Do the work once and store the delivery with its answer, all or nothing.

    1. Let the transaction see everything, and hold the idempotency key – or say that it is held.
       Let the work prepare itself by master data as it is now, unless it has (`tidig`, which is the
       work itself).
    2. Look for an earlier answer under the key, and lock the contacts that exist, in id order.
    3. Let the work decide, draw the numbers it needs while the sender's feed of receipts is held,
       and let it finish.
    4. Write. Wake a worker when there is something to decide.

    Two requests that make the same contact at once, and deadlocks, are tried again up to three
    times; after that the database's own error is raised.
    """

    def once() -> Svar | Hinder:
        with transaction.atomic():
            return _deliver(begaran, avsandare, arbete, tidig)

    return try_again(once, vid=_TRY_AGAIN)


def rehearse(avsandare: Avsandare, arbete: Arbete) -> Svar:
    """Do the work and write nothing at all: the answer is what it would have been."""
    with transaction.atomic():
        arbete.prepare(_opened(forberett.together(_open(avsandare, None))[0])[1])
        _, befintliga = _look_up(avsandare, None, arbete.nycklar)
        behov = arbete.decide(befintliga)
        utfall = arbete.finish(
            Nummer(leverans=0, kontakter=[0] * behov.kontakter, kvittenser=[0] * behov.kvittenser)
        )
        return utfall.svar


def _deliver(
    begaran: Begaran, avsandare: Avsandare, arbete: Arbete, tidig: Tidig | None
) -> Svar | Hinder:
    uppslag = _begin(begaran, avsandare, arbete, tidig)
    if uppslag is None:
        return Hinder("PAGAR")
    tidigare, befintliga = uppslag
    if tidigare is not None:
        status, svar, sha256, resurs = tidigare
        if sha256 != begaran.sha256 or resurs != begaran.resurs[:MAX_RESURS]:
            return Hinder("NYCKEL_UPPTAGEN")
        return Svar(status=status, kropp=svar, upprepat=True)
    nummer = _draw(avsandare, arbete.decide(befintliga))
    utfall = arbete.finish(nummer)
    rad = _row(nummer.leverans, begaran, avsandare, utfall)
    if utfall.ring:
        arenden.ring()
    skrivning.write([(LEVERANS, [rad]), *utfall.rader], utfall.satser, sist=True)
    return utfall.svar


Tidigare = tuple[int, bytes, bytes, str]


def _begin(
    begaran: Begaran, avsandare: Avsandare, arbete: Arbete, tidig: Tidig | None
) -> tuple[Tidigare | None, list[Befintlig]] | None:
    """Take the first two steps; None when the key is held. One round trip for an early work."""
    nyckel = begaran.nyckel
    forst = [_open(avsandare, nyckel)]
    fraga = None
    if tidig is not None:
        forst.append(_sought(avsandare, nyckel, arbete.nycklar))
        fraga = tidig.ask()
        if fraga is not None:
            forst.append(fraga)
    oppnat, *svar = forberett.together(*forst)
    free, stamdata = _opened(oppnat)
    if not free:
        return None
    if tidig is None or tidig.stamdata != stamdata:
        arbete.prepare(stamdata)
        return _look_up(avsandare, nyckel, arbete.nycklar)
    if fraga is not None:
        tidig.hear(svar[1])
    return _found(svar[0])


def _open(avsandare: Avsandare, nyckel: str | None) -> Sats:
    """Let the transaction see every provider's rows, and hold the key."""
    return forberett.sats(
        "select set_config('app.alla', 'ja', true),"
        " $1::text is null or pg_try_advisory_xact_lock(hashtextextended($1::text, 0)),"
        " version, xmin::text from gvr_stamdataversion",
        [_lock_of(avsandare, nyckel)],
        (TEXT, BOOL, INT, TEXT),
    )


def _opened(rader: Rader) -> tuple[bool, Stamdata]:
    """Return whether the key was free, and how new the master data is."""
    ((_, free, version, xmin),) = rader
    return free, Stamdata(version, xmin)


def _lock_of(avsandare: Avsandare, nyckel: str | None) -> str | None:
    return None if nyckel is None else f"idempotens:{avsandare.konto_id}:{nyckel}"


def _look_up(
    avsandare: Avsandare, nyckel: str | None, nycklar: Sequence[str]
) -> tuple[Tidigare | None, list[Befintlig]]:
    return _found(forberett.together(_sought(avsandare, nyckel, nycklar))[0])


def _sought(avsandare: Avsandare, nyckel: str | None, nycklar: Sequence[str]) -> Sats:
    """Ask for the earlier answer under the key, and lock the contacts that exist.

    What a contact's newest version holds is read after the lock is taken: read together with it,
    PostgreSQL would pair a newly moved pointer with the version that was newest before the wait.
    Who does not hold the key does not wait for any contact either.
    """
    return forberett.sats(
        "with tidigare as ("
        "  select status, svar, sha256, resurs from gvr_leverans"
        "  where maskinkonto_id = $1::bigint and idempotensnyckel = $2::text),"
        " lasta as ("
        "  select id, senaste_version from gvr_vardkontakt"
        "  where kallsystem = $3::text and vardhandelse_id = any($4::text[]) and"
        "  ($5::text is null or pg_try_advisory_xact_lock(hashtextextended($5::text, 0)))"
        "  order by id for no key update)"
        " select id, senaste_version, null::int, null::bytea, null::bytea, null from lasta"
        " union all"
        " select null, null, status, svar, sha256, resurs from tidigare",
        [
            None if avsandare.konto_id is None else str(avsandare.konto_id),
            nyckel,
            avsandare.kallsystem,
            forberett.array(nycklar),
            _lock_of(avsandare, nyckel),
        ],
        (INT, INT, INT, BYTES, BYTES, TEXT),
    )


def _found(rader: Rader) -> tuple[Tidigare | None, list[Befintlig]]:
    """Return the earlier answer, and the newest version of each contact that was locked."""
    svar = next((rad[2:] for rad in rader if rad[2] is not None), None)
    pekare = [rad[:2] for rad in rader if rad[2] is None]
    return cast(Tidigare | None, svar), _newest(pekare) if pekare and svar is None else []


def lock(avsandare: Avsandare, nycklar: Sequence[str]) -> list[Befintlig]:
    """Lock contacts of the sender that exist by now; for work that had to wait for another's."""
    return _look_up(avsandare, None, nycklar)[1]


def _newest(pekare: Sequence[tuple[Any, ...]]) -> list[Befintlig]:
    rader = forberett.rows(
        "select k.id, k.vardhandelse_id, k.uuid::text, v.version, v.makulerad,"
        " v.innehall_sha256, k.vardgivare_id, k.enhet_id"
        " from unnest($1::bigint[], $2::int[]) as p(id, version)"
        " join gvr_vardkontakt k on k.id = p.id"
        " join gvr_vardkontaktversion v on v.vardkontakt_id = p.id and v.version = p.version",
        [
            forberett.array([pk for pk, _ in pekare]),
            forberett.array([version for _, version in pekare]),
        ],
        (INT, TEXT, TEXT, INT, BOOL, BYTES, INT, INT),
    )
    return [Befintlig(*rad) for rad in rader]


def _draw(avsandare: Avsandare, behov: Behov) -> Nummer:
    """Draw the numbers. Receipts are numbered while the sender's feed is held (see Kvittens)."""
    las = (
        "select pg_advisory_xact_lock(hashtext('kvittens'), hashtext($1::text))"
        if behov.kvittenser
        else "select $1::text"
    )
    ((leverans, kontakter, kvittenser),) = forberett.rows(
        f"with las as materialized ({las})"  # noqa: S608  - one of the two texts above
        " select nextval('gvr_leverans_id_seq'),"
        " array(select nextval('gvr_vardkontakt_id_seq') from generate_series(1, $2::int)),"
        " array(select nextval('gvr_kvittens_sekvens_seq') from generate_series(1, $3::int))"
        " from las",
        [avsandare.kallsystem, str(behov.kontakter), str(behov.kvittenser)],
        (INT, INTS, INTS),
    )
    return Nummer(leverans=leverans, kontakter=kontakter, kvittenser=kvittenser)


def _row(pk: int, begaran: Begaran, avsandare: Avsandare, utfall: Utfall) -> tuple[Any, ...]:
    return (
        pk,
        begaran.uuid.bytes,
        avsandare.konto_id,
        avsandare.anvandare_id,
        begaran.metod,
        begaran.resurs[:MAX_RESURS],
        begaran.nyckel,
        begaran.mediatyp[:100],
        begaran.kropp,
        begaran.sha256,
        begaran.mottagen,
        utfall.svar.status,
        utfall.svar.kropp,
        utfall.antal,
        utfall.avvisade,
    )


class Avvisat:
    """The work of a request that cannot be read: nothing but to be stored with its answer."""

    nycklar: Sequence[str] = ()

    def __init__(self, svar: Svar) -> None:
        self._svar = svar

    def prepare(self, stamdata: Stamdata) -> None:
        """Nothing to find: it cannot be read."""

    def decide(self, befintliga: Sequence[Befintlig]) -> Behov:
        """Need no numbers."""
        return Behov()

    def finish(self, nummer: Nummer) -> Utfall:
        """Answer what was decided before the database was asked."""
        return Utfall(svar=self._svar)
