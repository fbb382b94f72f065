"""Reading a rule pack document field by field, so that every fault is found in one reading."""

import difflib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final

from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.felkatalog import Felpost, add, finding
from gvr.core.period import Period


def _felpost(kod: str, titel: str, text: str, atgard: str) -> Felpost:
    return Felpost(
        kod=kod, titel=titel, text=text, atgard=atgard, agare="REGION", allvar=Allvar.STOPP
    )


add(
    _felpost(
        "ERSMO001",
        "Okänt ord i regelpaketet",
        "Ordet finns inte i regelspråket.",
        "Rätta stavningen eller ta bort ordet.",
    ),
    _felpost(
        "ERSMO002",
        "Uppgift saknas i regelpaketet",
        "En uppgift som måste finnas saknas.",
        "Fyll i uppgiften.",
    ),
    _felpost(
        "ERSMO003",
        "Uppgift i regelpaketet går inte att läsa",
        "Uppgiften har fel form.",
        "Skriv uppgiften så som beskrivningen av regelspråket anger.",
    ),
    _felpost(
        "ERSMO004",
        "Samma namn två gånger",
        "Namnet används redan.",
        "Ge varje regel, lista, tak och exempel ett eget namn.",
    ),
    _felpost(
        "ERSMO005",
        "Perioden stämmer inte",
        "Perioden går baklänges eller ligger utanför regelpaketets.",
        "Rätta fr.o.m. och t.o.m.",
    ),
    _felpost(
        "ERSMO006",
        "Namnet hänvisar till något som inte finns",
        "Regeln hänvisar till något som inte finns i regelpaketet.",
        "Rätta namnet eller lägg till det som saknas.",
    ),
    _felpost(
        "ERSMO007",
        "Koden går inte att använda",
        "Koden eller intervallet är felskrivet.",
        'Skriv koder inom citattecken: "01", "M54*" eller "A00-B99".',
    ),
    _felpost(
        "ERSMO008",
        "Villkoret är tomt",
        "Ett villkor utan innehåll skulle gälla alla vårdkontakter.",
        "Skriv vad som ska gälla eller ta bort villkoret.",
    ),
    _felpost(
        "ERSMO009",
        "Uppgifterna hör inte ihop",
        "Uppgiften kan inte stå i en regel av den här typen.",
        "Ta bort uppgiften eller ändra regelns typ.",
    ),
    _felpost(
        "ERSMO010",
        "För många alternativ",
        "Regelns alternativ blir för många när de kombineras.",
        "Dela regeln i flera.",
    ),
    _felpost(
        "ERSMO011",
        "Exemplets vårdkontakt går inte att läsa",
        "Exemplets vårdkontakt är felskriven.",
        "Rätta fälten. De heter som i vårdkontakten.",
    ),
    _felpost(
        "ERSMO012",
        "Uteslutning som prövas för sent",
        "Regeln utesluts av en produkt som prövas först efter regeln.",
        "Ge regeln med den uteslutande produkten lägre prioritetstal.",
    ),
)

_SIFFERTIPS: Final = 'Skriv koder inom citattecken, till exempel "01".'


def suggest(ord_: str, kanda: Iterable[str]) -> str:
    """Return "Menade du …?" for a word close to a known one, else the known words."""
    kanda = sorted(kanda)
    nara = difflib.get_close_matches(ord_.lower(), kanda, n=1)
    return f"Menade du {nara[0]}?" if nara else f"Möjliga ord är {', '.join(kanda)}."


def below(pekare: str, *steg: str | int) -> str:
    """Return the JSON pointer that many steps further in (RFC 6901)."""
    delar = [str(del_).replace("~", "~0").replace("/", "~1") for del_ in steg]
    return "/".join([pekare, *delar])


