"""The region's admin site: who may enter, what its front page shows, its own script policy."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import msgspec
from django.apps import apps
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from unfold.sites import UnfoldAdminSite

from gvr.actions import andringar
from gvr.queries import behorighet

View = Callable[..., HttpResponseBase]


class Sida(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the admin that is no model: where it is, which section it belongs to.

    `behorigheter` are model permissions; any one of them opens the page.
    """

    namn: str
    adress: str
    titel: str
    ikon: str
    app: str
    view: View
    behorigheter: tuple[str, ...] = ()
    i_menyn: bool = True

    def is_open_to(self, user: Any) -> bool:
        """Say whether the user may open the page."""
        return not self.behorigheter or any(user.has_perm(kod) for kod in self.behorigheter)


class Regionsajt(UnfoldAdminSite):
    """The admin. Only the region's staff are let in; to others it does not exist.

    There is one door to the whole installation: the portal's log-in with its lock-out. This site
    has none of its own.
    """

    index_title = "Min dag"
    site_title = "Ersättningskedjan"
    site_header = "Ersättningskedjan"
    empty_value_display = "–"
    enable_nav_sidebar = True

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._sidor: dict[str, Sida] = {}

    @property
    def sidor(self) -> tuple[Sida, ...]:
        """The pages that are no models, in the order they were added."""
        return tuple(self._sidor.values())

    def add_page(self, sida: Sida) -> None:
        """Add a page under /admin/. Raises ValueError when the name is taken."""
        if sida.namn in self._sidor:
            raise ValueError(f"Sidan {sida.namn} finns redan.")
        self._sidor[sida.namn] = sida

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether the user works for the region (asked once per request)."""
        known = getattr(request, "_regionens", None)
        if known is None:
            user = request.user
            known = bool(user.is_active and user.is_staff and behorighet.scope_of(user).alla)
            request._regionens = known  # type: ignore[attr-defined]
        return bool(known)

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # noqa: FBT001, FBT002
        """Guard a view: nobody else's 404, the admin's own script policy on every answer."""
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            self._refuse_strangers(request)
            if request.method == "POST" and connection.in_atomic_block:
                andringar.sign(by=request.user)  # the history says who, whatever the page is
            response = guarded(request, *args, **kwargs)
            response._csp_replace = settings.ADMIN_CONTENT_SECURITY_POLICY
            return response  # type: ignore[no-any-return]

        return update_wrapper(inner, view)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Send everybody to the one log-in; who is in but not of the region finds nothing."""
        del extra_context
        self._refuse_strangers(request)
        if request.user.is_authenticated:
            return HttpResponseRedirect(reverse("admin:index"))
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def _refuse_strangers(self, request: HttpRequest) -> None:
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that are no models before the rest."""
        egna = [
            path(sida.adress, self.admin_view(_opened(sida)), name=sida.namn)
            for sida in self._sidor.values()
        ]
        ovriga: list[URLPattern] = super().get_urls()
        return egna + ovriga

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the sections in the order of the chain; a section may hold pages beside models."""
        per_app = {
            sektion["app_label"]: sektion for sektion in super().get_app_list(request, app_label)
        }
        for sida in self._sidor.values():
            if sida.i_menyn and sida.is_open_to(request.user) and app_label in (None, sida.app):
                sektion = per_app.setdefault(sida.app, _section(sida.app))
                sektion["models"].append(_as_model(sida))
        if app_label is None:
            _gather_review(per_app)
        for sektion in per_app.values():
            sektion["models"].sort(key=_place)
        return sorted(per_app.values(), key=_chain_order)


#: The order inside the sections: what is worked with first, what is looked up last.
_ORDNING = (
    *("vantar", "Vardkontakt", "Arende", "Avvisning", "Leverans", "Nekatanrop", "Kvittens"),
    *("Webhook", "Webhookmeddelande"),
    *(
        "Samverkanstillfalle",
        "Deltagande",
        "Deltagandearende",
        "Delkvittens",
        "Aktivitet",
        "Formagekrav",
        "Ersattningshandelse",
        "utlamning",
    ),
    *("Reservnummer", "Reservnummerkoppling"),
    *("Vardtillfallesdel", "Periodrapport", "Vantetid"),
    *("Vardgivare", "Enhet", "Enhetsuppdrag", "Uppdrag", "Avtal", "Avtalsomrade"),
    *("Kodverk", "Kod", "kodinlasning", "kodserver", "kunskap"),
    *("Regelpaket", "Prislista", "Pris", "simulering"),
    *("Kontaktlage", "Beslut", "Delbeslut", "Post", "stangning", "Faktura", "Verifikation"),
    *("User", "Group", "Maskinkonto", "Ombud", "Andring", "Loggpost"),
)
_GRANSKNING = ("Maskinkonto", "Ombud", "Andring", "Loggpost")


def _place(rad: dict[str, Any]) -> tuple[int, str]:
    namn = rad["object_name"]
    return (_ORDNING.index(namn) if namn in _ORDNING else len(_ORDNING), str(rad["name"]))


def _gather_review(per_app: dict[str, dict[str, Any]]) -> None:
    """Put accounts, roles, history and log in one section after the chain."""
    register = per_app.get("gvr")
    flyttas = (
        [rad for rad in register["models"] if rad["object_name"] in _GRANSKNING] if register else []
    )
    if not flyttas and "auth" not in per_app:
        return
    sektion = per_app.setdefault("auth", _section("auth"))
    sektion["name"] = "Behörighet och granskning"
    sektion["models"] += flyttas
    if register:
        register["models"] = [rad for rad in register["models"] if rad not in flyttas]
        if not register["models"]:
            del per_app["gvr"]


def _opened(sida: Sida) -> View:
    """Return the page's view behind its permissions."""

    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not sida.is_open_to(request.user):
            raise Http404
        return sida.view(request, *args, **kwargs)

    return update_wrapper(view, sida.view)


def _section(app_label: str) -> dict[str, Any]:
    return {
        "name": apps.get_app_config(app_label).verbose_name,
        "app_label": app_label,
        "app_url": reverse("admin:index"),
        "has_module_perms": True,
        "models": [],
    }


def _as_model(sida: Sida) -> dict[str, Any]:
    return {
        "name": sida.titel,
        "object_name": sida.namn,
        "perms": {"view": True},
        "admin_url": reverse(f"admin:{sida.namn}"),
        "add_url": None,
        "view_only": True,
        "model": None,
    }


def _chain_order(sektion: dict[str, Any]) -> tuple[bool, str]:
    """Numbered sections first, in the order of the chain."""
    namn = str(sektion["name"])
    return (not namn[:1].isdigit(), namn.lower())
