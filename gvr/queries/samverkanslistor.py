"""What a provider reads of collaboration: its own parts, its own contacts, its own activities.

Own rows are chosen in the visitor's own context, so row level security stands under the choice. The
occasions around them are looked at as the region, and only for rows that were chosen without it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from uuid import UUID

import msgspec
from django.db.models import Exists, OuterRef, QuerySet

from gvr.core.avvikelse import Avvikelse
from gvr.models import Aktivitet, Deltagande, Vardkontakt
from gvr.queries import portal, samverkan
from gvr.queries.behorighet import as_region
from gvr.queries.portal import Synfalt
from gvr.queries.samverkan import Delrad, Tillfalle

#: A longer list is not worked out at once; the visitor is asked for a shorter period.
FLEST = 1000


class Egnatillfallen(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's occasions in a period. `kapad` says that there are more than were read."""

    delar: tuple[tuple[Delrad, Tillfalle | None], ...]
    kontakter: tuple[Tillfalle, ...]
    kapad: bool


class Aktivitetsrad(msgspec.Struct, frozen=True, kw_only=True):
    """An activity without patient contact, in its newest version."""

    id: int
    uuid: UUID
    dag: date
    tid: time | None
    minuter: int | None
    vardgivare_id: int
    enhet_id: int
    enhet: str
    kombika: str
    yrkeskategori: str
    typ: str
    avser: str
    patient_id: str | None
    diagnoser: tuple[str, ...]
    atgarder: tuple[str, ...]
    kallsystem: str
    extern_id: str
    version: int
    makulerad: bool
    registrerad: datetime


def occasions(synfalt: Synfalt, *, fran: date, till: date) -> Egnatillfallen:
    """Return the occasions that the provider takes part in, or has the contact of."""
    delar = _own_parts(
        synfalt,
        "d.dag between %s and %s",
        [fran, till],
        slut=f"order by d.dag desc, d.id desc limit {FLEST + 1}",
    )
    with as_region():
        sedda = samverkan.occasions([rad.pekar.nyckel for rad in delar])
        kontakter = samverkan.contacts_with_parts(
            synfalt.vardgivare_id, fran=fran, till=till, limit=FLEST + 1
        )
        egna = {
            pk
            for pk, rad in kontakter.items()
            if synfalt.enheter is None or rad.enhet_id in synfalt.enheter
        }
        bilder = samverkan.occasions_of_contacts(egna)
    return Egnatillfallen(
        delar=tuple((rad, _seen(sedda, rad.pekar.nyckel)) for rad in delar[:FLEST]),
        kontakter=tuple(bilder.values()),
        kapad=len(delar) > FLEST or len(kontakter) > FLEST,
    )


class Egettillfalle(msgspec.Struct, frozen=True, kw_only=True):
    """One occasion: the provider's own part, or None when its own contact is the main one."""

    egen: Delrad | None
    tillfalle: Tillfalle | None


def occasion(synfalt: Synfalt, uuid: UUID) -> Egettillfalle | None:
    """Return the occasion of the provider's own part or own contact with this id."""
    delar = _own_parts(synfalt, "d.uuid = %s", [uuid])
    if delar:
        nyckel = delar[0].pekar.nyckel
        with as_region():
            return Egettillfalle(egen=delar[0], tillfalle=samverkan.occasions([nyckel]).get(nyckel))
    kontakt = portal.visible(Vardkontakt.objects.filter(uuid=uuid), synfalt).first()
    if kontakt is None:
        return None
    tillfalle = of_contact(kontakt.pk)
    return None if tillfalle is None else Egettillfalle(egen=None, tillfalle=tillfalle)


def _seen(sedda: Mapping[tuple[str, str], Tillfalle], nyckel: tuple[str, str]) -> Tillfalle | None:
    """Return the occasion as its party may see it; None when the part is cancelled."""
    bild = sedda.get(nyckel)
    return None if bild is None else bild.seen_by(nyckel)


def of_contact(kontakt_id: int) -> Tillfalle | None:
    """Return the occasion of a contact already shown."""
    with as_region():
        return samverkan.occasions_of_contacts([kontakt_id]).get(kontakt_id)


