"""Contacts for follow-up: GetAdministrativeCareEvent as JSON, and the events as files."""

import json
from datetime import UTC, date, timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group
from psycopg.types.range import DateRange

from gvr.actions import behorigheter
from gvr.core import kodserver
from gvr.models import Avtal, Avvisning, Enhet, Kodserverpost, Loggpost, Vardkontaktversion
from gvr.queries import kodserver as kodserverfragor
from gvr.queries.behorighet import REGIONSYSTEM
from tests.factories.ersmofil import canonical
from tests.factories.kodserverfil import export, lank, post
from tests.factories.sandare import (
    CEDERLUND,
    EKBACKEN,
    OKAND,
    PATIENT,
    Sandare,
    besok,
    open_region,
)

BORJAN, SLUT = "2000-01-01T00:00:00+01:00", "2100-01-01T00:00:00+01:00"


@pytest.fixture
def region(db):
    return open_region()


@pytest.fixture
def sys_a(region):
    return Sandare("token-A")


@pytest.fixture
def sys_b(region):
    return Sandare("token-B")


@pytest.fixture
def regionen(region):
    """One of the region's own systems; it may report for nobody."""
    konto = behorigheter.create_machine_account(
        namn="Uppföljningen", kallsystem="UPPFOLJNING", hsa_id="", token="token-R", vardgivare=[]
    )
    konto.anvandare.groups.add(Group.objects.get_or_create(name=REGIONSYSTEM)[0])
    return Sandare("token-R")


def period(sandare, fran=BORJAN, till=SLUT, **val):
    fraga = urlencode({"uppdateradFrom": fran, "uppdateradTill": till, **val})
    return sandare("GET", f"vardhandelser?{fraga}")


def ids(svar):
    return [handelse["id"] for handelse in svar.json()["careEvent"]]


# One event ---------------------------------------------------------------------------------------


def test_a_contact_is_shown_with_the_fields_of_the_contract(sys_a):
    sys_a(
        "POST",
        "vardkontakter",
        besok(
            akut="J",
            ikod="1",
            ukod="7",
            lkf="018001",
            basomrade="1210151",
            atgarder=[{"kod": "XS012", "diagnosnr": 1}],
        ),
    )

    handelse = sys_a("GET", "vardhandelser/V1").json()["careEvent"]

    assert handelse["id"] == "V1"
    assert handelse["sourceSystem"] == {"org": "SE2321000016-39KJ", "id": "GVR"}
    assert handelse["patient"]["id"] == {"id": PATIENT, "type": "1.2.752.129.2.1.3.1"}
    assert handelse["patient"]["birthDate"] == "19121212"
    assert handelse["patient"]["gender"]["code"] == "1"  # a man
    assert handelse["patient"]["residence"]["region"]["code"] == "01"
    assert (handelse["emergency"], handelse["deceased"], handelse["deleted"]) == (True, True, False)
    assert handelse["eventTypeMain"]["code"] == "2"
    assert handelse["diagnoses"][0] == {
        "code": "I109",
        "codeSystem": "1.2.752.116.1.1.1.1.3",
        "seqNo": 1,
        "diagnosisRef": None,
        "conditionRef": None,
        "date": None,
    }
    assert handelse["activities"][0]["diagnosisRef"] == 1
    assert handelse["careUnit"]["careUnitLocalId"]["extension"] == f"SE2321000016-39KJ+{EKBACKEN}"
    (avtal,) = handelse["contracts"]
    assert avtal["payerOrganization"] == avtal["requesterOrganization"] == "SE2321000016-39KJ"


@pytest.mark.parametrize(("form", "kod"), [("OPPENVARD", "2"), ("HEMSJUKVARD", "4")])
def test_the_kind_of_contact_is_kv_kontakttyp(sys_a, form, kod):
    sys_a("POST", "vardkontakter", besok(form=form))

    assert sys_a("GET", "vardhandelser/V1").json()["careEvent"]["eventTypeMain"]["code"] == kod


