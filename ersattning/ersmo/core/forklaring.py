"""Forklaring: why a contact earned what it earned, condition by condition.

Made on demand by the plain engine from the same contact and pack, so it always ends in the same
outcome as the stored decision. Hints name missing facts only, never another code that would pay.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from ersattning.ersmo.core.bitmask import Kompilerat
from ersattning.ersmo.core.mening import Sprak, Texter, answer, describe
from ersattning.ersmo.core.orsaker import ORSAKER
from ersattning.ersmo.core.regel import Regel, Regelpaket
from ersattning.ersmo.core.tolkning import Tolkning, interpret
from ersattning.ersmo.core.utfall import Bortval, Klassning
from ersattning.ersmo.core.villkor import (
    ORD,
    Alla,
    Atom,
    Inte,
    Listor,
    Sats,
    Villkor,
    atoms,
    evaluate,
    is_unknown,
)
from gvr.core.vardkontakt import Form, Innehall, Kontakt, Placering


class Sort(StrEnum):
    """How the parts of a condition belong together."""

    VILLKOR = "VILLKOR"  # one condition without parts
    ALLA = "ALLA"
    NAGOT_AV = "NAGOT_AV"
    INTE = "INTE"


class Villkorssvar(msgspec.Struct, frozen=True, kw_only=True):
    """One condition and how the contact stands to it.

    `okand` is a fact that the contact lacks; it is then no hit either. `delar` are the conditions
    inside an exception or the alternatives. `ord` is the word of a condition without parts, so that
    a reader who may not see diagnoses can be spared its text.
    """

    text: str
    ord: str = ""
    traff: bool
    sort: Sort = Sort.VILLKOR
    okand: bool = False
    delar: "tuple[Villkorssvar, ...]" = ()


class Regelsvar(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that was asked. `fattas` is how many conditions were not met.

    `ger` says that the rule decided: it gave a row, or said that such a contact is not paid.
    `skal` is why a rule whose conditions are all met gave nothing.
    """

    regel_id: str
    titel: str
    typ: str
    produktkod: str
    avsnitt: str
    kalla: tuple[str, ...]
    exempel_falt: tuple[str, ...]
    villkor: tuple[Villkorssvar, ...]
    traff: bool
    ger: bool
    fattas: int
    skal: str | None = None


