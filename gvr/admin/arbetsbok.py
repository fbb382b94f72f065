"""Files that people upload: opened with care, read into rows that remember where they came from.

A workbook is a zip of XML, and both can be made to explode. Before anything is read, the number of
parts, their unpacked sizes and any document type declaration are looked at; then the sheet's own
XML is walked once for what a person must be told of: formulas, merged cells, hidden rows.
"""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

import msgspec
import openpyxl
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from gvr.core import cell

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_UNPACKED: Final = 40 * 1024 * 1024
MAX_PARTS: Final = 500
MAX_RATIO: Final = 200
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 40
MAX_FAULTS: Final = 50

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_XLSX_MAGIC: Final = b"PK\x03\x04"
_BIT: Final = 1024 * 1024


class UnableToRead(ValueError):
    """The file cannot be used; each text says where and what to do."""

    def __init__(self, *texter: str) -> None:
        super().__init__(" ".join(texter))
        self.texter = texter


class Blad(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds: headings, and rows with the numbers they have in the file.

    `namn` is the sheet's name, "" for a file without sheets.
    """

    namn: str
    rubriker: tuple[str, ...]
    rader: tuple[tuple[int, tuple[Any, ...]], ...]

    def place(self, radnr: int, kolumn: int | None = None) -> str:
        """Return where something stands: "Blad Priser, rad 17, kolumn C"."""
        delar = [f"Blad {self.namn}"] if self.namn else []
        delar.append(f"rad {radnr}")
        if kolumn is not None:
            delar.append(f"kolumn {cell.letter(kolumn)}")
        text = ", ".join(delar)
        return text[:1].upper() + text[1:]


def read(data: bytes) -> Blad:
    """Read a workbook (xlsx) or a text file with columns (csv). Raises UnableToRead."""
    if len(data) > MAX_BYTES:
        raise UnableToRead(
            f"Filen är större än {MAX_BYTES // 1024 // 1024} MB. Dela upp den i flera."
        )
    return _read_workbook(data) if data.startswith(_XLSX_MAGIC) else _read_text(data)


# Workbooks --------------------------------------------------------------------------------------


def _read_workbook(data: bytes) -> Blad:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as arkiv:
            _refuse_bombs(arkiv)
            bok = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False)
            blad = bok.worksheets[0]
            delen: str = blad._worksheet_path  # type: ignore[attr-defined]
            faults = list(islice(_sheet_faults(arkiv, delen), MAX_FAULTS))
            if faults:
                raise UnableToRead(*faults)
            rader = [
                (nummer, tuple(values))
                for nummer, values in enumerate(
                    blad.iter_rows(max_row=MAX_ROWS + 1, max_col=MAX_COLUMNS, values_only=True), 1
                )
            ]
            return _table(blad.title, rader)
    except UnableToRead:
        raise
    except (DefusedXmlException, ParseError) as fault:
        raise UnableToRead(_FORBIDDEN_XML) from fault
    except Exception as fault:
        raise UnableToRead(
            "Filen går inte att öppna som en arbetsbok. Spara den på nytt som Excel-arbetsbok "
            "(.xlsx) utan lösenord och försök igen."
        ) from fault


_FORBIDDEN_XML: Final = "Filen innehåller XML som inte är tillåten i en arbetsbok."


def _refuse_bombs(arkiv: zipfile.ZipFile) -> None:
    """Refuse too many or too large parts by what the archive declares, then hidden declarations.

    The zip module never unpacks more of a part than is declared.
    """
    delar = arkiv.infolist()
    if len(delar) > MAX_PARTS:
        raise UnableToRead("Filen innehåller för många delar för att vara en arbetsbok.")
    packat = sum(del_.compress_size for del_ in delar)
    uppackat = sum(del_.file_size for del_ in delar)
    if uppackat > MAX_UNPACKED or uppackat > MAX_RATIO * max(packat, 1):
        raise UnableToRead("Filen blir för stor när den packas upp.")
    for del_ in delar:
        if del_.filename.endswith((".xml", ".rels", ".vml")):
            _refuse_declarations(arkiv, del_)


def _refuse_declarations(arkiv: zipfile.ZipFile, del_: zipfile.ZipInfo) -> None:
    """A workbook never declares a document type: entities are how XML explodes or reaches out."""
    svans = b""
    with arkiv.open(del_) as strom:
        while bit := strom.read(_BIT):
            if any(spar in svans + bit for spar in _DECLARATIONS):
                raise UnableToRead(_FORBIDDEN_XML)
            svans = bit[-_TRACE:]


_DECLARATIONS: Final = tuple(
    ord_.encode(kodning)
    for ord_ in ("<!DOCTYPE", "<!ENTITY")
    for kodning in ("utf-8", "utf-16-le", "utf-16-be")
)
_TRACE: Final = max(map(len, _DECLARATIONS))


def _sheet_faults(arkiv: zipfile.ZipFile, namn: str) -> Iterator[str]:
    """Walk the sheet's XML once and say what could be read in more than one way, or not at all."""
    celler = 0
    with arkiv.open(namn.removeprefix("/")) as strom:
        for _, element in iterparse(strom, events=("end",)):
            if element.tag == f"{_MAIN}c":
                celler += 1
                if celler > MAX_ROWS * MAX_COLUMNS:
                    yield f"Bladet har fler celler än {MAX_ROWS * MAX_COLUMNS}. Dela upp filen."
                    return
                yield from _cell_faults(element)
                element.clear()
            elif element.tag == f"{_MAIN}row":
                if element.get("hidden") in ("1", "true"):
                    yield f"Rad {element.get('r')} är dold. Visa den eller ta bort den."
                element.clear()
            elif element.tag == f"{_MAIN}mergeCell":
                yield f"Cellerna {element.get('ref')} är sammanslagna. Dela upp dem."
            elif element.tag == f"{_MAIN}col" and element.get("hidden") in ("1", "true"):
                forsta = cell.letter(int(element.get("min", "1")) - 1)
                yield f"Kolumn {forsta} är dold. Visa den eller ta bort den."


def _cell_faults(element: Any) -> Iterator[str]:
    plats = element.get("r", "?")
    if element.find(f"{_MAIN}f") is not None:
        yield f"Cell {plats} innehåller en formel. Klistra in värdet i stället."
    har_varde = element.find(f"{_MAIN}v") is not None or element.find(f"{_MAIN}is") is not None
    rad = "".join(tecken for tecken in plats if tecken.isdigit())
    if har_varde and rad and int(rad) > MAX_ROWS + 1:
        yield f"Cell {plats} ligger efter rad {MAX_ROWS + 1}. Flytta upp den eller dela upp filen."
    if har_varde and _column(plats) > MAX_COLUMNS:
        yield f"Cell {plats} ligger utanför de {MAX_COLUMNS} första kolumnerna."


def _column(plats: str) -> int:
    """Return the number of the column of a cell like "C17", A is 1."""
    nummer = 0
    for tecken in plats:
        if tecken.isalpha():
            nummer = nummer * 26 + ord(tecken.upper()) - ord("A") + 1
    return nummer


# Text files -------------------------------------------------------------------------------------


def _read_text(data: bytes) -> Blad:
    text = _decode(data)
    if "\x00" in text:
        raise UnableToRead("Filen är varken en Excel-arbetsbok eller en textfil med kolumner.")
    forsta = text.split("\n", 1)[0]
    skiljetecken = max(";\t,", key=forsta.count)
    lasare = csv.reader(io.StringIO(text), delimiter=skiljetecken, strict=True)
    rader: list[tuple[int, tuple[Any, ...]]] = []
    try:
        for values in lasare:
            rader.append((lasare.line_num, tuple(values[:MAX_COLUMNS])))
            if len(rader) > MAX_ROWS + 1:
                break
    except csv.Error as fault:
        raise UnableToRead(
            f"Rad {lasare.line_num} går inte att läsa; kontrollera citattecknen."
        ) from fault
    return _table("", rader)


def _decode(data: bytes) -> str:
    """Read UTF-8, UTF-16 with its mark, else what Swedish Excel writes (Windows-1252)."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        kodningar: Sequence[str] = ("utf-16",)
    else:
        kodningar = ("utf-8-sig", "cp1252")
    for kodning in kodningar:
        try:
            return data.decode(kodning)
        except UnicodeDecodeError:
            continue
    raise UnableToRead("Filens tecken går inte att läsa. Spara den som UTF-8.")


# Both -------------------------------------------------------------------------------------------


def _table(namn: str, rader: Sequence[tuple[int, tuple[Any, ...]]]) -> Blad:
    """Take the first row that has something as headings, and leave out empty rows after it."""
    fyllda = [(nummer, rad) for nummer, rad in rader if any(not _is_empty(v) for v in rad)]
    if not fyllda:
        raise UnableToRead("Filen är tom.")
    if len(fyllda) > MAX_ROWS:
        raise UnableToRead(f"Filen har fler än {MAX_ROWS} rader. Dela upp den i flera.")
    rubriker = [cell.text(v) if isinstance(v, str) else str(v or "") for v in fyllda[0][1]]
    while rubriker and not rubriker[-1]:
        rubriker.pop()
    dubbla = {rubrik for rubrik in rubriker if rubriker.count(rubrik) > 1}
    if dubbla:
        raise UnableToRead(f"Rubriken {', '.join(sorted(dubbla)) or 'utan text'} finns två gånger.")
    bredd = len(rubriker)
    for nummer, rad in fyllda[1:]:
        if any(not _is_empty(v) for v in rad[bredd:]):
            raise UnableToRead(f"Rad {nummer} har fler kolumner än det finns rubriker.")
    return Blad(
        namn=namn,
        rubriker=tuple(rubriker),
        rader=tuple(
            (nummer, (*rad[:bredd], *(None,) * (bredd - len(rad)))) for nummer, rad in fyllda[1:]
        ),
    )


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
