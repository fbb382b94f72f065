"""Writing of ERSMOIndata 2.2, the format in which the register's events travel on.

The mirror of `ersmoindata.read`: what it has read is written with the same content. Class numbers,
order and references are those of `detaljer`; an event that came another way gets the class of its
list, the order of its codes, and the day of care where the format wants a day.

The format cannot carry everything that the register holds (time of day, LMA-nummer, an id of more
than 33 characters). An event that the schema would refuse is left out and named: the whole file
would be refused for it.

Files are ISO-8859-1 without a byte order mark, and no list in them is empty.

Source: ERSMOIndata2.2.xsd (Stockholms läns landsting 2013, Apache-2.0), which lies as data in
`gvr/data/schema`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec
from lxml import etree

from gvr.core.ersmoindata import KALLA, VARDKONTAKT, Handelse
from gvr.core.vardkontakt import Form, Innehall

KODNING: Final = "ISO-8859-1"
FLEST_HANDELSER: Final = 5000
#: How a unit may be named: kombika, or the region's HSA-id with four characters.
VERKSAMHET: Final = re.compile(r"[0-9]{8}[a-zåäöA-ZÅÄÖ0-9]{1,3}|SE2321000016-[a-zåäöA-ZÅÄÖ0-9]{4}")
_FORMER: Final = {
    Form.OPPENVARD: "Öppenvårdskontakt",
    Form.HEMSJUKVARD: "Hemsjukvårdskontakt",
    Form.SLUTENVARD: "Slutenvårdstillfälle",
}
_ATC: Final = "020"
#: Each list: the element, its rows, their class, our name, and what a row must have besides.
_LISTOR: Final = (
    ("Tillståndslista", "Tillstånd", "010", "tillstand", ("Datum", "OrdnNr")),
    ("Yrkeskategorier", "Yrkeskategori", "001", "yrkeskategorier", ("OrdnNr",)),
    ("Diagnoser", "Diagnos", "008", "diagnoser", ("OrdnNr",)),
    ("Åtgärder", "Åtgärd", "007", "atgarder", ("Datum", "OrdnNr")),
    ("Produkter", "Produkt", "005", "produkter", ("Antal",)),
)
_MED_ATC: Final = ("diagnoser", "atgarder")
_ENSKILDA: Final = (
    ("VisteFöre", "002", "ikod"),
    ("RemissFöre", "009", "remiss_fore"),
    ("VisteEfter", "003", "ukod"),
    ("VårdEfter", "004", "vplan"),
    ("RemissEfter", "009", "remiss_efter"),
)
_RADFALT: Final = (
    ("datum", "Datum"),
    ("ordnnr", "OrdnNr"),
    ("diagnosnr", "DiagnosNr"),
    ("tillstandnr", "TillståndNr"),
    ("antal", "Antal"),
)
#: What the format says of an event that is no contact; other classes than this are empty in it.
_VARDANSVAR: Final = "Vårdansvar"
_ANSVAR: Final = ("Händelseform", "Händelsetyp")


class Utelamnad(msgspec.Struct, frozen=True):
    """An event that the format cannot carry: its place among those given, and why."""

    plats: int
    skal: str


class Skrivare:
    """Writes one file. `antal` is how many events it holds so far."""

    def __init__(self, *, id_: str, schema: etree.XMLSchema) -> None:
        self._id = id_
        self._schema = schema
        self._givna = 0
        self.antal = 0
        self.utelamnade: list[Utelamnad] = []

    def start(self) -> bytes:
        """Return the beginning of the file."""
        return (
            f'<?xml version="1.0" encoding="{KODNING}"?>\n'
            f'<ERSMOIndata Källa="{KALLA}" ID="{self._id}">\n'
        ).encode("iso-8859-1")

    def events(self, handelser: Sequence[Handelse]) -> bytes:
        """Return the events as they stand in the file; those it cannot carry are remembered."""
        element = list(self._elements(handelser))
        for plats, skal in self._faults(element):
            self.utelamnade.append(Utelamnad(self._givna + plats, skal))
            element = [(p, e) for p, e in element if p != plats]
        self._givna += len(handelser)
        self.antal += len(element)
        return b"".join(_as_bytes(e) for _, e in element)

    def end(self) -> bytes:
        """Return the end of the file."""
        return b"</ERSMOIndata>\n"

    def _elements(self, handelser: Sequence[Handelse]) -> Iterator[tuple[int, Any]]:
        for plats, handelse in enumerate(handelser):
            try:
                yield plats, as_element(handelse)
            except ValueError:  # a character that XML does not have
                self.utelamnade.append(
                    Utelamnad(self._givna + plats, "Innehåller ett tecken som XML saknar.")
                )

    def _faults(self, element: Sequence[tuple[int, Any]]) -> list[tuple[int, str]]:
        """Return the events that the schema refuses: all are tried at once, and each if need be."""
        if not element or self._schema.validate(self._document(e for _, e in element)):
            return []
        return [
            (plats, _reason(self._schema))
            for plats, e in element
            if not self._schema.validate(self._document([e]))
        ]

    def _document(self, element: Any) -> Any:
        rot = etree.Element("ERSMOIndata", {"Källa": KALLA, "ID": self._id})
        rot.extend(element)
        return rot


def _as_bytes(element: Any) -> bytes:
    text: Any = etree.tostring(element, encoding=KODNING, xml_declaration=False, with_tail=False)
    return bytes(text) + b"\n"


_NAMN: Final = re.compile(r"[Ee]lement '([^']{1,60})'(?:, attribute '([^']{1,60})')?")


def _reason(schema: etree.XMLSchema) -> str:
    """Say which attribute of which element does not fit, never its value."""
    log: Any = schema.error_log
    found = _NAMN.search(str(log[0].message))
    if found is None:
        return "Ryms inte i formatet."
    element, attribut = found.groups()
    return f"{attribut or 'Innehållet'} i {element} ryms inte i formatet."


def file_name(at: datetime) -> str:
    """Return the name of a file whose events were last updated at this instant."""
    utc = at.astimezone(UTC)
    return f"ERSMO_{utc:%Y-%m-%dT%H%M%S}.{utc.microsecond // 1000:03d}+0000.xml"


# --- one event -----------------------------------------------------------------------------------


def as_element(handelse: Handelse) -> Any:
    """Return an event as an element. Raises ValueError for a character that XML does not have."""
    detaljer = handelse.detaljer
    saknas = frozenset(detaljer.get("saknas", ()))
    start = detaljer.get("startverksamhet") or handelse.enhet
    innehall = handelse.innehall
    uppdrag = detaljer.get("ers_uppdrag") if innehall is None else innehall.ers_uppdrag
    element = _element(
        "Ersättningshändelse",
        {
            "ID": handelse.id,
            "Makulerad": "true" if handelse.makulerad else "false",
            "Startdatum": _iso(handelse.dag),
            "Slutdatum": _iso(handelse.slutdag),
            "Startverksamhet": start,
            "Slutverksamhet": None if "Slutverksamhet" in saknas else handelse.enhet,
            "ErsUppdrag": uppdrag,
        },
    )
    patient = {"ID": handelse.patient_id, **detaljer.get("patient", {})}
    if innehall is not None:
        patient |= {
            "Lkf": innehall.lkf,
            "Basområde": innehall.basomrade,
            "Födelsedatum": None if "Födelsedatum" in saknas else _iso(innehall.fodd),
            "Kön": None if "Kön" in saknas else innehall.kon,
        }
    element.append(_element("Patient", patient))
    klass = etree.SubElement(element, "Händelseklass")
    if innehall is None:
        klass.append(_other(handelse))
    else:
        klass.append(_contact(innehall, detaljer, saknas))
    return element


def _other(handelse: Handelse) -> Any:
    """Return an event that is no contact, with what the format has room for."""
    if handelse.klass != _VARDANSVAR:
        return _element(handelse.klass, {})
    detaljer = handelse.detaljer
    element = _element(_VARDANSVAR, {namn: detaljer.get(namn) for namn in _ANSVAR})
    for lista, tagg, standard, namn, kravs in _LISTOR:
        if detaljer.get(namn):
            dag = handelse.dag or date.min
            _list(element, lista, tagg, _complete(detaljer[namn], kravs, standard, dag))
    return element


def _contact(innehall: Innehall, detaljer: Mapping[str, Any], saknas: frozenset[str]) -> Any:
    tabell, typ = detaljer.get("handelsetyp"), detaljer.get("typ")
    if innehall.btyp is not None:
        tabell, typ = "013", innehall.btyp
    elif innehall.vktyp is not None:
        tabell, typ = "014", innehall.vktyp
    klass, avgift = None, innehall.taxa
    if avgift is not None:
        klass = None if "Avgiftsklass" in saknas else "006"
    elif "patientavgift" in detaljer:
        klass, avgift = detaljer["patientavgift"]["klass"], detaljer["patientavgift"]["kod"]
    element = _element(
        VARDKONTAKT,
        {
            "Händelseform": _FORMER[innehall.form],
            "Händelsetyp": tabell,
            "Typ": typ,
            "Avgiftsklass": klass,
            "Patientavgift": avgift,
            "Akut": innehall.akut,
            "TillhörVårdansvar": innehall.tillhor_vardansvar,
            "TillhörVårdkontakt": innehall.tillhor_vardkontakt,
        },
    )
    for lista, tagg, standard, namn, kravs in _LISTOR:
        rader = _rows(innehall, detaljer, namn, standard)
        if rader:
            _list(element, lista, tagg, _complete(rader, kravs, standard, innehall.dag))
    if detaljer.get("resursgrupper"):
        _list(element, "Resursgrupper", "Resursgrupp", detaljer["resursgrupper"])
    for tagg, klass_, falt in _ENSKILDA:
        kod = getattr(innehall, falt)
        if kod is not None:
            element.append(_element(tagg, {"Klass": klass_, "Kod": kod}))
    fore = detaljer.get("vard_fore")
    if fore:
        element.append(_element("VårdFöre", {"Klass": fore["klass"], "Kod": fore["kod"]}))
    return element


def _rows(
    innehall: Innehall, detaljer: Mapping[str, Any], namn: str, standard: str
) -> list[Mapping[str, Any]]:
    """Return the rows of a list: those of the details where they still are the codes.

    ATC codes travel among diagnoser and åtgärder. Those that came in neither go with the åtgärder.
    """
    givna: Sequence[Mapping[str, Any]] = detaljer.get(namn, ())
    koder: tuple[str, ...] = getattr(innehall, namn)
    egna = [rad for rad in givna if rad.get("klass", standard) == standard]
    rader = list(givna)
    if tuple(rad["kod"] for rad in egna) != koder:
        rader = [rad for rad in givna if rad not in egna]
        rader = [{"kod": kod} for kod in koder] + rader
    if namn in _MED_ATC:
        rader = [
            r for r in rader if r.get("klass", standard) != _ATC or r["kod"] in innehall.lakemedel
        ]
    if namn == "atgarder":
        funna = {
            rad["kod"]
            for lista in _MED_ATC
            for rad in detaljer.get(lista, ())
            if rad.get("klass") == _ATC
        }
        dagar = {rad["kod"]: rad for rad in detaljer.get("lakemedel", ())}
        rader += [
            {**dagar.get(kod, {}), "kod": kod, "klass": _ATC}
            for kod in innehall.lakemedel
            if kod not in funna
        ]
    return rader


def _complete(
    rader: Sequence[Mapping[str, Any]], kravs: Sequence[str], standard: str, dag: date
) -> list[dict[str, Any]]:
    """Give each row what the format wants of it and nobody has said."""
    nasta = max([0, *(rad["ordnnr"] for rad in rader if "ordnnr" in rad)]) + 1
    hela = []
    for rad in rader:
        hel = {"klass": standard, **rad}
        if "Datum" in kravs:
            hel.setdefault("datum", dag.isoformat())
        else:
            hel.pop("datum", None)
        if "Antal" in kravs:
            hel.setdefault("antal", 1)
        else:
            hel.pop("antal", None)
        if "OrdnNr" in kravs and "ordnnr" not in hel:
            hel["ordnnr"], nasta = nasta, nasta + 1
        hela.append(hel)
    return hela


def _list(holder: Any, lista: str, tagg: str, rader: Sequence[Mapping[str, Any]]) -> None:
    element = etree.SubElement(holder, lista)
    for rad in rader:
        falt = {"Klass": rad.get("klass"), "Kod": rad["kod"]}
        falt |= {attribut: rad.get(namn) for namn, attribut in _RADFALT}
        element.append(_element(tagg, falt))


def _element(tagg: str, falt: Mapping[str, Any]) -> Any:
    return etree.Element(
        tagg, {namn: str(varde) for namn, varde in falt.items() if varde is not None}
    )


def _iso(dag: date | None) -> str | None:
    return None if dag is None else dag.isoformat()