class Forklaring(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome with its reason in words, and every rule: deciding ones first, then those whose
    conditions are met, then near misses before far ones. `tips` are missing facts to report.
    """

    klassning: Klassning
    paket: str
    version: str
    regler: tuple[Regelsvar, ...]
    orsakstext: str | None = None
    tips: tuple[str, ...] = ()


def trace(
    kontakt: Kontakt, paket: Regelpaket | Kompilerat, *, texter: Texter | None = None
) -> Forklaring:
    """Explain a contact. `texter` holds the texts of codes, by code system (BTYP, VDG, …)."""
    if isinstance(paket, Kompilerat):
        paket = paket.paket
    tolkning = interpret(kontakt, paket)
    klassning = tolkning.utfall.klassning
    sprak = Sprak.of(paket, texter)
    regler = [_explain_rule(regel, kontakt, paket, tolkning, sprak) for regel, _ in tolkning.svar]
    regler.sort(key=lambda regel: (not regel.ger, not regel.traff, regel.fattas))
    fattas = {regel.regel_id: regel.fattas for regel in regler}
    orsak = paket.reason(klassning.orsak) if klassning.orsak is not None else None
    return Forklaring(
        klassning=klassning,
        paket=paket.namn,
        version=paket.version,
        regler=tuple(regler),
        orsakstext=orsak.text if orsak is not None else None,
        tips=() if klassning.rader else _hints(kontakt.innehall, tolkning, paket, fattas),
    )


def _explain_rule(
    regel: Regel,
    kontakt: Kontakt,
    paket: Regelpaket,
    tolkning: Tolkning,
    sprak: Sprak,
) -> Regelsvar:
    klassning = tolkning.utfall.klassning
    villkor = tuple(
        _explain(part, kontakt.innehall, kontakt.placering, tolkning.listor, sprak)
        for part in paket.condition_of(regel).delar
        if kontakt.placering is not None
    )
    bortval: Mapping[str, Bortval] = tolkning.utfall.bortval
    return Regelsvar(
        regel_id=regel.id,
        titel=regel.titel,
        typ=regel.typ.value,
        produktkod=regel.produktkod,
        avsnitt=regel.avsnitt,
        kalla=regel.kalla,
        exempel_falt=regel.exempel_falt,
        villkor=villkor,
        traff=all(part.traff for part in villkor),
        ger=regel.id == klassning.regel_id or any(r.regel_id == regel.id for r in klassning.rader),
        fattas=sum(_missing(part) for part in villkor),
        skal=bortval[regel.id].skal if regel.id in bortval else None,
    )


def _explain(
    villkor: Villkor, innehall: Innehall, placering: Placering, listor: Listor, sprak: Sprak
) -> Villkorssvar:
    svar = evaluate(villkor, innehall, placering, listor)
    parts: tuple[Villkor, ...]
    if isinstance(villkor, Atom):
        text = answer(villkor, innehall, placering, sprak, traff=svar is True)
        return Villkorssvar(text=text, ord=villkor.ord, traff=svar is True, okand=svar is None)
    if isinstance(villkor, Inte):
        sort, text, parts = Sort.INTE, describe(villkor, sprak), (villkor.villkor,)
    elif isinstance(villkor, Alla):
        sort, text, parts = Sort.ALLA, "Allt detta gäller", villkor.delar
    else:
        sort, text, parts = Sort.NAGOT_AV, "Minst ett av alternativen gäller", villkor.delar
    delar = tuple(_explain(part, innehall, placering, listor, sprak) for part in parts)
    if sort is Sort.ALLA and len(delar) == 1:
        return delar[0]
    return Villkorssvar(text=text, traff=svar is True, sort=sort, okand=svar is None, delar=delar)


def _missing(svar: Villkorssvar) -> int:
    """Return how many conditions would have to change for this one to be met."""
    if svar.traff:
        return 0
    if svar.sort is Sort.ALLA:
        return sum(_missing(part) for part in svar.delar)
    if svar.sort is Sort.NAGOT_AV:
        return min(_missing(part) for part in svar.delar)
    return 1


#: Facts that every contact should carry, by the word that asks for them.
_GRUNDUPPGIFTER: Final = {
    "yrkeskategori": "Yrkeskategori saknas. Ange minst en, den som mötte patienten först.",
    "besokstyp": "Besökstyp saknas.",
    "taxa": "Taxa saknas. Varje öppenvårdskontakt har en taxa.",
}


def _hints(
    innehall: Innehall, tolkning: Tolkning, paket: Regelpaket, fattas: Mapping[str, int]
) -> tuple[str, ...]:
    """Name the facts that the contact lacks and some rule needed. Nothing else is ever hinted."""
    asked = {atom.ord for regel, _ in tolkning.svar for atom in atoms(paket.condition_of(regel))}
    uncertain = {
        atom.ord
        for regel, svar in tolkning.svar
        if svar is None
        for atom in atoms(paket.condition_of(regel))
    }
    hints = [
        f"{ORSAKER[word.okand].titel}. {ORSAKER[word.okand].atgard}"
        for word in ORD.values()
        if word.okand is not None and word.namn in uncertain and is_unknown(word, innehall)
    ]
    if innehall.form is Form.OPPENVARD:
        hints += [
            text
            for namn, text in _GRUNDUPPGIFTER.items()
            if namn in asked and not getattr(innehall, ORD[namn].falt)
            if namn != "besokstyp" or innehall.vktyp is None
        ]
    if not innehall.diagnoser and any(
        _needs_a_diagnosis(regel, fattas[regel.id], paket) for regel, _ in tolkning.svar
    ):
        hints.append("Huvuddiagnos saknas, och den är obligatorisk.")
    return tuple(hints)


def _needs_a_diagnosis(regel: Regel, fattas: int, paket: Regelpaket) -> bool:
    """Say whether a diagnosis at all is the one thing that a contact without any lacks."""
    return fattas == 1 and any(
        isinstance(part, Atom) and part.ord == "diagnos" and part.sats is Sats.FINNS and part.ja
        for part in paket.condition_of(regel).delar
    )
