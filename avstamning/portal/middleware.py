"""Every page of people runs in one transaction that shows what its user may see, and no more."""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from gvr.queries import behorighet

#: Opens its own context, per request and machine account.
API = "/api/"


def databaskontext(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Wrap a request in the database context of its user; take everything back on a 5xx.

    The reach is found once per request and kept as `request.omfang` for the pages. What a signed-in
    person has seen is never stored by the browser or anything between.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(API):
            return get_response(request)
        with transaction.atomic():
            omfang = behorighet.scope_of(request.user)
            request.omfang = omfang  # type: ignore[attr-defined]
            behorighet.set_reach(
                alla=omfang.alla, vardgivare=omfang.vardgivare, enheter=omfang.enheter
            )
            response = get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        if request.user.is_authenticated:
            response.headers["Cache-Control"] = "no-store, private"
        return response

    return middleware
