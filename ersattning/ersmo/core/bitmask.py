"""Bitmask: the fast engine. Each alternative of each rule is one bit of an int.

For every field that some rule asks about there is a memory from a value to the bits that the value
lets through. A contact costs one look-up and one AND per field; what is left are the rules that
fit, and what they give together is remembered too. Everything is worked out from the rules the
first time a value is seen, so the memories are never wrong, and they are emptied when full.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from operator import attrgetter
from typing import Any, Final

from ersattning.ersmo.core.kodrad import Kodrad, Krav, Led, Minne
from ersattning.ersmo.core.regel import Regel, Regelpaket, Typ
from ersattning.ersmo.core.utfall import Klassning, Underlag, decide, nothing, quantities, settle
from ersattning.ersmo.core.villkor import (
    ORD,
    Alla,
    Atom,
    Inte,
    Listor,
    Ord,
    Sats,
    Slag,
    Villkor,
    answer_code,
    in_bounds,
    is_unknown,
    number_of,
)
from gvr.core.vardkontakt import Innehall, Kontakt, Placering

#: Outcomes remembered by the set of rules that fit.
_UTFALLSTAK: Final = 100_000

_MAKULERAD: Final = nothing("MAKULERAD")
_PLACERING_SAKNAS: Final = nothing("PLACERING_SAKNAS")
_UTANFOR_GILTIGHET: Final = nothing("UTANFOR_GILTIGHET")

_fetch_placing: Callable[[Placering], tuple[Any, ...]] = attrgetter(
    "uppdragstyp", "avtalsegenskaper", "avgiftsavdrag"
)


def alternatives(villkor: Villkor, *, negerad: bool = False) -> Iterator[tuple[Led, ...]]:
    """Multiply a condition out: it is met when every literal of one of the alternatives is."""
    if isinstance(villkor, Atom):
        yield (Led(villkor, negerad),)
    elif isinstance(villkor, Inte):
        yield from alternatives(villkor.villkor, negerad=not negerad)
    elif isinstance(villkor, Alla) is not negerad:
        parts = [tuple(alternatives(part, negerad=negerad)) for part in villkor.delar]
        for choice in product(*parts):
            yield tuple(dict.fromkeys(led for alternative in choice for led in alternative))
    else:
        for part in villkor.delar:
            yield from alternatives(part, negerad=negerad)


def _fetcher(words: Sequence[Ord]) -> Callable[[Innehall], tuple[Any, ...]]:
    """Return a function that fetches the words' fields of a contact, always as a tuple."""
    if not words:
        return lambda innehall: ()
    if len(words) == 1:
        fetch_one = attrgetter(words[0].falt)
        return lambda innehall: (fetch_one(innehall),)
    fetch: Callable[[Innehall], tuple[Any, ...]] = attrgetter(*(word.falt for word in words))
    return fetch


