"""Villkor: what a rule may ask of one contact, and the slow, plain way of asking it.

A condition answers True, False or None. None means that the contact lacks the fact the condition
is about (county, birth date, sex, base area, last day): it is neither met nor failed, also when it
is negated, so a missing fact never decides anything in silence. Any other absent field is a known
absence: a contact without taxa simply has none of the taxor asked for.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from ersattning.ersmo.core.kodmonster import Kodlista
from gvr.core.personnummer import age_on
from gvr.core.vardkontakt import Innehall, Placering


class Slag(StrEnum):
    """What kind of fact a word is about, and thereby how its condition is written."""

    KOD = "KOD"  # one code or none
    KODRAD = "KODRAD"  # codes in the sender's order
    INTERVALL = "INTERVALL"  # a whole number with inclusive bounds
    LAN = "LAN"  # the patient's county
    EGENSKAP = "EGENSKAP"  # a property of the contract
    JANEJ = "JANEJ"  # yes or no


class Sats(StrEnum):
    """What a condition says about its codes. The value is the word in the document."""

    AR = "ar"  # the code is one of
    ANNAT_AN = "annat_an"  # the code is known and none of
    FORSTA = "forsta"  # the first code is one of ("huvud" for a diagnosis)
    NAGON = "nagon"  # at least one code is one of
    ALLA = "alla"  # every pattern asked for is there
    INGEN = "ingen"  # no code is one of
    MINST = "minst_antal"  # at least so many codes are among
    FINNS = "finns"  # there is (or is not) any code
    MELLAN = "mellan"  # the number lies between
    JA = "ja"  # the answer is the one asked for


class Ord(msgspec.Struct, frozen=True, kw_only=True):
    """One word of the vocabulary. `falt` is the field of Innehall (or of Placering) it reads.

    `kodverk` is the code system the texts come from, `okand` the reason code when the fact is
    missing and the word cannot be answered. `fria_tecken` lets codes be identities (kombika,
    HSA-id), where a hyphen is a plain character. `bara` lists the only codes there are. `delad`
    fields have few values, so the compiled engine looks them all up at once.
    """

    namn: str
    falt: str
    rubrik: str
    slag: Slag = Slag.KOD
    flertal: str = ""
    kodverk: str = ""
    okand: str | None = None
    fria_tecken: bool = False
    bara: frozenset[str] = frozenset()
    placering: bool = False
    delad: bool = False


_KONTAKTFORMER: Final = frozenset({"OPPENVARD", "HEMSJUKVARD", "SLUTENVARD"})


def _kodrad(namn: str, falt: str, rubrik: str, flertal: str, kodverk: str) -> Ord:
    return Ord(
        namn=namn, falt=falt, rubrik=rubrik, slag=Slag.KODRAD, flertal=flertal, kodverk=kodverk
    )


#: The whole vocabulary. A word that is not here is an error when the pack is read.
ORD: Final[Mapping[str, Ord]] = {
    word.namn: word
    for word in (
        Ord(
            namn="form",
            falt="form",
            rubrik="Kontaktform",
            kodverk="FORM",
            bara=_KONTAKTFORMER,
            delad=True,
        ),
        Ord(namn="besokstyp", falt="btyp", rubrik="Besökstyp", kodverk="BTYP", delad=True),
        Ord(namn="vktyp", falt="vktyp", rubrik="Vårdkontakttyp", kodverk="VKTYP", delad=True),
        _kodrad("yrkeskategori", "yrkeskategorier", "Yrkeskategori", "yrkeskategorier", "VDG"),
        Ord(namn="taxa", falt="taxa", rubrik="Taxa", kodverk="TAXA", delad=True),
        Ord(
            namn="akut",
            falt="akut",
            rubrik="Akutmarkering",
            kodverk="AKUT",
            bara=frozenset({"J", "N", "1", "2"}),
            delad=True,
        ),
        _kodrad("atgard", "atgarder", "Åtgärd", "åtgärder", "OPKOD"),
        _kodrad("diagnos", "diagnoser", "Diagnos", "diagnoser", "DIAGNOS"),
        _kodrad("lakemedel", "lakemedel", "Läkemedel", "läkemedel", "ATC"),
        _kodrad("tillstand", "tillstand", "Tillstånd", "tillstånd", "TILLSTAND"),
        _kodrad("produkt", "produkter", "Rapporterad produkt", "rapporterade produkter", "PRODUKT"),
        Ord(
            namn="alder",
            falt="fodd",
            rubrik="Ålder på vårddagen",
            slag=Slag.INTERVALL,
            okand="FODELSEDATUM_SAKNAS",
        ),
        Ord(
            namn="kon",
            falt="kon",
            rubrik="Patientens kön",
            kodverk="KON",
            okand="KON_SAKNAS",
            bara=frozenset({"K", "M"}),
        ),
        Ord(
            namn="lan",
            falt="lkf",
            rubrik="Patientens län",
            slag=Slag.LAN,
            kodverk="LAN",
            okand="LAN_SAKNAS",
        ),
        Ord(
            namn="basomrade",
            falt="basomrade",
            rubrik="Patientens basområde",
            kodverk="BASOMRNY",
            okand="BASOMRADE_SAKNAS",
        ),
        Ord(
            namn="uppdragstyp",
            falt="uppdragstyp",
            rubrik="Enhetens uppdrag",
            kodverk="UPPDRAGSTYP",
            placering=True,
        ),
        Ord(namn="kombika", falt="enhet", rubrik="Enhet", fria_tecken=True),
        Ord(
            namn="avtalsegenskap",
            falt="avtalsegenskaper",
            rubrik="Avtalets egenskap",
            slag=Slag.EGENSKAP,
            fria_tecken=True,
            placering=True,
        ),
        Ord(
            namn="avgiftsavdrag",
            falt="avgiftsavdrag",
            rubrik="Avdrag för patientavgift",
            slag=Slag.JANEJ,
            placering=True,
        ),
        Ord(namn="ers_uppdrag", falt="ers_uppdrag", rubrik="Ersättningsuppdrag", fria_tecken=True),
        Ord(namn="ikod", falt="ikod", rubrik="Inskrivningskod", kodverk="IKOD", delad=True),
        Ord(namn="ukod", falt="ukod", rubrik="Utskrivningskod", kodverk="UKOD", delad=True),
        Ord(
            namn="vplan", falt="vplan", rubrik="Vårdplan efter vården", kodverk="VPLAN", delad=True
        ),
        Ord(namn="remiss_fore", falt="remiss_fore", rubrik="Remiss från enhet", fria_tecken=True),
        Ord(namn="remiss_efter", falt="remiss_efter", rubrik="Remiss till enhet", fria_tecken=True),
        Ord(
            namn="langd",
            falt="slutdag",
            rubrik="Vårdtillfällets längd",
            slag=Slag.INTERVALL,
            okand="SLUTDAG_SAKNAS",
        ),
    )
}

#: The two words that build conditions out of conditions.
INTE: Final = "inte"
NAGOT_AV: Final = "nagot_av"


class Atom(msgspec.Struct, frozen=True, kw_only=True):
    """One condition that cannot be taken apart.

    `koder` are patterns and references to the pack's lists ("@namn"). `antal` and `olika` belong
    to MINST: how many codes, and whether the same code twice counts once. `fran` and `till` are
    inclusive, in years (alder) or in days with both ends counted (langd). `namn` is the property
    of the contract. `ja` is the answer that FINNS and JA ask for.
    """

    ord: str
    sats: Sats
    koder: tuple[str, ...] = ()
    namn: str = ""
    antal: int = 0
    olika: bool = False
    fran: int | None = None
    till: int | None = None
    ja: bool = True


class Alla(msgspec.Struct, frozen=True):
    """Every part is met. Without parts it is always met."""

    delar: "tuple[Villkor, ...]"


class NagotAv(msgspec.Struct, frozen=True):
    """At least one part is met ("alt 1", "alt 2" of the reporting instructions)."""

    delar: "tuple[Villkor, ...]"


class Inte(msgspec.Struct, frozen=True):
    """The part is known not to be met."""

    villkor: "Villkor"


Villkor = Atom | Alla | NagotAv | Inte

#: What each code list of a pack takes in on one day, by the word and the list as it is written.
Listor = Mapping[tuple[str, tuple[str, ...]], Kodlista]


def atoms(villkor: Villkor) -> Iterator[Atom]:
    """Go through every atom of a condition, in the order it is written."""
    if isinstance(villkor, Atom):
        yield villkor
    elif isinstance(villkor, Inte):
        yield from atoms(villkor.villkor)
    else:
        for part in villkor.delar:
            yield from atoms(part)


def is_unknown(word: Ord, innehall: Innehall) -> bool:
    """Say whether the contact lacks the fact that the word is about."""
    return word.okand is not None and not getattr(innehall, word.falt)


def number_of(word: Ord, innehall: Innehall) -> int | None:
    """Return the number an interval is about: years of age, or days with both ends counted."""
    if word.namn == "alder":
        return None if innehall.fodd is None else age_on(innehall.fodd, innehall.dag)
    return None if innehall.slutdag is None else (innehall.slutdag - innehall.dag).days + 1


def code_of(atom: Atom, innehall: Innehall, placering: Placering) -> str | None:
    """Return the one code that the atom asks about, None when the contact has none."""
    word = ORD[atom.ord]
    if word.slag is Slag.EGENSKAP:
        return dict(placering.avtalsegenskaper).get(atom.namn)
    kod = getattr(placering if word.placering else innehall, word.falt)
    if kod is None:
        return None
    return str(kod)[:2] if word.slag is Slag.LAN else str(kod)


def evaluate(
    villkor: Villkor, innehall: Innehall, placering: Placering, listor: Listor
) -> bool | None:
    """Answer a condition by walking through it: the oracle of the compiled engine."""
    if isinstance(villkor, Atom):
        return evaluate_atom(villkor, innehall, placering, listor)
    if isinstance(villkor, Inte):
        answer = evaluate(villkor.villkor, innehall, placering, listor)
        return None if answer is None else not answer
    answers = [evaluate(part, innehall, placering, listor) for part in villkor.delar]
    deciding = isinstance(villkor, NagotAv)
    if deciding in answers:
        return deciding
    return None if None in answers else not deciding


def evaluate_atom(
    atom: Atom, innehall: Innehall, placering: Placering, listor: Listor
) -> bool | None:
    """Answer one atom for a contact."""
    word = ORD[atom.ord]
    if is_unknown(word, innehall):
        return None
    if word.slag is Slag.INTERVALL:
        return in_bounds(atom, number_of(word, innehall))
    if word.slag is Slag.JANEJ:
        return placering.avgiftsavdrag is atom.ja
    lista = listor[atom.ord, atom.koder]
    if word.slag is Slag.KODRAD:
        return answer_codes(atom, getattr(innehall, word.falt), lista)
    kod = code_of(atom, innehall, placering)
    return answer_code(atom, kod, lista)


def in_bounds(atom: Atom, value: int | None) -> bool | None:
    """Say whether the number is within the inclusive bounds of the atom; None when unknown."""
    if value is None:
        return None
    return (atom.fran is None or atom.fran <= value) and (atom.till is None or value <= atom.till)


def answer_code(atom: Atom, kod: str | None, lista: Kodlista) -> bool:
    """Answer an atom about one code; a contact without the code is none of those asked for."""
    return kod is not None and lista.matches(kod) is (atom.sats is Sats.AR)


def answer_codes(atom: Atom, koder: tuple[str, ...], lista: Kodlista) -> bool:
    """Answer an atom about codes in order."""
    if atom.sats is Sats.FINNS:
        return bool(koder) is atom.ja
    if atom.sats is Sats.FORSTA:
        return bool(koder) and lista.matches(koder[0])
    if atom.sats is Sats.ALLA:
        found = [any(monster.matches(kod) for kod in koder) for monster in lista.monster]
        return bool(found) and all(found)
    hits = [kod for kod in koder if lista.matches(kod)]
    if atom.sats is Sats.INGEN:
        return not hits
    if atom.sats is Sats.NAGON:
        return bool(hits)
    return len(set(hits) if atom.olika else hits) >= atom.antal
