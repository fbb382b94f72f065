"""Reads ERSMOIndata 2.2: the events by which a register tells of care that was given.

This is one document and what its events say; `ersmodelar` reads files, of any size.

What the format hides in other places is put where it belongs: ATC codes travel as class 020 among
diagnoser and åtgärder, `OrdnNr` and not the order of elements says which diagnos is the first, and
`Typ` is a besökstyp or a vårdkontakttyp depending on `Händelsetyp`. Every class number, order and
reference is kept in `detaljer`.

Source: ERSMOIndata2.2.xsd (Stockholms läns landsting 2013, Apache-2.0), which lies as data in
`gvr/data/schema`.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from itertools import islice
from typing import Any, Final

import msgspec
from lxml import etree

from gvr.core import anropsfel as _koder  # noqa: F401  - registers the codes used below
from gvr.core import felkatalog
from gvr.core.avvikelse import Avvikelse
from gvr.core.mottagning import identify
from gvr.core.vardkontakt import Form, Innehall

KALLA: Final = "GVR"
VARDKONTAKT: Final = "Vårdkontakt"
FLEST_FEL: Final = 100
HOGSTA_TAL: Final = 1_000_000_000


_FLEST_SIFFROR: Final = 9
_KODNINGAR: Final = frozenset({"iso-8859-1", "latin1", "utf-8", "us-ascii"})
_DEKLARATION: Final = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_BOM: Final = b"\xef\xbb\xbf"
#: What no file needs, in any of the encodings.
MARKEN: Final = (b"<!DOCTYPE", b"<!ENTITY")
_FORMER: Final = {
    "Öppenvårdskontakt": Form.OPPENVARD,
    "Hemsjukvårdskontakt": Form.HEMSJUKVARD,
    "Slutenvårdstillfälle": Form.SLUTENVARD,
}
_BESOKSTYP: Final = "013"
_VARDKONTAKTTYP: Final = "014"
_TAXA: Final = "006"
_ATC: Final = "020"
#: Each list of codes: the element, its rows, the class that belongs there, and our name.
_LISTOR: Final = (
    ("Yrkeskategorier", "Yrkeskategori", "001", "yrkeskategorier"),
    ("Diagnoser", "Diagnos", "008", "diagnoser"),
    ("Åtgärder", "Åtgärd", "007", "atgarder"),
    ("Tillståndslista", "Tillstånd", "010", "tillstand"),
    ("Produkter", "Produkt", "005", "produkter"),
)
_UR_LISTAN: Final = frozenset({"Diagnos", "Åtgärd"})  # may hold ATC codes
#: Single codes: the element and our name; VårdFöre has no list of its own and stays a detail.
_ENSKILDA: Final = (
    ("VisteFöre", "ikod"),
    ("VisteEfter", "ukod"),
    ("VårdEfter", "vplan"),
    ("RemissFöre", "remiss_fore"),
    ("RemissEfter", "remiss_efter"),
)


class Filfel(msgspec.Struct, frozen=True, kw_only=True):
    """Why a whole file is refused: a code of the catalogue, a text, and the line where known."""

    kod: str
    text: str
    rad: int | None = None


class Handelse(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a file.

    `klass` is Vårdkontakt or another class. Only a Vårdkontakt has `innehall`; of the others, what
    the event says stands in `detaljer`. `rad` is its line in the file. `atgardsdagar` and the last
    day are where its unit is looked for when it did not exist on the first.
    """

    plats: int
    rad: int
    id: str
    klass: str
    makulerad: bool
    enhet: str
    patient_id: str
    dag: date | None
    slutdag: date | None
    innehall: Innehall | None
    detaljer: dict[str, Any]
    atgardsdagar: tuple[date, ...] = ()
    avvikelser: tuple[Avvikelse, ...] = ()


class Fil(msgspec.Struct, frozen=True, kw_only=True):
    """Events of a file that follows the schema: all of them, or a part.

    `forsta` is the place of the first event here. Two things are known of the whole file whatever
    part this is: `ersatta`, the places of events that gave way to a later one with the same id,
    and `andra`, the ids of its events that are no contacts.
    """

    id: str
    handelser: tuple[Handelse, ...]
    forsta: int = 0
    ersatta: frozenset[int] = frozenset()
    andra: frozenset[str] = frozenset()


#: From a line of a document to the line of the file that it is a part of.
Rad = Callable[[int], int]


def _same(rad: int) -> int:
    return rad


def read_schema(document: bytes) -> etree.XMLSchema:
    """Return the schema, ready to validate with. Raises for a document that is no schema."""
    return etree.XMLSchema(etree.fromstring(document, _parser()))


