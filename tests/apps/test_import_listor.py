"""Lists from files: what would change is seen first, and exactly that is written."""

import csv
import io
import zipfile
from datetime import date

import openpyxl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from gvr.actions import roller
from gvr.admin import arbetsbok
from gvr.admin.arbetsbok import UnableToRead
from gvr.models import Andring, Enhet, Vardgivare
from tests.factories import regionen
from tests.world import load_providers

ENHETER = "/admin/gvr/enhet/"
RUBRIKER = ("Kombika", "Fr.o.m.", "T.o.m.", "Namn", "HSA-id", "Organisationsnummer")


@pytest.fixture
def a(db, settings, tmp_path):
    settings.IMPORT_FOLDER = tmp_path / "uppladdat"
    return load_providers()["A"]


@pytest.fixture
def anna(a):
    return regionen.client(regionen.anna())


def workbook(*rader, blad="Enheter", rubriker=RUBRIKER):
    minne = io.BytesIO()
    with xlsxwriter.Workbook(minne, {"default_date_format": "yyyy-mm-dd"}) as bok:
        ark = bok.add_worksheet(blad)
        for nummer, rad in enumerate((rubriker, *rader)):
            for kolumn, value in enumerate(rad):
                ark.write(nummer, kolumn, value)
    return minne.getvalue()


def upload(klient, data, namn="enheter.xlsx", lista=ENHETER):
    return klient.post(
        f"{lista}import/",
        {
            "import_file": SimpleUploadedFile(namn, data),
            "format": "0",
            "resource": "0",
            "skal": "Beslut 2026-11",
        },
    )


def confirm(klient, svar, lista=ENHETER):
    form = svar.context["confirm_form"]
    return klient.post(
        f"{lista}process_import/",
        {"kvitto": form.initial["kvitto"], "skal": form.initial["skal"]},
        follow=True,
    )


def faults(svar):
    return [f"{plats}: {text}" for plats, text in svar.context["radfel"]]


def enhet(a, kombika):
    return Enhet.objects.filter(vardgivare=a, kombika=kombika).order_by("giltig")


def test_a_new_row_an_ended_row_and_an_unchanged_row_are_told_apart(anna, a):
    gamla = {e.kombika: e for e in Enhet.objects.filter(vardgivare=a)}
    ett, tva, _ = sorted(gamla)
    data = workbook(
        (ett, date(2022, 1, 1), date(2026, 12, 31), gamla[ett].namn, gamla[ett].hsa_id, a.orgnr),
        (tva, "2022-01-01", None, gamla[tva].namn, gamla[tva].hsa_id, a.orgnr),
        ("90009311001", "2027-01-01", None, "Ekbacken Nya", "", a.orgnr),
    )

    svar = upload(anna, data)

    assert [(rad.slag, rad.plats) for rad in svar.context["rader"]] == [
        ("avslutad", "Blad Enheter, rad 2"),
        ("ny", "Blad Enheter, rad 4"),
        ("oforandrad", "Blad Enheter, rad 3"),
    ]
    assert "<del>tom</del>" in svar.content.decode()
    assert not enhet(a, "90009311001").exists()


def test_what_was_confirmed_is_what_was_shown(anna, a):
    svar = upload(anna, workbook(("90009311001", "2027-01-01", None, "Ny", "", a.orgnr)))

    klar = confirm(anna, svar)

    rad = enhet(a, "90009311001").get()
    assert (rad.namn, rad.giltig.lower, rad.giltig.upper) == ("Ny", date(2027, 1, 1), None)
    assert "Inläst: 1 nya, 0 ändrade" in klar.content.decode()


def test_an_import_leaves_who_and_why_in_the_history(anna, a):
    svar = upload(anna, workbook(("90009311001", "2027-01-01", None, "Ny", "", a.orgnr)))
    confirm(anna, svar)

    spar = Andring.objects.filter(tabell="gvr_enhet").latest("pk")

    assert (spar.anvandare, spar.skal, spar.fore) == ("anna", "Beslut 2026-11", None)
    assert spar.efter["kombika"] == "90009311001"


def test_nothing_is_written_when_the_list_has_changed_since_the_preview(anna, a):
    svar = upload(anna, workbook(("90009311001", "2027-01-01", None, "Ny", "", a.orgnr)))
    Enhet.objects.create(
        vardgivare=a, kombika="90009311001", namn="Först", giltig=(date(2027, 1, 1), None)
    )

    klar = confirm(anna, svar)

    assert "Listan har ändrats sedan du förhandsgranskade" in klar.content.decode()
    assert enhet(a, "90009311001").get().namn == "Först"


