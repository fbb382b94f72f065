"""What the addresses of reports beside contacts share."""

import re
from datetime import date, time
from typing import Any, Final

import msgspec
from rest_framework.exceptions import NotFound

from gvr.actions.handelser import Rapport
from gvr.api import avkodning, svar
from gvr.api.anrop import Anrop
from gvr.api.problem import Avvisat
from gvr.core.avvikelse import Avvikelse, camel
from gvr.core.felkatalog import finding
from gvr.core.mottagning import Avsikt


def cancellation(anrop: Anrop, id_: str) -> Rapport:
    """Return what the parameters say of a cancellation. Raises Avvisat: OGILTIG_PARAMETER."""
    orsak = anrop.parametrar.get("orsak", "")
    if len(orsak) > 500 or avkodning.free_text(orsak, "/orsak"):
        raise Avvisat(
            "OGILTIG_PARAMETER",
            text="orsak ska vara högst 500 tecken och aldrig patientens nummer.",
        )
    return Rapport(
        id=id_,
        avsikt=Avsikt.MAKULERA,
        version=anrop.number("version", fran=1, till=1_000_000_000),
        vantad=anrop.expected_version(),
        orsak=orsak,
    )


def unreadable(id_: str, enhet: str | None, orsak: str) -> list[Avvikelse]:
    """Return what the contract could not say of an id, a unit and a text."""
    fynd = []
    if not id_.isprintable() or len(id_) > 64:
        fynd.append(finding("FEL_FORMAT", pekare="/id"))
    if enhet is None:
        fynd.append(finding("ENHET_OTYDLIG", pekare="/enhet"))
    return fynd + avkodning.free_text(orsak, "/orsak")


#: How an id may be written; the same as in a body.
_ID: Final = re.compile(r"[0-9A-Za-zÅÄÖåäö][0-9A-Za-zÅÄÖåäö._:+|@=-]{0,63}")


def readable(id_: str) -> str:
    """Return an id of an address; one that cannot be anything's is not found."""
    if not _ID.fullmatch(id_):
        raise NotFound
    return id_


def as_content(innehall: Any) -> dict[str, Any]:
    """Return a core struct in the contract's form: camelCase, and the unit as it is sent."""
    ut: dict[str, Any] = {}
    for falt in msgspec.structs.fields(innehall):
        varde = getattr(innehall, falt.name)
        if varde is None or varde == ():
            continue
        if falt.name == "enhet":
            ut["enhet"] = svar.as_unit(varde)
        elif isinstance(varde, date | time):
            ut[camel(falt.name)] = varde.isoformat()
        else:
            ut[camel(falt.name)] = varde
    return ut
