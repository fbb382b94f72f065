"""Collaboration: parts in another party's contact, and work without the patient."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from gvr.actions import koder
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


I_ARBETSFOR_ALDER = "198001312399"
ANNAN_PATIENT = "198002052382"
KOL = "90002312002"  # Cederlund's other contract
DAHL = "90004314001"


def del_(id_="D1", **falt):
    """Return Ekbacken's part in a contact that Cederlund reports."""
    return {
        "id": id_,
        "huvudkontakt": {"kallsystem": "JOURNAL-B", "vardhandelseId": "V1"},
        "enhet": {"kombika": EKBACKEN},
        "dag": str(yesterday()),
        "yrkeskategorier": ["77"],
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
        "patientId": I_ARBETSFOR_ALDER,
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


# Several parties --------------------------------------------------------------------------------


def per_enhet(id_="D1", **falt):
    """Return a part that points out the contact by patient, day and the unit that had it."""
    return del_(id_, huvudkontakt={"enhet": {"kombika": CEDERLUND}}, patientId=PATIENT, **falt)


def test_a_part_can_point_out_the_contact_by_patient_day_and_unit(sys_a, sys_b):
    sys_a("POST", "deltaganden", per_enhet())
    fore = koppling(sys_a)
    sys_b("POST", "vardkontakter", huvud())

    assert fore == ("VANTAR_PA_HUVUDKONTAKT", ["SAM006"])
    assert koppling(sys_a) == ("KOPPLAD", [])
    assert Deltagande.objects.get().tillfalle is None


@pytest.mark.parametrize(
    ("tid", "vantat"),
    [(None, ("FEL", ["SAM012"])), ("10:00", ("KOPPLAD", [])), ("11:00", ("FEL", ["SAM012"]))],
)
def test_the_time_tells_two_contacts_of_the_unit_apart(sys_a, sys_b, tid, vantat):
    sys_b("POST", "vardkontakter", huvud(tid="10:00"))
    sys_b("POST", "vardkontakter", {**huvud(tid="14:00"), "vardhandelseId": "V2"})
    sys_a("POST", "deltaganden", per_enhet(**({"tid": tid} if tid else {})))

    assert koppling(sys_a) == vantat


@pytest.mark.parametrize(
    "falt",
    [
        {"huvudkontakt": {"kallsystem": "JOURNAL-B"}},
        {"huvudkontakt": {}},
        {"huvudkontakt": {"enhet": {"kombika": CEDERLUND}}},
        {
            "huvudkontakt": {
                "kallsystem": "JOURNAL-B",
                "vardhandelseId": "V1",
                "enhet": {"kombika": CEDERLUND},
            },
            "patientId": PATIENT,
        },
    ],
)
def test_the_contact_is_pointed_out_in_one_whole_way(sys_a, falt):
    assert codes(sys_a("POST", "deltaganden", del_(**falt))) == [("SAM013", "/huvudkontakt")]


def test_a_unit_that_does_not_exist_has_no_contact(sys_a):
    svar = sys_a(
        "POST",
        "deltaganden",
        del_(huvudkontakt={"enhet": {"kombika": OKAND}}, patientId=PATIENT),
    )

    assert codes(svar) == [("SAM014", "/huvudkontakt/enhet")]


def test_a_part_with_another_patient_is_not_tied(sys_a, sys_b):
    sys_b("POST", "vardkontakter", huvud())
    sys_a("POST", "deltaganden", del_(patientId=ANNAN_PATIENT))

    assert koppling(sys_a) == ("FEL", ["SAM011"])


def test_a_party_describes_its_part_once(sys_a, sys_b):
    sys_b("POST", "vardkontakter", huvud())
    sys_a("POST", "deltaganden", del_("D1"))
    sys_a("POST", "deltaganden", del_("D2", enhet={"kombika": "90001311002"}))
    fore = koppling(sys_a, "D1"), koppling(sys_a, "D2")
    sys_a("DELETE", "deltaganden/D2")

    assert fore == (("FEL", ["SAM008"]), ("FEL", ["SAM008"]))
    assert koppling(sys_a, "D1") == ("KOPPLAD", [])


def test_those_who_take_part_know_that_the_others_exist_and_no_more(sys_a, sys_b):
    sys_b("POST", "vardkontakter", huvud())
    sys_a("POST", "deltaganden", del_())
    sys_b("POST", "deltaganden", del_("D9", enhet={"kombika": DAHL}, minuter=55))

    svar = sys_a("GET", "deltaganden/D1").json()

    assert svar["motparter"] == [
        {"enhet": CEDERLUND, "vardgivare": "Cederlunds Läkarhus AB", "roll": "HUVUDANSVARIG"},
        {
            "enhet": DAHL,
            "vardgivare": "Dahls Fysioterapi AB",
            "roll": "MEDVERKANDE",
            "koppling": "KOPPLAD",
        },
    ]
    for hemligt in ("'D9'", PATIENT, "I109"):
        assert hemligt not in str(svar)


def test_a_second_contact_for_the_occasion_is_seen_by_both(sys_a, sys_b):
    sys_b("POST", "vardkontakter", huvud(tid="10:00"))
    sys_b("POST", "deltaganden", del_("D9", enhet={"kombika": DAHL}, tid="10:00", minuter=60))
    sys_a("POST", "vardkontakter", {**besok("V7", tid="10:30"), "btyp": "A"})

    for sandare, id_ in ((sys_b, "V1"), (sys_a, "V7")):
        fynd = sandare("GET", f"vardkontakter/{id_}").json()["anmarkningar"]
        assert [fel["kod"] for fel in fynd if fel["kod"].startswith("SAM")] == ["SAM009"]


@pytest.mark.parametrize("falt", [{"tid": "11:00"}, {"btyp": "1", "tid": "10:30"}, {"tid": None}])
def test_another_visit_the_same_day_is_no_second_contact(sys_a, sys_b, falt):
    sys_b("POST", "vardkontakter", huvud(tid="10:00"))
    sys_b("POST", "deltaganden", del_("D9", enhet={"kombika": DAHL}, tid="10:00", minuter=60))
    sys_a("POST", "vardkontakter", besok("V7", **{"btyp": "A", "tid": "10:30", **falt}))

    assert "SAM" not in str(sys_b("GET", "vardkontakter/V1").json().get("anmarkningar"))


def test_a_party_reports_its_part_or_a_contact_and_never_both(sys_a, sys_b):
    sys_b("POST", "vardkontakter", huvud(tid="10:00"))
    sys_a("POST", "deltaganden", del_(tid="10:00", minuter=60))
    sys_a("POST", "vardkontakter", besok("V7", tid="10:15"))
    fore = koppling(sys_a)
    fynd = sys_a("GET", "vardkontakter/V7").json()["anmarkningar"]
    dubbel = [fel["kod"] for fel in fynd if fel["kod"].startswith("SAM")]
    sys_a("DELETE", "vardkontakter/V7")

    assert (fore, dubbel) == (("FEL", ["SAM010"]), ["SAM010"])
    assert koppling(sys_a) == ("KOPPLAD", [])


HANDELSER = {
    "huvud": lambda a, b: b("PUT", "vardkontakter/V1", huvud(version=2)),
    "gammal huvud": lambda a, b: b("PUT", "vardkontakter/V1", {**huvud(version=1), "btyp": "1"}),
    "del": lambda a, b: a("PUT", "deltaganden/D1", del_(minuter=60, version=2)),
    "gammal del": lambda a, b: a("PUT", "deltaganden/D1", del_(dag="2026-01-01", version=1)),
    "tredje": lambda a, b: b("PUT", "deltaganden/D9", per_dahl(version=1)),
}


def per_dahl(**falt):
    return {**per_enhet("D9", **falt), "enhet": {"kombika": DAHL}}


@pytest.mark.parametrize("ordning", list(permutations(HANDELSER))[::7], ids="→".join)
def test_the_order_in_which_reports_arrive_does_not_matter(sys_a, sys_b, ordning):
    for handelse in ordning:
        HANDELSER[handelse](sys_a, sys_b)

    assert (koppling(sys_a), koppling(sys_b, "D9")) == (("KOPPLAD", []), ("KOPPLAD", []))
    assert Vardkontakt.objects.count() == 1


@pytest.mark.parametrize(
    ("andring", "per_id", "utpekad"),
    [
        (lambda b: b("DELETE", "vardkontakter/V1"), "SAM003", "SAM006"),
        (lambda b: b("PUT", "vardkontakter/V1", {**huvud(), "btyp": "1"}), "SAM002", "SAM006"),
    ],
)
def test_the_parts_fall_back_when_the_main_contact_does(sys_a, sys_b, andring, per_id, utpekad):
    sys_b("POST", "vardkontakter", huvud())
    sys_a("POST", "deltaganden", del_())
    sys_b("POST", "deltaganden", per_dahl())
    andring(sys_b)

    assert koppling(sys_a) == ("FEL", [per_id])
    assert koppling(sys_b, "D9") == ("VANTAR_PA_HUVUDKONTAKT", [utpekad])


def test_codes_are_judged_on_the_day_of_the_work(sys_a):
    gallde_forr = {
        "kod": "XS007",
        "text": "Gällde förr",
        "fr_o_m": date(2000, 1, 1),
        "t_o_m": date(2020, 12, 31),
    }
    svar = koder.import_kodverk(
        {
            "kodverk": "OPKOD",
            "klass": "007",
            "namn": "Åtgärder",
            "kalla": ["https://example.se/"],
            "fullstandig": True,
            "koder": [gallde_forr],
        },
        at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    assert not isinstance(svar, tuple), svar

    assert codes(sys_a("POST", "deltaganden", del_(atgarder=["XS007", "XS999"]))) == [
        ("GVR080", "/atgarder/0"),
        ("GVR082", "/atgarder/1"),
    ]


# Activities -------------------------------------------------------------------------------------


def test_an_activity_is_registered_and_logged(sys_a, region):
    svar = sys_a("POST", "aktiviteter", insats(patientId="19800131-2399"))

    assert svar.status_code == 201
    rad = Aktivitet.objects.get()
    assert (rad.vardgivare, rad.patient_id, rad.typ) == (
        region["A"],
        I_ARBETSFOR_ALDER,
        "REHABKOORDINATOR",
    )
    assert Loggpost.objects.get().patienter == [I_ARBETSFOR_ALDER]


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


@pytest.mark.parametrize(
    ("falt", "vantat"),
    [
        ({"patientId": None}, [("AKT006", "/patientId")]),
        ({"typ": "KONFERENS", "patientId": None}, [("AKT006", "/patientId")]),
        ({"avser": "GRUPP"}, [("AKT007", "/avser")]),
        ({"typ": "SAMVERKAN", "avser": "GRUPP"}, [("AKT007", "/avser")]),
        ({"typ": "SAMVERKAN", "avser": "PATIENT", "patientId": None}, [("AKT007", "/avser")]),
    ],
)
def test_an_activity_says_whom_it_is_about(sys_a, falt, vantat):
    assert codes(sys_a("POST", "aktiviteter", insats(**falt))) == vantat


def test_a_coordinators_patient_of_another_age_is_remarked(sys_a):
    svar = sys_a("POST", "aktiviteter", insats(patientId=PATIENT))

    assert svar.status_code == 201
    assert [fel["kod"] for fel in svar.json()["anmarkningar"]] == ["AKT008"]


def test_a_group_is_kept_as_a_group(sys_a):
    sys_a("POST", "aktiviteter", insats(typ="SAMVERKAN", avser="GRUPP", patientId=None))

    assert Aktivitet.objects.get().avser == "GRUPP"
    assert sys_a("GET", "aktiviteter/A1").json()["innehall"]["avser"] == "GRUPP"
