"""What we believed when: master data on both time axes.

`dag` is a day in the world, the other axis is a version of master data (which every decision
names) or a point in time.
"""

from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection

from gvr.core.period import Period
from gvr.core.register import Avtalslage, Enhetslage, Register, Uppdragslage
from gvr.models import Avtalsomrade
from gvr.queries.register import period

_TRODDE = "version_fran <= %(version)s and (version_till is null or version_till > %(version)s)"


class Trott(msgspec.Struct, frozen=True, kw_only=True):
    """A unit, and one commission of it or none, as they were believed to be."""

    enhet_id: int
    kombika: str
    hsa_id: str
    namn: str
    vardgivare: str
    giltig: Period
    samverks_id: str
    uppdragstyp: str
    ada_nummer: str


class Andrad(msgspec.Struct, frozen=True, kw_only=True):
    """One state of a row that speaks of the unit on the day, and while we believed it."""

    slag: str
    text: str
    giltig: Period
    version_fran: int
    version_till: int | None
    kand_fran: datetime
    kand_till: datetime | None


def version_at(tid: datetime) -> int | None:
    """Return the version of master data that was current at a point in time.

    None when that is before the knowledge was kept.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select max(v) from (select version_fran as v from gvr_kunskap where kand_fran <= %s"
            " union all select version_till from gvr_kunskap where kand_till <= %s) alla",
            [tid, tid],
        )
        version: int | None = cursor.fetchone()[0]
        return version


def first_known() -> datetime | None:
    """Return since when the knowledge has been kept."""
    with connection.cursor() as cursor:
        cursor.execute("select min(kand_fran) from gvr_kunskap")
        svar: datetime | None = cursor.fetchone()[0]
        return svar


def believed(ref: str, *, dag: date, version: int) -> list[Trott]:
    """Return what was believed at a version to be valid on a day for a kombika or an HSA-id."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            with trott as (select * from gvr_kunskap where {_TRODDE} and giltig @> %(dag)s::date),
            enheter as (
                select * from trott where tabell = 'gvr_enhet'
                    and (nyckel = %(ref)s or innehall ->> 'hsa_id' = %(ref)s))
            select e.rad, e.innehall ->> 'kombika', e.innehall ->> 'hsa_id', e.innehall ->> 'namn',
                g.namn, e.giltig, u.innehall ->> 'samverks_id', u.innehall ->> 'uppdragstyp',
                a.innehall ->> 'ada_nummer'
            from enheter e
            join gvr_vardgivare g on g.id = (e.innehall ->> 'vardgivare_id')::bigint
            left join trott t on t.tabell = 'gvr_enhetsuppdrag'
                and (t.innehall ->> 'enhet_id')::bigint = e.rad
            left join trott u on u.tabell = 'gvr_uppdrag'
                and u.rad = (t.innehall ->> 'uppdrag_id')::bigint
            left join trott a on a.tabell = 'gvr_avtal'
                and a.rad = (u.innehall ->> 'avtal_id')::bigint
            order by 2, 7
            """,  # noqa: S608 - our own condition
            {"ref": ref, "dag": dag, "version": version},
        )
        return [
            Trott(
                enhet_id=rad[0],
                kombika=rad[1],
                hsa_id=rad[2],
                namn=rad[3],
                vardgivare=rad[4],
                giltig=period(rad[5]),
                samverks_id=rad[6] or "",
                uppdragstyp=rad[7] or "",
                ada_nummer=rad[8] or "",
            )
            for rad in cursor.fetchall()
        ]


def changes(ref: str, *, dag: date) -> list[Andrad]:
    """Return every state, old and present, that speaks of a kombika or HSA-id on a day."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with enheter as (
                select distinct rad, nyckel from gvr_kunskap where tabell = 'gvr_enhet'
                    and (nyckel = %(ref)s or innehall ->> 'hsa_id' = %(ref)s))
            select 'Enhet', innehall ->> 'kombika' || ' ' || (innehall ->> 'namn')
                    || ' ' || (innehall ->> 'hsa_id'),
                giltig, version_fran, version_till, kand_fran, kand_till
            from gvr_kunskap where tabell = 'gvr_enhet' and giltig @> %(dag)s::date
                and nyckel in (select nyckel from enheter)
            union all
            select 'HSA-mappning', innehall ->> 'kombika' || ' ' || (innehall ->> 'hsa_id'),
                giltig, version_fran, version_till, kand_fran, kand_till
            from gvr_kunskap where tabell = 'gvr_hsamappning' and giltig @> %(dag)s::date
                and (nyckel in (select nyckel from enheter) or innehall ->> 'hsa_id' = %(ref)s)
            union all
            select 'Enhetsuppdrag', coalesce((select u.samverks_id || ' ' || u.namn
                    from gvr_uppdrag u where u.id = (k.innehall ->> 'uppdrag_id')::bigint), ''),
                giltig, version_fran, version_till, kand_fran, kand_till
            from gvr_kunskap k where tabell = 'gvr_enhetsuppdrag' and giltig @> %(dag)s::date
                and (innehall ->> 'enhet_id')::bigint in (select rad from enheter)
            order by 4, 1
            """,
            {"ref": ref, "dag": dag},
        )
        return [
            Andrad(
                slag=rad[0],
                text=rad[1],
                giltig=period(rad[2]),
                version_fran=rad[3],
                version_till=rad[4],
                kand_fran=rad[5],
                kand_till=rad[6],
            )
            for rad in cursor.fetchall()
        ]


def register_at(version: int) -> Register:
    """Return units, commissions and contracts as they were known at a version.

    A decision placed by this register comes where it came when it was made. Contract areas are
    named by their codes, which are set once.
    """
    rader: dict[str, list[tuple[int, Period, dict[str, Any]]]] = {
        tabell: [] for tabell in ("gvr_enhet", "gvr_uppdrag", "gvr_enhetsuppdrag", "gvr_avtal")
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "select tabell, rad, giltig, innehall from gvr_kunskap"  # noqa: S608 - our own condition
            f" where tabell = any(%(tabeller)s) and {_TRODDE}",
            {"tabeller": list(rader), "version": version},
        )
        for tabell, rad, giltig, innehall in cursor.fetchall():
            rader[tabell].append((rad, period(giltig), msgspec.json.decode(innehall)))
    omraden = dict(Avtalsomrade.objects.values_list("pk", "kod"))
    return Register(
        version=version,
        enheter=(
            Enhetslage(
                enhet_id=rad,
                vardgivare_id=i["vardgivare_id"],
                kombika=i["kombika"],
                hsa_id=i["hsa_id"],
                giltig=giltig,
            )
            for rad, giltig, i in rader["gvr_enhet"]
        ),
        uppdrag=(
            Uppdragslage(
                uppdrag_id=rad,
                samverks_id=i["samverks_id"],
                uppdragstyp=i["uppdragstyp"],
                styp=i["styp"],
                test=i["test"],
                avtal_id=i["avtal_id"],
                giltig=giltig,
            )
            for rad, giltig, i in rader["gvr_uppdrag"]
        ),
        enhetsuppdrag=(
            (i["enhet_id"], i["uppdrag_id"], giltig) for _, giltig, i in rader["gvr_enhetsuppdrag"]
        ),
        avtal=(
            Avtalslage(
                avtal_id=rad,
                vardgivare_id=i["vardgivare_id"],
                avtalsomrade=omraden[i["avtalsomrade_id"]],
                momskompensation=i["momskompensation"],
                avgiftsavdrag=i["avgiftsavdrag"],
                egenskaper=tuple(sorted((k, str(v)) for k, v in i["egenskaper"].items())),
                giltig=giltig,
            )
            for rad, giltig, i in rader["gvr_avtal"]
        ),
    )
