"""The formats that lists travel in: Excel and a text file, both free of formulas."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import tablib
import xlsxwriter
from import_export.formats.base_formats import Format

from gvr.admin import arbetsbok
from gvr.core import cell


class Fil(Format):
    """An uploaded file, whatever of the two it is."""

    def get_title(self) -> str:
        """Return what people call it."""
        return "Excel eller textfil med kolumner"

    def can_import(self) -> bool:
        """Files of this kind are read."""
        return True

    def create_dataset(self, in_stream: bytes) -> Any:
        """Read the file into rows that remember where they stood. Raises UnableToRead."""
        blad = arbetsbok.read(in_stream)
        dataset = tablib.Dataset(headers=list(blad.rubriker))
        for _, rad in blad.rader:
            dataset.append(rad)
        dataset.blad = blad
        return dataset


class Excel(Format):
    """A workbook: amounts are numbers, days are days, everything else is text."""

    def get_title(self) -> str:
        """Return what people call it."""
        return "Excel (xlsx)"

    def can_export(self) -> bool:
        """Workbooks are written."""
        return True

    def get_extension(self) -> str:
        """Return the end of the file's name."""
        return "xlsx"

    def get_content_type(self) -> str:
        """Return the media type."""
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        """Write the rows as one sheet with a frozen heading."""
        del kwargs
        return workbook(dataset.headers or [], list(dataset), namn=dataset.title or "Lista")


class Csv(Format):
    """Text with semicolons, as Swedish spreadsheets open it."""

    def get_title(self) -> str:
        """Return what people call it."""
        return "Textfil med semikolon (csv)"

    def can_export(self) -> bool:
        """Text files are written."""
        return True

    def get_extension(self) -> str:
        """Return the end of the file's name."""
        return "csv"

    def get_content_type(self) -> str:
        """Return the media type."""
        return "text/csv; charset=utf-8"

    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        """Write the rows with a byte order mark, which Excel needs to see that it is UTF-8."""
        del kwargs
        text = io.StringIO()
        skrivare = csv.writer(text, delimiter=";", lineterminator="\r\n")
        skrivare.writerow([cell.escape(str(rubrik)) for rubrik in dataset.headers or []])
        for rad in dataset:
            skrivare.writerow([_as_text(value) for value in rad])
        return text.getvalue().encode("utf-8-sig")


def _as_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value).replace(".", ",")
    if isinstance(value, date):
        return value.isoformat()
    return cell.escape("" if value is None else str(value))


def workbook(
    rubriker: Sequence[str],
    rader: Sequence[Sequence[Any]],
    *,
    namn: str,
    hjalp: Sequence[tuple[str, str]] = (),
    val: Sequence[tuple[str, ...]] = (),
) -> bytes:
    """Return a workbook. `hjalp` becomes a second sheet, `val` the choices of each column."""
    minne = io.BytesIO()
    with xlsxwriter.Workbook(
        minne, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as bok:
        rubrikformat = bok.add_format({"bold": True, "bg_color": "#e3f0f2", "bottom": 1})
        datumformat = bok.add_format({"num_format": "yyyy-mm-dd"})
        kronformat = bok.add_format({"num_format": "#,##0.00"})
        textformat = bok.add_format({"num_format": "@"})
        blad = bok.add_worksheet(namn)
        blad.freeze_panes(1, 0)
        for kolumn, rubrik in enumerate(rubriker):
            blad.write_string(0, kolumn, cell.escape(rubrik), rubrikformat)
            blad.set_column(kolumn, kolumn, max(12, min(len(rubrik) + 6, 40)), textformat)
        if rader:
            blad.autofilter(0, 0, len(rader), max(len(rubriker) - 1, 0))
        for nummer, rad in enumerate(rader, 1):
            for kolumn, value in enumerate(rad):
                if isinstance(value, Decimal):
                    blad.write_number(nummer, kolumn, value, kronformat)
                elif isinstance(value, date):
                    blad.write_datetime(nummer, kolumn, value, datumformat)
                else:
                    text = cell.escape("" if value is None else str(value))
                    blad.write_string(nummer, kolumn, text, textformat)
        for kolumn, choices in enumerate(val):
            if choices:
                blad.data_validation(
                    1,
                    kolumn,
                    arbetsbok.MAX_ROWS,
                    kolumn,
                    {"validate": "list", "source": list(choices)},
                )
        if hjalp:
            andra = bok.add_worksheet("Om mallen")
            andra.set_column(0, 0, 28)
            andra.set_column(1, 1, 100)
            for nummer, (rubrik, text) in enumerate(hjalp):
                andra.write_string(nummer, 0, cell.escape(rubrik), rubrikformat)
                andra.write_string(nummer, 1, cell.escape(text))
    return minne.getvalue()