class Tabell:
    """The rules of a stretch of days, compiled.

    `alla` has one bit per alternative and one above them: it says that no fact was missing that a
    rule of weight asks for, so a contact that lacks one is seen from its bits.
    """

    def __init__(self, regler: Iterable[Regel], listor: Listor, paket: Regelpaket) -> None:
        self._paket = paket
        self._listor = listor
        self._regel_of_bit: list[Regel] = []
        krav: dict[str, Krav] = {}
        for regel in regler:
            for alternative in alternatives(paket.condition_of(regel)):
                bit = 1 << len(self._regel_of_bit)
                self._regel_of_bit.append(regel)
                for led in alternative:
                    of_word = krav.setdefault(led.atom.ord, {})
                    of_word[led] = of_word.get(led, 0) | bit
        self.allt_kant = 1 << len(self._regel_of_bit)
        self.alla = 2 * self.allt_kant - 1
        #: The alternatives whose uncertainty matters: an uncertain add-on holds nothing up.
        self._vagande = sum(
            1 << bit for bit, r in enumerate(self._regel_of_bit) if r.typ is not Typ.TILLAGG
        )
        words = [word for namn, word in ORD.items() if namn in krav and not word.placering]
        self._osakra = [word for word in words if word.okand is not None]
        self.placering = Minne(self._placing_work(krav))
        delade = [word for word in words if word.delad]
        self.fetch_delade = _fetcher(delade)
        self.delade = Minne(self._shared_work(delade, krav))
        self.tal = [
            (word, Minne(self._number_work(krav[word.namn])))
            for word in words
            if word.slag is Slag.INTERVALL
        ]
        self._egna = [w for w in words if not w.delad and w.slag is not Slag.INTERVALL]
        self.fetch_egna = _fetcher(self._egna)
        self.egna = [Minne(self._own_work(word, krav[word.namn])) for word in self._egna]
        self.utfall: Minne[int, Klassning | None] = Minne(self._outcome, _UTFALLSTAK)
        self.raknade: Minne[tuple[int, Underlag], Klassning] = Minne(self._counted, _UTFALLSTAK)
        self.osakra_utfall: Minne[tuple[int, int, tuple[str, ...], Underlag], Klassning] = Minne(
            self._uncertain, _UTFALLSTAK
        )

    def _mask(self, krav: Krav, answer: Callable[[Atom], bool | None]) -> int:
        """Return the bits of every alternative that the answers do not stop."""
        mask = self.alla
        for led, bits in krav.items():
            svar = answer(led.atom)
            if svar is None:
                mask &= ~(bits | self.allt_kant if bits & self._vagande else bits)
            elif svar is led.negerad:
                mask &= ~bits
        return mask

    def _own_work(self, word: Ord, krav: Krav) -> Callable[[Any], int]:
        if word.slag is Slag.KODRAD:
            return Kodrad(self.alla, krav, self._listor).work_out
        return self._code_work(word, krav)

    def _code_work(self, word: Ord, krav: Krav) -> Callable[[Any], int]:
        def work_out(value: Any) -> int:
            if word.okand is not None and not value:
                return self._mask(krav, lambda atom: None)
            kod = None if value is None else str(value)
            if word.slag is Slag.LAN and kod is not None:
                kod = kod[:2]
            return self._mask(
                krav, lambda atom: answer_code(atom, kod, self._listor[atom.ord, atom.koder])
            )

        return work_out

    def _number_work(self, krav: Krav) -> Callable[[int | None], int]:
        return lambda value: self._mask(krav, lambda atom: in_bounds(atom, value))

    def _shared_work(
        self, words: list[Ord], krav: Mapping[str, Krav]
    ) -> Callable[[tuple[Any, ...]], int]:
        minnen = [Minne(self._code_work(word, krav[word.namn])) for word in words]

        def work_out(values: tuple[Any, ...]) -> int:
            mask = self.alla
            for minne, value in zip(minnen, values, strict=True):
                mask &= minne[value]
            return mask

        return work_out

    def _placing_work(self, krav: Mapping[str, Krav]) -> Callable[[tuple[Any, ...]], int]:
        own = {
            led: bits for namn in krav if ORD[namn].placering for led, bits in krav[namn].items()
        }

        def work_out(value: tuple[Any, ...]) -> int:
            uppdragstyp, egenskaper, avgiftsavdrag = value

            def answer(atom: Atom) -> bool:
                if atom.sats is Sats.JA:
                    return avgiftsavdrag is atom.ja
                kod = dict(egenskaper).get(atom.namn) if atom.namn else uppdragstyp
                return answer_code(atom, kod, self._listor[atom.ord, atom.koder])

            return self._mask(own, answer)

        return work_out

    def rules_of(self, hits: int) -> list[Regel]:
        """Return the rules of the bits, in settling order."""
        regler = {}
        hits &= ~self.allt_kant
        while hits:
            lowest = hits & -hits
            regel = self._regel_of_bit[lowest.bit_length() - 1]
            regler[regel.id] = regel
            hits ^= lowest
        return list(regler.values())

    def _outcome(self, hits: int) -> Klassning | None:
        """Settle the rules of the bits; None when something must be counted first."""
        regler = self.rules_of(hits)
        if any(regel.antal.raknas is not None for regel in regler):
            return None
        return settle(regler, {}, self._paket).klassning

    def _counted(self, key: tuple[int, Underlag]) -> Klassning:
        hits, underlag = key
        regler = self.rules_of(hits)
        return settle(regler, quantities(regler, underlag, self._listor), self._paket).klassning

    def classify_with_missing_facts(
        self, kontakt: Kontakt, placering: Placering, hits: int
    ) -> Klassning:
        """Classify a contact that lacks a fact some rule asks about; `hits` are the rules met."""
        innehall = kontakt.innehall
        saknas = [word for word in self._osakra if is_unknown(word, innehall)]
        possible = self.placering[_fetch_placing(placering)]
        possible &= self.delade[self.fetch_delade(innehall)]
        rows = zip(self._egna, self.egna, self.fetch_egna(innehall), strict=True)
        numbers = ((word, minne, number_of(word, innehall)) for word, minne in self.tal)
        for word, minne, value in (*rows, *numbers):
            if word not in saknas:
                possible &= minne[value]
        namn = tuple(word.namn for word in saknas)
        return self.osakra_utfall[hits, possible, namn, Underlag.of(kontakt)]

    def _uncertain(self, key: tuple[int, int, tuple[str, ...], Underlag]) -> Klassning:
        hits, possible, namn, underlag = key
        traffar, kanske = self.rules_of(hits), self.rules_of(possible)
        met = {regel.id for regel in traffar}
        osakra = [regel for regel in kanske if regel.id not in met]
        antal = quantities(kanske, underlag, self._listor)
        saknas = [ORD[ett] for ett in namn]
        return decide(traffar, osakra, saknas, antal, self._paket).klassning


