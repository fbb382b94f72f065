"""From draft to published in the admin: read, compare, prove, hand in, approve, publish.

The same pages for rule packs and price lists. Every step is a form of its own that names the hash
of what was read, asks for the password again where somebody answers for the content, and calls one
action. A published version has no form at all.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from gvr.actions import publicering
from gvr.actions.publicering import UnableToPublish
from gvr.admin import yamltext
from gvr.admin.bas import Lista, Skal, chip, show_fr_o_m, show_t_o_m
from gvr.admin.filter import Namnfilter, Valfilter
from gvr.bas import Publicering, Status
from gvr.core.avvikelse import Allvar, Avvikelse

CHIP = {
    Status.UTKAST: "ingen",
    Status.INLAMNAD: "vanta",
    Status.GODKAND: "info",
    Status.PUBLICERAD: "ok",
}


class Steg(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the way: from which states, by whom, what the button says."""

    namn: str
    knapp: str
    rubrik: str
    text: str
    fran: tuple[Status, ...]
    behorighet: str
    losenord: bool = False
    skal: bool = False
    farlig: bool = False


STEG = {
    steg.namn: steg
    for steg in (
        Steg(
            namn="lamna-in",
            knapp="Lämna in",
            rubrik="Lämna in för godkännande",
            text="Innehållet låses. En annan person läser det och godkänner.",
            fran=(Status.UTKAST,),
            behorighet="submit",
        ),
        Steg(
            namn="godkann",
            knapp="Godkänn",
            rubrik="Godkänn innehållet",
            text="Du svarar för att du har läst det som visas. Godkännandet gäller exakt det "
            "innehållet och inget annat.",
            fran=(Status.INLAMNAD,),
            behorighet="approve",
            losenord=True,
        ),
        Steg(
            namn="publicera",
            knapp="Publicera",
            rubrik="Publicera",
            text="Från och med nu räknar kedjan med versionen, och vårdkontakter som väntar på den "
            "prövas igen. Det som redan är avgjort för dagarna räknas om först när driften kör "
            "omräkningen, så att någon kan se summan innan. En publicerad version ändras aldrig.",
            fran=(Status.GODKAND,),
            behorighet="publish",
            losenord=True,
        ),
        Steg(
            namn="ta-tillbaka",
            knapp="Ta tillbaka till utkast",
            rubrik="Ta tillbaka till utkast",
            text="Versionen blir ett utkast igen och ett godkännande faller bort.",
            fran=(Status.INLAMNAD, Status.GODKAND),
            behorighet="submit",
            skal=True,
        ),
        Steg(
            namn="kasta",
            knapp="Kasta utkastet",
            rubrik="Kasta utkastet",
            text="Utkastet tas bort. Det går inte att ångra.",
            fran=(Status.UTKAST,),
            behorighet="change",
            skal=True,
            farlig=True,
        ),
    )
}


class Stegformular(forms.Form):
    """What a step asks for: that the content is the one that was read, a reason, the password."""

    innehall_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, steg: Steg, anvandare: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.anvandare = anvandare
        if steg.skal:
            self.fields["skal"] = Skal(label="Skäl")
        if steg.losenord:
            self.fields["losenord"] = forms.CharField(
                label="Ditt lösenord",
                strip=False,
                widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
                error_messages={"required": "Skriv ditt lösenord."},
            )

    def clean_losenord(self) -> str:
        """Refuse a password that is not the person's own."""
        losenord: str = self.cleaned_data["losenord"]
        if not self.anvandare.check_password(losenord):
            raise forms.ValidationError("Lösenordet stämmer inte.")
        return losenord


class Dokumentformular(forms.Form):
    """A document written in the page or uploaded as a file."""

    fil = forms.FileField(
        label="Fil (YAML)",
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text="Ersätter texten nedanför när en fil är vald.",
    )
    text = forms.CharField(
        label="Dokument (YAML)",
        required=False,
        strip=False,
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 30, "spellcheck": "false", "class": "gvr-dokument"}
        ),
    )
    skal = Skal(
        label="Vad ändringen gäller",
        widget=UnfoldAdminTextInputWidget,
        help_text="Sparas i historiken och visas för den som godkänner.",
    )

    def clean_fil(self) -> Any:
        """Refuse a large file before it is read."""
        fil = self.cleaned_data["fil"]
        if fil is not None and fil.size > yamltext.MAX_SIZE:
            raise forms.ValidationError("Filen är större än en megabyte.")
        return fil

    def clean(self) -> dict[str, Any]:
        """Take the file's text when there is a file."""
        data: dict[str, Any] = super().clean() or {}
        fil = data.get("fil")
        if fil:
            try:
                data["text"] = fil.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("fil", "Filen är inte skriven i UTF-8.")
        if not data.get("text") and not self.errors:
            self.add_error("text", "Skriv ett dokument eller välj en fil.")
        return data


