"""What did we believe on one day was valid on another for a unit? Answered beside what we know."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from gvr.queries import kunskap, register

BEHORIGHET: Final = "gvr.view_enhet"


class Fraga(forms.Form):
    """Which unit, which day of care, and when it was believed."""

    enhet = forms.CharField(
        label="Kombika eller HSA-id", max_length=32, widget=UnfoldAdminTextInputWidget
    )
    dag = forms.DateField(label="Gällde den dagen", widget=UnfoldAdminSingleDateWidget)
    trodd = forms.DateField(
        label="Vad vi visste när den här dagen var slut",
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text="Tomt: jämför inte bakåt.",
    )
    version = forms.IntegerField(
        label="Eller: beslutets stamdataversion",
        required=False,
        min_value=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Står på varje beslut.",
    )


def show(request: HttpRequest) -> HttpResponseBase:
    """Show the form and, when something is asked, both answers and everything between them."""
    form = Fraga(request.GET or None)
    context: dict[str, Any] = {"form": form, "borjan": kunskap.first_known()}
    if request.GET and form.is_valid():
        context |= _answer(form.cleaned_data)
    return TemplateResponse(
        request,
        "admin/kunskap.html",
        {**admin.site.each_context(request), "title": "Vad visste vi när", **context},
    )


def _answer(fraga: dict[str, Any]) -> dict[str, Any]:
    ref, dag = fraga["enhet"].strip(), fraga["dag"]
    nu = register.stamdataversion().version
    version = fraga["version"]
    if version is None and fraga["trodd"] is not None:
        slut = datetime.combine(fraga["trodd"] + timedelta(days=1), time.min)
        version = kunskap.version_at(timezone.make_aware(slut))
        if version is None:
            version = 0
    svar: dict[str, Any] = {
        "fraga": fraga,
        "nu": kunskap.believed(ref, dag=dag, version=nu),
        "nu_version": nu,
        "andringar": kunskap.changes(ref, dag=dag),
    }
    if version is not None:
        svar["da"] = kunskap.believed(ref, dag=dag, version=version)
        svar["da_version"] = version
        svar["jamfor"] = True
        svar["lika"] = svar["da"] == svar["nu"]
    return svar
