"""Reading of ERSMOIndata files."""

from datetime import date
from pathlib import Path

import pytest

from gvr.core import ersmodelar, ersmoindata
from gvr.core.ersmoindata import Fil
from gvr.core.vardkontakt import Form

SCHEMA = Path(__file__).resolve().parents[2] / "gvr" / "data" / "schema" / "ERSMOIndata2.2.xsd"

KONTAKT = 'Händelseform="Öppenvårdskontakt" Händelsetyp="013" Typ="1"'
PATIENT = '<Patient ID="191212121212" Kön="M"/>'


@pytest.fixture(scope="module")
def schema():
    return ersmoindata.read_schema(SCHEMA.read_bytes())


@pytest.fixture
def read(schema):
    return lambda text: ersmodelar.read(
        text if isinstance(text, bytes) else text.encode("iso-8859-1"), schema=schema
    )


def event(innehall="", *, attribut="", kontakt=KONTAKT, klass="Vårdkontakt", patient=PATIENT):
    return (
        f'<Ersättningshändelse ID="H1" Startdatum="2014-02-02" Startverksamhet="30216311002" '
        f"{attribut}>\n{patient}<Händelseklass><{klass} {kontakt}>{innehall}</{klass}>"
        "</Händelseklass></Ersättningshändelse>"
    )


def file(*handelser, kalla="GVR", kodning="ISO-8859-1"):
    return (
        f'<?xml version="1.0" encoding="{kodning}"?>\n<ERSMOIndata Källa="{kalla}" ID="7">\n'
        + "\n".join(handelser)
        + "\n</ERSMOIndata>"
    )


def faults(svar):
    assert isinstance(svar, tuple)
    return [(fel.kod, fel.rad) for fel in svar]


def test_a_contact_is_read_with_what_its_patient_number_says(read):
    fil = read(file(event()))

    assert isinstance(fil, Fil)
    (handelse,) = fil.handelser
    assert (fil.id, handelse.id, handelse.klass, handelse.makulerad, handelse.rad) == (
        "7",
        "H1",
        "Vårdkontakt",
        False,
        3,
    )
    innehall = handelse.innehall
    assert (innehall.enhet, innehall.dag, innehall.form) == (
        "30216311002",
        date(2014, 2, 2),
        Form.OPPENVARD,
    )
    assert (innehall.fodd, innehall.kon, innehall.btyp, innehall.vktyp) == (
        date(1912, 12, 12),
        "M",
        "1",
        None,
    )


@pytest.mark.parametrize("kodning", ["ISO-8859-1", "UTF-8"])
def test_both_encodings_are_read(read, kodning):
    text = file(event(), kodning=kodning)

    assert isinstance(read(text.encode(kodning)), Fil)


def test_the_unit_that_ended_the_contact_is_its_unit(read):
    fil = read(file(event(attribut='Slutverksamhet="SE2321000016-15CQ"')))

    (handelse,) = fil.handelser
    assert handelse.innehall.enhet == "SE2321000016-15CQ"
    assert handelse.detaljer["startverksamhet"] == "30216311002"


@pytest.mark.parametrize(
    ("form", "vantad"),
    [
        ("Öppenvårdskontakt", Form.OPPENVARD),
        ("Hemsjukvårdskontakt", Form.HEMSJUKVARD),
        ("Slutenvårdstillfälle", Form.SLUTENVARD),
    ],
)
def test_every_form_has_its_name(read, form, vantad):
    fil = read(file(event(kontakt=f'Händelseform="{form}"')))

    assert fil.handelser[0].innehall.form is vantad


def test_the_class_of_the_type_says_which_list_it_is_of(read):
    kontakt = KONTAKT.replace("013", "014")

    innehall = read(file(event(kontakt=kontakt))).handelser[0].innehall

    assert (innehall.btyp, innehall.vktyp) == (None, "1")


def test_a_type_without_a_class_is_kept_but_not_guessed(read):
    (handelse,) = read(file(event(kontakt='Händelseform="Öppenvårdskontakt" Typ="1"'))).handelser

    assert (handelse.innehall.btyp, handelse.innehall.vktyp) == (None, None)
    assert handelse.detaljer["typ"] == "1"
    assert [a.kod for a in handelse.avvikelser] == ["TYP_UTAN_KODTABELL"]


