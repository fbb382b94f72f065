"""For whom each sending system may report, from when until when, and why."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone

from gvr.actions import andringar, ombud
from gvr.admin import bas
from gvr.admin.bas import Stamdata, chip
from gvr.admin.filter import Namnfilter
from gvr.admin.maskinkonton import Skalet
from gvr.core.period import Period
from gvr.models import Ombud
from gvr.queries import register


class Ombudsformular(bas.Stamdataformular):
    """A right to report; a unit must be the provider's own."""

    def clean(self) -> dict[str, Any]:
        """Refuse a unit of another provider."""
        data = super().clean()
        enhet, vardgivare = data.get("enhet"), data.get("vardgivare")
        if enhet is not None and vardgivare is not None and enhet.vardgivare_id != vardgivare.pk:
            self.add_error("enhet", f"Enheten hör till {enhet.vardgivare}, inte till {vardgivare}.")
        return data

    def _refuse_overlap(self, data: dict[str, Any], giltig: Period) -> None:
        """Compare with rights of the same reach that are not taken back."""
        konto = data.get("maskinkonto") or getattr(self.instance, "maskinkonto", None)
        vardgivare = data.get("vardgivare") or getattr(self.instance, "vardgivare", None)
        if konto is None or vardgivare is None:
            return
        enhet = data.get("enhet", self.instance.enhet)
        andra = Ombud.objects.filter(
            maskinkonto=konto,
            vardgivare=vardgivare,
            enhet=enhet,
            aterkallat=None,
            giltig__overlap=self.instance.giltig,
        ).exclude(pk=self.instance.pk)
        for rad in andra[:1]:
            upptagen = register.period(rad.giltig)
            self.add_error("fr_o_m", f"{giltig} överlappar {upptagen}, som redan finns.")


@admin.register(Ombud)
class OmbudAdmin(Stamdata):
    """Ombud: that an account may report for a provider or one of its units."""

    form: ClassVar[Any] = Ombudsformular
    list_display = ("maskinkonto", "vardgivare", "enhet", "visa_fr_o_m", "visa_t_o_m", "visa_lage")
    list_filter = (
        ("maskinkonto", Namnfilter),
        ("vardgivare", Namnfilter),
        bas.Giltighetsfilter,
    )
    list_select_related = ("maskinkonto", "vardgivare", "enhet")
    search_text = ("maskinkonto__namn", "maskinkonto__kallsystem", "vardgivare__namn")
    search_help_text = "Avsändare eller vårdgivare"
    autocomplete_fields = ("maskinkonto", "vardgivare", "enhet")
    ordering = ("maskinkonto__namn", "vardgivare__namn", "giltig")
    change_form_outer_before_template = "admin/ombud_dorrar.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may report for whom is set once; its days may change."""
        fast = ("maskinkonto", "vardgivare", "enhet") if obj is not None else ()
        return (*super().get_readonly_fields(request, obj), *fast)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A right that is taken back is history."""
        if obj is not None and obj.aterkallat is not None:
            return False
        return bool(super().has_change_permission(request, obj))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save with its reason; days without a right are no gap in master data."""
        del change
        andringar.save(obj, by=request.user, skal=form.cleaned_data["skal"], at=timezone.now())

    def get_urls(self) -> list[Any]:
        """Add the page that takes a right back."""
        egna = [
            path(
                "<int:pk>/aterkalla/",
                self.admin_site.admin_view(self.withdraw_view),
                name="gvr_ombud_aterkalla",
            )
        ]
        ovriga: list[Any] = super().get_urls()
        return egna + ovriga

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Take a right back, with a reason."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        rad = Ombud.objects.select_related("maskinkonto", "vardgivare").filter(pk=pk).first()
        if rad is None:
            raise Http404
        tillbaka = reverse("admin:gvr_ombud_change", args=[pk])
        form = Skalet(request.POST or None)
        if request.method == "POST" and form.is_valid():
            ombud.withdraw(rad, by=request.user, skal=form.cleaned_data["skal"], at=timezone.now())
            return HttpResponseRedirect(tillbaka)
        return self.page(
            request,
            "admin/maskinkonto.html",
            f"Återkalla {rad}",
            form=form,
            text="Avsändarens nästa anrop för vårdgivaren nekas. Det som redan är registrerat "
            "ligger kvar.",
            knapp="Återkalla",
            tillbaka=tillbaka,
        )

    @admin.display(description="Läge")
    def visa_lage(self, rad: Ombud) -> Any:
        """Return whether the right holds today."""
        if rad.aterkallat is not None:
            return chip(f"Återkallat {timezone.localtime(rad.aterkallat):%Y-%m-%d %H.%M}", "ingen")
        giltig, idag = register.period(rad.giltig), timezone.localdate()
        if giltig.contains(idag):
            return chip("Gäller", "ok")
        return chip("Kommande", "vanta") if giltig.start > idag else chip("Avslutat", "ingen")
