"""Collaboration: parts in another party's contact, and work without the patient."""

from datetime import timedelta

import pytest

from gvr.models import (
    Aktivitet,
    Avvisning,
    Deltagande,
    Leverans,
    Loggpost,
    Samverkanstillfalle,
    Vardkontakt,
)
from tests.factories.sandare import (
    CEDERLUND,
    EKBACKEN,
    OKAND,
    PATIENT,
    Sandare,
    besok,
    codes,
    open_region,
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


def del_(id_="D1", **falt):
    """Return Ekbacken's part in a contact that Cederlund reports."""
    return {
        "id": id_,
        "huvudkontakt": {"kallsystem": "JOURNAL-B", "vardhandelseId": "V1"},
        "enhet": {"kombika": EKBACKEN},
        "dag": str(yesterday()),
        "yrkeskategori": "77",
        "minuter": 30,
        "atgarder": ["XS008"],
        **falt,
    }


def huvud(**falt):
    return besok(enhet={"kombika": CEDERLUND}, btyp="A", **falt)


def insats(id_="A1", **falt):
    """Return what a rehabkoordinator does."""
    return {
        "id": id_,
        "enhet": {"kombika": EKBACKEN},
        "dag": str(yesterday()),
        "yrkeskategori": "74",
        "patientId": PATIENT,
        "minuter": 45,
        "diagnoser": ["F329"],
        "atgarder": ["GC001", "XS008"],
        **falt,
    }


def koppling(sandare, id_="D1"):
    svar = sandare("GET", f"deltaganden/{id_}").json()
    return svar["koppling"], [fel["kod"] for fel in svar.get("anmarkningar", [])]


# Parts ------------------------------------------------------------------------------------------


def test_a_part_that_comes_first_waits_for_its_contact(sys_a, sys_b, region):
    svar = sys_a("POST", "deltaganden", del_())

    assert svar.status_code == 201
    assert svar.json()["koppling"] == "VANTAR_PA_HUVUDKONTAKT"
    rad = Deltagande.objects.get()
    assert (rad.vardgivare, rad.avtal.ada_nummer) == (region["A"], "ADA-2024-0300")
    assert rad.tillfalle.huvud_vardhandelse_id == "V1"

    sys_b("POST", "vardkontakter", huvud())

    assert koppling(sys_a) == ("KOPPLAD", [])


def test_a_part_that_comes_after_is_tied_at_once(sys_a, sys_b):
    sys_b("POST", "vardkontakter", huvud())

    svar = sys_a("POST", "deltaganden", del_())

    assert svar.json()["koppling"] == "KOPPLAD"


def test_the_tie_is_seen_from_the_contact_too(sys_a, sys_b):
    sys_b("POST", "vardkontakter", huvud())
    sys_a("POST", "deltaganden", del_())

    (deltagare,) = sys_b("GET", "vardkontakter/V1").json()["deltagare"]

    assert (deltagare["vardgivare"], deltagare["enhet"], deltagare["koppling"]) == (
        "Ekbackens Vårdcentral AB",
        EKBACKEN,
        "KOPPLAD",
    )
    assert "D1" not in str(deltagare)


def test_a_cancelled_part_is_no_longer_shown(sys_a, sys_b):
    sys_b("POST", "vardkontakter", huvud())
    sys_a("POST", "deltaganden", del_())
    sys_a("DELETE", "deltaganden/D1")

    assert (
        "deltagare" not in sys_b("GET", "vardkontakter/V1").json()
        or not sys_b("GET", "vardkontakter/V1").json()["deltagare"]
    )


@pytest.mark.parametrize(("btyp", "fel"), [("A", []), ("B", []), ("1", ["SAM002"])])
def test_the_main_contact_is_a_visit_of_type_a_or_b(sys_a, sys_b, btyp, fel):
    sys_b("POST", "vardkontakter", {**huvud(), "btyp": btyp})
    sys_a("POST", "deltaganden", del_())

    assert koppling(sys_a) == ("FEL" if fel else "KOPPLAD", fel)


def test_a_correction_of_the_main_contact_mends_the_tie(sys_a, sys_b):
    sys_b("POST", "vardkontakter", {**huvud(), "btyp": "1"})
    sys_a("POST", "deltaganden", del_())
    sys_b("PUT", "vardkontakter/V1", huvud())

    assert koppling(sys_a) == ("KOPPLAD", [])


def test_a_cancelled_main_contact_breaks_the_tie(sys_a, sys_b):
    sys_b("POST", "vardkontakter", huvud())
    sys_a("POST", "deltaganden", del_())
    sys_b("DELETE", "vardkontakter/V1")

    assert koppling(sys_a) == ("FEL", ["SAM003"])


def test_a_part_under_the_same_contract_is_no_collaboration(sys_a):
    sys_a("POST", "vardkontakter", {**besok(), "btyp": "A"})
    sys_a(
        "POST",
        "deltaganden",
        del_(huvudkontakt={"kallsystem": "JOURNAL-A", "vardhandelseId": "V1"}),
    )

    assert koppling(sys_a) == ("FEL", ["SAM004"])


def test_another_day_is_another_occasion(sys_a, sys_b):
    sys_b("POST", "vardkontakter", huvud(dag=str(yesterday() - timedelta(days=1))))
    sys_a("POST", "deltaganden", del_())

    assert koppling(sys_a) == ("FEL", ["SAM005"])


def test_many_parts_share_an_occasion(sys_a):
    for n in range(3):
        sys_a("POST", "deltaganden", del_(f"D{n}"))

    assert (Samverkanstillfalle.objects.count(), Deltagande.objects.count()) == (1, 3)


def test_a_part_never_becomes_a_contact(sys_a):
    sys_a("POST", "deltaganden", del_())
    sys_a("POST", "aktiviteter", insats())

    assert Vardkontakt.objects.count() == 0


def test_a_part_is_corrected_and_cancelled_like_a_contact(sys_a):
    sys_a("POST", "deltaganden", del_())

    igen = sys_a("POST", "deltaganden", del_())
    annan = sys_a("POST", "deltaganden", del_(minuter=60))
    rattad = sys_a("PUT", "deltaganden/D1", del_(minuter=60))
    makulerad = sys_a("DELETE", "deltaganden/D1")
    igen_makulerad = sys_a("DELETE", "deltaganden/D1")
    gammal = sys_a("PUT", "deltaganden/D1", del_(version=1))
    saknas = sys_a("DELETE", "deltaganden/D2")

    assert [s.status_code for s in (igen, annan, rattad, makulerad, igen_makulerad)] == [
        200,
        409,
        200,
        200,
        200,
    ]
    assert [s.json()["utfall"] for s in (igen, rattad, makulerad, igen_makulerad)] == [
        "OFORANDRAD",
        "REGISTRERAD",
        "MAKULERAD",
        "OFORANDRAD",
    ]
    assert (gammal.status_code, saknas.status_code) == (409, 404)
    assert list(
        Deltagande.objects.order_by("version").values_list("version", "minuter", "makulerad")
    ) == [(1, 30, False), (2, 60, False), (3, 60, True)]


def test_a_part_needs_a_contract_on_its_day(sys_a, region):
    svar = sys_a("POST", "deltaganden", del_(enhet={"kombika": OKAND}))

    assert (svar.status_code, codes(svar)) == (422, [("SAM001", "/enhet")])
    assert Avvisning.objects.get().vardgivare == region["A"]


def test_a_sender_reports_parts_for_its_own_providers_only(sys_a):
    svar = sys_a("POST", "deltaganden", del_(enhet={"kombika": CEDERLUND}))

    assert (svar.status_code, svar.json()["kod"]) == (403, "OMBUD_SAKNAS")


def test_another_systems_part_does_not_exist(sys_a, sys_b):
    sys_a("POST", "deltaganden", del_())

    assert sys_b("GET", "deltaganden/D1").status_code == 404


@pytest.mark.parametrize("dagar", [1, 1000])
def test_a_part_in_the_future_has_not_been(sys_a, dagar):
    svar = sys_a("POST", "deltaganden", del_(dag=str(yesterday() + timedelta(days=1 + dagar))))

    assert codes(svar) == [("SAM007", "/dag")]


def test_what_is_read_of_a_part_can_be_sent_again(sys_a):
    sys_a("POST", "deltaganden", del_(tid="10:30"))

    svar = sys_a("PUT", "deltaganden/D1", sys_a("GET", "deltaganden/D1").json()["innehall"])

    assert svar.json()["utfall"] == "OFORANDRAD"


def test_a_part_can_be_rehearsed(sys_a):
    svar = sys_a("POST", "deltaganden?torrkorning=true", del_())

    assert (svar.status_code, svar.json()["koppling"]) == (200, "VANTAR_PA_HUVUDKONTAKT")
    assert Deltagande.objects.count() == 0
    assert Samverkanstillfalle.objects.count() == 0
    assert Leverans.objects.count() == 0


# Activities -------------------------------------------------------------------------------------


def test_an_activity_is_registered_and_logged(sys_a, region):
    svar = sys_a("POST", "aktiviteter", insats(patientId="19121212-1212"))

    assert svar.status_code == 201
    rad = Aktivitet.objects.get()
    assert (rad.vardgivare, rad.patient_id, rad.typ) == (region["A"], PATIENT, "REHABKOORDINATOR")
    assert Loggpost.objects.get().patienter == [PATIENT]


@pytest.mark.parametrize(
    ("falt", "vantat"),
    [
        ({"diagnoser": []}, ("AKT001", "/diagnoser")),
        ({"atgarder": ["XS008"]}, ("AKT002", "/atgarder")),
        ({"yrkeskategori": "71"}, ("AKT003", "/yrkeskategori")),
        ({"atgarder": ["GC001", "ZV051"]}, ("AKT004", "/atgarder")),
        ({"atgarder": ["GC001", "AW026", "AW024"]}, ("AKT005", "/atgarder")),
        ({"patientId": "191212121211"}, ("GVR010", "/patientId")),
    ],
)
def test_a_rehabkoordinator_follows_the_rules(sys_a, falt, vantat):
    svar = sys_a("POST", "aktiviteter", insats(**falt))

    assert (svar.status_code, codes(svar)) == (422, [vantat])
    assert Aktivitet.objects.count() == 0
    assert Avvisning.objects.count() == 1


def test_collaboration_without_a_patient_needs_neither_diagnos_nor_patient(sys_a):
    svar = sys_a(
        "POST",
        "aktiviteter",
        insats(typ="SAMVERKAN", patientId=None, diagnoser=[], atgarder=[]),
    )

    assert svar.status_code == 201
    assert Aktivitet.objects.get().patient_id is None
    assert Loggpost.objects.count() == 0


def test_an_activity_is_corrected_read_and_cancelled(sys_a):
    sys_a("POST", "aktiviteter", insats())
    sys_a("PUT", "aktiviteter/A1", insats(minuter=50))
    last = sys_a("GET", "aktiviteter/A1").json()
    makulerad = sys_a("DELETE", "aktiviteter/A1")

    assert (last["version"], last["innehall"]["minuter"]) == (2, 50)
    assert makulerad.json()["version"] == 3
    assert sys_a("GET", "aktiviteter/A1").json()["makulerad"] is True
    assert sys_a("PUT", "aktiviteter/A1", last["innehall"]).status_code == 409
    assert [rad.handelse for rad in Loggpost.objects.order_by("pk")] == [
        "RAPPORTERA",
        "RAPPORTERA",
        "LAS",
        "MAKULERA",
        "LAS",
    ]


@pytest.mark.parametrize(
    ("falt", "vantat"),
    [
        ({"id": "A\n"}, ("FEL_FORMAT", "/id")),
        ({"enhet": {}}, ("ENHET_OTYDLIG", "/enhet")),
        ({"tid": "25:00"}, ("FEL_FORMAT", "/tid")),
        ({"diagnoser": ["F\0"]}, ("FEL_FORMAT", "/diagnoser/0")),
        ({"atgarder": ["GC001", "x y"]}, ("FEL_FORMAT", "/atgarder/1")),
        ({"typ": "BESOK"}, ("FEL_FORMAT", "/typ")),
        ({"minuter": 0}, ("FEL_OMFANG", "/minuter")),
    ],
)
def test_a_badly_written_activity_is_refused(sys_a, falt, vantat):
    svar = sys_a("POST", "aktiviteter", insats(**falt))

    assert (svar.status_code, codes(svar)) == (400, [vantat])


def test_the_address_and_the_body_are_about_the_same_activity(sys_a):
    svar = sys_a("PUT", "aktiviteter/A2", insats("A1"))

    assert codes(svar) == [("ID_STAMMER_EJ", "/id")]
