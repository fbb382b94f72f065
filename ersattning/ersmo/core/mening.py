"""Mening: conditions in Swedish, for the explanation of a contact and for the instruction.

`describe` says what a rule asks. `answer` says how one contact stands to it, with the contact's own
value first. Neither ever shows who the patient is.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from ersattning.ersmo.core.regel import Regelpaket
from ersattning.ersmo.core.villkor import (
    ORD,
    Alla,
    Atom,
    Inte,
    Sats,
    Slag,
    Villkor,
    code_of,
    is_unknown,
    number_of,
)
from gvr.core.vardkontakt import Innehall, Placering

#: Texts of codes by the name of the code system and the code.
Texter = Mapping[str, Mapping[str, str]]

_HOGST_I_MENING: Final = 12
_ENHETER: Final = {"alder": "år", "langd": "dagar"}
_FORMER: Final[Mapping[str, str]] = {
    "OPPENVARD": "öppen vård",
    "HEMSJUKVARD": "hemsjukvård",
    "SLUTENVARD": "sluten vård",
}
_KON: Final[Mapping[str, str]] = {"K": "kvinna", "M": "man"}
_EGNA: Final[Texter] = {"FORM": _FORMER, "KON": _KON}


class Sprak(msgspec.Struct, frozen=True):
    """What sentences need to know: the pack's lists and the texts of codes."""

    listor: Mapping[str, str]
    texter: Texter

    @classmethod
    def of(cls, paket: Regelpaket, texter: Texter | None) -> "Sprak":
        """Return the language of a pack."""
        listor = {grupp.namn: grupp.text or grupp.namn for grupp in paket.grupper}
        return cls(listor, {**_EGNA, **(texter or {})})

    def code(self, kodverk: str, kod: str) -> str:
        """Show a code with its text, when there is one: "1 – återbesök"."""
        text = self.texter.get(kodverk, {}).get(kod)
        if kodverk in _EGNA and text:
            return text
        return f"{kod} – {text}" if text else kod

    def codes(self, kodverk: str, koder: Sequence[str], bindeord: str = "eller") -> str:
        """Show a code list as people write it, shortened when it is long."""
        shown = [self._pattern(kodverk, kod) for kod in koder[:_HOGST_I_MENING]]
        if len(koder) > _HOGST_I_MENING:
            shown.append(f"{len(koder) - _HOGST_I_MENING} till")
        if len(shown) < 2:
            return "".join(shown)
        return f"{', '.join(shown[:-1])} {bindeord} {shown[-1]}"

    def _pattern(self, kodverk: str, kod: str) -> str:
        if kod.startswith("@"):
            return self.listor[kod[1:]]
        if kod == "*":
            return "någon kod"
        if kod.endswith("*"):
            return f"{kod[:-1]}…"
        if kodverk and kod.count("-") == 1:
            return kod.replace("-", "–")
        return self.code(kodverk, kod)


def describe(villkor: Villkor, sprak: Sprak) -> str:
    """Say what a condition asks, as a clause that can stand in a list."""
    if isinstance(villkor, Atom):
        return _describe_atom(villkor, sprak)
    if isinstance(villkor, Inte):
        return f"Gäller inte när: {describe(villkor.villkor, sprak)}"
    bindeord = " och " if isinstance(villkor, Alla) else " – eller – "
    return bindeord.join(describe(part, sprak) for part in villkor.delar)


def _describe_atom(atom: Atom, sprak: Sprak) -> str:
    word = ORD[atom.ord]
    if word.slag is Slag.INTERVALL:
        return f"{word.rubrik} är {_bounds(atom)}"
    if word.slag is Slag.JANEJ:
        return f"{word.rubrik} görs {'' if atom.ja else 'inte '}enligt avtalet"
    koder = sprak.codes(word.kodverk, atom.koder)
    if word.slag is Slag.EGENSKAP:
        return f"{word.rubrik} {atom.namn} är {koder}"
    if word.slag is Slag.KODRAD:
        return _describe_codes(atom, sprak, koder)
    return f"{word.rubrik} är {'ett annat än ' if atom.sats is Sats.ANNAT_AN else ''}{koder}"


