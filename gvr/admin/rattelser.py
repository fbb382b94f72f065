"""Correcting a contact by hand: what it says, what it would say, what that does to the money."""

from datetime import date, time
from decimal import Decimal
from typing import Any, Final

import msgspec
from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from gvr.actions import arenden, logg, rattelser
from gvr.actions.rattelser import UnableToCorrect, Verkan
from gvr.admin.bas import Skal
from gvr.core import cell
from gvr.core.avvikelse import Allvar
from gvr.core.personnummer import mask
from gvr.core.vardkontakt import Form, Innehall
from gvr.models import Arende, Vardkontakt, Vardkontaktversion
from gvr.queries.kontakter import Registrerad

SALT: Final = "gvr.admin.rattelse"
MAX_AGE: Final = 1800
_LISTOR: Final = ("yrkeskategorier", "diagnoser", "atgarder", "lakemedel", "tillstand", "produkter")
_KODER: Final = (
    ("btyp", 2),
    ("vktyp", 2),
    ("taxa", 2),
    ("akut", 1),
    ("ikod", 1),
    ("ukod", 1),
    ("vplan", 1),
    ("remiss_fore", 32),
    ("remiss_efter", 32),
    ("lkf", 6),
    ("basomrade", 7),
    ("ers_uppdrag", 7),
    ("tillhor_vardkontakt", 64),
    ("tillhor_vardansvar", 64),
    ("lma_nummer", 20),
)
_ORDNING: Final = (
    *("enhet", "dag", "slutdag", "tid", "form", "btyp", "vktyp", "taxa", "akut"),
    *_LISTOR,
    *(namn for namn, _ in _KODER if namn not in {"btyp", "vktyp", "taxa", "akut"}),
    *("patient_id", "skal"),
)


class Kodfalt(forms.CharField):
    """Codes in order, separated by comma or space."""

    def to_python(self, value: Any) -> Any:
        """Return the codes."""
        return tuple(cell.codes(value))

    def prepare_value(self, value: Any) -> Any:
        """Show the codes in one line."""
        return ", ".join(value) if isinstance(value, list | tuple) else value


_RUBRIKER: Final = {
    falt.name: str(falt.verbose_name) for falt in Vardkontaktversion._meta.concrete_fields
}


def label(namn: str) -> str:
    """Return what a field of the content is called."""
    kolumn = {"enhet": "enhet_ref"}.get(namn, namn)
    text = _RUBRIKER[kolumn]
    return text[:1].upper() + text[1:]


