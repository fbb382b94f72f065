"""Reservnummer in the portal: take one out, tie it to a personnummer, withdraw the tie."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from avstamning.actions import insyn
from avstamning.core import reservblankett as reservkarna
from avstamning.core.blankett import Fel
from avstamning.portal.patienter import about, gone, person, recall, remember
from avstamning.portal.sidor import Besok, registrering, show
from gvr.actions import rapp
from gvr.core.reservnummer import SKALTEXTER, is_reservnummer
from gvr.queries import reservnummer


@sensitive_post_parameters("lma_nummer", "fodd")
@require_http_methods(["GET", "HEAD", "POST"])
@registrering
def new_number(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Issue a reservnummer to a patient without any other number."""
    skrivet = {falt: request.POST.get(falt, "").strip()[:40] for falt in reservkarna.FALT}
    fel: tuple[Fel, ...] = ()
    if request.method == "POST":
        uppgifter, fel = reservkarna.read(skrivet)
        if uppgifter is not None and not fel:
            besked = rapp.issue_number(uppgifter, by=person(besok), at=besok.at)
            if besked.nummer:
                messages.success(request, "Reservnumret är utfärdat. Skriv det i journalen.")
                nyckel = remember(request, besok, besked.nummer)
                return redirect("portal:rapp_patient", nyckel=nyckel)
            fel = reservkarna.findings(besked.avvikelser)
    return show(
        request,
        besok,
        "rapp_reservnummer",
        status=400 if fel else 200,
        avdelning="rapp",
        skrivet=skrivet,
        fel=fel,
        vid=reservkarna.beside(fel),
        skal=[(kod.value, text) for kod, text in SKALTEXTER.items()],
    )


@sensitive_post_parameters("personnummer")
@require_http_methods(["GET", "HEAD", "POST"])
@registrering
def tie(request: HttpRequest, besok: Besok, nyckel: str) -> HttpResponse:
    """Tie the patient's reservnummer to a personnummer, or withdraw the tie."""
    funnen = recall(request, besok, nyckel)
    if funnen is None or not is_reservnummer(funnen.nummer):
        return gone(request)
    skrivet = {falt: request.POST.get(falt, "").strip()[:500] for falt in reservkarna.KOPPLINGSFALT}
    fel: tuple[Fel, ...] = ()
    if request.method == "POST":
        onskan = reservkarna.as_tie(
            funnen.nummer, skrivet, aterkalla=request.POST.get("gor") == "aterkalla"
        )
        besked = rapp.tie_number(onskan, by=person(besok), at=besok.at)
        if besked.nummer:
            messages.success(request, reservkarna.done(onskan, besked.kontakter))
            return redirect("portal:rapp_patient", nyckel=nyckel)
        fel = reservkarna.findings(besked.avvikelser)
    else:
        insyn.record(
            by=besok.anvandare,
            handelse=insyn.PATIENT,
            vardgivare_id=besok.vardgivare.id,
            at=besok.at,
            patienter=reservnummer.numbers_of(funnen.nummer),
        )
    return show(
        request,
        besok,
        "rapp_koppling",
        status=400 if fel else 200,
        avdelning="rapp",
        patient=funnen,
        om=about(funnen, besok),
        skrivet=skrivet,
        fel=fel,
        vid=reservkarna.beside(fel),
        historik=reservnummer.history(funnen.nummer),
        gallande=next(iter(reservnummer.numbers_of(funnen.nummer)[1:]), ""),
    )
