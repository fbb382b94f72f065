"""Contracts, prices on a chosen day, and the rules in plain words."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from avstamning.core.urval import read_day
from avstamning.portal.sidor import Besok, fragor, or_404, show, sida
from avstamning.queries import regler


@require_safe
@fragor("dag")
@sida
def contracts(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show the provider's contracts with the prices that hold on a day."""
    text = request.GET.get("dag", "").strip()
    day = read_day(text)
    return show(
        request,
        besok,
        "avtal",
        avdelning="avtal",
        dag=day or besok.dag,
        idag=besok.dag,
        fel="Dagen går inte att läsa. Skriv till exempel 2026-11-23." if text and not day else "",
        skrivet=text if text and not day else (day or besok.dag).isoformat(),
        avtal=regler.contracts_with_prices(besok.vardgivare.id, day=day or besok.dag),
    )


@require_safe
@fragor("dag")
@sida
def rules(request: HttpRequest, besok: Besok, omrade: str) -> HttpResponse:
    """Show the reporting instruction of one of the provider's contract areas."""
    day = read_day(request.GET.get("dag", "")) or besok.dag
    return show(
        request,
        besok,
        "regler",
        avdelning="avtal",
        dag=day,
        r=or_404(regler.instruction(besok.vardgivare.id, omrade, day=day)),
    )
