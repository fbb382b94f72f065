"""Sending systems as values: who they are, what they may do, when they were last heard."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.utils.timezone import localdate

from gvr.core import giltighetstid
from gvr.models import Certifikat, Leverans, Maskinkonto
from gvr.queries import certifikat, ombud


class Certifikatrad(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate with the step of its warning: 60, 30, 7 or 0 (over); None when all is well."""

    rad: Certifikat
    dagar_kvar: int
    varning: int | None


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
        certifikat=[
            Certifikatrad(
                rad=rad,
                dagar_kvar=giltighetstid.days_left(rad.giltigt_till, at=at),
                varning=giltighetstid.warning(rad.giltigt_till, at=at),
            )
            for rad in certifikat.of_account(pk)
        ],
        ombud=ombud.of_account(pk, day=localdate(at)),
        senast=senast,
    )
