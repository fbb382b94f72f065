"""Konflikter: rules that cannot both be meant, found without any contact.

Works on what can be proved. Two rules are called incompatible only when no contact could meet both,
and a rule is called dead only when no contact could ever get anything by it; in doubt, a possible
conflict is reported and a possible life is believed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from ersattning.ersmo.core.bitmask import alternatives
from ersattning.ersmo.core.kodmonster import Kodlista, Monster, read
from ersattning.ersmo.core.kodrad import Led
from ersattning.ersmo.core.lasning import below
from ersattning.ersmo.core.regel import (
    DELTAGARROLLER,
    Regel,
    Regelpaket,
    Typ,
    takes_product,
)
from ersattning.ersmo.core.villkor import ORD, Listor, Sats, Slag
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.felkatalog import Felpost, add, finding

add(
    Felpost(
        kod="ERSMO020",
        titel="Två regler med samma prioritet kan gälla samtidigt",
        text="Två regler i samma exklusivitetsgrupp och med samma prioritet kan träffa samma "
        "vårdkontakt, och då avgör bara deras ordning.",
        atgard="Ge reglerna olika prioritet eller villkor som inte kan gälla samtidigt.",
        agare="REGION",
        allvar=Allvar.STOPP,
    ),
    Felpost(
        kod="ERSMO021",
        titel="Regeln kan aldrig gälla",
        text="Ingen vårdkontakt kan uppfylla regelns villkor.",
        atgard="Rätta villkoren eller ta bort regeln.",
        agare="REGION",
        allvar=Allvar.STOPP,
    ),
    Felpost(
        kod="ERSMO022",
        titel="En annan regel går alltid före",
        text="Varje vårdkontakt som uppfyller regelns villkor avgörs av en annan regel.",
        atgard="Ge regeln lägre prioritetstal eller ta bort den.",
        agare="REGION",
        allvar=Allvar.STOPP,
    ),
)

Alternativ = tuple[Led, ...]
_ALLT: Final = read("*")


def find_conflicts(paket: Regelpaket) -> tuple[Avvikelse, ...]:
    """Return every conflict between rules, and every rule that can never decide anything."""
    plats = {regel.id: plats for plats, regel in enumerate(paket.regler)}
    delar = [paket.of_contacts()]
    if paket.pays_participation:
        delar += [paket.of_participation(roll) for roll in DELTAGARROLLER[1:]]
    fynd: dict[tuple[str, str, str], Avvikelse] = {}
    doda: Counter[str] = Counter()
    for del_ in delar:
        for a in _Granskning(del_, plats).findings():
            if a.kod == "ERSMO020":
                fynd[a.kod, a.pekare, a.text] = a
            else:
                doda[a.pekare] += 1
                fynd.setdefault((a.kod, a.pekare, ""), a)
    provade = Counter(below("/regler", plats[regel.id]) for del_ in delar for regel in del_.regler)
    # A rule about several roles is dead only when it is in all of them.
    return tuple(
        a for a in fynd.values() if a.kod == "ERSMO020" or doda[a.pekare] == provade[a.pekare]
    )


class _Granskning:
    """One look through a pack. A stretch of days with the same rules is examined by itself."""

    def __init__(self, paket: Regelpaket, plats: Mapping[str, int]) -> None:
        """Look through rules that are settled together; `plats` is where each is written."""
        self.paket = paket
        self.plats = plats
        self.regel = {regel.id: regel for regel in paket.regler}
        self.alternativ: Mapping[str, Sequence[Alternativ]] = {
            regel.id: tuple(alternatives(paket.condition_of(regel))) for regel in paket.regler
        }

    def findings(self) -> Iterator[Avvikelse]:
        clashing: dict[tuple[str, str], None] = {}
        alive: set[str] = set()
        leading: set[str] = set()
        ahead: dict[str, str] = {}
        for day in self.paket.break_days():
            valid, listor = self.paket.rules_on(day), self.paket.lists_on(day)
            clashing.update(dict.fromkeys(self._clashes(valid, listor)))
            living = [regel for regel in valid if self._can_apply(regel, valid, listor)]
            alive |= {regel.id for regel in living}
            for regel in living:
                first = self._always_ahead(regel, living, listor)
                if first is None:
                    leading.add(regel.id)
                else:
                    ahead[regel.id] = first
        for regel in self.paket.regler:
            if regel.id not in alive:
                yield self._finding("ERSMO021", regel, f"Regeln {regel.id} kan aldrig gälla.")
            elif regel.id not in leading:
                text = f"{ahead[regel.id]} går alltid före {regel.id}."
                yield self._finding("ERSMO022", regel, text)
        for ena, andra in clashing:
            text = f"{ena} och {andra} kan gälla samtidigt med samma prioritet."
            yield self._finding("ERSMO020", self.regel[andra], text)

    def _finding(self, kod: str, regel: Regel, text: str) -> Avvikelse:
        return finding(kod, pekare=below("/regler", self.plats[regel.id]), text=text)

    def _clashes(self, valid: Sequence[Regel], listor: Listor) -> Iterator[tuple[str, str]]:
        for ena, andra in combinations(valid, 2):
            same_place = (ena.typ, ena.exklusivitetsgrupp, ena.prioritet) == (
                andra.typ,
                andra.exklusivitetsgrupp,
                andra.prioritet,
            )
            if (
                same_place
                and ena.exklusivitetsgrupp is not None
                and not _exclude_each_other(ena, andra)
                and self._compatible(ena, andra, listor)
            ):
                yield ena.id, andra.id

    def _compatible(self, ena: Regel, andra: Regel, listor: Listor) -> bool:
        return any(
            not is_contradiction((*mitt, *ditt), listor)
            for mitt in self.alternativ[ena.id]
            for ditt in self.alternativ[andra.id]
        )

    def _can_apply(self, regel: Regel, valid: Sequence[Regel], listor: Listor) -> bool:
        if not regel.kraver_grund:
            return self._compatible(regel, regel, listor)
        return any(
            self._compatible(regel, grund, listor)
            for grund in valid
            if grund.typ is Typ.GRUND
            and any(takes_product(monster, grund.produktkod) for monster in regel.kraver_grund)
        )

    def _always_ahead(self, regel: Regel, living: Sequence[Regel], listor: Listor) -> str | None:
        """Return a rule that takes every contact that this one could have decided."""
        for other in living:
            takes_over = other.typ is Typ.INGEN or (
                other.exklusivitetsgrupp is not None
                and other.exklusivitetsgrupp == regel.exklusivitetsgrupp
                and not (other.kraver_grund or other.utesluts_av or other.tak)
            )
            if (
                takes_over
                and self.paket.rank[other.id] < self.paket.rank[regel.id]
                and self._implies(regel, other, listor)
            ):
                return other.id
        return None

    def _implies(self, regel: Regel, other: Regel, listor: Listor) -> bool:
        """Say whether every contact that meets the one rule surely meets the other."""
        return all(
            is_contradiction(mitt, listor)
            or any(
                all(
                    is_contradiction((*mitt, Led(led.atom, not led.negerad)), listor)
                    for led in ditt
                )
                for ditt in self.alternativ[other.id]
            )
            for mitt in self.alternativ[regel.id]
        )


def _exclude_each_other(ena: Regel, andra: Regel) -> bool:
    return any(takes_product(monster, andra.produktkod) for monster in ena.utesluts_av) or any(
        takes_product(monster, ena.produktkod) for monster in andra.utesluts_av
    )


def is_contradiction(alternativ: Alternativ, listor: Listor) -> bool:
    """Say whether it is proved that no contact meets every literal of an alternative."""
    fields: dict[tuple[str, str], list[Led]] = {}
    for led in alternativ:
        fields.setdefault((led.atom.ord, led.atom.namn), []).append(led)
    return any(_clash_on_field(leds, listor) for leds in fields.values())


def _clash_on_field(leds: Sequence[Led], listor: Listor) -> bool:
    slag = ORD[leds[0].atom.ord].slag
    if slag is Slag.INTERVALL:
        return _clash_of_bounds(leds)
    if slag is Slag.JANEJ:
        return len({led.atom.ja is not led.negerad for led in leds}) > 1
    if slag is Slag.KODRAD:
        return _clash_of_rows(leds, listor)
    wanted, refused = _split(leds, Sats.AR, listor)
    return bool(wanted) and not _remaining(wanted, refused)


def _split(
    leds: Sequence[Led], positive: Sats, listor: Listor
) -> tuple[list[Kodlista], list[Kodlista]]:
    """Return the lists that one code must be in, and those it must not be in."""
    wanted: list[Kodlista] = []
    refused: list[Kodlista] = []
    for led in leds:
        lista = listor[led.atom.ord, led.atom.koder]
        asks_for = (led.atom.sats is positive) is not led.negerad
        (wanted if asks_for else refused).append(lista)
    return wanted, refused


def _remaining(wanted: Sequence[Kodlista], refused: Sequence[Kodlista]) -> tuple[Monster, ...]:
    """Return patterns for the codes that are in every wanted list and in no refused one."""
    left = wanted[0]
    for lista in wanted[1:]:
        left = left.intersection(lista)
    return tuple(m for m in left.monster if not any(lista.covers(m) for lista in refused))


def _clash_of_bounds(leds: Sequence[Led]) -> bool:
    bounds = [(_low(led), _high(led)) for led in leds if not led.negerad]
    lowest = max((low for low, _ in bounds), default=0)
    highest = min((high for _, high in bounds), default=_ALDRIG)
    return lowest > highest or any(
        _low(led) <= lowest and highest <= _high(led) for led in leds if led.negerad
    )


#: Above every age and every length of stay.
_ALDRIG: Final = 1_000_000


def _low(led: Led) -> int:
    return led.atom.fran or 0


def _high(led: Led) -> int:
    return _ALDRIG if led.atom.till is None else led.atom.till


def _clash_of_rows(leds: Sequence[Led], listor: Listor) -> bool:
    """Prove that no row of codes will do: a code that must be there must also not be there."""
    forbidden = [
        listor[led.atom.ord, led.atom.koder]
        for led in leds
        if (led.atom.sats, led.negerad) in ((Sats.INGEN, False), (Sats.NAGON, True))
    ]
    empty = any(led.atom.sats is Sats.FINNS and led.atom.ja is led.negerad for led in leds) or any(
        lista.covers(_ALLT) for lista in forbidden
    )
    needed = [lista for led in leds for lista in _needed(led, listor)]
    first = [led for led in leds if led.atom.sats is Sats.FORSTA]
    wanted, refused = _split(first, Sats.FORSTA, listor)
    if wanted and not _remaining(wanted, (*refused, *forbidden)):
        return True
    if empty and (needed or wanted):
        return True
    return any(not _remaining((lista,), forbidden) for lista in needed)


def _needed(led: Led, listor: Listor) -> Iterator[Kodlista]:
    """Yield lists that each must have at least one code of the row for the literal to hold."""
    atom = led.atom
    lista = listor[atom.ord, atom.koder]
    if (atom.sats, led.negerad) in ((Sats.NAGON, False), (Sats.INGEN, True), (Sats.MINST, False)):
        yield lista
    elif atom.sats is Sats.ALLA and not led.negerad:
        yield from [Kodlista.of((monster,)) for monster in lista.monster] or [lista]
    elif atom.sats is Sats.FINNS and atom.ja is not led.negerad:
        yield Kodlista.of((_ALLT,))
