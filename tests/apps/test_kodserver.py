"""Exports of the code server become units, commissions, codes and legal persons."""

from datetime import date
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg.types.range import DateRange

from gvr.actions import kodserver
from gvr.core.kodserver import Filfel
from gvr.models import (
    Andring,
    Avtal,
    Avtalsomrade,
    Enhet,
    Enhetsuppdrag,
    Kod,
    Kodserverpost,
    Uppdrag,
    Vardgivare,
)
from gvr.queries.kodserver import service_areas
from tests.factories import regionen
from tests.factories.kodserverfil import enhet, export, foretag, lank, post, uppdrag
from tests.factories.kontakter import NU

K = "30216311002"


@pytest.fixture
def bolag(db):
    vardgivare = Vardgivare.objects.create(namn="Bolaget AB", orgnr="5560160680")
    Avtal.objects.create(
        ada_nummer="10273",
        vardgivare=vardgivare,
        avtalsomrade=Avtalsomrade.objects.create(kod="rygg", namn="Rygg"),
        giltig=DateRange(date(2013, 1, 1), None),
    )
    return vardgivare


def load(tabell, *poster, **mer):
    svar = kodserver.import_table(export(*poster), tabell=tabell, at=NU, **mer)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")
    return svar


def days(giltig):
    return (str(giltig.lower), str(giltig.upper))


def test_a_unit_comes_with_its_owner_its_commission_and_its_contract(bolag):
    load("FORETAG", foretag("0917", "556016-0680"))
    load("SAMVERKS", uppdrag("9081", "615", "10273"))
    svar = load("AVD", enhet(K, ["9081"], "0917", namn="Ryggmottagningen"))

    rad = Enhet.objects.get()
    assert (rad.kombika, rad.namn, rad.vardgivare) == (K, "Ryggmottagningen", bolag)
    tie = Enhetsuppdrag.objects.get()
    assert (tie.enhet, tie.uppdrag.uppdragstyp, tie.uppdrag.avtal.ada_nummer) == (
        rad,
        "615",
        "10273",
    )
    assert (svar.register.nya_enheter, svar.register.nya_enhetsuppdrag) == (1, 1)
    assert Andring.objects.filter(tabell="gvr_enhet", skal="Inläsning från Kodservern").exists()


def test_the_order_of_the_files_does_not_matter(bolag):
    load("AVD", enhet(K, ["9081"], "0917"), vardgivare_id=bolag.pk)
    assert Enhetsuppdrag.objects.count() == 0
    load("SAMVERKS", uppdrag("9081", "615", "10273"))

    assert Enhetsuppdrag.objects.get().enhet.kombika == K


def test_a_unit_that_nobody_is_known_to_own_waits_as_a_finding(bolag):
    svar = load("AVD", enhet(K, ["9081"], "0917"))

    assert Enhet.objects.count() == 0
    assert [fynd.kod for fynd in svar.fynd] == [K]
    assert Kodserverpost.objects.count() == 1
    load("FORETAG", foretag("0917", "5560160680"))
    assert Enhet.objects.get().vardgivare == bolag


def test_a_new_company_becomes_a_legal_person_without_an_account(db):
    svar = load("FORETAG", foretag("0917", "556016-0680", "Nya AB"), foretag("0918", "okänt"))

    rad = Vardgivare.objects.get()
    assert (rad.namn, rad.orgnr, rad.bankgiro) == ("Nya AB", "5560160680", "")
    assert [fynd.kod for fynd in svar.fynd] == ["0918"]


def test_the_same_file_again_writes_nothing(bolag):
    rader = [enhet(K, ["9081"], "0917")]
    load("AVD", *rader, vardgivare_id=bolag.pk)
    antal = Andring.objects.count()

    svar = load("AVD", *rader, vardgivare_id=bolag.pk)

    assert svar.skillnad.empty
    assert Andring.objects.count() == antal


def test_a_unit_changes_commission_and_its_row_stays(bolag):
    load("SAMVERKS", uppdrag("9081", "615", "10273"), uppdrag("9082", "616", "10273"))
    load("AVD", enhet(K, ["9081"], "0917"), vardgivare_id=bolag.pk)
    rad = Enhet.objects.get()

    load("AVD", enhet(K, ["9082"], "0917"))

    assert [tie.uppdrag.samverks_id for tie in Enhetsuppdrag.objects.filter(enhet=rad)] == ["9082"]


def test_an_entry_that_is_divided_and_moved_keeps_the_rows_that_contacts_point_at(bolag):
    load("AVD", enhet(K, [], "0917"), vardgivare_id=bolag.pk)
    forsta = Enhet.objects.get()
    load(
        "AVD",
        enhet(K, [], "0917", t_o_m="2014-12-31"),
        enhet(K, [], "0917", fr_o_m="2015-01-01", namn="Nya"),
    )
    load(
        "AVD",
        enhet(K, [], "0917", t_o_m="2015-12-31"),
        enhet(K, [], "0917", fr_o_m="2016-01-01", namn="Nya"),
    )

    rader = Enhet.objects.order_by("giltig")
    assert [days(rad.giltig) for rad in rader] == [
        ("2013-10-01", "2015-01-01"),
        ("2015-01-01", "2016-01-01"),
        ("2016-01-01", "None"),
    ]
    assert [rad.namn for rad in rader] == ["Enheten", "Enheten", "Nya"]
    assert rader[0] == forsta


def test_a_preview_writes_nothing_and_promises_what_comes(bolag):
    rader = [enhet(K, ["9081"], "0917")]
    prov = load("AVD", *rader, vardgivare_id=bolag.pk, dry_run=True)

    assert (Enhet.objects.count(), Kodserverpost.objects.count()) == (0, 0)
    assert prov == load("AVD", *rader, vardgivare_id=bolag.pk)