class Kompilerat:
    """A rule pack ready for speed: one table for each stretch of days with the same rules."""

    def __init__(self, paket: Regelpaket) -> None:
        self.paket = paket
        self._days = list(paket.break_days())
        self._tabeller: list[Tabell | None] = [
            Tabell(
                sorted(paket.rules_on(day), key=lambda regel: paket.rank[regel.id]),
                paket.lists_on(day),
                paket,
            )
            for day in self._days
        ]
        if paket.giltig.slut is not None:
            self._days.append(paket.giltig.slut)
            self._tabeller.append(None)

    def classify(self, kontakt: Kontakt) -> Klassning:
        """Return what the contact earned."""
        if kontakt.makulerad:
            return _MAKULERAD
        placering = kontakt.placering
        if placering is None:
            return _PLACERING_SAKNAS
        innehall = kontakt.innehall
        plats = bisect_right(self._days, innehall.dag) - 1
        tabell = self._tabeller[plats] if plats >= 0 else None
        if tabell is None:
            return _UTANFOR_GILTIGHET
        hits = tabell.placering[_fetch_placing(placering)]
        hits &= tabell.delade[tabell.fetch_delade(innehall)]
        for minne, value in zip(tabell.egna, tabell.fetch_egna(innehall)):  # noqa: B905 - speed
            hits &= minne[value]
        for word, numbers in tabell.tal:
            hits &= numbers[number_of(word, innehall)]
        if hits < tabell.allt_kant:
            return tabell.classify_with_missing_facts(kontakt, placering, hits)
        return tabell.utfall[hits] or tabell.raknade[hits, Underlag.of(kontakt)]


def compile_paket(paket: Regelpaket) -> Kompilerat:
    """Turn a rule pack into bits. Costs milliseconds per hundred rules; done once per process."""
    return Kompilerat(paket)


def classify(kontakt: Kontakt, paket: Kompilerat) -> Klassning:
    """Return which products a contact earns, or the coded reason for none.

    Pure: the same contact and pack always give the same answer, whatever was classified before.
    """
    return paket.classify(kontakt)
