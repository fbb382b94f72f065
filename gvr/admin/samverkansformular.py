"""The region registers, corrects and cancels a deltagande or an aktivitet for a provider.

The same fields, checks, log and history as the portal's form: what is written here belongs to the
provider's own series, so its people can go on with it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from gvr.actions import logg, samverkansformular
from gvr.actions.samverkan import Besked
from gvr.actions.samverkansformular import UnableToReport
from gvr.admin.bas import Skal
from gvr.core import samverkansformular as core
from gvr.core.aktivitet import Avser, Insats
from gvr.core.avvikelse import Avvikelse
from gvr.core.rapp import by_hand, system_of
from gvr.core.samverkan import Del
from gvr.core.samverkansformular import Falt
from gvr.models import Aktivitet, Deltagande
from gvr.queries import register, samverkanslistor

BEHORIGHET: Final = "gvr.registrera_samverkan"


class Slag(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two forms: its fields, how it is read and shown, what it is called."""

    falt: tuple[Falt, ...]
    read: Callable[..., Del | Insats | dict[str, str]]
    show: Callable[[Any], dict[str, str]]
    ny: str
    ratta: str
    klart: Mapping[str, str]


SLAG: Final[Mapping[type[Any], Slag]] = {
    Deltagande: Slag(
        falt=core.DELTAGANDE,
        read=core.read_part,
        show=core.of_part,
        ny="Registrera ett deltagande",
        ratta="Rätta deltagandet",
        klart={
            "MAKULERAD": "Deltagandet är makulerat.",
            "OFORANDRAD": "Deltagandet är oförändrat.",
            "REGISTRERAD": "Deltagandet är sparat.",
        },
    ),
    Aktivitet: Slag(
        falt=core.AKTIVITET,
        read=core.read_activity,
        show=core.of_activity,
        ny="Registrera en aktivitet",
        ratta="Rätta aktiviteten",
        klart={
            "MAKULERAD": "Aktiviteten är makulerad.",
            "OFORANDRAD": "Aktiviteten är oförändrad.",
            "REGISTRERAD": "Aktiviteten är sparad.",
        },
    ),
}


class Formular(forms.Form):
    """The fields of a form of the portal as the admin shows them, and why it is filled in."""

    id = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, slag: Slag, rattas: bool, **kwargs: Any) -> None:
        """Show the kind's fields; `rattas` says that the patient is known and not shown."""
        super().__init__(*args, **kwargs)
        for falt in slag.falt:
            gemensamt: dict[str, Any] = {
                "label": "Enhet" if falt.namn == "enhet" else falt.rubrik,
                "required": falt.obligatoriskt,
                "help_text": _help(falt, rattas=rattas),
                "error_messages": {"required": f"{falt.rubrik} saknas."},
            }
            self.fields[falt.namn] = (
                forms.ChoiceField(choices=falt.val, widget=UnfoldAdminSelectWidget, **gemensamt)
                if falt.val
                else forms.CharField(
                    max_length=500,
                    widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
                    **gemensamt,
                )
            )
        self.fields["skal"] = Skal(
            label="Skäl",
            help_text="Varför regionen registrerar. Sparas i leveransen. "
            "Skriv inga personnummer eller patientuppgifter.",
        )

    def note(self, fel: Mapping[str, str]) -> None:
        """Show what is wrong beside its field."""
        for namn, text in fel.items():
            self.add_error(namn if namn in self.fields else None, text)


def _help(falt: Falt, *, rattas: bool) -> str:
    if falt.namn == "enhet":
        return "Vårdgivarens enhet: kombika eller HSA-id."
    if falt.namn == "patient" and rattas:
        return "Visas inte. Tomt betyder att patienten inte ändras."
    return falt.hjalp


class Makulering(forms.Form):
    """Why something is taken back."""

    skal = Skal(label="Skäl till makuleringen")