def parse(document: bytes, rad: Rad = _same) -> Any | Filfel:
    """Return the root of a document, or where it stops being XML. It has been found safe."""
    try:
        return etree.fromstring(document, _parser())
    except etree.XMLSyntaxError as error:
        row, column = error.position
        return broken(rad(int(row)), int(column))


def against_schema(root: Any, schema: etree.XMLSchema, rad: Rad = _same) -> tuple[Filfel, ...]:
    """Return what does not follow the schema, at most a hundred faults."""
    if schema.validate(root):
        return ()
    log: Any = schema.error_log
    return tuple(_schema_fault(entry, rad) for entry in islice(log, FLEST_FEL))


def other_source(root: Any, rad: Rad = _same) -> tuple[Filfel, ...]:
    """Return the fault of a file that does not come from GVR."""
    if root.get("Källa") == KALLA:
        return ()
    text = "Filens Källa ska vara GVR. Hela filen är avvisad."
    return (Filfel(kod="XML_KALLA", text=text, rad=rad(_line(root))),)


def events(root: Any, *, forsta: int = 0, rad: Rad = _same) -> tuple[Handelse, ...]:
    """Return the events of a document that follows the schema."""
    return tuple(_event(plats, element, rad) for plats, element in enumerate(root, start=forsta))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def encoding_of(body: bytes) -> str:
    """Return the encoding that the first line names, in small letters; UTF-8 when it names none."""
    found = _DEKLARATION.match(_beginning(body))
    return found.group(1).decode("ascii").lower() if found else "utf-8"


def _beginning(body: bytes) -> bytes:
    return body[:400].removeprefix(_BOM).lstrip()


def unsafe_start(body: bytes) -> Filfel | None:
    """Return the fault of bytes that are not to be parsed at all, as their beginning shows."""
    if b"\x00" not in _beginning(body) and encoding_of(body) in _KODNINGAR:
        return None
    return Filfel(
        kod="XML_TECKENKODNING",
        text="Filen ska vara kodad som ISO-8859-1 (eller UTF-8) och säga det i sin första rad.",
        rad=1,
    )


def unsafe_mark(body: bytes | bytearray, start: int = 0, rad: int = 1) -> Filfel | None:
    """Return the fault of a declaration from `start` on; `rad` is the line of the first byte."""
    for mark in MARKEN:
        place = body.find(mark, start)
        if place >= 0:
            return Filfel(
                kod="XML_OTILLATEN",
                text="Filen innehåller en dokumenttypsdeklaration, som formatet inte behöver.",
                rad=body.count(b"\n", 0, place) + rad,
            )
    return None


def broken(rad: int, kolumn: int) -> Filfel:
    """Return the fault of what is no XML from here on."""
    return Filfel(
        kod="XML_TRASIG",
        text=f"Filen går inte att läsa som XML från rad {rad}, kolumn {kolumn}.",
        rad=rad,
    )


# --- what the schema says, in words and without the values -------------------------------------

_ELEMENT: Final = re.compile(r"Element '([^']{1,60})'")
_ATTRIBUT: Final = re.compile(r"[Tt]he attribute '([^']{1,60})'|attribute '([^']{1,60})'")
_FACETT: Final = re.compile(r"\[facet '(\w+)'\]")
_VANTADE: Final = re.compile(r"Expected is (?:one of )?\( ([^)]{1,400}) \)")


def _schema_fault(entry: Any, rad: Rad) -> Filfel:
    """Translate one line of the validator's log; a value may be a patient's number and is left out.

    The schema compares names letter by letter, so a file in another encoding than it says is found
    here as unknown elements.
    """
    message = str(entry.message)
    element = _first_group(_ELEMENT, message) or "filen"
    attribut = _first_group(_ATTRIBUT, message)
    vantade = _first_group(_VANTADE, message)
    if "is not allowed" in message:
        text = f"{element} har ett attribut som inte finns i formatet: {attribut}."
    elif "is required but missing" in message:
        text = f"{element} saknar attributet {attribut}."
    elif attribut is not None:
        facett = _first_group(_FACETT, message)
        regel = {
            "pattern": "har inte den form som krävs",
            "enumeration": "är inget av de tillåtna värdena",
            "maxLength": "är för långt",
        }.get(facett or "", "går inte att läsa")
        text = f"Värdet av {attribut} i {element} {regel}."
    elif "not expected" in message:
        text = f"Elementet {element} hör inte hemma här." + (
            f" Här kan stå: {vantade}." if vantade else ""
        )
    elif "Missing child" in message:
        text = f"{element} är inte komplett." + (f" Här saknas: {vantade}." if vantade else "")
    else:
        text = f"{element} följer inte formatet."
    line = rad(int(entry.line))
    return Filfel(kod="XML_SCHEMA", text=f"Rad {line}: {text}", rad=line)


