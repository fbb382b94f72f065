"""The page of one contact, with its tabs, and the patient's number on request."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from avstamning.actions import insyn
from avstamning.portal.sidor import Besok, fragor, or_404, show, sida, visit
from avstamning.queries import flikar, vag
from avstamning.queries.vag import Vag
from gvr.queries import portal

#: Why somebody needs to know who the patient is. What is chosen stands in the log.
SKAL = (
    ("RATTA", "Rätta rapporteringen"),
    ("FAKTURA", "Kontrollera en faktura"),
    ("PATIENT", "Svara på en fråga från patienten"),
    ("REGION", "Svara på en fråga från regionen"),
)


@require_safe
@sida
def explanation(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Show why the contact has its price, or none, and what to do about it."""
    return _tab(
        request,
        besok,
        uuid,
        flik="forklaring",
        innehall=lambda b, v: flikar.explanation(v, ser_diagnos=b.ser_patient),
    )


@require_safe
@sida
def money(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Show every money row of the contact and the invoices they are on."""
    return _tab(
        request,
        besok,
        uuid,
        flik="pengar",
        innehall=lambda b, v: flikar.money(b.provider_synfalt, v),
    )


@require_safe
@fragor("version")
@sida
def versions(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Show two versions side by side."""
    text = request.GET.get("version", "")
    nr = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None
    return _tab(
        request,
        besok,
        uuid,
        flik="versioner",
        innehall=lambda b, v: or_404(
            flikar.compare_versions(b.provider_synfalt, v, nr=nr, ser_diagnos=b.ser_patient)
        ),
    )


@require_safe
@sida
def receipts(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Show what the sender has been told."""
    return _tab(
        request,
        besok,
        uuid,
        flik="kvittenser",
        innehall=lambda b, v: flikar.receipts(b.provider_synfalt, v),
    )


@require_safe
@sida
def message(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Show what the sender wrote, to those who may see all of it but who the patient is."""
    return _tab(
        request,
        besok,
        uuid,
        flik="meddelande",
        innehall=lambda b, v: flikar.message(v) if b.ser_patient else None,
    )


@require_POST
@sida
def reveal(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Show the patient's number this once, and write down who asked and why."""
    besok, funnen = _found(request, besok, uuid)
    skal = dict(SKAL).get(request.POST.get("skal", ""), "")
    fritt = request.POST.get("fritext", "").strip()
    if not besok.ser_patient:
        return _page(
            request, besok, funnen, status=403, visa_fel="Din roll får inte visa patienten."
        )
    if not skal and not fritt:
        return _page(
            request,
            besok,
            funnen,
            status=400,
            visa_fel="Välj varför du behöver veta vem patienten är.",
        )
    return _page(
        request,
        besok,
        funnen,
        handelse=insyn.IDENTITET,
        skal=": ".join(del_ for del_ in (skal, fritt[:400]) if del_),
        personnummer=funnen.version.patient_id,
    )


def _tab(
    request: HttpRequest,
    besok: Besok,
    uuid: UUID,
    *,
    flik: str,
    innehall: Callable[[Besok, Vag], Any],
) -> HttpResponse:
    besok, funnen = _found(request, besok, uuid)
    return _page(request, besok, funnen, flik=flik, innehall=innehall(besok, funnen))


def _page(
    request: HttpRequest,
    besok: Besok,
    funnen: Vag,
    *,
    status: int = 200,
    flik: str = "forklaring",
    handelse: str = insyn.KONTAKT,
    skal: str = "",
    innehall: Any = None,
    **mer: Any,
) -> HttpResponse:
    """Log that the contact is seen, then show it."""
    insyn.record(
        by=besok.anvandare,
        handelse=handelse,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        patienter=(funnen.version.patient_id,),
        enhet=besok.unit_name(funnen.huvud.enhet_id),
        objekt=f"vårdkontakt {funnen.huvud.uuid}",
        skal=skal,
    )
    if flik == "forklaring" and innehall is None:
        innehall = flikar.explanation(funnen, ser_diagnos=besok.ser_patient)
    return show(
        request,
        besok,
        f"vag_{flik}",
        status=status,
        avdelning="vardkontakter",
        vag=funnen,
        flik=flik,
        enhet=besok.unit(funnen.huvud.enhet_id),
        skal_att_valja=SKAL,
        innehall=innehall,
        **mer,
    )


def _found(request: HttpRequest, besok: Besok, uuid: UUID) -> tuple[Besok, Vag]:
    """Find the contact and the provider whose it is, which may be another than the one chosen."""
    agare = portal.owner_of_contact(uuid)
    if agare is not None and agare != besok.vardgivare.id:
        besok = or_404(visit(request, agare))
    return besok, or_404(vag.way(besok.provider_synfalt, uuid, frist=besok.frist.dag, at=besok.at))
