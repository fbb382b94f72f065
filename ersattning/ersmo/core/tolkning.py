"""Tolkning: the plain engine. It asks every rule every question, and is right by being simple."""

import msgspec

from ersattning.ersmo.core.regel import Regel, Regelpaket
from ersattning.ersmo.core.utfall import Klassning, Underlag, Utfall, decide, nothing, quantities
from ersattning.ersmo.core.villkor import ORD, Listor, evaluate, is_unknown
from gvr.core.vardkontakt import Kontakt


class Tolkning(msgspec.Struct, frozen=True):
    """The outcome with every valid rule's answer, in settling order, and the lists of the day."""

    utfall: Utfall
    svar: tuple[tuple[Regel, bool | None], ...] = ()
    listor: Listor = {}


def reason_before_rules(kontakt: Kontakt, paket: Regelpaket) -> str | None:
    """Return the reason for nothing that no rule needs to be asked for, None when there is none."""
    if kontakt.makulerad:
        return "MAKULERAD"
    if kontakt.placering is None:
        return "PLACERING_SAKNAS"
    return None if paket.giltig.contains(kontakt.innehall.dag) else "UTANFOR_GILTIGHET"


def interpret(kontakt: Kontakt, paket: Regelpaket) -> Tolkning:
    """Ask every rule that is valid on the day of care, and settle the answers."""
    orsak = reason_before_rules(kontakt, paket)
    innehall, placering = kontakt.innehall, kontakt.placering
    if orsak is not None or placering is None:
        return Tolkning(Utfall(nothing(orsak or "PLACERING_SAKNAS"), {}))
    listor = paket.lists_on(innehall.dag)
    valid = sorted(paket.rules_on(innehall.dag), key=lambda regel: paket.rank[regel.id])
    svar = tuple(
        (regel, evaluate(paket.condition_of(regel), innehall, placering, listor)) for regel in valid
    )
    utfall = decide(
        [regel for regel, answer in svar if answer],
        [regel for regel, answer in svar if answer is None],
        [word for word in ORD.values() if is_unknown(word, innehall)],
        quantities(valid, Underlag.of(kontakt), listor),
        paket,
    )
    return Tolkning(utfall, svar, listor)


def classify_interpreted(kontakt: Kontakt, paket: Regelpaket) -> Klassning:
    """Classify a contact rule by rule: the oracle that `classify` is held against."""
    return interpret(kontakt, paket).utfall.klassning
