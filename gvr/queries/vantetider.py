"""Waiting times in their newest version, and how they stand to the contacts they name."""

from collections.abc import Collection, Iterable, Sequence

import msgspec
from django.db.models import F

from gvr.core import vantetid as core
from gvr.core.vantetid import Besoket, Koppling
from gvr.models import Vantetid, Vardkontaktversion
from gvr.queries.behorighet import databaskontext


def as_wait(rad: Vantetid) -> core.Vantetid:
    """Return a row's content as the core takes it."""
    return msgspec.convert(rad.innehall, core.Vantetid)


def newest(
    kallsystem: str,
    extern_id: str,
    *,
    vardgivare: Collection[int],
    enheter: Collection[int] = (),
) -> Vantetid | None:
    """Return the newest version of a wait that the system has sent and may see.

    One whose unit nobody knows yet belongs to nobody; its own sender may read it all the same.
    """
    rader = Vantetid.objects.filter(kallsystem=kallsystem, extern_id=extern_id)
    with databaskontext(vardgivare=vardgivare, enheter=enheter):
        rad = rader.order_by("-version").first()
    if rad is not None:
        return rad
    with databaskontext(alla=True):
        return rader.filter(vardgivare=None).order_by("-version").first()


def ties(kallsystem: str, vantetider: Sequence[core.Vantetid]) -> dict[str, Koppling]:
    """Return how each wait of the system stands, by its id. Needs a context that shows contacts."""
    ids = {v.vardhandelse_id for v in vantetider if v.vardhandelse_id is not None}
    besok = _contacts(kallsystem, ids) if ids else {}
    return {v.id: core.tie(v, besok.get(v.vardhandelse_id or "")) for v in vantetider}


def _contacts(kallsystem: str, ids: Iterable[str]) -> dict[str, Besoket]:
    rader = Vardkontaktversion.objects.filter(
        vardkontakt__kallsystem=kallsystem,
        vardkontakt__vardhandelse_id__in=list(ids),
        version=F("vardkontakt__senaste_version"),
    ).values_list("vardkontakt__vardhandelse_id", "patient_id", "dag", "makulerad")
    return {
        vid: Besoket(patient_id=patient, dag=dag, makulerad=makulerad)
        for vid, patient, dag, makulerad in rader
    }


def of_contact(kallsystem: str, vardhandelse_id: str) -> list[Vantetid]:
    """Return the waits that name a contact now, in a context that shows them."""
    rader = Vantetid.objects.filter(
        kallsystem=kallsystem, vardhandelse_id=vardhandelse_id
    ).order_by("version")
    senaste = {rad.extern_id: rad for rad in rader}
    nyast = {
        rad.extern_id: rad
        for rad in Vantetid.objects.filter(
            kallsystem=kallsystem, extern_id__in=list(senaste)
        ).order_by("version")
    }
    return [
        rad
        for rad in nyast.values()
        if not rad.makulerad and rad.vardhandelse_id == vardhandelse_id
    ]
