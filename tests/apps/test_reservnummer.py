"""Reservnummer are issued once, tied to a person, and the contacts follow without being changed."""

import threading
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from avstamning.portal import sidor
from ersattning import kedja
from gvr.actions import behorigheter, rapp
from gvr.core.personnummer import Identitetstyp, parse
from gvr.core.reservnummer import Koppling, Skal, Uppgifter, number
from gvr.core.vardkontakt import Innehall
from gvr.models import (
    Arende,
    Loggpost,
    Reservnummer,
    Reservnummerkoppling,
    Vardkontaktversion,
)
from gvr.queries import demo
from gvr.queries import reservnummer as lasning
from gvr.queries.behorighet import databaskontext
from tests.factories import portal
from tests.factories.portal import EKBACKEN

NU = datetime(2026, 11, 20, 9, 42, tzinfo=ZoneInfo("Europe/Stockholm"))
PERSON = demo.test_patients()[3]
UPPGIFTER = Uppgifter(skal=Skal.OKAND)

#: A visit gives 1 000 kr to who has turned 65, else 400 kr; without a birthday nothing can be said.
PAKET = {
    **portal.PAKET,
    "modell": "alder",
    "regler": [
        {
            "id": namn,
            "titel": namn,
            "avsnitt": "Besök",
            "typ": "grund",
            "produktkod": namn,
            "kalla": ["https://exempel.se/anvisning"],
            "villkor": {"besokstyp": ["1"], "alder": alder},
        }
        for namn, alder in (("ALDRE", {"fran": 65}), ("YNGRE", {"till": 64}))
    ],
}


@pytest.fixture
def region(db):
    from tests import world  # noqa: PLC0415 - needs Django
    from tests.factories import publicerat  # noqa: PLC0415

    class Liten:
        vardgivare = world.load_providers()

    publicerat.publish_pack(PAKET)
    publicerat.publish_prices(
        "alder", "huslakarverksamhet", {"ALDRE": Decimal(1000), "YNGRE": Decimal(400)}
    )
    liten = Liten()
    liten.a, liten.b = liten.vardgivare["A"], liten.vardgivare["B"]
    liten.rut = portal.user("rut", ser=[liten.a], grupper=["Vårdadministratör"])
    behorigheter.grant(user=liten.rut, permission=behorigheter.REGISTER, vardgivare=[liten.a])
    liten.beda = portal.user("beda", ser=[liten.b])
    behorigheter.grant(user=liten.beda, permission=behorigheter.REGISTER, vardgivare=[liten.b])
    return liten


@pytest.fixture
def rut(region):
    return rapp.Handlaggare(anvandare=region.rut, vardgivare_id=region.a.pk)


@pytest.fixture
def beda(region):
    return rapp.Handlaggare(anvandare=region.beda, vardgivare_id=region.b.pk)


def issue(by, **falt):
    besked = rapp.issue_number(Uppgifter(**{"skal": Skal.OKAND, **falt}), by=by, at=NU)
    assert besked.avvikelser == ()
    return besked.nummer


def tie(by, nummer, personnummer=PERSON, **falt):
    return rapp.tie_number(Koppling(nummer=nummer, personnummer=personnummer, **falt), by=by, at=NU)


def visit(by, nummer, vardhandelse_id="R261119-BCDFGHJK", **falt):
    """Register a visit on the number, decide it, and return its id."""
    innehall = Innehall(
        **{
            "enhet": EKBACKEN,
            "patient_id": nummer,
            "dag": date(2026, 11, 19),
            "btyp": "1",
            "taxa": "01",
            "yrkeskategorier": ("01",),
            **falt,
        }
    )
    resultat = rapp.register(innehall, vardhandelse_id=vardhandelse_id, by=by, at=NU)
    assert rapp.kept(resultat), resultat
    (pk,) = Vardkontaktversion.objects.filter(
        vardkontakt__vardhandelse_id=vardhandelse_id
    ).values_list("vardkontakt_id", flat=True)
    decide(pk)
    return pk


def decide(pk):
    """Decide what waits; return how much the posts came to."""
    Arende.objects.filter(vardkontakt_id=pk).delete()
    forandringar = kedja.decide([pk], at=NU)
    return sum((post.rad.belopp for f in forandringar for post in f.poster), Decimal(0))


def test_numbers_follow_each_other_with_the_sex_in_the_digit(rut):
    forsta = issue(rut)
    kvinna, man = issue(rut, kon="K"), issue(rut, kon="M")

    assert len({forsta, kvinna, man}) == 3
    assert (parse(kvinna).kon, parse(man).kon) == ("K", "M")
    assert all(parse(n).typ is Identitetstyp.RESERVNUMMER for n in (forsta, kvinna, man))
    rad = Reservnummer.objects.get(nummer=man)
    assert (rad.ar, rad.skal, rad.kon, rad.utfardat_av.username) == (2026, "OKAND", "M", "rut")


