"""Writing of ERSMOIndata files: what is read is written, and the schema always holds."""

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from gvr.core import ersmodelar, ersmoindata
from gvr.core.ersmoindata import VARDKONTAKT, Fil, Handelse
from gvr.core.ersmoindata_ut import Skrivare, file_name
from gvr.core.vardkontakt import Form, Innehall
from tests.factories.ersmofil import canonical

SCHEMA = Path(__file__).resolve().parents[2] / "gvr" / "data" / "schema" / "ERSMOIndata2.2.xsd"
DAG = date(2026, 2, 2)


@pytest.fixture(scope="module")
def schema():
    return ersmoindata.read_schema(SCHEMA.read_bytes())


@pytest.fixture
def write(schema):
    def run(*handelser):
        skrivare = Skrivare(id_="7", schema=schema)
        kropp = skrivare.start() + skrivare.events(handelser) + skrivare.end()
        return kropp, skrivare

    return run


def kontakt(id_="H1", *, makulerad=False, detaljer=None, **falt):
    falt = {"enhet": "30216311002", "patient_id": "191212121212", "dag": DAG, **falt}
    innehall = Innehall(**falt)
    return Handelse(
        plats=0,
        rad=0,
        id=id_,
        klass=VARDKONTAKT,
        makulerad=makulerad,
        enhet=innehall.enhet,
        patient_id=innehall.patient_id,
        dag=innehall.dag,
        slutdag=innehall.slutdag,
        innehall=innehall,
        detaljer=detaljer or {},
    )


def test_each_of_the_published_files_is_written_as_it_was_read(korpus, schema, write):
    filer = sorted((korpus / "ersmo" / "indata").iterdir())
    for fil in filer:
        kropp = fil.read_bytes()
        last = ersmodelar.read(kropp, schema=schema)
        assert isinstance(last, Fil)

        skriven, skrivare = write(*last.handelser)

        assert canonical(skriven) == canonical(kropp), fil.name
        assert (skrivare.antal, skrivare.utelamnade) == (len(last.handelser), [])
        assert isinstance(ersmodelar.read(skriven, schema=schema), Fil)
    assert len(filer) == 17


@pytest.mark.parametrize("form", list(Form))
def test_a_contact_that_came_by_api_gets_what_the_format_wants(write, schema, form):
    kropp, skrivare = write(
        kontakt(
            form=form,
            btyp="1",
            taxa="01",
            kon="K",
            yrkeskategorier=("01", "74"),
            diagnoser=("I109",),
            atgarder=("XS012", "AL008"),
            lakemedel=("A01AB13",),
            tillstand=("ASA2",),
            produkter=("K1234",),
            detaljer={"atgarder": [{"kod": "XS012", "diagnosnr": 1}, {"kod": "AL008"}]},
        )
    )

    assert (skrivare.antal, skrivare.utelamnade) == (1, [])
    (handelse,) = ersmodelar.read(kropp, schema=schema).handelser
    assert handelse.innehall.form is form
    assert handelse.innehall.lakemedel == ("A01AB13",)
    assert handelse.detaljer["atgarder"] == [
        {"kod": "XS012", "klass": "007", "ordnnr": 1, "diagnosnr": 1, "datum": "2026-02-02"},
        {"kod": "AL008", "klass": "007", "ordnnr": 2, "datum": "2026-02-02"},
        {"kod": "A01AB13", "klass": "020", "ordnnr": 3, "datum": "2026-02-02"},
    ]
    assert handelse.detaljer["produkter"] == [{"kod": "K1234", "klass": "005", "antal": 1}]


def test_a_contact_without_codes_has_no_empty_lists(write):
    kropp, _ = write(kontakt())

    assert canonical(kropp)["H1"][4] == {}
    assert b"<Diagnoser" not in kropp


def test_the_file_is_latin_1_without_a_mark_and_says_so(write):
    kropp, _ = write(kontakt("Å1"))

    assert kropp.startswith(b'<?xml version="1.0" encoding="ISO-8859-1"?>\n')
    assert "Ersättningshändelse".encode("iso-8859-1") in kropp
    assert 'ID="Å1"' in kropp.decode("iso-8859-1")


def test_a_cancelled_event_says_so(write, schema):
    kropp, _ = write(kontakt(makulerad=True))

    (handelse,) = ersmodelar.read(kropp, schema=schema).handelser
    assert handelse.makulerad


@pytest.mark.parametrize(
    ("handelse", "skal"),
    [
        (kontakt("H" * 34), "ID i Ersättningshändelse ryms inte i formatet."),
        (kontakt(enhet="SE165565594230-1A2B"), "Startverksamhet"),
        (kontakt(diagnoser=("A\x01",)), "Innehåller ett tecken som XML saknar."),
        (kontakt(patient_id="okänd"), "ID i Patient ryms inte i formatet."),
    ],
)
def test_what_the_format_cannot_carry_is_named_and_stops_nothing_else(
    write, schema, handelse, skal
):
    kropp, skrivare = write(kontakt("FORE"), handelse, kontakt("EFTER"))

    assert [h.id for h in ersmodelar.read(kropp, schema=schema).handelser] == ["FORE", "EFTER"]
    (utelamnad,) = skrivare.utelamnade
    assert utelamnad.plats == 1
    assert skal in utelamnad.skal
    assert skrivare.antal == 2


def test_codes_that_were_corrected_by_hand_go_before_the_details(write, schema):
    kropp, _ = write(
        kontakt(
            diagnoser=("J459",),
            detaljer={
                "diagnoser": [
                    {"kod": "I109", "klass": "008", "ordnnr": 1},
                    {"kod": "A01AB13", "klass": "020", "ordnnr": 2},
                ]
            },
        )
    )

    (handelse,) = ersmodelar.read(kropp, schema=schema).handelser
    assert handelse.innehall.diagnoser == ("J459",)
    assert handelse.innehall.lakemedel == ()


def test_the_name_says_when_the_events_were_last_updated():
    at = datetime(2014, 2, 3, 8, 0, 0, 1999, tzinfo=UTC)

    assert file_name(at) == "ERSMO_2014-02-03T080000.001+0000.xml"


def test_a_period_that_came_by_api_gets_what_the_format_wants(write, schema):
    ansvar = Handelse(
        plats=0,
        rad=0,
        id="A1",
        klass="Vårdansvar",
        makulerad=False,
        enhet="30216311002",
        patient_id="191212121212",
        dag=DAG,
        slutdag=None,
        innehall=None,
        detaljer={
            "handelseklass": "Vårdansvar",
            "i_delar": True,
            "Händelseform": "Hemsjukvårdsansvar",
            "Händelsetyp": "Basal",
            "diagnoser": [{"kod": "I109"}],
            "tillstand": [{"kod": "ASA2"}],
            "kontaktvag": "1",
        },
    )
    period = msgspec.structs.replace(
        ansvar, id="P1", klass="Vårdperiod", detaljer={"typ": "PSYKIATRI", "i_delar": True}
    )

    kropp, skrivare = write(ansvar, period)

    assert skrivare.utelamnade == []
    forst, sedan = ersmodelar.read(kropp, schema=schema).handelser
    assert forst.detaljer["Händelsetyp"] == "Basal"
    assert forst.detaljer["tillstand"] == [
        {"kod": "ASA2", "klass": "010", "ordnnr": 1, "datum": "2026-02-02"}
    ]
    assert sedan.klass == "Vårdperiod"
