"""Collaboration: parts in others' contacts, and activities without patient contact."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from avstamning.actions import insyn
from avstamning.core import urval as urvalskarna
from avstamning.portal.sidor import Besok, show, sida
from avstamning.portal.vardkontakter import read_filter
from avstamning.queries import samverkan

PERIOD = timedelta(days=90)


@require_safe
@sida
def participations(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show the unit's parts in occasions whose main contact another party reports."""
    urval, fel = _period(request, besok)
    lista = samverkan.participations(besok.synfalt, urval, hoppa=_skip(urval))
    insyn.record(
        by=besok.anvandare,
        handelse=insyn.SAMVERKAN,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        enhet=besok.enhet.namn if besok.enhet else "",
        objekt=f"{urval.fran.isoformat()}–{urval.till.isoformat()}",
    )
    return show(
        request, besok, "samverkan", avdelning="samverkan", lista=lista, urval=urval, fel=fel
    )


@require_safe
@sida
def activities(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show work for patients without the patient."""
    urval, fel = _period(request, besok)
    lista = samverkan.activities(
        besok.synfalt, urval, hoppa=_skip(urval), ser_diagnos=besok.ser_patient
    )
    insyn.record(
        by=besok.anvandare,
        handelse=insyn.AKTIVITETER,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        patienter=lista.patienter,
        enhet=besok.enhet.namn if besok.enhet else "",
        objekt=f"{urval.fran.isoformat()}–{urval.till.isoformat()}",
    )
    return show(
        request, besok, "aktiviteter", avdelning="samverkan", lista=lista, urval=urval, fel=fel
    )


def _period(
    request: HttpRequest, besok: Besok
) -> tuple[urvalskarna.Urval, tuple[urvalskarna.Filterfel, ...]]:
    """Read the days; without any, the last three months."""
    if "fran" in request.GET or "till" in request.GET:
        return read_filter(request, besok)
    urval, fel = read_filter(request, besok)
    return (
        urvalskarna.Urval(fran=besok.dag - PERIOD, till=besok.dag, efter=urval.efter),
        fel,
    )


def _skip(urval: urvalskarna.Urval) -> int:
    plats = urval.place
    return plats[1] if plats else 0