class Fynd(msgspec.Struct, frozen=True):
    """A finding beside the document: where, on which line, what, and what to do."""

    kod: str
    pekare: str
    rad: int | None
    text: str
    atgard: str
    stoppar: bool


class Flik(msgspec.Struct, frozen=True):
    """A part of the page: its anchor, heading and HTML."""

    namn: str
    rubrik: str
    mall: str
    context: dict[str, Any]


class Publiceringsadmin(Lista):
    """The pages of one kind of document. Subclasses say how it is read, kept and shown."""

    list_display: ClassVar[Any] = (
        "__str__",
        "namn",
        "avtalsomrade",
        "visa_fr_o_m",
        "visa_t_o_m",
        "visa_status",
        "skapad_av",
        "godkand_av",
        "publicerad",
    )
    list_filter: ClassVar[Any] = (("avtalsomrade", Namnfilter), ("status", Valfilter))
    list_select_related: ClassVar[Any] = ("avtalsomrade", "skapad_av", "godkand_av")
    sortable_by: ClassVar[Any] = ()

    # What a subclass says ---------------------------------------------------------------------

    def document(self, rad: Any) -> dict[str, Any]:
        """Return the row's document, in the order people write it."""
        raise NotImplementedError

    def create(self, document: Any, *, request: HttpRequest, skal: str) -> Any:
        """Create a draft; return it or what stops it."""
        raise NotImplementedError

    def edit(self, rad: Any, document: Any, *, request: HttpRequest, skal: str) -> Any:
        """Replace the content of a draft; return it or what stops it."""
        raise NotImplementedError

    def submit(self, rad: Any, *, request: HttpRequest) -> Any:
        """Hand in; return the row or what stops it."""
        raise NotImplementedError

    def current_hash(self, rad: Any) -> str:
        """Return the hash of what the row says now."""
        raise NotImplementedError

    def findings(self, rad: Any) -> Sequence[Avvikelse]:
        """Return what the row's own checks find."""
        raise NotImplementedError

    def parts(self, rad: Any, *, mot: Any) -> list[Flik]:
        """Return the parts of the page. `mot` is the version to compare with."""
        raise NotImplementedError

    def versions(self, rad: Any) -> QuerySet[Any]:
        """Return the other versions of the same thing, newest first."""
        raise NotImplementedError

    def new_document(self, request: HttpRequest) -> str:
        """Return the text that a new draft begins with."""
        fran = request.GET.get("fran", "")
        rad = self.get_queryset(request).filter(pk=fran).first() if fran.isdigit() else None
        return yamltext.write(self.document(rad)) if rad is not None else ""

    # Permissions and addresses ----------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The theme's own form is never used; drafts are changed on a page of their own."""
        del request, obj
        return False

    def may(self, request: HttpRequest, verb: str) -> bool:
        """Say whether the user has a permission on this kind of document."""
        meta = self.model._meta
        return bool(request.user.has_perm(f"{meta.app_label}.{verb}_{meta.model_name}"))

    def address(self, vy: str, rad: Any = None, *fler: Any) -> str:
        """Return the address of one of the pages."""
        meta = self.model._meta
        args = (() if rad is None else (rad.pk,)) + fler
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_{vy}", args=args)

    def get_urls(self) -> list[Any]:
        """Add the pages for editing, the steps and the document itself."""
        info = f"{self.model._meta.app_label}_{self.model._meta.model_name}"
        skydda = self.admin_site.admin_view
        egna = [
            path("<int:pk>/redigera/", skydda(self.edit_view), name=f"{info}_redigera"),
            path("<int:pk>/dokument.yaml", skydda(self.yaml_view), name=f"{info}_yaml"),
            path("<int:pk>/steg/<slug:namn>/", skydda(self.step_view), name=f"{info}_steg"),
        ]
        ovriga: list[Any] = super().get_urls()
        return egna + ovriga

    def row(self, request: HttpRequest, pk: int) -> Any:
        """Return the row, or say that there is none."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rad = self.get_queryset(request).filter(pk=pk).first()
        if rad is None:
            raise Http404
        return rad

    # Columns ----------------------------------------------------------------------------------

    @admin.display(description="Gäller fr.o.m.", ordering="giltig")
    def visa_fr_o_m(self, rad: Any) -> str:
        """Return the first day."""
        return show_fr_o_m(rad)

    @admin.display(description="Gäller t.o.m.")
    def visa_t_o_m(self, rad: Any) -> str:
        """Return the last day."""
        return show_t_o_m(rad)

    @admin.display(description="Läge")
    def visa_status(self, rad: Any) -> Any:
        """Return the state."""
        return chip(Status(rad.status).label, CHIP[Status(rad.status)])

    # Pages ------------------------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Show the version: where it is on its way, what it says, what differs, what is found."""
        del form_url, extra_context
        if not object_id.isdigit():
            raise Http404
        rad = self.row(request, int(object_id))
        andra = list(self.versions(rad))
        valt = request.GET.get("mot", "")
        mot = next((v for v in andra if str(v.pk) == valt), None) or next(
            (v for v in andra if v.version < rad.version), None
        )
        fynd = self.located(rad)
        return self.page(
            request,
            "admin/publicering.html",
            f"{rad.namn}, version {rad.version}",
            rad=rad,
            original=rad,
            steg=[steg for steg in STEG.values() if self.open_to(request, rad, steg)],
            hinder=self.hindrance(request, rad),
            lagen=self.trail(rad),
            fynd=fynd,
            stoppar=any(f.stoppar for f in fynd),
            flikar=self.parts(rad, mot=mot),
            andra=andra,
            mot=mot,
            kan_redigera=rad.status == Status.UTKAST and self.may(request, "change"),
            kan_skapa=self.may(request, "add"),
            redigera=self.address("redigera", rad),
            yaml=self.address("yaml", rad),
            ny=self.address("add"),
            stegadress=[
                (steg, self.address("steg", rad, steg.namn))
                for steg in STEG.values()
                if self.open_to(request, rad, steg)
            ],
        )

    def open_to(self, request: HttpRequest, rad: Publicering, steg: Steg) -> bool:
        """Say whether the user sees the step's button."""
        if rad.status not in steg.fran or not self.may(request, steg.behorighet):
            return False
        egen = request.user.pk in (rad.skapad_av_id, rad.inlamnad_av_id)
        return not (steg.namn == "godkann" and egen)

    def hindrance(self, request: HttpRequest, rad: Publicering) -> str:
        """Say why a step that one might look for is not there."""
        egen = request.user.pk in (rad.skapad_av_id, rad.inlamnad_av_id)
        if rad.status == Status.INLAMNAD and egen and self.may(request, "approve"):
            return "Du har skrivit eller lämnat in versionen. En kollega måste godkänna den."
        return ""

    def trail(self, rad: Any) -> list[dict[str, Any]]:
        """Return the four states with who and when."""
        passerat = list(Status).index(Status(rad.status))
        vem = (
            (rad.skapad, rad.skapad_av),
            (rad.inlamnad, rad.inlamnad_av),
            (rad.godkand, rad.godkand_av),
            (rad.publicerad, None),
        )
        return [
            {"namn": status.label, "nadd": nummer <= passerat, "tid": tid, "vem": person}
            for nummer, (status, (tid, person)) in enumerate(zip(Status, vem, strict=True))
        ]

    def located(self, rad: Any) -> list[Fynd]:
        """Return the findings with the lines of the document that they stand on."""
        text = yamltext.read(yamltext.write(self.document(rad)))
        return beside(self.findings(rad), text if isinstance(text, yamltext.Dokument) else None)

    def yaml_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return the document as a file."""
        rad = self.row(request, pk)
        svar = HttpResponse(
            yamltext.write(self.document(rad)), content_type="application/yaml; charset=utf-8"
        )
        namn = f"{str(rad).replace(':', '-')}.yaml"
        svar["Content-Disposition"] = f'attachment; filename="{namn}"'
        return svar

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Create a draft from a document."""
        del form_url, extra_context
        if not self.may(request, "add"):
            raise PermissionDenied
        return self._write(request, None)

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Replace the content of a draft."""
        rad = self.row(request, pk)
        if not self.may(request, "change"):
            raise PermissionDenied
        if rad.status != Status.UTKAST:
            messages.error(request, "Bara utkast går att ändra. Skapa en ny version.")
            return HttpResponseRedirect(self.address("change", rad))
        return self._write(request, rad)

    def _write(self, request: HttpRequest, rad: Any) -> HttpResponseBase:
        if request.method == "POST":
            form = Dokumentformular(request.POST, request.FILES)
        else:
            text = (
                yamltext.write(self.document(rad))
                if rad is not None
                else self.new_document(request)
            )
            form = Dokumentformular(initial={"text": text})
        fynd: list[Fynd] = []
        if request.method == "POST" and form.is_valid():
            svar, fynd = self._keep(request, rad, form.cleaned_data)
            if svar is not None:
                messages.success(request, f"{svar} är sparad som utkast.")
                return HttpResponseRedirect(self.address("change", svar))
            # What was uploaded is shown in the page, so that it can be mended there.
            form = Dokumentformular(
                initial={"text": form.cleaned_data["text"], "skal": form.cleaned_data["skal"]}
            )
        titel = f"Redigera {rad}" if rad is not None else f"Nytt {self.model._meta.verbose_name}"
        return self.page(
            request,
            "admin/publicering_dokument.html",
            titel,
            rad=rad,
            original=rad,
            form=form,
            fynd=fynd,
            tillbaka=self.address("change", rad) if rad is not None else self.address("changelist"),
        )

    def _keep(self, request: HttpRequest, rad: Any, data: dict[str, Any]) -> tuple[Any, list[Fynd]]:
        last = yamltext.read(data["text"])
        if isinstance(last, tuple):
            return None, [
                Fynd("YAML", "", fel.rad, fel.text, "Rätta texten.", stoppar=True) for fel in last
            ]
        with transaction.atomic():
            svar = (
                self.create(last.innehall, request=request, skal=data["skal"])
                if rad is None
                else self.edit(rad, last.innehall, request=request, skal=data["skal"])
            )
        if isinstance(svar, tuple):
            return None, beside(svar, last)
        return svar, []

    @method_decorator(sensitive_post_parameters("losenord"))
    def step_view(self, request: HttpRequest, pk: int, namn: str) -> HttpResponseBase:
        """Ask before a step, then take it."""
        rad = self.row(request, pk)
        steg = STEG.get(namn)
        if steg is None:
            raise Http404
        if not self.may(request, steg.behorighet):
            raise PermissionDenied
        if request.method == "POST":
            form = Stegformular(request.POST, steg=steg, anvandare=request.user)
            if form.is_valid():
                svar = self._take(request, rad, steg, form)
                if svar is not None:
                    return svar
        else:
            form = Stegformular(
                initial={"innehall_hash": self.current_hash(rad)},
                steg=steg,
                anvandare=request.user,
            )
        return self.page(
            request,
            "admin/publicering_steg.html",
            f"{steg.rubrik}: {rad.namn}, version {rad.version}",
            rad=rad,
            original=rad,
            steg=steg,
            form=form,
            hash=self.current_hash(rad),
            fynd=self.located(rad),
            tillbaka=self.address("change", rad),
        )

    def _take(
        self, request: HttpRequest, rad: Any, steg: Steg, form: Stegformular
    ) -> HttpResponseBase | None:
        last_hash = form.cleaned_data["innehall_hash"]
        if last_hash != self.current_hash(rad):
            form.add_error(None, "Innehållet har ändrats sedan du läste det. Läs igenom det igen.")
            return None
        try:
            with transaction.atomic():
                fel = self._act(request, rad, steg, form)
        except UnableToPublish as fault:
            form.add_error(None, str(fault))
            return None
        except IntegrityError as fault:
            form.add_error(None, self.refusal(fault))
            return None
        if fel:
            for avvikelse in fel:
                form.add_error(None, f"{avvikelse.text} {avvikelse.atgard}")
            return None
        messages.success(request, f"{rad}: {steg.knapp.lower()} – klart.")
        mal = self.address("changelist") if steg.namn == "kasta" else self.address("change", rad)
        return HttpResponseRedirect(mal)

    def _act(
        self, request: HttpRequest, rad: Any, steg: Steg, form: Stegformular
    ) -> tuple[Avvikelse, ...]:
        nu = timezone.now()
        data = form.cleaned_data
        match steg.namn:
            case "lamna-in":
                svar = self.submit(rad, request=request)
                return svar if isinstance(svar, tuple) else ()
            case "godkann":
                publicering.approve(
                    rad, by=request.user, at=nu, innehall_hash=data["innehall_hash"]
                )
            case "publicera":
                publicering.publish(rad, by=request.user, at=nu)
            case "ta-tillbaka":
                publicering.withdraw(rad, by=request.user, skal=data["skal"])
            case "kasta":
                publicering.discard(rad, by=request.user, skal=data["skal"])
        return ()

    def refusal(self, fault: IntegrityError) -> str:
        """Say in words what the database refused; it is the last wall, not the first."""
        del fault
        return "Databasen vägrade: versionen går inte ihop med något som redan är publicerat."


def beside(avvikelser: Sequence[Avvikelse], dokument: yamltext.Dokument | None) -> list[Fynd]:
    """Return findings with the lines they stand on, what stops first."""
    fynd = [
        Fynd(
            kod=a.kod,
            pekare=a.pekare or "/",
            rad=dokument.line(a.pekare) if dokument is not None else None,
            text=a.text,
            atgard=a.atgard,
            stoppar=a.allvar is Allvar.STOPP,
        )
        for a in avvikelser
    ]
    return sorted(fynd, key=lambda f: (not f.stoppar, f.rad or 0))
