"""Who may see what. The only file that asks django-guardian."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from django.db import connection, transaction
from guardian.shortcuts import get_objects_for_user

from gvr.models import Enhet, Vardgivare

REGION = "Region"  # the group whose members work for the region and see every provider


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
    return Omfang(
        vardgivare=_granted(user, "gvr.view_vardgivare", Vardgivare),
        enheter=_granted(user, "gvr.view_enhet", Enhet),
        attest=_granted(user, "gvr.attestera_vardgivare", Vardgivare),
        rapport=_granted(user, "gvr.rapportera_vardgivare", Vardgivare),
    )


def _granted(user: Any, permission: str, model: Any) -> frozenset[int]:
    objects = get_objects_for_user(
        user, permission, klass=model, with_superuser=False, accept_global_perms=False
    )
    return frozenset(objects.values_list("pk", flat=True))


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
