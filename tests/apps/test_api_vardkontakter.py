"""The API of contacts, one at a time: report, correct, cancel, read."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gvr.models import (
    Arende,
    Avvisning,
    Enhetsuppdrag,
    Kvittens,
    Leverans,
    Loggpost,
    Maskinkonto,
    Uppdrag,
    Vardkontakt,
    Vardkontaktversion,
)
from tests.factories.sandare import (
    CEDERLUND,
    EKBACKEN,
    FEL_KONTROLLSIFFRA,
    OKAND,
    PATIENT,
    Sandare,
    besok,
    codes,
    open_region,
    statements,
    yesterday,
)


@pytest.fixture
def region(db):
    return open_region()


@pytest.fixture
def sys_a(region):
    return Sandare("token-A")


@pytest.fixture
def sys_b(region):
    return Sandare("token-B")


def versions(vardhandelse_id="V1"):
    return list(
        Vardkontaktversion.objects.filter(vardkontakt__vardhandelse_id=vardhandelse_id)
        .order_by("version")
        .values_list("version", "makulerad")
    )


# Report -----------------------------------------------------------------------------------------


def test_a_contact_is_registered_with_its_receipt_its_work_and_its_delivery(sys_a, region):
    svar = sys_a("POST", "vardkontakter", besok(tid="14:30"))

    assert svar.status_code == 201
    kontakt = Vardkontakt.objects.get()
    version = Vardkontaktversion.objects.get()
    assert svar.json() == {
        "utfall": "REGISTRERAD",
        "vardhandelseId": "V1",
        "leverans": svar["Begaran-Id"],
        "uuid": str(kontakt.uuid),
        "version": 1,
        "kvittens": Kvittens.objects.get().sekvens,
        "anmarkningar": [],
    }
    assert svar["ETag"] == '"1"'
    assert (kontakt.kallsystem, kontakt.vardgivare) == ("JOURNAL-A", region["A"])
    assert (version.enhet_ref, version.patient_id, str(version.tid)) == (
        EKBACKEN,
        PATIENT,
        "14:30:00",
    )
    assert (version.fodd, version.kon) == (date(1912, 12, 12), "M")
    assert version.registrerad_av.username == "maskin-journal-a"
    assert Arende.objects.get().vardkontakt == kontakt
    leverans = Leverans.objects.get()
    assert bytes(leverans.svar) == svar.content
    assert (leverans.status, leverans.antal, leverans.antal_avvisade) == (201, 1, 0)
    logg = Loggpost.objects.get()
    assert (logg.handelse, logg.patienter, logg.vardgivare_id) == (
        "RAPPORTERA",
        [PATIENT],
        region["A"].pk,
    )


@pytest.mark.parametrize(
    "enhet",
    [
        {"kombika": EKBACKEN},
        {"inr": EKBACKEN[:5], "klin": EKBACKEN[5:8], "avd": EKBACKEN[8:]},
        {"hsaId": "SE2321000016-DEM1"},
    ],
)
def test_a_unit_is_named_in_any_of_three_ways(sys_a, enhet):
    svar = sys_a("POST", "vardkontakter", besok(enhet=enhet))

    assert svar.status_code == 201
    assert Vardkontakt.objects.get().enhet.kombika == EKBACKEN


@pytest.mark.parametrize(
    "enhet",
    [
        {},
        {"inr": "90001", "klin": "311"},
        {"kombika": EKBACKEN, "hsaId": "SE2321000016-DEM1"},
        {"kombika": EKBACKEN, "inr": "90001"},
    ],
)
def test_a_unit_named_in_no_way_partly_or_twice_is_refused(sys_a, enhet):
    svar = sys_a("POST", "vardkontakter", besok(enhet=enhet))

    assert svar.status_code == 400
    assert codes(svar) == [("ENHET_OTYDLIG", "/enhet")]


def test_codes_keep_their_order_and_their_details(sys_a):
    svar = sys_a(
        "POST",
        "vardkontakter",
        besok(
            diagnoser=["J459", "I109"],
            atgarder=["XS012", {"kod": "AL008", "datum": str(yesterday()), "diagnosnr": 2}],
        ),
    )

    assert svar.status_code == 201
    version = Vardkontaktversion.objects.get()
    assert (version.diagnoser, version.atgarder) == (["J459", "I109"], ["XS012", "AL008"])
    assert version.detaljer == {
        "atgarder": [
            {"kod": "XS012"},
            {"kod": "AL008", "datum": str(yesterday()), "diagnosnr": 2},
        ],
        "atgardsdagar": [str(yesterday())],
    }


def test_a_number_of_ten_digits_is_stored_as_twelve(sys_a):
    sys_a("POST", "vardkontakter", besok(patientId="121212+1212"))

    assert Vardkontaktversion.objects.get().patient_id == PATIENT


def test_every_finding_comes_at_once(sys_a, region):
    svar = sys_a(
        "POST",
        "vardkontakter",
        besok(patientId=FEL_KONTROLLSIFFRA, btyp=None, taxa=None, yrkeskategorier=[]),
    )

    assert svar.status_code == 422
    assert svar["Content-Type"] == "application/problem+json"
    problem = svar.json()
    assert problem["type"] == f"/utvecklare/fel/{problem['kod']}"
    assert {kod for kod, _ in codes(svar)} >= {"GVR010", "GVR040", "GVR042", "GVR043"}
    assert ("GVR010", "/patientId") in codes(svar)
    assert all(fel["atgard"] and fel["agare"] for fel in problem["fel"])
    assert FEL_KONTROLLSIFFRA not in svar.content.decode()
    assert Vardkontakt.objects.count() == 0
    avvisning = Avvisning.objects.get()
    assert (avvisning.vardgivare, avvisning.vardhandelse_id) == (region["A"], "V1")
    assert avvisning.dag == yesterday()
    assert {rad["kod"] for rad in avvisning.avvikelser} >= {"GVR010", "GVR043"}


def test_every_badly_written_field_comes_at_once(sys_a, region):
    svar = sys_a(
        "POST",
        "vardkontakter",
        besok(dag="2026-02-30", diagnoser=["", 5], version=0, form="DAGVARD", patientId=12),
    )

    assert svar.status_code == 400
    assert codes(svar) == [
        ("FEL_TYP", "/patientId"),
        ("FEL_FORMAT", "/dag"),
        ("FEL_FORMAT", "/form"),
        ("FEL_LANGD", "/diagnoser/0"),
        ("FEL_TYP", "/diagnoser/1"),
        ("FEL_OMFANG", "/version"),
    ]
    assert Avvisning.objects.get().vardgivare == region["A"]


def test_an_unknown_unit_waits_and_is_shown_to_its_sender(sys_a, region):
    svar = sys_a("POST", "vardkontakter", besok(enhet={"kombika": OKAND}))

    assert svar.status_code == 201
    assert svar.json()["utfall"] == "PARKERAD"
    assert [fel["kod"] for fel in svar.json()["anmarkningar"]] == ["ENHET_OKAND"]
    assert (Kvittens.objects.get().utfall, Kvittens.objects.get().kod) == (
        "PARKERAD",
        "ENHET_OKAND",
    )
    assert Vardkontakt.objects.get().vardgivare == region["A"]
    assert sys_a("GET", "vardkontakter/V1").status_code == 200


def test_an_unknown_unit_of_a_sender_for_many_belongs_to_nobody_yet(sys_b):
    svar = sys_b("POST", "vardkontakter", besok(enhet={"kombika": OKAND}))

    assert svar.json()["utfall"] == "PARKERAD"
    assert Vardkontakt.objects.get().vardgivare is None
    assert sys_b("GET", "vardkontakter/V1").json()["version"] == 1
    assert [k["kod"] for k in sys_b("GET", "kvittenser").json()["kvittenser"]] == ["ENHET_OKAND"]


def test_a_sender_reports_only_for_its_own_providers(sys_a):
    svar = sys_a("POST", "vardkontakter", besok(enhet={"kombika": CEDERLUND}))

    assert svar.status_code == 403
    assert svar.json()["kod"] == "OMBUD_SAKNAS"
    assert Vardkontakt.objects.count() == 0
    assert Avvisning.objects.get().vardgivare is None


def test_what_is_reported_on_a_test_commission_is_not_registered(sys_a):
    uppdrag = Enhetsuppdrag.objects.filter(enhet__kombika=EKBACKEN).get().uppdrag
    Uppdrag.objects.filter(pk=uppdrag.pk).update(test=True)

    svar = sys_a("POST", "vardkontakter", besok())

    assert (svar.status_code, svar.json()["utfall"]) == (200, "TESTUPPDRAG")
    assert Vardkontakt.objects.count() == 0
    (avvikelse,) = Avvisning.objects.get().avvikelser
    assert (avvikelse["kod"], avvikelse["allvar"]) == ("TESTUPPDRAG", "ANMARKNING")


def test_a_remark_does_not_stop_a_contact_and_is_kept_with_it(sys_a):
    svar = sys_a("POST", "vardkontakter", besok(diagnoser=["I109", "I109"]))

    assert svar.status_code == 201
    assert [fel["kod"] for fel in svar.json()["anmarkningar"]] == ["GVR050"]
    assert [rad["kod"] for rad in Vardkontaktversion.objects.get().anmarkningar] == ["GVR050"]


def test_free_text_may_not_hold_a_patients_number(sys_a):
    svar = sys_a("PUT", "vardkontakter/V1", besok(orsak=f"fel patient, var {PATIENT}"))

    assert codes(svar) == [("IDENTITET_I_TEXT", "/orsak")]


# Correct ----------------------------------------------------------------------------------------


def test_a_correction_is_a_new_version_and_the_old_one_stays(sys_a):
    sys_a("POST", "vardkontakter", besok())

    svar = sys_a("PUT", "vardkontakter/V1", besok(btyp="2", orsak="Fel besökstyp"))

    assert (svar.status_code, svar.json()["version"]) == (200, 2)
    assert versions() == [(1, False), (2, False)]
    assert Vardkontakt.objects.get().senaste_version == 2
    assert Vardkontaktversion.objects.get(version=2).orsak == "Fel besökstyp"
    assert Kvittens.objects.count() == 2


def test_a_correction_gives_waiting_work_a_new_round(sys_a):
    sys_a("POST", "vardkontakter", besok())

    sys_a("PUT", "vardkontakter/V1", besok(btyp="2"))

    assert Arende.objects.get().omgang == 1


def test_the_same_content_again_changes_nothing(sys_a):
    sys_a("POST", "vardkontakter", besok())

    svar = sys_a("PUT", "vardkontakter/V1", besok())
    igen = sys_a("POST", "vardkontakter", besok())

    assert [(s.status_code, s.json()["utfall"]) for s in (svar, igen)] == [(200, "OFORANDRAD")] * 2
    assert versions() == [(1, False)]
    assert Kvittens.objects.count() == 1
    assert Arende.objects.get().omgang == 0


def test_a_new_report_with_another_content_is_no_correction(sys_a):
    sys_a("POST", "vardkontakter", besok())

    svar = sys_a("POST", "vardkontakter", besok(btyp="2"))

    assert (svar.status_code, svar.json()["kod"]) == (409, "FINNS_REDAN")
    assert versions() == [(1, False)]


def test_a_correction_of_what_is_not_there_reports_it(sys_a):
    svar = sys_a("PUT", "vardkontakter/V1", besok(version=7))

    assert (svar.status_code, svar.json()["version"]) == (201, 7)


@pytest.mark.parametrize("nummer", [2, 3])
def test_a_number_that_is_not_higher_is_refused(sys_a, nummer):
    sys_a("PUT", "vardkontakter/V1", besok(version=3))

    svar = sys_a("PUT", "vardkontakter/V1", besok(btyp="2", version=nummer))

    assert (svar.status_code, svar.json()["kod"]) == (409, "GAMMAL_VERSION")
    assert versions() == [(3, False)]


def test_a_higher_number_counts_even_when_the_content_is_the_same(sys_a):
    sys_a("POST", "vardkontakter", besok(version=1))
    sys_a("PUT", "vardkontakter/V1", besok(version=3))

    svar = sys_a("PUT", "vardkontakter/V1", besok(btyp="2", version=2))

    assert svar.status_code == 409
    assert Vardkontaktversion.objects.get(version=3).btyp == "1"


@pytest.mark.parametrize(
    ("villkor", "status"), [('"1"', 200), ("1", 200), ("*", 200), ('"2"', 412)]
)
def test_if_match_names_the_version_that_is_corrected(sys_a, villkor, status):
    sys_a("POST", "vardkontakter", besok())

    svar = sys_a("PUT", "vardkontakter/V1", besok(btyp="2"), huvud={"If-Match": villkor})

    assert svar.status_code == status


def test_if_match_of_what_is_not_there_is_refused(sys_a):
    svar = sys_a("PUT", "vardkontakter/V1", besok(), huvud={"If-Match": "*"})

    assert svar.status_code == 412


def test_the_address_and_the_body_are_about_the_same_contact(sys_a):
    svar = sys_a("PUT", "vardkontakter/V2", besok("V1"))

    assert codes(svar) == [("ID_STAMMER_EJ", "/vardhandelseId")]


def test_the_same_id_in_two_systems_is_two_contacts(sys_a, sys_b):
    sys_a("POST", "vardkontakter", besok())
    sys_b("POST", "vardkontakter", besok(enhet={"kombika": CEDERLUND}))

    assert sorted(Vardkontakt.objects.values_list("kallsystem", flat=True)) == [
        "JOURNAL-A",
        "JOURNAL-B",
    ]


def test_a_contact_may_move_to_another_unit_of_the_sender_only(sys_b, region):
    sys_b("POST", "vardkontakter", besok(enhet={"kombika": CEDERLUND}))

    flyttad = sys_b("PUT", "vardkontakter/V1", besok(enhet={"kombika": "90003313001"}))
    frammande = sys_b("PUT", "vardkontakter/V1", besok(enhet={"kombika": EKBACKEN}))

    assert (flyttad.status_code, frammande.status_code) == (200, 403)
    assert Vardkontakt.objects.get().vardgivare == region["C"]


def test_a_contact_of_a_provider_that_has_left_the_sender_is_out_of_reach(sys_a, region):
    sys_a("POST", "vardkontakter", besok())
    Vardkontakt.objects.update(vardgivare=region["B"])

    ratta = sys_a("PUT", "vardkontakter/V1", besok(btyp="2"))
    makulera = sys_a("DELETE", "vardkontakter/V1")
    las = sys_a("GET", "vardkontakter/V1")

    assert [s.status_code for s in (ratta, makulera, las)] == [403, 403, 404]
    assert versions() == [(1, False)]


# Cancel -----------------------------------------------------------------------------------------


def test_a_cancellation_is_a_version_that_keeps_the_content(sys_a):
    sys_a("POST", "vardkontakter", besok(diagnoser=["J459"], atgarder=[{"kod": "XS012"}]))

    svar = sys_a("DELETE", "vardkontakter/V1?orsak=Fel%20patient")

    assert (svar.status_code, svar.json()["utfall"]) == (200, "MAKULERAD")
    assert versions() == [(1, False), (2, True)]
    forsta, andra = Vardkontaktversion.objects.order_by("version")
    for falt in ("patient_id", "dag", "diagnoser", "atgarder", "detaljer", "fodd", "kon"):
        assert getattr(andra, falt) == getattr(forsta, falt)
    assert andra.orsak == "Fel patient"
    assert Arende.objects.get().omgang == 1


def test_a_cancelled_contact_is_still_there_to_read(sys_a):
    sys_a("POST", "vardkontakter", besok())
    sys_a("DELETE", "vardkontakter/V1")

    svar = sys_a("GET", "vardkontakter/V1")

    assert svar.status_code == 200
    assert svar.json()["makulerad"] is True


def test_a_second_cancellation_changes_nothing(sys_a):
    sys_a("POST", "vardkontakter", besok())
    sys_a("DELETE", "vardkontakter/V1")

    svar = sys_a("DELETE", "vardkontakter/V1")

    assert (svar.status_code, svar.json()["utfall"]) == (200, "OFORANDRAD")
    assert versions() == [(1, False), (2, True)]


def test_what_is_not_there_cannot_be_cancelled(sys_a):
    svar = sys_a("DELETE", "vardkontakter/V1")

    assert svar.status_code == 404
    assert Avvisning.objects.count() == 0


def test_a_cancellation_is_numbered_like_a_correction(sys_a):
    sys_a("POST", "vardkontakter", besok(version=5))

    gammal = sys_a("DELETE", "vardkontakter/V1?version=4")
    ny = sys_a("DELETE", "vardkontakter/V1?version=9")

    assert (gammal.status_code, ny.status_code) == (409, 200)
    assert versions() == [(5, False), (9, True)]


def test_an_old_correction_does_not_revive_a_cancelled_contact(sys_a):
    sys_a("POST", "vardkontakter", besok())
    sys_a("DELETE", "vardkontakter/V1")

    utan = sys_a("PUT", "vardkontakter/V1", besok(btyp="2"))
    gammal = sys_a("PUT", "vardkontakter/V1", besok(btyp="2", version=2))

    assert [s.json()["kod"] for s in (utan, gammal)] == ["REDAN_MAKULERAD", "GAMMAL_VERSION"]


def test_a_higher_number_revives_a_cancelled_contact(sys_a):
    sys_a("POST", "vardkontakter", besok())
    sys_a("DELETE", "vardkontakter/V1")

    svar = sys_a("PUT", "vardkontakter/V1", besok(version=3))

    assert svar.status_code == 200
    assert versions() == [(1, False), (2, True), (3, False)]


def test_a_contact_is_cancelled_by_patient_day_and_unit(sys_a):
    sys_a("POST", "vardkontakter", besok())

    svar = sys_a(
        "DELETE",
        f"vardkontakter?patientId={PATIENT}&dag={yesterday()}"
        f"&enhet.inr={EKBACKEN[:5]}&enhet.klin={EKBACKEN[5:8]}&enhet.avd={EKBACKEN[8:]}",
    )

    assert (svar.status_code, svar.json()["vardhandelseId"]) == (200, "V1")
    assert PATIENT not in Leverans.objects.get(metod="DELETE").resurs


# Read -------------------------------------------------------------------------------------------


def test_what_is_read_can_be_sent_again_without_changing_anything(sys_a):
    sys_a(
        "POST",
        "vardkontakter",
        besok(tid="08:15", atgarder=["XS012", {"kod": "AL008", "diagnosnr": 1}], ersUppdrag="9301"),
    )

    kontakt = sys_a("GET", "vardkontakter/V1").json()["vardkontakt"]
    svar = sys_a("PUT", "vardkontakter/V1", kontakt)

    assert svar.json()["utfall"] == "OFORANDRAD"


def test_reading_shows_the_receipts_and_is_logged(sys_a, region):
    sys_a("POST", "vardkontakter", besok())

    svar = sys_a("GET", "vardkontakter/V1").json()

    assert [(k["niva"], k["utfall"]) for k in svar["kvittenser"]] == [("K2", "REGISTRERAD")]
    logg = Loggpost.objects.get(handelse="LAS")
    assert (logg.patienter, logg.vardgivare_id) == ([PATIENT], region["A"].pk)


@pytest.mark.parametrize(
    "fraga",
    [
        "vardhandelseId=V1",
        f"patientId={PATIENT}&dag={yesterday()}&enhet.kombika={EKBACKEN}",
        f"patientId=19121212-1212&dag={yesterday()}&enhet.kombika={EKBACKEN}",
        f"vardhandelseId=V1&patientId={PATIENT}",
    ],
)
def test_a_contact_is_found_by_what_it_is(sys_a, fraga):
    sys_a("POST", "vardkontakter", besok())

    svar = sys_a("GET", f"vardkontakter?{fraga}")

    assert svar.json()["vardkontakt"]["vardhandelseId"] == "V1"


def test_two_contacts_of_a_day_are_not_told_apart_by_guessing(sys_a):
    sys_a.rapportera(besok("V1"), besok("V2"))

    svar = sys_a(
        "GET", f"vardkontakter?patientId={PATIENT}&dag={yesterday()}&enhet.kombika={EKBACKEN}"
    )

    assert (svar.status_code, svar.json()["kod"]) == (409, "FLERA_TRAFFAR")


@pytest.mark.parametrize(
    "fraga",
    ["", f"patientId={PATIENT}", "dag=igår", "vardhandelseId=V1&dag=2026-13-01", "enhet.inr=1"],
)
def test_half_a_question_is_refused(sys_a, fraga):
    svar = sys_a("GET", f"vardkontakter?{fraga}")

    assert (svar.status_code, svar.json()["kod"]) == (400, "OGILTIG_PARAMETER")


@pytest.mark.parametrize("fraga", ["ordering=dag", "vardhandelse_id__startswith=V", "search=x"])
def test_only_named_parameters_are_taken(sys_a, fraga):
    svar = sys_a("GET", f"vardkontakter?vardhandelseId=V1&{fraga}")

    assert (svar.status_code, svar.json()["kod"]) == (400, "OKAND_PARAMETER")


def test_another_systems_contact_does_not_exist(sys_a, sys_b):
    sys_a("POST", "vardkontakter", besok())

    assert sys_b("GET", "vardkontakter/V1").status_code == 404


# Rehearse ---------------------------------------------------------------------------------------


def test_a_rehearsal_says_everything_and_stores_nothing(sys_a):
    svar = sys_a("POST", "vardkontakter?torrkorning=true", besok())

    assert svar.status_code == 200
    assert svar.json()["torrkorning"] is True
    assert svar.json()["ersattning"]["utfall"] == "VANTAR"
    assert "uuid" not in svar.json()
    for modell in (Vardkontakt, Vardkontaktversion, Leverans, Kvittens, Arende, Loggpost):
        assert modell.objects.count() == 0


def test_a_rehearsed_refusal_stores_nothing_either(sys_a):
    svar = sys_a("POST", "vardkontakter?torrkorning=true", besok(taxa=None))

    assert svar.status_code == 422
    assert (Leverans.objects.count(), Avvisning.objects.count()) == (0, 0)


def test_a_correction_and_a_cancellation_can_be_rehearsed(sys_a):
    sys_a("POST", "vardkontakter", besok())

    ratta = sys_a("PUT", "vardkontakter/V1?torrkorning=true", besok(btyp="2"))
    makulera = sys_a("DELETE", "vardkontakter/V1?torrkorning=true")

    assert (ratta.json()["version"], makulera.json()["utfall"]) == (2, "MAKULERAD")
    assert versions() == [(1, False)]


# The account ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "huvud", ["", "Bearer ", "Bearer fel", "Basic token-A", "Bearer " + "x" * 600]
)
def test_without_the_right_token_nobody_gets_in(sys_a, huvud):
    svar = sys_a("GET", "kvittenser", huvud={"Authorization": huvud})

    assert (svar.status_code, svar.json()["kod"]) == (401, "EJ_INLOGGAD")
    assert svar["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("dagar", "status"), [(0, 401), (-1, 401), (1, 200)])
def test_a_stopped_account_gets_in_no_more(sys_a, dagar, status):
    Maskinkonto.objects.filter(kallsystem="JOURNAL-A").update(
        stoppdatum=timezone.localdate() + timedelta(days=dagar)
    )

    assert sys_a("GET", "kvittenser").status_code == status


def test_an_inactive_user_gets_in_no_more(sys_a):
    konto = Maskinkonto.objects.get(kallsystem="JOURNAL-A")
    konto.anvandare.is_active = False
    konto.anvandare.save()

    assert sys_a("GET", "kvittenser").status_code == 401


# The work it takes ------------------------------------------------------------------------------


def test_a_single_report_takes_few_statements(sys_a):
    sys_a("POST", "vardkontakter", besok("V0"))

    ny = statements(lambda: sys_a("POST", "vardkontakter", besok()))
    rattad = statements(lambda: sys_a("PUT", "vardkontakter/V1", besok(btyp="2")))

    assert len(ny) == 5
    assert len(rattad) == 6
    with CaptureQueriesContext(connection) as alla:  # begin and commit too, but not the test's own
        sys_a("POST", "vardkontakter", besok("V2"))
    assert len([rad for rad in alla if "set_config('app.vardgivare'" not in rad["sql"]]) <= 8
