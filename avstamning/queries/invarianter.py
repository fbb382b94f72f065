"""Invarianter: what must always hold about the money, asked of the database itself.

Each invariant is a question that gives one row for everything it looks at – a contact, a line, a
provider's product in a month – with what it should be and what it is. A row where the two differ is
a violation, and the difference is kept as a number. Amounts are kronor, the rest are counts.

The questions read the tables directly, not what the rest of the system says of them. They need a
reach that shows every provider's rows; a contact is named by its uuid, never by its sender's id,
which may hold a patient's number.
"""

from collections.abc import Collection
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import connection

from ersattning.vardfaktura.queries.fakturor import INNEHALL_HASH

MAX_DIFFERENSER: Final = 100

_NOLL = Decimal(0)


class Invariant(msgspec.Struct, frozen=True, kw_only=True):
    """A question: `sql` gives vardgivare, period, produkt, foremal, forvantat, funnet."""

    kod: str
    text: str
    sql: str


class Differens(msgspec.Struct, frozen=True, kw_only=True):
    """One violation: for whom, when and what, and the three numbers. `funnet` None: missing."""

    vardgivare: str
    period: str
    produkt: str
    foremal: str
    forvantat: Decimal | None
    funnet: Decimal | None
    skillnad: Decimal


class Kontroll(msgspec.Struct, frozen=True, kw_only=True):
    """An invariant as it was found: how much was looked at, its sums, and what is wrong.

    `differenser` holds the first MAX_DIFFERENSER of the `brott` violations.
    """

    kod: str
    text: str
    kontrollerade: int
    forvantat: Decimal
    funnet: Decimal
    brott: int
    differenser: tuple[Differens, ...] = ()

    @property
    def skillnad(self) -> Decimal:
        """What was found less what was expected, in all."""
        return self.funnet - self.forvantat


_NYASTE: Final = """
    with nyaste as (
        select distinct on (b.vardkontakt_id) b.id, b.vardkontakt_id, b.version, b.vardgivare_id,
            b.enhet_id, b.avtal_id, b.utfall, b.orsak, b.vantar_pa, b.rader, b.summa
        from hej_beslut b order by b.vardkontakt_id, b.id desc
    )
"""


def _of_newest(sql: str) -> str:
    """Return the question with `nyaste`, each contact's newest decision, to ask."""
    return _NYASTE + sql


