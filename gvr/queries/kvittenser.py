"""The feed of receipts: what has become of what a system sent, in an order it can follow."""

from collections.abc import Collection, Sequence
from heapq import merge

from django.db.models import Max, OuterRef, QuerySet, Subquery

from gvr.models import Kvittens, Vardkontaktversion
from gvr.queries.behorighet import databaskontext


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

    The page is read in two transactions and ends where the first began: what is committed between
    them stands on the next page, or a number would be passed over.
    """
    rader = Kvittens.objects.filter(kallsystem=kallsystem, sekvens__gt=efter)
    with databaskontext(alla=True):
        senaste = rader.aggregate(senaste=Max("sekvens"))["senaste"] or efter
        rader = rader.filter(sekvens__lte=senaste)
        okanda = list(_page(rader.filter(vardgivare=None), antal))
    with databaskontext(vardgivare=vardgivare, enheter=enheter):
        egna = list(_page(rader.exclude(vardgivare=None), antal))
    return list(merge(egna, okanda, key=lambda rad: rad.sekvens))[:antal]


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
