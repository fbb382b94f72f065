"""Whom senders may report for: the snapshot that decisions use, and what a sender is told."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import msgspec
from django.db.models import Q
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
    rader = (
        Ombud.objects.filter(maskinkonto_id=konto_id, aterkallat=None)
        .filter(Q(giltig__upper_inf=True) | Q(giltig__endswith__gt=day))
        .select_related("vardgivare", "enhet")
        .order_by("vardgivare__namn", "enhet__kombika", "giltig")
    )
    return [
        Ombudsrad(
            vardgivare=rad.vardgivare.namn,
            orgnr=rad.vardgivare.orgnr,
            kombika=rad.enhet.kombika if rad.enhet is not None else "",
            enhet=rad.enhet.namn if rad.enhet is not None else "",
            giltig=period(rad.giltig),
        )
        for rad in rader
    ]
