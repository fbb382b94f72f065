"""Invoices as the screens, the approval and the auditor read them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.utils.timezone import localtime

from ersattning.vardfaktura.core.fakturering import (
    MOMSKOMPENSATION_ANDEL,
    MOMSKOMPENSATION_PRODUKT,
    Fakturarad,
    Fakturareferens,
    Fakturaunderlag,
    Part,
    Sektion,
)
from ersattning.vardfaktura.queries import parter
from gvr.core.period import Manad

_NOLL = Decimal("0.00")

#: The hash an approval is bound to: sha256 (hex) of the invoice's lines, written one a row with |
#: between the values. Anyone can compute it from the lines; docs/granskning.md says how.
INNEHALL_HASH = """
    encode(sha256(convert_to(string_agg(
        concat_ws('|', r.radnr, r.sektion, to_char(r.vardmanad, 'YYYY-MM'), r.produktkod, r.typ,
            r.antal, r.apris, r.belopp),
        E'\\n' order by r.radnr
    ), 'UTF8')), 'hex')
"""


class Faktura(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice in a list. `summa` is kronor; `nummer` and `godkand` are None for a proposal."""

    id: int
    uuid: UUID
    vardgivare_id: int
    vardgivare: str
    avtal_id: int
    ada_nummer: str
    avtalsomrade: str
    manad: Manad
    status: str
    typ: str
    summa: Decimal
    skapad: datetime
    nummer: int | None
    godkand: datetime | None
    godkand_av: str
    rader: int


