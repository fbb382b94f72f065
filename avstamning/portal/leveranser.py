"""Senders: how they stand, what they have sent, and whom they let be told of receipts.

Nothing is changed here. A receiver belongs to the system that made it; it is paused, resumed, tried
and sent to again by that system through the API, and by the region in the admin.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from avstamning.actions import insyn
from avstamning.core import urval as urvalskarna
from avstamning.core.urval import Filterfel
from avstamning.portal.sidor import Besok, fragor, or_404, show, sida
from avstamning.queries import leveranser
from avstamning.queries.oversikt import midnight

#: What the log can be filtered by: the part of the address, in words, and the span of statuses.
SVAR: Final = {
    "2xx": ("Mottagna", (200, 299)),
    "4xx": ("Nekade", (400, 499)),
    "5xx": ("Fel hos registret", (500, 599)),
}


@require_safe
@sida
def senders(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show who sends, how often, how they come in and what is unsolved. Numbers only."""
    return show(
        request,
        besok,
        "leveranser",
        avdelning="leveranser",
        avsandare=leveranser.senders(besok.synfalt, at=besok.at),
        idag=besok.dag,
        sedan=besok.dag - leveranser.SPARAS,
    )


@fragor("konto", "status", "fran", "till", "efter")
@require_safe
@sida
def request_log(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show what one of the provider's accounts has sent in thirty days, newest first.

    Addresses, statuses and counts only: no patient is shown in the list.
    """
    if not besok.vardgivare.hela:
        return show(request, besok, "anropslogg_hela", status=403, avdelning="leveranser")
    konton = leveranser.accounts(besok.synfalt_hela, at=besok.at)
    konto = konton.chosen(request.GET.get("konto", ""))
    forst = besok.dag - leveranser.SPARAS
    dagar = {"fran": forst.isoformat(), "till": besok.dag.isoformat()}
    dagar |= {namn: request.GET[namn] for namn in dagar if request.GET.get(namn)}
    urval, fel = urvalskarna.parse(dagar, day=besok.dag)
    status = request.GET.get("status", "")
    if status and status not in SVAR:
        fel, status = (*fel, Filterfel("status", "Svaret finns inte. Välj ett i listan.")), ""
    if konto is None and konton.egna:
        fel = (*fel, Filterfel("konto", "Kontot finns inte hos er. Välj ett i listan."))
        konto = konton.egna[0]
    delar = {
        "konto": konto.kallsystem if konto else "",
        "status": status,
        "fran": urval.fran.isoformat(),
        "till": urval.till.isoformat(),
    }
    lista = konto and leveranser.requests(
        konto,
        fran=midnight(urval.fran),
        till=midnight(urval.till + timedelta(days=1)),
        status=SVAR[status][1] if status else None,
        efter=_uuid(request.GET.get("efter", "")),
        at=besok.at,
    )
    return show(
        request,
        besok,
        "anropslogg",
        avdelning="leveranser",
        konton=konton,
        konto=konto,
        lista=lista,
        urval=urval,
        svar=status,
        val=[(kod, text) for kod, (text, _) in SVAR.items()],
        fel=fel,
        aldre=urlencode({**delar, "efter": str(lista.nasta)}) if lista and lista.nasta else "",
    )


@require_safe
@sida
def one_request(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Show one request and its answer, masked, and write down that it is seen."""
    or_404(besok.vardgivare.hela or None)
    konton = leveranser.accounts(besok.synfalt_hela, at=besok.at)
    detalj = or_404(leveranser.request_detail(konton, uuid, at=besok.at))
    insyn.record(
        by=besok.anvandare,
        handelse=insyn.ANROP,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        objekt=f"anrop {uuid}",
    )
    return show(request, besok, "anrop", avdelning="leveranser", detalj=detalj)


@require_safe
@sida
def receivers(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show the receivers of the provider's senders, and how they stand."""
    rader = leveranser.senders(besok.synfalt, at=besok.at)
    return show(
        request,
        besok,
        "webhookar",
        avdelning="leveranser",
        avsandare=rader,
        har_mottagare=any(rad.mottagare for rad in rader),
        ser_logg=besok.vardgivare.hela,
    )


@fragor("fore")
@require_safe
@sida
def receiver(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Show what has been sent to one receiver, newest first."""
    or_404(besok.vardgivare.hela or None)
    konton = leveranser.accounts(besok.synfalt_hela, at=besok.at)
    fore = request.GET.get("fore", "")
    return show(
        request,
        besok,
        "webhook",
        avdelning="leveranser",
        logg=or_404(
            leveranser.receiver_log(
                konton,
                uuid,
                fore=int(fore) if fore.isascii() and fore.isdecimal() and len(fore) < 19 else None,
            )
        ),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
