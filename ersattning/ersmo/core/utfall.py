"""Utfall: what the rules that fit a contact give together.

Rules are settled in a fixed order: kind (ingen, grund, tillägg, avdrag), priority, place in the
document. A rule is left out when its exclusivity group is taken, when a product already given
excludes it, when no base product it needs was given, or when its cap is used up.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum

import msgspec

from ersattning.ersmo.core.regel import Antal, Produktrad, Regel, Regelpaket, Typ, takes_product
from ersattning.ersmo.core.villkor import Listor, Ord, atoms
from gvr.core.vardkontakt import Kontakt


class Klassning(msgspec.Struct, frozen=True, gc=False):
    """What a contact earned, or the coded reason for nothing (a key of `orsaker.ORSAKER`, or the
    code of the rule `regel_id` that says that such a contact is not paid).
    """

    rader: tuple[Produktrad, ...]
    orsak: str | None = None
    regel_id: str | None = None


class Skal(Enum):
    """Why a rule whose conditions are met gave nothing."""

    ERSATTS_INTE = 1  # another rule says that such a contact is not paid
    GRUPP = 2  # another rule goes first in the exclusivity group
    UTESLUTS = 3  # another product excludes it
    GRUND_SAKNAS = 4  # the base product that it needs was not given
    TAK = 5  # its cap is used up
    UPPGIFT_SAKNAS = 6  # the outcome hangs on a fact that the contact lacks


class Bortval(msgspec.Struct, frozen=True):
    """A rule that fitted but was left out, why, and the title or product that stood in its way."""

    regel: Regel
    orsak: Skal
    av: str = ""

    @property
    def skal(self) -> str:
        """The reason as a Swedish sentence. Made only when somebody asks for it."""
        if self.orsak is Skal.ERSATTS_INTE:
            return f"Vårdkontakten ersätts inte: {self.av}."
        if self.orsak is Skal.GRUPP:
            return f"{self.av} går före i gruppen {self.regel.exklusivitetsgrupp}."
        if self.orsak is Skal.UTESLUTS:
            return f"Betalas inte tillsammans med {self.av}."
        if self.orsak is Skal.GRUND_SAKNAS:
            return _missing_base(self.regel)
        if self.orsak is Skal.TAK:
            return f"Taket {self.regel.tak} är redan fyllt."
        return "En uppgift som ersättningen beror på saknas."


class Utfall(msgspec.Struct, frozen=True):
    """A classification with the rules that fitted but were left out, by rule id."""

    klassning: Klassning
    bortval: Mapping[str, Bortval]


def nothing(orsak: str, regel_id: str | None = None) -> Klassning:
    """Return the classification of a contact that earned nothing."""
    return Klassning((), orsak, regel_id)


def settle(traffar: Sequence[Regel], antal: Mapping[str, int], paket: Regelpaket) -> Utfall:
    """Settle the rules whose conditions are met; they come in settling order.

    `antal` is the quantity by rule id of the rules that count.
    """
    if traffar and traffar[0].typ is Typ.INGEN:
        return _refuse(traffar)
    room = {tak.namn: tak.hogst for tak in paket.tak}
    taken: dict[str, str] = {}
    grund: list[str] = []
    rader: list[Produktrad] = []
    bortval: dict[str, Bortval] = {}
    for regel in traffar:
        grupp = regel.exklusivitetsgrupp
        if grupp is not None and grupp in taken:
            bortval[regel.id] = Bortval(regel, Skal.GRUPP, taken[grupp])
        elif av := regel.utesluts_av and _among(regel.utesluts_av, [r.produktkod for r in rader]):
            bortval[regel.id] = Bortval(regel, Skal.UTESLUTS, av)
        elif regel.kraver_grund and not _among(regel.kraver_grund, grund):
            bortval[regel.id] = Bortval(regel, Skal.GRUND_SAKNAS)
        elif regel.tak is not None and room[regel.tak] == 0:
            bortval[regel.id] = Bortval(regel, Skal.TAK)
        else:
            rader.append(_row(regel, antal, room))
            if grupp is not None:
                taken[grupp] = regel.produktkod
            if regel.typ is Typ.GRUND:
                grund.append(regel.produktkod)
    if rader:
        return Utfall(Klassning(tuple(rader)), bortval)
    only_extras = any(regel.typ is Typ.TILLAGG for regel in traffar)
    return Utfall(nothing("ENBART_TILLAGG" if only_extras else "INGEN_REGEL"), bortval)


def _row(regel: Regel, antal: Mapping[str, int], room: dict[str, int]) -> Produktrad:
    """Return the rule's row with its quantity, and take that from its cap."""
    if regel.tak is None and regel.id not in antal:
        return regel.rad
    units = antal.get(regel.id, regel.antal.fast)
    if regel.tak is not None:
        units = min(units, room[regel.tak])
        room[regel.tak] -= units
    return msgspec.structs.replace(regel.rad, antal=units)