def _describe_codes(atom: Atom, sprak: Sprak, koder: str) -> str:
    word = ORD[atom.ord]
    first = "Huvuddiagnosen" if atom.ord == "diagnos" else f"{word.rubrik} (den första)"
    return {
        Sats.FORSTA: f"{first} är {koder}",
        Sats.NAGON: f"Minst en av {word.flertal} är {koder}",
        Sats.ALLA: f"{word.flertal.capitalize()} {_all_codes(atom, sprak)} finns",
        Sats.INGEN: f"Ingen av {word.flertal} är {koder}",
        Sats.MINST: f"Minst {atom.antal} {'olika ' if atom.olika else ''}{word.flertal} är {koder}",
        Sats.FINNS: f"{word.rubrik} är {'angiven' if atom.ja else 'inte angiven'}",
    }[atom.sats]


def _all_codes(atom: Atom, sprak: Sprak) -> str:
    return sprak.codes(ORD[atom.ord].kodverk, atom.koder, "och")


def _bounds(atom: Atom) -> str:
    enhet = _ENHETER[atom.ord]
    if atom.fran is None:
        return f"högst {atom.till} {enhet}"
    if atom.till is None:
        return f"minst {atom.fran} {enhet}"
    return f"{atom.fran}–{atom.till} {enhet}"


def answer(
    atom: Atom, innehall: Innehall, placering: Placering, sprak: Sprak, *, traff: bool
) -> str:
    """Say how a contact stands to an atom (met when `traff`): its value, then what is asked."""
    word = ORD[atom.ord]
    if is_unknown(word, innehall):
        return f"{word.rubrik}: uppgiften saknas i vårdkontakten"
    if word.slag is Slag.INTERVALL:
        value = f"{number_of(word, innehall)} {_ENHETER[atom.ord]}"
        return f"{word.rubrik} är {value}{_against(_bounds(atom), traff=traff)}"
    if word.slag is Slag.JANEJ:
        return f"{word.rubrik} görs {'' if placering.avgiftsavdrag else 'inte '}enligt avtalet"
    if word.slag is Slag.KODRAD:
        return _answer_codes(atom, getattr(innehall, word.falt), sprak, traff=traff)
    rubrik = f"{word.rubrik} {atom.namn}".rstrip()
    asked = sprak.codes(word.kodverk, atom.koder)
    if atom.sats is Sats.ANNAT_AN:
        asked = f"ett annat än {asked}"
    kod = code_of(atom, innehall, placering)
    if kod is None:
        return f"{rubrik} saknas (regeln gäller {asked})"
    shown = sprak.code(word.kodverk, kod)
    return f"{rubrik} {shown}{'' if asked == shown else _against(asked, traff=traff)}"


def _against(asked: str, *, traff: bool) -> str:
    return f" (regeln gäller {asked})" if traff else f", men regeln gäller {asked}"


def _answer_codes(atom: Atom, koder: tuple[str, ...], sprak: Sprak, *, traff: bool) -> str:
    word = ORD[atom.ord]
    if atom.sats is Sats.FINNS:
        return f"{word.rubrik} är {'angiven' if koder else 'inte angiven'}"
    asked = sprak.codes(word.kodverk, atom.koder)
    reported = sprak.codes(word.kodverk, koder, "och") if koder else "inga"
    if atom.sats is Sats.FORSTA:
        rubrik = "Huvuddiagnos" if atom.ord == "diagnos" else word.rubrik
        if not koder:
            return f"{rubrik} saknas (regeln gäller {asked})"
        shown = sprak.code(word.kodverk, koder[0])
        return f"{rubrik} {shown}{'' if asked == shown else _against(asked, traff=traff)}"
    if atom.sats is Sats.MINST:
        asked = f"minst {atom.antal} {'olika ' if atom.olika else ''}av {asked}"
    krav = {
        Sats.NAGON: asked,
        Sats.MINST: asked,
        Sats.ALLA: _all_codes(atom, sprak),
        Sats.INGEN: f"när ingen är {asked}",
    }[atom.sats]
    return f"{word.flertal.capitalize()}: {reported}{_against(krav, traff=traff)}"
