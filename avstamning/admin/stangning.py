"""Closing a month: what should hold first, who is left, and the start."""

from typing import Final

import msgspec
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from ersattning.hej.queries import arbetslista as hej
from ersattning.vardfaktura.actions import stangningar
from ersattning.vardfaktura.queries import kalender, poster
from gvr.core.period import Manad
from gvr.queries import arbetslista

BEHORIGHET: Final = "vardfaktura.stang_manad"


class Punkt(msgspec.Struct, frozen=True):
    """A line of the checklist: what, whether it holds, and what it means when it does not."""

    text: str
    haller: bool
    mer: str


class Manadsval(forms.Form):
    """The month to close."""

    manad = forms.CharField(
        label="Månad",
        max_length=7,
        widget=UnfoldAdminTextInputWidget,
        help_text="Till exempel 2026-10.",
    )

    def clean_manad(self) -> Manad:
        """Return the month; one that is not over is not closed."""
        try:
            manad = Manad.parse(self.cleaned_data["manad"].strip())
        except ValueError as fault:
            raise forms.ValidationError(str(fault)) from None
        if manad.last >= timezone.localdate():
            raise forms.ValidationError("Månaden är inte slut än.")
        return manad


def close(request: HttpRequest) -> HttpResponseBase:
    """Show the checklist of a month; start the close when told to."""
    vald = request.POST.get("manad") or request.GET.get("manad")
    form = Manadsval({"manad": vald or str(Manad.of(timezone.localdate()).previous)})
    manad: Manad | None = form.cleaned_data["manad"] if form.is_valid() else None
    if request.method == "POST":
        if not request.user.has_perm(BEHORIGHET):
            raise PermissionDenied
        if manad is not None:
            return _start(request, manad)
    return TemplateResponse(
        request,
        "admin/stangning.html",
        {
            **admin.site.each_context(request),
            "title": "Stäng en månad",
            "form": form,
            "manad": manad,
            "punkter": _checklist(manad) if manad else [],
            "kvar": poster.to_close(manad) if manad else (),
            "far_stanga": request.user.has_perm(BEHORIGHET),
            "stangningar": reverse("admin:vardfaktura_manadsstangning_changelist"),
            "fakturor": reverse("admin:vardfaktura_faktura_changelist"),
        },
    )


def _start(request: HttpRequest, manad: Manad) -> HttpResponseBase:
    """Close when the request's own transaction is over: each provider gets one of its own."""
    nu = timezone.now()

    def run() -> None:
        svar = stangningar.close(manad, nu)
        fel = sum(rad.status == "FEL" for rad in svar)
        klara = sum(rad.status == "KLAR" for rad in svar)
        text = f"{manad}: {klara} fakturaförslag, {len(svar) - klara - fel} utan rader"
        if fel:
            messages.error(request, f"{text}, {fel} misslyckades. Se orsaken i listan.")
        else:
            messages.success(request, f"{text}.")

    transaction.on_commit(run)
    return HttpResponseRedirect(f"{reverse('admin:stangning')}?manad={manad}")


def _checklist(manad: Manad) -> list[Punkt]:
    klar_dag = kalender.proposal_ready(manad)
    ko, _ = arbetslista.queue()
    parkerat = sum(rad.antal for rad in arbetslista.parked())
    vantar = sum(rad.antal for rad in hej.waiting() if rad.forsta_dag <= manad.last)
    return [
        Punkt(
            f"Tidigaste dag för underlaget ({klar_dag}) har kommit",
            timezone.localdate() >= klar_dag,
            "Det som rapporterats i tid kan fortfarande vara på väg in.",
        ),
        Punkt(
            "Inga vårdkontakter står i kö för beslut",
            ko == 0,
            f"{ko} står i kö. De kommer med på nästa faktura om månaden stängs nu.",
        ),
        Punkt("Inget är parkerat efter fel", parkerat == 0, f"{parkerat} är parkerade."),
        Punkt(
            "Ingen vårdkontakt i månaden väntar på regionen",
            vantar == 0,
            f"{vantar} väntar på enhet, avtal, regel eller pris och kommer på en senare faktura.",
        ),
    ]
