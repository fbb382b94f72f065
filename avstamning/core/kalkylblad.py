"""Kalkylblad: what may stand in a cell of a workbook that somebody opens in Excel.

A text that a spreadsheet could take for a formula runs as one when the file is saved as CSV and
opened again (OWASP, "CSV Injection"), so it gets an apostrophe in front, as Excel itself writes.
"""

import re
from datetime import datetime
from typing import Final

#: Signs that begin a formula in some program, plain and full-width.
_BEGINS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_WHITE: Final = re.compile(r"[\t\r\n]+")
_LONGEST: Final = 32_767
_FORBIDDEN_IN_NAMES: Final = re.compile(r"[^0-9A-Za-zÅÄÖåäöÉé _.-]+")


def safe_text(text: str) -> str:
    """Return the text as it may stand in a cell: never a formula, nothing that breaks the file."""
    kept = _NOT_IN_XML.sub("", text)
    looked_at = (text[:1], kept.lstrip()[:1])
    prefix = "'" if any(sign in _BEGINS_FORMULA for sign in looked_at) else ""
    return (prefix + _WHITE.sub(" ", kept))[:_LONGEST]


def file_name(*delar: str, at: datetime) -> str:
    """Return a file name that every system accepts, with the time in it."""
    namn = " ".join(_FORBIDDEN_IN_NAMES.sub(" ", del_).strip() for del_ in delar)
    return f"{' '.join(namn.split())[:100]} {at:%Y-%m-%d %H.%M}.xlsx"
