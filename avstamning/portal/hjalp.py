"""Help: words, states, reasons and the accessibility statement.

Nothing here is about anybody, so all of it can be read without logging in.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from avstamning.core import ord as ordval
from avstamning.core.ordlista import ORDLISTA
from avstamning.portal.sidor import visit
from avstamning.queries import orsaker


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Show the help's contents, the word list and the state words."""
    return _show(
        request, "hjalp", ordlista=ORDLISTA, statusord=ordval.ALLA_STATUSORD, avdelning="hjalp"
    )


@require_safe
def reasons(request: HttpRequest) -> HttpResponse:
    """Show every reason that a decision can have, with what to do."""
    return _show(request, "hjalp_orsaker", orsaker=orsaker.all_reasons(), avdelning="hjalp")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Show the accessibility statement."""
    return _show(request, "tillganglighet", avdelning="hjalp")


def _show(request: HttpRequest, mall: str, **innehall: Any) -> HttpResponse:
    """Render a public page; who is logged in keeps the menu."""
    besok = visit(request) if request.user.is_authenticated else None
    return render(request, f"portal/{mall}.html", {"besok": besok, **innehall})
