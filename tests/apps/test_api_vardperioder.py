"""Vårdansvar and vårdperioder: two reports, one period, and the contacts that name it."""

import itertools
from datetime import timedelta

import pytest

from gvr.models import Avvisning, Ersattningshandelse, Loggpost, Periodrapport
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

ADRESSER = ("vardansvar", "vardperioder")
TYP = {"vardansvar": "BASAL", "vardperioder": "PSYKIATRI"}
FALT = {"vardansvar": "tillhorVardansvar", "vardperioder": "vardperiod"}


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
    return str(yesterday() - timedelta(days=30 - nummer))


def start(adress, id_="P1", **falt):
    return {
        "id": id_,
        "patientId": PATIENT,
        "enhet": {"kombika": EKBACKEN},
        "dag": dag(0),
        "typ": TYP[adress],
        **falt,
    }


def slut(**falt):
    return {"patientId": PATIENT, "enhet": {"kombika": EKBACKEN}, "dag": dag(20), **falt}


def newest():
    return Ersattningshandelse.objects.order_by("-pk").first()


@pytest.mark.parametrize("adress", ADRESSER)
def test_a_period_begins_goes_on_and_ends(sys_a, adress):
    borjan = sys_a("POST", adress, start(adress))
    avslut = sys_a("POST", f"{adress}/P1/slut", slut())

    assert (borjan.status_code, borjan.json()["lage"]) == (201, "PAGAR")
    assert (avslut.status_code, avslut.json()["lage"]) == (201, "AVSLUTAD")
    svar = sys_a("GET", f"{adress}/P1").json()
    assert (svar["fran"], svar["till"], svar["typ"]) == (dag(0), dag(20), TYP[adress])
    assert (str(newest().dag), str(newest().slutdag)) == (dag(0), dag(20))
    assert newest().vardgivare.namn == "Ekbackens Vårdcentral AB"


@pytest.mark.parametrize("adress", ADRESSER)
@pytest.mark.parametrize("ordning", list(itertools.permutations(range(2))))
def test_any_order_and_everything_twice_gives_the_same_period(sys_a, adress, ordning):
    anrop = ((adress, start(adress)), (f"{adress}/P1/slut", slut()))
    for nummer in ordning:
        forsta, igen = (sys_a("POST", *anrop[nummer]) for _ in range(2))
        assert forsta.status_code == 201
        assert (igen.status_code, igen.json()["utfall"]) == (200, "OFORANDRAD")

    assert sys_a("GET", f"{adress}/P1").json()["lage"] == "AVSLUTAD"
    assert str(newest().slutdag) == dag(20)
    assert Periodrapport.objects.count() == 2


def test_an_end_before_its_start_waits_and_says_so(sys_a):
    svar = sys_a("POST", "vardperioder/P1/slut", slut())

    assert svar.json()["utfall"] == "VANTAR"
    assert [f["kod"] for f in svar.json()["anmarkningar"]] == ["PER001"]
    assert sys_a("GET", "vardperioder/P1").json()["lage"] == "VANTAR_PA_START"
    assert Ersattningshandelse.objects.count() == 0


@pytest.mark.parametrize("adress", ADRESSER)
def test_the_start_and_the_end_are_corrected_apart_and_removed(sys_a, adress):
    sys_a("POST", adress, start(adress))
    sys_a("POST", f"{adress}/P1/slut", slut())

    sys_a("PUT", f"{adress}/P1", start(adress, dag=dag(2)))
    sys_a("PUT", f"{adress}/P1/slut", slut(dag=dag(18)))
    svar = sys_a("GET", f"{adress}/P1").json()
    assert (svar["fran"], svar["till"]) == (dag(2), dag(18))
    assert (svar["start"]["version"], svar["slut"]["version"]) == (2, 2)

    assert sys_a("DELETE", f"{adress}/P1/slut").json()["lage"] == "PAGAR"
    assert newest().slutdag is None
    assert sys_a("DELETE", f"{adress}/P1").json()["lage"] == "MAKULERAD"
    assert newest().makulerad
    assert sys_a("DELETE", f"{adress}/P1").json()["utfall"] == "OFORANDRAD"
    assert sys_a("GET", f"{adress}?patientId={PATIENT}").json()["perioder"][0]["lage"] == (
        "MAKULERAD"
    )