def _first_group(pattern: re.Pattern[str], message: str) -> str | None:
    found = pattern.search(message)
    return next((group for group in found.groups() if group), None) if found else None


def _line(element: Any) -> int:
    return int(element.sourceline or 1)


# --- events ------------------------------------------------------------------------------------


class _Utlast(msgspec.Struct):
    """What has been read of an event so far."""

    detaljer: dict[str, Any]
    avvikelser: list[Avvikelse]
    koder: dict[str, list[str]]
    dagar: list[date]


def _event(plats: int, element: Any, rad: Rad) -> Handelse:
    patient = element.find("Patient")
    handelse = element.find("Händelseklass")[0]
    klass = str(handelse.tag)
    ut = _Utlast({"handelseklass": klass}, [], {"lakemedel": []}, [])
    dag = _day(element.get("Startdatum"), "/dag", ut)
    slutdag = _day(element.get("Slutdatum"), "/slutdag", ut)
    start = element.get("Startverksamhet")
    enhet = element.get("Slutverksamhet") or start
    if start != enhet:
        ut.detaljer["startverksamhet"] = start
    saknas = _unsaid(element, patient)
    innehall = None
    if klass != VARDKONTAKT:
        ut.detaljer |= {str(namn): str(varde) for namn, varde in handelse.attrib.items()}
        given = {str(namn): str(varde) for namn, varde in patient.attrib.items() if namn != "ID"}
        if given:
            ut.detaljer["patient"] = given
        if element.get("ErsUppdrag"):
            ut.detaljer["ers_uppdrag"] = str(element.get("ErsUppdrag"))
    _lists(handelse, ut)
    if klass == VARDKONTAKT and dag is not None:
        innehall = _contact(element, patient, handelse, enhet, dag, slutdag, ut)
        if innehall.taxa is not None and not handelse.get("Avgiftsklass"):
            saknas.append("Avgiftsklass")
    if saknas:
        ut.detaljer["saknas"] = saknas
    return Handelse(
        plats=plats,
        rad=rad(_line(element)),
        id=element.get("ID"),
        klass=klass,
        makulerad=element.get("Makulerad", "false").strip() in ("true", "1"),
        enhet=enhet,
        patient_id=patient.get("ID"),
        dag=dag,
        slutdag=slutdag,
        innehall=innehall,
        detaljer=ut.detaljer,
        atgardsdagar=tuple(ut.dagar),
        avvikelser=tuple(ut.avvikelser),
    )


def _unsaid(element: Any, patient: Any) -> list[str]:
    """Return what the event leaves unsaid though we know it: it is not to be said in its name."""
    return [
        namn
        for namn, holder in (
            ("Slutverksamhet", element),
            ("Födelsedatum", patient),
            ("Kön", patient),
        )
        if not holder.get(namn)
    ]


def _contact(
    element: Any,
    patient: Any,
    handelse: Any,
    enhet: str,
    dag: date,
    slutdag: date | None,
    ut: _Utlast,
) -> Innehall:
    nummer, fodd, kon = identify(
        patient.get("ID"),
        day=dag,
        fodd=_day(patient.get("Födelsedatum"), "/fodd", ut),
        kon=patient.get("Kön"),
    )
    tabell, typ = handelse.get("Händelsetyp"), handelse.get("Typ")
    if typ is not None and tabell is None:
        ut.detaljer["typ"] = typ
        ut.avvikelser.append(felkatalog.finding("TYP_UTAN_KODTABELL", pekare="/btyp", varde=typ))
    if tabell is not None and typ is None:
        ut.detaljer["handelsetyp"] = tabell
    enskilda: dict[str, Any] = {namn: _single(handelse, tagg) for tagg, namn in _ENSKILDA}
    fore = handelse.find("VårdFöre")
    if fore is not None:
        ut.detaljer["vard_fore"] = {"kod": fore.get("Kod"), "klass": fore.get("Klass")}
    if ut.dagar:
        ut.detaljer["atgardsdagar"] = [dagen.isoformat() for dagen in ut.dagar]
    return Innehall(
        enhet=enhet,
        patient_id=nummer,
        dag=dag,
        form=_FORMER[handelse.get("Händelseform")],
        slutdag=slutdag,
        btyp=typ if tabell == _BESOKSTYP else None,
        vktyp=typ if tabell == _VARDKONTAKTTYP else None,
        taxa=_fee(handelse, ut),
        akut=handelse.get("Akut"),
        yrkeskategorier=tuple(ut.koder["yrkeskategorier"]),
        diagnoser=tuple(ut.koder["diagnoser"]),
        atgarder=tuple(ut.koder["atgarder"]),
        lakemedel=tuple(dict.fromkeys(ut.koder["lakemedel"])),
        tillstand=tuple(ut.koder["tillstand"]),
        produkter=tuple(ut.koder["produkter"]),
        lkf=patient.get("Lkf"),
        basomrade=patient.get("Basområde"),
        fodd=fodd,
        kon=kon,
        ers_uppdrag=element.get("ErsUppdrag") or None,
        tillhor_vardkontakt=handelse.get("TillhörVårdkontakt") or None,
        tillhor_vardansvar=handelse.get("TillhörVårdansvar") or None,
        **enskilda,
    )


