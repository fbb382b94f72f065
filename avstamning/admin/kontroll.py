"""Does everything add up? Every invariant asked, with its three numbers."""

from datetime import datetime
from typing import Final

import msgspec
from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone

from avstamning.queries import invarianter

NYCKEL: Final = "kontroll"


class Senaste(msgspec.Struct, frozen=True):
    """How the latest check of this session went."""

    tid: datetime
    antal: int
    brott: int


def latest(request: HttpRequest) -> Senaste | None:
    """Return the latest check of this session."""
    rad = request.session.get(NYCKEL)
    return msgspec.convert(rad, Senaste) if rad else None


def check(request: HttpRequest) -> HttpResponseBase:
    """Ask every invariant when told to, and show each difference."""
    kontroller: tuple[invarianter.Kontroll, ...] = ()
    if request.method == "POST":
        kontroller = invarianter.check()
        senaste = Senaste(
            tid=timezone.now(),
            antal=len(kontroller),
            brott=sum(rad.brott for rad in kontroller),
        )
        request.session[NYCKEL] = msgspec.to_builtins(senaste)
    return TemplateResponse(
        request,
        "admin/kontroll.html",
        {
            **admin.site.each_context(request),
            "title": "Går pengarna ihop?",
            "kontroller": kontroller,
            "senaste": latest(request),
        },
    )
