"""Hand a provider's events out as an ERSMOIndata file. Who took it and why stands in the log."""

import tempfile
from collections import Counter
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from gvr.actions import ersmofiler, utleveranser
from gvr.admin.bas import Skal
from gvr.models import Vardgivare

BEHORIGHET: Final = "gvr.lamna_ut_vardkontakt"
#: As many as are written while somebody waits for a page; more are handed out by the command.
FLEST: Final = 20_000
_FLEST_SKAL: Final = 5  # reasons shown why events are left out


class Urval(forms.Form):
    """Whose events, registered on which days, and why they are handed out."""

    vardgivare = forms.ModelChoiceField(
        label="Vårdgivare",
        queryset=Vardgivare.objects.order_by("namn"),
        widget=UnfoldAdminSelectWidget,
    )
    fran = forms.DateField(label="Registrerat från och med", widget=UnfoldAdminSingleDateWidget)
    till = forms.DateField(label="Registrerat till och med", widget=UnfoldAdminSingleDateWidget)
    skal = Skal(
        label="Skäl till utlämnandet",
        help_text="Sparas i åtkomstloggen. Skriv inga personnummer eller patientuppgifter.",
        error_messages={"required": "Skriv varför uppgifterna lämnas ut."},
    )

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order, and a period with nothing or too much in it."""
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        if data["till"] < data["fran"]:
            self.add_error("till", "Den sista dagen är före den första.")
            return data
        data["fran"], data["till"] = utleveranser.instants(data["fran"], data["till"])
        antal = utleveranser.count(
            fran=data["fran"],
            till=data["till"],
            flest=FLEST + 1,
            vardgivare_id=data["vardgivare"].pk,
        )
        if not antal:
            self.add_error(None, "Inget är registrerat för vårdgivaren de dagarna.")
        elif antal > FLEST:
            self.add_error(
                None,
                f"Perioden har fler än {FLEST} händelser. Välj färre dagar, eller låt driften "
                "skriva filerna (manage.py write_ersmoindata).",
            )
        return data


def hand_out(request: HttpRequest) -> HttpResponseBase:
    """Show the form, or send the file."""
    form = Urval(request.POST or None)
    if request.method == "POST" and form.is_valid():
        svar = _file(request, form)
        if svar is not None:
            return svar
    return TemplateResponse(
        request,
        "admin/utlamning.html",
        {**admin.site.each_context(request), "title": "Lämna ut händelser", "form": form},
    )


def _file(request: HttpRequest, form: Urval) -> HttpResponseBase | None:
    """Write the file where nobody else can read it, and send it; None when it became empty.

    The bytes are sent after the request's transaction, and so never without their row in the log.
    """
    urval = form.cleaned_data
    ut = tempfile.TemporaryFile()  # noqa: SIM115  - the answer closes it
    fil = utleveranser.write(
        ut,
        fran=urval["fran"],
        till=urval["till"],
        schema=ersmofiler.schema(),
        by=request.user,
        at=timezone.now(),
        flest=FLEST,
        skal=urval["skal"],
        vardgivare_id=urval["vardgivare"].pk,
    )
    if not fil.antal:
        ut.close()
        form.add_error(None, f"Ingen av händelserna ryms i formatet. {_reasons(fil)}")
        return None
    if fil.utelamnade:
        antal = len(fil.utelamnade)
        text = f"{antal} av händelserna ryms inte i formatet och är inte med i {fil.namn}."
        messages.warning(request, f"{text} {_reasons(fil)}")
    ut.seek(0)
    return FileResponse(ut, as_attachment=True, filename=fil.namn, content_type="application/xml")


def _reasons(fil: utleveranser.Fil) -> str:
    """Return the commonest reasons why events are left out, each with how many."""
    vanligast = Counter(rad.skal for rad in fil.utelamnade).most_common(_FLEST_SKAL)
    return " ".join(f"{skal} ({antal} st.)" for skal, antal in vanligast)
