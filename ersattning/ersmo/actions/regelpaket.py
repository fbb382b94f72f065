"""Regelpaket from document to published."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from ersattning.ersmo.core import regelpaket as core
from ersattning.ersmo.core.konflikter import find_conflicts
from ersattning.ersmo.core.provning import check_examples
from ersattning.ersmo.models import Regelpaket
from gvr.actions import andringar, publicering
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.felkatalog import finding
from gvr.queries import avtalsomraden

FOLDER = "regelpaket"  # where in data/ the documents lie that come with the system


@transaction.atomic
def create_draft(
    document: Mapping[str, Any], *, by: Any, at: datetime
) -> Regelpaket | tuple[Avvikelse, ...]:
    """Keep a document as the next version of its model. Returns every fault that stops it."""
    paket = core.parse(document)
    if isinstance(paket, tuple):
        return paket
    omrade = avtalsomraden.by_code(paket.avtalsomrade)
    if omrade is None:
        return (finding("AVTALSOMRADE_OKANT", pekare="/avtalsomrade", varde=paket.avtalsomrade),)
    senaste = Regelpaket.objects.filter(modell=paket.modell).aggregate(n=Max("version"))["n"] or 0
    andringar.sign(by=by, skal="Nytt utkast")
    return Regelpaket.objects.create(
        modell=paket.modell,
        version=senaste + 1,
        namn=paket.namn,
        avtalsomrade_id=omrade,
        giltig=(paket.giltig.start, paket.giltig.slut),
        innehall=document,
        innehall_hash=core.content_hash(document),
        skapad=at,
        skapad_av=by,
    )


@transaction.atomic
def edit(
    utkast: Regelpaket, document: Mapping[str, Any], *, by: Any, skal: str
) -> Regelpaket | tuple[Avvikelse, ...]:
    """Replace the document of a draft. Returns every fault that stops it."""
    paket = core.parse(document)
    if isinstance(paket, tuple):
        return paket
    omrade = avtalsomraden.by_code(paket.avtalsomrade)
    if omrade is None:
        return (finding("AVTALSOMRADE_OKANT", pekare="/avtalsomrade", varde=paket.avtalsomrade),)
    utkast.namn, utkast.avtalsomrade_id = paket.namn, omrade
    utkast.giltig = (paket.giltig.start, paket.giltig.slut)
    utkast.innehall, utkast.innehall_hash = document, core.content_hash(document)
    andringar.sign(by=by, skal=skal)
    utkast.save()
    return utkast


def proof(paket: Regelpaket) -> tuple[Avvikelse, ...]:
    """Return what the pack's own examples and the search for conflicts find."""
    last = core.parse(paket.innehall)
    if isinstance(last, tuple):
        return last
    return (*check_examples(last), *find_conflicts(last))


def submit(paket: Regelpaket, *, by: Any, at: datetime) -> Regelpaket | tuple[Avvikelse, ...]:
    """Hand in a draft whose examples all pass and whose rules do not conflict."""
    brister = tuple(a for a in proof(paket) if a.allvar is Allvar.STOPP)
    if brister:
        return brister
    return publicering.submit(paket, by=by, at=at, innehall_hash=core.content_hash(paket.innehall))


def exists(document: Mapping[str, Any]) -> bool:
    """Say whether any version of the document's model is kept."""
    return Regelpaket.objects.filter(modell=document["modell"]).exists()
