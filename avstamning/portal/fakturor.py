"""Invoices: the list, one invoice, its lines, its documents, and the approval."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from avstamning.actions import insyn
from avstamning.core.urval import read_place
from avstamning.portal.oversikt import chosen_month
from avstamning.portal.sidor import Besok, fragor, or_404, show, sida, visit
from avstamning.queries import fakturasidor
from avstamning.queries.fakturasidor import Fakturasida
from ersattning.vardfaktura.actions import fakturor
from ersattning.vardfaktura.actions.fakturor import UnableToApprove

DOKUMENT = {"pdf": "application/pdf", "peppol": "application/xml"}


class Godkannande(forms.Form):
    """The two things an approval asks: that the sums are checked, and the password again."""

    kontrollerat = forms.BooleanField(
        label="Jag har kontrollerat beloppet och godkänner fakturan för vårdgivarens räkning.",
        error_messages={"required": "Kryssa i att du har kontrollerat fakturan."},
    )
    losenord = forms.CharField(
        label="Ditt lösenord",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Skriv ditt lösenord."},
    )

    def __init__(self, *args: Any, anvandare: Any = None, **kwargs: Any) -> None:
        """Remember whose password is asked for."""
        super().__init__(*args, **kwargs)
        self.anvandare = anvandare

    def clean_losenord(self) -> str:
        """Refuse a password that is not the person's own."""
        losenord: str = self.cleaned_data["losenord"]
        if not self.anvandare.check_password(losenord):
            raise forms.ValidationError("Lösenordet stämmer inte.")
        return losenord


@require_safe
@fragor("fore")
@sida
def invoice_list(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show the provider's invoices and what comes on the next one."""
    if not besok.vardgivare.hela:
        return show(request, besok, "fakturor_hela", status=403, avdelning="fakturor")
    fore: tuple[date, int] | None = read_place(request.GET.get("fore", ""))
    return show(
        request,
        besok,
        "fakturor",
        avdelning="fakturor",
        lista=fakturasidor.invoice_list(besok.vardgivare.id, day=besok.dag, fore=fore),
    )


@require_safe
@fragor("manad")
@sida
def coming(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show what the month's invoice would be, were the month closed now."""
    if not besok.vardgivare.hela:
        return show(request, besok, "fakturor_hela", status=403, avdelning="fakturor")
    manad = chosen_month(request, besok)
    return show(
        request,
        besok,
        "faktura_kommande",
        avdelning="fakturor",
        manad=manad,
        kommande=fakturasidor.coming(besok.vardgivare.id, manad=manad),
    )


@require_safe
@sida
def invoice(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Show an invoice: its sections and the bridge to what the month produced."""
    besok, funnen = _found(request, besok, uuid)
    return show(
        request,
        besok,
        "faktura",
        avdelning="fakturor",
        f=funnen,
        rubrik=fakturasidor.title(funnen.faktura),
    )


@require_safe
@fragor("efter")
@sida
def line(request: HttpRequest, besok: Besok, uuid: UUID, radnr: int) -> HttpResponse:
    """Show the contacts behind a line."""
    besok, _ = _found(request, besok, uuid)
    text = request.GET.get("efter", "0")
    efter = int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
    rad = or_404(fakturasidor.line(besok.synfalt_hela, uuid, radnr, efter=efter))
    insyn.record(
        by=besok.anvandare,
        handelse=insyn.FAKTURARAD,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        patienter=rad.patienter,
        objekt=f"faktura {uuid} rad {radnr}",
    )
    return show(
        request,
        besok,
        "faktura_rad",
        avdelning="fakturor",
        r=rad,
        rubrik=fakturasidor.title(rad.faktura),
    )


@require_safe
@sida
def document(request: HttpRequest, besok: Besok, uuid: UUID, slag: str) -> HttpResponse:
    """Download the PDF or the e-invoice of an approved invoice."""
    besok, _ = _found(request, besok, uuid)
    faktura, innehall = or_404(fakturasidor.document(besok.vardgivare.id, uuid, slag))
    insyn.record(
        by=besok.anvandare,
        handelse=insyn.HANDLING,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        objekt=f"faktura {faktura.nummer} {slag}",
    )
    andelse = "pdf" if slag == "pdf" else "xml"
    return HttpResponse(
        innehall,
        content_type=DOKUMENT[slag],
        headers={
            "Content-Disposition": f'attachment; filename="faktura-{faktura.nummer}.{andelse}"'
        },
    )


@sensitive_post_parameters("losenord")
@require_http_methods(["GET", "HEAD", "POST"])
@sida
def approve(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Ask once more, then approve. Who may not approve for the provider gets no such page."""
    besok, funnen = _found(request, besok, uuid)
    if not besok.far_attestera:
        return show(
            request,
            besok,
            "faktura_attest_saknas",
            status=403,
            avdelning="fakturor",
            f=funnen,
            rubrik=fakturasidor.title(funnen.faktura),
        )
    if funnen.faktura.godkand is not None:
        return redirect("portal:kvitto", uuid=uuid)
    form = Godkannande(request.POST if request.method == "POST" else None, anvandare=request.user)
    hinder: tuple[Any, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            fakturor.approve(faktura_id=funnen.faktura.id, by=request.user, at=besok.at)
        except UnableToApprove as fault:
            hinder = fault.avvikelser
        else:
            insyn.record(
                by=besok.anvandare,
                handelse=insyn.GODKANDE,
                vardgivare_id=besok.vardgivare.id,
                at=besok.at,
                objekt=f"faktura {uuid}",
            )
            return redirect("portal:kvitto", uuid=uuid)
    return show(
        request,
        besok,
        "faktura_godkann",
        status=409 if hinder else (400 if form.errors else 200),
        avdelning="fakturor",
        f=funnen,
        rubrik=fakturasidor.title(funnen.faktura),
        form=form,
        hinder=hinder,
    )


@require_safe
@sida
def receipt(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Show that an invoice is approved, by whom and with which number."""
    besok, funnen = _found(request, besok, uuid)
    if funnen.faktura.godkand is None:
        raise Http404
    return show(
        request,
        besok,
        "faktura_kvitto",
        avdelning="fakturor",
        f=funnen,
        rubrik=fakturasidor.title(funnen.faktura),
    )


def _found(request: HttpRequest, besok: Besok, uuid: UUID) -> tuple[Besok, Fakturasida]:
    """Find the invoice and the provider whose it is, which may be another than the one chosen."""
    faktura = fakturasidor.any_in_reach(uuid)
    if faktura is not None and faktura.vardgivare_id != besok.vardgivare.id:
        besok = or_404(visit(request, faktura.vardgivare_id))
    if not besok.vardgivare.hela:
        raise Http404
    return besok, or_404(fakturasidor.invoice(besok.vardgivare.id, uuid))