def test_a_receipt_is_only_good_for_the_person_and_the_list_it_was_made_for(anna, a):
    svar = upload(anna, workbook(("90009311001", "2027-01-01", None, "Ny", "", a.orgnr)))
    astrid = regionen.client(regionen.staff("astrid", roller.ADMINISTRATOR))

    for klient, lista in ((astrid, ENHETER), (anna, "/admin/gvr/uppdrag/")):
        klar = confirm(klient, svar, lista)
        assert "Förhandsgranskningen gäller inte längre" in klar.content.decode()

    assert not enhet(a, "90009311001").exists()


def test_a_changed_file_is_not_the_file_that_was_shown(anna, a, settings):
    svar = upload(anna, workbook(("90009311001", "2027-01-01", None, "Ny", "", a.orgnr)))
    (fil,) = settings.IMPORT_FOLDER.iterdir()
    fil.write_bytes(workbook(("90009311001", "2027-01-01", None, "Annat", "", a.orgnr)))

    confirm(anna, svar)

    assert not enhet(a, "90009311001").exists()


def test_the_uploaded_file_is_gone_when_it_has_been_read_in(anna, a, settings):
    svar = upload(anna, workbook(("90009311001", "2027-01-01", None, "Ny", "", a.orgnr)))
    assert len(list(settings.IMPORT_FOLDER.iterdir())) == 1

    confirm(anna, svar)

    assert list(settings.IMPORT_FOLDER.iterdir()) == []


def test_errors_name_sheet_row_and_column_and_come_all_at_once(anna, a):
    svar = upload(
        anna,
        workbook(
            ("900093", "2027-01-01", None, "Kort kombika", "", a.orgnr),
            ("90009311002", 45292, "2026-12-31", "", "fel", "9999999999"),
        ),
    )

    assert faults(svar) == [
        "Blad Enheter, rad 2, kolumn A (Kombika): Kombika är åtta siffror och ett till tre tecken.",
        "Blad Enheter, rad 3, kolumn B (Fr.o.m.): Cellen är ett tal som kan vara ett datum i "
        "Excels räkning. Formatera den som datum eller skriv 2026-01-31.",
        "Blad Enheter, rad 3, kolumn D (Namn): Namn saknas.",
        "Blad Enheter, rad 3, kolumn F (Organisationsnummer): "
        "Vårdgivaren med organisationsnummer 9999999999 finns inte.",
        "Blad Enheter, rad 3, kolumn E (HSA-id): HSA-id skrivs SE2321000016-XXXX.",
    ]
    assert "confirm_form" not in svar.context


def test_an_overlap_with_a_stored_period_is_found_before_the_database_refuses_it(anna, a):
    befintlig = Enhet.objects.filter(vardgivare=a).order_by("kombika").first()

    svar = upload(anna, workbook((befintlig.kombika, "2026-07-01", None, "Nytt namn", "", a.orgnr)))

    assert faults(svar) == [
        f"Blad Enheter, rad 2, kolumn B (Fr.o.m.): Perioden överlappar 2022-01-01– för "
        f"{befintlig.kombika}. Avsluta den ena dagen före den andra börjar."
    ]


def test_a_unit_changes_name_in_one_file_that_ends_the_old_and_begins_the_new(anna, a):
    gammal = Enhet.objects.filter(vardgivare=a).order_by("kombika").first()
    svar = upload(
        anna,
        workbook(
            (gammal.kombika, "2026-07-01", None, "Nytt namn", gammal.hsa_id, a.orgnr),
            (gammal.kombika, "2022-01-01", "2026-06-30", gammal.namn, gammal.hsa_id, a.orgnr),
        ),
    )

    confirm(anna, svar)

    assert [rad.namn for rad in enhet(a, gammal.kombika)] == [gammal.namn, "Nytt namn"]


def test_a_gap_is_pointed_out_but_allowed(anna, a):
    gammal = Enhet.objects.filter(vardgivare=a).order_by("kombika").first()

    svar = upload(
        anna,
        workbook(
            (gammal.kombika, "2022-01-01", "2026-06-30", gammal.namn, gammal.hsa_id, a.orgnr),
            (gammal.kombika, "2026-08-01", None, "Nytt namn", gammal.hsa_id, a.orgnr),
        ),
    )

    assert svar.context["varningar"] == [f"{gammal.kombika} har en lucka 2026-07-01–2026-07-31."]
    assert "confirm_form" in svar.context


def test_the_same_row_twice_is_refused(anna, a):
    rad = ("90009311001", "2027-01-01", None, "Ny", "", a.orgnr)

    svar = upload(anna, workbook(rad, rad))

    assert faults(svar) == [
        "Blad Enheter, rad 3, kolumn A (Kombika): Samma rad finns också på blad enheter, rad 2."
    ]