class Rad(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its name, how many contacts are on it and which invoices it takes back from."""

    id: int
    radnr: int
    sektion: Sektion
    vardmanad: Manad
    produktkod: str
    text: str
    typ: str
    antal: int
    apris: Decimal
    belopp: Decimal
    kontakter: int
    krediterar: tuple[Fakturareferens, ...] = ()


class Radpost(msgspec.Struct, frozen=True, kw_only=True):
    """A post on a line: its worth, its contact, and the earlier invoice it takes back from.

    One of a deltagande has that instead of a contact. One that comes from neither (compensation for
    VAT) has no day.
    """

    post_id: int
    kontakt_id: int | None
    kontakt_uuid: UUID | None
    vardhandelse_id: str
    dag: date | None
    enhet: str
    regel: str
    antal: int
    belopp: Decimal
    aterfor: int | None
    ursprung: Fakturareferens | None
    deltagande: UUID | None = None


class Brygga(msgspec.Struct, frozen=True, kw_only=True):
    """From what the month's contacts are worth to what the invoice asks for. Kronor.

    `rapporterat` is the newest decisions of contacts and deltaganden with care in the month;
    `annan_faktura` what of it other invoices carry, `ej_fakturerat` what no invoice carries yet.
    What remains, `produktion`, is on this invoice, with `sena`, `krediteringar` and `tillagg`.
    They make `fakturerat`; `skillnad` is what the invoice asks for less that, and is 0,00.
    """

    rapporterat: Decimal
    annan_faktura: Decimal
    ej_fakturerat: Decimal
    produktion: Decimal
    sena: Decimal
    krediteringar: Decimal
    tillagg: Decimal
    fakturerat: Decimal
    summa: Decimal

    @property
    def skillnad(self) -> Decimal:
        """What the parts do not explain: 0,00."""
        return self.summa - self.fakturerat

    @property
    def produktion_skillnad(self) -> Decimal:
        """What is reported and neither here, elsewhere nor waiting: 0,00."""
        return self.rapporterat - self.annan_faktura - self.ej_fakturerat - self.produktion


_FAKTURA = """
    select f.id, f.uuid, f.vardgivare_id, v.namn, f.avtal_id, a.ada_nummer, o.namn, f.manad,
        f.status, f.typ, f.summa, f.skapad, f.nummer, f.godkand, coalesce(u.username, ''),
        (select count(*) from vardfaktura_fakturarad r where r.faktura_id = f.id)
    from vardfaktura_faktura f
    join gvr_vardgivare v on v.id = f.vardgivare_id
    join gvr_avtal a on a.id = f.avtal_id
    join gvr_avtalsomrade o on o.id = a.avtalsomrade_id
    left join auth_user u on u.id = f.godkand_av_id
"""


def of_providers(
    vardgivare: Collection[int] | None = None,
    *,
    manad: Manad | None = None,
    status: str = "",
    before: tuple[date, int] | None = None,
    size: int = 50,
) -> tuple[Faktura, ...]:
    """Return invoices of these providers (None: of all), the newest month first.

    `before` is the month and id of the last invoice of the page before.
    """
    return _invoices(
        """
        where (%(vardgivare)s::bigint[] is null or f.vardgivare_id = any(%(vardgivare)s))
            and (%(manad)s::date is null or f.manad = %(manad)s)
            and (%(status)s = '' or f.status = %(status)s)
            and (%(manad_fore)s::date is null
                or (f.manad, f.id) < (%(manad_fore)s, %(id_fore)s))
        order by f.manad desc, f.id desc limit %(size)s
        """,
        {
            "vardgivare": None if vardgivare is None else sorted(vardgivare),
            "manad": None if manad is None else manad.first,
            "status": status,
            "manad_fore": before and before[0],
            "id_fore": before and before[1],
            "size": size,
        },
    )


def by_uuid(uuid: UUID) -> Faktura | None:
    """Return one invoice, None when it is not there or not to be seen."""
    rows = _invoices("where f.uuid = %(uuid)s", {"uuid": uuid})
    return rows[0] if rows else None


def by_id(faktura_id: int) -> Faktura | None:
    """Return one invoice, None when it is not there or not to be seen."""
    rows = _invoices("where f.id = %(id)s", {"id": faktura_id})
    return rows[0] if rows else None


def previous(faktura: Faktura) -> Faktura | None:
    """Return the invoice of the same contract before this one."""
    rows = _invoices(
        "where f.vardgivare_id = %(vg)s and f.avtal_id = %(avtal)s and f.manad < %(manad)s"
        " order by f.manad desc limit 1",
        {
            "vg": faktura.vardgivare_id,
            "avtal": faktura.avtal_id,
            "manad": faktura.manad.first,
        },
    )
    return rows[0] if rows else None


def id_of_month(vardgivare_id: int, avtal_id: int, manad: Manad) -> int | None:
    """Return the id of the month's invoice, None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from vardfaktura_faktura"
            " where vardgivare_id = %s and avtal_id = %s and manad = %s",
            [vardgivare_id, avtal_id, manad.first],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def content_hash(faktura_id: int) -> str:
    """Return the hash of the invoice's lines as they are now."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select coalesce({INNEHALL_HASH}, '') from vardfaktura_fakturarad r"  # noqa: S608
            " where r.faktura_id = %s",
            [faktura_id],
        )
        return str(cursor.fetchone()[0])


def hash_of_proposal(faktura_id: int) -> str:
    """Return the hash the lines had when the invoice was made."""
    with connection.cursor() as cursor:
        cursor.execute("select innehall_hash from vardfaktura_faktura where id = %s", [faktura_id])
        return str(cursor.fetchone()[0])


def lines(faktura: Faktura) -> tuple[Rad, ...]:
    """Return the lines of an invoice, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select r.id, r.radnr, r.sektion, r.vardmanad, r.produktkod, r.typ, r.antal, r.apris,
                r.belopp, (
                    select count(distinct p.vardkontakt_id) + count(distinct d.deltagande)
                    from vardfaktura_fakturaradpost l
                    join hej_post p on p.id = l.post_id
                    left join hej_delbeslut d on d.id = p.delbeslut_id
                    where l.fakturarad_id = r.id
                )
            from vardfaktura_fakturarad r where r.faktura_id = %s order by r.radnr
            """,
            [faktura.id],
        )
        rows = cursor.fetchall()
    names = _product_names(faktura.avtal_id, [row[4] for row in rows])
    credited = _credited_per_line(faktura.id)
    return tuple(
        Rad(
            id=row[0],
            radnr=row[1],
            sektion=Sektion(row[2]),
            vardmanad=Manad.of(row[3]),
            produktkod=row[4],
            text=names.get(row[4], row[4]),
            typ=row[5],
            antal=row[6],
            apris=row[7],
            belopp=row[8],
            kontakter=row[9],
            krediterar=credited.get(row[0], ()),
        )
        for row in rows
    )


def posts_of_line(rad_id: int, *, after: int = 0, size: int = 100) -> tuple[Radpost, ...]:
    """Return the posts of a line with their contacts, by post id; `after` is the last one shown.

    The day is that of the version the post was decided on.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select p.id, p.vardkontakt_id, k.uuid, coalesce(k.vardhandelse_id, ''),
                coalesce(x.dag, d.dag), coalesce(e.namn, ''), p.regel, p.antal, p.belopp,
                p.aterfor_id, f0.nummer, f0.godkand, d.deltagande
            from vardfaktura_fakturaradpost l
            join hej_post p on p.id = l.post_id
            left join gvr_vardkontakt k on k.id = p.vardkontakt_id
            left join hej_beslut b on b.id = p.beslut_id
            left join hej_delbeslut d on d.id = p.delbeslut_id
            left join gvr_vardkontaktversion x
                on x.vardkontakt_id = p.vardkontakt_id and x.version = b.version
            left join gvr_enhet e on e.id = p.enhet_id
            left join vardfaktura_fakturaradpost l0 on l0.post_id = p.aterfor_id
            left join vardfaktura_fakturarad r0 on r0.id = l0.fakturarad_id
            left join vardfaktura_faktura f0
                on f0.id = r0.faktura_id
                and f0.id <> (select faktura_id from vardfaktura_fakturarad where id = %(rad)s)
            where l.fakturarad_id = %(rad)s and l.post_id > %(after)s
            order by l.post_id limit %(size)s
            """,
            {"rad": rad_id, "after": after, "size": size},
        )
        return tuple(
            Radpost(
                post_id=row[0],
                kontakt_id=row[1],
                kontakt_uuid=row[2],
                vardhandelse_id=row[3],
                dag=row[4],
                enhet=row[5],
                regel=row[6],
                antal=row[7],
                belopp=row[8],
                aterfor=row[9],
                ursprung=None if row[10] is None else _reference(row[10], row[11]),
                deltagande=row[12],
            )
            for row in cursor.fetchall()
        )


def bridge(faktura: Faktura) -> Brygga:
    """Return the bridge from what the month's contacts are worth to what the invoice asks for.

    Every part is added up from posts and decisions, not from the lines that it explains.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with har as materialized (
                select p.id, p.vardmanad, p.kalla, p.belopp, exists (
                    select from vardfaktura_fakturaradpost t where t.post_id = p.aterfor_id
                        and t.fakturarad_id not in (
                            select id from vardfaktura_fakturarad where faktura_id = %(faktura)s
                        )
                ) as kredit
                from vardfaktura_fakturarad r
                join vardfaktura_fakturaradpost l on l.fakturarad_id = r.id
                join hej_post p on p.id = l.post_id
                where r.faktura_id = %(faktura)s
            )
            select
                coalesce(sum(belopp) filter (
                    where kalla <> 'MOMSKOMPENSATION' and vardmanad = %(manad)s), 0),
                coalesce(sum(belopp) filter (
                    where kalla <> 'MOMSKOMPENSATION' and vardmanad < %(manad)s and not kredit), 0),
                coalesce(sum(belopp) filter (
                    where kalla <> 'MOMSKOMPENSATION' and vardmanad < %(manad)s and kredit), 0),
                coalesce(sum(belopp) filter (where kalla = 'MOMSKOMPENSATION'), 0),
                coalesce(sum(belopp), 0)
            from har
            """,
            {"faktura": faktura.id, "manad": faktura.manad.first},
        )
        produktion, sena, krediteringar, tillagg, fakturerat = cursor.fetchone()
        cursor.execute(
            """
            select coalesce(sum(p.belopp) filter (where l.post_id is null), 0),
                coalesce(sum(p.belopp) filter (where r.faktura_id <> %(faktura)s), 0)
            from hej_post p
            left join vardfaktura_fakturaradpost l on l.post_id = p.id
            left join vardfaktura_fakturarad r on r.id = l.fakturarad_id
            where p.vardgivare_id = %(vg)s and p.avtal_id = %(avtal)s
                and p.kalla <> 'MOMSKOMPENSATION'
                and p.vardmanad = %(manad)s
            """,
            {
                "faktura": faktura.id,
                "vg": faktura.vardgivare_id,
                "avtal": faktura.avtal_id,
                "manad": faktura.manad.first,
            },
        )
        ej_fakturerat, annan_faktura = cursor.fetchone()
        cursor.execute(
            "select (select coalesce(sum(summa), 0) from hej_kontaktlage"
            "  where vardgivare_id = %(vg)s and avtal_id = %(avtal)s"
            "  and dag >= %(fran)s and dag < %(till)s)"
            " + (select coalesce(sum(b.summa), 0) from hej_delbeslut b"
            "  where b.vardgivare_id = %(vg)s and b.avtal_id = %(avtal)s"
            "  and b.dag >= %(fran)s and b.dag < %(till)s and not exists (select"
            "   from hej_delbeslut n where n.deltagande = b.deltagande and n.id > b.id))",
            {
                "vg": faktura.vardgivare_id,
                "avtal": faktura.avtal_id,
                "fran": faktura.manad.first,
                "till": faktura.manad.next.first,
            },
        )
        (rapporterat,) = cursor.fetchone()
    return Brygga(
        rapporterat=rapporterat,
        annan_faktura=annan_faktura,
        ej_fakturerat=ej_fakturerat,
        produktion=produktion,
        sena=sena,
        krediteringar=krediteringar,
        tillagg=tillagg,
        fakturerat=fakturerat,
        summa=faktura.summa,
    )


def basis(faktura: Faktura) -> Fakturaunderlag:
    """Return everything the invoice says, from which its documents are made.

    Number and dates are there when the invoice is approved.
    """
    saljare, bankgiro, er_referens = _seller(faktura)
    day = None if faktura.godkand is None else local_day(faktura.godkand)
    return Fakturaunderlag(
        typ=faktura.typ,
        manad=faktura.manad,
        saljare=saljare,
        kopare=parter.buyer(),
        avtalsnummer=faktura.ada_nummer,
        avtalsnamn=faktura.avtalsomrade,
        er_referens=er_referens,
        bankgiro=bankgiro,
        rader=tuple(
            Fakturarad(
                radnr=rad.radnr,
                sektion=rad.sektion,
                vardmanad=rad.vardmanad,
                produktkod=rad.produktkod,
                text=rad.text,
                typ=rad.typ,
                antal=rad.antal,
                apris=rad.apris,
                belopp=rad.belopp,
            )
            for rad in lines(faktura)
        ),
        summa=faktura.summa,
        krediterar=tuple(
            _reference(rad.nummer, rad.godkand)
            for rad in credited(faktura.id)
            if rad.nummer is not None
        ),
        nummer=None if faktura.nummer is None else str(faktura.nummer),
        fakturadatum=day,
        forfallodatum=None if day is None else parter.due(day),
    )


def credited(faktura_id: int) -> tuple[Faktura, ...]:
    """Return the earlier invoices that this one takes something back from, oldest first."""
    return _invoices(
        """
        where f.id in (
            select r0.faktura_id
            from vardfaktura_fakturarad r
            join vardfaktura_fakturaradpost l on l.fakturarad_id = r.id
            join hej_post p on p.id = l.post_id
            join vardfaktura_fakturaradpost l0 on l0.post_id = p.aterfor_id
            join vardfaktura_fakturarad r0 on r0.id = l0.fakturarad_id
            where r.faktura_id = %(id)s and r0.faktura_id <> %(id)s
        )
        order by f.manad, f.id
        """,
        {"id": faktura_id},
    )


def documents(faktura_id: int) -> tuple[bytes, bytes] | None:
    """Return the e-invoice and the PDF of an approved invoice exactly as they were made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select peppol, pdf from vardfaktura_fakturahandling where faktura_id = %s",
            [faktura_id],
        )
        row = cursor.fetchone()
    return (bytes(row[0]), bytes(row[1])) if row else None


