"""Price lists and code lists as people keep them in Excel: every cell shown as read, or refused."""

from datetime import date

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from ersattning.hej.actions import prislistor
from ersattning.hej.models import Pris
from gvr.models import Kod, Kodverk
from tests.apps.test_import_listor import confirm, faults, upload, workbook
from tests.apps.test_publicering import DOKUMENT
from tests.factories import regionen
from tests.factories.kontakter import NU
from tests.factories.sandare import open_region

PRISER, KODER = "/admin/hej/pris/", "/admin/gvr/kod/"
PRISRUBRIKER = ("Produktkod", "Fr.o.m.", "Text", "Belopp", "Källa")
KODRUBRIKER = ("Kodverk", "Kod", "Fr.o.m.", "T.o.m.", "Text")
KODVERK = "PROVLISTA"


@pytest.fixture
def anna(db, settings, tmp_path):
    settings.IMPORT_FOLDER = tmp_path / "uppladdat"
    open_region()
    Kodverk.objects.create(kod=KODVERK, namn="Provlista", fullstandigt=True)
    return regionen.client(regionen.anna())


@pytest.fixture
def utkast(anna):
    lista = prislistor.create_draft(DOKUMENT, by=regionen.anna(), at=NU)
    assert not isinstance(lista, tuple), lista
    return lista


def upload_prices(klient, data, utkast, namn="priser.xlsx"):
    return klient.post(
        f"{PRISER}import/",
        {
            "import_file": SimpleUploadedFile(namn, data),
            "format": "0",
            "resource": "0",
            "prislista": utkast.pk,
            "skal": "Beslut 2026-11",
        },
    )


def price(kod, belopp, dag="2026-02-01"):
    return (kod, dag, "Besök", belopp, "Beslut")


def prices(*rader):
    return workbook(*rader, blad="Priser", rubriker=PRISRUBRIKER)


#: An amount as it is written, and as the preview must say that it was read.
SKRIVNA = {
    "1 234,50": "1234.50",
    "1\u00a0234,50": "1234.50",
    "1234.50": "1234.50",
    "1.234,50": "1234.50",
    "12 kr": "12.00",
    1234.5: "1234.50",
}


def test_a_price_is_shown_as_it_was_read_and_stored_as_it_was_shown(anna, utkast):
    rader = [price(f"NY{n}", skrivet) for n, skrivet in enumerate(SKRIVNA)]

    svar = upload_prices(anna, prices(*rader), utkast)

    kolumn = list(svar.context["rubriker"]).index("Belopp")
    visade = [
        rad.celler[kolumn].efter.replace("\u00a0", "").replace(",", ".").removesuffix("kr")
        for rad in sorted(svar.context["rader"], key=lambda rad: rad.celler[0].efter)
    ]
    assert (faults(svar), visade) == ([], list(SKRIVNA.values()))
    confirm(anna, svar, PRISER)
    sparade = Pris.objects.filter(prislista=utkast, produktkod__startswith="NY")
    assert {p.produktkod: str(p.belopp) for p in sparade} == {
        f"NY{n}": kronor for n, kronor in enumerate(SKRIVNA.values())
    }


def test_a_price_that_can_mean_two_things_is_refused_where_it_stands(anna, utkast):
    rader = [
        price("NY1", "1.234"),
        price("NY2", "1,234"),
        price("NY3", "tolv"),
        price("NY4", ""),
        price("NY5", "-5"),
        price("NY6", 12, dag=45292),
        price("NY7", 12, dag="31/1 2026"),
        price("NY8", 12, dag="2026-02-29"),
        price(date(2026, 1, 1), 12),
    ]

    svar = upload_prices(anna, prices(*rader), utkast)

    platser = [text.split(": ")[0] for text in faults(svar)]
    assert sorted(platser) == sorted(
        [f"Blad Priser, rad {n}, kolumn D (Belopp)" for n in range(2, 7)]
        + [f"Blad Priser, rad {n}, kolumn B (Fr.o.m.)" for n in range(7, 10)]
        + ["Blad Priser, rad 10, kolumn A (Produktkod)"]
    )
    assert "confirm_form" not in svar.context
    assert not Pris.objects.filter(prislista=utkast, produktkod__startswith="NY").exists()


def test_a_code_is_never_what_excel_made_of_it(anna):
    rader = [
        (KODVERK, "01", "2026-01-01", None, "Nolla först"),
        (KODVERK, date(2026, 3, 1), "2026-01-01", None, "1-mar blev en dag"),
        (KODVERK, 1.5, "2026-01-01", None, "1.5 blev ett tal"),
        (KODVERK, "E1", 46023, None, "Dag som tal"),
        (KODVERK, "E2", "2026-01-01", "2025-12-31", "Slut före början"),
        ("OKÄND", "E3", "2026-01-01", None, "Okänd lista"),
    ]

    svar = upload(anna, workbook(*rader, blad="Koder", rubriker=KODRUBRIKER), "koder.xlsx", KODER)

    assert sorted(text.split(": ")[0] for text in faults(svar)) == [
        "Blad Koder, rad 3, kolumn B (Kod)",
        "Blad Koder, rad 4, kolumn B (Kod)",
        "Blad Koder, rad 5, kolumn C (Fr.o.m.)",
        "Blad Koder, rad 6, kolumn D (T.o.m.)",
        "Blad Koder, rad 7, kolumn A (Kodverk)",
    ]
    assert "confirm_form" not in svar.context
    assert not Kod.objects.filter(kodverk__kod=KODVERK).exists()


def formula_hidden_and_merged(tmp_path, rubriker):
    """Return a workbook with one fault of each kind that a person does not see on the screen."""
    fil = tmp_path / "ark.xlsx"
    with xlsxwriter.Workbook(fil) as bok:
        ark = bok.add_worksheet("Ark")
        ark.write_row(0, 0, rubriker)
        ark.write_formula(1, 3, "=1+1", None, 2)
        ark.set_row(2, None, None, {"hidden": True})
        ark.write(2, 0, "gömd")
        ark.merge_range(3, 0, 3, 1, "ihop")
    return fil.read_bytes()


def test_what_cannot_be_seen_in_the_sheet_is_named_for_both_lists(anna, utkast, tmp_path):
    svar = [
        upload_prices(anna, formula_hidden_and_merged(tmp_path, PRISRUBRIKER), utkast),
        upload(anna, formula_hidden_and_merged(tmp_path, KODRUBRIKER), "k.xlsx", KODER),
    ]

    for sida in svar:
        text = sida.content.decode()
        assert "Cell D2 innehåller en formel" in text
        assert "Rad 3 är dold" in text
        assert "Cellerna A4:B4 är sammanslagna" in text
        assert "confirm_form" not in sida.context


def test_lists_as_swedish_excel_writes_text_files_are_read(anna, utkast):
    priser = "\r\n".join(
        [";".join(PRISRUBRIKER), "NYÅ;2026-02-01;Återbesök;1 234,50;Beslut på sidan 3", ""]
    )
    koder = "\r\n".join([";".join(KODRUBRIKER), f"{KODVERK};01;2026-01-01;;Öppenvård", ""])

    pris = upload_prices(anna, priser.encode("cp1252"), utkast, "priser.csv")
    kod = upload(anna, koder.encode("cp1252"), "koder.csv", KODER)
    confirm(anna, pris, PRISER)
    confirm(anna, kod, KODER)

    rad = Pris.objects.get(prislista=utkast, produktkod="NYÅ")
    assert (str(rad.belopp), rad.text) == ("1234.50", "Återbesök")
    assert Kod.objects.get(kodverk__kod=KODVERK).text == "Öppenvård"
