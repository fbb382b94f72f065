"""The values a rule pack is made of: rules, examples, lists and caps."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Final

import msgspec

from ersattning.ersmo.core.kodmonster import Kodlista
from ersattning.ersmo.core.kodmonster import read as read_pattern
from ersattning.ersmo.core.orsaker import ORSAKER, Orsak
from ersattning.ersmo.core.villkor import ORD, Alla, Atom, Inte, Listor, Sats, Villkor, atoms
from gvr.core.period import Period
from gvr.core.samverkan import Roll

#: A pattern over product codes that means "any product".
ALLA_PRODUKTER: Final = "*"
#: A rule may multiply out to this many alternatives; more is a fault in the document.
HOGST_ALTERNATIV: Final = 64


#: What a rule about participation calls the roles; `deltagare` is whoever takes part.
DELTAGARE: Final = "deltagare"
DELTAGARROLLER: Final = (DELTAGARE, *(roll.value.lower() for roll in Roll))
#: What may be asked of a participation: its own professions, procedures and unit, and the besökstyp
#: and patient of the contact that it is tied to.
DELTAGARORD: Final = frozenset(
    {"form", "besokstyp", "yrkeskategori", "atgard", "alder", "kon", "lan", "basomrade"}
    | {"uppdragstyp", "kombika", "avtalsegenskap", "avgiftsavdrag"}
)


class Typ(StrEnum):
    """What a rule gives. The order here is the order in which rules are settled."""

    INGEN = "INGEN"  # says that such a contact is not paid, and why
    GRUND = "GRUND"
    TILLAGG = "TILLAGG"
    AVDRAG = "AVDRAG"


class Antal(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the product: a fixed number, or counted in what the contact reports.

    `per_atgard` gives one per different matching KVÅ code; a code that is reported twice counts
    once. `per_produkt` gives as many as the sender reports (Antal) of the matching products. A rule
    has one or the other. `hogst` is the most that is paid.
    """

    fast: int = 1
    per_atgard: tuple[str, ...] = ()
    per_produkt: tuple[str, ...] = ()
    hogst: int | None = None

    @property
    def raknas(self) -> tuple[str, tuple[str, ...]] | None:
        """The word and the codes that are counted; None for a fixed number."""
        if self.per_atgard:
            return "atgard", self.per_atgard
        return ("produkt", self.per_produkt) if self.per_produkt else None


