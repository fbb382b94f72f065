"""The conditions of a rule as they stand in the document: reading them and writing them back.

A block is a mapping from words to what is asked; every word of a block must be met. Two words build
on blocks: `inte` holds one block that must not be met, `nagot_av` a list of alternatives.

Conditions are kept in the order of the vocabulary and not of the document: a store may shuffle the
keys of a mapping (jsonb does), and an explanation must read the same before and after.
"""

from collections.abc import Mapping
from typing import Any, Final

from ersattning.ersmo.core import kodmonster
from ersattning.ersmo.core.lasning import Lasare, below, suggest
from ersattning.ersmo.core.villkor import (
    INTE,
    NAGOT_AV,
    ORD,
    Alla,
    Atom,
    Inte,
    NagotAv,
    Ord,
    Sats,
    Slag,
    Villkor,
    atoms,
)

#: What may be asked of codes in order. The first diagnosis has a name of its own.
_RADSATSER: Final = (Sats.NAGON, Sats.ALLA, Sats.INGEN)
_HUVUD: Final = "huvud"
_EN_AV_VARJE: Final = "en_av_varje"
_AV: Final = "av"
_OLIKA: Final = "olika"
_ALLA_KODER: Final = ("*",)

#: The name of each list of the pack, with the word it was made for.
Listnamn = Mapping[str, str]


def read_block(lasare: Lasare, block: object, pekare: str, listor: Listnamn) -> Alla:
    """Read one block. Faults are noted in the reader; the parts that could be read come back."""
    words = lasare.filled_mapping(block, pekare, (*ORD, INTE, NAGOT_AV))
    delar: list[Villkor] = []
    for namn, value in words.items():
        har = below(pekare, namn)
        if namn == INTE:
            delar.append(Inte(read_block(lasare, value, har, listor)))
        elif namn == NAGOT_AV:
            delar.append(_read_alternatives(lasare, value, har, listor))
        else:
            delar.extend(_read_word(lasare, ORD[namn], value, har, listor))
    return Alla(tuple(delar))


def _read_alternatives(lasare: Lasare, value: object, pekare: str, listor: Listnamn) -> NagotAv:
    blocks = lasare.sequence(value, pekare)
    if isinstance(value, list) and len(blocks) < 2:
        lasare.note("ERSMO008", pekare, "Skriv minst två alternativ.")
    return NagotAv(tuple(read_block(lasare, block, plats, listor) for plats, block in blocks))


def _read_word(
    lasare: Lasare, word: Ord, value: object, pekare: str, listor: Listnamn
) -> list[Atom]:
    if word.slag is Slag.KOD:
        koder = read_codes(lasare, word, value, pekare, listor)
        return [Atom(ord=word.namn, sats=Sats.AR, koder=koder)]
    if word.slag is Slag.KODRAD:
        return _read_codes_in_order(lasare, word, value, pekare, listor)
    if word.slag is Slag.INTERVALL:
        return _read_bounds(lasare, word, value, pekare)
    if word.slag is Slag.LAN:
        fields = lasare.filled_mapping(value, pekare, (Sats.AR, Sats.ANNAT_AN))
        return [
            Atom(
                ord=word.namn,
                sats=Sats(sats),
                koder=read_codes(lasare, word, koder, below(pekare, sats), listor),
            )
            for sats, koder in fields.items()
        ]
    if word.slag is Slag.EGENSKAP:
        if not isinstance(value, Mapping) or not value:
            lasare.note("ERSMO003", pekare, "Skriv egenskapens namn och tillåtna värden.")
            return []
        return [
            Atom(
                ord=word.namn,
                sats=Sats.AR,
                namn=str(namn),
                koder=read_codes(lasare, word, koder, below(pekare, str(namn)), listor),
            )
            for namn, koder in sorted(value.items())
        ]
    return [Atom(ord=word.namn, sats=Sats.JA, ja=lasare.truth(value, pekare))]


def _read_codes_in_order(
    lasare: Lasare, word: Ord, value: object, pekare: str, listor: Listnamn
) -> list[Atom]:
    first = first_word(word)
    radsatser = {first: Sats.FORSTA, **{sats.value: sats for sats in _RADSATSER}}
    kanda = (*radsatser, _EN_AV_VARJE, Sats.MINST, _AV, _OLIKA, Sats.FINNS)
    fields = lasare.filled_mapping(value, pekare, kanda)
    _check_companions(lasare, fields, pekare)
    found: list[Atom] = []
    for namn, asked in fields.items():
        har = below(pekare, namn)
        if namn in radsatser:
            koder = read_codes(lasare, word, asked, har, listor)
            found.append(Atom(ord=word.namn, sats=radsatser[namn], koder=koder))
        elif namn == _EN_AV_VARJE:
            found.extend(
                Atom(
                    ord=word.namn,
                    sats=Sats.NAGON,
                    koder=read_codes(lasare, word, lista, plats, listor),
                )
                for plats, lista in lasare.sequence(asked, har)
            )
        elif namn == Sats.FINNS:
            ja = lasare.truth(asked, har)
            found.append(Atom(ord=word.namn, sats=Sats.FINNS, ja=ja))
        elif namn == Sats.MINST:
            av = fields.get(_AV, list(_ALLA_KODER))
            found.append(
                Atom(
                    ord=word.namn,
                    sats=Sats.MINST,
                    antal=lasare.number(fields, namn, pekare, minst=1) or 1,
                    koder=read_codes(lasare, word, av, below(pekare, _AV), listor),
                    olika=lasare.truth(fields.get(_OLIKA, False), below(pekare, _OLIKA)),
                )
            )
    return found


