"""The access log of the provider's own patients, for sampling."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from avstamning.actions import insyn
from avstamning.core.urval import FALT, Urval
from avstamning.portal.sidor import Besok, fragor, show, sida
from avstamning.portal.vardkontakter import read_filter
from avstamning.queries.oversikt import midnight
from gvr.core import personnummer
from gvr.core.avvikelse import Avvikelse
from gvr.queries import portal

PERIOD = timedelta(days=30)


@sensitive_post_parameters("patient")
@require_http_methods(["GET", "HEAD", "POST"])
@fragor(*FALT)
@sida
def log(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show who has seen the provider's patients. A patient is asked for by POST, never in a link.

    Reading the log is written in it.
    """
    urval, fel = read_filter(request, besok)
    if "fran" not in request.GET and "till" not in request.GET:
        urval = Urval(fran=besok.dag - PERIOD, till=besok.dag, efter=urval.efter)
    patient, patientfel = _patient(request, besok)
    plats = urval.place
    rader, fler = (
        ((), False)
        if patientfel
        else portal.log(
            besok.provider_synfalt,
            fran=midnight(urval.fran),
            till=midnight(urval.till + timedelta(days=1)),
            patient=patient,
            efter=plats[1] if plats else None,
        )
    )
    insyn.record(
        by=besok.anvandare,
        handelse=insyn.LOGGEN,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        patienter=(patient,) if patient else (),
        objekt=f"{urval.fran.isoformat()}–{urval.till.isoformat()}",
    )
    sist = f"{urval.till.isoformat()}.{rader[-1].id}" if fler and rader else ""
    return show(
        request,
        besok,
        "logg",
        status=400 if patientfel else 200,
        avdelning="logg",
        rader=rader,
        aldre=f"?{urlencode(urval.query(efter=sist))}" if sist and not patient else "",
        fler=fler,
        urval=urval,
        fel=fel,
        patient=personnummer.mask(patient) if patient else "",
        patientfel=patientfel,
    )


def _patient(request: HttpRequest, besok: Besok) -> tuple[str, str]:
    """Return the patient asked for and what is wrong with the question."""
    text = request.POST.get("patient", "").strip()
    if request.method != "POST" or not text:
        return "", ""
    if not besok.ser_patient:
        return "", "Din roll får inte söka på patient i loggen."
    svar = personnummer.parse(text)
    if isinstance(svar, Avvikelse):
        return "", "Personnumret går inte att läsa. Skriv tolv siffror: ååååmmddnnnn."
    return svar.nummer, ""
