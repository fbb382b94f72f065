"""Closing a month: posts become invoice proposals, once."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from threading import Lock

import msgspec
import uuid_utils.compat as uuid_utils
from django.db import connection

from ersattning.hej.actions import tillagg
from ersattning.vardfaktura.actions import kvittenser
from ersattning.vardfaktura.core import fakturering
from ersattning.vardfaktura.core.fakturering import Fakturapost, Fakturarad
from ersattning.vardfaktura.models import Faktura
from ersattning.vardfaktura.models import Fakturarad as Rad
from ersattning.vardfaktura.models.stangning import Stangningsstatus
from ersattning.vardfaktura.queries import fakturor, poster
from ersattning.vardfaktura.queries.poster import Par, Postgrupp
from gvr.actions import kopiering
from gvr.core.period import Manad
from gvr.queries.behorighet import databaskontext

logger = logging.getLogger(__name__)

_NOLL = Decimal("0.00")


class Stangningsresultat(msgspec.Struct, frozen=True, kw_only=True):
    """How the close of one month went for one provider and contract.

    KLAR with a `faktura_id`, TOM when there is nothing to invoice, FEL with the reason in `fel`.
    `poster` were put on `rader` lines by this close; both are 0 when the invoice was there before.
    """

    vardgivare_id: int
    avtal_id: int
    manad: Manad
    status: str
    faktura_id: int | None = None
    poster: int = 0
    rader: int = 0
    summa: Decimal = _NOLL
    fel: str = ""


def close(
    manad: Manad,
    at: datetime,
    *,
    vardgivare: int | None = None,
    workers: int = 1,
    progress: Callable[[Stangningsresultat, int], None] | None = None,
) -> tuple[Stangningsresultat, ...]:
    """Make the month's invoice proposals, for every provider or for the one with id `vardgivare`.

    Each provider and contract is a transaction of its own: a close that is stopped goes on where it
    was when it is run again, and one that fails is kept with its reason and does not stop the
    others. A second run changes nothing.

    `workers` is how many connections share the work; the answer is in the same order whatever it
    is. `progress` is told each result and how many are left.
    """
    with databaskontext(alla=True):
        att_stanga = poster.to_close(manad, vardgivare_id=vardgivare)
    waiting = iter(att_stanga)
    results: list[Stangningsresultat] = []
    lock = Lock()

    def take_turns() -> None:
        while True:
            with lock:
                turn = next(waiting, None)
            if turn is None:
                return
            result = _close_one(turn.par, manad, at, turn.fran)
            with lock:
                results.append(result)
                if progress is not None:
                    progress(result, len(att_stanga) - len(results))

    _run(take_turns, workers)
    return tuple(sorted(results, key=lambda result: (result.vardgivare_id, result.avtal_id)))


def _run(work: Callable[[], None], workers: int) -> None:
    """Do the work in this thread, or in several that close their connections when they are done."""
    if workers == 1:
        work()
        return

    def work_and_leave() -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(work_and_leave) for _ in range(workers)]:
            done.result()


def close_one(vardgivare_id: int, avtal_id: int, manad: Manad, at: datetime) -> Stangningsresultat:
    """Make one provider's proposal for one contract; a failure is recorded and returned."""
    return _close_one(Par(vardgivare_id=vardgivare_id, avtal_id=avtal_id), manad, at, None)


def _close_one(par: Par, manad: Manad, at: datetime, fran: Manad | None) -> Stangningsresultat:
    try:
        with databaskontext(alla=True):
            return _close(par, manad, at, fran)
    except Exception as fault:
        fel = f"{type(fault).__name__}: {str(fault).partition(chr(10))[0]}"[:500]
        logger.exception(
            "stangning.misslyckades vardgivare=%d avtal=%d manad=%s",
            par.vardgivare_id,
            par.avtal_id,
            manad,
        )
        with databaskontext(alla=True):
            _note(par, manad, Stangningsstatus.FEL, at, fel=fel)
        return Stangningsresultat(
            vardgivare_id=par.vardgivare_id,
            avtal_id=par.avtal_id,
            manad=manad,
            status=Stangningsstatus.FEL,
            fel=fel,
        )


