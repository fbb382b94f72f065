"""Ombud: giving a sending system the right to report for a provider or a unit, and taking it back.

The right is read on every request and by every decision of a contact whose provider was unknown
when it arrived; both see a change at once (a change counts the version of master data).
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from gvr.actions import andringar, arenden
from gvr.actions.stamdata import daterange
from gvr.models import Enhet, Maskinkonto, Ombud, Vardgivare


class UnableToAppoint(Exception):
    """The right was not given; the text says why."""


@transaction.atomic
def appoint(
    konto: Maskinkonto,
    vardgivare: Vardgivare,
    *,
    fr_o_m: date,
    t_o_m: date | None = None,
    enhet: Enhet | None = None,
    grund: str,
) -> Ombud:
    """Let the account report for the provider, or for one unit of it. A right it has is returned.

    Raises UnableToAppoint for a unit of another provider.
    """
    if enhet is not None and enhet.vardgivare_id != vardgivare.pk:
        raise UnableToAppoint(f"Enheten {enhet} hör inte till {vardgivare}.")
    giltig = daterange(fr_o_m, t_o_m)
    funnen = Ombud.objects.filter(
        maskinkonto=konto,
        vardgivare=vardgivare,
        enhet=enhet,
        aterkallat=None,
        giltig__contains=giltig,
    ).first()
    if funnen is not None:
        return funnen
    return Ombud.objects.create(
        maskinkonto=konto, vardgivare=vardgivare, enhet=enhet, giltig=giltig, grund=grund
    )


@transaction.atomic
def withdraw(ombud: Ombud, *, by: Any, skal: str, at: datetime) -> None:
    """Take the right back: the account's next request is refused. Once more changes nothing."""
    andringar.sign(by=by, skal=skal)
    Ombud.objects.filter(pk=ombud.pk, aterkallat=None).update(aterkallat=at)
    arenden.ring()
