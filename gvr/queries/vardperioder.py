"""Vårdansvar and vårdperioder as they are now, whichever door they came by, and their contacts."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final

import msgspec
from django.db import connection
from django.db.models import F

from gvr.core.vardperiod import (
    KLASS,
    Del,
    Koppling,
    Moment,
    Period,
    Registrerad,
    Slag,
    Slut,
    Start,
    merge,
    tie,
)
from gvr.models import Ersattningshandelse, Periodrapport, Vardkontaktversion
from gvr.queries.behorighet import databaskontext

MANY: Final = 200
_SLAG: Final = {klass: slag for slag, klass in KLASS.items()}


class Delar(msgspec.Struct, frozen=True, kw_only=True):
    """The start and the end of a period in their newest versions, and what they come to."""

    start: Periodrapport | None
    slut: Periodrapport | None
    period: Period


def as_part(rad: Periodrapport) -> Del:
    """Return a row's content as the core takes it."""
    part: Del = msgspec.convert(rad.innehall, Del)
    return part


def parts(kallsystem: str, slag: Slag, extern_id: str) -> Delar:
    """Return the reports of a period, in a context that shows them."""
    rader = Periodrapport.objects.filter(
        kallsystem=kallsystem, slag=slag, extern_id=extern_id
    ).order_by("version")
    senaste = {rad.moment: rad for rad in rader}
    start, slut = senaste.get(Moment.START), senaste.get(Moment.SLUT)
    return Delar(start=start, slut=slut, period=merged(start, slut))


def merged(start: Periodrapport | None, slut: Periodrapport | None) -> Period:
    """Return the period of two rows, cancelled ones left out."""
    forst = as_part(start) if start is not None and not start.makulerad else None
    sist = as_part(slut) if slut is not None and not slut.makulerad else None
    return merge(
        forst if isinstance(forst, Start) else None, sist if isinstance(sist, Slut) else None
    )


def visible(
    kallsystem: str,
    slag: Slag,
    extern_id: str,
    *,
    vardgivare: Collection[int],
    enheter: Collection[int] = (),
) -> Delar | None:
    """Return a period that the system has sent in parts and that is the reader's to see."""
    rader = Periodrapport.objects.filter(kallsystem=kallsystem, slag=slag, extern_id=extern_id)
    with databaskontext(vardgivare=vardgivare, enheter=enheter):
        synlig = rader.exists()
    with databaskontext(alla=True):
        if not synlig and not rader.filter(vardgivare=None).exists():
            return None
        return parts(kallsystem, slag, extern_id)


def event(kallsystem: str, slag: Slag, extern_id: str) -> Ersattningshandelse | None:
    """Return a period's newest event, in a context that shows it."""
    return (
        Ersattningshandelse.objects.filter(
            kallsystem=kallsystem, handelse_id=extern_id, klass=KLASS[slag]
        )
        .order_by("-pk")
        .first()
    )


def another_open(
    *, slag: Slag, kallsystem: str, extern_id: str, patient_id: str, enhet_ref: str, dag: date
) -> bool:
    """Say whether the patient has another period of the kind at the unit that goes on that day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from gvr_ersattningshandelse h"
            " where h.patient_id = %s and h.klass = %s and h.enhet_ref = %s and not h.makulerad"
            " and h.dag <= %s and (h.slutdag is null or h.slutdag >= %s)"
            " and (h.kallsystem, h.handelse_id) <> (%s, %s)"
            " and not exists (select from gvr_ersattningshandelse ny"
            "   where ny.kallsystem = h.kallsystem and ny.handelse_id = h.handelse_id"
            "   and ny.id > h.id))",
            [patient_id, KLASS[slag], enhet_ref, dag, dag, kallsystem, extern_id],
        )
        return bool(cursor.fetchone()[0])


# --- contacts and periods ------------------------------------------------------------------------


def named_by(version: Vardkontaktversion) -> list[tuple[Slag, str]]:
    """Return the periods that a contact names."""
    return named(version.tillhor_vardansvar, version.detaljer)


def named(tillhor_vardansvar: str | None, detaljer: Any) -> list[tuple[Slag, str]]:
    """Return the periods that a contact's content names."""
    namnda = []
    if tillhor_vardansvar:
        namnda.append((Slag.VARDANSVAR, tillhor_vardansvar))
    vardperiod = (detaljer or {}).get("vardperiod")
    if vardperiod:
        namnda.append((Slag.VARDPERIOD, str(vardperiod)))
    return namnda


def ties(
    kallsystem: str, *, patient_id: str, dag: date, namnda: Sequence[tuple[Slag, str]]
) -> tuple[Koppling, ...]:
    """Return how a contact stands to each period it names. Needs a context that shows them."""
    funna = registered(kallsystem, namnda)
    return tuple(
        tie(slag=slag, id_=id_, patient_id=patient_id, dag=dag, period=funna.get((slag, id_)))
        for slag, id_ in namnda
    )


def registered(
    kallsystem: str, namnda: Collection[tuple[Slag, str]]
) -> dict[tuple[Slag, str], Registrerad]:
    """Return the system's periods of these that are registered; one statement, or none."""
    if not namnda:
        return {}
    slag, ider = zip(*namnda, strict=True)
    rader = (
        Ersattningshandelse.objects.filter(
            kallsystem=kallsystem,
            handelse_id__in=list(ider),
            klass__in=[KLASS[ett] for ett in set(slag)],
        )
        .only("klass", "handelse_id", "patient_id", "dag", "slutdag", "makulerad")
        .order_by("pk")
    )
    return {(_SLAG[rad.klass], rad.handelse_id): as_registered(rad) for rad in rader}


def as_registered(rad: Ersattningshandelse) -> Registrerad:
    """Return an event as the core knows a period."""
    return Registrerad(
        id=rad.handelse_id,
        slag=_SLAG[rad.klass],
        patient_id=rad.patient_id,
        start=rad.dag,
        slut=rad.slutdag,
        makulerad=rad.makulerad,
    )


def contacts_of(kallsystem: str, slag: Slag, extern_id: str, patient_id: str) -> list[str]:
    """Return the ids of the patient's contacts that name the period now, in order of day.

    Needs a context that shows them; at most MANY.
    """
    rader = Vardkontaktversion.objects.filter(
        patient_id=patient_id,
        vardkontakt__kallsystem=kallsystem,
        version=F("vardkontakt__senaste_version"),
        makulerad=False,
    )
    if slag is Slag.VARDANSVAR:
        rader = rader.filter(tillhor_vardansvar=extern_id)
    else:
        rader = rader.filter(detaljer__vardperiod=extern_id)
    return list(
        rader.order_by("dag", "vardkontakt_id").values_list(
            "vardkontakt__vardhandelse_id", flat=True
        )[:MANY]
    )


def of_patient(
    slag: Slag,
    *,
    kallsystem: str,
    patient_id: str,
    vardgivare: Collection[int],
    enheter: Collection[int] = (),
) -> list[Ersattningshandelse]:
    """Return the newest row of each of the patient's periods that the system sent, by start."""
    with databaskontext(vardgivare=vardgivare, enheter=enheter):
        rader = Ersattningshandelse.objects.filter(
            kallsystem=kallsystem, klass=KLASS[slag], patient_id=patient_id
        ).order_by("pk")
        senaste = {rad.handelse_id: rad for rad in rader}
    return sorted(senaste.values(), key=lambda rad: (rad.dag, rad.handelse_id))[:MANY]