class Lasare:
    """Reads values out of a document and remembers everything that was wrong with them.

    A method that finds a fault notes it and returns something harmless, so that reading goes on.
    """

    def __init__(self) -> None:
        self.avvikelser: list[Avvikelse] = []

    def note(self, kod: str, pekare: str, text: str) -> None:
        """Remember one fault."""
        self.avvikelser.append(finding(kod, pekare=pekare, text=text))

    def mapping(self, value: object, pekare: str, kanda: Iterable[str]) -> Mapping[str, object]:
        """Return the mapping with its known keys, in the order of `kanda`; others are faults."""
        if not isinstance(value, Mapping):
            self.note("ERSMO003", pekare, "Här ska det stå fält med namn och värde.")
            return {}
        kanda = tuple(kanda)
        for key in value:
            if key not in kanda:
                self.note(
                    "ERSMO001",
                    below(pekare, str(key)),
                    f"Ordet {key} finns inte här. {suggest(str(key), kanda)}",
                )
        return {key: value[key] for key in kanda if key in value}

    def filled_mapping(
        self, value: object, pekare: str, kanda: Iterable[str]
    ) -> Mapping[str, object]:
        """Return the mapping as `mapping` does; one without any field is a fault."""
        if isinstance(value, Mapping) and not value:
            self.note("ERSMO008", pekare, "Här står ingenting. Skriv vad som ska gälla.")
        return self.mapping(value, pekare, kanda)

    def sequence(self, value: object, pekare: str) -> list[tuple[str, object]]:
        """Return each entry of a list with its pointer."""
        if not isinstance(value, list | tuple):
            self.note("ERSMO003", pekare, "Här ska det stå en lista.")
            return []
        return [(below(pekare, plats), item) for plats, item in enumerate(value)]

    def text(
        self, fields: Mapping[str, object], namn: str, pekare: str, *, krav: bool = False
    ) -> str:
        """Return a text field, stripped; empty when it is absent and not required."""
        value = fields.get(namn)
        if value is None or value == "":
            if krav:
                self.note("ERSMO002", below(pekare, namn), f"Fältet {namn} saknas.")
            return ""
        if not isinstance(value, str):
            self.note(
                "ERSMO003",
                below(pekare, namn),
                f"Fältet {namn} ska vara text. Skriv värdet inom citattecken.",
            )
            return ""
        return value.strip()

    def texts(self, value: object, pekare: str) -> tuple[str, ...]:
        """Return a list of texts; a single text is a list of one."""
        if value is None:
            return ()
        items = [(pekare, value)] if isinstance(value, str) else self.sequence(value, pekare)
        read = []
        for plats, item in items:
            if isinstance(item, str) and item.strip():
                read.append(item.strip())
            else:
                self.note("ERSMO003", plats, "Här ska det stå text. Skriv den inom citattecken.")
        return tuple(read)

    def codes(self, value: object, pekare: str) -> list[tuple[str, str]]:
        """Return each code of a list with its pointer; a single code is a list of one."""
        items = (
            self.sequence(value, pekare) if isinstance(value, list | tuple) else [(pekare, value)]
        )
        if not items:
            self.note("ERSMO008", pekare, "Listan är tom.")
        read = []
        for plats, item in items:
            if isinstance(item, str):
                read.append((plats, item))
            elif isinstance(item, int):
                self.note("ERSMO007", plats, f"Koden är inte text. {_SIFFERTIPS}")
            else:
                self.note("ERSMO003", plats, f"Här ska det stå en kod. {_SIFFERTIPS}")
        return read

    def number(
        self, fields: Mapping[str, object], namn: str, pekare: str, *, minst: int
    ) -> int | None:
        """Return a whole number of at least `minst`, None when the field is absent."""
        value = fields.get(namn)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < minst:
            self.note(
                "ERSMO003", below(pekare, namn), f"{namn} ska vara ett heltal, minst {minst}."
            )
            return None
        return value

    def truth(self, value: object, pekare: str) -> bool:
        """Return yes or no."""
        if not isinstance(value, bool):
            self.note("ERSMO003", pekare, "Här ska det stå true eller false.")
        return value is True

    def period(self, value: object, pekare: str) -> Period | None:
        """Return the period of `fr_o_m` and `t_o_m`, both inclusive; t_o_m may be absent."""
        fields = self.mapping(value, pekare, ("fr_o_m", "t_o_m"))
        if not fields:
            self.note("ERSMO002", below(pekare, "fr_o_m"), "Fältet fr_o_m saknas.")
            return None
        faults = len(self.avvikelser)
        fr_o_m = self._day(fields, "fr_o_m", pekare)
        t_o_m = self._day(fields, "t_o_m", pekare)
        if fr_o_m is None and len(self.avvikelser) == faults:
            self.note("ERSMO002", below(pekare, "fr_o_m"), "Fältet fr_o_m saknas.")
        if fr_o_m is None:
            return None
        if t_o_m is not None and t_o_m < fr_o_m:
            self.note("ERSMO005", pekare, f"Perioden {fr_o_m} till {t_o_m} går baklänges.")
            return None
        return Period.inclusive(fr_o_m, t_o_m)

    def _day(self, fields: Mapping[str, object], namn: str, pekare: str) -> date | None:
        value = fields.get(namn)
        if value is None:
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.note("ERSMO003", below(pekare, namn), f"{namn} ska vara en dag, ÅÅÅÅ-MM-DD.")
            return None
