"""What the palette finds by exact id: a contact, a unit, a contract, a provider."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from gvr.admin.leveranser import exact_uuid
from gvr.admin.vardkontakter import EGNA_KALLSYSTEM
from gvr.models import Avtal, Enhet, Maskinkonto, Vardgivare, Vardkontakt

LIMIT = 8


def find(request: HttpRequest, term: str) -> list[SearchResult]:
    """Return rows whose id is the term or begins with it. Every lookup has an index."""
    term = term.strip()
    if len(term) < 3:
        return []
    fynd: list[SearchResult] = []
    if request.user.has_perm("gvr.view_vardgivare"):
        for vg in Vardgivare.objects.filter(namn__icontains=term)[:LIMIT]:
            fynd.append(_result(vg.namn, f"Vårdgivare {vg.orgnr}", "gvr_vardgivare", vg.pk))
    if request.user.has_perm("gvr.view_enhet"):
        for enhet in Enhet.objects.filter(kombika__istartswith=term)[:LIMIT]:
            fynd.append(_result(str(enhet), "Enhet", "gvr_enhet", enhet.pk))
    if request.user.has_perm("gvr.view_avtal"):
        for avtal in Avtal.objects.filter(ada_nummer__istartswith=term).select_related(
            "avtalsomrade"
        )[:LIMIT]:
            fynd.append(_result(str(avtal), "Avtal", "gvr_avtal", avtal.pk))
    if request.user.has_perm("gvr.view_vardkontakt"):
        fynd += [
            _result(str(kontakt), "Vårdkontakt", "gvr_vardkontakt", kontakt.pk)
            for kontakt in _contacts(term)
        ]
    return fynd


def _contacts(term: str) -> Any:
    if (nyckel := exact_uuid(term)) is not None:
        return Vardkontakt.objects.filter(uuid=nyckel)
    kanda = list(Maskinkonto.objects.values_list("kallsystem", flat=True).distinct())
    # The palette lowers what is typed; senders' ids come in capitals as often as not.
    return Vardkontakt.objects.filter(
        kallsystem__in=[*kanda, *EGNA_KALLSYSTEM], vardhandelse_id__in=[term, term.upper()]
    )[:LIMIT]


def _result(titel: str, beskrivning: str, vy: str, pk: int) -> SearchResult:
    return SearchResult(
        title=titel,
        description=beskrivning,
        link=reverse(f"admin:{vy}_change", args=[pk]),
        icon="arrow_forward",
    )