def test_what_is_unknown_is_null_and_not_guessed(sys_a):
    sys_a("POST", "vardkontakter", besok(enhet={"kombika": OKAND}, taxa=None, remissFore="x"))
    sys_a("POST", "vardkontakter", besok("V2", remissFore=OKAND))

    svar = period(sys_a)

    handelse = sys_a("GET", "vardhandelser/V2").json()["careEvent"]
    assert (handelse["referredFrom"], handelse["stayAfter"]) == (None, None)
    assert handelse["patient"]["residence"] is None
    assert svar.status_code == 200


def test_a_cancelled_contact_is_shown_as_deleted(sys_a):
    sys_a("POST", "vardkontakter", besok())
    sys_a("DELETE", "vardkontakter/V1")

    assert sys_a("GET", "vardhandelser/V1").json()["careEvent"]["deleted"] is True


# Who sees what -----------------------------------------------------------------------------------


def test_a_providers_system_sees_its_own_and_the_regions_sees_all(sys_a, sys_b, regionen):
    sys_a("POST", "vardkontakter", besok("VA"))
    sys_b("POST", "vardkontakter", besok("VB", enhet={"kombika": CEDERLUND}))

    assert ids(period(sys_a)) == ["VA"]
    assert ids(period(sys_b)) == ["VB"]
    assert ids(period(regionen)) == ["VA", "VB"]
    assert sys_a("GET", "vardhandelser/VB").status_code == 404
    assert regionen("GET", "vardhandelser/VB").status_code == 200


def test_two_systems_contacts_of_the_same_id_are_not_mixed_up(sys_a, sys_b, regionen):
    sys_a("POST", "vardkontakter", besok())
    sys_b("POST", "vardkontakter", besok(enhet={"kombika": CEDERLUND}))

    assert regionen("GET", "vardhandelser/V1").json()["kod"] == "FLERA_TRAFFAR"
    handelse = sys_a("GET", "vardhandelser/V1").json()["careEvent"]
    assert handelse["careUnit"]["careUnitLocalId"]["extension"].endswith(EKBACKEN)


def test_every_reading_leaves_a_trace_with_its_patients(sys_a):
    sys_a("POST", "vardkontakter", besok())

    period(sys_a)
    sys_a("GET", "vardhandelser/V1")

    lasta = Loggpost.objects.filter(handelse="LAS", objekt="vårdhändelser")
    assert [rad.patienter for rad in lasta] == [[PATIENT], [PATIENT]]


# A period ----------------------------------------------------------------------------------------


def test_both_ends_of_the_period_are_in_it(sys_a):
    sys_a("POST", "vardkontakter", besok())
    tid = Vardkontaktversion.objects.get().registrerad
    mikro = timedelta(microseconds=1)

    def at(fran, till):
        return ids(period(sys_a, fran.isoformat(), till.isoformat()))

    assert at(tid, tid) == ["V1"]
    assert at(tid + mikro, tid + mikro) == []
    assert at(tid - mikro, tid - mikro) == []


def test_the_period_may_be_given_in_any_zone(sys_a):
    sys_a("POST", "vardkontakter", besok())
    tid = Vardkontaktversion.objects.get().registrerad

    assert ids(period(sys_a, tid.astimezone(UTC).isoformat(), SLUT)) == ["V1"]


def test_an_answer_without_events_covers_the_whole_period(sys_a):
    svar = period(sys_a).json()

    assert (svar["resultCode"], svar["careEvent"]) == ("OK", [])
    assert svar["responseTimePeriod"] == {
        "start": "2000-01-01T00:00:00.000000+01:00",
        "end": "2100-01-01T00:00:00.000000+01:00",
    }