def test_a_number_that_is_in_use_already_is_never_issued(rut):
    """Journal systems issue numbers of the same series."""
    anvant = number(2026, 1)
    visit(rut, anvant, fodd=date(1990, 1, 1))

    assert issue(rut) != anvant


def test_an_impossible_patient_gets_no_number(rut):
    besked = rapp.issue_number(Uppgifter(skal=Skal.NYFODD, fodd=date(2030, 1, 1)), by=rut, at=NU)

    assert [fel.kod for fel in besked.avvikelser] == ["RES001"]
    assert Reservnummer.objects.count() == 0


def test_issuing_and_tying_stand_in_the_access_log(rut):
    nummer = issue(rut)
    tie(rut, nummer)

    handelser = dict(Loggpost.objects.filter(tid=NU).values_list("handelse", "patienter"))
    assert handelser["UTFARDA_RESERVNUMMER"] == [nummer]
    assert handelser["KOPPLA_RESERVNUMMER"] == [nummer, PERSON]


def test_when_the_person_is_known_the_contact_is_decided_about_the_person(rut):
    nummer = issue(rut)
    pk = visit(rut, nummer)
    fore = Vardkontaktversion.objects.get(vardkontakt_id=pk)
    assert decide(pk) == 0  # age unknown: nothing can be said

    besked = tie(rut, nummer)  # born 1931

    assert besked.kontakter == 1
    assert Arende.objects.filter(vardkontakt_id=pk).exists()
    assert decide(pk) == Decimal(1000)
    efter = Vardkontaktversion.objects.get(vardkontakt_id=pk)  # still one, as it was reported
    assert (efter.patient_id, efter.fodd, efter.version) == (nummer, fore.fodd, 1)


def test_a_withdrawn_tie_takes_its_money_back(rut):
    nummer = issue(rut, fodd=date(1990, 5, 17))
    pk = visit(rut, nummer)
    tie(rut, nummer)
    assert decide(pk) == Decimal(600)  # 1 000 instead of 400

    utan_skal = rapp.tie_number(Koppling(nummer=nummer, aterkalla=True), by=rut, at=NU)
    besked = rapp.tie_number(
        Koppling(nummer=nummer, aterkalla=True, skal="Fel person"), by=rut, at=NU
    )

    assert [fel.kod for fel in utan_skal.avvikelser] == ["RES008"]
    assert besked.kontakter == 1
    assert decide(pk) == Decimal(-600)
    assert lasning.tied_to(nummer) is None
    assert [rad.aterkallad for rad in lasning.history(nummer)] == [True, False]


def test_a_number_of_unknown_sex_tells_the_rules_no_sex(rut):
    nummer = issue(rut)
    pk = visit(rut, nummer, fodd=date(1990, 5, 17))

    (reg,) = lasning.resolve(kedja.kontakter.newest([pk]))

    assert reg.innehall.kon is None


def test_tying_again_to_the_same_person_changes_nothing(rut):
    nummer = issue(rut)
    visit(rut, nummer)
    tie(rut, nummer)

    besked = tie(rut, nummer)

    assert (besked.status, besked.kontakter) == (200, 0)
    assert Reservnummerkoppling.objects.count() == 1


def test_a_tie_to_somebody_else_asks_for_withdrawal_first(rut):
    nummer = issue(rut)
    tie(rut, nummer)

    besked = tie(rut, nummer, demo.test_patients()[4])

    assert [fel.kod for fel in besked.avvikelser] == ["RES006"]


def test_another_provider_ties_nothing_it_has_nothing_to_do_with(rut, beda):
    nummer = issue(rut)

    besked = tie(beda, nummer)

    assert (besked.status, [fel.kod for fel in besked.avvikelser]) == (404, ["RES005"])
    assert Reservnummerkoppling.objects.count() == 0


def test_the_person_is_found_under_every_number(rut):
    ett, tva, annan = issue(rut), issue(rut), issue(rut)
    for nummer in (ett, tva, annan):
        tie(rut, nummer)
    rapp.tie_number(Koppling(nummer=annan, aterkalla=True, skal="Fel"), by=rut, at=NU)

    assert set(lasning.numbers_of(PERSON)) == {PERSON, ett, tva}
    assert set(lasning.numbers_of(ett)) == {PERSON, ett, tva}
    assert lasning.numbers_of(annan) == (annan,)


