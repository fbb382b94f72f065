"""Loading of a small set of master data from one document."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from gvr.core.period import Period
from gvr.models import (
    Avtal,
    Avtalsomrade,
    Enhet,
    Enhetsuppdrag,
    Formagekrav,
    Uppdrag,
    Vardgivare,
)


def daterange(fr_o_m: date, t_o_m: date | None = None) -> tuple[date, date | None]:
    """Return a period of inclusive days as the database keeps it."""
    period = Period.inclusive(fr_o_m, t_o_m)
    return (period.start, period.slut)


@transaction.atomic
def load(document: Mapping[str, Any]) -> dict[str, Vardgivare]:
    """Create what the document describes and does not exist; return the providers by their key.

    A row that exists is left alone, so loading twice changes nothing.
    """
    omraden = {
        rad["kod"]: Avtalsomrade.objects.get_or_create(
            kod=rad["kod"],
            defaults={"namn": rad["namn"], "uppdragstyper": rad.get("uppdragstyper", [])},
        )[0]
        for rad in document["avtalsomraden"]
    }
    svar = {}
    for rad in document["vardgivare"]:
        svar[rad["nyckel"]] = _load_provider(rad, omraden)
    return svar


def _load_provider(rad: Mapping[str, Any], omraden: Mapping[str, Avtalsomrade]) -> Vardgivare:
    falt = ("namn", "hsa_id", "adress", "postnummer", "ort", "bankgiro", "epost")
    vardgivare, _ = Vardgivare.objects.get_or_create(
        orgnr=rad["orgnr"], defaults={namn: rad.get(namn, "") for namn in falt}
    )
    avtal = {
        a["ada_nummer"]: Avtal.objects.get_or_create(
            ada_nummer=a["ada_nummer"],
            defaults={
                "vardgivare": vardgivare,
                "avtalsomrade": omraden[a["avtalsomrade"]],
                "giltig": _validity(a),
                "momskompensation": a.get("momskompensation", False),
                "avgiftsavdrag": a.get("avgiftsavdrag", True),
                "egenskaper": a.get("egenskaper", {}),
            },
        )[0]
        for a in rad["avtal"]
    }
    for a in rad["avtal"]:
        if krav := a.get("digital_formaga"):
            Formagekrav.objects.get_or_create(
                avtal=avtal[a["ada_nummer"]],
                defaults={"giltig": _validity(krav), "grund": krav["grund"]},
            )
    uppdrag = {
        u["samverks_id"]: Uppdrag.objects.get_or_create(
            samverks_id=u["samverks_id"],
            defaults={
                "uppdragstyp": u["uppdragstyp"],
                "namn": u["namn"],
                "avtal": avtal[u["avtal"]],
                "test": u.get("test", False),
                "giltig": _validity(u),
            },
        )[0]
        for u in rad["uppdrag"]
    }
    for e in rad["enheter"]:
        enhet, _ = Enhet.objects.get_or_create(
            kombika=str(e["kombika"]),
            defaults={
                "vardgivare": vardgivare,
                "hsa_id": e["hsa_id"],
                "namn": e["namn"],
                "giltig": _validity(e),
            },
        )
        for samverks_id in e["uppdrag"]:
            Enhetsuppdrag.objects.get_or_create(
                enhet=enhet, uppdrag=uppdrag[samverks_id], defaults={"giltig": _validity(e)}
            )
    return vardgivare


def _validity(rad: Mapping[str, Any]) -> tuple[date, date | None]:
    return daterange(rad["fr_o_m"], rad.get("t_o_m"))
