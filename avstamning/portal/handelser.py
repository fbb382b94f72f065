"""What is reported beside contacts: periods, reports that wait for another, and waiting times."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from avstamning.actions import insyn
from avstamning.core import urval as urvalskarna
from avstamning.portal.sidor import Besok, fragor, show, sida
from avstamning.portal.vardkontakter import read_filter
from avstamning.queries import handelser
from avstamning.queries.handelser import Lista

PERIOD = timedelta(days=365)


@require_safe
@fragor(*urvalskarna.FALT)
@sida
def periods(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show vårdansvar and vårdperioder that touch the days."""
    urval, fel = _days(request, besok)
    lista = handelser.periods(besok.synfalt, urval, hoppa=_skip(urval), today=besok.dag)
    return _page(request, besok, "perioder", lista, urval, fel, insyn.PERIODER)


@require_safe
@fragor(*urvalskarna.FALT)
@sida
def waiting(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show moves, discharges and ends that wait for what they belong to."""
    urval, fel = _days(request, besok)
    lista = handelser.waiting(besok.synfalt, urval)
    return _page(request, besok, "vantande", lista, urval, fel, insyn.VANTANDE)


@require_safe
@fragor(*urvalskarna.FALT)
@sida
def waits(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show waiting times that began on the days."""
    urval, fel = _days(request, besok)
    lista = handelser.waits(besok.synfalt, urval, hoppa=_skip(urval))
    return _page(request, besok, "vantetider", lista, urval, fel, insyn.VANTETIDER)


def _page(
    request: HttpRequest,
    besok: Besok,
    namn: str,
    lista: Lista,
    urval: urvalskarna.Urval,
    fel: tuple[urvalskarna.Filterfel, ...],
    handelse: str,
) -> HttpResponse:
    """Log which patients are on the page, then show it."""
    insyn.record(
        by=besok.anvandare,
        handelse=handelse,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        patienter=lista.patienter,
        enhet=besok.enhet.namn if besok.enhet else "",
        objekt=f"{urval.fran.isoformat()}–{urval.till.isoformat()}",
    )
    return show(request, besok, namn, avdelning="vardkontakter", lista=lista, urval=urval, fel=fel)


def _days(
    request: HttpRequest, besok: Besok
) -> tuple[urvalskarna.Urval, tuple[urvalskarna.Filterfel, ...]]:
    """Read the days; without any, the last year."""
    urval, fel = read_filter(request, besok)
    if "fran" in request.GET or "till" in request.GET:
        return urval, fel
    return (
        urvalskarna.Urval(fran=besok.dag - PERIOD, till=besok.dag, efter=urval.efter),
        fel,
    )


def _skip(urval: urvalskarna.Urval) -> int:
    plats = urval.place
    return plats[1] if plats else 0
