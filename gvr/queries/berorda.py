"""Which contacts a change of units, commissions, contracts or HSA-ids touches.

Asked of the second time axis: what was believed at one version of master data is compared with
what is believed at another, as sets of days. A row that was written again with the same meaning,
or that only changed its name, touches nothing, nor does a contract's compensation for VAT, which
belongs to the invoice. It makes no difference whether an import, a form or raw SQL made the change.
"""

from typing import Final
from uuid import UUID

from django.db import connection

#: For each table: what a row is about, and what of it a decision depends on.
_ANDRAT: Final = """
with nat as materialized (
    select k.tabell, k.rad, k.giltig, k.innehall,
        k.version_fran <= %(fran)s and coalesce(k.version_till > %(fran)s, true) as trodde,
        k.version_fran <= %(till)s and coalesce(k.version_till > %(till)s, true) as tror
    from gvr_kunskap k
    where k.tabell in ('gvr_enhet', 'gvr_enhetsuppdrag', 'gvr_uppdrag', 'gvr_avtal')
        and ((k.version_fran > %(fran)s and k.version_fran <= %(till)s)
            or (k.version_till > %(fran)s and k.version_till <= %(till)s))
),
lagen as (
    select tabell, rad,
        case tabell
            when 'gvr_enhet' then jsonb_build_array(
                innehall -> 'kombika', innehall -> 'hsa_id', innehall -> 'vardgivare_id')
            when 'gvr_uppdrag' then jsonb_build_array(
                innehall -> 'samverks_id', innehall -> 'uppdragstyp', innehall -> 'styp',
                innehall -> 'test', innehall -> 'avtal_id')
            when 'gvr_avtal' then jsonb_build_array(
                innehall -> 'avtalsomrade_id', innehall -> 'avgiftsavdrag',
                innehall -> 'egenskaper')
            else jsonb_build_array(innehall -> 'enhet_id', innehall -> 'uppdrag_id')
        end as vad,
        coalesce(range_agg(giltig) filter (where trodde), '{}'::datemultirange) as fore,
        coalesce(range_agg(giltig) filter (where tror), '{}'::datemultirange) as efter
    from nat group by 1, 2, 3
),
andrat as (
    select tabell, rad, vad, (fore - efter) + (efter - fore) as dagar
    from lagen where fore <> efter
),
uppdrag as (
    select rad, dagar from andrat where tabell = 'gvr_uppdrag'
    union all
    select u.rad, a.dagar * datemultirange(u.giltig)
    from andrat a join gvr_kunskap u on u.tabell = 'gvr_uppdrag'
        and (u.innehall ->> 'avtal_id')::bigint = a.rad and u.giltig && a.dagar
    where a.tabell = 'gvr_avtal'
),
enheter as (
    select (vad ->> 0) as kombika, (vad ->> 1) as hsa_id, dagar
    from andrat where tabell = 'gvr_enhet'
    union all
    select e.innehall ->> 'kombika', e.innehall ->> 'hsa_id', a.dagar
    from andrat a join gvr_kunskap e on e.tabell = 'gvr_enhet' and e.rad = (a.vad ->> 0)::bigint
    where a.tabell = 'gvr_enhetsuppdrag'
    union all
    select e.innehall ->> 'kombika', e.innehall ->> 'hsa_id', a.dagar * datemultirange(t.giltig)
    from uppdrag a
    join gvr_kunskap t on t.tabell = 'gvr_enhetsuppdrag'
        and (t.innehall ->> 'uppdrag_id')::bigint = a.rad and t.giltig && a.dagar
    join gvr_kunskap e on e.tabell = 'gvr_enhet' and e.rad = (t.innehall ->> 'enhet_id')::bigint
),
namn as (
    select ref, range_agg(d.giltig) as dagar
    from (
        select kombika as ref, dagar from enheter
        union all
        select hsa_id, dagar from enheter where hsa_id <> ''
    ) alla, unnest(dagar) as d(giltig)
    group by ref
),
rader as (
    select distinct n.ref, n.dagar, e.rad
    from namn n join gvr_kunskap e on e.tabell = 'gvr_enhet'
        and (e.nyckel = n.ref or e.innehall ->> 'hsa_id' = n.ref)
)
"""
_KONTAKTER: Final = """
select distinct k.id
from rader r
join gvr_vardkontakt k on k.enhet_id = r.rad
join gvr_vardkontaktversion v
    on v.vardkontakt_id = k.id and v.version = k.senaste_version and v.enhet_ref = r.ref
where (r.dagar && daterange(v.dag, coalesce(v.slutdag, v.dag), '[]')
    or exists (
        select from jsonb_array_elements_text(coalesce(v.detaljer -> 'atgardsdagar', '[]')) d
        where r.dagar @> d::date))
    and not exists (
        select from gvr_arende a
        where a.vardkontakt_id = k.id and a.lease_till is null and not a.parkerad)
order by 1
"""
_DELTAGANDEN: Final = """
select distinct d.uuid
from rader r join gvr_deltagande d on d.enhet_id = r.rad and r.dagar @> d.dag
order by 1
"""


def touched(*, fran: int, till: int) -> list[int]:
    """Return the placed contacts whose unit, owner, commission or contract differs.

    `fran` and `till` are values of Stamdataversion: what was believed when the first was current
    against what is when the second is. Contacts that never had a unit are not here; they wait, and
    are offered again whatever changed. Nor are those with work that nobody has claimed: it will be
    done with what is known then. A contact is touched when a day that it may be placed on is: its
    day of care to its last, or a day of its åtgärder.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ANDRAT + _KONTAKTER, {"fran": fran, "till": till})
        return [pk for (pk,) in cursor.fetchall()]


def touched_parts(*, fran: int, till: int) -> list[UUID]:
    """Return the deltaganden whose unit, owner, commission or contract differs on their day."""
    with connection.cursor() as cursor:
        cursor.execute(_ANDRAT + _DELTAGANDEN, {"fran": fran, "till": till})
        return [uuid for (uuid,) in cursor.fetchall()]
