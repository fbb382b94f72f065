"""Regelboken: every check, reason, rule and price that is shipped, as one Swedish document.

Everything comes from the values that decide and pay, so the book cannot say anything else than what
happens. It is written as Markdown; each source stands once, as a note at the end.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

import msgspec

from ersattning.ersmo.core.anvisning import (
    Anvisning,
    Kodlistrad,
    Krav,
    Regelavsnitt,
    write_instruction,
)
from ersattning.ersmo.core.mening import Texter
from ersattning.ersmo.core.orsaker import Orsak
from ersattning.ersmo.core.regel import Regelpaket, Typ
from ersattning.ersmo.core.villkor import ORD
from ersattning.hej.core.prislista import Pris, Prislista
from gvr.core.avvikelse import Allvar
from gvr.core.belopp import format_kr
from gvr.core.felkatalog import Felpost
from gvr.core.kodverk import Kodverk

INLEDNING: Final = """\
# Regelbok

Skriven av `manage.py print_regelbok` ur det som bestämmer och betalar. Ändra aldrig här: ändra
regeln, priset eller koden och skriv boken på nytt.

I en period räknas båda dagarna med; en öppen period slutar med ett streck. *Påhittat* betyder att
ingen offentlig källa anger värdet: det finns för att kedjan ska gå att prova, och byts mot det
riktiga innan något betalas. Allt sådant står samlat under
[Det som inte är offentligt](#det-som-inte-är-offentligt)."""

_AGARE: Final[Mapping[str, str]] = {
    "VARDGIVARE": "vårdgivaren",
    "JOURNALSYSTEM": "journalsystemet",
    "REGION": "regionen",
}
_FOLJD: Final = {
    Allvar.STOPP: "stoppar",
    Allvar.PARKERA: "väntar",
    Allvar.ANMARKNING: "anmärkning",
}
_TYP: Final = {
    Typ.INGEN: "Ersätts inte",
    Typ.GRUND: "Grundersättning",
    Typ.TILLAGG: "Tillägg",
    Typ.AVDRAG: "Avdrag",
}
_FALT: Final[Mapping[str, str]] = {"giltig": "giltighetstid", "modell": "modellens kod"}

#: The chapters of the catalogue by what its codes begin with; the rest are words.
_KAPITEL: Final[Mapping[str, str]] = {
    "GVR": "Vårdkontaktens innehåll",
    "": "Anropet och registret",
    "SAM": "Samverkan",
    "AKT": "Rehabkoordinatorns aktiviteter",
    "SLV": "Slutenvård i delar",
    "VTD": "Väntetider",
    "PER": "Vårdansvar och vårdperioder",
    "RES": "Reservnummer",
    "KOD": "Kodverk",
    "ICD": "Klassifikationsfiler",
    "ERSMO": "Regelpaketet",
    "HEJ": "Prislistan",
    "VF": "Fakturan",
}
_NUMRERAD: Final = re.compile(r"([A-Z]+)\d{3}")


class Underlag(msgspec.Struct, frozen=True, kw_only=True):
    """What the book is written from. `lattade_i_fil` are codes that a file is forgiven."""

    koder: tuple[Felpost, ...]
    lattade_i_fil: Collection[str]
    orsaker: tuple[Orsak, ...]
    paket: tuple[Regelpaket, ...]
    prislistor: tuple[Prislista, ...]
    kodverk: tuple[Kodverk, ...]


def write(underlag: Underlag) -> str:
    """Return the whole book as Markdown. The same values always give the same text."""
    noter = _Noter()
    delar = (
        (INLEDNING,),
        _checks(underlag, noter),
        _reasons(underlag.orsaker),
        _packs(underlag, noter),
        _price_lists(underlag.prislistor, noter),
        _not_public(underlag),
    )
    text = "\n\n".join(stycke for del_ in delar for stycke in del_)
    return f"{text}\n\n## Källor\n\n{noter}\n"


class _Noter:
    """The sources met so far; each gets its number the first time."""

    def __init__(self) -> None:
        self._nummer: dict[str, int] = {}

    def refer(self, *kallor: str | None) -> str:
        """Return the marks of the sources."""
        return "".join(
            f"[^{self._nummer.setdefault(kalla, len(self._nummer) + 1)}]"
            for kalla in kallor
            if kalla
        )

    def __str__(self) -> str:
        return "\n".join(f"[^{nummer}]: {kalla}" for kalla, nummer in self._nummer.items())


# Checks and reasons -----------------------------------------------------------------------------


def _checks(underlag: Underlag, noter: _Noter) -> Iterator[str]:
    yield "## Kontroller"
    yield (
        "*Stoppar*: vårdkontakten registreras inte. *Väntar*: den registreras och prövas av sig "
        "själv när det som saknas har kommit. *Anmärkning*: den registreras och prövas, men någon "
        "bör titta. Ett tal är svaret på ett anrop som avvisas helt."
    )
    kapitel: dict[str, list[Felpost]] = {prefix: [] for prefix in _KAPITEL}
    for post in sorted(underlag.koder, key=lambda post: post.kod):
        numrerad = _NUMRERAD.fullmatch(post.kod)
        kapitel.setdefault(numrerad.group(1) if numrerad else "", []).append(post)
    for prefix, poster in kapitel.items():
        if poster:
            yield f"### {_KAPITEL.get(prefix, prefix)}"
            yield _table(
                ("Kod", "Vad som är fel", "Följd", "Åtgärd", "Källa"),
                (
                    (
                        post.kod,
                        f"**{post.titel}.** {post.text}",
                        _consequence(post, underlag.lattade_i_fil),
                        _who_does(post.agare, post.atgard),
                        noter.refer(post.kalla),
                    )
                    for post in poster
                ),
            )


def _consequence(post: Felpost, lattade_i_fil: Collection[str]) -> str:
    if post.allvar is None:
        return str(post.http)
    return _FOLJD[post.allvar] + (", i fil anmärkning" if post.kod in lattade_i_fil else "")


def _who_does(agare: str, atgard: str) -> str:
    if not agare:
        return "Ingen behöver göra något."
    return f"{_AGARE[agare].capitalize()}: {atgard}"


def _reasons(orsaker: Iterable[Orsak]) -> Iterator[str]:
    yield "## Orsaker"
    yield (
        "Varför en vårdkontakt inte ger någon ersättning, eller inte än. Orsaker som hör till ett "
        "visst avtal står vid regelpaketens regler."
    )
    yield _table(
        ("Orsak", "Betyder", "Följd", "Åtgärd"),
        (
            (
                orsak.kod,
                f"**{orsak.titel}.** {orsak.text}",
                "väntar" if orsak.vantar else "slutlig",
                _who_does(orsak.agare, orsak.atgard),
            )
            for orsak in orsaker
        ),
    )


# Rules ------------------------------------------------------------------------------------------


def _packs(underlag: Underlag, noter: _Noter) -> Iterator[str]:
    texter = texts_of(underlag.kodverk)
    for paket in underlag.paket:
        yield from _pack(paket, write_instruction(paket, texter=texter), noter)


def texts_of(kodverk: Iterable[Kodverk]) -> Texter:
    """Return the newest text of every code that has one, by code system."""
    return {
        verk.kodverk: {
            rad.kod: rad.text
            for rad in sorted(verk.rader, key=lambda rad: rad.giltig.start)
            if rad.text
        }
        for verk in kodverk
    }


def _pack(paket: Regelpaket, anvisning: Anvisning, noter: _Noter) -> Iterator[str]:
    yield f"## Regler: {anvisning.namn}"
    yield (
        f"Avtalsområde `{paket.avtalsomrade}`, modell {anvisning.modell}, version "
        f"{anvisning.version}, gäller {anvisning.giltig}.{noter.refer(*anvisning.kallor)}"
        f"{_invented(anvisning.exempel_falt)}"
    )
    if anvisning.inledning:
        yield anvisning.inledning
    if anvisning.galler_for:
        yield f"För alla regler gäller också:\n\n{_asked(anvisning.galler_for)}"
    orsaker = {regel.id: regel.orsak for regel in paket.regler}
    for avsnitt in anvisning.avsnitt:
        yield f"### {anvisning.namn}: {avsnitt.rubrik}"
        for regel in avsnitt.regler:
            yield from _rule(regel, orsaker[regel.regel_id], anvisning, noter)
    if anvisning.listor:
        yield f"### {anvisning.namn}: kodlistor"
        yield _table(("Lista", "Gäller", "Koder"), map(_code_list, anvisning.listor))


def _rule(
    regel: Regelavsnitt, orsak: Orsak | None, anvisning: Anvisning, noter: _Noter
) -> Iterator[str]:
    yield f"#### {regel.regel_id} – {regel.titel}"
    huvud = [_TYP[regel.typ]]
    if regel.produktkod:
        huvud.append(f"produkt **{regel.produktkod}**")
        huvud.append(f"antal {regel.antal}")
    if orsak is not None:
        huvud.append(f"orsak {orsak.kod}")
    if regel.giltig != anvisning.giltig:
        huvud.append(f"gäller {regel.giltig}")
    yield f"{', '.join(huvud)}.{noter.refer(*regel.kalla)}{_invented(regel.exempel_falt)}"
    texter = dict.fromkeys(text for text in (regel.text, orsak.text if orsak else "") if text)
    if texter:
        yield " ".join(texter)
    if orsak is not None and orsak.atgard:
        yield _who_does(orsak.agare, orsak.atgard)
    if regel.krav:
        yield _asked(regel.krav)
    if regel.dessutom:
        yield " ".join(regel.dessutom)
    for rubrik, traff in (("Träffar", True), ("Träffar inte", False)):
        namn = "; ".join(namn for namn, avgor in regel.exempel if avgor is traff)
        if namn:
            yield f"*{rubrik}:* {namn}."


def _asked(krav: Iterable[Krav], djup: int = 0) -> str:
    rader = []
    for ett in krav:
        rader.append(f"{'  ' * djup}- {ett.text}")
        if ett.delar:
            rader.append(_asked(ett.delar, djup + 1))
    return "\n".join(rader)


def _code_list(rad: Kodlistrad) -> tuple[str, str, str]:
    return rad.text, rad.giltig, ", ".join(rad.koder)


# Prices -----------------------------------------------------------------------------------------


def _price_lists(prislistor: Iterable[Prislista], noter: _Noter) -> Iterator[str]:
    for lista in prislistor:
        yield f"## Priser: {lista.namn}"
        yield (
            f"Prislista {lista.kod} för avtalsområde `{lista.avtalsomrade}`, gäller "
            f"{lista.giltig}, avrundas {lista.avrundning}.{noter.refer(lista.kalla)}"
        )
        tak = any(pris.tak1 is not None for pris in lista.priser)
        rubriker = ["Produkt", "Text", "Belopp", "Gäller", "Källa"]
        if tak:
            rubriker[3:3] = ["Över första taket", "Första taket", "Andra taket"]
        yield _table(rubriker, (_price(pris, noter, tak=tak) for pris in lista.priser))


def _price(pris: Pris, noter: _Noter, *, tak: bool) -> list[str]:
    belopp = format_kr(pris.belopp) + (" *påhittat*" if pris.exempel else "")
    rad = [pris.produktkod, pris.text, belopp, str(pris.giltig), noter.refer(pris.kalla)]
    if tak:
        rad[3:3] = [
            "–" if kr is None else format_kr(kr) for kr in (pris.reducerat, pris.tak1, pris.tak2)
        ]
    return rad


# What is not public -----------------------------------------------------------------------------


def _not_public(underlag: Underlag) -> Iterator[str]:
    yield "## Det som inte är offentligt"
    yield (
        "Värden som ingen offentlig källa anger. Regionen fyller i dem, lägger upp en ny version "
        "och publicerar den innan kedjan betalar riktiga pengar."
    )
    yield "### I reglerna"
    yield _table(("Regelpaket", "Uppgift", "Påhittad i"), _invented_in_rules(underlag.paket))
    yield "### I prislistorna"
    yield _table(
        ("Prislista", "Produkt", "Belopp", "Gäller"),
        (
            (lista.kod, pris.produktkod, format_kr(pris.belopp), str(pris.giltig))
            for lista in underlag.prislistor
            for pris in lista.priser
            if pris.exempel
        ),
    )
    saknas = tuple(_unknown_fees(underlag.prislistor))
    if saknas:
        yield "Arvodet över första taket är inte känt. Besök som kommer dit väntar på pris."
        yield _table(("Prislista", "Produkt", "Gäller"), saknas)
    yield "### I kodverken"
    yield (
        "En tolkad text är vår slutsats av var koden används. I ett kodverk som inte är "
        "fullständigt ger en okänd kod en anmärkning i stället för att stoppa."
    )
    yield _table(
        ("Kodverk", "Fullständigt", "Koder utan offentlig text", "Koder med tolkad text"),
        map(_unknown_texts, underlag.kodverk),
    )


def _invented_in_rules(paket: Iterable[Regelpaket]) -> Iterator[tuple[str, str, str]]:
    for ett in paket:
        regler: dict[str, list[str]] = {}
        for regel in ett.regler:
            for falt in regel.exempel_falt:
                regler.setdefault(falt, []).append(regel.id)
        for falt in ett.exempel_falt:
            yield ett.namn, _field(falt), "hela regelpaketet"
        for falt in sorted(regler):
            yield ett.namn, _field(falt), ", ".join(regler[falt])


def _unknown_fees(prislistor: Iterable[Prislista]) -> Iterator[tuple[str, str, str]]:
    """Yield the products by list and period whose fee beyond the first ceiling is not known."""
    for lista in prislistor:
        okanda = [p for p in lista.priser if p.tak1 is not None and p.reducerat is None]
        for giltig, priser in groupby(sorted(okanda, key=_when), key=lambda pris: pris.giltig):
            yield lista.kod, ", ".join(pris.produktkod for pris in priser), str(giltig)


def _when(pris: Pris) -> tuple[str, str]:
    return str(pris.giltig), pris.produktkod


def _unknown_texts(verk: Kodverk) -> tuple[str, str, str, str]:
    utan = dict.fromkeys(rad.kod for rad in verk.rader if rad.text is None)
    tolkad = dict.fromkeys(rad.kod for rad in verk.rader if rad.slutsats)
    fullstandigt = "ja" if verk.fullstandig else "nej"
    return verk.kodverk, fullstandigt, ", ".join(utan) or "–", ", ".join(tolkad) or "–"


def _invented(falt: Iterable[str]) -> str:
    namn = ", ".join(map(_field, falt))
    return f" *Påhittat: {namn}.*" if namn else ""


def _field(namn: str) -> str:
    """Return the Swedish name of a field of the pack's document."""
    villkor = namn.removeprefix("villkor/")
    if villkor != namn:
        return f"villkoret om {ORD[villkor].rubrik.lower()}"
    return _FALT.get(namn, namn)


def _table(rubriker: Iterable[str], rader: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    rubriker = tuple(rubriker)
    alla = (rubriker, ("---",) * len(rubriker), *rader)
    return "\n".join(f"| {' | '.join(map(_cell, rad))} |" for rad in alla)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
