"""Workbooks: the same columns as the screen, in constant memory however long the list is."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any, Literal

import msgspec
import xlsxwriter
from django.http import FileResponse
from django.utils.timezone import localtime

from avstamning.core.kalkylblad import file_name, safe_text

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEADING_ROW = 0
_LAST_ROW = 1_048_575  # Excel has no more rows

Typ = Literal["text", "belopp", "antal", "dag", "tid"]


class Kolumn(msgspec.Struct, frozen=True):
    """A column: its heading as on the screen, what kind of value it holds, and how to get it."""

    rubrik: str
    typ: Typ
    bredd: int
    varde: Callable[[Any], Any]


class TooManyRows(Exception):
    """A sheet cannot hold the rows of this selection."""


def workbook(
    *,
    blad: str,
    kolumner: Sequence[Kolumn],
    rader: Iterable[Any],
    om: Sequence[tuple[str, str]],
    namn: str,
    at: datetime,
) -> FileResponse:
    """Return a workbook to download: the rows on one sheet, and how it was made on "Om rapporten".

    Raises TooManyRows when there are more rows than a sheet has. The file has no name on the disk
    and is gone when it has been sent.
    """
    fil: IO[bytes] = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the response closes it
    bok = xlsxwriter.Workbook(
        fil,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )
    format_ = {
        "text": bok.add_format({"num_format": "@", "valign": "top"}),
        "belopp": bok.add_format({"num_format": "#,##0.00", "valign": "top"}),
        "antal": bok.add_format({"num_format": "#,##0", "valign": "top"}),
        "dag": bok.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"}),
        "tid": bok.add_format({"num_format": "hh:mm", "valign": "top", "align": "left"}),
    }
    rubrik = bok.add_format(
        {"bold": True, "bg_color": "#E2EFF1", "bottom": 1, "text_wrap": True, "valign": "top"}
    )
    ark = bok.add_worksheet(blad)
    for plats, kolumn in enumerate(kolumner):
        ark.set_column(plats, plats, kolumn.bredd, format_[kolumn.typ])
    ark.freeze_panes(1, 0)
    for plats, kolumn in enumerate(kolumner):
        ark.write_string(_HEADING_ROW, plats, kolumn.rubrik, rubrik)
    nr = _HEADING_ROW
    for nr, rad in enumerate(rader, start=1):
        if nr > _LAST_ROW:
            raise TooManyRows
        for plats, kolumn in enumerate(kolumner):
            _write(ark, nr, plats, kolumn.varde(rad), format_[kolumn.typ])
    ark.autofilter(_HEADING_ROW, 0, max(nr, 1), len(kolumner) - 1)
    _about(bok, om, antal=nr)
    bok.close()
    fil.seek(0)
    return FileResponse(
        fil,
        as_attachment=True,
        filename=file_name(namn, at=localtime(at)),
        content_type=EXCEL,
    )


def _write(ark: Any, rad: int, plats: int, varde: Any, format_: Any) -> None:
    """Write a value as what it is: amounts as numbers, days as days, everything else as text."""
    if varde is None or varde == "":
        ark.write_blank(rad, plats, None, format_)
    elif isinstance(varde, Decimal | int) and not isinstance(varde, bool):
        ark.write_number(rad, plats, varde, format_)
    elif isinstance(varde, date | time):
        ark.write_datetime(rad, plats, varde, format_)
    else:
        ark.write_string(rad, plats, safe_text(str(varde)), format_)


def _about(bok: Any, om: Sequence[tuple[str, str]], *, antal: int) -> None:
    """Add the sheet that says what the report is, so that it can be made again."""
    ark = bok.add_worksheet("Om rapporten")
    fet = bok.add_format({"bold": True, "valign": "top"})
    vanlig = bok.add_format({"text_wrap": True, "valign": "top"})
    ark.set_column(0, 0, 24, fet)
    ark.set_column(1, 1, 80, vanlig)
    for nr, (vad, svar) in enumerate((*om, ("Antal rader", str(antal)))):
        ark.write_string(nr, 0, vad, fet)
        ark.write_string(nr, 1, safe_text(svar), vanlig)
