"""The developer portal: quickstart, reference, error catalogue, guides, changes.

Nothing here is about anybody, so all of it can be read without logging in.
"""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from avstamning.core.utvecklarkod import Sort
from avstamning.portal.sidor import or_404
from avstamning.queries import sandlada, utvecklare

#: The guides, in the order in which they are best read.
GUIDER: Final = {
    "omforsok": "Säkra omförsök",
    "versioner": "Rättelser och makuleringar",
    "batch": "Många på en gång",
    "kvittenser": "Kvittenser",
    "webhookar": "Webhookar",
    "manadsslut": "Månadens slut",
    "ombud": "Konto, ombud och behörighet",
    "felsokning": "Vad skickade vi?",
}
EXEMPELENHET: Final = "90001311001"


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Show the quickstart: from nothing to an accepted contact."""
    return _show(request, "start", avdelning="start")


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Show every operation of the API and the objects it carries."""
    avdelningar, scheman = utvecklare.reference()
    return _show(
        request, "referens", avdelning="referens", avdelningar=avdelningar, scheman=scheman
    )


@require_safe
def error_catalogue(request: HttpRequest) -> HttpResponse:
    """Show every code that an answer or a receipt can carry."""
    koder = utvecklare.codes().values()
    delar = [(sort.value.lower(), [k for k in koder if k.sort is sort]) for sort in Sort]
    return _show(request, "fel", avdelning="fel", delar=delar, antal=len(koder))


@require_safe
def error_page(request: HttpRequest, kod: str) -> HttpResponse:
    """Show one code: what happened, why, what to do, an example."""
    fel = or_404(utvecklare.codes().get(kod))
    return _show(request, "felkod", avdelning="fel", fel=fel, exempel=utvecklare.example(fel))


@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    """Show the list of guides."""
    return _show(request, "guider", avdelning="guider")


@require_safe
def guide(request: HttpRequest, namn: str) -> HttpResponse:
    """Show one guide."""
    if namn not in GUIDER:
        raise Http404
    return _show(request, f"guide_{namn}", avdelning="guider", titel=GUIDER[namn], namn=namn)


@require_safe
def sandbox(request: HttpRequest) -> HttpResponse:
    """Show what to send to a sandbox to get each answer; there is no such page elsewhere."""
    if not settings.SANDLADA:
        raise Http404
    return _show(
        request,
        "sandlada",
        avdelning="sandlada",
        prov=sandlada.trials(localdate()),
        patienter=sandlada.patients(),
    )


@require_safe
def conformance_kit(request: HttpRequest) -> HttpResponse:
    """Show how a client is taken through the conformance kit."""
    return _show(request, "testkit", avdelning="testkit")


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Show what has changed, release by release."""
    return _show(
        request,
        "andringar",
        avdelning="andringar",
        utgavor=utvecklare.releases(),
        version=utvecklare.api_version(),
    )


def _show(request: HttpRequest, mall: str, **innehall: Any) -> HttpResponse:
    """Render a page. The code in it names this installation and yesterday, so that it runs."""
    return render(
        request,
        f"portal/utvecklare/{mall}.html",
        {
            "guider": GUIDER,
            "bas": request.build_absolute_uri("/api/v1"),
            "igar": (localdate() - timedelta(days=1)).isoformat(),
            "enhet": EXEMPELENHET,
            "har_sandlada": settings.SANDLADA,
            **innehall,
        },
    )
