"""Sending systems. The token is shown once, when it is made; only its hash is kept."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from gvr.actions import certifikat, maskinkonton
from gvr.actions.maskinkonton import UnableToCreate
from gvr.admin.bas import Skal, Stamdata, chip
from gvr.models import Certifikat, Maskinkonto, Vardgivare
from gvr.models.organisation import HSA_ID
from gvr.queries import maskinkonton as maskinkontofragor

BEHORIGHET = "gvr.nyckla_maskinkonto"
KALLSYSTEM = RegexValidator(
    r"^[0-9A-Za-z._-]{1,40}$", "Källsystemet skrivs med bokstäver a–z, siffror, punkt och streck."
)


class Kontoformular(forms.Form):
    """A new account."""

    namn = forms.CharField(label="Namn", max_length=200, widget=UnfoldAdminTextInputWidget)
    kallsystem = forms.CharField(
        label="Källsystem",
        max_length=40,
        validators=[KALLSYSTEM],
        widget=UnfoldAdminTextInputWidget,
        help_text="Systemets namn. Vårdhändelse-id är unikt inom det, så det ändras aldrig.",
    )
    hsa_id = forms.CharField(
        label="HSA-id",
        required=False,
        max_length=32,
        validators=[HSA_ID],
        widget=UnfoldAdminTextInputWidget,
    )
    vardgivare = forms.ModelMultipleChoiceField(
        label="Får rapportera för",
        queryset=Vardgivare.objects.order_by("namn"),
        widget=UnfoldAdminSelect2MultipleWidget,
        error_messages={"required": "Välj minst en vårdgivare."},
    )
    skal = Skal(label="Skäl")


class Skalet(forms.Form):
    """Why something is renewed or taken back."""

    skal = Skal(label="Skäl")


class Certifikatformular(forms.Form):
    """A certificate to register."""

    pem = forms.CharField(
        label="Certifikat (PEM)",
        max_length=20_000,
        widget=UnfoldAdminTextareaWidget,
        help_text="Klistra in texten från -----BEGIN CERTIFICATE-----. Aldrig nyckeln.",
    )
    skal = Skal(label="Skäl")


@admin.register(Maskinkonto)
class MaskinkontoAdmin(Stamdata):
    """Maskinkonto: what the system is called, until when it may send."""

    list_display = ("namn", "kallsystem", "hsa_id", "anvandare", "visa_lage")
    list_select_related = ("anvandare",)
    search_text = ("namn", "kallsystem", "hsa_id")
    ordering = ("namn",)
    change_form_outer_before_template = "admin/maskinkonto_dorrar.html"
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("namn", ("kallsystem", "hsa_id"), "anvandare", "stoppdatum")}),
        ("Kvot", {"fields": (("anrop_per_minut", "kontakter_per_minut"), "skal")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The sender's name is part of every contact's key: set once, and so is its user."""
        fast = ("kallsystem", "anvandare") if obj is not None else ()
        return (*super().get_readonly_fields(request, obj), *fast)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Making an account gives somebody a key to the register."""
        return bool(request.user.has_perm(BEHORIGHET))

    def get_urls(self) -> list[Any]:
        """Add the pages of keys and certificates."""
        vy = self.admin_site.admin_view
        egna = [
            path("<int:pk>/nyckel/", vy(self.renew_view), name="gvr_maskinkonto_nyckel"),
            path(
                "<int:pk>/certifikat/",
                vy(self.certificate_view),
                name="gvr_maskinkonto_certifikat",
            ),
            path(
                "certifikat/<int:pk>/aterkalla/",
                vy(self.revoke_view),
                name="gvr_certifikat_aterkalla",
            ),
        ]
        ovriga: list[Any] = super().get_urls()
        return egna + ovriga

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Create an account and show its token, once."""
        del form_url, extra_context
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = Kontoformular(request.POST or None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                konto, token = maskinkonton.create(
                    namn=data["namn"],
                    kallsystem=data["kallsystem"],
                    hsa_id=data["hsa_id"],
                    vardgivare=list(data["vardgivare"]),
                    day=timezone.localdate(),
                    by=request.user,
                    skal=data["skal"],
                )
            except UnableToCreate as fault:
                form.add_error("kallsystem", str(fault))
            else:
                return self._shown(request, konto, token)
        return self.page(
            request,
            "admin/maskinkonto.html",
            "Nytt maskinkonto",
            form=form,
            knapp="Skapa kontot",
            tillbaka=reverse("admin:gvr_maskinkonto_changelist"),
        )

    def renew_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Give the account a new token and show it, once."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        konto = Maskinkonto.objects.filter(pk=pk).first()
        if konto is None:
            raise Http404
        form = Skalet(request.POST or None)
        if request.method == "POST" and form.is_valid():
            token = maskinkonton.renew(konto, by=request.user, skal=form.cleaned_data["skal"])
            return self._shown(request, konto, token)
        return self.page(
            request,
            "admin/maskinkonto.html",
            f"Ny nyckel till {konto}",
            form=form,
            text="Den gamla nyckeln slutar gälla i samma stund. Avsändaren måste byta.",
            knapp="Skapa ny nyckel",
            tillbaka=reverse("admin:gvr_maskinkonto_change", args=[pk]),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Show the account with its certificates, rights and what it has sent."""
        lage = maskinkontofragor.overview(object_id, at=timezone.now())
        sida: HttpResponseBase = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "lage": lage}
        )
        return sida

    def certificate_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Register a certificate."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        konto = Maskinkonto.objects.filter(pk=pk).first()
        if konto is None:
            raise Http404
        tillbaka = reverse("admin:gvr_maskinkonto_change", args=[pk])
        form = Certifikatformular(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                certifikat.register(
                    konto,
                    form.cleaned_data["pem"].encode(),
                    by=request.user,
                    skal=form.cleaned_data["skal"],
                    at=timezone.now(),
                )
            except certifikat.UnableToRegister as fault:
                form.add_error("pem", str(fault))
            else:
                return HttpResponseRedirect(tillbaka)
        return self.page(
            request,
            "admin/maskinkonto.html",
            f"Nytt certifikat för {konto}",
            form=form,
            knapp="Registrera",
            tillbaka=tillbaka,
        )

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Revoke a certificate, with a reason."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        rad = Certifikat.objects.filter(pk=pk).first()
        if rad is None:
            raise Http404
        tillbaka = reverse("admin:gvr_maskinkonto_change", args=[rad.maskinkonto_id])
        form = Skalet(request.POST or None)
        if request.method == "POST" and form.is_valid():
            certifikat.revoke(
                rad, by=request.user, skal=form.cleaned_data["skal"], at=timezone.now()
            )
            return HttpResponseRedirect(tillbaka)
        return self.page(
            request,
            "admin/maskinkonto.html",
            f"Återkalla certifikatet {rad}",
            form=form,
            text="Nästa anrop med certifikatet nekas.",
            knapp="Återkalla",
            tillbaka=tillbaka,
        )

    def _shown(self, request: HttpRequest, konto: Maskinkonto, token: str) -> HttpResponseBase:
        return self.page(
            request,
            "admin/maskinkonto.html",
            f"Nyckel till {konto}",
            token=token,
            tillbaka=reverse("admin:gvr_maskinkonto_change", args=[konto.pk]),
        )

    @admin.display(description="Läge")
    def visa_lage(self, rad: Maskinkonto) -> Any:
        """Return whether the account may send."""
        if rad.stoppdatum is None:
            return chip("Öppet", "ok")
        return chip(f"Stoppat {rad.stoppdatum}", "ingen")
