"""Agent rights: who may report for whom, until when, and what a right taken back stops."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from ersattning import kedja
from ersattning.hej.models import Kontaktlage
from gvr.actions import behorigheter, ombud
from gvr.actions.stamdata import daterange
from gvr.models import Enhet, Maskinkonto, Ombud, Vardkontakt
from gvr.queries import register
from tests.factories import regionen, sandare
from tests.factories.sandare import CEDERLUND, OKAND, PATIENT, Sandare, besok, yesterday


@pytest.fixture
def varlden(db):
    return sandare.open_region()


@pytest.fixture
def a(varlden):
    return Sandare("token-A")


def konto(system="JOURNAL-A"):
    return Maskinkonto.objects.get(kallsystem=system)


def ensam_enhet(kombika):
    """Return a sender that may report for one unit only."""
    enhet = Enhet.objects.get(kombika=kombika)
    rad = behorigheter.create_machine_account(
        namn="Liten", kallsystem="LITEN", hsa_id="", token="token-liten", vardgivare=[]
    )
    ombud.appoint(
        rad,
        enhet.vardgivare,
        enhet=enhet,
        fr_o_m=timezone.localdate(),
        grund="Anmälan från vårdgivaren",
    )
    return Sandare("token-liten")


def test_a_right_taken_back_refuses_the_very_next_request(a):
    forst = a("POST", "vardkontakter", besok("V1"))
    ombud.withdraw(
        Ombud.objects.get(maskinkonto=konto()),
        by=regionen.anna(),
        skal="Vårdgivaren har bytt system",
        at=timezone.localtime(),
    )

    sedan = a("POST", "vardkontakter", besok("V2"))
    rattelse = a("PUT", "vardkontakter/V1", besok("V1", taxa="02"))

    assert forst.status_code == 201
    assert (sedan.status_code, sedan.json()["kod"]) == (403, "OMBUD_SAKNAS")
    assert (rattelse.status_code, rattelse.json()["kod"]) == (403, "OMBUD_SAKNAS")
    assert Vardkontakt.objects.count() == 1


def test_what_was_reported_cannot_be_read_when_the_right_is_gone(a):
    a("POST", "vardkontakter", besok("V1"))
    Ombud.objects.update(aterkallat=timezone.localtime())

    assert a("GET", "vardkontakter/V1").status_code == 404


@pytest.mark.parametrize(
    ("dagar", "status"), [((-10, -1), 403), ((-10, 0), 201), ((1, None), 403), ((0, 5), 201)]
)
def test_a_right_holds_on_its_days_only(a, dagar, status):
    idag = timezone.localdate()
    fran, till = (None if n is None else idag + timedelta(days=n) for n in dagar)
    Ombud.objects.filter(maskinkonto=konto()).update(giltig=daterange(fran, till))

    assert a("POST", "vardkontakter", besok()).status_code == status


def test_a_right_for_one_unit_reaches_no_other_unit_of_the_provider(varlden):
    enheter = list(
        Enhet.objects.filter(vardgivare=varlden["B"]).order_by("kombika")
    ) or pytest.fail("the provider has units")
    egen = next(e for e in enheter if e.kombika == CEDERLUND)
    ny = Enhet.objects.create(
        vardgivare=varlden["B"], kombika="90002319999", namn="Filialen", giltig=egen.giltig
    )
    liten = ensam_enhet(CEDERLUND)

    svar = liten.rapportera(
        besok("V1", enhet={"kombika": CEDERLUND}), besok("V2", enhet={"kombika": ny.kombika})
    )

    assert [rad["status"] for rad in svar.json()["resultat"]] == [201, 403]
    assert liten("GET", "vardkontakter/V1").status_code == 200


def test_a_right_for_one_unit_is_enough_for_all_that_the_unit_reports(varlden):
    liten, annan = ensam_enhet(CEDERLUND), "90002319999"
    Enhet.objects.create(
        vardgivare=varlden["B"],
        kombika=annan,
        namn="Filialen",
        giltig=Enhet.objects.get(kombika=CEDERLUND).giltig,
    )
    rapporter = {
        "vardansvar": {"id": "P1", "typ": "BASAL"},
        "inskrivningar": {"vardtillfalleId": "T1", "tid": "10:00", "ikod": "1"},
    }
    gemensamt = {"patientId": PATIENT, "dag": str(yesterday())}
    svar = {
        (adress, kombika): liten(
            "POST", adress, gemensamt | rapport | {"enhet": {"kombika": kombika}}
        ).status_code
        for kombika in (annan, CEDERLUND)
        for adress, rapport in rapporter.items()
    }

    assert svar == {
        ("vardansvar", annan): 403,
        ("inskrivningar", annan): 403,
        ("vardansvar", CEDERLUND): 201,
        ("inskrivningar", CEDERLUND): 201,
    }
    assert liten("DELETE", "vardansvar/P1").status_code == 200


def test_two_rights_of_the_same_reach_never_hold_on_the_same_day(varlden):
    rad = Ombud.objects.get(maskinkonto=konto())

    with pytest.raises(IntegrityError), transaction.atomic():
        Ombud.objects.create(
            maskinkonto=rad.maskinkonto, vardgivare=rad.vardgivare, giltig=rad.giltig, grund="Igen"
        )


def test_a_unit_of_another_provider_is_refused(varlden):
    with pytest.raises(ombud.UnableToAppoint):
        ombud.appoint(
            konto(),
            varlden["A"],
            enhet=Enhet.objects.get(kombika=CEDERLUND),
            fr_o_m=timezone.localdate(),
            grund="Fel",
        )


# --- a contact that came before its unit was known ----------------------------------------------


def placed_with(vardgivare):
    """Register the unknown unit with a provider, under a commission that the provider has."""
    egen = Enhet.objects.filter(vardgivare=vardgivare, enhetsuppdrag__isnull=False).first()
    uppdrag = egen.enhetsuppdrag_set.first()
    ny = Enhet.objects.create(
        vardgivare=vardgivare, kombika=OKAND, namn="Ny mottagning", giltig=egen.giltig
    )
    uppdrag.pk, uppdrag.enhet = None, ny
    uppdrag.save()


def parked(a):
    svar = a("POST", "vardkontakter", besok("V1", enhet={"kombika": OKAND}))
    assert svar.json()["utfall"] == "PARKERAD"
    return Vardkontakt.objects.get()


def decided():
    kedja.offer_waiting(at=timezone.localtime())
    while kedja.decide_next(at=timezone.localtime()):
        pass
    return Kontaktlage.objects.get()


def test_a_parked_contact_that_turns_out_to_be_anothers_waits_for_the_right(a, varlden):
    konto_b = konto("JOURNAL-B")
    Ombud.objects.filter(maskinkonto=konto_b).delete()
    ombud.appoint(konto_b, varlden["B"], fr_o_m=timezone.localdate(), grund="Anmälan")
    ombud.appoint(konto_b, varlden["C"], fr_o_m=timezone.localdate(), grund="Anmälan")
    b = Sandare("token-B")
    kontakt = parked(b)
    placed_with(varlden["A"])

    lage = decided()

    assert (lage.utfall, lage.orsak) == ("VANTAR", "OMBUD_SAKNAS")
    assert lage.vantar_pa == "OMBUD:JOURNAL-B"
    kontakt.refresh_from_db()
    assert (lage.vardgivare_id, kontakt.vardgivare_id) == (None, None)

    ombud.appoint(konto_b, varlden["A"], fr_o_m=timezone.localdate(), grund="Ny anmälan")
    lage = decided()

    assert lage.orsak != "OMBUD_SAKNAS"
    assert lage.vardgivare_id == varlden["A"].pk


def test_a_right_that_is_given_ahead_lets_nothing_through_before_its_first_day(a, varlden):
    konto_b = konto("JOURNAL-B")
    parked(Sandare("token-B"))
    placed_with(varlden["A"])
    imorgon = timezone.localtime() + timedelta(days=1)
    ombud.appoint(konto_b, varlden["A"], fr_o_m=imorgon.date(), grund="Anmälan i förväg")

    assert decided().orsak == "OMBUD_SAKNAS"
    assert kedja.offer_new_agents(at=timezone.localtime()) == 0
    assert kedja.offer_new_agents(at=imorgon + timedelta(days=1)) == 1, "a missed day is made up"
    while kedja.decide_next(at=imorgon + timedelta(days=1)):
        pass

    assert Kontaktlage.objects.get().vardgivare_id == varlden["A"].pk


def test_a_parked_contact_is_placed_when_the_sender_had_the_right(a, varlden):
    parked(a)
    placed_with(varlden["A"])

    assert decided().vardgivare_id == varlden["A"].pk


# --- the connection test ------------------------------------------------------------------------


def test_the_connection_test_tells_who_one_is_and_whom_one_may_report_for(a, varlden):
    Maskinkonto.objects.filter(kallsystem="JOURNAL-A").update(hsa_id="SE2321000016-A1")

    svar = a("GET", "anslutningstest").json()

    assert (svar["kallsystem"], svar["hsaId"], svar["inloggning"]) == (
        "JOURNAL-A",
        "SE2321000016-A1",
        "TOKEN",
    )
    assert [rad["orgnr"] for rad in svar["ombud"]] == [varlden["A"].orgnr]
    assert svar["ombud"][0]["galler"] is True
    assert abs(datetime.fromisoformat(svar["servertid"]) - timezone.localtime()) < timedelta(
        minutes=1
    )


def test_the_connection_test_shows_no_right_that_is_over_and_one_that_is_to_come(a, varlden):
    idag = timezone.localdate()
    Ombud.objects.filter(maskinkonto=konto()).update(aterkallat=timezone.localtime())
    ombud.appoint(
        konto(), varlden["A"], fr_o_m=idag + timedelta(days=3), grund="Nytt avtal från nästa vecka"
    )

    rader = a("GET", "anslutningstest").json()["ombud"]

    assert [(rad["franDag"], rad["galler"]) for rad in rader] == [
        (str(idag + timedelta(days=3)), False)
    ]


# --- the region ---------------------------------------------------------------------------------


def test_the_region_gives_and_takes_back_a_right_with_a_reason(varlden):
    anna = regionen.client(regionen.anna())
    egen = Ombud.objects.get(maskinkonto=konto())

    ny = anna.post(
        "/admin/gvr/ombud/add/",
        {
            "maskinkonto": konto().pk,
            "vardgivare": varlden["B"].pk,
            "enhet": Enhet.objects.get(kombika=CEDERLUND).pk,
            "grund": "Anmälan dnr 1",
            "fr_o_m": "2026-01-01",
            "t_o_m": "",
            "skal": "Vårdgivaren har anmält",
        },
    )
    bort = anna.post(f"/admin/gvr/ombud/{egen.pk}/aterkalla/", {"skal": "Uppsagt"})

    assert (ny.status_code, bort.status_code) == (302, 302), ny.context and ny.context["errors"]
    assert Ombud.objects.get(maskinkonto=konto(), aterkallat=None).enhet.kombika == CEDERLUND
    egen.refresh_from_db()
    assert egen.aterkallat is not None
    assert "Återkallat" in anna.get("/admin/gvr/ombud/").content.decode()
    historik = anna.get(f"/admin/gvr/ombud/{egen.pk}/history/").content.decode()
    assert "Uppsagt" in historik


def test_a_change_of_rights_makes_snapshots_old(varlden):
    fore = register.stamdataversion()

    Ombud.objects.update(aterkallat=timezone.localtime())

    assert register.stamdataversion() != fore