@pytest.mark.parametrize(
    ("attribut", "taxa", "koder"),
    [
        ('Avgiftsklass="006" Patientavgift="12"', "12", []),
        ('Avgiftsklass="" Patientavgift="12"', "12", []),
        ('Patientavgift="12"', "12", []),
        ('Avgiftsklass="006"', None, []),
        ('Avgiftsklass="099" Patientavgift="12"', None, ["OKAND_KLASS"]),
    ],
)
def test_a_fee_of_another_class_is_no_taxa(read, attribut, taxa, koder):
    (handelse,) = read(file(event(kontakt=f"{KONTAKT} {attribut}"))).handelser

    assert handelse.innehall.taxa == taxa
    assert [a.kod for a in handelse.avvikelser] == koder


def test_codes_come_in_the_order_of_their_numbers(read):
    innehall = (
        "<Diagnoser>"
        '<Diagnos Kod="K570" Klass="008" OrdnNr="3"/>'
        '<Diagnos Kod="I050" Klass="008" OrdnNr="1"/>'
        '<Diagnos Kod="J250" Klass="008" OrdnNr="1"/>'
        "</Diagnoser>"
    )

    (handelse,) = read(file(event(innehall))).handelser

    assert handelse.innehall.diagnoser == ("I050", "J250", "K570")


def test_medicines_are_found_among_diagnoses_and_procedures(read):
    innehall = (
        '<Diagnoser><Diagnos Kod="A01AB13" Klass="020" OrdnNr="1"/>'
        '<Diagnos Kod="I050" Klass="008" OrdnNr="2"/></Diagnoser>'
        '<Åtgärder><Åtgärd Kod="A01AB13" Klass="020" Datum="2014-02-03" OrdnNr="1"/>'
        '<Åtgärd Kod="N02BE01" Klass="020" Datum="2014-02-02" OrdnNr="2"/></Åtgärder>'
    )

    (handelse,) = read(file(event(innehall))).handelser

    assert handelse.innehall.diagnoser == ("I050",)
    assert handelse.innehall.atgarder == ()
    assert handelse.innehall.lakemedel == ("A01AB13", "N02BE01")
    assert handelse.atgardsdagar == (date(2014, 2, 3), date(2014, 2, 2))
    assert handelse.detaljer["atgardsdagar"] == ["2014-02-03", "2014-02-02"]


def test_a_code_of_an_unknown_class_is_kept_and_remarked(read):
    innehall = '<Diagnoser><Diagnos Kod="X1" Klass="099" OrdnNr="1"/></Diagnoser>'

    (handelse,) = read(file(event(innehall))).handelser

    assert handelse.innehall.diagnoser == ()
    assert handelse.detaljer["diagnoser"] == [{"kod": "X1", "klass": "099", "ordnnr": 1}]
    assert [(a.kod, a.pekare) for a in handelse.avvikelser] == [("OKAND_KLASS", "/diagnoser/0")]


@pytest.mark.parametrize("klass", ["Vårdperiod", "Undersökning", "Expediering"])
def test_other_events_are_no_contacts(read, klass):
    (handelse,) = read(file(event(klass=klass, kontakt=""))).handelser

    assert (handelse.klass, handelse.innehall) == (klass, None)


def test_care_responsibility_keeps_what_it_says(read):
    (handelse,) = read(
        file(
            event(
                '<Diagnoser><Diagnos Kod="I050" Klass="008" OrdnNr="1"/></Diagnoser>',
                klass="Vårdansvar",
                kontakt='Händelseform="Hemsjukvårdsansvar" Händelsetyp="Avancerad"',
            )
        )
    ).handelser

    assert handelse.innehall is None
    assert handelse.detaljer == {
        "handelseklass": "Vårdansvar",
        "Händelseform": "Hemsjukvårdsansvar",
        "Händelsetyp": "Avancerad",
        "diagnoser": [{"kod": "I050", "klass": "008", "ordnnr": 1}],
        "patient": {"Kön": "M"},
        "saknas": ["Slutverksamhet", "Födelsedatum"],
    }