class Rattelseformular(forms.Form):
    """The content of a contact. The patient's number is never shown: empty means unchanged."""

    enhet = forms.CharField(
        max_length=32,
        widget=UnfoldAdminTextInputWidget,
        help_text="Kombika eller HSA-id.",
    )
    dag = forms.DateField(widget=UnfoldAdminSingleDateWidget)
    slutdag = forms.DateField(required=False, widget=UnfoldAdminSingleDateWidget)
    tid = forms.TimeField(
        required=False,
        input_formats=["%H:%M", "%H.%M", "%H:%M:%S"],
        widget=UnfoldAdminTextInputWidget,
        help_text="Till exempel 9.30.",
    )
    form = forms.ChoiceField(
        choices=[
            (Form.OPPENVARD.value, "Öppen vård"),
            (Form.HEMSJUKVARD.value, "Hemsjukvård"),
            (Form.SLUTENVARD.value, "Sluten vård"),
        ],
        widget=UnfoldAdminSelectWidget,
    )
    patient_id = forms.CharField(
        required=False,
        max_length=13,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Fyll bara i om patienten är fel. Tomt betyder att patienten inte ändras.",
    )
    skal = Skal(
        label="Skäl till rättelsen",
        help_text="Syns för vårdgivaren. Skriv inga personnummer eller patientuppgifter.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for namn in _LISTOR:
            self.fields[namn] = Kodfalt(
                required=False,
                widget=UnfoldAdminTextInputWidget,
                help_text="Koder i ordning, med komma emellan.",
            )
        for namn, langd in _KODER:
            self.fields[namn] = forms.CharField(
                required=False, max_length=langd, widget=UnfoldAdminTextInputWidget
            )
        for namn, falt in self.fields.items():
            if namn != "skal":
                falt.label = label(namn)
        self.order_fields(_ORDNING)

    def content(self, fore: Innehall) -> Innehall:
        """Return the new content: what the form says, over what was there."""
        data = dict(self.cleaned_data)
        data.pop("skal")
        ny_patient = data.pop("patient_id")
        varden: dict[str, Any] = {
            namn: (varde if isinstance(varde, tuple | date | time) else varde or None)
            for namn, varde in data.items()
        }
        varden["form"] = Form(data["form"])
        if ny_patient:
            # Birthday and sex follow the new number, never the old one.
            varden |= {"patient_id": ny_patient, "fodd": None, "kon": None}
        return msgspec.structs.replace(fore, **varden)

    @staticmethod
    def initial_of(innehall: Innehall) -> dict[str, Any]:
        """Return what the form shows of a content."""
        falt = {*_LISTOR, *(namn for namn, _ in _KODER), "enhet", "dag", "slutdag"}
        svar: dict[str, Any] = {namn: getattr(innehall, namn) for namn in falt}
        svar["form"] = innehall.form.value
        svar["tid"] = "" if innehall.tid is None else f"{innehall.tid:%H:%M}"
        return svar


class Bekraftelse(forms.Form):
    """What was shown, signed."""

    underlag = forms.CharField(widget=forms.HiddenInput)


class Underlag(msgspec.Struct, frozen=True):
    """What was shown: which contact and version, which content (None cancels), why, to whom."""

    kontakt: int
    version: int
    innehall: Innehall | None
    skal: str
    anvandare: int


class Skalformular(forms.Form):
    """A reason alone."""

    skal = Skal(label="Skäl")


class Rattbar:
    """The pages of a contact's list that change something: correct, cancel, release, reveal."""

    model: Any
    admin_site: Any

    def get_urls(self) -> list[Any]:
        """Add the pages."""
        skydda = self.admin_site.admin_view
        egna = [
            path("<int:pk>/ratta/", skydda(self.correct_view), name="gvr_vardkontakt_ratta"),
            path("<int:pk>/makulera/", skydda(self.cancel_view), name="gvr_vardkontakt_makulera"),
            path("<int:pk>/bekrafta/", skydda(self.confirm_view), name="gvr_vardkontakt_bekrafta"),
            path("<int:pk>/slapp/", skydda(self.release_view), name="gvr_vardkontakt_slapp"),
            path("<int:pk>/identitet/", skydda(self.reveal_view), name="gvr_vardkontakt_identitet"),
        ]
        ovriga: list[Any] = super().get_urls()  # type: ignore[misc]
        return egna + ovriga

    def doors(self, request: HttpRequest, kontakt: Vardkontakt) -> list[tuple[str, str]]:
        """Return (text, address) of what the user may do with the contact."""
        user = request.user
        svar = []
        if user.has_perm("gvr.ratta_vardkontakt"):
            svar.append(("Rätta", "ratta"))
            if not _cancelled(kontakt):
                svar.append(("Makulera", "makulera"))
        parkerad = Arende.objects.filter(vardkontakt=kontakt, parkerad=True).exists()
        if parkerad and user.has_perm("gvr.slappa_arende"):
            svar.append(("Försök igen", "slapp"))
        if user.has_perm("gvr.visa_identitet"):
            svar.append(("Visa patientens nummer", "identitet"))
        return [
            (text, reverse(f"admin:gvr_vardkontakt_{namn}", args=[kontakt.pk]))
            for text, namn in svar
        ]

    # Correct and cancel -----------------------------------------------------------------------

    def correct_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Show the content in a form, then what changing it would do."""
        kontakt, nu = self._opened(request, pk, "gvr.ratta_vardkontakt", "RATTNING")
        form = Rattelseformular(
            request.POST or None, initial=Rattelseformular.initial_of(nu.innehall)
        )
        if request.method == "POST" and form.is_valid():
            innehall = rattelser.settled(form.content(nu.innehall))
            if innehall == rattelser.settled(nu.innehall) and not nu.makulerad:
                form.add_error(None, "Du har inte ändrat något.")
            else:
                return self._preview(request, kontakt, nu, innehall, form.cleaned_data["skal"])
        return self._page(
            request,
            "admin/rattelse.html",
            f"Rätta {kontakt}",
            kontakt=kontakt,
            nu=nu,
            patient=mask(nu.innehall.patient_id),
            form=form,
        )

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Ask why, then show what is taken back."""
        kontakt, nu = self._opened(request, pk, "gvr.ratta_vardkontakt", "RATTNING")
        form = Skalformular(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self._preview(request, kontakt, nu, None, form.cleaned_data["skal"])
        return self._page(
            request,
            "admin/skal.html",
            f"Makulera {kontakt}",
            kontakt=kontakt,
            text="Vårdkontakten markeras som makulerad. Det som betalats ut tas tillbaka på nästa "
            "faktura. Alla versioner finns kvar.",
            knapp="Visa vad det leder till",
            form=form,
        )

    def _preview(
        self,
        request: HttpRequest,
        kontakt: Vardkontakt,
        nu: Registrerad,
        innehall: Innehall | None,
        skal: str,
    ) -> HttpResponseBase:
        verkan = rattelser.preview(kontakt.pk, innehall, at=timezone.now())
        visat = None if innehall is None else without_patient(innehall, nu.innehall)
        underlag = Underlag(kontakt.pk, nu.version, visat, skal, request.user.pk or 0)
        stopp = [a for a in verkan.fynd if a.allvar is Allvar.STOPP]
        signerat = signing.dumps(msgspec.to_builtins(underlag), salt=SALT, compress=True)
        return self._page(
            request,
            "admin/rattelse_verkan.html",
            f"{'Makulera' if innehall is None else 'Rätta'} {kontakt}",
            kontakt=kontakt,
            skillnad=(
                changed(rattelser.settled(nu.innehall), innehall) if innehall is not None else []
            ),
            makulera=innehall is None,
            verkan=verkan,
            belopp=_amounts(verkan),
            stopp=stopp,
            ovriga=[a for a in verkan.fynd if a.allvar is not Allvar.STOPP],
            skal=skal,
            form=None if stopp else Bekraftelse(initial={"underlag": signerat}),
            bekrafta=reverse("admin:gvr_vardkontakt_bekrafta", args=[kontakt.pk]),
            tillbaka=reverse("admin:gvr_vardkontakt_change", args=[kontakt.pk]),
        )

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Register exactly what was shown."""
        kontakt, nu = self._opened(request, pk, "gvr.ratta_vardkontakt", "")
        mal = HttpResponseRedirect(reverse("admin:gvr_vardkontakt_change", args=[pk]))
        if request.method != "POST":
            return mal
        try:
            rad = signing.loads(request.POST.get("underlag", ""), salt=SALT, max_age=MAX_AGE)
            underlag = msgspec.convert(rad, Underlag)
        except (signing.BadSignature, msgspec.ValidationError):
            messages.error(request, "Förhandsgranskningen gäller inte längre. Börja om.")
            return mal
        if (underlag.kontakt, underlag.anvandare) != (kontakt.pk, request.user.pk):
            raise PermissionDenied
        try:
            if underlag.innehall is None:
                svar = rattelser.cancel_manually(
                    pk,
                    orsak=underlag.skal,
                    vantad=underlag.version,
                    by=request.user,
                    at=timezone.now(),
                )
            else:
                svar = rattelser.correct_manually(
                    pk,
                    with_patient(underlag.innehall, nu.innehall),
                    orsak=underlag.skal,
                    vantad=underlag.version,
                    by=request.user,
                    at=timezone.now(),
                )
        except UnableToCorrect as fault:
            messages.error(request, str(fault))
            return mal
        messages.success(
            request, f"Version {svar.version} är registrerad. Kedjan räknar om vårdkontakten."
        )
        return mal

    # Release and reveal -----------------------------------------------------------------------

    def release_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Let parked work be tried again."""
        kontakt, _ = self._opened(request, pk, "gvr.slappa_arende", "")
        arende = Arende.objects.filter(vardkontakt=kontakt, parkerad=True).first()
        tillbaka = reverse("admin:gvr_vardkontakt_change", args=[pk])
        if arende is None:
            messages.info(request, "Vårdkontakten är inte parkerad.")
            return HttpResponseRedirect(tillbaka)
        if request.method == "POST":
            arenden.release([kontakt.pk])
            arenden.ring()
            messages.success(request, "Vårdkontakten prövas igen.")
            return HttpResponseRedirect(tillbaka)
        return self._page(
            request,
            "admin/skal.html",
            f"Försök igen med {kontakt}",
            kontakt=kontakt,
            text=f"Arbetet parkerades efter {arende.forsok} försök. Felet var: {arende.fel[:500]}",
            knapp="Försök igen",
            form=None,
        )

    def reveal_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Show the patient's whole number, once, to somebody who says why; it is logged."""
        kontakt, nu = self._opened(request, pk, "gvr.visa_identitet", "")
        form = Skalformular(request.POST or None)
        nummer = ""
        if request.method == "POST" and form.is_valid():
            nummer = nu.innehall.patient_id
            logg.record(
                by=request.user,
                handelse="IDENTITET",
                patienter=[nummer],
                objekt=f"vardkontakt:{kontakt.uuid}",
                vardgivare_id=kontakt.vardgivare_id,
                enhet=nu.innehall.enhet,
                skal=form.cleaned_data["skal"],
                at=timezone.now(),
            )
        return self._page(
            request,
            "admin/skal.html",
            f"Visa patientens nummer för {kontakt}",
            kontakt=kontakt,
            text="Numret visas en gång på den här sidan. Vem som såg det, när och varför loggas.",
            knapp="Visa numret",
            form=None if nummer else form,
            nummer=nummer,
        )

    # Shared -----------------------------------------------------------------------------------

    def _opened(
        self, request: HttpRequest, pk: int, behorighet: str, handelse: str
    ) -> tuple[Vardkontakt, Registrerad]:
        if not request.user.has_perm(behorighet):
            raise PermissionDenied
        kontakt = Vardkontakt.objects.filter(pk=pk).first()
        nu = rattelser.newest(pk)
        if kontakt is None or nu is None:
            raise Http404
        if handelse and request.method == "GET":
            logg.record(
                by=request.user,
                handelse=handelse,
                patienter=[nu.innehall.patient_id],
                objekt=f"vardkontakt:{kontakt.uuid}",
                vardgivare_id=kontakt.vardgivare_id,
                enhet=nu.innehall.enhet,
                skal="Regionens administration",
                at=timezone.now(),
            )
        return kontakt, nu

    def _page(
        self, request: HttpRequest, mall: str, title: str, **context: Any
    ) -> TemplateResponse:
        kontakt = context["kontakt"]
        return TemplateResponse(
            request,
            mall,
            {
                **self.admin_site.each_context(request),
                "opts": self.model._meta,
                "original": kontakt,
                "title": title,
                "tillbaka": reverse("admin:gvr_vardkontakt_change", args=[kontakt.pk]),
                **context,
            },
        )


def _cancelled(kontakt: Vardkontakt) -> bool:
    return Vardkontaktversion.objects.filter(
        vardkontakt=kontakt, version=kontakt.senaste_version, makulerad=True
    ).exists()


def without_patient(innehall: Innehall, fore: Innehall) -> Innehall:
    """Return the content without a patient that is not changed: pages never carry the number."""
    if innehall.patient_id != fore.patient_id:
        return innehall
    return msgspec.structs.replace(innehall, patient_id="", fodd=None)


def with_patient(innehall: Innehall, fore: Innehall) -> Innehall:
    """Return the content with the patient it was shown for; the version is checked when saved."""
    if innehall.patient_id:
        return innehall
    return msgspec.structs.replace(innehall, patient_id=fore.patient_id, fodd=fore.fodd)


def changed(fore: Innehall, efter: Innehall) -> list[tuple[str, str, str]]:
    """Return (label, before, after) of what a correction changes, the patient masked."""
    svar = []
    for namn in Innehall.__struct_fields__:
        gammalt, nytt = getattr(fore, namn), getattr(efter, namn)
        if gammalt != nytt:
            svar.append((label(namn), _shown(namn, gammalt), _shown(namn, nytt)))
    return svar


def _shown(namn: str, value: Any) -> str:
    if value in (None, ()):
        return ""
    if namn == "patient_id":
        return mask(value)
    if namn == "fodd":
        return f"{value:%Y}"
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, time):
        return f"{value.hour}.{value:%M}"
    return str(value)


def _amounts(verkan: Verkan) -> dict[str, str]:
    """Return the sums before and after, and the difference, as kronor in text."""
    fore, efter = Decimal(verkan.fore["summa"]), Decimal(verkan.efter["summa"])
    return {"fore": str(fore), "efter": str(efter), "skillnad": str(efter - fore)}