def test_contacts_without_reservnummer_cost_no_statement(rut, django_assert_num_queries):
    visit(rut, PERSON)
    rader = kedja.kontakter.newest(
        list(Vardkontaktversion.objects.values_list("vardkontakt_id", flat=True))
    )

    with django_assert_num_queries(0):
        assert lasning.resolve(rader) == rader


def test_parallel_issues_never_give_a_number_twice(egen_databas):
    from tests import world  # noqa: PLC0415 - needs Django

    with databaskontext(alla=True):
        vardgivare = world.load_providers()["A"]
    user = portal.user("rut", ser=[vardgivare])
    by = rapp.Handlaggare(anvandare=user, vardgivare_id=vardgivare.pk)
    givna, fel = [], []
    start = threading.Barrier(6)

    def work():
        try:
            start.wait()
            for _ in range(10):
                with databaskontext(alla=True):
                    givna.append(issue(by, kon="K"))
        except Exception as error:  # noqa: BLE001 - shown below
            fel.append(error)
        finally:
            connections.close_all()

    tradar = [threading.Thread(target=work) for _ in range(6)]
    for trad in tradar:
        trad.start()
    for trad in tradar:
        trad.join()

    assert fel == []
    assert len(givna) == len(set(givna)) == 60
    with databaskontext(alla=True):
        assert Reservnummer.objects.count() == 60


def test_the_database_itself_refuses_a_number_twice(rut, region):
    from django.db import IntegrityError  # noqa: PLC0415 - needs Django

    nummer = issue(rut)
    rad = Reservnummer.objects.get(nummer=nummer)
    rad.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        rad.save(force_insert=True)


def test_row_level_security_hides_another_providers_numbers(rut, region):
    issue(rut)

    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('app.alla', 'nej', true), set_config('app.vardgivare', %s, true)",
            [str(region.b.pk)],
        )

    assert Reservnummer.objects.count() == 0


# The pages ---------------------------------------------------------------------------------------


@pytest.fixture
def klient(region, monkeypatch):
    monkeypatch.setattr(sidor, "now", lambda: NU)
    klient = Client()
    klient.force_login(region.rut)
    return klient


def take_out(klient, **falt):
    return klient.post(reverse("portal:rapp_reservnummer"), {"skal": "ASYLSOKANDE", **falt})


def test_a_number_is_taken_out_and_used_for_a_visit(klient):
    svar = take_out(
        klient, fodd="1990-05-17", kon="K", lma_nummer="10-123456", lma_t_o_m="2027-01-31"
    )

    sida = klient.get(svar["Location"]).content.decode()
    nummer = Reservnummer.objects.get().nummer
    assert nummer not in svar["Location"]
    assert f"{nummer[:8]}-{nummer[8:]}" in sida
    assert "Asylsökande" in sida
    assert "10-123456, gäller till och med 2027-01-31" in sida
    blankett = klient.get(svar["Location"] + "ny/").content.decode()
    assert 'name="lma_nummer" value="10-123456"' in blankett
    assert 'name="fodd" class="datum" value="1990-05-17"' in blankett


def test_a_faulty_form_keeps_what_was_typed(klient):
    svar = take_out(klient, skal="", fodd="i maj", lma_nummer="12")

    text = svar.content.decode()
    assert svar.status_code == 400
    assert 'value="i maj"' in text
    assert '<a href="#skal">' in text
    assert Reservnummer.objects.count() == 0


def test_the_number_is_tied_and_withdrawn_on_its_page(klient, rut):
    patient = take_out(klient, skal="OKAND")["Location"]
    koppling = patient + "koppling/"
    visit(rut, Reservnummer.objects.get().nummer)

    fel = klient.post(koppling, {"personnummer": "123", "gor": "koppla"})
    svar = klient.post(koppling, {"personnummer": PERSON, "gor": "koppla"}, follow=True)
    sida = klient.get(koppling).content.decode()
    tillbaka = klient.post(koppling, {"skal": "Fel person", "gor": "aterkalla"}, follow=True)

    assert fel.status_code == 400
    assert 'value="123"' in fel.content.decode()
    assert "1 vårdkontakt prövas på nytt" in svar.content.decode()
    assert f"Kopplat till {PERSON[:8]}-{PERSON[8:]}" in sida
    assert "Kopplingen är återkallad" in tillbaka.content.decode()


def test_a_tied_patients_contacts_are_shown_under_both_numbers(klient, rut):
    nummer = issue(rut)
    visit(rut, nummer)
    tie(rut, nummer)

    svar = klient.post(reverse("portal:rapp_sok"), {"patient": PERSON}, follow=True)

    text = svar.content.decode()
    assert "Även känd som" in text
    assert f"{nummer[:8]}-{nummer[8:]}" in text
    assert "Patienten har inga vårdkontakter hos er" not in text
