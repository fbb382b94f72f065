"""Prislista: what each produktkod is worth on each day, as one dated document with sources.

The document is what people read, approve and keep; `Prislista` is what the chain calculates with.
A price that the sources do not give is left out of the document. It is never written as 0 kr, so a
contact that needs it waits for it where everybody can see.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import msgspec

from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.belopp import AVRUNDNINGAR, format_kr, parse_kr, round_kr
from gvr.core.felkatalog import Felpost, add, finding
from gvr.core.period import Period


class Pris(msgspec.Struct, frozen=True, kw_only=True):
    """The price of one product during one period, in kronor with whole öre, never negative.

    A deduction is stored positive as well: the kind of the row turns its sign. `exempel` marks an
    invented figure. The last three belong to the national tariffs (LOL and LOF): `reducerat` is the
    fee when more than `tak1` has been received in the calendar year, and nothing is paid beyond
    `tak2`. A `reducerat` of None beside a `tak1` is a fee that is not public.
    """

    produktkod: str
    belopp: Decimal
    giltig: Period
    exempel: bool
    kalla: str
    reducerat: Decimal | None = None
    tak1: Decimal | None = None
    tak2: Decimal | None = None
    text: str = ""


class Prislista(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One version of a price list. A published version is never changed; a new one follows it.

    `avrundning` is how a row is rounded to whole öre (a key of `belopp.AVRUNDNINGAR`).
    `avtalsomrade` is the code of the contract area whose contracts it prices.
    """

    id: int
    kod: str
    version: int
    hash: str
    giltig: Period
    avrundning: str
    priser: tuple[Pris, ...]
    namn: str = ""
    avtalsomrade: str = ""
    kalla: str = ""

    @cached_property
    def _per_produkt(self) -> dict[str, list[Pris]]:
        found: dict[str, list[Pris]] = {}
        for pris in self.priser:
            found.setdefault(pris.produktkod, []).append(pris)
        return found

    def find(self, produktkod: str, day: date) -> Pris | None:
        """Return the price of the product on the day of care, or None when the list has none."""
        if not self.giltig.contains(day):
            return None
        for pris in self._per_produkt.get(produktkod, ()):
            if pris.giltig.contains(day):
                return pris
        return None


add(
    Felpost(
        kod="HEJ001",
        titel="Okänt fält i prislistan",
        text="Prislistan har ett fält som inte finns.",
        atgard="Ta bort fältet eller rätta stavningen.",
        agare="REGION",
        allvar=Allvar.STOPP,
    ),
    Felpost(
        kod="HEJ002",
        titel="Uppgift saknas i prislistan",
        text="En uppgift som måste finnas saknas.",
        atgard="Fyll i uppgiften.",
        agare="REGION",
        allvar=Allvar.STOPP,
    ),
    Felpost(
        kod="HEJ003",
        titel="Uppgift i prislistan går inte att läsa",
        text="Uppgiften har fel form.",
        atgard="Skriv uppgiften så som beskrivningen av prislistan anger.",
        agare="REGION",
        allvar=Allvar.STOPP,
    ),
    Felpost(
        kod="HEJ004",
        titel="Belopp i prislistan går inte att använda",
        text="Ett belopp skrivs i kronor med hela ören och är aldrig negativt.",
        atgard='Skriv hela kronor eller kronor och ören inom citattecken, till exempel "137,50".',
        agare="REGION",
        allvar=Allvar.STOPP,
    ),
    Felpost(
        kod="HEJ005",
        titel="Perioden i prislistan stämmer inte",
        text="Perioden går baklänges eller ligger utanför prislistans.",
        atgard="Rätta fr.o.m. och t.o.m.",
        agare="REGION",
        allvar=Allvar.STOPP,
    ),
    Felpost(
        kod="HEJ006",
        titel="Två priser för samma produkt samma dag",
        text="Produkten har två priser vars perioder överlappar varandra.",
        atgard="Avsluta det äldre priset dagen innan det nya börjar.",
        agare="REGION",
        allvar=Allvar.STOPP,
    ),
    Felpost(
        kod="HEJ007",
        titel="Lucka i prislistan",
        text="Produkten saknar pris under en del av prislistans tid.",
        atgard="Komplettera priset om det finns. Vårdkontakter från dessa dagar väntar på pris.",
        agare="REGION",
        allvar=Allvar.ANMARKNING,
    ),
    Felpost(
        kod="HEJ008",
        titel="Okänd avrundning",
        text="Avrundningen finns inte.",
        atgard=f"Välj en av {', '.join(AVRUNDNINGAR)}.",
        agare="REGION",
        allvar=Allvar.STOPP,
    ),
    Felpost(
        kod="HEJ009",
        titel="Arvode och tak hänger inte ihop",
        text="Reducerat arvode och tak stämmer inte med varandra.",
        atgard="Ange tak1 före tak2, och reducerat arvode bara tillsammans med båda taken.",
        agare="REGION",
        allvar=Allvar.STOPP,
        kalla="Förordning (1994:1121) 5-6 §§ och förordning (1994:1120) 4-5 §§",
    ),
)