def _among(monster: tuple[str, ...], produkter: Sequence[str]) -> str:
    """Return the first product that one of the patterns takes in, empty when there is none."""
    for ett in monster:
        for produkt in produkter:
            if takes_product(ett, produkt):
                return produkt
    return ""


def decide(
    traffar: Sequence[Regel],
    osakra: Sequence[Regel],
    saknas: Sequence[Ord],
    antal: Mapping[str, int],
    paket: Regelpaket,
) -> Utfall:
    """Settle the rules, unless a fact that the contact lacks could change what it earns.

    `osakra` are the rules that are neither met nor failed, `saknas` the words whose fact is
    missing. A base, a deduction or a refusal that hangs on a missing fact leaves the contact
    without rows and with the reason that names the fact: it is neither paid nor refused by guess.
    An uncertain add-on is not given and holds nothing up. Both come in settling order.
    """
    utfall = settle(traffar, antal, paket)
    weighing = [regel for regel in osakra if regel.typ is not Typ.TILLAGG]
    if not weighing:
        return utfall
    together = sorted((*traffar, *weighing), key=lambda regel: paket.rank[regel.id])
    possible = settle(together, antal, paket)
    if possible.klassning.rader == utfall.klassning.rader:
        return utfall
    asked = {atom.ord for regel in weighing for atom in atoms(paket.condition_of(regel))}
    orsak = next(word.okand for word in saknas if word.namn in asked)
    bortval = {regel.id: Bortval(regel, Skal.UPPGIFT_SAKNAS) for regel in traffar}
    return Utfall(nothing(orsak or ""), bortval)


def _refuse(traffar: Sequence[Regel]) -> Utfall:
    saying_no = traffar[0]
    orsak = saying_no.orsak.kod if saying_no.orsak is not None else "EJ_ERSATTNINGSBAR"
    bortval = {r.id: Bortval(r, Skal.ERSATTS_INTE, saying_no.titel) for r in traffar[1:]}
    return Utfall(nothing(orsak, saying_no.id), bortval)


def _missing_base(regel: Regel) -> str:
    namn = "Tillägget" if regel.typ is Typ.TILLAGG else "Avdraget"
    if regel.kraver_grund == ("*",):
        return f"{namn} kräver en grundersättning, och vårdkontakten ger ingen."
    produkter = ", ".join(monster.replace("*", "…") for monster in regel.kraver_grund)
    return f"{namn} kräver grundersättningen {produkter}, och vårdkontakten ger ingen sådan."


class Underlag(msgspec.Struct, frozen=True, gc=False):
    """What quantities are counted in: the procedures, and the products with how many of each."""

    atgarder: tuple[str, ...]
    produkter: tuple[str, ...]
    produktantal: tuple[int, ...]

    @classmethod
    def of(cls, kontakt: Kontakt) -> "Underlag":
        """Return what of a contact is counted."""
        innehall = kontakt.innehall
        return cls(innehall.atgarder, innehall.produkter, kontakt.produktantal)


def quantities(regler: Iterable[Regel], underlag: Underlag, listor: Listor) -> Mapping[str, int]:
    """Return the quantity of each rule that counts, by rule id."""
    return {
        regel.id: _count(regel.antal, raknas, underlag, listor)
        for regel in regler
        if (raknas := regel.antal.raknas) is not None
    }


def _count(
    antal: Antal, raknas: tuple[str, tuple[str, ...]], underlag: Underlag, listor: Listor
) -> int:
    """Return how many different procedures, or how many products, at most the rule's own limit."""
    lista = listor[raknas]
    if antal.per_atgard:
        found = sum(lista.matches(kod) for kod in set(underlag.atgarder))
    else:
        styck = underlag.produktantal or (1,) * len(underlag.produkter)
        par = zip(underlag.produkter, styck, strict=True)
        found = sum(ett for kod, ett in par if lista.matches(kod))
    return found if antal.hogst is None else min(found, antal.hogst)
