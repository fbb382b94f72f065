"""The feed of receipts: what has become of what a system sent, in an order it can follow."""

from collections.abc import Collection, Sequence
from heapq import merge

import msgspec
from django.db.models import Max, OuterRef, QuerySet, Subquery

from gvr.models import Kvittens, Vardkontaktversion
from gvr.queries.behorighet import databaskontext


class Sida(msgspec.Struct, frozen=True):
    """Receipts in order, and the number up to which nothing more is to be had."""

    rader: Sequence[Kvittens]
    till: int


def after(
    efter: int,
    *,
    kallsystem: str,
    vardgivare: Collection[int],
    enheter: Collection[int] = (),
    antal: int,
) -> Sequence[Kvittens]:
    """Return the next receipts of the system after number `efter`, at most `antal`, in order.

    A reader that asks again with the last number it got misses nothing: numbers are given in the
    order of commit (see Kvittens). Receipts of a contact whose provider is not known yet belong to
    its sender alone.
    """
    return page(
        efter, kallsystem=kallsystem, vardgivare=vardgivare, enheter=enheter, antal=antal
    ).rader


def page(
    efter: int,
    *,
    kallsystem: str,
    vardgivare: Collection[int],
    enheter: Collection[int] = (),
    antal: int,
    nivaer: Collection[str] | None = None,
    till: int | None = None,
) -> Sida:
    """Return the receipts after `efter` as `after` does; of some levels, and up to a number.

    The page is read in two transactions and ends where the first began: what is committed between
    them stands on the next page, or a number would be passed over. A page that is not full is read
    to its end, also past what the reader may not see.
    """
    rader = Kvittens.objects.filter(kallsystem=kallsystem, sekvens__gt=efter)
    if till is not None:
        rader = rader.filter(sekvens__lte=till)
    with databaskontext(alla=True):
        senaste = rader.aggregate(senaste=Max("sekvens"))["senaste"] or efter
        rader = rader.filter(sekvens__lte=senaste)
        if nivaer is not None:
            rader = rader.filter(niva__in=nivaer)
        okanda = list(_page(rader.filter(vardgivare=None), antal))
    with databaskontext(vardgivare=vardgivare, enheter=enheter):
        egna = list(_page(rader.exclude(vardgivare=None), antal))
    sida = list(merge(egna, okanda, key=lambda rad: rad.sekvens))[:antal]
    return Sida(sida, sida[-1].sekvens if len(sida) == antal else senaste)


def _page(rader: QuerySet[Kvittens], antal: int) -> QuerySet[Kvittens]:
    return _told(rader).order_by("sekvens")[:antal]


def _told(rader: QuerySet[Kvittens]) -> QuerySet[Kvittens]:
    """Add to each receipt which one it replaces, and the remarks of the version it is about.

    The newest of a contact and level holds; the one before it is replaced.
    """
    tidigare = Kvittens.objects.filter(
        vardkontakt=OuterRef("vardkontakt"), niva=OuterRef("niva"), sekvens__lt=OuterRef("sekvens")
    ).order_by("-sekvens")
    version = Vardkontaktversion.objects.filter(
        vardkontakt=OuterRef("vardkontakt"), version=OuterRef("version")
    )
    return rader.select_related("vardkontakt").annotate(
        ersatter=Subquery(tidigare.values("sekvens")[:1]),
        anmarkningar=Subquery(version.values("anmarkningar")[:1]),
    )


def of_contact(kontakt_id: int, *, kallsystem: str, antal: int = 50) -> Sequence[Kvittens]:
    """Return the newest receipts of one contact, oldest first. Needs a context that shows it."""
    rader = Kvittens.objects.filter(vardkontakt_id=kontakt_id, kallsystem=kallsystem)
    return list(reversed(_told(rader).order_by("-sekvens")[:antal]))


def newest(kallsystem: str) -> int:
    """Return the number of the system's newest receipt, 0 without any. Needs the region's reach."""
    return Kvittens.objects.filter(kallsystem=kallsystem).aggregate(n=Max("sekvens"))["n"] or 0