@pytest.mark.parametrize(
    ("varde", "makulerad"), [("true", True), ("1", True), ("false", False), ("0", False)]
)
def test_a_cancellation_is_written_in_any_way_of_xml(read, varde, makulerad):
    (handelse,) = read(file(event(attribut=f'Makulerad="{varde}"'))).handelser

    assert handelse.makulerad is makulerad


@pytest.mark.parametrize("dag", ["2014-02-02Z", "2014-02-02+01:00"])
def test_a_day_with_a_zone_is_that_day(read, dag):
    text = file(event()).replace("2014-02-02", dag)

    assert read(text).handelser[0].dag == date(2014, 2, 2)


@pytest.mark.parametrize("dag", ["12014-02-02", "-0044-03-15"])
def test_a_day_outside_the_calendar_is_a_finding_of_its_event(read, dag):
    fil = read(file(event().replace("2014-02-02", dag), event().replace("H1", "H2")))

    felet, hela = fil.handelser
    assert (felet.innehall, [a.kod for a in felet.avvikelser]) == (None, ["FEL_FORMAT"])
    assert hela.innehall is not None


def test_numbers_without_end_are_bounded(read):
    innehall = (
        f'<Diagnoser><Diagnos Kod="I050" Klass="008" OrdnNr="{"9" * 6000}"/>'
        '<Diagnos Kod="J250" Klass="008" OrdnNr="2"/></Diagnoser>'
        '<Åtgärder><Åtgärd Kod="XS012" Klass="007" Datum="2014-02-02" OrdnNr="1" '
        f'DiagnosNr="-{"9" * 6000}"/></Åtgärder>'
    )

    (handelse,) = read(file(event(innehall))).handelser

    assert handelse.innehall.diagnoser == ("J250", "I050")
    assert handelse.detaljer["atgarder"][0]["diagnosnr"] == -ersmoindata.HOGSTA_TAL


# Files that are refused whole ---------------------------------------------------------------------


def test_every_fault_against_the_schema_has_its_line_and_no_value(read):
    text = file(
        event(patient='<Patient ID="19121212-1212"/>'),
        event(kontakt='Händelseform="Dagvård" Okänt="x"'),
        event(attribut='Makulerad="ja"'),
        event().replace('ID="H1" ', ""),
        event().replace("<Händelseklass>", "<Klass>").replace("</Händelseklass>", "</Klass>"),
    )

    svar = read(text)

    assert [fel.rad for fel in svar] == [4, 6, 6, 7, 9, 12]
    texter = " ".join(fel.text for fel in svar)
    assert "1912" not in texter
    assert "Dagvård" not in texter
    for ord_ in ("ID i Patient", "Händelseform", "Okänt", "Makulerad", "saknar attributet ID"):
        assert ord_ in texter


def test_an_empty_file_follows_no_schema(read):
    assert faults(read(file())) == [("XML_SCHEMA", 2)]


def test_another_source_is_refused(read):
    assert faults(read(file(event(), kalla="SVEUS"))) == [("XML_KALLA", 2)]


@pytest.mark.parametrize(
    "text", ["", "inte xml", "<a>", file(event())[:300], "<a>" * 2000], ids=range(5)
)
def test_what_is_not_xml_is_refused(read, text):
    assert [kod for kod, _ in faults(read(text))] == ["XML_TRASIG"]


def test_utf_8_that_calls_itself_latin_1_is_refused(read):
    svar = read(file(event()).encode("utf-8"))

    assert {fel.kod for fel in svar} <= {"XML_SCHEMA", "XML_TRASIG"}


@pytest.mark.parametrize("kodning", ["UTF-16", "UTF-7", "cp037", "EUC-JP"])
def test_other_encodings_are_refused(read, kodning):
    text = f'<?xml version="1.0" encoding="{kodning}"?><ERSMOIndata/>'

    assert faults(read(text)) == [("XML_TECKENKODNING", 1)]
    assert faults(read(text.encode("utf-16"))) == [("XML_TECKENKODNING", 1)]


BILLION = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE x [<!ENTITY a0 "ha">{BILLION}]>',
        '<!DOCTYPE x [<!ENTITY a11 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
    ],
)
def test_a_document_type_is_refused_before_anything_is_read(read, doctype):
    text = file(event()).replace("?>\n", f"?>\n{doctype}", 1).replace("H1", "&a11;")

    assert faults(read(text)) == [("XML_OTILLATEN", 2)]
