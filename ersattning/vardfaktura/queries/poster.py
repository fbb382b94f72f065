"""Posts that are not on an invoice yet, added up by the database."""

from datetime import date
from decimal import Decimal

import msgspec
from django.db import connection
from django.utils.timezone import localtime

from ersattning.vardfaktura.core import fakturering
from ersattning.vardfaktura.core.fakturering import Fakturapost, Sektion
from gvr.core.period import Manad


class Par(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A provider and a contract: what one invoice a month is made for."""

    vardgivare_id: int
    avtal_id: int


class Attstanga(msgspec.Struct, frozen=True, kw_only=True):
    """Who has posts to invoice; none of them is booked before `fran`."""

    par: Par
    fran: Manad


class Postgrupp(msgspec.Struct, frozen=True, kw_only=True):
    """Posts that go on the same line, added up.

    `post_ids` is PostgreSQL's own text of the array of ids: it is only handed back to it, so a
    hundred thousand ids never become Python numbers.
    """

    post: Fakturapost
    post_ids: str
    antal_poster: int

    def key(self, manad: Manad) -> tuple[Sektion, Manad, str, str, Decimal]:
        """Return what the line of these posts is known by on the invoice of the month."""
        post = self.post
        sektion = fakturering.section(
            post.vardmanad, manad=manad, aterforing=post.aterforing, kalla=post.kalla
        )
        return (sektion, post.vardmanad, post.produktkod, post.typ, post.apris)


def to_close(manad: Manad, *, vardgivare_id: int | None = None) -> tuple[Attstanga, ...]:
    """Return who has posts to invoice for the month and no invoice for it yet.

    Reads every post once, for everybody at the same time.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select p.vardgivare_id, p.avtal_id, min(p.bokforingsmanad)
            from hej_post p
            where p.bokforingsmanad <= %(manad)s
                and (%(vardgivare)s::bigint is null or p.vardgivare_id = %(vardgivare)s)
                and not exists (
                    select from vardfaktura_fakturaradpost l where l.post_id = p.id
                )
            group by p.vardgivare_id, p.avtal_id
            having not exists (
                select from vardfaktura_faktura f where f.vardgivare_id = p.vardgivare_id
                    and f.avtal_id = p.avtal_id and f.manad = %(manad)s
            )
            order by 1, 2
            """,
            {"manad": manad.first, "vardgivare": vardgivare_id},
        )
        return tuple(
            Attstanga(par=Par(vardgivare_id=vg, avtal_id=avtal), fran=Manad.of(fran))
            for vg, avtal, fran in cursor.fetchall()
        )


def uninvoiced(par: Par, manad: Manad, *, fran: Manad | None = None) -> tuple[Postgrupp, ...]:
    """Return the posts that no line has, booked in the month or before it.

    `fran` says that nothing booked earlier is left, so that years of invoiced posts need not be
    looked through again; None looks through all of them.

    A post counts as a reversal only when what it reverses has been invoiced. One that takes back
    what never was on an invoice belongs with it, and the two cancel out on the same line.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select p.vardmanad, p.produktkod, p.typ, p.apris, p.kalla,
                exists (
                    select from vardfaktura_fakturaradpost l where l.post_id = p.aterfor_id
                ) as aterforing,
                sum(p.antal)::int, sum(p.belopp), array_agg(p.id)::text, count(*)
            from hej_post p
            where p.vardgivare_id = %s and p.avtal_id = %s
                and p.bokforingsmanad between %s and %s
                and not exists (
                    select from vardfaktura_fakturaradpost l where l.post_id = p.id
                )
            group by 1, 2, 3, 4, 5, 6
            """,
            [
                par.vardgivare_id,
                par.avtal_id,
                date.min if fran is None else fran.first,
                manad.first,
            ],
        )
        return tuple(
            Postgrupp(
                post=Fakturapost(
                    vardmanad=Manad.of(row[0]),
                    produktkod=row[1],
                    typ=row[2],
                    apris=row[3],
                    kalla=row[4],
                    aterforing=row[5],
                    antal=row[6],
                    belopp=row[7],
                ),
                post_ids=row[8],
                antal_poster=row[9],
            )
            for row in cursor.fetchall()
        )


def open_since(par: Par) -> Manad | None:
    """Return a month before which nothing of theirs is left to invoice; None when it is not known.

    The last proposal took every post booked up to its month. What has been posted since is booked
    in that month when a late worker decided what had come in time, else later. Enough for a
    forecast; a close looks itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select manad, skapad from vardfaktura_faktura"
            " where vardgivare_id = %s and avtal_id = %s order by manad desc limit 1",
            [par.vardgivare_id, par.avtal_id],
        )
        row = cursor.fetchone()
    return row and min(Manad.of(row[0]), Manad.of(localtime(row[1]).date()))


def compensates_vat(avtal_id: int) -> bool:
    """Say whether the contract adds compensation for VAT."""
    with connection.cursor() as cursor:
        cursor.execute("select momskompensation from gvr_avtal where id = %s", [avtal_id])
        row = cursor.fetchone()
    return bool(row and row[0])


def provider_id(orgnr: str) -> int | None:
    """Return the id of the provider with this organisation number."""
    with connection.cursor() as cursor:
        cursor.execute("select id from gvr_vardgivare where orgnr = %s", [orgnr])
        row = cursor.fetchone()
    return row[0] if row else None
