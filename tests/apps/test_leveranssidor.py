"""What a provider reads of its journal systems: all of its own, and nothing of anybody else's."""

import html
from datetime import timedelta

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from avstamning.queries import leveranser
from gvr.actions import ombud, webhookar
from gvr.models import (
    Certifikat,
    Enhet,
    Leverans,
    Loggpost,
    Maskinkonto,
    Nekatanrop,
    Webhook,
    Webhooklage,
)
from gvr.queries.behorighet import databaskontext
from tests.factories import regionen, sandare
from tests.factories.sandare import FEL_KONTROLLSIFFRA, PATIENT, Sandare, besok


@pytest.fixture
def varlden(db):
    return sandare.open_region()


@pytest.fixture
def bo(varlden):
    return regionen.client(regionen.provider_user("bo", varlden["A"]))


@pytest.fixture
def cecilia(varlden):
    return regionen.client(regionen.provider_user("cecilia", varlden["B"]))


def text_of(svar, status=200):
    assert svar.status_code == status, svar.status_code
    return html.unescape(svar.content.decode())


def konto(system="JOURNAL-A"):
    return Maskinkonto.objects.get(kallsystem=system)


def newest(system="JOURNAL-A"):
    with databaskontext(alla=True):
        return Leverans.objects.filter(maskinkonto=konto(system)).order_by("-pk").first()


def receiver(system="JOURNAL-A"):
    with databaskontext(alla=True):
        webhook = Webhook.objects.create(
            uuid="0193f0c2-6a1e-7c3b-9d55-2f6d1f3f8a10",
            maskinkonto=konto(system),
            adress="https://journal.example/mottag?nyckel=mottagarens-egen",
            nivaer=["K3"],
            skapad=timezone.localtime(),
            skapad_av="sys",
        )
        Webhooklage.objects.create(
            webhook=webhook, hemlighet=b"", sekvens=4711, nasta=timezone.localtime()
        )
    return webhook


def test_a_senders_card_says_how_it_comes_in_and_what_is_unsolved(bo):
    Sandare("token-A")("POST", "vardkontakter", besok("V1"))
    Sandare("token-A")("POST", "vardkontakter", besok("V2", patientId=FEL_KONTROLLSIFFRA))
    nu = timezone.localtime()
    Certifikat.objects.create(
        maskinkonto=konto(),
        hsa_id="SE2321000016-1",
        utfardare="CN=Prov",
        serienummer="1",
        sha256="0" * 64,
        giltigt_fran=nu - timedelta(days=1),
        giltigt_till=nu + timedelta(days=20, hours=1),
    )
    Maskinkonto.objects.filter(pk=konto().pk).update(anrop_per_minut=77)
    Nekatanrop.objects.create(
        uuid="0193f0c2-6a1e-7c3b-9d55-2f6d1f3f8a11",
        maskinkonto=konto(),
        tid=nu - timedelta(days=2),
        metod="POST",
        resurs="/api/v1/vardkontakter",
        status=429,
        kod="FOR_MANGA_ANROP",
    )

    sida = text_of(bo.get("/leveranser/"))

    assert "1 avvisade som inte kommit igen" in sida
    assert "om 20 dagar" in sida
    assert "77 anrop" in sida
    assert "2 leveranser, 2 vårdkontakter" in sida
    assert "1 anrop nekade av gränsen" in sida
    assert "alla era enheter" in sida
    assert "Journalsystem B" not in sida


def test_a_refused_contact_that_came_again_is_nothing_to_do(bo):
    skicka = Sandare("token-A")
    skicka("POST", "vardkontakter", besok("V2", patientId=FEL_KONTROLLSIFFRA))
    skicka("POST", "vardkontakter", besok("V2"))

    sida = text_of(bo.get("/leveranser/"))

    assert "1 registrerade, 1 avvisade" in sida
    assert "som inte kommit igen" not in sida


def test_requests_are_paged_and_filtered_and_shown_without_whom_they_are_about(bo, monkeypatch):
    monkeypatch.setitem(leveranser.requests.__kwdefaults__, "antal", 1)
    skicka = Sandare("token-A")
    skicka("POST", "vardkontakter", besok("V1"))
    nyast = skicka("POST", "vardkontakter", besok("V2", patientId=FEL_KONTROLLSIFFRA))
    nekat = skicka("POST", "vardkontakter", besok("V3"), nyckel=None)
    assert (nyast.status_code, nekat.status_code) == (422, 400)

    forst = text_of(bo.get("/leveranser/anrop/?konto=JOURNAL-A"))
    nekade = text_of(bo.get("/leveranser/anrop/?status=4xx"))
    nasta = forst.split('href="?', 1)[1].split('"', 1)[0]
    sedan = text_of(bo.get(f"/leveranser/anrop/?{nasta}"))
    antal_fore = Loggpost.objects.count()
    anrop = text_of(bo.get(f"/leveranser/anrop/{newest().uuid}/"))

    assert "NYCKEL_SAKNAS" in forst
    assert "NYCKEL_SAKNAS" in nekade
    assert str(newest().uuid) in sedan
    assert "NYCKEL_SAKNAS" not in sedan
    assert "V2" in anrop
    assert not {PATIENT, FEL_KONTROLLSIFFRA, "I109"} & set(anrop.replace('"', " ").split())
    assert Loggpost.objects.count() == antal_fore + 1
    assert f"anrop {newest().uuid}" == Loggpost.objects.latest("pk").objekt


