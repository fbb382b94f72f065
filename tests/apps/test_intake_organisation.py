"""Units and commissions read from a code server's index."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg.types.range import DateRange

from gvr.actions import organisation
from gvr.core.kodserverindex import Indexfel
from gvr.models import Avtal, Avtalsomrade, Enhet, Enhetsuppdrag, Uppdrag, Vardgivare

AVD = "kombika,avd_from,avd_to,samverks_id\n"
MEK = "kombika,hsa_id,from,to\n"
SAMVERKS = "samverks_id,from,to,styp,uppdragstyp,avtal\n"


@pytest.fixture
def vardgivare(db):
    return Vardgivare.objects.create(namn="Regionen", orgnr="2321000016")


@pytest.fixture
def read(vardgivare):
    def run(avd="", mek="", samverks=""):
        return organisation.import_index(
            avd=AVD + avd, mek=MEK + mek, samverks=SAMVERKS + samverks, vardgivare_id=vardgivare.pk
        )

    return run


def days(giltig):
    return (str(giltig.lower), str(giltig.upper))


def test_a_unit_is_divided_where_its_hsa_id_changes(read):
    read(
        avd="30216311002,2013-10-01,2015-12-31,9081\n",
        mek="30216311002,SE2321000016-AAAA,2013-01-01,2014-06-30\n"
        "30216311002,SE2321000016-BBBB,2014-07-01,9999-12-31\n",
    )

    assert [(rad.hsa_id, days(rad.giltig)) for rad in Enhet.objects.order_by("giltig")] == [
        ("SE2321000016-AAAA", ("2013-10-01", "2014-07-01")),
        ("SE2321000016-BBBB", ("2014-07-01", "2016-01-01")),
    ]


def test_a_unit_without_mapping_has_no_hsa_id(read):
    read(avd="30216311002,2013-10-01,2099-12-31,0000\n")

    rad = Enhet.objects.get()
    assert (rad.hsa_id, days(rad.giltig)) == ("", ("2013-10-01", "None"))
    assert Enhetsuppdrag.objects.count() == 0


def test_a_unit_works_under_a_commission_when_both_hold(read):
    read(
        avd="30216311002,2013-10-01,2015-12-31,9081\n30216311002,2013-10-01,2015-12-31,9082\n",
        samverks="9081,2014-01-01,2099-12-31,06,615,\n9082,2017-01-01,2099-12-31,06,615,\n",
    )

    assert [(e.uppdrag.samverks_id, days(e.giltig)) for e in Enhetsuppdrag.objects.all()] == [
        ("9081", ("2014-01-01", "2016-01-01"))
    ]
    assert Enhet.objects.count() == 1


def test_a_commission_is_tied_to_the_contract_of_its_number(read, vardgivare):
    omrade = Avtalsomrade.objects.create(kod="x", namn="X")
    avtal = Avtal.objects.create(
        ada_nummer="10273",
        vardgivare=vardgivare,
        avtalsomrade=omrade,
        giltig=DateRange(date(2013, 1, 1), None),
    )
    read(samverks="9081,2013-10-01,2015-12-31,06,615,10273\n9082,2013-10-01,2015-12-31,06,615,\n")

    assert dict(Uppdrag.objects.values_list("samverks_id", "avtal")) == {
        "9081": avtal.pk,
        "9082": None,
    }


def test_the_same_index_again_changes_nothing(read):
    rader = {
        "avd": "30216311002,2013-10-01,2015-12-31,9081\n",
        "mek": "30216311002,SE2321000016-AAAA,2013-01-01,9999-12-31\n",
        "samverks": "9081,2013-10-01,2015-12-31,06,615,\n",
    }
    forst = read(**rader)
    igen = read(**rader)

    assert (forst.nya_enheter, forst.nya_uppdrag, forst.nya_enhetsuppdrag) == (1, 1, 1)
    assert igen == organisation.Inlast()


def test_a_later_index_ends_a_unit_and_keeps_its_owner(read):
    read(avd="30216311002,2013-10-01,2099-12-31,0000\n")
    annan = Vardgivare.objects.create(namn="Annan", orgnr="5560000001")
    Enhet.objects.update(vardgivare=annan)

    svar = read(
        avd="30216311002,2013-10-01,2014-12-31,0000\n30216311002,2015-01-01,2099-12-31,0000\n"
    )

    assert (svar.nya_enheter, svar.andrade_enheter) == (1, 1)
    gammal, ny = Enhet.objects.order_by("giltig")
    assert (days(gammal.giltig), gammal.vardgivare) == (("2013-10-01", "2015-01-01"), annan)
    assert days(ny.giltig) == ("2015-01-01", "None")


def test_rows_that_cannot_be_read_stop_the_whole_index(read):
    svar = read(
        avd="30216311002,2013-10-01,2015-12-31\n30216311002,2015-12-31,2013-10-01,9081\n",
        samverks="9081,igår,2015-12-31,06,615,\n",
    )

    assert [(fel.tabell, fel.rad) for fel in svar] == [("avd", 2), ("avd", 3), ("samverks", 2)]
    assert all(isinstance(fel, Indexfel) for fel in svar)
    assert Enhet.objects.count() == 0


def test_the_regions_whole_index_is_read(vardgivare, korpus):
    index = korpus / "kodserver" / "derived-index"
    with CaptureQueriesContext(connection) as fragor:
        svar = organisation.import_index(
            avd=(index / "avd-samverks.csv").read_text(),
            mek=(index / "mek.csv").read_text(),
            samverks=(index / "samverks.csv").read_text(),
            vardgivare_id=vardgivare.pk,
        )

    assert svar.nya_uppdrag == 6010
    assert svar.nya_enheter == Enhet.objects.count() > 12_816
    assert Enhet.objects.values("kombika").distinct().count() == 12_816
    assert len(fragor) < 40
