"""What the form for registering by hand reads: a patient's own contacts, codes to choose from."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db.models import F, Q

from gvr.core.rapp import by_hand
from gvr.core.register import Register
from gvr.core.vardkontakt import Placering
from gvr.models import Kod, Maskinkonto, Vardkontakt, Vardkontaktversion
from gvr.queries import koder, kontakter, register
from gvr.queries.kontakter import Registrerad
from gvr.queries.portal import Synfalt, visible


class Kontaktrad(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version of a contact, in a list."""

    kontakt_id: int
    version: int
    uuid: UUID
    kallsystem: str
    vardhandelse_id: str
    patient_id: str
    enhet_id: int | None
    dag: date
    tid: time | None
    form: str
    btyp: str | None
    vktyp: str | None
    yrkeskategorier: tuple[str, ...]
    diagnoser: tuple[str, ...]
    makulerad: bool
    registrerad: datetime
    registrerad_av: str


def contacts_of(
    synfalt: Synfalt, patienter: Collection[str], *, size: int = 50
) -> tuple[tuple[Kontaktrad, ...], bool]:
    """Return a patient's contacts with the provider, newest first; True when there are more.

    `patienter` are the numbers that the patient is known by.
    """
    return _rows(synfalt, Q(patient_id__in=list(patienter)), ("-dag", "-vardkontakt_id"), size=size)


def latest_of(
    synfalt: Synfalt, kallsystem: str, *, size: int = 10
) -> tuple[tuple[Kontaktrad, ...], bool]:
    """Return the newest contacts of one källsystem, whoever of the provider registered them."""
    nya = list(
        visible(Vardkontakt.objects.filter(kallsystem=kallsystem), synfalt)
        .order_by("-pk")
        .values_list("pk", flat=True)[: size + 1]
    )
    rader, _ = _rows(synfalt, Q(vardkontakt_id__in=nya), ("-vardkontakt_id",), size=size)
    return rader, len(nya) > size


def last_lkf(synfalt: Synfalt, patienter: Collection[str]) -> str:
    """Return where the patient lived at the newest contact with the provider that says it."""
    return (
        Vardkontaktversion.objects.filter(
            patient_id__in=list(patienter),
            version=F("vardkontakt__senaste_version"),
            vardkontakt__vardgivare_id=synfalt.vardgivare_id,
            makulerad=False,
        )
        .exclude(lkf=None)
        .order_by("-dag", "-vardkontakt_id")
        .values_list("lkf", flat=True)
        .first()
        or ""
    )


def _rows(
    synfalt: Synfalt, villkor: Q, ordning: tuple[str, ...], *, size: int
) -> tuple[tuple[Kontaktrad, ...], bool]:
    fragan = Vardkontaktversion.objects.filter(
        villkor,
        version=F("vardkontakt__senaste_version"),
        vardkontakt__vardgivare_id=synfalt.vardgivare_id,
    )
    if synfalt.enheter is not None:
        fragan = fragan.filter(vardkontakt__enhet_id__in=synfalt.enheter)
    rader = [
        Kontaktrad(
            kontakt_id=rad.vardkontakt_id,
            version=rad.version,
            uuid=rad.vardkontakt.uuid,
            kallsystem=rad.vardkontakt.kallsystem,
            vardhandelse_id=rad.vardkontakt.vardhandelse_id,
            patient_id=rad.patient_id,
            enhet_id=rad.vardkontakt.enhet_id,
            dag=rad.dag,
            tid=rad.tid,
            form=rad.form,
            btyp=rad.btyp,
            vktyp=rad.vktyp,
            yrkeskategorier=tuple(rad.yrkeskategorier),
            diagnoser=tuple(rad.diagnoser),
            makulerad=rad.makulerad,
            registrerad=rad.registrerad,
            registrerad_av=_name(rad.registrerad_av),
        )
        for rad in fragan.select_related("vardkontakt", "registrerad_av").order_by(*ordning)[
            : size + 1
        ]
    ]
    return tuple(rader[:size]), len(rader) > size


def _name(user: Any) -> str:
    return (user.get_full_name() or user.get_username()) if user is not None else ""