def test_an_end_before_the_beginning_is_refused(anna, a):
    svar = upload(anna, workbook(("90009311001", "2027-01-01", "2026-12-31", "Ny", "", a.orgnr)))

    assert faults(svar) == [
        "Blad Enheter, rad 2, kolumn C (T.o.m.): "
        "Sista dagen 2026-12-31 ligger före första dagen 2027-01-01."
    ]


def test_an_unknown_heading_is_named_with_the_known_ones(anna, a):
    svar = upload(anna, workbook(("1", "2"), rubriker=("Kombikakod", "Fr.o.m.")))

    assert svar.context["filfel"][0].startswith("Okänd rubrik: Kombikakod. Rubrikerna är Kombika,")
    assert svar.context["filfel"][1] == "Rubriken Kombika saknas."


def test_a_text_file_as_swedish_excel_writes_it_is_read(anna, a):
    text = f"Kombika;Fr.o.m.;Namn;Organisationsnummer\r\n90009311001;2027-01-01;Åsö;{a.orgnr}\r\n"

    svar = upload(anna, text.encode("cp1252"), namn="enheter.csv")
    confirm(anna, svar)

    assert enhet(a, "90009311001").get().namn == "Åsö"


def test_a_file_that_changes_nothing_cannot_be_confirmed(anna, a):
    e = Enhet.objects.filter(vardgivare=a).order_by("kombika").first()

    svar = upload(anna, workbook((e.kombika, "2022-01-01", None, e.namn, e.hsa_id, a.orgnr)))

    assert svar.context["antal"]["oförändrade"] == 1
    assert "confirm_form" not in svar.context


def test_the_number_of_questions_does_not_grow_with_the_rows(
    anna, a, django_assert_max_num_queries
):
    rader = [(f"9{n:07d}001", "2027-01-01", None, f"Enhet {n}", "", a.orgnr) for n in range(400)]

    with django_assert_max_num_queries(60):
        svar = upload(anna, workbook(*rader))

    assert svar.context["antal"]["nya"] == 400


def test_only_the_one_with_the_permission_may_upload_or_fetch(a):
    rune = regionen.client(regionen.staff("rune", roller.REVISOR))

    assert rune.get(f"{ENHETER}import/").status_code == 403
    assert rune.get(f"{ENHETER}import/mall/").status_code == 403
    assert rune.get(f"{ENHETER}export/").status_code == 403
    assert rune.post(f"{ENHETER}process_import/", {}).status_code == 403


def test_a_reason_with_a_personnummer_is_refused(anna, a):
    svar = anna.post(
        f"{ENHETER}import/",
        {
            "import_file": SimpleUploadedFile("e.xlsx", workbook()),
            "format": "0",
            "resource": "0",
            "skal": "Gäller 191212121212",
        },
    )

    assert "ser ut att innehålla ett personnummer" in svar.content.decode()


# Hostile and odd files --------------------------------------------------------------------------


def zipped(**delar):
    minne = io.BytesIO()
    with zipfile.ZipFile(minne, "w", zipfile.ZIP_DEFLATED) as arkiv:
        for namn, innehall in delar.items():
            arkiv.writestr(namn.replace("__", "/"), innehall)
    return minne.getvalue()


def with_part(data, namn, innehall):
    """Return the workbook with one part replaced."""
    minne = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as fran, zipfile.ZipFile(minne, "w") as till:
        for del_ in fran.infolist():
            gammalt = fran.read(del_)
            till.writestr(del_, innehall(gammalt) if del_.filename == namn else gammalt)
    return minne.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?>'
    + b" " * 9000
    + b'<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    + b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    + b"<si><t>&b;</t></si></sst>"
)