def _fee(handelse: Any, ut: _Utlast) -> str | None:
    """Return the taxa. The class is often left empty; another class than TAXA is kept, not used."""
    klass, kod = handelse.get("Avgiftsklass"), handelse.get("Patientavgift")
    if klass in (None, "", _TAXA) or kod is None:
        return str(kod) if kod is not None else None
    ut.detaljer["patientavgift"] = {"kod": kod, "klass": klass}
    ut.avvikelser.append(felkatalog.finding("OKAND_KLASS", pekare="/taxa", varde=klass))
    return None


def _single(handelse: Any, tagg: str) -> str | None:
    element = handelse.find(tagg)
    return None if element is None else str(element.get("Kod"))


def _lists(handelse: Any, ut: _Utlast) -> None:
    """Read the lists of codes in order of OrdnNr; equal numbers keep the order of the file."""
    for lista, tagg, klass, namn in _LISTOR:
        rader = handelse.findall(f"{lista}/{tagg}")
        rader.sort(key=lambda rad: _number(rad.get("OrdnNr", "0")))
        ut.koder[namn] = []
        if rader:
            ut.detaljer[namn] = [_detail(rad) for rad in rader]
        for plats, rad in enumerate(rader):
            given = rad.get("Klass")
            if given == klass:
                ut.koder[namn].append(rad.get("Kod"))
            elif given == _ATC and tagg in _UR_LISTAN:
                ut.koder["lakemedel"].append(rad.get("Kod"))
            else:
                ut.avvikelser.append(
                    felkatalog.finding("OKAND_KLASS", pekare=f"/{namn}/{plats}", varde=given)
                )
    ut.dagar += _action_days(handelse.findall("Åtgärder/Åtgärd"))
    grupper = handelse.findall("Resursgrupper/Resursgrupp")
    if grupper:
        ut.detaljer["resursgrupper"] = [_detail(rad) for rad in grupper]


def _action_days(atgarder: Iterable[Any]) -> list[date]:
    """Return the days of the åtgärder in the order of the file, each once."""
    dagar = (_as_day(rad.get("Datum")) for rad in atgarder)
    return list(dict.fromkeys(dag for dag in dagar if dag is not None))


def _detail(rad: Any) -> dict[str, Any]:
    detalj: dict[str, Any] = {"kod": rad.get("Kod"), "klass": rad.get("Klass")}
    for attribut, namn in (
        ("OrdnNr", "ordnnr"),
        ("DiagnosNr", "diagnosnr"),
        ("TillståndNr", "tillstandnr"),
        ("Antal", "antal"),
    ):
        varde = rad.get(attribut)
        if varde is not None:
            detalj[namn] = _number(varde)
    dag = _as_day(rad.get("Datum"))
    if dag is not None:
        detalj["datum"] = dag.isoformat()
    return detalj


def _number(text: str) -> int:
    """Read an xsd:integer, which has no bounds; what lies far outside sense becomes a bound."""
    digits = text.strip()
    if len(digits) > _FLEST_SIFFROR:
        return -HOGSTA_TAL if digits.startswith("-") else HOGSTA_TAL
    return int(digits)


def _day(text: str | None, pekare: str, ut: _Utlast) -> date | None:
    if text is None:
        return None
    dag = _as_day(text)
    if dag is None:
        ut.avvikelser.append(felkatalog.finding("FEL_FORMAT", pekare=pekare))
    return dag


def _as_day(text: str | None) -> date | None:
    """Read an xsd:date. It may have spaces around it and a time zone behind, which a day lacks."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