INVARIANTER: Final = (
    Invariant(
        kod="AVS001",
        text="Summan av en vårdkontakts poster är summan i dess nyaste beslut.",
        sql=_of_newest(
            """
            , poster as (
                select vardkontakt_id, sum(belopp) as belopp from hej_post
                where vardkontakt_id is not null group by vardkontakt_id
            )
            select n.vardgivare_id as vardgivare, to_char(x.dag, 'YYYY-MM') as period,
                '' as produkt, k.uuid::text as foremal,
                coalesce(n.summa, 0) as forvantat, coalesce(p.belopp, 0) as funnet
            from nyaste n
            full join poster p using (vardkontakt_id)
            join gvr_vardkontakt k on k.id = vardkontakt_id
            left join gvr_vardkontaktversion x
                on x.vardkontakt_id = k.id and x.version = n.version
            """
        ),
    ),
    Invariant(
        kod="AVS002",
        text="Besluten och posterna har samma belopp per vårdgivare, vårdmånad och produkt.",
        sql=_of_newest(
            """
            , beslutat as (
                select n.vardgivare_id, to_char(x.dag, 'YYYY-MM') as period,
                    rad ->> 'produktkod' as produkt, sum((rad ->> 'belopp')::numeric) as belopp
                from nyaste n
                join gvr_vardkontaktversion x
                    on x.vardkontakt_id = n.vardkontakt_id and x.version = n.version
                cross join lateral jsonb_array_elements(n.rader) rad
                group by 1, 2, 3
            ), postat as (
                select vardgivare_id, to_char(vardmanad, 'YYYY-MM') as period,
                    produktkod as produkt, sum(belopp) as belopp
                from hej_post where vardkontakt_id is not null group by 1, 2, 3
            )
            select vardgivare_id as vardgivare, period, produkt, '' as foremal,
                coalesce(b.belopp, 0) as forvantat, coalesce(p.belopp, 0) as funnet
            from beslutat b full join postat p using (vardgivare_id, period, produkt)
            """
        ),
    ),
    Invariant(
        kod="AVS003",
        text="En fakturarad är summan av sina poster.",
        sql="""
            select r.vardgivare_id as vardgivare, to_char(f.manad, 'YYYY-MM') as period,
                r.produktkod as produkt, f.uuid::text || '/' || r.radnr as foremal,
                r.belopp as forvantat, coalesce(p.belopp, 0) as funnet
            from vardfaktura_fakturarad r
            join vardfaktura_faktura f on f.id = r.faktura_id
            left join (
                select l.fakturarad_id, sum(p.belopp) as belopp
                from vardfaktura_fakturaradpost l join hej_post p on p.id = l.post_id
                group by l.fakturarad_id
            ) p on p.fakturarad_id = r.id
        """,
    ),
    Invariant(
        kod="AVS004",
        text="Posterna är det fakturerade och det ännu inte fakturerade.",
        sql="""
            with postat as (
                select p.vardgivare_id, p.vardmanad, p.produktkod, sum(p.belopp) as belopp,
                    sum(p.belopp) filter (where l.post_id is null) as kvar
                from hej_post p left join vardfaktura_fakturaradpost l on l.post_id = p.id
                group by 1, 2, 3
            ), fakturerat as (
                select vardgivare_id, vardmanad, produktkod, sum(belopp) as belopp
                from vardfaktura_fakturarad group by 1, 2, 3
            )
            select vardgivare_id as vardgivare, to_char(vardmanad, 'YYYY-MM') as period,
                produktkod as produkt, '' as foremal, coalesce(p.belopp, 0) as forvantat,
                coalesce(f.belopp, 0) + coalesce(p.kvar, 0) as funnet
            from postat p full join fakturerat f using (vardgivare_id, vardmanad, produktkod)
        """,
    ),
    Invariant(
        kod="AVS005",
        text="En faktura är summan av sina rader.",
        sql="""
            select f.vardgivare_id as vardgivare, to_char(f.manad, 'YYYY-MM') as period,
                '' as produkt, f.uuid::text as foremal, f.summa as forvantat,
                coalesce(sum(r.belopp), 0) as funnet
            from vardfaktura_faktura f
            left join vardfaktura_fakturarad r on r.faktura_id = f.id
            group by f.id
        """,
    ),
    Invariant(
        kod="AVS006",
        text="Debet är kredit i varje verifikation.",
        sql="""
            select v.vardgivare_id as vardgivare, to_char(v.bokforingsdag, 'YYYY-MM') as period,
                '' as produkt, 'verifikation ' || v.id as foremal,
                coalesce(sum(b.debet), 0) as forvantat, coalesce(sum(b.kredit), 0) as funnet
            from vardfaktura_verifikation v
            left join vardfaktura_bokforingsrad b on b.verifikation_id = v.id
            group by v.id
        """,
    ),
    Invariant(
        kod="AVS007",
        text="En godkänd fakturas rader är bokförda, produkt för produkt.",
        sql="""
            with rader as (
                select f.id, r.produktkod, r.typ = 'AVDRAG' as avdrag, sum(r.belopp) as belopp
                from vardfaktura_faktura f join vardfaktura_fakturarad r on r.faktura_id = f.id
                where f.status = 'GODKAND' group by 1, 2, 3
            ), fakturerat as (
                select id, produktkod, sum(abs(belopp)) as belopp from rader group by 1, 2
            ), bokfort as (
                select v.faktura_id as id, b.produktkod, sum(b.debet) as belopp
                from vardfaktura_verifikation v
                join vardfaktura_bokforingsrad b on b.verifikation_id = v.id group by 1, 2
            )
            select f.vardgivare_id as vardgivare, to_char(f.manad, 'YYYY-MM') as period,
                produktkod as produkt, f.uuid::text as foremal,
                coalesce(r.belopp, 0) as forvantat, coalesce(b.belopp, 0) as funnet
            from fakturerat r full join bokfort b using (id, produktkod)
            join vardfaktura_faktura f on f.id = coalesce(r.id, b.id)
        """,
    ),
    Invariant(
        kod="AVS008",
        text="En post är på högst en fakturarad, och raden och posten finns.",
        sql="""
            select p.vardgivare_id as vardgivare, coalesce(to_char(p.vardmanad, 'YYYY-MM'), '')
                as period, coalesce(p.produktkod, '') as produkt, 'post ' || l.post_id as foremal,
                1 as forvantat, count(r.id) filter (where p.id is not null) as funnet
            from vardfaktura_fakturaradpost l
            left join hej_post p on p.id = l.post_id
            left join vardfaktura_fakturarad r on r.id = l.fakturarad_id
            group by l.post_id, p.id
        """,
    ),
    Invariant(
        kod="AVS009",
        text="Posterna på en rad har radens vårdgivare, avtal, vårdmånad, produkt, typ och pris.",
        sql="""
            select r.vardgivare_id as vardgivare, to_char(r.vardmanad, 'YYYY-MM') as period,
                r.produktkod as produkt, f.uuid::text || '/' || r.radnr as foremal,
                count(*) as forvantat, count(*) filter (
                    where (p.vardgivare_id, p.avtal_id, p.vardmanad, p.produktkod, p.typ, p.apris)
                    = (f.vardgivare_id, f.avtal_id, r.vardmanad, r.produktkod, r.typ, r.apris)
                ) as funnet
            from vardfaktura_fakturaradpost l
            join hej_post p on p.id = l.post_id
            join vardfaktura_fakturarad r on r.id = l.fakturarad_id
            join vardfaktura_faktura f on f.id = r.faktura_id
            group by r.id, f.id
        """,
    ),
    Invariant(
        kod="AVS010",
        text="En återföring är originalet med omvänt tecken, på samma händelse och avtal.",
        sql="""
            select a.vardgivare_id as vardgivare, to_char(a.vardmanad, 'YYYY-MM') as period,
                a.produktkod as produkt, 'post ' || a.id as foremal, -o.belopp as forvantat,
                case when (a.vardkontakt_id, da.deltagande, a.vardgivare_id, a.avtal_id,
                        a.vardmanad, a.produktkod, a.typ, a.antal, a.apris)
                    is not distinct from (o.vardkontakt_id, do_.deltagande, o.vardgivare_id,
                        o.avtal_id, o.vardmanad, o.produktkod, o.typ, -o.antal, o.apris)
                    and o.aterfor_id is null
                    then a.belopp end as funnet
            from hej_post a join hej_post o on o.id = a.aterfor_id
            left join hej_delbeslut da on da.id = a.delbeslut_id
            left join hej_delbeslut do_ on do_.id = o.delbeslut_id
        """,
    ),
    Invariant(
        kod="AVS011",
        text="Kontaktläget är det nyaste beslutet, ord för ord.",
        sql=_of_newest(
            """
            select coalesce(n.vardgivare_id, l.vardgivare_id) as vardgivare,
                to_char(coalesce(x.dag, l.dag), 'YYYY-MM') as period, '' as produkt,
                k.uuid::text as foremal, n.summa as forvantat,
                case when (l.beslut_id, l.version, l.dag, l.utfall, l.orsak, l.vantar_pa)
                        = (n.id, n.version, x.dag, n.utfall, n.orsak, n.vantar_pa)
                    and (l.vardgivare_id, l.enhet_id, l.avtal_id)
                        is not distinct from (n.vardgivare_id, n.enhet_id, n.avtal_id)
                    then l.summa end as funnet
            from nyaste n
            full join hej_kontaktlage l using (vardkontakt_id)
            join gvr_vardkontakt k on k.id = vardkontakt_id
            left join gvr_vardkontaktversion x
                on x.vardkontakt_id = k.id and x.version = n.version
            """
        ),
    ),
    Invariant(
        kod="AVS012",
        text="Allt som är registrerat har ett utfall eller väntar på att prövas.",
        sql="""
            select x.vardgivare_id as vardgivare, to_char(x.dag, 'YYYY-MM-DD') as period,
                '' as produkt, '' as foremal, count(*) as forvantat,
                count(*) filter (
                    where l.version = k.senaste_version or a.vardkontakt_id is not null
                ) as funnet
            from gvr_vardkontakt k
            join gvr_vardkontaktversion x
                on x.vardkontakt_id = k.id and x.version = k.senaste_version
            left join hej_kontaktlage l on l.vardkontakt_id = k.id
            left join gvr_arende a on a.vardkontakt_id = k.id
            group by x.vardgivare_id, x.dag
        """,
    ),
    Invariant(
        kod="AVS013",
        text="Varje beslutad vårdkontakt har antingen ersättningsrader eller en orsak.",
        sql=_of_newest(
            """
            select n.vardgivare_id as vardgivare, to_char(x.dag, 'YYYY-MM') as period,
                '' as produkt, k.uuid::text as foremal, 1 as forvantat,
                (case when n.utfall = 'ERSATTS' then jsonb_array_length(n.rader) > 0
                        and n.orsak = '' and n.vantar_pa = ''
                    else jsonb_array_length(n.rader) = 0 and n.summa = 0
                        and (n.orsak <> '') = (n.utfall <> 'MAKULERAD')
                        and (n.vantar_pa <> '') = (n.utfall = 'VANTAR')
                end)::int as funnet
            from nyaste n
            join gvr_vardkontakt k on k.id = n.vardkontakt_id
            left join gvr_vardkontaktversion x
                on x.vardkontakt_id = k.id and x.version = n.version
            """
        ),
    ),
    Invariant(
        kod="AVS014",
        text="Nummerserien är hel: varje nummer till och med det senaste finns en gång.",
        sql="""
            select null::bigint as vardgivare, '' as period, '' as produkt,
                'nummer ' || n as foremal, 1 as forvantat, count(f.id) as funnet
            from (
                select generate_series(1, greatest(
                    (select coalesce(max(senaste), 0) from vardfaktura_nummerserie
                        where serie = 'FAKTURA'),
                    (select coalesce(max(nummer), 0) from vardfaktura_faktura)
                )) as n
            ) serien
            left join vardfaktura_faktura f on f.nummer = n
            group by n
        """,
    ),
    Invariant(
        kod="AVS015",
        text="En godkänd faktura har sina handlingar och sin verifikation; ett förslag har inga.",
        sql="""
            select f.vardgivare_id as vardgivare, to_char(f.manad, 'YYYY-MM') as period,
                '' as produkt, f.uuid::text as foremal,
                case when f.status = 'GODKAND' then 2 else 0 end as forvantat,
                (h.id is not null)::int + (v.id is not null)::int as funnet
            from vardfaktura_faktura f
            left join vardfaktura_fakturahandling h on h.faktura_id = f.id
            left join vardfaktura_verifikation v on v.faktura_id = f.id
        """,
    ),
    Invariant(
        kod="AVS016",
        text="En fakturas rader är de som den gjordes och godkändes med.",
        sql="""
            select f.vardgivare_id as vardgivare, to_char(f.manad, 'YYYY-MM') as period,
                '' as produkt, f.uuid::text as foremal, 1 as forvantat,
                (coalesce(INNEHALL_HASH, '') = f.innehall_hash)::int as funnet
            from vardfaktura_faktura f
            left join vardfaktura_fakturarad r on r.faktura_id = f.id
            group by f.id
        """.replace("INNEHALL_HASH", INNEHALL_HASH),
    ),
    Invariant(
        kod="AVS017",
        text="Summan av ett deltagandes poster är summan i dess nyaste beslut.",
        sql="""
            with nyaste as (
                select distinct on (b.deltagande) b.deltagande, b.vardgivare_id, b.dag, b.summa,
                    (select coalesce(sum((rad ->> 'belopp')::numeric), 0)
                        from jsonb_array_elements(b.rader) rad) as rader
                from hej_delbeslut b order by b.deltagande, b.id desc
            ), poster as (
                select b.deltagande, sum(p.belopp) as belopp
                from hej_post p join hej_delbeslut b on b.id = p.delbeslut_id
                group by b.deltagande
            )
            select n.vardgivare_id as vardgivare, to_char(n.dag, 'YYYY-MM') as period,
                '' as produkt, deltagande::text as foremal, coalesce(n.summa, 0) as forvantat,
                case when n.rader = n.summa then coalesce(p.belopp, 0) end as funnet
            from nyaste n full join poster p using (deltagande)
        """,
    ),
    Invariant(
        kod="AVS018",
        text="Varje deltagandes senaste version är beslutad eller väntar på att prövas.",
        sql="""
            select d.vardgivare_id as vardgivare, to_char(d.dag, 'YYYY-MM-DD') as period,
                '' as produkt, d.uuid::text as foremal, 1 as forvantat,
                (exists (select from hej_delbeslut b
                    where b.deltagande = d.uuid and b.version = d.version)
                or exists (select from gvr_deltagandearende a where a.uuid = d.uuid))::int as funnet
            from (
                select distinct on (uuid) uuid, version, vardgivare_id, dag
                from gvr_deltagande order by uuid, version desc
            ) d
        """,
    ),
)


