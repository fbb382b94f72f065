"""Three contract parties meet a patient at once: one vårdkontakt, every part tied, paid once.

The main party reports its contact, another reports its part over the API from a journal system of
its own, and a third fills in the portal's form. Whoever comes first, and however late the last one
is, the register and the money end the same.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.test import Client

from avstamning.queries import invarianter
from ersattning import kedja
from ersattning.hej.models import Post
from gvr.actions import behorigheter
from gvr.models import Deltagande, Samverkanstillfalle, Vardkontakt, Vardkontaktversion
from gvr.queries import samverkan
from gvr.queries.behorighet import databaskontext
from tests.factories import publicerat
from tests.factories.sandare import (
    CEDERLUND,
    EKBACKEN,
    PATIENT,
    Sandare,
    besok,
    noon,
    open_region,
    yesterday,
)

GRANLUND = "90005311001"  # has no journal system
HUVUD, DELEN, TREDJE = "huvudkontakten", "delen", "formuläret"
PAKET = {
    "modell": "test",
    "namn": "Test",
    "avtalsomrade": "specialiserad-gynekologi",
    "version": "1",
    "giltig": {"fr_o_m": date(2020, 1, 1)},
    "kallor": ["test"],
    "regler": [
        {
            "id": "TEAM",
            "titel": "Teambesök",
            "typ": "grund",
            "produktkod": "TEAM",
            "kalla": ["test"],
            "villkor": {"besokstyp": ["A"]},
        }
    ],
}
DELPAKET = {
    **PAKET,
    "modell": "del",
    "avtalsomrade": "huslakarverksamhet",
    "regler": [
        {
            "id": "DEL",
            "titel": "Deltagande",
            "typ": "grund",
            "produktkod": "DEL",
            "kalla": ["test"],
            "villkor": {"samverkan": {"roll": "deltagare"}},
        }
    ],
}


def open_three():
    """Open the region with two journal systems and a person who registers for a third party."""
    vardgivare = open_region()
    publicerat.publish_pack(PAKET)
    publicerat.publish_pack(DELPAKET)
    publicerat.publish_prices("test", "specialiserad-gynekologi", {"TEAM": Decimal("1000.00")})
    publicerat.publish_prices("del", "huslakarverksamhet", {"DEL": Decimal("200.00")})
    gunilla = behorigheter.create_user(
        namn="Gunilla Gran",
        anvandarnamn="gunilla",
        losenord="aldrig-använt-i-testerna",
        region=False,
        grupper=("Vårdadministratör",),
    )
    for ratt in (behorigheter.VIEW, behorigheter.REGISTER):
        behorigheter.grant(user=gunilla, permission=ratt, vardgivare=[vardgivare["E"]])
    klient = Client()
    klient.force_login(gunilla)
    return {HUVUD: Sandare("token-B"), DELEN: Sandare("token-A"), TREDJE: klient}


def report(parter, vem):
    """Let one of the parties report what it did; return the status of the answer."""
    if vem == HUVUD:
        kontakt = besok(enhet={"kombika": CEDERLUND}, btyp="A", tid="10:00")
        return parter[vem]("POST", "vardkontakter", kontakt).status_code
    if vem == DELEN:
        del_ = {
            "id": "D1",
            "huvudkontakt": {"kallsystem": "JOURNAL-B", "vardhandelseId": "V1"},
            "enhet": {"kombika": EKBACKEN},
            "dag": str(yesterday()),
            "tid": "10:00",
            "minuter": 45,
            "yrkeskategorier": ["77"],
        }
        return parter[vem]("POST", "deltaganden", del_).status_code
    formular = {
        "enhet": GRANLUND,
        "dag": str(yesterday()),
        "tid": "10.15",
        "minuter": "30",
        "roll": "KONSULT",
        "yrkeskategorier": "01",
        "patient": PATIENT,
        "huvud_enhet": CEDERLUND,
    }
    return parter[vem].post("/samverkan/nytt/", formular).status_code


def work(at=None):
    while kedja.decide_next(at=at or noon()):
        pass


def ties():
    """Return how each part stands, by its unit."""
    nycklar = set(Deltagande.objects.values_list("kallsystem", "extern_id"))
    bilder = samverkan.occasions(nycklar)
    return {rad.kombika: dom.koppling for bild in bilder.values() for rad, dom in bild.delar}


def end():
    """Return what the register and the money say in the end."""
    huvud = Vardkontakt.objects.get()
    bild = samverkan.occasions_of_contacts([huvud.pk])[huvud.pk]
    return {
        "kontakt": (huvud.vardhandelse_id, Vardkontaktversion.objects.count()),
        "delar": sorted((rad.kombika, rad.roll, dom.koppling) for rad, dom in bild.delar),
        "avvikelser": [*bild.avvikelser, *bild.dubbletter],
        "tillfallen": Samverkanstillfalle.objects.count(),
        "poster": sorted(
            Post.objects.values_list("vardgivare__namn", "produktkod", "antal", "belopp")
        ),
    }


SLUTET = {
    "kontakt": ("V1", 1),
    "delar": [(EKBACKEN, "MEDVERKANDE", "KOPPLAD"), (GRANLUND, "KONSULT", "KOPPLAD")],
    "avvikelser": [],
    "tillfallen": 1,
    "poster": [
        ("Cederlunds Läkarhus AB", "TEAM", 1, Decimal("1000.00")),
        ("Ekbackens Vårdcentral AB", "DEL", 1, Decimal("200.00")),
        ("Granlunds Husläkarmottagning AB", "DEL", 1, Decimal("200.00")),
    ],
}


def assert_the_books_hold():
    assert [rad.kod for rad in invarianter.check() if rad.brott] == []


@pytest.mark.parametrize(
    "ordning",
    [(HUVUD, DELEN, TREDJE), (DELEN, HUVUD, TREDJE), (TREDJE, DELEN, HUVUD)],
    ids="→".join,
)
def test_whoever_reports_first_it_is_one_contact_with_every_part_tied_and_paid_once(db, ordning):
    parter = open_three()
    sist = ordning[-1]

    for vem in ordning[:-1]:
        assert report(parter, vem) in (201, 302), vem
        work()
    vantar = {lage for lage in ties().values() if lage == "VANTAR_PA_HUVUDKONTAKT"}
    assert bool(vantar) is (sist == HUVUD)
    assert Vardkontakt.objects.count() == (sist != HUVUD)

    assert report(parter, sist) in (201, 302)  # a day late
    work(at=noon() + timedelta(days=1))

    assert end() == SLUTET
    assert_the_books_hold()


def test_two_systems_and_a_form_at_the_same_moment_make_one_occasion(egen_databas):
    with databaskontext(alla=True):
        parter = open_three()
    tradar = (HUVUD, HUVUD, DELEN, DELEN, TREDJE, "arbetaren", "arbetaren")
    start = threading.Barrier(len(tradar))

    def run(vem):
        start.wait()
        try:
            return 0 if work_for_a_while(vem) else report(parter, vem)
        finally:
            connections.close_all()

    def work_for_a_while(vem):
        if vem == "arbetaren":
            for _ in range(20):
                work()
        return vem == "arbetaren"

    with ThreadPoolExecutor(len(tradar)) as pool:
        statusar = sorted(pool.map(run, tradar))
    work()

    # Each system sends its report twice: one of the two is told that it was known already.
    assert statusar == [0, 0, 200, 200, 201, 201, 302]
    with databaskontext(alla=True):
        assert end() == SLUTET
        assert_the_books_hold()