def test_an_older_version_never_overwrites_a_newer(sys_a):
    sys_a("POST", "vardperioder", start("vardperioder", version=5))

    gammal = sys_a("PUT", "vardperioder/P1", start("vardperioder", version=4, dag=dag(1)))
    fel = sys_a(
        "PUT", "vardperioder/P1", start("vardperioder", dag=dag(1)), huvud={"If-Match": '"4"'}
    )

    assert (gammal.status_code, fel.status_code) == (409, 412)
    assert str(newest().dag) == dag(0)


def test_an_end_that_a_corrected_start_passes_waits_and_comes_back(sys_a):
    sys_a("POST", "vardperioder", start("vardperioder"))
    sys_a("POST", "vardperioder/P1/slut", slut(dag=dag(5)))

    svar = sys_a("PUT", "vardperioder/P1", start("vardperioder", dag=dag(10)))

    assert svar.json()["lage"] == "PAGAR"
    assert [f["kod"] for f in sys_a("GET", "vardperioder/P1").json()["anmarkningar"]] == ["PER003"]
    sys_a("PUT", "vardperioder/P1", start("vardperioder", dag=dag(1)))
    assert sys_a("GET", "vardperioder/P1").json()["lage"] == "AVSLUTAD"


@pytest.mark.parametrize("adress", ADRESSER)
def test_a_contact_waits_for_its_period_and_is_tied_when_it_comes(sys_a, adress):
    svar = sys_a("POST", "vardkontakter", besok("V1", **{FALT[adress]: "P1"}))
    (fynd,) = svar.json()["anmarkningar"]
    assert (svar.json()["utfall"], fynd["kod"]) == ("REGISTRERAD", "PER006")
    assert fynd["pekare"] == f"/{FALT[adress]}"
    assert "Rapportera perioden" in fynd["atgard"]
    kvitto = sys_a("GET", "kvittenser").json()["kvittenser"][0]
    assert (kvitto["kod"], kvitto["atgard"]) == ("PER006", fynd["atgard"])
    assert sys_a("GET", "vardkontakter/V1").json()["anmarkningar"] == [], "told, not stored"

    (koppling,) = sys_a("GET", "vardkontakter/V1").json()["perioder"]
    assert koppling["koppling"] == "VANTAR_PA_PERIOD"
    assert [f["kod"] for f in koppling["anmarkningar"]] == ["PER006"]

    sys_a("POST", adress, start(adress))

    (koppling,) = sys_a("GET", "vardkontakter/V1").json()["perioder"]
    assert koppling["koppling"] == "KOPPLAD"
    assert sys_a("GET", f"{adress}/P1").json()["kontakter"] == ["V1"]
    assert sys_a("GET", "vardkontakter/V1").json()["vardkontakt"][FALT[adress]] == "P1"
    svar = sys_a("PUT", "vardkontakter/V1", besok("V1", **{FALT[adress]: "P1"}, taxa="02"))
    assert svar.json()["anmarkningar"] == []

    sys_a("POST", f"{adress}/P1/slut", slut())
    (koppling,) = sys_a("GET", "vardkontakter/V1").json()["perioder"]
    assert [f["kod"] for f in koppling["anmarkningar"]] == ["PER008"]


def test_an_admission_names_its_period_too(sys_a):
    sys_a(
        "POST",
        "inskrivningar",
        {
            "vardtillfalleId": "T1",
            "patientId": PATIENT,
            "enhet": {"kombika": EKBACKEN},
            "dag": dag(3),
            "tid": "10:00",
            "ikod": "1",
            "vardperiod": "P1",
        },
    )
    sys_a("POST", "vardperioder", start("vardperioder"))

    assert sys_a("GET", "vardperioder/P1").json()["kontakter"] == ["T1"]


def test_a_second_period_going_on_at_the_unit_is_remarked(sys_a):
    sys_a("POST", "vardansvar", start("vardansvar"))
    svar = sys_a("POST", "vardansvar", start("vardansvar", "P2", dag=dag(3)))
    slag = sys_a("POST", "vardperioder", start("vardperioder", "P3"))

    assert [f["kod"] for f in svar.json()["anmarkningar"]] == ["PER004"]
    assert slag.json().get("anmarkningar", []) == []


def test_everything_wrong_is_said_at_once(sys_a):
    svar = sys_a(
        "POST",
        "vardperioder",
        start(
            "vardperioder",
            patientId="191212121211",
            dag=str(yesterday() + timedelta(days=9)),
            kontaktvagDag=str(yesterday() + timedelta(days=10)),
        ),
    )

    assert svar.status_code == 422
    assert {k for k, _ in codes(svar)} == {"GVR010", "GVR032", "PER010"}
    assert "1912" not in svar.content.decode()
    assert len(Avvisning.objects.get().avvikelser) == 3


