"""Webhookar: whom the accounts want told, how it goes, and what was sent.

The region makes, tries, pauses and removes a receiver here in an account's place. A secret is shown
once, when it is made.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from gvr.actions import webhookar
from gvr.actions.webhookar import UnableToDo
from gvr.admin.bas import Logglista, Skal, chip, mono
from gvr.admin.filter import Namnfilter, Valfilter
from gvr.admin.maskinkonton import BEHORIGHET, Skalet
from gvr.core.webhook import LANGSTA_OVERLAPP_TIMMAR, NIVAER, OVERLAPP, Lage, Orsak
from gvr.models import Maskinkonto, Webhook, Webhookmeddelande
from gvr.queries import webhookar as fragor
from gvr.queries.webhookar import Mottagare

NIVANAMN = {"K2": "K2 register", "K3": "K3 ersättning", "K4": "K4 faktura"}


class Webhookformular(forms.Form):
    """A new receiver."""

    maskinkonto = forms.ModelChoiceField(
        label="Maskinkonto",
        queryset=Maskinkonto.objects.order_by("namn"),
        widget=UnfoldAdminSelectWidget,
    )
    adress = forms.CharField(
        label="Adress",
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        help_text="Börjar med https:// och leder till en server som kan nås utifrån.",
    )
    nivaer = forms.MultipleChoiceField(
        label="Nivåer",
        choices=[(niva, NIVANAMN[niva]) for niva in NIVAER],
        initial=list(NIVAER),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        error_messages={"required": "Välj minst en nivå."},
    )
    skal = Skal(label="Skäl")


class Rotationsformular(Skalet):
    """A new secret."""

    overlapp = forms.IntegerField(
        label="Timmar som båda gäller",
        min_value=0,
        max_value=LANGSTA_OVERLAPP_TIMMAR,
        initial=int(OVERLAPP.total_seconds()) // 3600,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="0 om den gamla hemligheten har kommit på avvägar.",
    )


class Omspelningsformular(Skalet):
    """From where to send again."""

    efter = forms.IntegerField(
        label="Efter kvittens",
        min_value=0,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Allt efter kvittensen med det numret skickas igen, i nya meddelanden.",
    )


@admin.register(Webhook)
class WebhookAdmin(Logglista):
    """Webhook: a receiver, how it stands and what was sent to it."""

    list_display = ("visa_vard", "maskinkonto", "visa_lage", "visa_lyckad", "visa_fel")
    list_filter = (("maskinkonto", Namnfilter), ("lage", Valfilter))
    list_select_related = ("maskinkonto", "tillstand")
    search_text = ("adress", "maskinkonto__namn")
    search_help_text = "Adress eller avsändare"
    change_form_outer_before_template = "admin/webhook.html"
    fields: ClassVar[Any] = (
        ("maskinkonto", "visa_lage"),
        "adress",
        ("visa_nivaer", "visa_sekvens"),
        ("skapad", "skapad_av"),
        ("visa_byte", "visa_tidigare"),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Making a receiver opens a way out of the house, as making an account opens one in."""
        del obj
        return bool(request.user.has_perm(BEHORIGHET))

    def get_urls(self) -> list[Any]:
        """Add a page for each thing that can be done to a receiver."""
        vy = self.admin_site.admin_view
        egna = [
            path(f"<int:pk>/{namn}/", vy(vy_), name=f"gvr_webhook_{namn}")
            for namn, vy_ in (
                ("prova", self.probe_view),
                ("pausa", self.pause_view),
                ("aterta", self.resume_view),
                ("rotera", self.rotate_view),
                ("omspel", self.replay_view),
                ("ta-bort", self.remove_view),
            )
        ]
        ovriga: list[Any] = super().get_urls()
        return egna + ovriga

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Make a receiver and show its secret, once."""
        del form_url, extra_context
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = Webhookformular(request.POST or None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                webhook, hemlighet = webhookar.create(
                    data["maskinkonto"].pk,
                    adress=data["adress"],
                    nivaer=data["nivaer"],
                    by=request.user,
                    at=timezone.now(),
                    skal=data["skal"],
                )
            except UnableToDo as fault:
                form.add_error("adress", fault.text)
            else:
                return self._secret(request, webhook, hemlighet)
        return self.page(
            request,
            "admin/maskinkonto.html",
            "Ny webhook",
            form=form,
            knapp="Skapa webhooken",
            tillbaka=reverse("admin:gvr_webhook_changelist"),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Show the receiver with how it stands and its newest messages."""
        rad = self.get_object(request, object_id)
        extra = {} if rad is None else self._state(rad)
        sida: HttpResponseBase = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **extra}
        )
        return sida

    def _state(self, rad: Webhook) -> dict[str, Any]:
        return {
            "mottagare": fragor.one(rad.pk),
            "meddelanden": fragor.messages(rad.pk, antal=20),
            "far_andra": rad.borttagen is None,
        }

    def probe_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send a test message."""
        return self._act(
            request,
            pk,
            "Prova",
            "Ett provmeddelande skickas en gång. Hur det gick syns bland meddelandena.",
            "Skicka ett provmeddelande",
            lambda webhook, _: webhookar.probe(webhook, at=timezone.now()),
        )

    def pause_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Pause."""
        return self._act(
            request,
            pk,
            "Pausa",
            "Inget skickas förrän mottagningen återtas. Avsändaren kan inte själv återta den, men "
            "läser som vanligt sina kvittenser i flödet.",
            "Pausa",
            lambda webhook, data: webhookar.pause(
                webhook,
                Orsak.REGIONEN,
                by=request.user,
                at=timezone.now(),
                skal=data["skal"],
            ),
        )

    def resume_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Resume."""
        return self._act(
            request,
            pk,
            "Återta",
            "Det som väntat skickas i ordning, från där det stannade.",
            "Återta",
            lambda webhook, data: webhookar.resume(
                webhook, by=request.user, at=timezone.now(), skal=data["skal"]
            ),
        )

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send again from a receipt."""
        return self._act(
            request,
            pk,
            "Spela om",
            "",
            "Spela om",
            lambda webhook, data: webhookar.replay(webhook, data["efter"], at=timezone.now()),
            Omspelningsformular,
        )

    def remove_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Take the receiver away."""
        return self._act(
            request,
            pk,
            "Ta bort",
            "Inget mer skickas, och hemligheten glöms. Det som skickats syns kvar här i 30 dagar.",
            "Ta bort",
            lambda webhook, data: webhookar.remove(
                webhook, by=request.user, at=timezone.now(), skal=data["skal"]
            ),
        )

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Give the receiver a new secret and show it, once."""
        webhook = self._changeable(request, pk)
        form = Rotationsformular(request.POST or None)
        if request.method == "POST" and form.is_valid():
            hemlighet = webhookar.rotate(
                webhook,
                overlapp=timedelta(hours=form.cleaned_data["overlapp"]),
                by=request.user,
                at=timezone.now(),
                skal=form.cleaned_data["skal"],
            )
            return self._secret(request, webhook, hemlighet)
        return self.page(
            request,
            "admin/maskinkonto.html",
            f"Byt hemlighet: {_host(webhook)}",
            form=form,
            knapp="Byt hemlighet",
            tillbaka=reverse("admin:gvr_webhook_change", args=[pk]),
        )

    def _act(
        self,
        request: HttpRequest,
        pk: int,
        titel: str,
        text: str,
        knapp: str,
        gor: Callable[[Webhook, dict[str, Any]], object],
        formular: type[forms.Form] = Skalet,
    ) -> HttpResponseBase:
        """Show a form that asks for a reason, and do it."""
        webhook = self._changeable(request, pk)
        tillbaka = reverse("admin:gvr_webhook_change", args=[pk])
        form = formular(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                gor(webhook, form.cleaned_data)
            except UnableToDo as fault:
                form.add_error(None, fault.text)
            else:
                return HttpResponseRedirect(tillbaka)
        return self.page(
            request,
            "admin/maskinkonto.html",
            f"{titel}: {_host(webhook)}",
            form=form,
            forklaring=text,
            knapp=knapp,
            tillbaka=tillbaka,
        )

    def _changeable(self, request: HttpRequest, pk: int) -> Webhook:
        if not self.has_add_permission(request):
            raise PermissionDenied
        webhook = Webhook.objects.filter(pk=pk, borttagen=None).first()
        if webhook is None:
            raise Http404
        return webhook

    def _secret(self, request: HttpRequest, webhook: Webhook, hemlighet: str) -> HttpResponseBase:
        return self.page(
            request,
            "admin/maskinkonto.html",
            f"Hemlighet för {_host(webhook)}",
            token=hemlighet,
            vad="Hemligheten visas bara nu. Kopiera den till avsändaren på ett säkert sätt; "
            "mottagaren prövar signaturen med den.",
            tillbaka=reverse("admin:gvr_webhook_change", args=[webhook.pk]),
        )

    @admin.display(description="Mottagare")
    def visa_vard(self, rad: Webhook) -> Any:
        """Return the host: the rest of an address may hold a key of its owner's."""
        return mono(_host(rad))

    @admin.display(description="Läge")
    def visa_lage(self, rad: Webhook) -> Any:
        """Return whether it is told, and whether it answers."""
        if rad.borttagen is not None:
            return chip("Borttagen", "ingen")
        if rad.lage == Lage.PAUSAD.value:
            return chip(_value(rad).orsak_i_ord, "ratta")
        if rad.tillstand.misslyckade:
            return chip("Svarar inte", "vanta")
        return chip("Aktiv", "ok")

    @admin.display(description="Senast lyckad")
    def visa_lyckad(self, rad: Webhook) -> Any:
        """Return when it last received anything."""
        return rad.tillstand.senast_lyckad

    @admin.display(description="Senaste fel")
    def visa_fel(self, rad: Webhook) -> str:
        """Return why its last call failed."""
        return _value(rad).fel_i_ord

    @admin.display(description="Nivåer")
    def visa_nivaer(self, rad: Webhook) -> str:
        """Return the levels it is told of."""
        return ", ".join(NIVANAMN.get(niva, niva) for niva in rad.nivaer)

    @admin.display(description="Senaste kvittens i ett meddelande")
    def visa_sekvens(self, rad: Webhook) -> Any:
        """Return how far it has come."""
        return mono(rad.tillstand.sekvens)

    @admin.display(description="Hemligheten bytt")
    def visa_byte(self, rad: Webhook) -> Any:
        """Return when its secret was last changed."""
        return rad.tillstand.roterad

    @admin.display(description="Den gamla hemligheten gäller till")
    def visa_tidigare(self, rad: Webhook) -> Any:
        """Return until when the former secret signs too."""
        return rad.tillstand.tidigare_till


@admin.register(Webhookmeddelande)
class WebhookmeddelandeAdmin(Logglista):
    """Webhookmeddelande: what was sent to a receiver and how it went."""

    list_display = (
        "skapad",
        "visa_mottagare",
        "typ",
        "status",
        "visa_intervall",
        "antal",
        "forsok",
        "visa_svar",
        "nasta_forsok",
    )
    list_filter = (("webhook__maskinkonto", Namnfilter), ("status", Valfilter))
    list_select_related = ("webhook__tillstand", "webhook__maskinkonto")
    fields: ClassVar[Any] = (
        ("visa_id", "visa_mottagare"),
        ("typ", "status"),
        ("visa_intervall", "antal"),
        ("skapad", "levererat"),
        ("forsok", "nasta_forsok"),
        ("senast_forsok", "millisekunder"),
        "visa_svar",
    )

    @admin.display(description="webhook-id")
    def visa_id(self, rad: Webhookmeddelande) -> Any:
        """Return the id of every call."""
        return mono(f"msg_{rad.uuid.hex}")

    @admin.display(description="Mottagare")
    def visa_mottagare(self, rad: Webhookmeddelande) -> str:
        """Return the account and the receiver's host."""
        return f"{rad.webhook.maskinkonto} ({_host(rad.webhook)})"

    @admin.display(description="Kvittenser")
    def visa_intervall(self, rad: Webhookmeddelande) -> Any:
        """Return which receipts it holds."""
        return "–" if rad.till is None else mono(f"{(rad.efter or 0) + 1}–{rad.till}")

    @admin.display(description="Senaste svar")
    def visa_svar(self, rad: Webhookmeddelande) -> str:
        """Return what the last call came to."""
        return fragor.answer_in_words(rad.senaste_fel, rad.senaste_status)


def _value(rad: Webhook) -> Mottagare:
    return fragor.as_receiver(rad)


def _host(rad: Webhook) -> str:
    return _value(rad).vard
