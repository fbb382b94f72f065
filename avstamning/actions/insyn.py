"""Insyn: that somebody has seen patient data is written down, in the same transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gvr.actions import logg
from gvr.queries.behorighet import as_region

#: What people do in the portal, as the log says it.
LISTA = "Visade vårdkontakter"
EXPORT = "Exporterade vårdkontakter"
KONTAKT = "Visade en vårdkontakt"
IDENTITET = "Visade personnummer"
AVVISADE = "Visade avvisade vårdkontakter"
FAKTURARAD = "Visade en fakturarads vårdkontakter"
SAMVERKAN = "Visade samverkanstillfällen"
TILLFALLE = "Visade ett samverkanstillfälle"
AKTIVITETER = "Visade aktiviteter"
PERIODER = "Visade vårdansvar och vårdperioder"
VANTANDE = "Visade det som väntar på en annan del"
VANTETIDER = "Visade väntetider"
ANROP = "Visade ett anrop från ett journalsystem"
SOKTE = "Sökte en patient"
PATIENT = "Visade en patients vårdkontakter"
HANDLAGDA = "Visade registrerat för hand"
BLANKETT = "Öppnade en vårdkontakt i blankett"
AKTIVITET = "Visade en aktivitet"
LOGGEN = "Visade åtkomstloggen"
GODKANDE = "Godkände en faktura"
HANDLING = "Hämtade en fakturahandling"


def record(
    *,
    by: Any,
    handelse: str,
    vardgivare_id: int,
    at: datetime,
    patienter: Sequence[str] = (),
    enhet: str = "",
    objekt: str = "",
    skal: str = "",
) -> None:
    """Write one row in the access log: what was seen, by whom, and which patients were on it.

    A person whose reach is a few units may not write rows that belong to the whole provider, and
    the log must be written all the same: it is written with the region's reach.
    """
    with as_region():
        logg.record(
            by=by,
            handelse=handelse,
            patienter=tuple(dict.fromkeys(patienter)),
            at=at,
            objekt=objekt[:200],
            vardgivare_id=vardgivare_id,
            enhet=enhet[:200],
            skal=skal[:500],
        )