class Exempel(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that shows what a rule does. `traff` says whether the rule itself decides.

    `rader` is the whole outcome as antal per produktkod, `orsak` the reason of an empty outcome;
    both are checked only when they are given. `roll` is that of a participation.
    """

    namn: str
    kontakt: Mapping[str, object]
    traff: bool
    roll: str = ""
    rader: Mapping[str, int] | None = None
    orsak: str | None = None


class Produktrad(msgspec.Struct, frozen=True, gc=False):
    """One product that a contact earned. `exempel` marks a rule with values that are not public."""

    regel_id: str
    produktkod: str
    typ: str  # GRUND | TILLAGG | AVDRAG
    antal: int
    exempel: bool


class Regel(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One rule. Of the rules in an exklusivitetsgrupp the one with the lowest `prioritet` wins.

    `kraver_grund` and `utesluts_av` are patterns over product codes; "*" is any. `giltig` narrows
    the pack's validity. `exempel_falt` names the fields whose value no public source gives, as
    "produktkod" or "villkor/besokstyp". `orsak` belongs to kind INGEN, which has no product.
    `samverkan` are the roles (of DELTAGARROLLER) of a rule about participation; such a rule never
    looks at a vårdkontakt, and no other rule at a participation.
    """

    id: str
    titel: str
    typ: Typ
    produktkod: str
    villkor: Alla
    kalla: tuple[str, ...]
    giltig: Period | None = None
    antal: Antal = Antal()
    exklusivitetsgrupp: str | None = None
    prioritet: int = 1
    tak: str | None = None
    kraver_grund: tuple[str, ...] = ()
    utesluts_av: tuple[str, ...] = ()
    orsak: Orsak | None = None
    avsnitt: str = ""
    text: str = ""
    exempel_falt: tuple[str, ...] = ()
    exempel: tuple[Exempel, ...] = ()
    samverkan: tuple[str, ...] = ()

    @cached_property
    def rad(self) -> Produktrad:
        """The row that the rule gives when nothing changes its quantity."""
        marked = bool(self.exempel_falt)
        return Produktrad(self.id, self.produktkod, str(self.typ), self.antal.fast, marked)


class Kodgrupp(msgspec.Struct, frozen=True, kw_only=True):
    """A named code list of the pack for one word, with the codes of each period."""

    namn: str
    ord: str
    text: str
    perioder: tuple[tuple[Period, tuple[str, ...]], ...]

    def codes_on(self, day: date) -> tuple[str, ...]:
        """Return the codes of the day; none when the list has no period then."""
        return tuple(
            kod for period, koder in self.perioder if period.contains(day) for kod in koder
        )


class Tak(msgspec.Struct, frozen=True, kw_only=True):
    """The most units that the rules under it give together for one contact."""

    namn: str
    hogst: int
    text: str = ""


class Regelpaket(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The rules of one model in one contract area. A published version is never changed.

    `galler_for` are conditions that every rule has besides its own. `utgangskontakt` is the contact
    that the examples start from.
    """

    modell: str
    namn: str
    avtalsomrade: str
    version: str
    giltig: Period
    kallor: tuple[str, ...]
    regler: tuple[Regel, ...]
    galler_for: Alla = Alla(())
    grupper: tuple[Kodgrupp, ...] = ()
    tak: tuple[Tak, ...] = ()
    inledning: str = ""
    exempel_falt: tuple[str, ...] = ()
    utgangskontakt: Mapping[str, object] = {}

    @cached_property
    def rank(self) -> Mapping[str, int]:
        """The place of each rule in the settling order, by id."""
        return {regel.id: plats for plats, regel in enumerate(settling_order(self.regler))}

    def condition_of(self, regel: Regel) -> Alla:
        """Return all that a rule asks: the pack's conditions, its own, and a code to count."""
        delar = (*self.galler_for.delar, *regel.villkor.delar)
        if regel.antal.raknas is not None:
            ord_, koder = regel.antal.raknas
            delar += (Atom(ord=ord_, sats=Sats.NAGON, koder=koder),)
        return Alla(delar)

    @property
    def pays_participation(self) -> bool:
        """Say whether any rule is about participation."""
        return any(regel.samverkan for regel in self.regler)

    def of_contacts(self) -> "Regelpaket":
        """Return the pack with the rules about vårdkontakter alone."""
        return self._with(tuple(regel for regel in self.regler if not regel.samverkan))

    def of_participation(self, roll: str) -> "Regelpaket":
        """Return the pack with the rules about participation in this role alone.

        To every engine it is an ordinary pack whose contacts are participations.
        """
        return self._with(
            tuple(
                msgspec.structs.replace(regel, samverkan=())
                for regel in self.regler
                if DELTAGARE in regel.samverkan or roll.lower() in regel.samverkan
            )
        )

    def _with(self, regler: tuple[Regel, ...]) -> "Regelpaket":
        return msgspec.structs.replace(self, regler=regler)

    def rules_on(self, day: date) -> tuple[Regel, ...]:
        """Return the rules about contacts that are valid on the day, in the document's order."""
        if not self.giltig.contains(day):
            return ()
        return tuple(
            regel
            for regel in self.regler
            if not regel.samverkan and (regel.giltig is None or regel.giltig.contains(day))
        )

    def break_days(self) -> tuple[date, ...]:
        """Return the first day of each stretch of days on which the same rules and lists hold."""
        periods = [regel.giltig for regel in self.regler if regel.giltig is not None]
        periods += [period for grupp in self.grupper for period, _ in grupp.perioder]
        days = {day for period in periods for day in (period.start, period.slut) if day is not None}
        inside = {day for day in days if self.giltig.contains(day)}
        return tuple(sorted(inside | {self.giltig.start}))

    def lists_on(self, day: date) -> Listor:
        """Return every code list of the pack with its references resolved for the day.

        Raises ValueError for a day before the pack's validity.
        """
        return self._listor[max(start for start in self._listor if start <= day)]

    @cached_property
    def _listor(self) -> Mapping[date, Listor]:
        """The code lists by the first day of each stretch that they hold."""
        asked = {
            (atom.ord, atom.koder): atom
            for regel in self.regler
            for atom in atoms(self.condition_of(regel))
        }
        listor = {}
        for day in self.break_days():
            grupper = {grupp.namn: grupp.codes_on(day) for grupp in self.grupper}
            listor[day] = {key: _resolve(atom, grupper) for key, atom in asked.items()}
        return listor

    def reason(self, kod: str) -> Orsak:
        """Return what a reason code means in this pack. Raises KeyError for an unknown one."""
        own = {regel.orsak.kod: regel.orsak for regel in self.regler if regel.orsak is not None}
        return own.get(kod) or ORSAKER[kod]


def _resolve(atom: Atom, grupper: Mapping[str, tuple[str, ...]]) -> Kodlista:
    intervall = not ORD[atom.ord].fria_tecken
    koder = [
        kod
        for asked in atom.koder
        for kod in (grupper[asked[1:]] if asked.startswith("@") else (asked,))
    ]
    return Kodlista.of(read_pattern(kod, intervall=intervall) for kod in koder)


def takes_product(monster: str, produktkod: str) -> bool:
    """Say whether a pattern over product codes takes in the code; no pattern takes in no code."""
    if not produktkod:
        return False
    return produktkod.startswith(monster[:-1]) if monster.endswith("*") else produktkod == monster


#: Where each kind stands when rules are settled and rows are listed.
TYPORDNING: Final = {typ: plats for plats, typ in enumerate(Typ)}


def settling_order(regler: tuple[Regel, ...]) -> list[Regel]:
    """Return rules of a document in the order they are settled: kind, priority, place."""
    return sorted(regler, key=lambda regel: (TYPORDNING[regel.typ], regel.prioritet))


def count_alternatives(villkor: Villkor, *, negerad: bool = False) -> int:
    """Return how many plain lists of atoms the condition multiplies out to."""
    if isinstance(villkor, Atom):
        return 1
    if isinstance(villkor, Inte):
        return count_alternatives(villkor.villkor, negerad=not negerad)
    counts = [count_alternatives(part, negerad=negerad) for part in villkor.delar]
    if isinstance(villkor, Alla) is negerad:
        return sum(counts)
    product = 1
    for count in counts:
        product *= count
    return product