def test_a_cut_answer_goes_on_from_its_end_and_misses_nothing(sys_a):
    for nr in range(1, 6):
        sys_a("POST", "vardkontakter", besok(f"V{nr}", patientId=PATIENT))

    svar = period(sys_a, antal=2).json()
    sedda = [handelse["id"] for handelse in svar["careEvent"]]
    assert (svar["resultCode"], sedda) == ("TRUNCATED", ["V1", "V2"])
    vidare = period(sys_a, svar["responseTimePeriod"]["end"], antal=2)
    assert ids(vidare) == ["V2", "V3"]  # both ends are in the period
    utan_upprepning = period(sys_a, antal=2, efter=svar["efter"])
    assert ids(utan_upprepning) == ["V3", "V4"]


def test_contacts_of_one_delivery_are_not_parted(sys_a):
    sys_a("POST", "vardkontakter", besok("V1"))
    sys_a.rapportera(besok("V2"), besok("V3"))

    forst = period(sys_a, antal=2).json()

    assert [handelse["id"] for handelse in forst["careEvent"]] == ["V1"]
    assert ids(period(sys_a, antal=2, efter=forst["efter"])) == ["V2", "V3"]


def test_a_delivery_larger_than_an_answer_is_still_handed_on_whole(sys_a):
    sys_a.rapportera(*(besok(f"V{nr}") for nr in range(1, 6)))

    svar = period(sys_a, antal=2).json()
    sedda = [handelse["id"] for handelse in svar["careEvent"]]
    while "efter" in svar:
        svar = period(sys_a, antal=2, efter=svar["efter"]).json()
        sedda += [handelse["id"] for handelse in svar["careEvent"]]

    assert sedda == ["V1", "V2", "V3", "V4", "V5"]


def test_only_the_last_version_of_the_period_is_told(sys_a):
    sys_a("POST", "vardkontakter", besok())
    sys_a("PUT", "vardkontakter/V1", besok(taxa="02"))

    (handelse,) = period(sys_a).json()["careEvent"]

    assert handelse["feeCategory"] == {
        "code": "02",
        "codeSystem": "SLL.CS.TAXA",
        "displayName": None,
    }


@pytest.mark.parametrize(
    "fraga",
    [
        "",
        f"uppdateradFrom={BORJAN}",
        "uppdateradFrom=igår&uppdateradTill=idag",
        "uppdateradFrom=2026-01-01T00:00:00&uppdateradTill=2026-01-02T00:00:00",
        "uppdateradFrom=2026-01-02T00:00:00Z&uppdateradTill=2026-01-01T00:00:00Z",
        "uppdateradFrom=2026-01-01T00:00:00Z&uppdateradTill=2026-01-02T00:00:00Z&efter=x",
        "uppdateradFrom=2026-01-01T00:00:00Z&uppdateradTill=2026-01-02T00:00:00Z&antal=5001",
        "uppdateradFrom=2026-01-01T00:00:00Z&uppdateradTill=2026-01-02T00:00:00Z&order=id",
    ],
)
def test_a_period_that_cannot_be_read_is_refused(sys_a, fraga):
    svar = sys_a("GET", f"vardhandelser?{fraga}")

    assert (svar.status_code, svar.json()["kod"]) in {
        (400, "OGILTIG_PARAMETER"),
        (400, "OKAND_PARAMETER"),
    }


# As a file ---------------------------------------------------------------------------------------


def fil(sandare, **val):
    fraga = urlencode({"uppdateradFrom": BORJAN, "uppdateradTill": SLUT, **val})
    return sandare("GET", f"utleveranser/ersmoindata?{fraga}")


def test_the_regions_system_fetches_the_events_as_files(sys_a, sys_b, regionen):
    sys_a("POST", "vardkontakter", besok("VA"))
    sys_b("POST", "vardkontakter", besok("VB", enhet={"kombika": CEDERLUND}))

    forst = fil(regionen, antal=1)
    sedan = fil(regionen, antal=1, efter=forst["Fortsatt-Efter"])

    assert (forst["Resultatkod"], sedan["Resultatkod"]) == ("TRUNCATED", "OK")
    assert [*canonical(forst.content), *canonical(sedan.content)] == ["VA", "VB"]
    assert 'filename="ERSMO_' in forst["Content-Disposition"]
    assert Loggpost.objects.filter(handelse="LAMNA_UT").count() == 2


