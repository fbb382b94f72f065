"""Who sends the provider's contacts, how they come in, and what their systems have sent.

What an account has sent is shown only where all of it is the provider's own: an account that also
reports for others is seen by how it stands, never by its requests.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from django.utils.timezone import localdate

from avstamning.core import ord as ordval
from avstamning.core import tystnad
from avstamning.core.tystnad import Leveransrytm
from avstamning.queries.oversikt import LYSSNA, month_around
from avstamning.queries.ratta import MANADER
from ersattning.hej.queries import lagen
from gvr.core.maskning import masked_body
from gvr.core.period import Period
from gvr.queries import anropslogg, kalender, maskinkonton, ombud, portal, rytm, webhookar
from gvr.queries.anropslogg import Anrop, Plats
from gvr.queries.behorighet import as_region
from gvr.queries.maskinkonton import Dorr
from gvr.queries.portal import Avsandare, Synfalt
from gvr.queries.webhookar import Meddelande, Mottagare

#: How long back requests are shown: as long as the refused ones are kept.
SPARAS: Final = timedelta(days=30)


class Avsandarrad(msgspec.Struct, frozen=True, kw_only=True):
    """A sender: its rhythm, the share refused in thirty days, its doors, and what is unsolved.

    `egen`: it reports for this provider only. `att_ratta` and `vantar` are contacts of the period.
    """

    avsandare: Avsandare
    rytm: Leveransrytm | None
    andel_avvisade: str
    dorr: Dorr
    egen: bool
    att_ratta: int
    vantar: int
    period: Period
    mottagare: Sequence[Mottagare]

    @property
    def pausade(self) -> int:
        """How many of its receivers of webhooks are paused."""
        return sum(bool(rad.orsak) for rad in self.mottagare)


def senders(synfalt: Synfalt, *, at: datetime) -> tuple[Avsandarrad, ...]:
    """Return the systems that have reported in the last thirty days, or may report today."""
    rader = portal.senders(synfalt, fran=at - LYSSNA, at=at)
    konton = [rad.konto_id for rad in rader]
    period = month_around(localdate(at), antal=MANADER)
    olosta = lagen.unsolved_by_system(synfalt, period)
    egna = _own(synfalt, at=at)
    with as_region():
        mottagare = webhookar.of_systems([rad.kallsystem for rad in rader])
        dorrar = maskinkonton.doors(konton, vardgivare_id=synfalt.vardgivare_id, at=at)
        vanor, helgdagar = rytm.learnt(), kalender.around(localdate(at))
    return tuple(
        Avsandarrad(
            avsandare=rad,
            rytm=tystnad.rhythm(rad.tider, at=at, vana=vanor.get(rad.konto_id), helgdagar=helgdagar)
            if rad.tider
            else None,
            andel_avvisade=ordval.share(rad.avvisade, rad.registrerade + rad.avvisade),
            dorr=dorrar[rad.konto_id],
            egen=rad.konto_id in egna,
            att_ratta=olosta.get(rad.kallsystem, {}).get("FEL", 0),
            vantar=olosta.get(rad.kallsystem, {}).get("VANTAR", 0),
            period=period,
            mottagare=mottagare.get(rad.kallsystem, ()),
        )
        for rad in rader
    )


class Konto(msgspec.Struct, frozen=True, kw_only=True):
    """An account whose requests the provider may read."""

    id: int
    namn: str
    kallsystem: str


class Konton(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's accounts: those it may read the requests of, and the names of the others."""

    egna: Sequence[Konto]
    delade: Sequence[str]

    def chosen(self, kallsystem: str) -> Konto | None:
        """Return the account of a system, or the first one when none is asked for."""
        if not kallsystem:
            return next(iter(self.egna), None)
        return next((konto for konto in self.egna if konto.kallsystem == kallsystem), None)


def accounts(synfalt: Synfalt, *, at: datetime) -> Konton:
    """Return the accounts that report for a provider, in order of name."""
    egna = _own(synfalt, at=at)
    alla = portal.senders(synfalt, fran=at - LYSSNA, at=at)
    return Konton(
        egna=[
            Konto(id=rad.konto_id, namn=rad.namn, kallsystem=rad.kallsystem)
            for rad in alla
            if rad.konto_id in egna
        ],
        delade=[rad.namn for rad in alla if rad.konto_id not in egna],
    )


class Anropssida(msgspec.Struct, frozen=True, kw_only=True):
    """A page of requests; `nasta` is the id that the older ones come after."""

    rader: Sequence[Anrop]
    nasta: UUID | None


def requests(
    konto: Konto,
    *,
    fran: datetime,
    till: datetime,
    status: tuple[int, int] | None,
    efter: UUID | None,
    at: datetime,
    antal: int = 50,
) -> Anropssida:
    """Return requests in [fran, till), newest first, none older than is kept.

    A place (`efter`) that is not in the account's log begins from the newest.
    """
    plats: Plats | None = None if efter is None else anropslogg.place_of(konto.id, efter)
    rader = anropslogg.of_account(
        konto.id,
        fran=max(fran, at - SPARAS),
        fore=till,
        status=status,
        efter=plats,
        antal=antal + 1,
    )
    return Anropssida(
        rader=rader[:antal], nasta=rader[antal - 1].uuid if len(rader) > antal else None
    )


class Anropsdetalj(msgspec.Struct, frozen=True, kw_only=True):
    """A stored request of an account, with what was sent and answered masked."""

    konto: Konto
    anrop: Anrop
    kropp: str | None
    svar: str | None


def request_detail(konton: Konton, uuid: UUID, *, at: datetime) -> Anropsdetalj | None:
    """Return one request of the accounts; None when none of them has it, or it is too old."""
    for konto in konton.egna:
        detalj = anropslogg.detail(konto.id, uuid)
        if detalj is not None and detalj.anrop.tid >= at - SPARAS:
            return Anropsdetalj(
                konto=konto,
                anrop=detalj.anrop,
                kropp=detalj.kropp,
                svar=None if detalj.svar is None else masked_body(msgspec.json.encode(detalj.svar)),
            )
    return None


class Mottagarlogg(msgspec.Struct, frozen=True, kw_only=True):
    """A receiver and a page of what has been sent to it; `nasta` is where the older begin."""

    konto: Konto
    mottagare: Mottagare
    meddelanden: Sequence[Meddelande]
    nasta: int | None


def receiver_log(
    konton: Konton, uuid: UUID, *, fore: int | None, antal: int = 50
) -> Mottagarlogg | None:
    """Return what has been sent to a receiver; None when none of the accounts has it."""
    for konto in konton.egna:
        rad = webhookar.row(konto.id, uuid)
        if rad is not None:
            meddelanden = webhookar.messages(rad.pk, fore=fore, antal=antal + 1)
            sida = meddelanden[:antal]
            return Mottagarlogg(
                konto=konto,
                mottagare=webhookar.one(rad.pk),
                meddelanden=sida,
                nasta=sida[-1].pk if len(meddelanden) > antal else None,
            )
    return None


def _own(synfalt: Synfalt, *, at: datetime) -> frozenset[int]:
    with as_region():
        return ombud.accounts_of_one(synfalt.vardgivare_id, since=at - SPARAS)