def doubled(kontakt_id: int) -> tuple[Avvikelse, ...]:
    """Return what says that a contact already shown is reported once more than it should be."""
    with as_region():
        return samverkan.doubled(kontakt_id)


def _own_parts(
    synfalt: Synfalt, villkor: str, parametrar: Sequence[object], *, slut: str = ""
) -> list[Delrad]:
    egna = "d.vardgivare_id = %s"
    varden = [synfalt.vardgivare_id]
    if synfalt.enheter is not None:
        return samverkan.parts_where(
            f"{egna} and d.enhet_id = any(%s::bigint[]) and {villkor}",
            [*varden, list(synfalt.enheter), *parametrar],
            slut=slut,
        )
    return samverkan.parts_where(f"{egna} and {villkor}", [*varden, *parametrar], slut=slut)


# Activities -------------------------------------------------------------------------------------


def activities(
    synfalt: Synfalt, *, fran: date, till: date, typ: str = "", hoppa: int = 0, size: int = 50
) -> tuple[tuple[Aktivitetsrad, ...], bool]:
    """Return activities with days in [fran, till], newest first, and whether there are more."""
    rader = portal.visible(newest_activities(), synfalt).filter(dag__gte=fran, dag__lte=till)
    if typ:
        rader = rader.filter(typ=typ)
    lista = list(rader.select_related("enhet").order_by("-dag", "-pk")[hoppa : hoppa + size + 1])
    return tuple(_activity(rad) for rad in lista[:size]), len(lista) > size


def activity(synfalt: Synfalt, uuid: UUID) -> Aktivitetsrad | None:
    """Return one activity by the id shown outward, None when it is not in view."""
    rad = (
        portal.visible(newest_activities().filter(uuid=uuid), synfalt)
        .select_related("enhet")
        .first()
    )
    return None if rad is None else _activity(rad)


def newest_activities() -> QuerySet[Aktivitet]:
    """Return the newest version of each activity."""
    nyare = Aktivitet.objects.filter(
        kallsystem=OuterRef("kallsystem"),
        extern_id=OuterRef("extern_id"),
        version__gt=OuterRef("version"),
    )
    return Aktivitet.objects.filter(~Exists(nyare))


def _activity(rad: Aktivitet) -> Aktivitetsrad:
    return Aktivitetsrad(
        id=rad.pk,
        uuid=rad.uuid,
        dag=rad.dag,
        tid=rad.tid,
        minuter=rad.minuter,
        vardgivare_id=rad.vardgivare_id,
        enhet_id=rad.enhet_id,
        enhet=rad.enhet.namn,
        kombika=rad.enhet.kombika,
        yrkeskategori=rad.yrkeskategori,
        typ=rad.typ,
        avser=rad.avser,
        patient_id=rad.patient_id,
        diagnoser=tuple(rad.diagnoser),
        atgarder=tuple(rad.atgarder),
        kallsystem=rad.kallsystem,
        extern_id=rad.extern_id,
        version=rad.version,
        makulerad=rad.makulerad,
        registrerad=rad.registrerad,
    )


def is_newest(rad: Deltagande | Aktivitet) -> bool:
    """Say whether no later version is registered."""
    return (
        not type(rad)
        ._default_manager.filter(
            kallsystem=rad.kallsystem, extern_id=rad.extern_id, version__gt=rad.version
        )
        .exists()
    )


def reported_by_form(
    synfalt: Synfalt, kallsystem: str, uuid: UUID, *, deltagande: bool
) -> Deltagande | Aktivitet | None:
    """Return the newest version of what was reported by form under this id, if it is in view."""
    if deltagande:
        delar = Deltagande.objects.filter(uuid=uuid, kallsystem=kallsystem)
        return (
            portal.visible(delar, synfalt)
            .select_related("enhet", "huvud_enhet", "tillfalle")
            .order_by("-version")
            .first()
        )
    rader = Aktivitet.objects.filter(uuid=uuid, kallsystem=kallsystem)
    return portal.visible(rader, synfalt).select_related("enhet").order_by("-version").first()
