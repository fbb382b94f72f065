"""Logging in and out, and choosing which provider and unit the pages are about."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods

from avstamning.portal.sidor import ENHET, VARDGIVARE, fragor, or_404
from ersattning.vardfaktura.queries import kalender
from gvr.queries import portal


class Inloggning(AuthenticationForm):
    """Name and password. One message for every way of being wrong, so that names stay secret."""

    error_messages = {
        "invalid_login": "Användarnamnet eller lösenordet stämmer inte. Försök igen.",
        "inactive": "Användarnamnet eller lösenordet stämmer inte. Försök igen.",
    }
    username = forms.CharField(
        label="Användarnamn",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label="Lösenord",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@method_decorator(fragor("next"), name="dispatch")
class LoginPage(LoginView):
    """Our own login page, with the next deadline on it."""

    template_name = "portal/logga_in.html"
    authentication_form = Inloggning
    redirect_authenticated_user = True
    extra_context = None

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Add the next deadline: it is the same for everybody."""
        return {**super().get_context_data(**kwargs), "frist": kalender.deadline(localdate())}


class LogoutPage(LogoutView):
    """Ends the session. POST only, so that no picture or link can do it."""

    http_method_names = ["post", "options"]


@fragor("sok", "nasta")
@login_required
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest) -> HttpResponseBase:
    """Choose provider and unit. The choice lives in the session; the rights do not."""
    if request.method == "POST":
        return _chosen(request)
    omfang = request.omfang  # type: ignore[attr-defined]
    sok = request.GET.get("sok", "").strip()
    vardgivare = portal.providers(omfang, sok=sok, limit=50)
    vald = request.session.get(VARDGIVARE)
    if isinstance(vald, int):
        oppen = portal.provider(omfang, vald)
    else:
        oppen = portal.provider(omfang, vardgivare[0].id) if len(vardgivare) == 1 else None
    return render(
        request,
        "portal/byt.html",
        {
            "vardgivare": vardgivare,
            "oppen": oppen,
            "enhet": request.session.get(ENHET),
            "sok": sok,
            "alla": omfang.alla,
            "nasta": _next(request),
        },
        status=200 if vardgivare or omfang.alla else 403,
    )


def _chosen(request: HttpRequest) -> HttpResponse:
    omfang = request.omfang  # type: ignore[attr-defined]
    text = request.POST.get("vardgivare", "")
    vardgivare = or_404(portal.provider(omfang, int(text)) if text.isdecimal() else None)
    kombika = request.POST.get("enhet", "")
    if kombika and kombika not in {enhet.kombika for enhet in vardgivare.enheter}:
        or_404(None)
    request.session[VARDGIVARE] = vardgivare.id
    request.session[ENHET] = kombika
    return redirect(_next(request) or reverse("portal:start"))


def _next(request: HttpRequest) -> str:
    """Return where to go on to, when it is a place of ours."""
    nasta = request.POST.get("nasta") or request.GET.get("nasta") or ""
    own = url_has_allowed_host_and_scheme(
        nasta, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return nasta if own else ""
