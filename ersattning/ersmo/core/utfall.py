"""Utfall: what the rules that fit a contact give together.

Rules are settled in a fixed order: kind (ingen, grund, tillägg, avdrag), priority, place in the
document. A rule is left out when its exclusivity group is taken, when a product already given
excludes it, when no base product it needs was given, or when its cap is used up.
"""

from collections.abc import Mapping, Sequence

import msgspec

from ersattning.ersmo.core.regel import Regel, Regelpaket, Typ, takes_product
from ersattning.ersmo.core.villkor import Listor, Ord, atoms


class Produktrad(msgspec.Struct, frozen=True):
    """One product that a contact earned. `exempel` marks a rule with values that are not public."""

    regel_id: str
    produktkod: str
    typ: str  # GRUND | TILLAGG | AVDRAG
    antal: int
    exempel: bool


class Klassning(msgspec.Struct, frozen=True):
    """What a contact earned, or the coded reason for nothing (a key of `orsaker.ORSAKER`, or the
    code of the rule `regel_id` that says that such a contact is not paid).
    """

    rader: tuple[Produktrad, ...]
    orsak: str | None = None
    regel_id: str | None = None


class Bortval(msgspec.Struct, frozen=True):
    """Why a rule whose conditions are met gave nothing: a Swedish sentence, and the rule behind."""

    skal: str
    regel_id: str | None = None


class Utfall(msgspec.Struct, frozen=True):
    """A classification with the rules that fitted but were left out, by rule id."""

    klassning: Klassning
    bortval: Mapping[str, Bortval]


def nothing(orsak: str, regel_id: str | None = None) -> Klassning:
    """Return the classification of a contact that earned nothing."""
    return Klassning((), orsak, regel_id)


def settle(traffar: Sequence[Regel], antal: Mapping[str, int], paket: Regelpaket) -> Utfall:
    """Settle the rules whose conditions are met; they come in settling order.

    `antal` is the quantity by rule id of the rules that count procedures.
    """
    if traffar and traffar[0].typ is Typ.INGEN:
        return _refuse(traffar)
    room = {tak.namn: tak.hogst for tak in paket.tak}
    given: list[tuple[Regel, int]] = []
    bortval: dict[str, Bortval] = {}
    for regel in traffar:
        reason = _reason_to_leave_out(regel, [earlier for earlier, _ in given], room)
        if reason is not None:
            bortval[regel.id] = reason
            continue
        units = antal.get(regel.id, regel.antal.fast)
        if regel.tak is not None:
            units = min(units, room[regel.tak])
            room[regel.tak] -= units
        given.append((regel, units))
    rader = tuple(
        Produktrad(regel.id, regel.produktkod, regel.typ.value, units, bool(regel.exempel_falt))
        for regel, units in given
    )
    if rader:
        return Utfall(Klassning(rader), bortval)
    only_extras = any(regel.typ is Typ.TILLAGG for regel in traffar)
    return Utfall(nothing("ENBART_TILLAGG" if only_extras else "INGEN_REGEL"), bortval)


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
    reason = Bortval("En uppgift som ersättningen beror på saknas.")
    return Utfall(nothing(orsak or ""), {regel.id: reason for regel in traffar})


def _refuse(traffar: Sequence[Regel]) -> Utfall:
    saying_no = traffar[0]
    orsak = saying_no.orsak.kod if saying_no.orsak is not None else "EJ_ERSATTNINGSBAR"
    reason = Bortval(f"Vårdkontakten ersätts inte: {saying_no.titel}.", saying_no.id)
    return Utfall(nothing(orsak, saying_no.id), {regel.id: reason for regel in traffar[1:]})


def _reason_to_leave_out(
    regel: Regel, given: Sequence[Regel], room: Mapping[str, int]
) -> Bortval | None:
    grupp = regel.exklusivitetsgrupp
    for earlier in given:
        if grupp is not None and earlier.exklusivitetsgrupp == grupp:
            return Bortval(f"{earlier.produktkod} går före i gruppen {grupp}.", earlier.id)
        if any(takes_product(monster, earlier.produktkod) for monster in regel.utesluts_av):
            return Bortval(f"Betalas inte tillsammans med {earlier.produktkod}.", earlier.id)
    if regel.kraver_grund and not any(
        takes_product(monster, earlier.produktkod)
        for earlier in given
        if earlier.typ is Typ.GRUND
        for monster in regel.kraver_grund
    ):
        return Bortval(_missing_base(regel))
    if regel.tak is not None and room[regel.tak] == 0:
        return Bortval(f"Taket {regel.tak} är redan fyllt.")
    return None


def _missing_base(regel: Regel) -> str:
    namn = "Tillägget" if regel.typ is Typ.TILLAGG else "Avdraget"
    if regel.kraver_grund == ("*",):
        return f"{namn} kräver en grundersättning, och vårdkontakten ger ingen."
    produkter = ", ".join(monster.replace("*", "…") for monster in regel.kraver_grund)
    return f"{namn} kräver grundersättningen {produkter}, och vårdkontakten ger ingen sådan."


def count_procedures(regel: Regel, atgarder: tuple[str, ...], listor: Listor) -> int:
    """Return how many different procedures the rule counts, at most its own limit."""
    lista = listor["atgard", regel.antal.per_atgard]
    found = sum(lista.matches(kod) for kod in set(atgarder))
    return found if regel.antal.hogst is None else min(found, regel.antal.hogst)
