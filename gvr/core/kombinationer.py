"""Rules about values that are right one by one and do not go together.

Only what a public source states is demanded; where a list is not public in whole, what is missing
from it is no fault. All of them remark and stop nothing: the lists are older than some codes, and a
region that wants to be stricter makes a rule stricter for a contract area (see Regelallvar).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from gvr.core.granskning import INGA, Fynd, Granskning, one, rule
from gvr.core.personnummer import Identitet, Identitetstyp
from gvr.core.vardkontakt import Form

_HEL_AVGIFT: Final = frozenset({"0", "1", "2", "8", "9", "A", "B", "H", "I", "L", "P"})
#: Besökstyper of the taxor for which the list of taxekoder names them.
BESOKSTYPER: Final[Mapping[str, frozenset[str]]] = {
    "01": _HEL_AVGIFT,
    "02": _HEL_AVGIFT,
    "03": frozenset({"0", "1"}),
}
BARA_LAKARE: Final = frozenset({"22"})  # taxor that only a doctor's visit may have
LAKARE: Final = frozenset(f"{nummer:02d}" for nummer in range(1, 70))  # yrkeskategori 01-69
RESERVNUMMER: Final = frozenset({"04", "12", "69"})  # taxor of patients with a reservnummer
TEAMBESOK: Final = "A"


@rule("GVR052")
def taxa_och_besokstyp(g: Granskning) -> Fynd:
    """A taxa whose besökstyper are listed stands with one of them."""
    taxa, btyp = g.innehall.taxa, g.innehall.btyp
    if taxa is None or not btyp:
        return INGA
    tillatna = BESOKSTYPER.get(taxa)
    if tillatna is None or btyp in tillatna or len(btyp) > 2:
        return INGA  # what is no code at all has a finding of its own
    return one(
        "GVR052",
        "/taxa",
        f"Taxa {taxa} används med besökstyperna {', '.join(sorted(tillatna))}, inte med den "
        "besökstyp som vårdkontakten har.",
        varde=taxa,
    )


@rule("GVR053")
def taxa_och_yrkeskategori(g: Granskning) -> Fynd:
    """Taxa 22 is of a doctor's visit: its first yrkeskategori is one of 01-69."""
    innehall = g.innehall
    if innehall.taxa not in BARA_LAKARE or not innehall.yrkeskategorier:
        return INGA
    if innehall.yrkeskategorier[0] in LAKARE:
        return INGA
    return one("GVR053", "/yrkeskategorier/0", varde=innehall.taxa)


@rule("GVR054")
def taxa_och_patientens_nummer(g: Granskning) -> Fynd:
    """A patient from abroad whose taxa demands it is reported on a reservnummer."""
    taxa = g.innehall.taxa
    if taxa not in RESERVNUMMER or not isinstance(g.identitet, Identitet):
        return INGA
    if g.identitet.typ is Identitetstyp.RESERVNUMMER:
        return INGA
    return one("GVR054", "/patient_id", f"Taxa {taxa} rapporteras med patientens reservnummer.")


@rule("GVR055")
def teambesok(g: Granskning) -> Fynd:
    """A team visit (besökstyp A) names at least two yrkeskategorier."""
    if g.innehall.btyp != TEAMBESOK or len(g.innehall.yrkeskategorier) != 1:
        return INGA
    return one("GVR055", "/yrkeskategorier")


@rule("GVR056", "GVR057")
def kodernas_dagar(g: Granskning) -> Fynd:
    """An åtgärd and a tillstånd with a day of their own lie within the contact."""
    if g.detaljer is None:
        return INGA
    dag, slutdag = g.innehall.dag, g.innehall.slutdag or g.innehall.dag
    if g.innehall.form is Form.SLUTENVARD and g.innehall.slutdag is None:
        slutdag = max(dag, g.today)  # still going on
    found = INGA
    for kod, falt, namn in (
        ("GVR056", "atgarder", "Åtgärden"),
        ("GVR057", "tillstand", "Tillståndet"),
    ):
        for nummer, rad in enumerate(_details(g, falt)):
            den = _as_day(rad.get("datum"))
            if den is not None and not dag <= den <= slutdag:
                found += one(
                    kod,
                    f"/{falt}/{nummer}",
                    f"{namn} är från {den}, vårdkontakten från {dag} till och med {slutdag}.",
                    varde=den,
                )
    return found


@rule("GVR058")
def kodernas_hanvisningar(g: Granskning) -> Fynd:
    """A code that points at a diagnos or a tillstånd by its number points at one that is there."""
    if g.detaljer is None:
        return INGA
    finns: dict[str, set[int]] = {
        "diagnosnr": _numbers(g, "diagnoser"),
        "tillstandnr": _numbers(g, "tillstand"),
    }
    found = INGA
    for falt in ("atgarder", "tillstand"):
        for nummer, rad in enumerate(_details(g, falt)):
            for namn, nummer_som_finns in finns.items():
                pekar_pa = rad.get(namn)
                if pekar_pa is not None and pekar_pa not in nummer_som_finns:
                    found += one("GVR058", f"/{falt}/{nummer}", varde=str(pekar_pa))
    return found


def _details(g: Granskning, falt: str) -> list[Mapping[str, Any]]:
    return [] if g.detaljer is None else g.detaljer.get(falt, [])


def _numbers(g: Granskning, falt: str) -> set[int]:
    """Return the numbers that codes of a list go by: their own, else their places from 1."""
    rader = _details(g, falt)
    if not rader:
        return set(range(1, len(getattr(g.innehall, falt)) + 1))
    return {int(rad.get("ordnnr", plats)) for plats, rad in enumerate(rader, start=1)}


def _as_day(varde: str | date | None) -> date | None:
    """Return a day of the details: they hold it as text when they are to be stored."""
    if varde is None or isinstance(varde, date):
        return varde
    try:
        return date.fromisoformat(varde)
    except ValueError:
        return None
