"""Granskning: what keeps an invoice from being sent, all at once and before it is approved."""

import re
from collections.abc import Iterator
from typing import Final

from ersattning.vardfaktura.core.fakturering import Fakturaunderlag, Part
from gvr.core import personnummer
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.felkatalog import Felpost, add, finding

_SFTI: Final = "Peppol BIS Billing 3"

add(
    Felpost(
        kod="VF001",
        titel="Uppgift saknas på fakturan",
        text="En uppgift som fakturan måste ha saknas.",
        atgard="Komplettera uppgiften i registret.",
        agare="REGION",
        allvar=Allvar.STOPP,
        kalla=_SFTI,
    ),
    Felpost(
        kod="VF002",
        titel="Organisationsnumret är fel",
        text="Ett organisationsnummer är tio siffror med rätt kontrollsiffra.",
        atgard="Rätta organisationsnumret i registret.",
        agare="REGION",
        allvar=Allvar.STOPP,
        kalla=f"{_SFTI}: SE-R-003, SE-R-004, SE-R-013",
    ),
    Felpost(
        kod="VF003",
        titel="Momsregistreringsnumret är fel",
        text="Ett svenskt momsregistreringsnummer är SE följt av tolv siffror.",
        atgard="Rätta momsregistreringsnumret i registret.",
        agare="REGION",
        allvar=Allvar.STOPP,
        kalla=f"{_SFTI}: SE-R-001, SE-R-002",
    ),
    Felpost(
        kod="VF004",
        titel="Bankgironumret är fel",
        text="Ett bankgironummer är sju eller åtta siffror.",
        atgard="Rätta bankgironumret i registret.",
        agare="VARDGIVARE",
        allvar=Allvar.STOPP,
        kalla=f"{_SFTI}: SE-R-008, SE-R-009",
    ),
    Felpost(
        kod="VF005",
        titel="Säljaren saknar skatteuppgift",
        text="Säljaren har varken momsregistreringsnummer eller godkännande för F-skatt.",
        atgard="Komplettera vårdgivarens skatteuppgift i registret.",
        agare="VARDGIVARE",
        allvar=Allvar.STOPP,
        kalla="EN 16931: BR-E-02",
    ),
    Felpost(
        kod="VF006",
        titel="Texten kan peka ut en patient",
        text="En text på fakturan innehåller något som kan läsas som en patients identitet.",
        atgard="Ta bort numret ur texten.",
        agare="REGION",
        allvar=Allvar.STOPP,
    ),
)

_IDENTITET: Final = re.compile(r"(?<!\d)(\d{6}|\d{8})\s?[-+\u2010-\u2015\u2212]?\s?(\d{4})(?!\d)")
_MOMSREGNR: Final = re.compile(r"SE\d{12}")
_BANKGIRO: Final = re.compile(r"\d{7,8}")
_ORGNR: Final = re.compile(r"\d{10}")


def review(underlag: Fakturaunderlag) -> tuple[Avvikelse, ...]:
    """Return everything that keeps the invoice from being sent. A patient's number is not repeated.

    The number and the dates are not asked for: the approval gives them.
    """
    return (
        *_missing(underlag),
        *_party(underlag.saljare, "/saljare"),
        *_party(underlag.kopare, "/kopare"),
        *_tax(underlag.saljare),
        *_bankgiro(underlag),
        *_identities(underlag),
    )


def _missing(underlag: Fakturaunderlag) -> Iterator[Avvikelse]:
    required = {
        "/saljare/namn": underlag.saljare.namn,
        "/kopare/namn": underlag.kopare.namn,
        "/avtalsnummer": underlag.avtalsnummer,
        "/er_referens": underlag.er_referens,
    }
    for pekare, value in required.items():
        if not value.strip():
            yield finding("VF001", pekare=pekare)
    if not underlag.synliga_rader:
        yield finding("VF001", pekare="/rader", text="Fakturan har ingen rad.")


def _party(part: Part, at: str) -> Iterator[Avvikelse]:
    if not (_ORGNR.fullmatch(part.orgnr) and _luhn(part.orgnr)):
        yield finding("VF002", pekare=f"{at}/orgnr", varde=part.orgnr)
    if part.momsregnr is not None and not _MOMSREGNR.fullmatch(part.momsregnr):
        yield finding("VF003", pekare=f"{at}/momsregnr", varde=part.momsregnr)


def _tax(saljare: Part) -> Iterator[Avvikelse]:
    if saljare.momsregnr is None and not saljare.f_skatt:
        yield finding("VF005", pekare="/saljare/f_skatt")


def _bankgiro(underlag: Fakturaunderlag) -> Iterator[Avvikelse]:
    """Ask for a bankgiro when there is something to pay, and for a right one when it is given."""
    bankgiro = underlag.bankgiro
    if (bankgiro or underlag.summa > 0) and not _BANKGIRO.fullmatch(bankgiro):
        yield finding("VF004", pekare="/bankgiro", varde=bankgiro)


def _identities(underlag: Fakturaunderlag) -> Iterator[Avvikelse]:
    """Look for patients in every text that a person may have written."""
    texts = {
        "/avtalsnummer": underlag.avtalsnummer,
        "/avtalsnamn": underlag.avtalsnamn,
        "/er_referens": underlag.er_referens,
        **{f"/rader/{nr}/text": rad.text for nr, rad in enumerate(underlag.rader)},
        **{f"/rader/{nr}/produktkod": rad.produktkod for nr, rad in enumerate(underlag.rader)},
    }
    for pekare, text in texts.items():
        if has_identity(text):
            yield finding("VF006", pekare=pekare)


def has_identity(text: str) -> bool:
    """Say whether the text holds what can be read as a patient's identity, in 10 or 12 digits."""
    for match in _IDENTITET.finditer(text):
        digits = "".join(match.groups())
        written = [digits] if len(digits) == 12 else [f"{sekel}{digits}" for sekel in (18, 19, 20)]
        if any(
            isinstance(personnummer.parse(nummer), personnummer.Identitet) for nummer in written
        ):
            return True
    return False


def _luhn(digits: str) -> bool:
    """Say whether the last digit is the check digit of the others (modulus 10)."""
    doubled = [int(digit) * (1 + nr % 2) for nr, digit in enumerate(reversed(digits))]
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0