class Kontaktfaktura(msgspec.Struct, frozen=True, kw_only=True):
    """One contact on one invoice: its sum there, in kronor."""

    kallsystem: str
    kontakt_id: int
    enhet_id: int | None
    version: int
    belopp: Decimal


def contacts(faktura_id: int) -> tuple[Kontaktfaktura, ...]:
    """Return every contact of an invoice with its newest decided version there and its sum."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select k.kallsystem, p.vardkontakt_id, max(p.enhet_id), max(b.version), sum(p.belopp)
            from vardfaktura_fakturarad r
            join vardfaktura_fakturaradpost l on l.fakturarad_id = r.id
            join hej_post p on p.id = l.post_id
            join gvr_vardkontakt k on k.id = p.vardkontakt_id
            join hej_beslut b on b.id = p.beslut_id
            where r.faktura_id = %s
            group by k.kallsystem, p.vardkontakt_id
            order by k.kallsystem, p.vardkontakt_id
            """,
            [faktura_id],
        )
        return tuple(
            Kontaktfaktura(
                kallsystem=row[0], kontakt_id=row[1], enhet_id=row[2], version=row[3], belopp=row[4]
            )
            for row in cursor.fetchall()
        )


def local_day(at: datetime) -> date:
    """Return the Swedish day of an instant."""
    return localtime(at).date()


