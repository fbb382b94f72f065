"""Senders."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from avstamning.portal.sidor import Besok, show, sida
from avstamning.queries import leveranser


@require_safe
@sida
def senders(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show who sends, how often and how much is refused. Numbers only."""
    rader = leveranser.senders(besok.synfalt, at=besok.at)
    return show(
        request,
        besok,
        "leveranser",
        avdelning="leveranser",
        avsandare=rader,
        har_mottagare=any(rad.mottagare for rad in rader),
    )
