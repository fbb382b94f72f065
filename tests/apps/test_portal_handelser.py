"""The portal beside contacts: stays, periods, what waits, waiting times."""

from datetime import timedelta

import pytest

from gvr.actions import roller
from gvr.models import Loggpost, Vardkontakt
from tests.factories.regionen import client, provider_user, staff
from tests.factories.sandare import EKBACKEN, PATIENT, Sandare, besok, open_region, yesterday

FILIAL = "90001311002"
MASKAD = "19••••••-••12"


@pytest.fixture
def region(db):
    return open_region()


@pytest.fixture
def sys_a(region):
    return Sandare("token-A")


@pytest.fixture
def bo(region):
    return client(provider_user("bo", region["A"]))


@pytest.fixture
def cecilia(region):
    return client(provider_user("cecilia", region["B"]))


def dag(nummer):
    return str(yesterday() - timedelta(days=10 - nummer))


def gemensamt(**falt):
    return {"patientId": PATIENT, "enhet": {"kombika": EKBACKEN}} | falt


def inskrivning(**falt):
    return gemensamt(vardtillfalleId="T1", dag=dag(0), tid="14:30", ikod="1", **falt)


def flytt(**falt):
    forval = {"id": "F1", "enhet": {"kombika": FILIAL}, "dag": dag(3), "vardtillfalleId": "T1"}
    return gemensamt(**{**forval, **falt})


def utskrivning(**falt):
    forval = {"enhet": {"kombika": FILIAL}, "dag": dag(7), "vardtillfalleId": "T1"}
    return gemensamt(**{**forval, "ukod": "1", "diagnoser": ["I109"], **falt})


def page(klient, adress):
    svar = klient.get(adress)
    assert svar.status_code == 200, adress
    return svar.content.decode()


def test_a_contacts_page_shows_the_stays_with_their_nights(sys_a, bo):
    sys_a("POST", "inskrivningar", inskrivning())
    sys_a("POST", "flyttar", flytt())
    sys_a("POST", "utskrivningar", utskrivning(ukod="7"))

    text = page(bo, f"/vardkontakter/{Vardkontakt.objects.get().uuid}/")

    assert '<h2 id="h-vistelser">Vistelser</h2>' in text
    assert "Ekbackens filial Sjöstaden" in text
    assert '<td class="n">3</td>' in text
    assert '<td class="n">4</td>' in text
    assert "Patienten avled under vårdtillfället." in text
    assert PATIENT not in text


def test_a_contacts_page_shows_its_periods_its_wait_and_what_does_not_fit(sys_a, bo):
    sys_a("POST", "inskrivningar", inskrivning(vardperiod="P9"))
    sys_a("POST", "flyttar", flytt(dag=dag(-1)))
    sys_a(
        "POST",
        "vantetider",
        gemensamt(id="B1", remissdag=dag(-9), besoksdag=dag(0), vardhandelseId="T1"),
    )

    text = page(bo, f"/vardkontakter/{Vardkontakt.objects.get().uuid}/")

    assert "Väntar på perioden" in text
    assert "Flytten eller utskrivningen är daterad före inskrivningen." in text
    assert "9 dagar" in text
    assert "inneliggande" in text


def test_an_open_care_contact_shows_none_of_it(sys_a, bo):
    sys_a("POST", "vardkontakter", besok())

    text = page(bo, f"/vardkontakter/{Vardkontakt.objects.get().uuid}/")

    for rubrik in ("h-vistelser", "h-vantande", "h-perioder", "h-vantan"):
        assert rubrik not in text


def test_what_waits_is_listed_with_why_and_for_its_own_provider_only(sys_a, bo, cecilia):
    sys_a("POST", "utskrivningar", utskrivning())
    sys_a("POST", "vardperioder/P1/slut", gemensamt(dag=dag(5)))

    text = page(bo, "/vantande/")

    assert "Utskrivning" in text
    assert "Slut på vårdperiod" in text
    assert "Vårdtillfället har ingen inskrivning." in text
    assert MASKAD in text
    assert PATIENT not in text
    assert "Inget väntar under tiden." in page(cecilia, "/vantande/")
    rad = Loggpost.objects.filter(handelse="Visade det som väntar på en annan del").first()
    assert rad.patienter == [PATIENT]

    sys_a("POST", "inskrivningar", inskrivning())
    sys_a("POST", "vardperioder", gemensamt(id="P1", dag=dag(0), typ="PSYKIATRI"))

    assert "Inget väntar under tiden." in page(bo, "/vantande/")


def test_periods_are_listed_in_words_for_their_own_provider_only(sys_a, bo, cecilia):
    sys_a("POST", "vardansvar", gemensamt(id="VA1", dag=dag(0), typ="AVANCERAD"))
    sys_a("POST", "vardperioder", gemensamt(id="VP1", dag=dag(1), typ="PSYKIATRI"))
    sys_a("POST", "vardperioder/VP1/slut", gemensamt(dag=dag(4)))

    text = page(bo, "/perioder/")

    for ord_ in ("Vårdansvar", "Avancerad", "Psykiatri", "Pågår", "Avslutad", MASKAD):
        assert ord_ in text
    assert "PSYKIATRI" not in text
    assert PATIENT not in text
    assert "Inga perioder under tiden." in page(cecilia, "/perioder/")
    rad = Loggpost.objects.filter(handelse="Visade vårdansvar och vårdperioder").first()
    assert rad.patienter == [PATIENT]


def test_waiting_times_are_listed_for_their_own_provider_only(sys_a, bo, cecilia):
    sys_a(
        "POST",
        "vantetider",
        gemensamt(id="B1", remissdag=dag(0), besoksdag=dag(9), vardhandelseId="V1"),
    )

    text = page(bo, "/vantetider/")

    assert "Bokad" in text
    assert "är ännu inte registrerad" in text
    assert "Inga väntetider under tiden." in page(cecilia, "/vantetider/")
    sys_a("POST", "vardkontakter", besok("V1", dag=dag(9)))
    assert "Genomförd" in page(bo, "/vantetider/")


def test_a_number_of_days_that_cannot_be_read_is_said(bo):
    assert bo.get("/perioder/?fran=i+går").status_code == 200


def test_the_regions_people_read_all_of_it_in_the_admin_and_change_nothing(sys_a):
    sys_a("POST", "inskrivningar", inskrivning())
    sys_a("POST", "vardansvar", gemensamt(id="VA1", dag=dag(0), typ="BASAL"))
    sys_a("POST", "vantetider", gemensamt(id="B1", remissdag=dag(0)))
    rune = client(staff("rune", roller.REVISOR))

    for tabell in ("vardtillfallesdel", "periodrapport", "vantetid"):
        text = page(rune, f"/admin/gvr/{tabell}/")
        assert MASKAD in text
        assert PATIENT not in text
        assert rune.get(f"/admin/gvr/{tabell}/add/").status_code == 403
