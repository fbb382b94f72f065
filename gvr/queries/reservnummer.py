"""Who is behind a reservnummer: what was told when it was issued, and what it is tied to."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

import msgspec
from django.db import connection

from gvr.core.reservnummer import Kand, Skal, as_known, is_reservnummer
from gvr.core.vardkontakt import Innehall
from gvr.models import Reservnummer, Reservnummerkoppling
from gvr.queries.behorighet import as_region
from gvr.queries.kontakter import Registrerad
from gvr.queries.portal import Synfalt


def known(nummer: Collection[str]) -> dict[str, Kand]:
    """Return what is known of each reservnummer, in one statement. Needs the region's reach."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select n.nummer, r.id is not null, r.kon, r.fodd,"
            " case when k.aterkallad then '' else coalesce(k.personnummer, '') end, k.lkf"
            " from unnest(%s::text[]) as n(nummer)"
            " left join gvr_reservnummer r on r.nummer = n.nummer"
            " left join lateral (select aterkallad, personnummer, lkf"
            "   from gvr_reservnummerkoppling where nummer = n.nummer order by id desc limit 1) k"
            "   on true"
            " where r.id is not null or k.aterkallad is not null",
            [list(nummer)],
        )
        return {
            rad[0]: Kand(utfardat=rad[1], kon=rad[2], fodd=rad[3], personnummer=rad[4], lkf=rad[5])
            for rad in cursor.fetchall()
        }


def resolve(rader: Sequence[Registrerad]) -> list[Registrerad]:
    """Return contacts as they are decided: about the person behind each reservnummer.

    Costs one statement when any contact has a reservnummer, else none.
    """
    nummer = {r.innehall.patient_id for r in rader if is_reservnummer(r.innehall.patient_id)}
    kanda = known(nummer) if nummer else {}
    if not kanda:
        return list(rader)
    return [
        msgspec.structs.replace(
            rad, innehall=as_known(rad.innehall, kanda[rad.innehall.patient_id])
        )
        if rad.innehall.patient_id in kanda
        else rad
        for rad in rader
    ]


def resolved(innehall: Innehall) -> Innehall:
    """Return one contact as it is decided."""
    if not is_reservnummer(innehall.patient_id):
        return innehall
    kand = known([innehall.patient_id]).get(innehall.patient_id)
    return innehall if kand is None else as_known(innehall, kand)


def numbers_of(nummer: str) -> tuple[str, ...]:
    """Return every number the person is known by, the one asked about first."""
    with as_region(), connection.cursor() as cursor:
        cursor.execute(
            "with senast as (select distinct on (nummer) nummer, personnummer, aterkallad"
            "   from gvr_reservnummerkoppling where nummer = %s or personnummer = %s"
            "   or personnummer = (select personnummer from gvr_reservnummerkoppling"
            "     where nummer = %s order by id desc limit 1)"
            "   order by nummer, id desc)"
            " select s.nummer, s.personnummer from senast s where s.personnummer <> ''"
            " and not exists (select from gvr_reservnummerkoppling n where n.nummer = s.nummer"
            "   and n.aterkallad and n.id > (select max(id) from gvr_reservnummerkoppling m"
            "     where m.nummer = s.nummer and not m.aterkallad))",
            [nummer, nummer, nummer],
        )
        funna = [tal for rad in cursor.fetchall() for tal in rad]
    return tuple(dict.fromkeys([nummer, *funna]))


def tied_to(nummer: str) -> str | None:
    """Return the personnummer that a reservnummer is tied to now."""
    kand = known([nummer]).get(nummer)
    return kand.personnummer or None if kand else None


def concerned(
    nummer: str, vardgivare: Collection[int], enheter: Collection[int] = ()
) -> int | None:
    """Return which provider a number was issued to, or else has reported on it.

    Looked for among whole providers, and among what single units have reported.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select vardgivare_id from gvr_reservnummer"
            " where nummer = %s and vardgivare_id = any(%s::bigint[])"
            " union all (select vardgivare_id from gvr_vardkontaktversion"
            " where patient_id = %s and (vardgivare_id = any(%s::bigint[])"
            " or enhet_id = any(%s::bigint[])) limit 1) limit 1",
            [nummer, list(vardgivare), nummer, list(vardgivare), list(enheter)],
        )
        rad = cursor.fetchone()
    return None if rad is None else int(rad[0])


def contacts_with(nummer: str) -> list[int]:
    """Return the contacts whose newest version has the number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select k.id from gvr_vardkontaktversion v join gvr_vardkontakt k"
            " on k.id = v.vardkontakt_id and k.senaste_version = v.version"
            " where v.patient_id = %s order by k.id",
            [nummer],
        )
        return [pk for (pk,) in cursor.fetchall()]


class Utfardat(msgspec.Struct, frozen=True, kw_only=True):
    """An issued number as a screen shows it."""

    nummer: str
    skal: Skal
    fodd: date | None
    fodelsear: int | None
    kon: str | None
    lma_nummer: str
    lma_t_o_m: date | None
    utfardat: datetime
    av: str
    personnummer: str


def issued(nummer: str) -> Utfardat | None:
    """Return what was told when a number was issued here, None for any other number."""
    with as_region():
        rad = Reservnummer.objects.filter(nummer=nummer).select_related("utfardat_av").first()
        if rad is None:
            return None
        return _as_issued(rad, tied_to(nummer) or "")


def latest(synfalt: Synfalt, *, size: int = 10) -> tuple[Utfardat, ...]:
    """Return the numbers issued to the provider last."""
    rader = list(
        Reservnummer.objects.filter(vardgivare_id=synfalt.vardgivare_id)
        .select_related("utfardat_av")
        .order_by("-pk")[:size]
    )
    with as_region():
        kanda = known([rad.nummer for rad in rader])
    return tuple(_as_issued(rad, kanda[rad.nummer].personnummer) for rad in rader)


def _as_issued(rad: Reservnummer, personnummer: str) -> Utfardat:
    return Utfardat(
        nummer=rad.nummer,
        skal=Skal(rad.skal),
        fodd=rad.fodd,
        fodelsear=rad.fodelsear,
        kon=rad.kon,
        lma_nummer=rad.lma_nummer,
        lma_t_o_m=rad.lma_t_o_m,
        utfardat=rad.utfardat,
        av=rad.utfardat_av.get_full_name() or rad.utfardat_av.get_username(),
        personnummer=personnummer,
    )


class Kopplingsrad(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a number's history of ties."""

    personnummer: str
    aterkallad: bool
    skal: str
    tid: datetime
    av: str


def history(nummer: str) -> tuple[Kopplingsrad, ...]:
    """Return every tie and withdrawal of a number already shown, newest first."""
    with as_region():
        return tuple(
            Kopplingsrad(
                personnummer=rad.personnummer,
                aterkallad=rad.aterkallad,
                skal=rad.skal,
                tid=rad.tid,
                av=rad.av.get_full_name() or rad.av.get_username(),
            )
            for rad in Reservnummerkoppling.objects.filter(nummer=nummer)
            .select_related("av")
            .order_by("-pk")
        )
