"""Prislistor from document to published."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.db.models import Max

from ersattning.hej.core import prislista as core
from ersattning.hej.models import Pris, Prislista
from ersattning.hej.queries.prislistor import to_core
from gvr.actions import andringar, publicering
from gvr.core.avvikelse import Avvikelse
from gvr.core.felkatalog import finding
from gvr.queries import avtalsomraden
from gvr.queries.register import period

FOLDER = "prislistor"  # where in data/ the documents lie that come with the system


@transaction.atomic
def create_draft(
    document: Mapping[str, Any], *, by: Any, at: datetime
) -> Prislista | tuple[Avvikelse, ...]:
    """Keep a document as the next version of its list. Returns every fault that stops it."""
    last = core.parse(document)
    if isinstance(last, tuple):
        return last
    omrade = avtalsomraden.by_code(last.avtalsomrade)
    if omrade is None:
        return (finding("AVTALSOMRADE_OKANT", pekare="/avtalsomrade", varde=last.avtalsomrade),)
    senaste = Prislista.objects.filter(kod=last.kod).aggregate(n=Max("version"))["n"] or 0
    andringar.sign(by=by, skal="Nytt utkast")
    lista = Prislista.objects.create(
        kod=last.kod,
        version=senaste + 1,
        namn=last.namn,
        avtalsomrade_id=omrade,
        giltig=(last.giltig.start, last.giltig.slut),
        avrundning=last.avrundning,
        kalla=last.kalla,
        innehall_hash=last.hash,
        skapad=at,
        skapad_av=by,
    )
    _insert(lista, last.priser)
    return lista


@transaction.atomic
def copy_as_draft(fran: Prislista, *, by: Any, at: datetime) -> Prislista:
    """Start the next version of a list from what this version says."""
    # What was stored can be stored again.
    return cast(Prislista, create_draft(export(fran), by=by, at=at))


@transaction.atomic
def replace_prices(
    utkast: Prislista, document: Mapping[str, Any], *, by: Any, skal: str
) -> Prislista | tuple[Avvikelse, ...]:
    """Replace the whole content of a draft. Returns every fault that stops it."""
    last = core.parse(document)
    if isinstance(last, tuple):
        return last
    andringar.sign(by=by, skal=skal)
    utkast.namn, utkast.kalla = last.namn, last.kalla
    utkast.giltig = (last.giltig.start, last.giltig.slut)
    utkast.avrundning, utkast.innehall_hash = last.avrundning, last.hash
    utkast.save()
    utkast.pris_set.all().delete()
    _insert(utkast, last.priser)
    return utkast


@transaction.atomic
def rehash(utkast: Prislista, *, by: Any, skal: str) -> Prislista:
    """Let a draft's hash say what its prices say, after they were changed row by row."""
    andringar.sign(by=by, skal=skal)
    utkast.refresh_from_db()
    utkast.innehall_hash = core.content_hash(export(utkast))
    utkast.save(update_fields=["innehall_hash"])
    return utkast


def as_core(lista: Prislista) -> core.Prislista:
    """Return the stored list as a value, with the hash of what it says now."""
    return core.Prislista(
        id=lista.pk,
        kod=lista.kod,
        version=lista.version,
        hash="",
        giltig=period(_stored(lista).giltig),
        avrundning=lista.avrundning,
        priser=tuple(to_core(rad) for rad in lista.pris_set.all()),
        namn=lista.namn,
        avtalsomrade=lista.avtalsomrade.kod,
        kalla=lista.kalla,
    )


def export(lista: Prislista) -> dict[str, Any]:
    """Return the stored list as the document it can be made from."""
    return core.dump(as_core(lista))


def submit(lista: Prislista, *, by: Any, at: datetime) -> Prislista | tuple[Avvikelse, ...]:
    """Hand in a draft that can be read back whole."""
    document = export(lista)
    last = core.parse(document)
    if isinstance(last, tuple):
        return last
    return publicering.submit(lista, by=by, at=at, innehall_hash=core.content_hash(document))


def exists(document: Mapping[str, Any]) -> bool:
    """Say whether any version of the document's list is kept."""
    return Prislista.objects.filter(kod=document["kod"]).exists()


def _stored(lista: Prislista) -> Prislista:
    """Return the row as the database has it: a new object still holds its period as a pair."""
    return Prislista.objects.only("giltig").get(pk=lista.pk)


def _insert(lista: Prislista, priser: Iterable[core.Pris]) -> None:
    Pris.objects.bulk_create(
        Pris(
            prislista=lista,
            produktkod=pris.produktkod,
            text=pris.text,
            giltig=(pris.giltig.start, pris.giltig.slut),
            belopp=pris.belopp,
            reducerat=pris.reducerat,
            tak1=pris.tak1,
            tak2=pris.tak2,
            exempel=pris.exempel,
            kalla=pris.kalla,
        )
        for pris in priser
    )
