"""Collaboration: occasions with several parties, and work without patient contact."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from avstamning.actions import insyn
from avstamning.core import samverkansord, samverkansurval
from avstamning.core.samverkansurval import Samverkansurval
from avstamning.core.urval import Filterfel
from avstamning.portal.sidor import Besok, fragor, or_404, show, sida
from avstamning.queries import samverkan
from gvr.core.aktivitet import AKTIVITETSTYPER


@require_safe
@fragor(*samverkansurval.FALT)
@sida
def occasions(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show the occasions that the provider takes part in or has the main contact of."""
    urval, fel = _read(request, besok)
    lista = samverkan.occasions(besok.synfalt, urval, at=besok.at)
    insyn.record(
        by=besok.anvandare,
        handelse=insyn.SAMVERKAN,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        enhet=besok.enhet.namn if besok.enhet else "",
        objekt=urval.in_words(),
    )
    return show(
        request,
        besok,
        "samverkan",
        avdelning="samverkan",
        lista=lista,
        urval=urval,
        fel=fel,
        roller=samverkansord.ROLLER.items(),
        statusord=samverkansord.STATUS.values(),
    )


@require_safe
@sida
def occasion(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Show one occasion: the main contact, every part, what is wrong and who acts next."""
    funnet = or_404(samverkan.occasion(besok.provider_synfalt, uuid, at=besok.at))
    insyn.record(
        by=besok.anvandare,
        handelse=insyn.TILLFALLE,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        patienter=funnet.patienter,
        enhet=besok.unit_name(funnet.enhet_id),
        objekt=f"samverkanstillfälle {uuid}",
    )
    return show(request, besok, "tillfalle", avdelning="samverkan", t=funnet)


@require_safe
@fragor(*samverkansurval.FALT)
@sida
def activities(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show work for patients without the patient."""
    urval, fel = _read(request, besok)
    lista = samverkan.activities(besok.synfalt, urval, ser_diagnos=besok.ser_patient)
    insyn.record(
        by=besok.anvandare,
        handelse=insyn.AKTIVITETER,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        patienter=lista.patienter,
        enhet=besok.enhet.namn if besok.enhet else "",
        objekt=urval.in_words(),
    )
    return show(
        request,
        besok,
        "aktiviteter",
        avdelning="samverkan",
        lista=lista,
        urval=urval,
        fel=fel,
        typer=AKTIVITETSTYPER.items(),
    )


@require_safe
@sida
def activity(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Show one activity."""
    rad, patienter = or_404(
        samverkan.activity(besok.provider_synfalt, uuid, ser_diagnos=besok.ser_patient)
    )
    insyn.record(
        by=besok.anvandare,
        handelse=insyn.AKTIVITET,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        patienter=patienter,
        enhet=besok.unit_name(rad.enhet_id),
        objekt=f"aktivitet {uuid}",
    )
    return show(request, besok, "aktivitet", avdelning="samverkan", a=rad)


def _read(request: HttpRequest, besok: Besok) -> tuple[Samverkansurval, tuple[Filterfel, ...]]:
    """Read the filter of the address."""
    return samverkansurval.parse(request.GET.dict(), day=besok.dag)
