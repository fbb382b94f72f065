"""Reasons in words, for every code that a decision or a refusal can carry."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from ersattning.ersmo.core.orsaker import Orsak
from ersattning.ersmo.queries import regelpaket
from ersattning.hej.core.orsaker import ORSAKER
from gvr.core import (
    aktivitet,
    anropsfel,
    betalare,
    ersmoindata,
    icd,
    kodverk,
    kontroll,
    mottagning,
    personnummer,
    reservnummer,
    samverkan,
    vantetid,
    vardperiod,
    vardtillfalle,
    webhookfel,
)
from gvr.core.felkatalog import FELKATALOG, Felpost
from gvr.queries.portal import Avtalsrad

#: The modules whose codes a sender can meet: each puts them in the catalogue when it is imported.
_KATALOGER = (
    aktivitet,
    anropsfel,
    betalare,
    ersmoindata,
    icd,
    kodverk,
    kontroll,
    mottagning,
    personnummer,
    vantetid,
    vardperiod,
    reservnummer,
    vardtillfalle,
    samverkan,
    webhookfel,
)


def findings() -> tuple[Felpost, ...]:
    """Return every code of the catalogue of findings, in order."""
    return tuple(FELKATALOG[kod] for kod in sorted(FELKATALOG))


def catalogue(avtal: Iterable[Avtalsrad], day: date) -> dict[str, Orsak]:
    """Return every reason a decision may carry under these contracts, by code.

    A rule pack may bring reasons of its own; they stand beside the engine's.
    """
    bild = regelpaket.published()
    egna = {}
    for rad in avtal:
        paket = bild.valid(rad.omrade, day)
        if paket is not None:
            for regel in paket.kompilerat.paket.regler:
                if regel.orsak is not None:
                    egna[regel.orsak.kod] = regel.orsak
    return {**egna, **ORSAKER}


def of_decision(kod: str, regelpaket_namn: Sequence[str]) -> Orsak | None:
    """Return the reason of a decision as the pack it used says it; None when there is no reason."""
    if not kod:
        return None
    bild = regelpaket.published()
    for namn in regelpaket_namn:
        paket = bild.named(namn)
        if paket is not None:
            for regel in paket.kompilerat.paket.regler:
                if regel.orsak is not None and regel.orsak.kod == kod:
                    return regel.orsak
    return words(kod)


def words(kod: str, egna: Mapping[str, Orsak] | None = None) -> Orsak:
    """Return a reason in words; the catalogue of findings answers for codes that are not ours.

    A code that nobody has words for is shown as itself, and the region is asked: never nothing.
    """
    if egna and kod in egna:
        return egna[kod]
    if kod in ORSAKER:
        return ORSAKER[kod]
    fel = FELKATALOG.get(kod)
    if fel is not None:
        return Orsak(kod=kod, titel=fel.titel, text=fel.text, atgard=fel.atgard, agare=fel.agare)
    return Orsak(
        kod=kod,
        titel=f"Orsak {kod}",
        text="Orsaken saknar beskrivning.",
        atgard="Fråga regionen och ange koden.",
        agare="REGION",
    )


def all_reasons() -> tuple[Orsak, ...]:
    """Return every reason of the engine, in order of title."""
    return tuple(sorted(ORSAKER.values(), key=lambda orsak: orsak.titel))