def test_a_providers_system_fetches_no_file(sys_a):
    svar = fil(sys_a)

    assert (svar.status_code, svar.json()["kod"]) == (403, "INGEN_BEHORIGHET")
    assert not Loggpost.objects.filter(handelse="LAMNA_UT").exists()


def test_without_events_there_is_no_file(regionen):
    svar = fil(regionen)

    assert (svar.status_code, svar["Resultatkod"], svar.content) == (204, "OK", b"")


def test_an_event_that_the_format_cannot_carry_is_counted(sys_a, regionen):
    sys_a("POST", "vardkontakter", besok("V" * 40))
    sys_a("POST", "vardkontakter", besok("V1"))

    svar = fil(regionen)

    assert svar["Utelamnade"] == "1"
    assert list(canonical(svar.content)) == ["V1"]
    assert Avvisning.objects.count() == 0


def test_the_regions_system_may_report_for_nobody(regionen):
    svar = regionen("POST", "vardkontakter", besok())

    assert (svar.status_code, svar.json()["kod"]) == (403, "OMBUD_SAKNAS")


# Who pays ----------------------------------------------------------------------------------------


def in_code_server(kombika, *lankar):
    """Put an entry of a unit in the code server, with its links, as an import would."""
    (rad,) = kodserver.read(
        export(post(kombika, *lankar, fr_o_m="2020-01-01")), tabell=kodserver.AVD
    )
    Kodserverpost.objects.create(
        tabell=kodserver.AVD,
        kod=kombika,
        giltig=DateRange(rad.giltig.start, rad.giltig.slut),
        innehall=json.loads(kodserverfragor.as_document(rad)),
    )


def payers(sandare):
    (rad,) = period(sandare).json()["careEvent"]
    return [avtal["payerOrganization"] for avtal in rad["contracts"]]


def test_the_customer_code_of_the_unit_says_who_pays(sys_a):
    hsa_id = "SE2321000016-ABCD"
    Enhet.objects.filter(kombika="90001311002").update(hsa_id=hsa_id)
    samverks = lank("SAMVERKS", "9301")
    in_code_server(EKBACKEN, lank("KUND", "0000"), samverks)
    sys_a("POST", "vardkontakter", besok())

    svar = period(sys_a).json()
    assert payers(sys_a) == [None], "the referrer pays, and there is none"
    assert svar["resultCode"] == "INFO"
    assert "1 av händelserna saknar betalare (BETALARE_SAKNAS)" in svar["comment"]
    assert "BETALARE_SAKNAS" in sys_a("GET", "vardhandelser/V1").json()["comment"]

    sys_a("PUT", "vardkontakter/V1", besok(remissFore=hsa_id))
    assert payers(sys_a) == [hsa_id], "the referrer pays"

    in_code_server("90001311002", lank("KUND", "9175"), samverks, lank("AVDTYP", "40"))
    sys_a("PUT", "vardkontakter/V1", besok())
    assert payers(sys_a) == [hsa_id], "the unit with the responsibility for the commission pays"

    Kodserverpost.objects.filter(kod=EKBACKEN).delete()
    in_code_server(EKBACKEN, lank("KUND", "2008"), samverks)
    assert payers(sys_a) == ["SE2321000016-39KJ"]
    assert period(sys_a).json()["resultCode"] == "OK"


def test_without_a_contract_in_force_and_an_entry_there_is_no_payer(sys_a):
    Avtal.objects.filter(uppdrag__enhetsuppdrag__enhet__kombika=EKBACKEN).update(
        giltig=DateRange(date(2020, 1, 1), date(2021, 1, 1))
    )
    sys_a("POST", "vardkontakter", besok())

    assert payers(sys_a) == [None]
    assert "BETALARE_SAKNAS" in period(sys_a).json()["comment"]
