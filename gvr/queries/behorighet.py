"""Who may see what. The only file that asks django-guardian."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import OuterRef, Q, Value
from django.db.models.functions import Concat
from guardian.models import GroupObjectPermission, UserObjectPermission

from gvr.models import Maskinkonto

REGION = "Region"  # the group whose members work for the region and see every provider
#: What is granted on single objects: the first, third and fourth on a Vardgivare.
GRANTED = ("view_vardgivare", "view_enhet", "attestera_vardgivare", "rapportera_vardgivare")


class Omfang(msgspec.Struct, frozen=True, kw_only=True):
    """The reach of a user: ids of what may be seen, approved and reported for."""

    alla: bool = False
    vardgivare: frozenset[int] = frozenset()
    enheter: frozenset[int] = frozenset()
    attest: frozenset[int] = frozenset()
    rapport: frozenset[int] = frozenset()

    @property
    def nobody(self) -> bool:
        """True when nothing at all may be seen."""
        return not (self.alla or self.vardgivare or self.enheter)


def scope_of(user: Any) -> Omfang:
    """Return what the user may see, by the grants given on Vardgivare and Enhet.

    Neither superuser nor a model-wide permission widens the reach: both are guardian's defaults,
    and both would show one provider all the others.
    """
    if not user.is_authenticated or not user.is_active:
        return Omfang()
    if user.is_staff and user.groups.filter(name=REGION).exists():
        return Omfang(alla=True)
    granted = _grants(user.pk)
    return Omfang(
        vardgivare=granted["view_vardgivare"],
        enheter=granted["view_enhet"],
        attest=granted["attestera_vardgivare"],
        rapport=granted["rapportera_vardgivare"],
    )


def _grants(user_id: int) -> dict[str, frozenset[int]]:
    """Return the ids granted under each permission, to the user or a group, in one statement."""
    own, of_groups = _granted_to(user_id)
    return _by_permission(own.union(of_groups).values_list("tilldelad", flat=True))


def _granted_to(user: Any) -> tuple[Any, Any]:
    """Return the grants to the user, and to the user's groups, as texts "permission:id"."""
    wanted = Q(permission__content_type__app_label="gvr", permission__codename__in=GRANTED)
    text = Concat("permission__codename", Value(":"), "object_pk")
    own = UserObjectPermission.objects.filter(wanted, user=user)
    of_groups = GroupObjectPermission.objects.filter(wanted, group__user=user)
    return own.values(tilldelad=text), of_groups.values(tilldelad=text)


def _by_permission(texts: Iterable[str]) -> dict[str, frozenset[int]]:
    granted: dict[str, set[int]] = {kod: set() for kod in GRANTED}
    for text in texts:
        kod, _, pk = text.partition(":")
        granted[kod].add(int(pk))
    return {kod: frozenset(ids) for kod, ids in granted.items()}


def machine_account(token_hash: str) -> tuple[Maskinkonto, Omfang] | None:
    """Return a sending system's account with its reach, in one statement; None when unknown.

    Who may report for a provider may also see what has been reported.
    """
    own, of_groups = _granted_to(OuterRef("anvandare"))
    konto = (
        Maskinkonto.objects.select_related("anvandare")
        .annotate(egna=ArraySubquery(own), gruppers=ArraySubquery(of_groups))
        .filter(token_hash=token_hash)
        .first()
    )
    if konto is None:
        return None
    granted = _by_permission([*konto.egna, *konto.gruppers])
    rapport = granted["rapportera_vardgivare"]
    return konto, Omfang(
        vardgivare=granted["view_vardgivare"] | rapport,
        enheter=granted["view_enhet"],
        rapport=rapport,
    )


@contextmanager
def databaskontext(
    *, alla: bool = False, vardgivare: Collection[int] = (), enheter: Collection[int] = ()
) -> Iterator[None]:
    """Open a transaction in which row level security shows these rows and no others."""
    with transaction.atomic():
        set_reach(alla=alla, vardgivare=vardgivare, enheter=enheter)
        yield


def set_reach(
    *, alla: bool = False, vardgivare: Collection[int] = (), enheter: Collection[int] = ()
) -> None:
    """Name what the rest of this transaction may see. Must run inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('app.alla', %s, true), set_config('app.vardgivare', %s, true),"
            " set_config('app.enhet', %s, true)",
            [
                "ja" if alla else "nej",
                ",".join(str(pk) for pk in sorted(vardgivare)),
                ",".join(str(pk) for pk in sorted(enheter)),
            ],
        )