def _check_companions(lasare: Lasare, fields: Mapping[str, object], pekare: str) -> None:
    for namn in (_AV, _OLIKA):
        if namn in fields and Sats.MINST not in fields:
            text = f"{namn} hör ihop med minst_antal, som saknas."
            lasare.note("ERSMO009", below(pekare, namn), text)
    varje = fields.get(_EN_AV_VARJE)
    if isinstance(varje, list) and len(varje) < 2:
        text = "Skriv minst två listor, eller nagon med en."
        lasare.note("ERSMO008", below(pekare, _EN_AV_VARJE), text)
    if varje is not None and Sats.NAGON in fields:
        text = "Lägg listan under nagon i en_av_varje i stället för att ha båda."
        lasare.note("ERSMO009", below(pekare, _EN_AV_VARJE), text)


def _read_bounds(lasare: Lasare, word: Ord, value: object, pekare: str) -> list[Atom]:
    fields = lasare.filled_mapping(value, pekare, ("fran", "till"))
    fran = lasare.number(fields, "fran", pekare, minst=0)
    till = lasare.number(fields, "till", pekare, minst=0)
    if fran is not None and till is not None and till < fran:
        lasare.note("ERSMO003", pekare, f"Gränserna {fran} till {till} går baklänges.")
    return [Atom(ord=word.namn, sats=Sats.MELLAN, fran=fran, till=till)]


def read_codes(
    lasare: Lasare, word: Ord, value: object, pekare: str, listor: Listnamn
) -> tuple[str, ...]:
    """Read a code list: patterns, and references ("@namn") to lists of the pack."""
    koder = lasare.codes(value, pekare)
    for plats, kod in koder:
        if kod.startswith("@"):
            _check_reference(lasare, word, kod[1:], plats, listor)
        elif fault := _fault_of(word, kod):
            lasare.note("ERSMO007", plats, f"Koden {kod}: {fault}")
    return tuple(dict.fromkeys(kod for _, kod in koder))


def _check_reference(lasare: Lasare, word: Ord, namn: str, pekare: str, listor: Listnamn) -> None:
    if namn not in listor:
        tips = suggest(namn, listor) if listor else "Regelpaketet har inga listor."
        lasare.note("ERSMO006", pekare, f"Listan {namn} finns inte. {tips}")
    elif listor[namn] != word.namn:
        lasare.note(
            "ERSMO009",
            pekare,
            f"Listan {namn} är gjord för {listor[namn]} och kan inte stå under {word.namn}.",
        )


def _fault_of(word: Ord, kod: str) -> str | None:
    if word.bara:
        return None if kod in word.bara else suggest(kod, word.bara)
    if word.fria_tecken:
        return None if kod.strip() == kod and kod else "Värdet har blanktecken i kanten."
    return kodmonster.fault_of(kod)


def first_word(word: Ord) -> str:
    """Return what asking about the first code is called under the word."""
    return _HUVUD if word.namn == "diagnos" else Sats.FORSTA.value


def dump_block(villkor: Alla) -> dict[str, Any]:
    """Write a block so that `read_block` reads it back to the same conditions."""
    block: dict[str, Any] = {}
    for part in villkor.delar:
        if isinstance(part, Inte):
            block[INTE] = _dump_part(part.villkor)
        elif isinstance(part, NagotAv):
            block[NAGOT_AV] = [_dump_part(alternativ) for alternativ in part.delar]
        else:
            for atom in atoms(part):
                _dump_atom(atom, block)
    return block


def _dump_part(villkor: Villkor) -> dict[str, Any]:
    return dump_block(villkor if isinstance(villkor, Alla) else Alla((villkor,)))


def _dump_atom(atom: Atom, block: dict[str, Any]) -> None:
    word = ORD[atom.ord]
    koder = list(atom.koder)
    if word.slag is Slag.KOD:
        block[atom.ord] = koder
        return
    if word.slag is Slag.JANEJ:
        block[atom.ord] = atom.ja
        return
    fields: dict[str, Any] = block.setdefault(atom.ord, {})
    if word.slag is Slag.INTERVALL:
        bounds = (("fran", atom.fran), ("till", atom.till))
        fields.update({namn: value for namn, value in bounds if value is not None})
    elif word.slag is Slag.EGENSKAP:
        fields[atom.namn] = koder
    elif atom.sats is Sats.FINNS:
        fields[Sats.FINNS.value] = atom.ja
    elif atom.sats is Sats.MINST:
        fields.update({Sats.MINST.value: atom.antal, _AV: koder, _OLIKA: atom.olika})
    elif atom.sats is Sats.FORSTA:
        fields[first_word(word)] = koder
    elif atom.sats is Sats.NAGON and _EN_AV_VARJE in fields:
        fields[_EN_AV_VARJE].append(koder)
    elif atom.sats is Sats.NAGON and Sats.NAGON.value in fields:
        fields[_EN_AV_VARJE] = [fields.pop(Sats.NAGON.value), koder]
    else:
        fields[atom.sats.value] = koder
