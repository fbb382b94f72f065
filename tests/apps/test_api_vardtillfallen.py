"""In-patient care in parts: inskrivning, flytt and utskrivning become one contact."""

import itertools
from datetime import timedelta

import pytest

from gvr.models import (
    Avvisning,
    Kvittens,
    Loggpost,
    Vardkontakt,
    Vardkontaktversion,
    Vardtillfallesdel,
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

FILIAL = "90001311002"


@pytest.fixture
def region(db):
    return open_region()


@pytest.fixture
def sys_a(region):
    return Sandare("token-A")


@pytest.fixture
def sys_b(region):
    return Sandare("token-B")


def dag(nummer):
    """Return a day of the episode, which began ten days before yesterday."""
    return str(yesterday() - timedelta(days=10 - nummer))


def inskrivning(id_="T1", **falt):
    return {
        "vardtillfalleId": id_,
        "patientId": PATIENT,
        "enhet": {"kombika": EKBACKEN},
        "dag": dag(0),
        "tid": "14:30",
        "ikod": "1",
        **falt,
    }


def flytt(id_="F1", *, tillfalle="T1", **falt):
    return {
        "id": id_,
        "vardtillfalleId": tillfalle,
        "patientId": PATIENT,
        "enhet": {"kombika": FILIAL},
        "dag": dag(2),
        **falt,
    }


def utskrivning(id_="T1", **falt):
    return {
        "vardtillfalleId": id_,
        "patientId": PATIENT,
        "enhet": {"kombika": FILIAL},
        "dag": dag(5),
        "ukod": "1",
        "diagnoser": ["I109"],
        **falt,
    }


DELAR = (
    ("inskrivningar", inskrivning()),
    ("flyttar", flytt()),
    ("utskrivningar", utskrivning()),
)


def newest():
    kontakt = Vardkontakt.objects.get()
    return Vardkontaktversion.objects.get(vardkontakt=kontakt, version=kontakt.senaste_version)


def test_three_calls_make_one_contact_with_a_version_for_each(sys_a):
    svar = [sys_a("POST", adress, kropp) for adress, kropp in DELAR]

    assert [s.status_code for s in svar] == [201, 201, 201]
    assert [s.json()["lage"] for s in svar] == ["INNELIGGANDE", "INNELIGGANDE", "UTSKRIVEN"]
    assert [s.json()["vardkontakt"]["version"] for s in svar] == [1, 2, 3]
    kontakt = newest()
    assert (kontakt.form, str(kontakt.dag), str(kontakt.slutdag)) == (
        "SLUTENVARD",
        dag(0),
        dag(5),
    )
    assert (kontakt.ikod, kontakt.ukod, kontakt.diagnoser) == ("1", "1", ["I109"])
    assert kontakt.enhet_ref == FILIAL
    assert [(v["enhet"], v["dygn"]) for v in kontakt.detaljer["vistelser"]] == [
        (EKBACKEN, 2),
        (FILIAL, 3),
    ]
    assert Kvittens.objects.count() == 3


@pytest.mark.parametrize("ordning", list(itertools.permutations(range(3))))
def test_any_order_and_every_part_twice_gives_the_same_contact(sys_a, ordning):
    for nummer in ordning:
        adress, kropp = DELAR[nummer]
        forsta = sys_a("POST", adress, kropp)
        igen = sys_a("POST", adress, kropp)
        assert forsta.status_code == 201
        assert (igen.status_code, igen.json()["utfall"]) == (200, "OFORANDRAD")

    kontakt = newest()
    assert (str(kontakt.slutdag), kontakt.enhet_ref) == (dag(5), FILIAL)
    assert len(kontakt.detaljer["vistelser"]) == 2
    assert Vardtillfallesdel.objects.count() == 3


def test_a_discharge_before_its_admission_waits_where_its_sender_sees_it(sys_a):
    svar = sys_a("POST", "utskrivningar", utskrivning())

    assert (svar.status_code, svar.json()["utfall"]) == (201, "VANTAR")
    assert [f["kod"] for f in svar.json()["anmarkningar"]] == ["SLV001"]
    assert Vardkontakt.objects.count() == 0
    tillfalle = sys_a("GET", "vardtillfallen/T1").json()
    assert tillfalle["lage"] == "VANTAR_PA_INSKRIVNING"
    assert [(d["slag"], d["vantar"]) for d in tillfalle["delar"]] == [("UTSKRIVNING", True)]
    assert Loggpost.objects.filter(handelse="RAPPORTERA").get().patienter == [PATIENT]

    svar = sys_a("POST", "inskrivningar", inskrivning())

    assert svar.json()["lage"] == "UTSKRIVEN"
    assert "vantar" not in sys_a("GET", "utskrivningar/T1").json()


def test_a_removed_discharge_opens_the_episode_again(sys_a):
    for adress, kropp in DELAR:
        sys_a("POST", adress, kropp)

    svar = sys_a("DELETE", "utskrivningar/T1?orsak=Fel+patient")

    assert (svar.status_code, svar.json()["utfall"]) == (200, "MAKULERAD")
    assert svar.json()["lage"] == "INNELIGGANDE"
    kontakt = newest()
    assert (kontakt.slutdag, kontakt.ukod, kontakt.orsak) == (None, None, "Fel patient")
    assert sys_a("DELETE", "utskrivningar/T1").json()["utfall"] == "OFORANDRAD"
    assert sys_a("GET", "utskrivningar/T1").json()["makulerad"] is True


def test_a_removed_move_gives_its_nights_back(sys_a):
    for adress, kropp in DELAR:
        sys_a("POST", adress, kropp)

    svar = sys_a("DELETE", "flyttar/F1")

    assert [v["dygn"] for v in svar.json()["vistelser"]] == [5]
    # The discharge still names the branch, so a move seems to be missing.
    utskriven = sys_a("GET", "utskrivningar/T1").json()
    assert [f["kod"] for f in utskriven["anmarkningar"]] == ["SLV005"]


def test_a_removed_admission_cancels_the_contact_and_a_new_one_brings_it_back(sys_a):
    for adress, kropp in DELAR:
        sys_a("POST", adress, kropp)

    svar = sys_a("DELETE", "inskrivningar/T1")

    assert svar.json()["vardkontakt"]["makulerad"] is True
    assert newest().makulerad
    assert sys_a("GET", "vardtillfallen/T1").json()["lage"] == "VANTAR_PA_INSKRIVNING"

    etag = sys_a("GET", "inskrivningar/T1")["ETag"]
    svar = sys_a("PUT", "inskrivningar/T1", inskrivning(), huvud={"If-Match": etag})

    assert svar.status_code == 200
    assert not newest().makulerad
    assert str(newest().slutdag) == dag(5)


def test_an_older_version_never_overwrites_a_newer(sys_a):
    sys_a("POST", "inskrivningar", inskrivning(version=3, ikod="2"))

    gammal = sys_a("PUT", "inskrivningar/T1", inskrivning(version=2))
    fel_match = sys_a("PUT", "inskrivningar/T1", inskrivning(), huvud={"If-Match": '"2"'})
    ny = sys_a("PUT", "inskrivningar/T1", inskrivning(version=4, ikod="0"))

    assert (gammal.status_code, gammal.json()["kod"]) == (409, "GAMMAL_VERSION")
    assert (fel_match.status_code, fel_match.json()["kod"]) == (412, "VERSION_STAMMER_EJ")
    assert (ny.status_code, ny["ETag"]) == (200, '"4"')
    assert newest().ikod == "0"


def test_a_new_admission_with_other_content_is_a_correction_and_must_say_so(sys_a):
    sys_a("POST", "inskrivningar", inskrivning())

    svar = sys_a("POST", "inskrivningar", inskrivning(ikod="2"))

    assert (svar.status_code, svar.json()["kod"]) == (409, "FINNS_REDAN")


def test_a_moved_admission_takes_parts_out_and_lets_them_in_again(sys_a):
    for adress, kropp in DELAR:
        sys_a("POST", adress, kropp)

    sys_a("PUT", "inskrivningar/T1", inskrivning(dag=dag(3)))

    assert sys_a("GET", "flyttar/F1").json()["vantar"] is True
    sys_a("PUT", "flyttar/F1", flytt(dag=dag(4)))
    assert [v["dygn"] for v in sys_a("GET", "vardtillfallen/T1").json()["vistelser"]] == [1, 1]


def test_an_episode_is_found_and_removed_by_patient_day_time_and_unit(sys_a, sys_b):
    sys_a("POST", "inskrivningar", inskrivning())
    sys_a("POST", "inskrivningar", inskrivning("T2", tid="18:00"))
    enhet = "enhet.inr=90001&enhet.klin=311&enhet.avd=001"
    nyckel = f"patientId={PATIENT}&dag={dag(0)}&{enhet}"

    assert sys_a("GET", f"vardtillfallen?{nyckel}").status_code == 409
    funnen = sys_a("GET", f"vardtillfallen?{nyckel}&tid=14:30")
    assert funnen.json()["vardtillfalleId"] == "T1"
    assert sys_a("GET", f"inskrivningar?{nyckel}&tid=18:00").json()["id"] == "T2"
    assert sys_b("GET", f"vardtillfallen?{nyckel}&tid=14:30").status_code == 404

    svar = sys_a("DELETE", f"inskrivningar?{nyckel}&tid=14:30")

    assert svar.json()["id"] == "T1"
    assert sys_a("GET", f"vardtillfallen?{nyckel}").json()["vardtillfalleId"] == "T2"


@pytest.mark.parametrize(
    "query", ["", "?dag=2026-01-01", "?patientId=1&dag=x", "?vem=1", "?patientId=1&tid=25"]
)
def test_an_episode_that_is_not_pointed_out_is_a_bad_request(sys_a, query):
    assert sys_a("GET", f"vardtillfallen{query}").status_code == 400


def test_a_contact_that_was_sent_whole_is_not_changed_in_parts(sys_a):
    hel = besok(
        "T1", form="SLUTENVARD", btyp=None, taxa=None, yrkeskategorier=None, dag=dag(0), ikod="1"
    )
    assert sys_a("POST", "vardkontakter", hel).status_code == 201

    svar = sys_a("POST", "inskrivningar", inskrivning())

    assert (svar.status_code, svar.json()["kod"]) == (409, "SLV010")
    assert Vardkontaktversion.objects.count() == 1


def test_what_was_corrected_whole_and_what_a_part_says_are_both_kept(sys_a):
    sys_a("POST", "inskrivningar", inskrivning())
    hel = sys_a("GET", "vardkontakter/T1").json()["vardkontakt"]
    sys_a("PUT", "vardkontakter/T1", {**hel, "ikod": "2"})

    assert sys_a("POST", "flyttar", flytt()).status_code == 201
    assert sys_a("POST", "utskrivningar", utskrivning()).status_code == 201

    kontakt = newest()
    assert (kontakt.ikod, kontakt.ukod, str(kontakt.slutdag)) == ("2", "1", dag(5))
    assert len(kontakt.detaljer["vistelser"]) == 2
    assert sys_a("POST", "inskrivningar", inskrivning()).json()["utfall"] == "OFORANDRAD"
    sys_a("DELETE", "utskrivningar/T1")
    assert (newest().ikod, newest().slutdag) == ("2", None)


def test_a_part_that_says_otherwise_than_the_whole_is_told_where_and_writes_nothing(sys_a):
    sys_a("POST", "inskrivningar", inskrivning())
    hel = sys_a("GET", "vardkontakter/T1").json()["vardkontakt"]
    sys_a("PUT", "vardkontakter/T1", {**hel, "ikod": "2", "diagnoser": ["I109"]})

    svar = sys_a("PUT", "inskrivningar/T1", inskrivning(ikod="0"))

    assert (svar.status_code, codes(svar)) == (409, [("SLV011", "/ikod")])
    assert newest().ikod == "2"
    assert sys_a("PUT", "inskrivningar/T1", inskrivning(ikod="2")).status_code == 200
    assert newest().diagnoser == ["I109"]

    sys_a("DELETE", "vardkontakter/T1")
    svar = sys_a("POST", "utskrivningar", utskrivning())
    assert (svar.status_code, codes(svar)) == (409, [("SLV011", "/vardtillfalleId")])
    assert newest().makulerad


def test_a_move_never_changes_episode(sys_a):
    sys_a("POST", "flyttar", flytt())

    svar = sys_a("PUT", "flyttar/F1", flytt(tillfalle="T2"))

    assert (svar.status_code, svar.json()["kod"]) == (409, "SLV012")


def test_everything_wrong_with_a_part_is_said_at_once(sys_a):
    svar = sys_a(
        "POST",
        "utskrivningar",
        utskrivning(
            patientId="191212121211",
            dag=str(yesterday() + timedelta(days=9)),
            avlidenTid="10:00",
            diagnoser=["i10"],
            atgarder=[{"kod": "AQ014", "diagnosnr": 3}],
        ),
    )

    assert svar.status_code == 422
    assert {kod for kod, _ in codes(svar)} == {"GVR010", "GVR032", "GVR066", "SLV006", "SLV007"}
    assert ("SLV006", "/atgarder/0/diagnosnr") in codes(svar)
    assert "1912" not in svar.content.decode()
    assert Vardtillfallesdel.objects.count() == 0
    assert len(Avvisning.objects.get().avvikelser) == 5


@pytest.mark.parametrize(
    ("adress", "kropp", "kod"),
    [
        ("inskrivningar", {**inskrivning(), "pris": 5}, "OKANT_FALT"),
        ("inskrivningar", {**inskrivning(), "makulerad": True}, "OKANT_FALT"),
        ("inskrivningar", {**inskrivning(), "tid": "25:99"}, "FEL_FORMAT"),
        ("inskrivningar", {**inskrivning(), "enhet": {"inr": "90001"}}, "ENHET_OTYDLIG"),
        ("inskrivningar", {**inskrivning(), "orsak": f"gäller {PATIENT}"}, "IDENTITET_I_TEXT"),
        ("utskrivningar", {**utskrivning(), "ukod": "77"}, "FEL_LANGD"),
        ("flyttar", {k: v for k, v in flytt().items() if k != "dag"}, "FALT_SAKNAS"),
        ("flyttar", {**flytt(), "dag": "i går"}, "FEL_FORMAT"),
    ],
)
def test_a_badly_written_part_is_refused_with_its_place(sys_a, adress, kropp, kod):
    svar = sys_a("POST", adress, kropp)

    assert svar.status_code == (422 if kod == "IDENTITET_I_TEXT" else 400)
    assert kod in [k for k, _ in codes(svar)]
    assert Vardtillfallesdel.objects.count() == 0


def test_a_part_at_another_providers_unit_is_refused(sys_a):
    svar = sys_a("POST", "inskrivningar", inskrivning(enhet={"kombika": CEDERLUND}))

    assert (svar.status_code, svar.json()["kod"]) == (403, "OMBUD_SAKNAS")


def test_an_admission_to_an_unknown_unit_is_registered_and_waits(sys_a):
    svar = sys_a("POST", "inskrivningar", inskrivning(enhet={"kombika": OKAND}))

    assert svar.status_code == 201
    assert svar.json()["vardkontakt"]["utfall"] == "PARKERAD"
    assert [f["kod"] for f in svar.json()["anmarkningar"]] == ["ENHET_OKAND"]
    assert sys_a("GET", "vardtillfallen/T1").status_code == 200


def test_another_system_sees_nothing_and_may_use_the_same_id(sys_a, sys_b):
    sys_a("POST", "inskrivningar", inskrivning())

    for adress in ("inskrivningar/T1", "vardtillfallen/T1"):
        assert sys_b("GET", adress).status_code == 404
    assert sys_b("DELETE", "inskrivningar/T1").status_code == 404
    svar = sys_b("POST", "inskrivningar", inskrivning(enhet={"kombika": CEDERLUND}))
    assert svar.status_code == 201


def test_a_rehearsal_stores_nothing_and_says_what_the_episode_would_be(sys_a):
    sys_a("POST", "inskrivningar", inskrivning())
    fore = Loggpost.objects.count()

    svar = sys_a("POST", "utskrivningar?torrkorning=true", utskrivning())

    assert (svar.status_code, svar.json()["lage"]) == (200, "UTSKRIVEN")
    assert "utfall" in svar.json()["ersattning"]
    assert Vardtillfallesdel.objects.count() == 1
    assert Vardkontakt.objects.get().senaste_version == 1
    assert Loggpost.objects.count() == fore


def test_the_same_key_gives_the_same_answer(sys_a):
    forsta = sys_a("POST", "inskrivningar", inskrivning(), nyckel="n1")
    igen = sys_a("POST", "inskrivningar", inskrivning(), nyckel="n1")
    annan = sys_a("POST", "inskrivningar", inskrivning(ikod="2"), nyckel="n1")

    assert igen.content == forsta.content
    assert igen["Idempotens-Upprepad"] == "true"
    assert (annan.status_code, annan.json()["kod"]) == (422, "NYCKEL_UPPTAGEN")
    assert Vardtillfallesdel.objects.count() == 1


def test_what_is_read_can_be_sent_again(sys_a):
    kropp = utskrivning(
        atgarder=[{"kod": "AQ014", "datum": dag(1), "diagnosnr": 1}, "PE009"],
        medicinsktKlar=dag(4),
        tid="11:00",
    )
    sys_a("POST", "inskrivningar", inskrivning())
    sys_a("POST", "utskrivningar", kropp)

    last = sys_a("GET", "utskrivningar/T1")

    igen = sys_a("PUT", "utskrivningar/T1", last.json()["innehall"])
    assert igen.json()["utfall"] == "OFORANDRAD"
    assert Loggpost.objects.filter(handelse="LAS").get().patienter == [PATIENT]


def test_a_deceased_patient_is_known_by_the_code_of_the_discharge(sys_a):
    sys_a("POST", "inskrivningar", inskrivning())
    sys_a("POST", "utskrivningar", utskrivning(ukod="7", avlidenTid="04:10"))

    assert newest().detaljer["avliden"] is True
