"""The overview page."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from avstamning.core import urval
from avstamning.portal.sidor import Besok, fragor, show, sida
from avstamning.queries import oversikt
from gvr.core.period import Manad

MANADER_BAKAT = 13


@require_safe
@fragor("manad")
@sida
def start(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show the month's four sums, everything reported, what to do and why."""
    manad = chosen_month(request, besok)
    return show(
        request,
        besok,
        "oversikt",
        avdelning="start",
        o=oversikt.overview(
            besok.synfalt,
            manad=manad,
            at=besok.at,
            hela=besok.vardgivare.hela,
            frist=besok.frist.dag,
        ),
        urval=urval.of_month(manad),
        manader=months_back(Manad.of(besok.dag)),
        denna=manad == Manad.of(besok.dag),
    )


def chosen_month(request: HttpRequest, besok: Besok) -> Manad:
    """Return the month asked for in the address, else the present one."""
    try:
        return Manad.parse(request.GET.get("manad", ""))
    except ValueError:
        return Manad.of(besok.dag)


def months_back(manad: Manad, antal: int = MANADER_BAKAT) -> tuple[Manad, ...]:
    """Return this month and those before it, newest first."""
    svar = [manad]
    while len(svar) < antal:
        svar.append(svar[-1].previous)
    return tuple(svar)