def _close(par: Par, manad: Manad, at: datetime, fran: Manad | None) -> Stangningsresultat:
    """
    Make the proposal, in the transaction of the caller.

    1. Hold the provider and contract: two closes of the same never run at once.
    2. If the month has its invoice, leave it: what has come since goes on the next one.
    3. Add up the posts that no line has. If nothing is left of them, there is nothing to invoice,
       and they wait for a month that has something.
    4. Add the compensation for VAT when the contract says so.
    5. Write lines, invoice and links. The posts are named by id, so one that comes meanwhile stays
       for next month. Tell the senders.
    """
    _hold(par)
    earlier = fakturor.id_of_month(par.vardgivare_id, par.avtal_id, manad)
    if earlier is not None:
        return _result(par, manad, Stangningsstatus.KLAR, faktura_id=earlier)
    grupper = poster.uninvoiced(par, manad, fran=fran)
    rader = fakturering.group((g.post for g in grupper), manad=manad)
    if not any(rad.antal for rad in rader):
        _note(par, manad, Stangningsstatus.TOM, at)
        return _result(par, manad, Stangningsstatus.TOM)
    if poster.compensates_vat(par.avtal_id):
        tillaggen = fakturering.vat_compensation((g.post for g in grupper), manad=manad)
        grupper += tuple(_post_addition(par, post, at) for post in tillaggen)
        rader = fakturering.group((g.post for g in grupper), manad=manad)
    faktura_id = _write(par, manad, grupper, rader, at)
    _note(par, manad, Stangningsstatus.KLAR, at)
    kvittenser.tell_senders(faktura_id, vardgivare_id=par.vardgivare_id, nummer=None, at=at)
    return _result(
        par,
        manad,
        Stangningsstatus.KLAR,
        faktura_id=faktura_id,
        poster=sum(g.antal_poster for g in grupper),
        rader=len(rader),
        summa=fakturering.total(rader),
    )


def _hold(par: Par) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0)),"
            " set_config('work_mem', '64MB', true)",
            [f"manadsstangning:{par.vardgivare_id}:{par.avtal_id}"],
        )


def _post_addition(par: Par, post: Fakturapost, at: datetime) -> Postgrupp:
    pk = tillagg.post_vat_compensation(
        vardgivare_id=par.vardgivare_id,
        avtal_id=par.avtal_id,
        manad=post.vardmanad,
        produktkod=post.produktkod,
        antal=post.antal,
        apris=post.apris,
        belopp=post.belopp,
        at=at,
    )
    return Postgrupp(post=post, post_ids=f"{{{pk}}}", antal_poster=1)


def _write(
    par: Par,
    manad: Manad,
    grupper: Sequence[Postgrupp],
    rader: Sequence[Fakturarad],
    at: datetime,
) -> int:
    (faktura_id,) = kopiering.draw_ids("vardfaktura_faktura", 1)
    rad_ids = kopiering.draw_ids("vardfaktura_fakturarad", len(rader))
    Rad.objects.bulk_create(
        [
            Rad(
                id=pk,
                faktura_id=faktura_id,
                vardgivare_id=par.vardgivare_id,
                radnr=rad.radnr,
                sektion=rad.sektion,
                vardmanad=rad.vardmanad.first,
                produktkod=rad.produktkod,
                typ=rad.typ,
                antal=rad.antal,
                apris=rad.apris,
                belopp=rad.belopp,
            )
            for pk, rad in zip(rad_ids, rader, strict=True)
        ]
    )
    summa = fakturering.total(rader)
    Faktura.objects.bulk_create(
        [
            Faktura(
                id=faktura_id,
                uuid=uuid_utils.uuid7(),
                vardgivare_id=par.vardgivare_id,
                avtal_id=par.avtal_id,
                manad=manad.first,
                typ=fakturering.invoice_type(summa),
                summa=summa,
                innehall_hash=fakturor.content_hash(faktura_id),
                skapad=at,
            )
        ]
    )
    rad_of = {
        (rad.sektion, rad.vardmanad, rad.produktkod, rad.typ, rad.apris): pk
        for pk, rad in zip(rad_ids, rader, strict=True)
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into vardfaktura_fakturaradpost (post_id, fakturarad_id)"
            " select unnest(g.post_ids::bigint[]), g.rad_id"
            " from unnest(%s::text[], %s::bigint[]) as g(post_ids, rad_id)",
            [[g.post_ids for g in grupper], [rad_of[g.key(manad)] for g in grupper]],
        )
    return faktura_id


def _note(par: Par, manad: Manad, status: Stangningsstatus, at: datetime, *, fel: str = "") -> None:
    """Keep how far the close has come; one row per provider, contract and month."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into vardfaktura_manadsstangning as m"
            " (vardgivare_id, avtal_id, manad, status, fel, forsok, andrad)"
            " values (%s, %s, %s, %s, %s, 1, %s)"
            " on conflict (vardgivare_id, avtal_id, manad) do update set"
            " status = excluded.status, fel = excluded.fel, forsok = m.forsok + 1,"
            " andrad = excluded.andrad where m.status <> 'TOM' or excluded.status <> 'TOM'",
            [par.vardgivare_id, par.avtal_id, manad.first, status, fel, at],
        )


def _result(
    par: Par,
    manad: Manad,
    status: Stangningsstatus,
    *,
    faktura_id: int | None = None,
    poster: int = 0,
    rader: int = 0,
    summa: Decimal = _NOLL,
) -> Stangningsresultat:
    return Stangningsresultat(
        vardgivare_id=par.vardgivare_id,
        avtal_id=par.avtal_id,
        manad=manad,
        status=status,
        faktura_id=faktura_id,
        poster=poster,
        rader=rader,
        summa=summa,
    )