class Kontakt(msgspec.Struct, frozen=True, kw_only=True):
    """A contact to correct, cancel or copy."""

    uuid: UUID
    kallsystem: str
    vardhandelse_id: str
    registrerad: Registrerad


def contact(synfalt: Synfalt, uuid: UUID) -> Kontakt | None:
    """Return a contact with its newest content, None when it is not in view."""
    rad = visible(Vardkontakt.objects.filter(uuid=uuid), synfalt).first()
    nu = next(iter(kontakter.newest([rad.pk])), None) if rad is not None else None
    if rad is None or nu is None:
        return None
    return Kontakt(
        uuid=rad.uuid,
        kallsystem=rad.kallsystem,
        vardhandelse_id=rad.vardhandelse_id,
        registrerad=nu,
    )


#: What the series of those who register by hand is called on screens.
FOR_HAND: Final = "Registrerad för hand"


def system_names(kallsystem: Collection[str]) -> dict[str, str]:
    """Return what each källsystem is called, for telling where a contact is corrected."""
    namn = dict(
        Maskinkonto.objects.filter(kallsystem__in=list(kallsystem))
        .order_by("-pk")
        .values_list("kallsystem", "namn")
    )
    return {
        system: FOR_HAND if by_hand(system) else namn.get(system, system) for system in kallsystem
    }


# Codes ------------------------------------------------------------------------------------------

#: Hits shown at once; whoever gets more writes another word.
TRAFFAR: Final = 12


def area_on(kombika: str, day: date) -> str:
    """Return the contract area that a unit works under on the day; empty when there is none."""
    plats = _register().place(kombika, day)
    return plats.avtalsomrade if isinstance(plats, Placering) else ""


def units_on(day: date, kombikor: Collection[str]) -> frozenset[str]:
    """Return those of the units that exist on the day."""
    bild = _register()
    return frozenset(kod for kod in kombikor if isinstance(bild.unit(kod, day), tuple))


def _register() -> Register:
    return register.current()


def codes_on(day: date, *kodverk: str) -> Mapping[str, Mapping[str, str]]:
    """Return the codes of each list that are valid on the day, with their texts, in code order."""
    giltiga = koder.current().valid_on(day)
    texter = _texts_on(day, Q(kodverk__kod__in=kodverk))
    return {
        verk: {kod: texter.get((verk, kod), "") for kod in sorted(giltiga[verk])}
        for verk in kodverk
    }


def texts_of(day: date, kodverk: str, valda: Collection[str]) -> Mapping[str, str]:
    """Return the texts on the day of some codes; a code that is not valid then is absent."""
    giltiga = koder.current().valid_on(day)[kodverk]
    texter = _texts_on(day, Q(kodverk__kod=kodverk, kod__in=list(valda)))
    return {kod: texter.get((kodverk, kod), "") for kod in valda if kod in giltiga}


def search(
    day: date, kodverk: str, text: str, *, utom: Collection[str] = ()
) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Return codes valid on the day that begin with the text or whose texts hold all its words.

    Codes that begin with it come first. True when there are more than are returned.
    """
    ord_ = text.split()
    if not ord_:
        return (), False
    borjan = text.replace(".", "").replace(" ", "").upper()
    i_texten = Q()
    for ett in ord_:
        i_texten &= Q(text__icontains=ett)
    giltiga = koder.current().valid_on(day)[kodverk]
    traffar = {
        kod: text_
        for (_, kod), text_ in _texts_on(
            day, Q(kodverk__kod=kodverk) & (i_texten | Q(kod__startswith=borjan))
        ).items()
        if kod in giltiga and kod not in utom
    }
    i_ordning = sorted(traffar.items(), key=lambda rad: (not rad[0].startswith(borjan), rad[0]))
    return tuple(i_ordning[:TRAFFAR]), len(i_ordning) > TRAFFAR


def _texts_on(day: date, villkor: Q) -> dict[tuple[str, str], str]:
    return {
        (verk, kod): text
        for verk, kod, text in Kod.objects.filter(villkor, giltig__contains=day)
        .order_by("kod")
        .values_list("kodverk__kod", "kod", "text")
    }