class Registrerbar:
    """The pages of a list that report: a new one, a correction, a cancellation."""

    model: Any
    admin_site: Any
    list_before_template = "admin/samverkan_registrera.html"
    change_form_outer_before_template = "admin/samverkan_dorrar.html"

    def get_urls(self) -> list[Any]:
        """Add the pages."""
        skydda = self.admin_site.admin_view
        namn = f"gvr_{self.model._meta.model_name}"
        egna = [
            path("registrera/", skydda(self.register_view), name=f"{namn}_registrera"),
            path("<int:pk>/ratta/", skydda(self.correct_view), name=f"{namn}_ratta"),
            path("<int:pk>/makulera/", skydda(self.cancel_view), name=f"{namn}_makulera"),
        ]
        ovriga: list[Any] = super().get_urls()  # type: ignore[misc]
        return egna + ovriga

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the list with the door to the form, for those who may go through it."""
        dorr = {
            "registrera": reverse(f"admin:gvr_{self.model._meta.model_name}_registrera"),
            "registrera_text": SLAG[self.model].ny,
            "far_registrera": request.user.has_perm(BEHORIGHET),
        }
        return super().changelist_view(request, {**(extra_context or {}), **dorr})  # type: ignore[misc]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        """Show the row with the doors to what may be done with it."""
        rad = self.model.objects.filter(pk=object_id).first() if object_id else None
        dorrar = []
        if rad is not None and request.user.has_perm(BEHORIGHET) and _open_to_form(rad):
            namn = f"admin:gvr_{self.model._meta.model_name}"
            dorrar = [("Rätta", reverse(f"{namn}_ratta", args=[rad.pk]))]
            if not rad.makulerad:
                dorrar.append(("Makulera", reverse(f"{namn}_makulera", args=[rad.pk])))
        return super().changeform_view(  # type: ignore[misc]
            request, object_id, form_url, {**(extra_context or {}), "dorrar": dorrar}
        )

    @method_decorator(sensitive_post_parameters("patient"))
    def register_view(self, request: HttpRequest) -> HttpResponseBase:
        """Register a new one."""
        if not request.user.has_perm(BEHORIGHET):
            raise PermissionDenied
        slag = SLAG[self.model]
        nytt = {"id": samverkansformular.new_id(), "avser": Avser.PATIENT}
        form = Formular(request.POST or None, slag=slag, rattas=False, initial=nytt)
        if request.method == "POST" and form.is_valid():
            id_ = form.cleaned_data["id"]
            if not core.is_own_id(id_):
                id_ = samverkansformular.new_id()
            besked = self._report(request, form, id_=id_)
            if besked is not None:
                return self._done(request, besked)
        return self._page(request, "admin/samverkansformular.html", slag.ny, form=form)

    @method_decorator(sensitive_post_parameters("patient"))
    def correct_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Correct one that was written in a form."""
        rad = self._opened(request, pk)
        slag, nu = SLAG[self.model], samverkansformular.as_reported(rad)
        form = Formular(request.POST or None, slag=slag, rattas=True, initial=slag.show(nu))
        if request.method == "POST" and form.is_valid():
            besked = self._report(request, form, id_=nu.id, rad=rad, patient=nu.patient_id)
            if besked is not None:
                return self._done(request, besked)
        elif request.method == "GET" and rad.patient_id:
            logg.record(
                by=request.user,
                handelse="RATTNING",
                patienter=[rad.patient_id],
                objekt=f"{rad._meta.model_name}:{rad.uuid}",
                vardgivare_id=rad.vardgivare_id,
                enhet=rad.enhet.kombika,
                skal="Regionens administration",
                at=timezone.now(),
            )
        return self._page(request, "admin/samverkansformular.html", slag.ratta, form=form, rad=rad)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Take back one that was written in a form."""
        rad = self._opened(request, pk)
        form = Makulering(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                besked = samverkansformular.cancel(
                    type(rad),
                    rad.extern_id,
                    vardgivare=samverkansformular.every_provider(),
                    by=request.user,
                    at=timezone.now(),
                    vantad=rad.version,
                    kallsystem=rad.kallsystem,
                    skal=form.cleaned_data["skal"],
                    fran="admin",
                )
            except UnableToReport as fault:
                form.add_error(None, str(fault))
            else:
                if besked.utfall != "AVVISAD":
                    return self._done(request, besked)
                for fynd in besked.avvikelser:
                    form.add_error(None, f"{fynd.text} {fynd.atgard}")
        return self._page(
            request,
            "admin/skal.html",
            f"Makulera {rad._meta.verbose_name}",
            form=form,
            text="Det som rapporterats markeras som makulerat. Alla versioner finns kvar.",
            knapp="Makulera",
            tillbaka=reverse(f"admin:gvr_{self.model._meta.model_name}_change", args=[pk]),
        )

    def _report(
        self,
        request: HttpRequest,
        form: Formular,
        *,
        id_: str,
        rad: Any = None,
        patient: str | None = None,
    ) -> Besked | None:
        """Report what the form says; None with the faults noted in it."""
        data = {namn: str(varde or "") for namn, varde in form.cleaned_data.items()}
        innehall = SLAG[self.model].read(data, id_=id_, oforandrad_patient=patient)
        if isinstance(innehall, dict):
            form.note(innehall)
            return None
        kallsystem = rad.kallsystem if rad is not None else _series(innehall)
        if isinstance(kallsystem, Avvikelse):
            form.note({"enhet": f"{kallsystem.text} {kallsystem.atgard}"})
            return None
        try:
            besked = samverkansformular.report(
                innehall,
                vardgivare=samverkansformular.every_provider(),
                by=request.user,
                at=timezone.now(),
                kallsystem=kallsystem,
                vantad=None if rad is None else rad.version,
                skal=form.cleaned_data["skal"],
                fran="admin",
            )
        except UnableToReport as fault:
            form.add_error(None, str(fault))
            return None
        if besked.utfall != "AVVISAD":
            return besked
        for fynd in besked.avvikelser:
            form.note({core.field_of(fynd.pekare): f"{fynd.text} {fynd.atgard}"})
        return None

    def _opened(self, request: HttpRequest, pk: int) -> Any:
        """Return the newest version of a row that a form may change."""
        if not request.user.has_perm(BEHORIGHET):
            raise PermissionDenied
        kopplat = ("enhet",) if self.model is Aktivitet else ("enhet", "huvud_enhet", "tillfalle")
        rad = self.model.objects.select_related(*kopplat).filter(pk=pk).first()
        if rad is None or not _open_to_form(rad):
            raise Http404
        return rad

    def _done(self, request: HttpRequest, besked: Besked) -> HttpResponseBase:
        messages.success(request, SLAG[self.model].klart[besked.utfall])
        rad = self.model.objects.get(uuid=besked.uuid, version=besked.version)
        return HttpResponseRedirect(
            reverse(f"admin:gvr_{self.model._meta.model_name}_change", args=[rad.pk])
        )

    def _page(
        self, request: HttpRequest, mall: str, title: str, **context: Any
    ) -> TemplateResponse:
        lista = reverse(f"admin:gvr_{self.model._meta.model_name}_changelist")
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            mall,
            {
                **self.admin_site.each_context(request),
                "opts": self.model._meta,
                "title": title,
                "tillbaka": lista,
                **context,
            },
        )


def _open_to_form(rad: Any) -> bool:
    """Say whether a row is the newest version of something that was written in a form."""
    return by_hand(rad.kallsystem) and samverkanslistor.is_newest(rad)


def _series(innehall: Del | Insats) -> str | Avvikelse:
    """Return the series of ids of the provider that has the unit on the day."""
    plats = register.current().place(innehall.enhet, innehall.dag)
    return plats if isinstance(plats, Avvikelse) else system_of(plats.vardgivare_id)