def test_what_is_older_than_thirty_days_is_not_shown(bo):
    Sandare("token-A")("POST", "vardkontakter", besok("V1"))
    gammal = Leverans(
        uuid="0193f0c2-6a1e-7c3b-9d55-2f6d1f3f8a12",
        maskinkonto=konto(),
        metod="POST",
        resurs="/api/v1/vardkontakter",
        kropp=b"{}",
        sha256=b"",
        svar=b"{}",
        status=200,
        mottagen=timezone.localtime() - timedelta(days=31),
    )
    with databaskontext(alla=True):
        gammal.save()

    lista = text_of(bo.get("/leveranser/anrop/?fran=2020-01-01"))

    assert str(gammal.uuid) not in lista
    assert bo.get(f"/leveranser/anrop/{gammal.uuid}/").status_code == 404


def test_another_providers_account_is_not_seen_by_its_requests_or_its_receivers(bo, cecilia):
    Sandare("token-A")("POST", "vardkontakter", besok("V1"))
    webhook = receiver()

    assert bo.get(f"/leveranser/anrop/{newest().uuid}/").status_code == 200
    assert "4711" in text_of(bo.get(f"/leveranser/webhookar/{webhook.uuid}/"))
    assert cecilia.get(f"/leveranser/anrop/{newest().uuid}/").status_code == 404
    assert cecilia.get(f"/leveranser/webhookar/{webhook.uuid}/").status_code == 404
    for adress in ("", "anrop/", "anrop/?konto=JOURNAL-A", "webhookar/"):
        sida = text_of(cecilia.get(f"/leveranser/{adress}"))
        assert "Journalsystem A" not in sida
        assert "journal.example" not in sida


def test_an_account_that_reports_for_others_too_is_seen_by_how_it_stands_only(varlden, bo, cecilia):
    Sandare("token-B")("POST", "vardkontakter", besok("V1", enhet={"kombika": sandare.CEDERLUND}))
    webhook = receiver("JOURNAL-B")

    sida = text_of(cecilia.get("/leveranser/anrop/"))
    assert "Journalsystem B rapporterar också för andra vårdgivare" in sida
    assert cecilia.get(f"/leveranser/anrop/{newest('JOURNAL-B').uuid}/").status_code == 404
    assert cecilia.get(f"/leveranser/webhookar/{webhook.uuid}/").status_code == 404
    mottagare = text_of(cecilia.get("/leveranser/webhookar/"))
    assert "journal.example" in mottagare
    assert "mottagarens-egen" not in mottagare

    # one who may report for another from today on is not the provider's own any more
    ombud.appoint(konto(), varlden["B"], enhet=None, fr_o_m=timezone.localdate(), grund="Anmälan")
    assert "rapporterar också för andra" in text_of(bo.get("/leveranser/anrop/"))


def test_whoever_sees_some_units_only_reads_no_requests(varlden):
    user = regionen.provider_user("una", varlden["C"])
    klient = regionen.client(user)
    remove_perm("gvr.view_vardgivare", user, varlden["C"])
    assign_perm("gvr.view_enhet", user, Enhet.objects.filter(vardgivare=varlden["A"]).first())
    Sandare("token-A")("POST", "vardkontakter", besok("V1"))
    webhook = receiver()

    assert "ser hela vårdgivaren" in text_of(klient.get("/leveranser/anrop/"), 403)
    assert klient.get(f"/leveranser/anrop/{newest().uuid}/").status_code == 404
    assert klient.get(f"/leveranser/webhookar/{webhook.uuid}/").status_code == 404


def test_a_receivers_log_says_what_was_sent_and_who_may_change_it(bo):
    webhook = receiver()
    webhookar.probe(webhook, at=timezone.localtime())

    sida = text_of(bo.get(f"/leveranser/webhookar/{webhook.uuid}/"))

    assert "Prov" in sida
    assert "Väntar" in sida
    assert "regionens administratör" in sida
    assert "mottagarens-egen" not in sida
    assert bo.post(f"/leveranser/webhookar/{webhook.uuid}/").status_code == 405