_LISTFALT: Final = frozenset(
    {"kod", "namn", "avtalsomrade", "giltig", "kalla", "avrundning", "priser"}
)
_PERIODFALT: Final = frozenset({"fr_o_m", "t_o_m"})
_RADFALT: Final = frozenset(
    {"produktkod", "text", "belopp", "fr_o_m", "t_o_m", "kalla", "exempel"}
    | {"reducerat", "tak1", "tak2"}
)
#: A row of the document together with the JSON pointer it stands at.
_Rad = tuple[str, Pris]


def parse(document: object, *, id: int = 0, version: int = 1) -> Prislista | tuple[Avvikelse, ...]:
    """Read a price list document. Returns the list, or every finding that stops it, all at once."""
    prislista, avvikelser = _read(document, id=id, version=version)
    return prislista or tuple(a for a in avvikelser if a.allvar is Allvar.STOPP)


def check(document: object) -> tuple[Avvikelse, ...]:
    """Return every finding about a document: what stops it and what someone should look at."""
    _, avvikelser = _read(document, id=0, version=1)
    return avvikelser


def dump(prislista: Prislista) -> dict[str, Any]:
    """Write a price list as the document that `parse` reads back to the same list.

    Amounts and days are texts and the prices come by product and first day, so two equal lists
    have equal documents.
    """
    return {
        "kod": prislista.kod,
        "namn": prislista.namn,
        "avtalsomrade": prislista.avtalsomrade,
        "giltig": _dump_period(prislista.giltig),
        "kalla": prislista.kalla,
        "avrundning": prislista.avrundning,
        "priser": [_dump_pris(pris) for pris in sorted(prislista.priser, key=_order)],
    }


def content_hash(document: Mapping[str, Any]) -> str:
    """Return sha256 (hex) of a dumped document, as JSON with sorted keys.

    The approval of a price list is bound to `content_hash(dump(prislista))`.
    """
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _dump_period(period: Period) -> dict[str, str | None]:
    t_o_m = period.t_o_m
    return {
        "fr_o_m": period.fr_o_m.isoformat(),
        "t_o_m": None if t_o_m is None else t_o_m.isoformat(),
    }


def _dump_pris(pris: Pris) -> dict[str, Any]:
    rad: dict[str, Any] = {
        "produktkod": pris.produktkod,
        "text": pris.text,
        "belopp": str(pris.belopp),
        **_dump_period(pris.giltig),
        "kalla": pris.kalla,
        "exempel": pris.exempel,
    }
    ceilings = {"reducerat": pris.reducerat, "tak1": pris.tak1, "tak2": pris.tak2}
    return rad | {namn: str(kr) for namn, kr in ceilings.items() if kr is not None}


def _read(
    document: object, *, id: int, version: int
) -> tuple[Prislista | None, tuple[Avvikelse, ...]]:
    """Read a document and collect every finding.

    1. Read the head and each row on its own; a row that cannot be read is left out of what follows.
    2. Compare rows of the same product: overlaps stop, gaps are remarks.
    3. Build the list when nothing stops it.
    """
    if not isinstance(document, Mapping):
        return None, (finding("HEJ003", pekare="", text="En prislista är ett dokument med fält."),)
    fel: list[Avvikelse] = []
    _refuse_unknown(document, _LISTFALT, "", fel)
    kod = _read_text(document, "kod", "", fel)
    namn = _read_text(document, "namn", "", fel)
    kalla = _read_text(document, "kalla", "", fel)
    avtalsomrade = _read_text(document, "avtalsomrade", "", fel)
    avrundning = _read_avrundning(document, fel)
    giltig = _read_giltig(document, fel)
    rader = _read_rader(document, giltig, fel)
    fel.extend(_overlaps(rader))
    if giltig is not None:
        fel.extend(_gaps(rader, giltig))
    if giltig is None or any(a.allvar is Allvar.STOPP for a in fel):
        return None, tuple(fel)
    prislista = Prislista(
        id=id,
        kod=kod,
        version=version,
        hash="",
        giltig=giltig,
        avrundning=avrundning,
        priser=tuple(sorted((pris for _, pris in rader), key=_order)),
        namn=namn,
        avtalsomrade=avtalsomrade,
        kalla=kalla,
    )
    # Hashed as dumped, so a list read from rows in a table has the hash of the file it came from.
    prislista = msgspec.structs.replace(prislista, hash=content_hash(dump(prislista)))
    return prislista, tuple(fel)


