"""Whom senders may report for: the snapshot that decisions use, and what a sender is told."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final

import msgspec
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from gvr.core.ombud import Ombudsregister, Ratt
from gvr.core.period import Period
from gvr.models import Maskinkonto, Ombud
from gvr.queries.register import Stamdata, Stamdatabild, period


class Ombudsrad(msgspec.Struct, frozen=True, kw_only=True):
    """A right as a sender and the region see it; `kombika` is empty for all units."""

    vardgivare: str
    orgnr: str
    kombika: str
    enhet: str
    giltig: Period


def _load(_: Stamdata) -> Ombudsregister:
    return Ombudsregister(
        kallsystem=Maskinkonto.objects.values_list("kallsystem", flat=True), ratter=_rights()
    )


_bild: Final = Stamdatabild(_load)
current = _bild.current


def _rights() -> Iterator[Ratt]:
    rader = Ombud.objects.values_list(
        "maskinkonto__kallsystem", "vardgivare_id", "enhet_id", "giltig", "aterkallat"
    )
    for kallsystem, vardgivare_id, enhet_id, giltig, aterkallat in rader.iterator():
        ratt = period(giltig)
        if aterkallat is not None:
            dag = localdate(aterkallat)
            if dag <= ratt.start:
                continue
            ratt = Period(ratt.start, min(dag, ratt.slut or dag))
        yield Ratt(
            kallsystem=kallsystem, vardgivare_id=vardgivare_id, enhet_id=enhet_id, giltig=ratt
        )


def begun(*, fran: date, till: date) -> list[str]:
    """Return the systems with a right that began on a day in [fran, till]."""
    rader = Ombud.objects.filter(
        aterkallat=None, giltig__startswith__gte=fran, giltig__startswith__lte=till
    )
    return sorted(set(rader.values_list("maskinkonto__kallsystem", flat=True)))


def of_account(konto_id: int, *, day: date) -> Sequence[Ombudsrad]:
    """Return the rights of an account that hold on a day or begin later."""
    return [_row(rad) for rad in _from(day).filter(maskinkonto_id=konto_id)]


def of_provider(
    konto_ids: Collection[int], *, vardgivare_id: int, day: date
) -> Mapping[int, Sequence[Ombudsrad]]:
    """Return what each account may report for one provider, on a day or later."""
    ratter: dict[int, list[Ombudsrad]] = {}
    for rad in _from(day).filter(maskinkonto__in=konto_ids, vardgivare_id=vardgivare_id):
        ratter.setdefault(rad.maskinkonto_id, []).append(_row(rad))
    return ratter


def accounts_for(
    vardgivare_id: int, enheter: Collection[int] | None = None, *, day: date
) -> frozenset[int]:
    """Return the accounts that may report for a provider on a day, or for some of its units."""
    rader = Ombud.objects.filter(vardgivare_id=vardgivare_id, aterkallat=None, giltig__contains=day)
    if enheter is not None:
        rader = rader.filter(Q(enhet=None) | Q(enhet__in=enheter))
    return frozenset(rader.values_list("maskinkonto_id", flat=True))


def accounts_of_one(vardgivare_id: int, *, since: datetime) -> frozenset[int]:
    """Return the accounts that since a time may have reported for this provider and for no other.

    Only of these is everything they have sent the provider's own to read.
    """
    per_konto: dict[int, set[int]] = {}
    for konto_id, vems in (
        Ombud.objects.filter(Q(aterkallat=None) | Q(aterkallat__gte=since))
        .filter(Q(giltig__upper_inf=True) | Q(giltig__endswith__gt=localdate(since)))
        .filter(
            maskinkonto__in=Ombud.objects.filter(vardgivare_id=vardgivare_id).values("maskinkonto")
        )
        .values_list("maskinkonto_id", "vardgivare_id")
    ):
        per_konto.setdefault(konto_id, set()).add(vems)
    return frozenset(konto for konto, vems in per_konto.items() if vems == {vardgivare_id})


def _from(day: date) -> QuerySet[Ombud]:
    return (
        Ombud.objects.filter(aterkallat=None)
        .filter(Q(giltig__upper_inf=True) | Q(giltig__endswith__gt=day))
        .select_related("vardgivare", "enhet")
        .order_by("vardgivare__namn", "enhet__kombika", "giltig")
    )


def _row(rad: Ombud) -> Ombudsrad:
    return Ombudsrad(
        vardgivare=rad.vardgivare.namn,
        orgnr=rad.vardgivare.orgnr,
        kombika=rad.enhet.kombika if rad.enhet is not None else "",
        enhet=rad.enhet.namn if rad.enhet is not None else "",
        giltig=period(rad.giltig),
    )
