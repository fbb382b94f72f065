"""The region's side of samverkan: registering for a provider, and who has connected."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from psycopg.types.range import DateRange

from gvr.actions import roller
from gvr.models import (
    Aktivitet,
    Avtal,
    Deltagande,
    Formagekrav,
    Leverans,
    Loggpost,
    Vardgivare,
)
from tests.factories import portal, regionen
from tests.factories.sandare import (
    CEDERLUND,
    EKBACKEN,
    OKAND,
    PATIENT,
    Sandare,
    besok,
    open_region,
    yesterday,
)

DELTAGANDE = {
    "enhet": EKBACKEN,
    "dag": str(yesterday()),
    "tid": "10.00",
    "minuter": "30",
    "roll": "KONSULT",
    "yrkeskategorier": "77, 70",
    "patient": PATIENT,
    "huvud_enhet": CEDERLUND,
    "skal": "Anmält per brev",
}
AKTIVITET = {
    "typ": "REHABKOORDINATOR",
    "enhet": EKBACKEN,
    "dag": str(yesterday()),
    "yrkeskategori": "74",
    "avser": "PATIENT",
    "patient": "198001312399",
    "diagnoser": "F329",
    "atgarder": "GC001",
    "skal": "Anmält per brev",
}


@pytest.fixture
def region(db):
    return open_region()


@pytest.fixture
def anna(region):
    return regionen.client(regionen.anna())


def page(namn, *args):
    return reverse(f"admin:gvr_{namn}", args=args)


def text(svar):
    return svar.content.decode()


# Registering for a provider ---------------------------------------------------------------------


def test_the_region_registers_a_part_that_is_tied_logged_and_the_providers_own(anna, region):
    Sandare("token-B")("POST", "vardkontakter", besok(enhet={"kombika": CEDERLUND}, btyp="A"))

    svar = anna.post(page("deltagande_registrera"), DELTAGANDE, follow=True)

    rad = Deltagande.objects.get()
    assert "Deltagandet är sparat." in text(svar)
    assert "Kopplad" in text(svar)
    assert (rad.vardgivare, rad.roll, rad.kallsystem) == (
        region["A"],
        "KONSULT",
        f"RAPP-{region['A'].pk}",
    )
    leverans = Leverans.objects.get(pk=rad.leverans_id)
    assert (leverans.resurs, leverans.anvandare.username) == ("/admin/gvr/", "anna")
    assert b"Anm\xc3\xa4lt per brev" in bytes(leverans.kropp)
    assert (logg := Loggpost.objects.filter(handelse="RAPPORTERA").latest("pk")).patienter == [
        PATIENT
    ]
    assert (logg.anvandare, logg.vardgivare_id) == ("anna", region["A"].pk)
    portal.user("vera", ser=[region["A"]])
    vera = regionen.client(portal.user("vera"))
    assert "Kopplad" in text(vera.get(f"/samverkan/{rad.uuid}/"))


def test_the_region_corrects_and_cancels_what_was_written_in_a_form(anna):
    anna.post(page("aktivitet_registrera"), AKTIVITET)
    forsta = Aktivitet.objects.get()

    sida = text(anna.get(page("aktivitet_ratta", forsta.pk)))
    assert "198001312399" not in sida
    anna.post(
        page("aktivitet_ratta", forsta.pk),
        {**AKTIVITET, "patient": "", "minuter": "45"},
    )
    andra = Aktivitet.objects.latest("version")
    assert anna.get(page("aktivitet_ratta", forsta.pk)).status_code == 404  # not the newest
    svar = anna.post(page("aktivitet_makulera", andra.pk), {"skal": "Fel patient"}, follow=True)

    assert "Aktiviteten är makulerad." in text(svar)
    assert list(
        Aktivitet.objects.order_by("version").values_list("minuter", "patient_id", "makulerad")
    ) == [(None, "198001312399", False), (45, "198001312399", False), (45, "198001312399", True)]


@pytest.mark.parametrize(
    ("formular", "falt", "sagt"),
    [
        ("deltagande", {"enhet": OKAND}, "finns inte"),
        ("deltagande", {"huvud_enhet": ""}, "på ett sätt"),
        ("deltagande", {"dag": "2999-01-01"}, "ännu inte varit"),
        ("deltagande", {"skal": ""}, "Skriv varför"),
        ("deltagande", {"skal": "Gäller 19121212-1212"}, "personnummer"),
        ("aktivitet", {"diagnoser": ""}, "diagnos"),
        ("aktivitet", {"yrkeskategori": "71"}, "yrke"),
        ("aktivitet", {"atgarder": "XS008"}, "GC001"),
    ],
)
def test_the_regions_form_is_held_to_the_same_rules(anna, formular, falt, sagt):
    data = {**(DELTAGANDE if formular == "deltagande" else AKTIVITET), **falt}

    svar = anna.post(page(f"{formular}_registrera"), data)

    assert svar.status_code == 200
    assert sagt in text(svar)
    assert not Deltagande.objects.exists()
    assert not Aktivitet.objects.exists()


def test_what_a_journal_system_reported_is_corrected_there(anna):
    Sandare("token-A")(
        "POST",
        "deltaganden",
        {
            "id": "D1",
            "huvudkontakt": {"kallsystem": "JOURNAL-B", "vardhandelseId": "V1"},
            "enhet": {"kombika": EKBACKEN},
            "dag": str(yesterday()),
            "yrkeskategorier": ["77"],
        },
    )
    rad = Deltagande.objects.get()

    assert page("deltagande_ratta", rad.pk) not in text(anna.get(page("deltagande_change", rad.pk)))
    assert anna.get(page("deltagande_ratta", rad.pk)).status_code == 404


def test_the_auditor_registers_nothing(region):
    rune = regionen.client(regionen.staff("rune", roller.REVISOR))

    assert page("deltagande_registrera") not in text(rune.get(page("deltagande_changelist")))
    assert rune.post(page("deltagande_registrera"), DELTAGANDE).status_code == 403


# Digital förmåga --------------------------------------------------------------------------------


@pytest.fixture
def krav(region):
    """A's contract asks for it since long, B's from tomorrow on."""
    Formagekrav.objects.all().delete()
    for ada, fran in (
        ("ADA-2024-0300", date(2024, 1, 1)),
        ("ADA-2023-0607", yesterday() + timedelta(days=2)),
    ):
        Formagekrav.objects.create(
            avtal=Avtal.objects.get(ada_nummer=ada), giltig=DateRange(fran, None), grund="Bilaga 4"
        )
    return region


def listed(anna, anslutning=""):
    sida = text(anna.get(page("formagekrav_changelist"), {"anslutning": anslutning}))
    return {ada for ada in ("ADA-2024-0300", "ADA-2023-0607") if ada in sida}, sida


def start(nyckel, region):
    person = portal.user(f"vera-{nyckel}", ser=[region[nyckel]])
    return text(regionen.client(person).get("/"))


def test_a_contract_is_connected_when_its_journal_system_has_been_seen(anna, krav):
    assert listed(anna, "nej")[0] == {"ADA-2024-0300"}
    assert listed(anna, "senare")[0] == {"ADA-2023-0607"}
    assert listed(anna, "ja")[0] == set()
    assert "Samverkan rapporteras ännu inte från ert journalsystem" in start("A", krav)
    assert "Samverkan ska rapporteras från ert journalsystem" in start("B", krav)
    assert "journalsystemet är anslutet" not in start("C", krav)

    anna.post(page("aktivitet_registrera"), AKTIVITET)  # by hand is no connection
    assert listed(anna, "ja")[0] == set()
    assert "ännu inte från ert journalsystem" in start("A", krav)

    sys_a = Sandare("token-A")
    insats = {
        "id": "A1",
        "typ": "SAMVERKAN",
        "avser": "INGEN",
        "enhet": {"kombika": EKBACKEN},
        "dag": str(yesterday()),
        "yrkeskategori": "74",
    }
    assert sys_a("POST", "aktiviteter", insats).status_code == 201

    sedda, sida = listed(anna, "ja")
    assert sedda == {"ADA-2024-0300"}
    assert "Ansluten" in sida
    assert listed(anna, "nej")[0] == set()
    assert "från ert journalsystem" not in start("A", krav)


def test_one_who_sees_a_single_unit_is_not_told_that_nobody_reports(anna, krav):
    Sandare("token-A")(
        "POST",
        "deltaganden",
        {
            "id": "D1",
            "huvudkontakt": {"kallsystem": "JOURNAL-B", "vardhandelseId": "V1"},
            "enhet": {"kombika": EKBACKEN},
            "dag": str(yesterday()),
            "yrkeskategorier": ["77"],
        },
    )
    filial = Vardgivare.objects.get(pk=krav["A"].pk).enhet_set.get(kombika="90001311002")
    ella = regionen.client(portal.user("ella", enheter=[filial]))

    assert "från ert journalsystem" not in text(ella.get("/"))


def test_the_list_is_edited_with_a_reason_and_travels_as_a_file(anna, krav):
    avtal = Avtal.objects.get(ada_nummer="LOF-2010-0001")
    anna.post(
        page("formagekrav_add"),
        {
            "avtal": avtal.pk,
            "formaga": "SAMVERKAN",
            "grund": "Bilaga 7",
            "fr_o_m": "2026-01-01",
            "t_o_m": "",
            "skal": "Nytt avtal",
        },
    )
    nytt = Formagekrav.objects.get(avtal=avtal)
    historik = text(anna.get(page("formagekrav_history", nytt.pk)))
    svar = anna.post(
        page("formagekrav_export"), {"format": "1", "resource": "", "formagekravresurs_grund": "on"}
    )
    fil = text(svar) if svar.status_code == 200 else ""

    assert "Nytt avtal" in historik
    assert "anna" in historik
    assert ("LOF-2010-0001" in fil) or ("Bilaga 7" in fil), fil[:400]