def _order(pris: Pris) -> tuple[str, date]:
    return pris.produktkod, pris.giltig.start


def _refuse_unknown(
    falt: Mapping[str, Any], known: frozenset[str], at: str, fel: list[Avvikelse]
) -> None:
    for namn in falt:
        if namn not in known:
            text = f"Fältet {namn!r} finns inte. Kända fält: {', '.join(sorted(known))}."
            fel.append(finding("HEJ001", pekare=f"{at}/{namn}", text=text))


def _read_text(falt: Mapping[str, Any], namn: str, at: str, fel: list[Avvikelse]) -> str:
    value = falt.get(namn)
    if value is None or value == "":
        fel.append(finding("HEJ002", pekare=f"{at}/{namn}", text=f"{namn} saknas."))
        return ""
    if not isinstance(value, str):
        # An unquoted 25157 is a number to YAML, and an unquoted 0123 is another number.
        text = f"{namn} är en text; skriv den inom citattecken."
        fel.append(finding("HEJ003", pekare=f"{at}/{namn}", text=text, varde=repr(value)))
        return ""
    return value


def _read_avrundning(document: Mapping[str, Any], fel: list[Avvikelse]) -> str:
    avrundning = _read_text(document, "avrundning", "", fel)
    if avrundning and avrundning not in AVRUNDNINGAR:
        fel.append(finding("HEJ008", pekare="/avrundning", varde=avrundning))
    return avrundning


def _read_giltig(document: Mapping[str, Any], fel: list[Avvikelse]) -> Period | None:
    giltig = document.get("giltig")
    if not isinstance(giltig, Mapping):
        text = "giltig anges med fr_o_m och t_o_m."
        fel.append(finding("HEJ002", pekare="/giltig", text=text))
        return None
    _refuse_unknown(giltig, _PERIODFALT, "/giltig", fel)
    return _read_period(giltig, "/giltig", fel)


def _read_period(falt: Mapping[str, Any], at: str, fel: list[Avvikelse]) -> Period | None:
    """Read fr_o_m and t_o_m, both inclusive; a t_o_m that is not there is until further notice."""
    before = len(fel)
    fr_o_m = _read_day(falt, "fr_o_m", at, fel)
    t_o_m = None if falt.get("t_o_m") is None else _read_day(falt, "t_o_m", at, fel)
    if fr_o_m is None or len(fel) > before:
        return None
    if t_o_m is not None and t_o_m < fr_o_m:
        text = f"t.o.m. {t_o_m} ligger före fr.o.m. {fr_o_m}."
        fel.append(finding("HEJ005", pekare=f"{at}/t_o_m", text=text))
        return None
    return Period.inclusive(fr_o_m, t_o_m)


def _read_day(falt: Mapping[str, Any], namn: str, at: str, fel: list[Avvikelse]) -> date | None:
    value = falt.get(namn)
    if value is None:
        fel.append(finding("HEJ002", pekare=f"{at}/{namn}", text=f"{namn} saknas."))
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        text = f"{namn} skrivs som år-månad-dag, till exempel 2026-01-01."
        fel.append(finding("HEJ003", pekare=f"{at}/{namn}", text=text, varde=str(value)))
        return None


def _read_rader(
    document: Mapping[str, Any], giltig: Period | None, fel: list[Avvikelse]
) -> list[_Rad]:
    priser = document.get("priser")
    if not isinstance(priser, Sequence) or isinstance(priser, str) or not priser:
        text = "priser är en lista med minst ett pris."
        fel.append(finding("HEJ002", pekare="/priser", text=text))
        return []
    rader = [(f"/priser/{nr}", falt) for nr, falt in enumerate(priser)]
    read = ((at, _read_pris(falt, at, giltig, fel)) for at, falt in rader)
    return [(at, pris) for at, pris in read if pris is not None]


def _read_pris(
    falt: object, at: str, lista_giltig: Period | None, fel: list[Avvikelse]
) -> Pris | None:
    if not isinstance(falt, Mapping):
        fel.append(finding("HEJ003", pekare=at, text="Ett pris är en rad med fält."))
        return None
    before = len(fel)
    _refuse_unknown(falt, _RADFALT, at, fel)
    produktkod = _read_text(falt, "produktkod", at, fel)
    text = _read_text(falt, "text", at, fel)
    kalla = _read_text(falt, "kalla", at, fel)
    exempel = _read_exempel(falt, at, fel)
    giltig = _read_period(falt, at, fel)
    if giltig is not None and lista_giltig is not None:
        _refuse_outside(giltig, lista_giltig, at, fel)
    belopp = _read_belopp(falt, "belopp", at, fel)
    if falt.get("belopp") is None:
        fel.append(finding("HEJ002", pekare=f"{at}/belopp", text="belopp saknas."))
    reducerat, tak1, tak2 = (
        _read_belopp(falt, namn, at, fel) for namn in ("reducerat", "tak1", "tak2")
    )
    if belopp is None or giltig is None or len(fel) > before:
        return None
    pris = Pris(
        produktkod=produktkod,
        belopp=belopp,
        giltig=giltig,
        exempel=exempel,
        kalla=kalla,
        reducerat=reducerat,
        tak1=tak1,
        tak2=tak2,
        text=text,
    )
    _check_ceilings(pris, at, fel)
    return pris


