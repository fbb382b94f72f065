"""Provning: do the examples of a rule pack come out as the pack says?"""

from collections.abc import Iterator, Mapping

from ersattning.ersmo.core import exempel as exempelkontakt
from ersattning.ersmo.core.bitmask import Kompilerat, classify, compile_paket
from ersattning.ersmo.core.forklaring import trace
from ersattning.ersmo.core.lasning import below
from ersattning.ersmo.core.regel import DELTAGARROLLER, Exempel, Regel, Regelpaket
from ersattning.ersmo.core.utfall import Klassning
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.felkatalog import Felpost, add, finding
from gvr.core.vardkontakt import Kontakt

add(
    Felpost(
        kod="ERSMO013",
        titel="Regeln saknar exempel",
        text="Varje regel har minst ett exempel som träffar och ett som missar.",
        atgard="Skriv de exempel som fattas.",
        agare="REGION",
        allvar=Allvar.STOPP,
    ),
    Felpost(
        kod="ERSMO014",
        titel="Exemplet stämmer inte",
        text="Exemplets vårdkontakt ger inte det som exemplet säger.",
        atgard="Rätta regeln eller exemplet.",
        agare="REGION",
        allvar=Allvar.STOPP,
    ),
)


def check_examples(paket: Regelpaket) -> tuple[Avvikelse, ...]:
    """Return every example that fails and every rule that lacks one. A pack that passes has none.

    The examples run through the same engine as production.
    """
    kompilerat = compile_paket(paket)
    roller = {
        roll: compile_paket(paket.of_participation(roll))
        for roll in DELTAGARROLLER[1:]
        if paket.pays_participation
    }
    return tuple(
        avvikelse
        for plats, regel in enumerate(paket.regler)
        for avvikelse in _check_rule(regel, kompilerat, roller, below("/regler", plats, "exempel"))
    )


def _check_rule(
    regel: Regel, kompilerat: Kompilerat, roller: Mapping[str, Kompilerat], pekare: str
) -> Iterator[Avvikelse]:
    for traff, slag in ((True, "träffar"), (False, "missar")):
        if not any(exempel.traff is traff for exempel in regel.exempel):
            text = f"Regeln {regel.id} saknar ett exempel som {slag}."
            yield finding("ERSMO013", pekare=pekare, text=text)
    for plats, exempel in enumerate(regel.exempel):
        kontakt = contact_of(exempel, kompilerat.paket)
        provat = roller[_role(exempel, regel)] if regel.samverkan else kompilerat
        fault = _fault_of(exempel, regel, kontakt, provat)
        if fault:
            text = f"Regeln {regel.id}, exemplet ”{exempel.namn}”: {fault}"
            yield finding("ERSMO014", pekare=below(pekare, plats), text=text)


def _role(exempel: Exempel, regel: Regel) -> str:
    """Return the role that an example of a participation is about: its own, or the rule's first."""
    if exempel.roll:
        return exempel.roll
    return next((roll for roll in DELTAGARROLLER[1:] if roll in regel.samverkan), DELTAGARROLLER[1])


def contact_of(exempel: Exempel, paket: Regelpaket) -> Kontakt:
    """Build the contact of an example. Raises ValueError for one that `parse` would refuse."""
    kontakt = exempelkontakt.build(exempelkontakt.merge(paket.utgangskontakt, exempel.kontakt))
    if isinstance(kontakt, str):
        raise ValueError(kontakt)
    return kontakt


def _fault_of(exempel: Exempel, regel: Regel, kontakt: Kontakt, paket: Kompilerat) -> str | None:
    klassning = classify(kontakt, paket)
    if _decides(regel, klassning) is not exempel.traff:
        wanted = "avgöra" if exempel.traff else "inte avgöra"
        return f"regeln skulle {wanted}. {_why(regel, kontakt, paket)}"
    if exempel.rader is not None and exempel.rader != _rows(klassning):
        return f"vårdkontakten ger {show(klassning)}."
    if exempel.orsak is not None and exempel.orsak != klassning.orsak:
        return f"vårdkontakten ger {show(klassning)}, inte orsaken {exempel.orsak}."
    return None


def _decides(regel: Regel, klassning: Klassning) -> bool:
    return klassning.regel_id == regel.id or any(
        rad.regel_id == regel.id for rad in klassning.rader
    )


def _rows(klassning: Klassning) -> dict[str, int]:
    rows: dict[str, int] = {}
    for rad in klassning.rader:
        rows[rad.produktkod] = rows.get(rad.produktkod, 0) + rad.antal
    return rows


def show(klassning: Klassning) -> str:
    """Write an outcome in short: "2UL01 × 1 + AVG-ENHET × 1", or the reason for nothing."""
    rows = [f"{kod} × {antal}" for kod, antal in _rows(klassning).items()]
    return " + ".join(rows) if rows else f"ingenting ({klassning.orsak})"


def _why(regel: Regel, kontakt: Kontakt, paket: Kompilerat) -> str:
    svar = {one.regel_id: one for one in trace(kontakt, paket).regler}.get(regel.id)
    if svar is None:
        return "Regeln gäller inte den dagen."
    if svar.skal is not None:
        return svar.skal
    failed = [part.text for part in svar.villkor if not part.traff]
    return "; ".join(failed) + "." if failed else "Alla villkor är uppfyllda."
