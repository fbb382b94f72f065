"""Deltaganden and aktiviteter in their newest version, and how parts stand to their contacts."""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models import F, OuterRef, Subquery

from gvr.core import samverkan as core
from gvr.core.samverkan import Kopplad
from gvr.core.vardkontakt import Placering
from gvr.models import Aktivitet, Deltagande, Vardkontaktversion
from gvr.queries import register
from gvr.queries.kontakter import fallback_days


def newest(
    modell: type[Deltagande] | type[Aktivitet], *, kallsystem: str, extern_id: str
) -> Deltagande | Aktivitet | None:
    """Return the newest version of what a system calls by this id, in a context that shows it."""
    rader = modell._default_manager.filter(kallsystem=kallsystem, extern_id=extern_id)
    return rader.order_by("-version").first()


def parts_of(kallsystem: str, vardhandelse_id: str) -> Sequence[Deltagande]:
    """Return the parts that name this contact, newest versions, without cancelled ones.

    Other providers' rows: the caller needs a context that shows them, and shows on only what the
    contact's own side must know.
    """
    senaste = (
        Deltagande.objects.filter(
            kallsystem=OuterRef("kallsystem"), extern_id=OuterRef("extern_id")
        )
        .order_by("-version")
        .values("version")[:1]
    )
    return list(
        Deltagande.objects.filter(
            tillfalle__huvud_kallsystem=kallsystem,
            tillfalle__huvud_vardhandelse_id=vardhandelse_id,
            makulerad=False,
            version=Subquery(senaste),
        )
        .select_related("enhet", "vardgivare", "tillfalle")
        .order_by("kallsystem", "extern_id")
    )


def ties(delar: Sequence[Deltagande]) -> dict[int, Kopplad]:
    """Return how each part stands to the contact it names, by the part's row id.

    Two statements, however many parts. Needs a context that shows the contacts (other providers').
    """
    nycklar = {
        (d.tillfalle.huvud_kallsystem, d.tillfalle.huvud_vardhandelse_id): None for d in delar
    }
    if not nycklar:
        return {}
    bild = register.current()
    villkor = models.Q()
    for kallsystem in {kallsystem for kallsystem, _ in nycklar}:
        villkor |= models.Q(
            vardkontakt__kallsystem=kallsystem,
            vardkontakt__vardhandelse_id__in=[vid for sys, vid in nycklar if sys == kallsystem],
        )
    rader = Vardkontaktversion.objects.filter(
        villkor, version=F("vardkontakt__senaste_version")
    ).select_related("vardkontakt")
    huvud = {
        (rad.vardkontakt.kallsystem, rad.vardkontakt.vardhandelse_id): _main(rad, bild)
        for rad in rader
    }
    return {
        d.pk: core.tie(
            dag=d.dag,
            avtal_id=d.avtal_id,
            huvud=huvud.get((d.tillfalle.huvud_kallsystem, d.tillfalle.huvud_vardhandelse_id)),
        )
        for d in delar
    }


def main_contact(kallsystem: str, vardhandelse_id: str) -> core.Huvudkontakt | None:
    """Return the contact that a part names. Needs a context that shows it."""
    rad = (
        Vardkontaktversion.objects.filter(
            vardkontakt__kallsystem=kallsystem,
            vardkontakt__vardhandelse_id=vardhandelse_id,
            version=F("vardkontakt__senaste_version"),
        )
        .select_related("vardkontakt")
        .first()
    )
    return None if rad is None else _main(rad, register.current())


def _main(rad: Vardkontaktversion, bild: Any) -> core.Huvudkontakt:
    plats = bild.place(
        rad.enhet_ref,
        rad.dag,
        ers_uppdrag=rad.ers_uppdrag,
        fallback=fallback_days(rad.dag, rad.slutdag, ()),
    )
    return core.Huvudkontakt(
        btyp=rad.btyp,
        dag=rad.dag,
        makulerad=rad.makulerad,
        avtal_id=plats.avtal_id if isinstance(plats, Placering) else None,
    )