def _read_exempel(falt: Mapping[str, Any], at: str, fel: list[Avvikelse]) -> bool:
    value = falt.get("exempel", False)
    if isinstance(value, bool):
        return value
    text = "exempel är true eller false."
    fel.append(finding("HEJ003", pekare=f"{at}/exempel", text=text, varde=repr(value)))
    return False


def _read_belopp(
    falt: Mapping[str, Any], namn: str, at: str, fel: list[Avvikelse]
) -> Decimal | None:
    """Read kronor from a whole number or a text. None when it is not there, or not readable."""
    value = falt.get(namn)
    if value is None:
        return None
    try:
        belopp = _to_kr(value)
    except ValueError as not_readable:
        text = f"{namn}: {not_readable}"
        fel.append(finding("HEJ004", pekare=f"{at}/{namn}", text=text, varde=repr(value)))
        return None
    if belopp < 0:
        text = f"{namn} är negativt. Ett avdrag anges positivt och vänds av radens typ."
        fel.append(finding("HEJ004", pekare=f"{at}/{namn}", text=text, varde=repr(value)))
        return None
    return belopp


def _to_kr(value: object) -> Decimal:
    if isinstance(value, str):
        return parse_kr(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return round_kr(Decimal(value))
    # 137.50 without quotation marks is a binary float to YAML and JSON.
    raise ValueError('Skriv hela kronor, eller ören inom citattecken: "137,50".')


def _refuse_outside(giltig: Period, lista: Period, at: str, fel: list[Avvikelse]) -> None:
    inside = lista.contains(giltig.start) and (giltig.t_o_m is None or lista.contains(giltig.t_o_m))
    if not inside:
        text = f"Priset gäller {giltig} men prislistan {lista}."
        fel.append(finding("HEJ005", pekare=at, text=text))


def _check_ceilings(pris: Pris, at: str, fel: list[Avvikelse]) -> None:
    tak1, tak2, reducerat = pris.tak1, pris.tak2, pris.reducerat
    if reducerat is not None and (tak1 is None or tak2 is None):
        text = "Ett reducerat arvode behöver både tak1, där det börjar, och tak2, där det slutar."
    elif tak2 is not None and (tak1 is None or tak1 > tak2):
        text = "tak2 behöver ett tak1 som inte är högre."
    elif reducerat is not None and reducerat > pris.belopp:
        text = f"Det reducerade arvodet är högre än {format_kr(pris.belopp)}."
    else:
        return
    fel.append(finding("HEJ009", pekare=at, text=text, varde=pris.produktkod))


def _per_product(rader: Iterable[_Rad]) -> dict[str, list[_Rad]]:
    """Return the rows of each product, in order of first day."""
    found: dict[str, list[_Rad]] = {}
    for rad in sorted(rader, key=lambda rad: rad[1].giltig.start):
        found.setdefault(rad[1].produktkod, []).append(rad)
    return found


def _overlaps(rader: Iterable[_Rad]) -> list[Avvikelse]:
    fel = []
    for produktkod, egna in _per_product(rader).items():
        for nr, (at, pris) in enumerate(egna):
            for earlier_at, earlier in egna[:nr]:
                shared = pris.giltig.intersection(earlier.giltig)
                if shared is not None:
                    text = f"{produktkod} har två priser {shared}: här och på {earlier_at}."
                    fel.append(finding("HEJ006", pekare=at, text=text, varde=produktkod))
    return fel


def _gaps(rader: Iterable[_Rad], lista: Period) -> list[Avvikelse]:
    """Name the days of the list's validity on which a product that it knows has no price."""
    fel = []
    for produktkod, egna in _per_product(rader).items():
        for gap in _uncovered([pris.giltig for _, pris in egna], lista):
            text = f"{produktkod} saknar pris {gap}."
            fel.append(finding("HEJ007", pekare="/priser", text=text, varde=produktkod))
    return fel


def _uncovered(covered: Iterable[Period], whole: Period) -> list[Period]:
    """Return the parts of `whole` that no period covers; the periods come in order of first day."""
    gaps = []
    day = whole.start
    for period in covered:
        if day < period.start:
            gaps.append(Period(day, period.start))
        if period.slut is None:
            return gaps
        day = max(day, period.slut)
    if whole.slut is None or day < whole.slut:
        gaps.append(Period(day, whole.slut))
    return gaps
