"""The worklist."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from avstamning.portal.sidor import Besok, show, sida
from avstamning.queries import ratta


@require_safe
@sida
def worklist(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show what must be mended, grouped by reason. Groups only: no patient is shown here."""
    return show(
        request,
        besok,
        "ratta",
        avdelning="ratta",
        lista=ratta.worklist(besok.synfalt, day=besok.dag, frist=besok.frist.dag),
    )
