"""What every page of people stands in: one transaction with its user's reach; a closed address."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from gvr.queries import behorighet

#: Opens its own context, per request and machine account.
API = "/api/"

PORTAL = "portal"  # the namespace of the portal's addresses


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


class fragenamn:  # noqa: N801 - named as Django names what stands in MIDDLEWARE, as above
    """Refuse a page of the portal with a query parameter that it does not name (`sidor.fragor`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        """Compare the names. Raises BadRequest for one that the page does not read."""
        del args, kwargs
        if request.resolver_match is None or request.resolver_match.app_name != PORTAL:
            return
        if set(request.GET) - getattr(view, "fragor", frozenset()):
            raise BadRequest("okänd parameter i adressen")
