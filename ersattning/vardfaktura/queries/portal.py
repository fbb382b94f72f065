"""What the portal reads of invoices beside the invoices themselves: what will be on the next one.

The lines of a coming invoice are made by the same functions as the real ones at the close, so what
a provider sees before is what the provider gets.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from django.db import connection

from ersattning.vardfaktura.core import fakturering
from ersattning.vardfaktura.core.fakturering import Fakturarad
from ersattning.vardfaktura.queries import fakturor, poster
from ersattning.vardfaktura.queries.poster import Par
from gvr.core.period import Manad
from gvr.queries.portal import Avtalsrad

_NOLL = Decimal("0.00")


class Kommande(msgspec.Struct, frozen=True, kw_only=True):
    """What the close of a month would put on the invoice of one contract, were it made now."""

    avtal_id: int
    ada_nummer: str
    omrade: str
    rader: tuple[Fakturarad, ...]
    summa: Decimal


class Lank(msgspec.Struct, frozen=True, kw_only=True):
    """The line that a post is on."""

    post_id: int
    faktura: UUID
    nummer: int | None
    status: str
    manad: Manad
    radnr: int
    skapad: datetime


def coming(vardgivare_id: int, avtal: Sequence[Avtalsrad], manad: Manad) -> tuple[Kommande, ...]:
    """Return what each contract without an invoice for the month would be billed, if anything."""
    svar = []
    for rad in avtal:
        if fakturor.id_of_month(vardgivare_id, rad.id, manad) is not None:
            continue
        par = Par(vardgivare_id=vardgivare_id, avtal_id=rad.id)
        grupper = [
            grupp.post
            for grupp in poster.uninvoiced(par, manad, fran=poster.open_since(par))
            if grupp.post.vardmanad <= manad
        ]
        if rad.momskompensation and any(post.antal for post in grupper):
            grupper.extend(fakturering.vat_compensation(grupper, manad=manad))
        rader = fakturering.group(grupper, manad=manad)
        if any(r.antal for r in rader):
            svar.append(
                Kommande(
                    avtal_id=rad.id,
                    ada_nummer=rad.ada_nummer,
                    omrade=rad.omradesnamn,
                    rader=rader,
                    summa=fakturering.total(rader),
                )
            )
    return tuple(svar)


def links(post_ids: Sequence[int]) -> dict[int, Lank]:
    """Return the invoice line of each post that is on one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select l.post_id, f.uuid, f.nummer, f.status, f.manad, r.radnr, f.skapad"
            " from vardfaktura_fakturaradpost l"
            " join vardfaktura_fakturarad r on r.id = l.fakturarad_id"
            " join vardfaktura_faktura f on f.id = r.faktura_id"
            " where l.post_id = any(%s::bigint[])",
            [list(post_ids)],
        )
        return {
            rad[0]: Lank(
                post_id=rad[0],
                faktura=rad[1],
                nummer=rad[2],
                status=rad[3],
                manad=Manad.of(rad[4]),
                radnr=rad[5],
                skapad=rad[6],
            )
            for rad in cursor.fetchall()
        }
