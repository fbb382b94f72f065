"""Rule packs: readable rules with their examples, versions beside each other, two persons."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from ersattning.ersmo.actions import regelpaket as actions
from ersattning.ersmo.core import jamforelse
from ersattning.ersmo.core import regelpaket as core
from ersattning.ersmo.core.anvisning import write_instruction
from ersattning.ersmo.models import Regelpaket
from gvr.admin.publicering import Flik, Publiceringsadmin
from gvr.core.avvikelse import Avvikelse
from gvr.queries import koder

KODVERK = ("BTYP", "VKTYP", "VDG", "TAXA", "AKUT", "OPKOD", "DIAGNOS", "TILLSTAND")


@admin.register(Regelpaket)
class RegelpaketAdmin(Publiceringsadmin):
    """Regelpaket: one version of an ersättningsmodell."""

    search_text = ("namn", "modell")
    ordering = ("modell", "-version")

    def document(self, rad: Regelpaket) -> dict[str, Any]:
        """Return the document in its own order; the database keeps none."""
        paket = core.parse(rad.innehall)
        return rad.innehall if isinstance(paket, tuple) else core.dump(paket)

    def create(self, document: Any, *, request: HttpRequest, skal: str) -> Any:
        """Create a draft."""
        del skal
        return actions.create_draft(document, by=request.user, at=timezone.now())

    def edit(self, rad: Regelpaket, document: Any, *, request: HttpRequest, skal: str) -> Any:
        """Replace a draft."""
        return actions.edit(rad, document, by=request.user, skal=skal)

    def submit(self, rad: Regelpaket, *, request: HttpRequest) -> Any:
        """Hand in, when every example passes and no rules conflict."""
        return actions.submit(rad, by=request.user, at=timezone.now())

    def current_hash(self, rad: Regelpaket) -> str:
        """Return the hash of the document."""
        return core.content_hash(rad.innehall)

    def findings(self, rad: Regelpaket) -> Sequence[Avvikelse]:
        """Return failing examples and conflicts."""
        return actions.proof(rad)

    def versions(self, rad: Regelpaket) -> QuerySet[Any]:
        """Return the other versions of the model."""
        return Regelpaket.objects.filter(modell=rad.modell).exclude(pk=rad.pk).order_by("-version")

    def parts(self, rad: Regelpaket, *, mot: Any) -> list[Flik]:
        """Return what differs, the readable rules, and the document."""
        paket = core.parse(rad.innehall)
        if isinstance(paket, tuple):
            return []
        fore = core.parse(mot.innehall) if mot is not None else None
        texter: dict[str, dict[str, str]] = {}
        for (verk, kod), text in koder.texts(*KODVERK).items():
            texter.setdefault(verk, {})[kod] = text
        anvisning = write_instruction(paket, texter=texter)
        fel = {a.pekare: a.text for a in self.findings(rad)}
        return [
            Flik(
                "skillnad",
                "Vad som ändras",
                "admin/regelpaket_skillnad.html",
                {
                    "skillnader": jamforelse.compare(
                        None if isinstance(fore, tuple) else fore, paket
                    )
                    if mot is not None
                    else (),
                    "mot": mot,
                },
            ),
            Flik(
                "regler",
                "Reglerna i klartext",
                "admin/regelpaket_regler.html",
                {"anvisning": anvisning, "prov": _proved(paket, fel)},
            ),
        ]

    def refusal(self, fault: IntegrityError) -> str:
        """Say which wall it was."""
        if "regelpaket_en_modell_per_omrade" in str(fault):
            return (
                "En annan modell är publicerad för samma avtalsområde och dagar. Avsluta den "
                "genom att publicera en version med slutdag."
            )
        return super().refusal(fault)


def _proved(paket: core.Regelpaket, fel: dict[str, str]) -> dict[str, list[tuple[str, bool, str]]]:
    """Return, by rule, each example's name, whether it passes, and what is wrong when not."""
    return {
        regel.id: [
            (
                exempel.namn,
                f"/regler/{plats}/exempel/{nummer}" not in fel,
                fel.get(f"/regler/{plats}/exempel/{nummer}", ""),
            )
            for nummer, exempel in enumerate(regel.exempel)
        ]
        for plats, regel in enumerate(paket.regler)
    }
