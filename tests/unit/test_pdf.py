"""The invoice on paper, read back."""

import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from ersattning.vardfaktura.core import granskning, pdf
from gvr.core.belopp import format_kr
from tests.factories.vardfaktura import approved, mixed_month, only_credits, post, underlag

MALL = (Path(pdf.__file__).parents[1] / "data" / "faktura.typ").read_bytes()
MIXED = mixed_month()


def pages(faktura):
    lasare = PdfReader(io.BytesIO(pdf.render(faktura, mall=MALL)))
    # typst sets a plain space for the hard ones of amounts; a reader may do either.
    return [page.extract_text().replace("\u00a0", " ") for page in lasare.pages]


def text(faktura):
    return "\n".join(pages(faktura))


def shown(kr):
    return format_kr(kr).replace("\u00a0", " ")


def test_the_invoice_says_who_what_and_when():
    sida = text(MIXED)

    for part in (
        "Faktura",
        "100042",
        "Exempelkliniken AB",
        "Org.nr 556036-0793",
        "Godkänd för F-skatt",
        "Region Exempel",
        "Momsreg.nr SE232100001601",
        "Fakturadatum 2026-12-03",
        "Förfallodatum 2027-01-02",
        "Avser månad 2026-11",
        "Avtalsnummer ADA-2026-0042",
        "Bankgiro 5805-6201",
        "Er referens HSF-4711",
        "Avtal Husläkarverksamhet",
        "Krediterar faktura 100007 (2026-11-04)",
        "Undantag från skatteplikt: sjukvård",
    ):
        assert part in sida


def test_each_section_has_its_lines_and_its_sum():
    sida = text(MIXED)

    assert "2UL01 Läkare, mottagningsbesök 2026-11 3 2 093,00 6 279,00" in sida
    assert "AVG-ENHET Patientavgift 2026-11 2 −275,00 −550,00" in sida
    assert "Summa denna månad 5 729,33 kr" in sida
    assert "Summa sena från tidigare månader 930,00 kr" in sida
    assert "Summa krediteringar −3 911,00 kr" in sida
    assert "Momskompensation 6 % 2026-11 1 164,90 164,90" in sida
    assert f"Att betala {shown(MIXED.summa)}" in sida


def test_sections_come_in_the_order_of_the_bridge():
    sida = text(MIXED)
    headings = ("Denna månad", "Sena från tidigare", "Krediteringar", "Tillägg", "Att betala")
    places = [sida.index(namn) for namn in headings]

    assert places == sorted(places)


def test_a_credit_note_shows_what_is_credited():
    faktura = only_credits()
    sida = text(faktura)

    assert "Kreditfaktura" in sida
    assert f"Att kreditera {shown(-faktura.summa)}" in sida
    assert "100007 (2026-11-04), 100009" in sida
    assert "Förfallodatum" not in sida


def test_a_proposal_says_that_it_is_one():
    sida = text(underlag(post()))

    assert "Förslag" in sida
    assert "ej godkänd" in sida
    assert "Fakturadatum" not in sida


def test_an_approved_invoice_is_no_proposal():
    assert "Förslag" not in text(MIXED)


def test_what_cancelled_out_is_not_shown():
    faktura = approved(underlag(post("GAMMAL"), post("GAMMAL", -1, aterforing=True), post("RATT")))

    assert "RATT" in text(faktura)
    assert "GAMMAL" not in text(faktura)


def test_pages_are_numbered_and_repeat_the_head_of_the_table():
    faktura = approved(underlag(*(post(f"P{nr:03d}") for nr in range(120))))
    sidor = pages(faktura)

    assert len(sidor) > 1
    for nr, sida in enumerate(sidor, start=1):
        assert f"Sida {nr} av {len(sidor)}" in sida
    for sida in sidor[:-1]:
        assert "Vårdmånad Antal À-pris Belopp" in sida
    shown_lines = re.findall(r"\bP\d{3} P\d{3} 2026-11 1 100,00 100,00", "\n".join(sidor))
    assert len(shown_lines) == 120


def test_a_small_invoice_is_one_page():
    assert "Sida 1 av 1" in pages(MIXED)[0]


@pytest.mark.parametrize(
    "written", ["#panic()", "*fet* $x$ \\ @ref", "<b>", '"citat"', "[hak] {klammer} // rad"]
)
def test_texts_are_shown_as_written_and_never_run(written):
    faktura = approved(underlag(post(), texter={"BESOK": written}))

    assert written.replace(" ", "") in text(faktura).replace(" ", "").replace("\n", "")


def test_the_same_invoice_always_gives_the_same_bytes():
    assert pdf.render(MIXED, mall=MALL) == pdf.render(mixed_month(), mall=MALL)


def test_the_document_is_dated_by_the_invoice_and_named():
    lasare = PdfReader(io.BytesIO(pdf.render(MIXED, mall=MALL)))

    assert lasare.metadata.title == "Faktura 100042"
    assert lasare.metadata.creation_date.date() == MIXED.fakturadatum
    assert lasare.trailer["/Root"]["/Lang"] == "sv"


def test_every_character_has_a_glyph_in_the_fonts_that_come_along():
    faktura = approved(underlag(post(), texter={"BESOK": "ÅÄÖ åäö Éé Üü – ”citat” ½ ≥"}))

    assert "ÅÄÖ åäö Éé Üü – ”citat” ½ ≥" in text(faktura)


def test_there_is_nothing_of_a_patient_on_it():
    assert not granskning.has_identity(text(MIXED))
