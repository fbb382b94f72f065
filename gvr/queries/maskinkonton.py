"""Sending systems as values: who they are, what they may do, when they were last heard."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils.timezone import localdate

from gvr.core import giltighetstid
from gvr.models import Certifikat, Leverans, Maskinkonto, Nekatanrop
from gvr.queries import certifikat, ombud

_DYGN: Final = timedelta(days=1)
_MANAD: Final = timedelta(days=30)


class Certifikatrad(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate with the step of its warning: 60, 30, 7 or 0 (over); None when all is well."""

    rad: Certifikat
    dagar_kvar: int
    varning: int | None


class Kvotlage(msgspec.Struct, frozen=True, kw_only=True):
    """What an account may do in a minute, and what it has done: the last day's busiest minute.

    `nekade` requests of the last thirty days were refused for the quota.
    """

    anrop: int
    kontakter: int
    mest_leveranser: int
    mest_kontakter: int
    nekade: int


class Dorr(msgspec.Struct, frozen=True, kw_only=True):
    """How an account comes in: its certificates, its rights for one provider, its quota."""

    certifikat: Sequence[Certifikatrad]
    ombud: Sequence[ombud.Ombudsrad]
    kvot: Kvotlage


class Oversikt(msgspec.Struct, frozen=True, kw_only=True):
    """What the region wants to see of an account on one page."""

    certifikat: Sequence[Certifikatrad]
    ombud: Sequence[ombud.Ombudsrad]
    senast: datetime | None


def by_id(konto_id: int) -> Maskinkonto:
    """Return an account. Raises Maskinkonto.DoesNotExist."""
    return Maskinkonto.objects.get(pk=konto_id)


def overview(konto_id: str, *, at: datetime) -> Oversikt | None:
    """Return an account's certificates, rights and last delivery; None for what is no account."""
    if not konto_id.isdigit():
        return None
    pk = int(konto_id)
    senast = (
        Leverans.objects.filter(maskinkonto_id=pk)
        .order_by("-mottagen")
        .values_list("mottagen", flat=True)
        .first()
    )
    return Oversikt(
        certifikat=_certificates(certifikat.of_account(pk), at=at),
        ombud=ombud.of_account(pk, day=localdate(at)),
        senast=senast,
    )


def doors(konto_ids: Collection[int], *, vardgivare_id: int, at: datetime) -> Mapping[int, Dorr]:
    """Return how each account comes in, as one provider may see it: no other's rights.

    Needs a context that shows every delivery.
    """
    konton = list(Maskinkonto.objects.filter(pk__in=konto_ids))
    ratter = ombud.of_provider(konto_ids, vardgivare_id=vardgivare_id, day=localdate(at))
    certifikaten = certifikat.of_accounts(konto_ids)
    mest = _busiest_minutes(konto_ids, fran=at - _DYGN)
    nekade = dict(
        Nekatanrop.objects.filter(
            maskinkonto__in=konto_ids, tid__gt=at - _MANAD, kod="FOR_MANGA_ANROP"
        )
        .values_list("maskinkonto")
        .annotate(antal=Count("*"))
        .order_by()
    )
    return {
        konto.pk: Dorr(
            certifikat=_certificates(certifikaten.get(konto.pk, ()), at=at),
            ombud=ratter.get(konto.pk, ()),
            kvot=Kvotlage(
                anrop=konto.anrop_per_minut or settings.KVOT_ANROP_PER_MINUT,
                kontakter=konto.kontakter_per_minut or settings.KVOT_KONTAKTER_PER_MINUT,
                mest_leveranser=mest.get(konto.pk, (0, 0))[0],
                mest_kontakter=mest.get(konto.pk, (0, 0))[1],
                nekade=nekade.get(konto.pk, 0),
            ),
        )
        for konto in konton
    }


def _certificates(rader: Sequence[Certifikat], *, at: datetime) -> list[Certifikatrad]:
    return [
        Certifikatrad(
            rad=rad,
            dagar_kvar=giltighetstid.days_left(rad.giltigt_till, at=at),
            varning=giltighetstid.warning(rad.giltigt_till, at=at),
        )
        for rad in rader
    ]


def _busiest_minutes(
    konto_ids: Collection[int], *, fran: datetime
) -> Mapping[int, tuple[int, int]]:
    """Return the most deliveries, and the most contacts, that each account sent in a minute."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select maskinkonto_id, max(leveranser), max(kontakter)::bigint from ("
            " select maskinkonto_id, count(*) as leveranser, sum(antal) as kontakter"
            " from gvr_leverans where maskinkonto_id = any(%s) and mottagen > %s"
            " group by maskinkonto_id, date_trunc('minute', mottagen)) per_minut group by 1",
            [list(konto_ids), fran],
        )
        return {pk: (leveranser, kontakter) for pk, leveranser, kontakter in cursor.fetchall()}