def check(koder: Collection[str] = ()) -> tuple[Kontroll, ...]:
    """Ask every invariant, or those with these codes. Must run with a reach that shows all rows.

    Each question reads whole tables. The planner, which believes that row level security leaves few
    rows, would look them up one by one; meanwhile it is told not to.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_setting('enable_nestloop'), set_config('enable_nestloop', 'off', true)"
        )
        (before, _) = cursor.fetchone()
        svar = tuple(
            _check(invariant) for invariant in INVARIANTER if not koder or invariant.kod in koder
        )
        cursor.execute("select set_config('enable_nestloop', %s, true)", [before])
    return svar


def _check(invariant: Invariant) -> Kontroll:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            with svar as materialized ({invariant.sql}),
            olika as (select * from svar where forvantat is distinct from funnet)
            select count(*), coalesce(sum(forvantat), 0), coalesce(sum(funnet), 0),
                (select count(*) from olika)
            from svar
            """  # noqa: S608 - the questions are constants of this module
        )
        kontrollerade, forvantat, funnet, brott = cursor.fetchone()
        differenser = _differences(cursor, invariant) if brott else ()
    return Kontroll(
        kod=invariant.kod,
        text=invariant.text,
        kontrollerade=kontrollerade,
        forvantat=Decimal(forvantat),
        funnet=Decimal(funnet),
        brott=brott,
        differenser=differenser,
    )


def _differences(cursor: Any, invariant: Invariant) -> tuple[Differens, ...]:
    cursor.execute(
        f"""
        select coalesce(v.orgnr, ''), coalesce(s.period, ''), s.produkt, s.foremal,
            s.forvantat::numeric, s.funnet::numeric
        from ({invariant.sql}) s
        left join gvr_vardgivare v on v.id = s.vardgivare
        where s.forvantat is distinct from s.funnet
        order by 1, 2, 3, 4 limit {MAX_DIFFERENSER}
        """  # noqa: S608 - the questions are constants of this module
    )
    return tuple(
        Differens(
            vardgivare=row[0],
            period=row[1],
            produkt=row[2],
            foremal=row[3],
            forvantat=row[4],
            funnet=row[5],
            skillnad=(row[5] or _NOLL) - (row[4] or _NOLL),
        )
        for row in cursor.fetchall()
    )