@pytest.mark.parametrize("del_", ["xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_xml_with_entities_is_refused_wherever_it_stands(del_):
    data = with_part(workbook(("a",)), del_, lambda _: LAUGHS)

    with pytest.raises(UnableToRead, match="XML som inte är tillåten"):
        arbetsbok.read(data)


def test_a_declaration_in_another_encoding_is_refused_too():
    data = with_part(
        workbook(("a",)),
        "xl/sharedStrings.xml",
        lambda _: LAUGHS.decode().encode("utf-16"),
    )

    with pytest.raises(UnableToRead, match="XML som inte är tillåten"):
        arbetsbok.read(data)


def test_a_zip_bomb_is_refused_by_what_it_declares():
    data = zipped(xl__worksheets__sheet1=b"\0" * (arbetsbok.MAX_UNPACKED + 1))

    with pytest.raises(UnableToRead, match="för stor när den packas upp"):
        arbetsbok.read(data)


def test_a_zip_with_ten_thousand_parts_is_refused():
    data = zipped(**{f"d{n}": b"x" for n in range(10_000)})

    with pytest.raises(UnableToRead, match="för många delar"):
        arbetsbok.read(data)


def test_a_file_above_the_limit_is_refused_before_it_is_opened():
    with pytest.raises(UnableToRead, match="större än 5 MB"):
        arbetsbok.read(b"PK\x03\x04" + b"x" * arbetsbok.MAX_BYTES)


def test_more_rows_than_allowed_are_refused(monkeypatch):
    monkeypatch.setattr(arbetsbok, "MAX_ROWS", 10)

    with pytest.raises(UnableToRead, match=r"ligger efter rad 11|fler än 10 rader"):
        arbetsbok.read(workbook(*[(str(n),) for n in range(12)]))


def test_a_single_cell_far_away_is_not_silently_left_out():
    minne = io.BytesIO()
    with xlsxwriter.Workbook(minne) as bok:
        ark = bok.add_worksheet()
        ark.write(0, 0, "Kombika")
        ark.write(900_000, 0, "90009311001")

    with pytest.raises(UnableToRead, match="Cell A900001 ligger efter rad"):
        arbetsbok.read(minne.getvalue())


def test_formulas_hidden_rows_and_merged_cells_are_named():
    minne = io.BytesIO()
    with xlsxwriter.Workbook(minne) as bok:
        ark = bok.add_worksheet("Priser")
        ark.write(0, 0, "Belopp")
        ark.write_formula(1, 0, "=1+1")
        ark.set_row(2, None, None, {"hidden": True})
        ark.write(2, 0, 5)
        ark.merge_range(3, 0, 3, 1, "ihop")
        ark.set_column(2, 2, None, None, {"hidden": True})

    with pytest.raises(UnableToRead) as fel:
        arbetsbok.read(minne.getvalue())

    assert set(fel.value.texter) == {
        "Cell A2 innehåller en formel. Klistra in värdet i stället.",
        "Rad 3 är dold. Visa den eller ta bort den.",
        "Cellerna A4:B4 är sammanslagna. Dela upp dem.",
        "Kolumn C är dold. Visa den eller ta bort den.",
    }


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04trasig", b"\x89PNG\r\n\x1a\n\x00\x00", zipped(ingenting=b"")],
    ids=["tom", "trasig zip", "bild", "zip utan arbetsbok"],
)
def test_what_is_no_list_is_refused_in_words(data):
    with pytest.raises(UnableToRead, match=r"Filen "):
        arbetsbok.read(data)


def test_a_hostile_file_is_refused_on_the_page_without_a_trace(anna, a):
    svar = upload(anna, with_part(workbook(("a",)), "xl/sharedStrings.xml", lambda _: LAUGHS))

    assert svar.status_code == 200
    assert "XML som inte är tillåten" in svar.content.decode()
    assert "Traceback" not in svar.content.decode()


# Export -----------------------------------------------------------------------------------------


def fetch(klient, lista, form):
    return klient.post(f"{lista}export/", {"format": str(form), "resource": "0"})


def test_an_exported_list_reads_back_unchanged(anna, a):
    data = fetch(anna, ENHETER, 0).content

    svar = upload(anna, data)

    assert svar.context["antal"]["ändras"] == 0
    assert svar.context["antal"]["oförändrade"] == Enhet.objects.count()


@pytest.mark.parametrize("farlig", ["=1+1", "==1+1", "+46", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_an_export_is_a_formula(anna, a, farlig):
    Vardgivare.objects.filter(pk=a.pk).update(namn=farlig)

    arbetsboken = openpyxl.load_workbook(
        io.BytesIO(fetch(anna, "/admin/gvr/vardgivare/", 0).content)
    )
    text = fetch(anna, "/admin/gvr/vardgivare/", 1).content.decode("utf-8-sig")

    for rad in arbetsboken.active.iter_rows():
        for ruta in rad:
            assert ruta.data_type != "f"
            assert not str(ruta.value or "").startswith(("=", "+", "-", "@", "\t", "\r"))
    for rad in csv.reader(io.StringIO(text), delimiter=";"):
        assert not any(ruta.startswith(("=", "+", "-", "@", "\t", "\r")) for ruta in rad)


def test_an_exported_workbook_has_days_as_days_and_a_frozen_heading(anna, a):
    ark = openpyxl.load_workbook(io.BytesIO(fetch(anna, ENHETER, 0).content)).active

    rubriker = [ruta.value for ruta in ark[1]]
    assert tuple(rubriker) == RUBRIKER
    assert ark.freeze_panes == "A2"
    assert ark["B2"].is_date
    assert isinstance(ark["A2"].value, str)


def test_the_template_has_the_headings_and_explains_them(anna, a):
    bok = openpyxl.load_workbook(io.BytesIO(anna.get(f"{ENHETER}import/mall/").content))

    assert bok.sheetnames == ["Enheter", "Om mallen"]
    assert tuple(ruta.value for ruta in bok["Enheter"][1]) == RUBRIKER
    assert bok["Om mallen"]["A2"].value == "Kombika"