def test_a_broken_file_writes_nothing(bolag):
    svar = kodserver.import_table(export(enhet(K, [], "0917"))[:1], tabell="AVD", at=NU)

    assert isinstance(svar, Filfel)
    assert Kodserverpost.objects.count() == 0


def test_the_two_exports_of_commission_types_add_seven_codes(db, korpus):
    mapp = korpus / "kodserver"
    for nar in ("2013-06", "2014-01"):
        svar = kodserver.import_table(
            [(mapp / f"UPPDRAGSTYP-{nar}.xml").read_bytes()],
            tabell="UPPDRAGSTYP",
            at=NU,
        )

    assert [rad.kod for rad in svar.skillnad.nya] == [
        "318",
        "319",
        "320",
        "321",
        "322",
        "323",
        "616",
    ]
    assert svar.fynd == ()
    assert Kod.objects.filter(kodverk__kod="UPPDRAGSTYP").count() == 167
    assert Kod.objects.get(kod="318").egenskaper["vardval_lov"] is True


def test_the_excerpt_of_units_is_read_in_a_fixed_number_of_statements(db, korpus):
    vardgivare = Vardgivare.objects.create(namn="Regionen", orgnr="2321000016")
    with CaptureQueriesContext(connection) as fragor:
        svar = kodserver.import_table(
            [(korpus / "kodserver" / "AVD-REL-test.xml").read_bytes()],
            tabell="AVD",
            at=NU,
            vardgivare_id=vardgivare.pk,
        )

    assert Enhet.objects.values("kombika").distinct().count() == 55
    assert svar.register.nya_enheter >= 66
    assert len(fragor) < 40


def test_a_base_area_belongs_to_a_service_area_on_a_day(db):
    load(
        "BASOMRNY",
        post(
            "1210151",
            lank("OMRKODNY", "132002", t_o_m="2014-12-31", roll="BASOMRomrkod"),
            lank("OMRKODNY", "131103", "2015-01-01", roll="BASOMRomrkod"),
            lank("OMRKODNY", "999999", roll="annat"),
            fr_o_m="2010-01-01",
        ),
    )
    fore, efter = date(2014, 12, 31), date(2015, 1, 1)

    assert service_areas(
        [("1210151", fore), ("1210151", efter), ("2242363", fore), ("1210151", date(2009, 1, 1))]
    ) == {("1210151", fore): "132002", ("1210151", efter): "131103"}


# The night's command and the page ---------------------------------------------------------------


def write(mapp, namn, *poster):
    fil = mapp / namn
    fil.write_bytes(b"".join(export(*poster)))
    return str(fil)


def test_the_nightly_files_are_read_in_the_order_they_need(bolag, tmp_path):
    ut = StringIO()
    call_command(
        "import_kodserver",
        write(tmp_path, "AVD-REL.xml", enhet(K, ["9081"], "0917")),
        write(tmp_path, "SAMVERKS-REL.xml", uppdrag("9081", "615", "10273")),
        write(tmp_path, "FORETAG.xml", foretag("0917", "5560160680")),
        stdout=ut,
    )

    assert Enhetsuppdrag.objects.get().uppdrag.avtal.vardgivare == bolag
    assert ut.getvalue().index("FORETAG") < ut.getvalue().index("AVD-REL")


def upload(klient, fil, namn, **mer):
    return klient.post(
        "/admin/kodserver/",
        {"fil": SimpleUploadedFile(namn, b"".join(fil)), "skal": "Nattens fil", **mer},
    )


def test_who_imports_sees_the_cells_before_they_are_written(bolag):
    load("AVD", enhet(K, [], "0917", namn="Gamla namnet"), vardgivare_id=bolag.pk)
    klient = regionen.client(regionen.anna())

    sida = upload(klient, export(enhet(K, [], "0917", namn="Nya namnet")), "AVD-REL.xml")

    text = sida.content.decode()
    assert "<del>Gamla namnet</del> <ins>Nya namnet</ins>" in text
    assert Enhet.objects.get().namn == "Gamla namnet"
    kvitto = sida.context["bekrafta"].initial["kvitto"]
    klient.post("/admin/kodserver/", {"kvitto": kvitto, "skal": "Nattens fil"})
    assert Enhet.objects.get().namn == "Nya namnet"
    assert Uppdrag.objects.count() == 0


def test_a_row_with_a_fault_is_shown_with_its_id_and_first_day(bolag):
    klient = regionen.client(regionen.anna())

    sida = upload(klient, export(enhet("3021", [], "0917", fr_o_m="2014-02-03")), "AVD-REL.xml")

    text = sida.content.decode()
    assert "3021" in text
    assert "2014-02-03" in text
    assert "åtta siffror" in text
    assert "filen ändrar ingenting" in text


def test_a_confirmation_is_void_when_the_table_has_changed_meanwhile(bolag):
    klient = regionen.client(regionen.anna())
    sida = upload(klient, export(enhet(K, [], "0917")), "AVD-REL.xml", orgnr="556016-0680")
    kvitto = sida.context["bekrafta"].initial["kvitto"]
    load("AVD", enhet(K, [], "0917", namn="Någon annan var före"), vardgivare_id=bolag.pk)

    klient.post("/admin/kodserver/", {"kvitto": kvitto, "skal": "x"})

    assert Enhet.objects.get().namn == "Någon annan var före"


def test_who_keeps_units_but_not_codes_may_not_read_in_codes(bolag):
    from gvr.actions import roller  # noqa: PLC0415 - one test only

    klient = regionen.client(regionen.staff("eva", roller.ADMINISTRATOR))

    sida = upload(klient, export(post("300", longname="x")), "UPPDRAGSTYP.xml")

    assert sida.status_code == 403
