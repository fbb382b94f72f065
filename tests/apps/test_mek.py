"""MEK and FelMEK: the error, the exports that carried it, and the cure are all kept."""

from collections import Counter
from datetime import date

import pytest
from django.db import ProgrammingError, connection, transaction
from psycopg.types.range import DateRange

from gvr.actions import kodserver, mek
from gvr.core.kodserver import Filfel
from gvr.models import Enhet, Felmappning, Hsamappning, Kunskap, Vardgivare
from gvr.queries import kunskap, register
from tests.factories import kodserverfil as filer
from tests.factories import regionen
from tests.factories.kontakter import NU

K = "30216311002"
X, Y = "SE2321000016-XXXX", "SE2321000016-YYYY"


@pytest.fixture
def vardgivare(db):
    return Vardgivare.objects.create(namn="Regionen", orgnr="2321000016")


def mapped():
    return [
        (rad.hsa_id, str(rad.giltig.lower), rad.giltig.upper and str(rad.giltig.upper))
        for rad in Enhet.objects.order_by("giltig")
    ]


def unit(vardgivare):
    return kodserver.import_table(
        filer.export(filer.enhet(K, [], "0917", fr_o_m="2010-01-01")),
        tabell="AVD",
        at=NU,
        vardgivare_id=vardgivare.pk,
    )


def test_a_unit_and_its_mapping_meet_whichever_comes_first(vardgivare):
    mek.import_mek(filer.mek(1, filer.mappning(K, X, "2011-01-01")), at=NU)
    unit(vardgivare)
    assert mapped() == [("", "2010-01-01", "2011-01-01"), (X, "2011-01-01", None)]

    mek.import_mek(filer.mek(2, filer.mappning(K, Y, "2012-01-01")), at=NU)

    assert mapped()[1:] == [(X, "2011-01-01", "2012-01-01"), (Y, "2012-01-01", None)]


def test_an_older_export_takes_nothing_back(vardgivare):
    mek.import_mek(filer.mek(7, filer.mappning(K, X, "2011-01-01")), at=NU)

    assert isinstance(
        mek.import_mek(filer.mek(6, filer.mappning(K, Y, "2011-01-01")), at=NU), Filfel
    )
    assert Hsamappning.objects.get().hsa_id == X


def test_a_kombika_with_two_hsa_ids_on_a_day_is_left_and_named(vardgivare):
    svar = mek.import_mek(
        filer.mek(1, filer.mappning(K, X, "2011-01-01"), filer.mappning(K, Y, "2012-01-01")), at=NU
    )

    assert [fel.kod for fel in svar.fel] == [K]
    assert not Hsamappning.objects.exists()


def test_what_was_wrong_is_put_right_and_still_known(vardgivare):
    unit(vardgivare)
    mek.import_mek(filer.mek(9, filer.mappning(K, X, "2010-01-01")), at=NU)
    fore = register.stamdataversion().version
    fel = filer.felmappning(K, X, Y, "2012-01-01", till="2013-01-01", filer=(1, 9))

    prov = mek.import_felmek(filer.felmek(3, fel), at=NU, dry_run=True)
    svar = mek.import_felmek(filer.felmek(3, fel), at=NU)

    assert prov == svar
    assert mapped() == [
        (X, "2010-01-01", "2012-01-01"),
        (Y, "2012-01-01", "2013-01-01"),
        (X, "2013-01-01", None),
    ]
    rad = Felmappning.objects.get()
    assert (rad.utfall, rad.fran_mek_fil, rad.till_mek_fil, rad.felmek_fil) == ("RATTAD", 1, 9, 3)
    nu, dag = register.stamdataversion().version, date(2012, 6, 1)
    assert [t.hsa_id for t in kunskap.believed(K, dag=dag, version=fore)] == [X]
    assert [t.hsa_id for t in kunskap.believed(K, dag=dag, version=nu)] == [Y]
    assert mek.import_felmek(filer.felmek(3, fel), at=NU).empty


def test_the_whole_log_is_kept_and_changes_nothing_that_was_never_wrong_here(vardgivare, korpus):
    mapp = korpus / "kodserver"
    mek.import_mek([(mapp / "MEK-test.xml").read_bytes()], at=NU)
    fore = list(Hsamappning.objects.order_by("pk").values())

    mek.import_felmek([(mapp / "FelMEK.xml").read_bytes()], at=NU)

    assert Counter(Felmappning.objects.values_list("utfall", flat=True)) == {"EJ_INLAST": 3594}
    assert list(Hsamappning.objects.order_by("pk").values()) == fore


def test_a_row_of_the_log_for_a_mapping_of_the_excerpt_is_applied_with_its_trace(
    vardgivare, korpus
):
    mek.import_mek([(korpus / "kodserver" / "MEK-test.xml").read_bytes()], at=NU)
    Enhet.objects.create(
        kombika="19108011M04",
        namn="Vårby",
        vardgivare=vardgivare,
        giltig=DateRange(date(2007, 1, 1), None),
        hsa_id="SE2321000016-14L1",
    )

    svar = mek.import_felmek(
        filer.felmek(
            700,
            filer.felmappning(
                "19108011M04", "SE2321000016-14L1", Y, "2012-01-01", filer=(1200, 1719)
            ),
        ),
        at=NU,
    )

    assert svar.antal["rättad"] == 1
    assert (Y, "2012-01-01", None) in mapped()


def test_knowledge_is_never_rewritten_and_never_says_two_things(vardgivare):
    unit(vardgivare)
    Enhet.objects.update(namn="Annat")

    enheter = Kunskap.objects.filter(tabell="gvr_enhet").order_by("pk")
    assert [rad.innehall["namn"] for rad in enheter] == ["Enheten", "Annat"]
    assert [rad.version_till is None for rad in enheter] == [False, True]
    assert enheter[0].version_till == enheter[1].version_fran
    with (
        pytest.raises(ProgrammingError, match="gvr_kunskap"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("update gvr_kunskap set innehall = '{}'")


def test_the_page_answers_what_we_believed_then_and_what_we_know_now(vardgivare):
    unit(vardgivare)
    mek.import_mek(filer.mek(9, filer.mappning(K, X, "2010-01-01")), at=NU)
    fore = register.stamdataversion().version
    mek.import_mek(filer.mek(10, filer.mappning(K, Y, "2010-01-01")), at=NU)
    klient = regionen.client(regionen.anna())

    sida = klient.get(
        "/admin/vad-visste-vi/", {"enhet": K, "dag": "2012-06-01", "version": str(fore)}
    )

    text = sida.content.decode()
    assert "Skiljer sig från vad vi vet i dag" in text
    assert [t.hsa_id for t in sida.context["da"]] == [X]
    assert [t.hsa_id for t in sida.context["nu"]] == [Y]
