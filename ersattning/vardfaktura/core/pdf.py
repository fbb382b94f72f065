"""Pdf: an invoice as people read it, set by typst from the same value as the e-invoice."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

import typst

from ersattning.vardfaktura.core.fakturering import (
    MOMSKODER,
    SEKTIONSNAMN,
    Fakturarad,
    Fakturaunderlag,
    Part,
    total,
)
from gvr.core.belopp import format_kr


def render(underlag: Fakturaunderlag, *, mall: bytes) -> bytes:
    """Return the invoice as PDF, set with the typst template `mall` (data/faktura.typ).

    A proposal, which has neither number nor dates, can be set too and says that it is one. The same
    invoice always gives the same bytes. Only fonts that come with typst are used, and the template
    can read nothing but the invoice.
    """
    # The document is dated by the invoice and not by the clock that happens to make it.
    day = underlag.fakturadatum or underlag.manad.last
    return typst.compile(
        mall,
        format="pdf",
        sys_inputs={"faktura": json.dumps(_content(underlag), ensure_ascii=False)},
        ignore_system_fonts=True,
        timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
        pdf_standards=["a-2a"],  # for archives, and tagged for those who listen to it
    )


def _content(underlag: Fakturaunderlag) -> dict[str, Any]:
    """Return what the template shows, every amount and day already a text."""
    credit = underlag.summa < 0
    return {
        "rubrik": "Kreditfaktura" if credit else "Faktura",
        "forslag": underlag.nummer is None,
        "nummer": underlag.nummer or "",
        "fakturadatum": _day(underlag.fakturadatum),
        "forfallodatum": "" if credit else _day(underlag.forfallodatum),
        "manad": str(underlag.manad),
        "avtalsnummer": underlag.avtalsnummer,
        "avtalsnamn": underlag.avtalsnamn,
        "er_referens": underlag.er_referens,
        "bankgiro": _bankgiro(underlag.bankgiro),
        "saljare": _party(underlag.saljare),
        "kopare": _party(underlag.kopare),
        "krediterar": [
            f"{referens.nummer} ({referens.datum})" if referens.datum else referens.nummer
            for referens in underlag.krediterar
        ],
        "avsnitt": [
            {"namn": SEKTIONSNAMN[sektion], "rader": [_row(rad) for rad in rader], "summa": summa}
            for sektion, rader, summa in _sections(underlag.synliga_rader)
        ],
        "etikett": "Att kreditera" if credit else "Att betala",
        "summa": format_kr(abs(underlag.summa)),
        "moms": sorted({MOMSKODER[rad.momskod].skal for rad in underlag.rader}),
    }


def _sections(
    rader: Iterable[Fakturarad],
) -> Iterable[tuple[Any, list[Fakturarad], str]]:
    for sektion, group in groupby(rader, key=lambda rad: rad.sektion):
        lines = list(group)
        yield sektion, lines, format_kr(total(lines))


def _row(rad: Fakturarad) -> dict[str, str]:
    return {
        "produktkod": rad.produktkod,
        "text": rad.text,
        "vardmanad": str(rad.vardmanad),
        "antal": _count(rad.antal),
        "apris": _amount(rad.apris),
        "belopp": _amount(rad.belopp),
    }


def _count(antal: int) -> str:
    """Write a quantity as amounts are written, without the öre."""
    return _amount(Decimal(antal)).partition(",")[0]


def _amount(kr: Decimal) -> str:
    return format_kr(kr).removesuffix("\u00a0kr")


def _party(part: Part) -> dict[str, Any]:
    ort = f"{part.postnummer} {part.ort}".strip()
    return {
        "namn": part.namn,
        "adress": [rad for rad in (part.adress, ort) if rad],
        "orgnr": f"{part.orgnr[:6]}-{part.orgnr[6:]}",
        "momsregnr": part.momsregnr or "",
        "f_skatt": part.f_skatt,
        "epost": part.epost,
    }


def _bankgiro(bankgiro: str) -> str:
    return f"{bankgiro[:-4]}-{bankgiro[-4:]}" if bankgiro else ""


def _day(day: object) -> str:
    return "" if day is None else str(day)