@pytest.mark.parametrize(
    ("falt", "kod"),
    [
        ({"status": "klar"}, "OKANT_FALT"),
        ({"typ": "KIRURGI"}, "FEL_FORMAT"),
        ({"enhet": {}}, "ENHET_OTYDLIG"),
        ({"dag": "2026-02-30"}, "FEL_FORMAT"),
        ({"diagnoser": [""]}, "FEL_LANGD"),
    ],
)
def test_a_badly_written_period_is_refused(sys_a, falt, kod):
    svar = sys_a("POST", "vardperioder", start("vardperioder", **falt))

    assert svar.status_code == 400
    assert kod in [k for k, _ in codes(svar)]
    assert Periodrapport.objects.count() == 0


def test_others_neither_see_nor_touch_a_period(sys_a, sys_b):
    sys_a("POST", "vardansvar", start("vardansvar"))

    assert sys_b("GET", "vardansvar/P1").status_code == 404
    assert sys_b("GET", f"vardansvar?patientId={PATIENT}").json()["perioder"] == []
    assert sys_b("DELETE", "vardansvar/P1").status_code == 404
    svar = sys_a("POST", "vardansvar", start("vardansvar", "P2", enhet={"kombika": CEDERLUND}))
    assert svar.status_code == 403


def test_a_period_at_an_unknown_unit_is_kept_with_a_remark(sys_a):
    svar = sys_a("POST", "vardansvar", start("vardansvar", enhet={"kombika": OKAND}))

    assert svar.status_code == 201
    assert [f["kod"] for f in svar.json()["anmarkningar"]] == ["ENHET_OKAND"]
    assert sys_a("GET", "vardansvar/P1").status_code == 200


def test_a_rehearsal_stores_nothing(sys_a):
    svar = sys_a("POST", "vardansvar?torrkorning=true", start("vardansvar"))

    assert (svar.status_code, svar.json()["lage"]) == (200, "PAGAR")
    assert Periodrapport.objects.count() == Loggpost.objects.count() == 0


def test_what_is_read_can_be_sent_again_and_reading_is_logged(sys_a):
    sys_a("POST", "vardperioder", start("vardperioder", kontaktvagDag=dag(0), diagnosgrupp="F3"))
    sys_a("POST", "vardperioder/P1/slut", slut(diagnoser=["F329"]))

    last = sys_a("GET", "vardperioder/P1").json()

    igen = sys_a("PUT", "vardperioder/P1", last["start"]["innehall"])
    slutet = sys_a("PUT", "vardperioder/P1/slut", last["slut"]["innehall"])
    assert igen.json()["utfall"] == slutet.json()["utfall"] == "OFORANDRAD"
    assert Loggpost.objects.filter(handelse="LAS").get().patienter == [PATIENT]


FIL = f"""<?xml version="1.0" encoding="ISO-8859-1"?>
<ERSMOIndata Källa="GVR" ID="1"><Ersättningshändelse ID="P1" Startdatum="2026-01-02"
 Startverksamhet="{EKBACKEN}"><Patient ID="{PATIENT}"/><Händelseklass>
<Vårdansvar Händelseform="Hemsjukvårdsansvar" Händelsetyp="Avancerad"/></Händelseklass>
</Ersättningshändelse></ERSMOIndata>""".encode("iso-8859-1")


def test_a_period_of_a_file_is_read_at_the_same_address_and_not_changed_in_parts(sys_a):
    sys_a("POST", "leveranser/ersmoindata", FIL, mediatyp="application/xml")
    sys_a("POST", "vardkontakter", besok("V1", tillhorVardansvar="P1"))

    svar = sys_a("GET", "vardansvar/P1").json()
    assert (svar["kalla"], svar["typ"], svar["lage"]) == ("FIL", "AVANCERAD", "PAGAR")
    assert svar["kontakter"] == ["V1"]
    (koppling,) = sys_a("GET", "vardkontakter/V1").json()["perioder"]
    assert koppling["koppling"] == "KOPPLAD"
    andrad = sys_a("POST", "vardansvar", start("vardansvar"))
    assert (andrad.status_code, andrad.json()["kod"]) == (409, "PER005")
