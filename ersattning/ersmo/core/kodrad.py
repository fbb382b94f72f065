"""Kodrad: the bits that a row of codes (yrkeskategorier, diagnoser, åtgärder, …) lets through."""

from collections.abc import Callable, Hashable, Iterable
from typing import Final, NamedTuple, TypeVar

from ersattning.ersmo.core.kodmonster import Kodlista
from ersattning.ersmo.core.villkor import Atom, Listor, Sats, answer_codes

#: Values remembered per field. A full memory is emptied, so a worker stays small.
_MINNESTAK: Final = 50_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Minne(dict[K, V]):
    """A memory that works out what it has not seen."""

    def __init__(self, work_out: Callable[[K], V], tak: int = _MINNESTAK) -> None:
        super().__init__()
        self._work_out = work_out
        self._tak = tak

    def __missing__(self, key: K) -> V:
        value = self._work_out(key)
        if len(self) >= self._tak:
            self.clear()
        self[key] = value
        return value


class Led(NamedTuple):
    """One literal of an alternative: an atom, or an atom that must be known not to be met."""

    atom: Atom
    negerad: bool


#: The literals of one field, each with the bits of the alternatives it stands in.
Krav = dict[Led, int]


class Kodrad:
    """Works out the bits of a row of codes.

    Each code brings one wide int: first the bits it satisfies, once for every literal an
    alternative may have on the field ("lanes"), then the bits it forbids. The union over the row
    decides everything but the first code, the empty row and the few literals that count.
    """

    def __init__(self, alla: int, krav: Krav, listor: Listor) -> None:
        self._alla = alla
        self._bredd = alla.bit_length()
        self._listor = listor
        self._forsta: Krav = {}
        self._direkt: Krav = {}
        self._forbjudna: list[tuple[Kodlista, int]] = []
        self._banor: list[list[tuple[Kodlista, int]]] = []
        for led, bits in krav.items():
            self._sort_in(led, bits)
        #: The alternatives that ask for nothing in each lane.
        self._fria = [alla & ~_union(bits for _, bits in bana) for bana in self._banor]
        self._of_first: Minne[str | None, int] = Minne(self._first_mask)
        self._of_code: Minne[str, int] = Minne(self._code_bits)

    def _sort_in(self, led: Led, bits: int) -> None:
        """Put a literal where it is decided."""
        atom = led.atom
        lista = self._listor[atom.ord, atom.koder]
        if atom.sats is Sats.FORSTA:
            self._forsta[led] = bits
        elif (atom.sats, led.negerad) in ((Sats.NAGON, False), (Sats.INGEN, True)):
            self._require(lista, bits)
        elif (atom.sats, led.negerad) in ((Sats.NAGON, True), (Sats.INGEN, False)):
            self._forbjudna.append((lista, bits))
        elif atom.sats is Sats.ALLA and not led.negerad and lista.monster:
            for monster in lista.monster:
                self._require(Kodlista.of((monster,)), bits)
        else:
            self._direkt[led] = bits

    def _require(self, lista: Kodlista, bits: int) -> None:
        """Give each alternative its first lane that is still free for it."""
        for bana in self._banor:
            fria = bits & ~_union(taken for _, taken in bana)
            if fria:
                bana.append((lista, fria))
                bits &= ~fria
        if bits:
            self._banor.append([(lista, bits)])

    def _code_bits(self, kod: str) -> int:
        lanes = [*self._banor, self._forbjudna]
        answers = 0
        for plats, lane in enumerate(lanes):
            bits = _union(bits for lista, bits in lane if lista.matches(kod))
            answers |= bits << (plats * self._bredd)
        return answers

    def _first_mask(self, kod: str | None) -> int:
        return self._stop(self._forsta, () if kod is None else (kod,))

    def _stop(self, krav: Krav, koder: tuple[str, ...]) -> int:
        mask = self._alla
        for led, bits in krav.items():
            lista = self._listor[led.atom.ord, led.atom.koder]
            if answer_codes(led.atom, koder, lista) is led.negerad:
                mask &= ~bits
        return mask

    def work_out(self, koder: tuple[str, ...]) -> int:
        """Return the bits that a row of codes lets through."""
        answers = 0
        for kod in koder:
            answers |= self._of_code[kod]
        mask = self._of_first[koder[0] if koder else None]
        for fria in self._fria:
            mask &= fria | answers
            answers >>= self._bredd
        mask &= ~answers
        return mask & self._stop(self._direkt, koder) if self._direkt else mask


def _union(bits: Iterable[int]) -> int:
    union = 0
    for some in bits:
        union |= some
    return union
