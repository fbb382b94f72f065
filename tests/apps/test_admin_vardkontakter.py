"""Contacts in the admin: masked, logged when opened, corrected only as new versions."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from ersattning.hej.models import Kontaktlage, Post
from gvr.actions import arenden, behorigheter, rattelser, roller
from gvr.actions.rattelser import UnableToCorrect
from gvr.actions.stamdata import daterange
from gvr.models import (
    Arende,
    Kod,
    Kodverk,
    Kvittens,
    Leverans,
    Loggpost,
    Vardkontakt,
    Vardkontaktversion,
)
from tests.factories import kontakter, pengar, regionen

PATIENT = kontakter.PATIENT
DAG = date(2026, 11, 18)


@pytest.fixture
def varld(db):
    vardgivare = pengar.region()
    behorigheter.create_machine_account(
        namn="Journal A",
        kallsystem="JOURNAL-A",
        hsa_id="",
        token="hemlig",
        vardgivare=[vardgivare["A"]],
    )
    return vardgivare


@pytest.fixture
def kontakt(varld):
    """A paid visit at Ekbacken: 1 000 kr less a patient fee of 275 kr."""
    return Vardkontakt.objects.get(pk=pengar.visit("K-1", DAG))


@pytest.fixture
def anna(varld):
    return regionen.client(regionen.anna())


def address(kontakt, vad="change"):
    return f"/admin/gvr/vardkontakt/{kontakt.pk}/{vad}/"


def fields(kontakt, **andrat):
    """Return what the correction form sends when nothing but this is changed."""
    from gvr.admin.rattelser import Rattelseformular  # noqa: PLC0415

    innehall = rattelser.newest(kontakt.pk).innehall
    visat = Rattelseformular.initial_of(innehall)
    falt = {
        namn: ", ".join(v) if isinstance(v, tuple) else "" if v is None else v
        for namn, v in visat.items()
    }
    return {**falt, "skal": "Fel taxa i journalen", **andrat}


def correct(klient, kontakt, **andrat):
    """Fill in the form and return the page that shows the effect."""
    return klient.post(address(kontakt, "ratta"), fields(kontakt, **andrat))


def confirm(klient, kontakt, svar):
    underlag = svar.context["form"].initial["underlag"]
    return klient.post(address(kontakt, "bekrafta"), {"underlag": underlag}, follow=True)


def paid(kontakt):
    return sum((p.belopp for p in Post.objects.filter(vardkontakt=kontakt)), Decimal("0.00"))


# Reading ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lista", ["/admin/gvr/vardkontakt/", "/admin/hej/kontaktlage/", "/admin/hej/beslut/"]
)
def test_no_list_shows_who_the_patient_is(anna, kontakt, lista):
    html = anna.get(lista).content.decode()

    assert "K-1" in html
    assert PATIENT not in html
    assert PATIENT[:8] not in html


@pytest.mark.parametrize("vad", ["change", "ratta", "makulera", "identitet"])
def test_no_page_of_one_contact_carries_the_number_not_even_hidden(anna, kontakt, vad):
    html = anna.get(address(kontakt, vad)).content.decode()

    assert PATIENT not in html.replace("-", "")
    assert "1912-12-12" not in html


def test_opening_a_contact_leaves_a_trace_and_the_list_does_not(anna, kontakt):
    anna.get("/admin/gvr/vardkontakt/")
    assert not Loggpost.objects.filter(handelse="LASNING").exists()

    anna.get(address(kontakt))

    spar = Loggpost.objects.get(handelse="LASNING")
    assert (spar.anvandare, spar.patienter) == ("anna", [PATIENT])
    assert spar.objekt == f"vardkontakt:{kontakt.uuid}"


def test_the_whole_number_is_shown_once_to_one_who_says_why(anna, kontakt):
    svar = anna.post(address(kontakt, "identitet"), {"skal": "Patienten ringde om sin faktura"})

    assert "19121212-1212" in svar.content.decode()
    spar = Loggpost.objects.get(handelse="IDENTITET")
    assert (spar.patienter, spar.skal) == ([PATIENT], "Patienten ringde om sin faktura")


def test_without_a_reason_the_number_stays_hidden(anna, kontakt):
    svar = anna.post(address(kontakt, "identitet"), {"skal": " "})

    assert PATIENT not in svar.content.decode().replace("-", "")
    assert not Loggpost.objects.filter(handelse="IDENTITET").exists()


def test_asking_the_log_about_a_patient_is_logged(anna, kontakt):
    anna.get(address(kontakt))

    svar = anna.get("/admin/gvr/loggpost/", {"q": PATIENT})

    assert svar.context["cl"].result_count >= 1
    assert Loggpost.objects.filter(handelse="LOGGSOKNING", patienter=[PATIENT]).exists()


def test_an_id_that_holds_the_patient_is_shown_without(anna, varld):
    pk = pengar.visit(f"{PATIENT}_90001311001", DAG)

    html = anna.get("/admin/gvr/vardkontakt/").content.decode()
    html += anna.get(f"/admin/gvr/vardkontakt/{pk}/change/").content.decode()

    assert PATIENT not in html


@pytest.mark.parametrize("vad", ["ratta", "makulera", "identitet", "slapp", "bekrafta"])
def test_the_auditor_reads_and_does_nothing_else(varld, kontakt, vad):
    rune = regionen.client(regionen.staff("rune", roller.REVISOR))

    assert rune.get(address(kontakt)).status_code == 200
    assert rune.get(address(kontakt, vad)).status_code == 403
    assert rune.post(address(kontakt, vad), {"skal": "x"}).status_code == 403


# Correcting -------------------------------------------------------------------------------------


def test_a_correction_is_shown_with_its_effect_and_nothing_is_written_yet(anna, kontakt):
    svar = correct(anna, kontakt, taxa="02")

    assert svar.context["skillnad"] == [("Taxa", "01", "02")]
    assert svar.context["belopp"] == {"fore": "725.00", "efter": "1000.00", "skillnad": "275.00"}
    assert Vardkontaktversion.objects.filter(vardkontakt=kontakt).count() == 1
    assert PATIENT not in svar.content.decode()


def test_a_confirmed_correction_is_a_new_version_and_the_old_one_stays(anna, kontakt):
    confirm(anna, kontakt, correct(anna, kontakt, taxa="02"))

    gammal, ny = Vardkontaktversion.objects.filter(vardkontakt=kontakt).order_by("version")
    assert (gammal.taxa, ny.taxa) == ("01", "02")
    assert (ny.patient_id, ny.fodd, ny.diagnoser) == (PATIENT, date(1912, 12, 12), ["I109"])
    assert (ny.orsak, ny.registrerad_av.username) == ("Fel taxa i journalen", "anna")
    kontakt.refresh_from_db()
    assert kontakt.senaste_version == 2


def test_the_money_follows_the_correction_to_the_krona_that_was_shown(anna, kontakt):
    svar = correct(anna, kontakt, taxa="02")
    confirm(anna, kontakt, svar)
    pengar.decide(kontakt.pk, at=pengar.noon(date(2026, 11, 24)))

    assert paid(kontakt) == Decimal(svar.context["belopp"]["efter"])
    assert Post.objects.filter(vardkontakt=kontakt, aterfor__isnull=False).count() == 1


def test_the_sender_learns_of_the_correction_and_the_delivery_says_who_did_it(anna, kontakt):
    confirm(anna, kontakt, correct(anna, kontakt, taxa="02"))

    kvittens = Kvittens.objects.filter(vardkontakt=kontakt, niva="K2").latest("pk")
    assert (kvittens.kallsystem, kvittens.version) == ("JOURNAL-A", 2)
    leverans = Leverans.objects.latest("pk")
    assert (leverans.maskinkonto, leverans.anvandare.username) == (None, "anna")
    assert Loggpost.objects.filter(handelse="RATTA", patienter=[PATIENT]).exists()


def test_a_wrong_patient_is_corrected_with_birthday_and_sex(anna, kontakt):
    confirm(anna, kontakt, correct(anna, kontakt, patient_id="20000101-2384"))

    ny = Vardkontaktversion.objects.get(vardkontakt=kontakt, version=2)
    assert (ny.patient_id, ny.fodd, ny.kon) == ("200001012384", date(2000, 1, 1), "K")


def test_what_was_shown_is_void_when_the_sender_has_corrected_meanwhile(anna, kontakt):
    svar = correct(anna, kontakt, taxa="02")
    kontakter.register("K-1", kontakter.innehall(dag=DAG, diagnoser=("J069",)))

    klar = confirm(anna, kontakt, svar)

    assert "Registrerad version: 2" in klar.content.decode()
    assert Vardkontaktversion.objects.filter(vardkontakt=kontakt).count() == 2


def test_a_correction_that_the_checks_stop_cannot_be_confirmed(anna, kontakt):
    svar = correct(anna, kontakt, dag="2030-01-01")

    assert svar.context["stopp"]
    assert svar.context["form"] is None


def test_a_correction_that_changes_nothing_is_not_made(anna, kontakt):
    svar = correct(anna, kontakt)

    assert "Du har inte ändrat något" in svar.content.decode()


@pytest.mark.parametrize("skal", ["", "Gäller 19121212-1212"])
def test_a_correction_needs_a_reason_without_an_identity(anna, kontakt, skal):
    svar = correct(anna, kontakt, taxa="02", skal=skal)

    assert "form" in svar.context
    assert svar.context["form"].errors["skal"]
    with pytest.raises(UnableToCorrect):
        rattelser.cancel_manually(
            kontakt.pk, orsak=skal, vantad=1, by=regionen.anna(), at=kontakter.NU
        )


def test_a_preview_made_for_somebody_else_confirms_nothing(anna, kontakt):
    svar = correct(anna, kontakt, taxa="02")
    astrid = regionen.client(regionen.staff("astrid", roller.ADMINISTRATOR))

    underlag = svar.context["form"].initial["underlag"]
    assert astrid.post(address(kontakt, "bekrafta"), {"underlag": underlag}).status_code == 403
    klar = anna.post(address(kontakt, "bekrafta"), {"underlag": f"{underlag}x"}, follow=True)

    assert "Förhandsgranskningen gäller inte längre" in klar.content.decode()
    assert Vardkontaktversion.objects.filter(vardkontakt=kontakt).count() == 1


def test_a_cancelled_contact_stays_and_its_money_is_taken_back(anna, kontakt):
    svar = anna.post(address(kontakt, "makulera"), {"skal": "Dubbelregistrerad"})
    assert svar.context["belopp"]["skillnad"] == "-725.00"

    confirm(anna, kontakt, svar)
    pengar.decide(kontakt.pk, at=pengar.noon(date(2026, 11, 24)))

    ny = Vardkontaktversion.objects.get(vardkontakt=kontakt, version=2)
    assert (ny.makulerad, ny.patient_id, ny.taxa) == (True, PATIENT, "01")
    assert paid(kontakt) == Decimal("0.00")
    assert Kontaktlage.objects.get(vardkontakt=kontakt).utfall == "MAKULERAD"
    assert "Makulera</a>" not in anna.get(address(kontakt)).content.decode()


def test_a_version_cannot_be_edited_by_anyone(kontakt):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update gvr_vardkontaktversion set taxa = '02'")


def test_what_differs_between_versions_is_shown_with_its_reason(anna, kontakt):
    confirm(anna, kontakt, correct(anna, kontakt, taxa="02"))

    html = anna.get(address(kontakt)).content.decode()

    assert "Skäl: Fel taxa i journalen" in html
    assert re.search(r'Taxa</th><td class="gvr-bort">01</td><td class="gvr-nytt">02', html, re.I)


# Parked work ------------------------------------------------------------------------------------


@pytest.fixture
def parkerad(kontakt):
    Arende.objects.filter(vardkontakt=kontakt).delete()
    Arende.objects.create(
        vardkontakt=kontakt, skapad=kontakter.NU, forsok=3, parkerad=True, fel="KeyError: 'x'\nrad"
    )
    return kontakt


def test_parked_work_is_released_one_by_one_after_the_mending(anna, parkerad):
    assert "parkerat" in anna.get(address(parkerad)).content.decode()

    anna.post(address(parkerad, "slapp"))

    arende = Arende.objects.get(vardkontakt=parkerad)
    assert (arende.parkerad, arende.forsok, arende.fel) == (False, 0, "")


def test_parked_work_is_released_by_the_fault_it_has_in_common(anna, parkerad):
    annan = Vardkontakt.objects.get(pk=pengar.visit("K-2", DAG))
    Arende.objects.create(
        vardkontakt=annan, skapad=kontakter.NU, forsok=3, parkerad=True, fel="TypeError: y"
    )

    anna.post("/admin/vantar/", {"fel": "KeyError: 'x'"})

    assert not Arende.objects.get(vardkontakt=parkerad).parkerad
    assert Arende.objects.get(vardkontakt=annan).parkerad
    assert len(arenden.claim(at=kontakter.NU, size=10)) == 1


def test_what_contacts_wait_for_is_grouped_with_what_to_do(anna, varld):
    pengar.visit("okand", DAG, enhet="90001311099")
    pengar.visit("okand-2", DAG, enhet="90001311099")

    svar = anna.get("/admin/vantar/")

    (grupp,) = svar.context["grupper"]
    assert (grupp.titel, grupp.vad) == ("Enheten finns inte i registret", "90001311099")
    assert (grupp.vantan.antal, grupp.agare) == (2, "Regionen")
    assert grupp.atgarda == "/admin/gvr/enhet/add/?kombika=90001311099"


@pytest.mark.parametrize(
    ("kodverk", "kod", "antal"), [("DIAGNOS", "I109", 1), ("TAXA", "01", 2), ("LAN", "01", None)]
)
def test_who_closes_a_code_sees_how_many_contacts_it_touches(anna, kodverk, kod, antal):
    kontakter.register("K-1", kontakter.innehall(diagnoser=("I109",), taxa="01"))
    kontakter.register("K-2", kontakter.innehall(diagnoser=("I109",), taxa="01"))
    kontakter.register("K-2", kontakter.innehall(diagnoser=("J069",), taxa="01"))
    kontakter.register("K-3", kontakter.innehall(diagnoser=("I109",), taxa="01"), makulerad=True)
    kod = Kod.objects.filter(kodverk__kod=kodverk, kod=kod).first() or Kod.objects.create(
        kodverk=Kodverk.objects.get_or_create(kod=kodverk, defaults={"namn": kodverk})[0],
        kod=kod,
        giltig=daterange(DAG, None),
    )

    sida = anna.get(f"/admin/gvr/kod/{kod.pk}/change/").content.decode()

    vantat = "inga koder ur" if antal is None else f"{antal} vårdkontakter som rapporterats"
    assert vantat in sida