def _invoices(villkor: str, values: dict[str, Any]) -> tuple[Faktura, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_FAKTURA + villkor, values)
        return tuple(
            Faktura(
                id=row[0],
                uuid=row[1],
                vardgivare_id=row[2],
                vardgivare=row[3],
                avtal_id=row[4],
                ada_nummer=row[5],
                avtalsomrade=row[6],
                manad=Manad.of(row[7]),
                status=row[8],
                typ=row[9],
                summa=row[10],
                skapad=row[11],
                nummer=row[12],
                godkand=row[13],
                godkand_av=row[14],
                rader=row[15],
            )
            for row in cursor.fetchall()
        )


def _reference(nummer: int, godkand: datetime | None) -> Fakturareferens:
    return Fakturareferens(
        nummer=str(nummer), datum=None if godkand is None else local_day(godkand)
    )


def _credited_per_line(faktura_id: int) -> dict[int, tuple[Fakturareferens, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select distinct r.id, f0.nummer, f0.godkand
            from vardfaktura_fakturarad r
            join vardfaktura_fakturaradpost l on l.fakturarad_id = r.id
            join hej_post p on p.id = l.post_id
            join vardfaktura_fakturaradpost l0 on l0.post_id = p.aterfor_id
            join vardfaktura_fakturarad r0 on r0.id = l0.fakturarad_id
            join vardfaktura_faktura f0 on f0.id = r0.faktura_id
            where r.faktura_id = %s and f0.id <> %s and f0.nummer is not null
            order by r.id, f0.nummer
            """,
            [faktura_id, faktura_id],
        )
        per_line: dict[int, tuple[Fakturareferens, ...]] = {}
        for rad_id, nummer, godkand in cursor.fetchall():
            per_line[rad_id] = (*per_line.get(rad_id, ()), _reference(nummer, godkand))
    return per_line


def _seller(faktura: Faktura) -> tuple[Part, str, str]:
    """Return the provider as seller, its bankgiro and the buyer's reference of the contract."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select v.namn, v.orgnr, v.f_skatt, v.adress, v.postnummer, v.ort, v.epost, v.bankgiro,"
            " a.egenskaper ->> 'er_referens'"
            " from gvr_vardgivare v, gvr_avtal a where v.id = %s and a.id = %s",
            [faktura.vardgivare_id, faktura.avtal_id],
        )
        row = cursor.fetchone()
    part = Part(
        namn=row[0],
        orgnr=row[1],
        f_skatt=row[2],
        adress=row[3],
        postnummer=row[4],
        ort=row[5],
        epost=row[6],
    )
    return part, row[7], row[8] or parter.reference()


def _product_names(avtal_id: int, produktkoder: Sequence[str]) -> dict[str, str]:
    """Return the names of products by the newest published lists of the contract and its area."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select distinct on (p.produktkod) p.produktkod, p.text
            from hej_pris p
            join hej_prislista pl on pl.id = p.prislista_id and pl.status = 'PUBLICERAD'
            join gvr_avtal a on a.id = %s
            where p.produktkod = any(%s) and p.text <> ''
                and (pl.avtal_id = a.id
                    or (pl.avtal_id is null and pl.avtalsomrade_id = a.avtalsomrade_id))
            order by p.produktkod, pl.avtal_id nulls last, pl.publicerad desc, p.giltig desc
            """,
            [avtal_id, list(produktkoder)],
        )
        names = dict(cursor.fetchall())
    andel = f"{MOMSKOMPENSATION_ANDEL * 100:.0f}"
    return {MOMSKOMPENSATION_PRODUKT: f"Momskompensation {andel}\u00a0%", **names}
