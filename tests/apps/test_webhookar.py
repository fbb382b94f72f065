"""Webhookar: signed, in order, at least once – and nobody waits for somebody else's deaf server."""

import base64
import hashlib
import hmac
import html
import logging
import re
import socket
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest
from django.db import connection
from django.utils import timezone
from standardwebhooks import Webhook as Granskare

from gvr.actions import webhookar, webhookpost, webhooksandning
from gvr.actions.webhookar import UnableToDo
from gvr.core.webhook import FLEST_FORSOK, FLEST_KVITTENSER, Orsak
from gvr.models import (
    Andring,
    Kvittens,
    Maskinkonto,
    Vardkontakt,
    Webhook,
    Webhooklage,
    Webhookmeddelande,
)
from gvr.queries import forsegling
from tests.factories import regionen, sandare
from tests.factories.mottagare import receivers
from tests.factories.sandare import Sandare, besok

GOTT_OM_TID = timedelta(seconds=20)  # an answer that comes at all comes in time, also under load
NU = datetime.now(UTC)  # noqa: TID251  - the API reads the real clock


class Huvud(dict):
    """Headers that may be a key."""

    def __hash__(self):
        return hash(tuple(self.items()))


class Klocka:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.nu = datetime.now(UTC) + timedelta(minutes=2)  # noqa: TID251  - as above

    def __call__(self):
        return self.nu

    def fram(self, **tid):
        self.nu += timedelta(**tid)


@pytest.fixture
def klocka():
    return Klocka()


@pytest.fixture
def a(db, settings, monkeypatch):
    """A journal system that may be told on this machine, without TLS."""
    settings.WEBHOOK_TILLATNA_NAT = [ip_network("127.0.0.1/32")]
    settings.WEBHOOK_UTAN_TLS = True
    monkeypatch.setattr(webhookar.klocka, "ring", lambda: None)
    journal = Sandare("token-A")
    journal.vardgivare = sandare.open_region()
    return journal


def konto(system="JOURNAL-A"):
    return Maskinkonto.objects.select_related("anvandare").get(kallsystem=system)


def mottag(adress, *, system="JOURNAL-A", nivaer=("K2", "K3", "K4"), efter=None):
    """Make a receiver; return it and its secret."""
    k = konto(system)
    return webhookar.create(k.pk, adress=adress, nivaer=nivaer, efter=efter, by=k.anvandare, at=NU)


def sand(klocka, tidsgrans=GOTT_OM_TID):
    return webhooksandning.send_waiting(nu=klocka, tidsgrans=tidsgrans)


def kvittera(antal, *, niva="K3", system="JOURNAL-A"):
    """Add receipts to a contact of the system; return their numbers."""
    kontakt = Vardkontakt.objects.filter(kallsystem=system).first()
    rader = Kvittens.objects.bulk_create(
        Kvittens(
            kallsystem=system, vardkontakt=kontakt, vardgivare_id=kontakt.vardgivare_id,
            enhet_id=kontakt.enhet_id, version=1, niva=niva, utfall="ERSATTS", tid=NU,
        )
        for _ in range(antal)
    )  # fmt: skip
    return [rad.sekvens for rad in rader]


def lage(webhook):
    return Webhooklage.objects.get(pk=webhook.pk)


# --- what is sent ---------------------------------------------------------------------------------


def test_a_receipt_comes_as_in_the_feed_signed_so_that_the_receiver_can_check_it(a, klocka):
    with receivers(204) as (journal,):
        _, hemlighet = mottag(journal.adress)
        a("POST", "vardkontakter", besok())
        assert sand(klocka) == 1

    (anrop,) = journal.anrop
    flode = a("GET", "kvittenser").json()
    assert anrop.dokument["type"] == "kvittenser"
    assert anrop.dokument["data"] == flode
    assert sandare.PATIENT.encode() not in anrop.kropp
    tid = anrop.huvuden["webhook-timestamp"]
    nyckel = base64.b64decode(hemlighet.removeprefix("whsec_"))
    egen = hmac.new(nyckel, f"{anrop.msg_id}.{tid}.".encode() + anrop.kropp, hashlib.sha256)
    assert anrop.huvuden["webhook-signature"] == ("v1," + base64.b64encode(egen.digest()).decode())
    assert Granskare(hemlighet).verify(anrop.kropp, anrop.huvuden) == anrop.dokument
    assert sand(klocka) == 0


def test_the_signature_is_that_of_the_specifications_own_example():
    tid = datetime.fromtimestamp(1614265330, tz=timezone.get_fixed_timezone(60))

    assert (
        webhooksandning.sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            tid,
            b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_many_receipts_come_in_order_a_hundred_at_a_time_and_each_once(a, klocka):
    with receivers(200) as (journal,):
        a("POST", "vardkontakter", besok())
        webhook, _ = mottag(journal.adress)
        vantade = kvittera(2 * FLEST_KVITTENSER + 3)
        sand(klocka)

    assert [n for anrop in journal.anrop for n in anrop.sekvenser] == vantade
    assert [len(anrop.sekvenser) for anrop in journal.anrop] == [100, 100, 3]
    assert [anrop.dokument["data"]["fler"] for anrop in journal.anrop] == [True, True, False]
    assert lage(webhook).sekvens == vantade[-1]


def test_only_the_levels_that_are_asked_for_come(a, klocka):
    with receivers(200) as (journal,):
        a("POST", "vardkontakter", besok())
        mottag(journal.adress, nivaer=["K4"])
        kvittera(150, niva="K3")
        (faktura,) = kvittera(1, niva="K4")
        kvittera(1, niva="K2")
        sand(klocka)
        assert sand(klocka) == 0  # what is not for it does not wait for ever

    assert [anrop.sekvenser for anrop in journal.anrop] == [[faktura]]


def test_another_systems_receipts_and_a_provider_whose_right_is_withdrawn_do_not_come(a, klocka):
    with receivers(200, 200) as (journal_a, journal_b):
        mottag(journal_b.adress, system="JOURNAL-B")
        mottag(journal_a.adress)
        a("POST", "vardkontakter", besok())
        konto().ombud_set.update(aterkallat=NU)
        sand(klocka)

    assert (journal_a.anrop, journal_b.anrop) == ([], [])


def test_a_stopped_account_is_told_nothing(a, klocka):
    with receivers(200) as (journal,):
        mottag(journal.adress)
        a("POST", "vardkontakter", besok())
        Maskinkonto.objects.update(stoppdatum=timezone.localdate())
        assert sand(klocka) == 0


# --- retries and pauses ---------------------------------------------------------------------------


def test_a_message_is_tried_again_under_the_same_id_later_and_later(a, klocka):
    with receivers(503) as (journal,):
        webhook, _ = mottag(journal.adress)
        a("POST", "vardkontakter", besok())
        sand(klocka)
        assert sand(klocka) == 0  # not yet
        klocka.fram(seconds=7)
        sand(klocka)
        klocka.fram(seconds=7)
        assert sand(klocka) == 0
        journal.svar = 200
        klocka.fram(seconds=20)
        a("POST", "vardkontakter", besok("V2"))
        sand(klocka)

    forsta, andra, tredje, fjarde = journal.anrop
    assert forsta.msg_id == andra.msg_id == tredje.msg_id != fjarde.msg_id
    assert forsta.kropp.replace(b'"fler":false', b"") == andra.kropp.replace(b'"fler":false', b"")
    assert forsta.sekvenser < fjarde.sekvenser
    tid = int(forsta.huvuden["webhook-timestamp"])
    assert int(tredje.huvuden["webhook-timestamp"]) - tid == 34
    meddelande = Webhookmeddelande.objects.order_by("pk").first()
    assert (meddelande.forsok, meddelande.status) == (3, "LEVERERAT")
    assert lage(webhook).misslyckade == 0


def test_after_twelve_calls_the_receiver_is_paused_and_goes_on_from_there_when_resumed(
    a, klocka, caplog
):
    with receivers(500) as (journal,):
        webhook, _ = mottag(journal.adress)
        a("POST", "vardkontakter", besok())
        for _ in range(FLEST_FORSOK + 3):
            sand(klocka)
            klocka.fram(hours=15)
        webhook.refresh_from_db()
        assert len(journal.anrop) == FLEST_FORSOK
        assert (webhook.lage, webhook.orsak) == ("PAUSAD", Orsak.SVARAR_INTE)
        assert Webhookmeddelande.objects.get().status == "UPPGIVET"

        journal.svar = 200
        webhookar.resume(webhook, by=konto().anvandare, at=klocka())
        sand(klocka)

    assert journal.anrop[-1].sekvenser == journal.anrop[0].sekvenser
    assert journal.anrop[-1].msg_id != journal.anrop[0].msg_id
    (rad,) = [rad for rad in caplog.records if "webhook.pausad" in rad.getMessage()]
    assert rad.levelno == logging.WARNING
    assert journal.adress not in rad.getMessage()


def test_a_receiver_that_says_gone_is_paused_at_once(a, klocka):
    with receivers(410) as (journal,):
        webhook, _ = mottag(journal.adress)
        a("POST", "vardkontakter", besok())
        sand(klocka)
        klocka.fram(days=2)
        sand(klocka)

    webhook.refresh_from_db()
    assert len(journal.anrop) == 1
    assert (webhook.lage, webhook.orsak) == ("PAUSAD", Orsak.BORTA)


def test_what_is_no_answer_is_a_failed_call_with_a_word_and_without_the_answers_text(a, klocka):
    fall = {
        "cut": (None, "AVBRUTET"),
        "hang": (None, "TIDSGRANS"),
        (302, Huvud(Location="http://127.0.0.1:1/annan")): (302, "OMDIRIGERAD"),
        (429, Huvud({"Retry-After": "600"})): (429, "STATUS"),
        404: (404, "STATUS"),
    }
    with receivers(*fall) as alla:
        webhookar_ = [mottag(en.adress)[0] for en in alla]
        a("POST", "vardkontakter", besok())
        assert sand(klocka, timedelta(seconds=1.5)) == len(fall)

    for webhook, (status, fel) in zip(webhookar_, fall.values(), strict=True):
        meddelande = Webhookmeddelande.objects.get(webhook=webhook)
        assert (meddelande.senaste_status, meddelande.senaste_fel) == (status, fel)
        assert meddelande.status == "VANTAR"
        assert "felsida" not in str(vars(meddelande))
        vanta = lage(webhook).nasta - klocka()
        assert vanta == timedelta(seconds=600) if status == 429 else vanta < timedelta(seconds=7)


def test_nobody_listening_is_a_failed_call(a, klocka):
    with socket.socket() as upptagen:
        upptagen.bind(("127.0.0.1", 0))
        mottag(f"http://127.0.0.1:{upptagen.getsockname()[1]}/")
        a("POST", "vardkontakter", besok())
        sand(klocka)

    assert Webhookmeddelande.objects.get().senaste_fel == "INGEN_ANSLUTNING"


def test_a_sender_that_dies_leaves_its_message_to_the_next_when_the_lease_is_over(a, klocka):
    with receivers(200) as (journal,):
        webhook, _ = mottag(journal.adress)
        a("POST", "vardkontakter", besok())
        assert webhooksandning.claim(at=klocka(), size=5, troga=False) == [webhook.pk]
        dog_med = webhooksandning.prepare(webhook.pk, at=klocka())
        assert sand(klocka) == 0
        klocka.fram(seconds=61)
        sand(klocka)

    assert [anrop.msg_id for anrop in journal.anrop] == [dog_med.huvuden["webhook-id"]]
    assert Webhookmeddelande.objects.get().forsok == 2


# --- the deaf -------------------------------------------------------------------------------------


def test_a_deaf_receiver_delays_nobody(a, klocka, monkeypatch):
    """All others have their answer recorded before the deaf one's call is over."""
    monkeypatch.setattr("gvr.core.webhook.FLEST_MOTTAGARE", 20)
    monkeypatch.setattr(webhookar, "FLEST_MOTTAGARE", 20)
    ordning = []
    record = webhooksandning.record

    def note(utskick, svar, *, at):
        ordning.append((utskick.webhook_id, svar.fel))
        record(utskick, svar, at=at)

    monkeypatch.setattr(webhooksandning, "record", note)
    with receivers("hang", *[200] * 9) as alla:
        dov, *friska = [mottag(en.adress)[0] for en in alla]
        a("POST", "vardkontakter", besok())
        kvittera(FLEST_KVITTENSER)  # so each gets two messages
        webhooksandning.send_waiting(nu=klocka, tidsgrans=timedelta(seconds=1.5))

    assert ordning[-1] == (dov.pk, "TIDSGRANS")
    assert sorted(pk for pk, fel in ordning[:-1] if fel is None) == sorted(
        [frisk.pk for frisk in friska] * 2
    )


def test_those_who_failed_last_time_never_take_all_places(a, klocka):
    a("POST", "vardkontakter", besok())
    monkey = [
        Webhook.objects.create(
            uuid=f"00000000-0000-7000-8000-{n:012d}", maskinkonto=konto(), nivaer=["K3"],
            adress=f"https://j{n}.example/", skapad=klocka(), skapad_av="x",
        )
        for n in range(40)
    ]  # fmt: skip
    for webhook in monkey:
        Webhooklage.objects.create(
            webhook=webhook, hemlighet=b"", sekvens=0, nasta=klocka(), misslyckade=webhook.pk % 2
        )
    troga = Webhooklage.objects.filter(misslyckade=1).values_list("pk", flat=True)

    assert len(webhooksandning.claim(at=klocka(), size=8, troga=True)) == 8
    assert not set(webhooksandning.claim(at=klocka(), size=40, troga=False)) & set(troga)


# --- inside ---------------------------------------------------------------------------------------


def names(monkeypatch, **adresser):
    """Let names stand for addresses; a list is used one entry a look-up."""
    slagna = {namn: iter(varden) for namn, varden in adresser.items()}

    def look_up(vard, port):
        return [ip_address(ip) for ip in next(slagna[vard.partition(".")[0]])]

    monkeypatch.setattr(webhookpost, "look_up", look_up)


INOM = [
    "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/", "https://[fd00::1]/", "https://[::ffff:127.0.0.1]/",
    "https://localhost/", "http://127.0.0.1:8000/", "file:///etc/passwd",
]  # fmt: skip


def test_an_address_inside_is_refused_when_it_is_saved(a, settings, monkeypatch):
    settings.WEBHOOK_TILLATNA_NAT, settings.WEBHOOK_UTAN_TLS = [], False

    def look_up(vard, port):
        return [ip_address("127.0.0.1" if vard == "localhost" else vard)]

    monkeypatch.setattr(webhookpost, "look_up", look_up)
    for adress in INOM:
        svar = a("POST", "webhooks", {"adress": adress})

        assert (svar.status_code, svar.json()["kod"]) == (422, "WEBHOOK_ADRESS"), adress
    assert not Webhook.objects.exists()


def test_a_name_that_comes_to_mean_something_inside_is_refused_when_it_is_sent_to(
    a, klocka, settings, monkeypatch
):
    settings.WEBHOOK_TILLATNA_NAT = []
    with receivers(200) as (inre,):
        port = inre.server.server_address[1]
        names(monkeypatch, journal=[["93.184.216.34"], ["127.0.0.1"], ["8.8.8.8", "127.0.0.1"]])
        mottag(f"http://journal.example:{port}/")
        a("POST", "vardkontakter", besok())
        for _ in range(2):
            sand(klocka)
            assert Webhookmeddelande.objects.get().senaste_fel == "OTILLATEN_ADRESS"
            klocka.fram(minutes=1)

    assert inre.anrop == []


def test_what_is_connected_to_is_what_was_judged_and_the_name_is_looked_up_once_a_call(
    a, klocka, monkeypatch
):
    with receivers(200) as (journal,):
        port = journal.server.server_address[1]
        names(monkeypatch, journal=[["127.0.0.1"], ["127.0.0.1"]])  # a third look-up would fail
        mottag(f"http://journal.example:{port}/")
        a("POST", "vardkontakter", besok())
        sand(klocka)

    assert journal.anrop[0].huvuden["Host"] == f"journal.example:{port}"


def test_an_address_saved_before_a_setting_was_closed_is_not_called(a, klocka, settings):
    with receivers(200) as (journal,):
        mottag(journal.adress)
        a("POST", "vardkontakter", besok())
        settings.WEBHOOK_UTAN_TLS = False
        sand(klocka)
        settings.WEBHOOK_UTAN_TLS, settings.WEBHOOK_TILLATNA_NAT = True, []
        klocka.fram(minutes=1)
        sand(klocka)

    assert journal.anrop == []
    assert Webhookmeddelande.objects.get().senaste_fel == "OTILLATEN_ADRESS"


# --- secrets --------------------------------------------------------------------------------------


def test_while_secrets_overlap_both_hold_and_afterwards_only_the_new(a, klocka):
    with receivers(200) as (journal,):
        webhook, gammal = mottag(journal.adress)
        ny = webhookar.rotate(webhook, by=konto().anvandare, at=klocka())
        a("POST", "vardkontakter", besok())
        sand(klocka)
        klocka.fram(hours=25)
        kvittera(1)
        sand(klocka)

    under, efter = journal.anrop
    for hemlighet in (gammal, ny):
        Granskare(hemlighet).verify(under.kropp, under.huvuden)
    assert len(efter.huvuden["webhook-signature"].split()) == 1
    tid = klocka().replace(microsecond=0)
    assert efter.huvuden["webhook-signature"] == webhooksandning.sign(
        ny, efter.msg_id, tid, efter.kropp
    )


def test_a_secret_is_in_no_table_no_log_and_no_later_answer(a, klocka, caplog):
    caplog.set_level(logging.DEBUG)
    with receivers(200) as (journal,):
        svar = a("POST", "webhooks", {"adress": f"{journal.adress}?nyckel=mottagarens-egen"})
        a("POST", "vardkontakter", besok())
        sand(klocka)
    skapad = svar.json()
    hemlighet = skapad["hemlighet"]

    assert svar.status_code == 201
    assert len(journal.anrop) == 1
    assert hemlighet not in a("GET", "webhooks").content.decode()
    nycklar = (hemlighet, hemlighet.removeprefix("whsec_"))
    egna = [rad.getMessage() for rad in caplog.records if rad.name.startswith(("gvr", "httpx"))]
    for nyckel in (*nycklar, "mottagarens-egen"):
        assert not any(nyckel in text for text in egna)
    with connection.cursor() as cursor:
        for tabell in ("webhook", "webhooklage", "webhookmeddelande", "leverans", "andring"):
            cursor.execute(f"select coalesce(string_agg(t::text, ''), '') from gvr_{tabell} t")
            text = cursor.fetchone()[0]
            assert not any(nyckel in text for nyckel in nycklar), tabell


def test_the_installations_key_may_be_changed_with_the_former_as_fallback(a, klocka, settings):
    with receivers(200) as (journal,):
        webhook, hemlighet = mottag(journal.adress)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "en-helt-annan-nyckel-" + "y" * 40
        assert webhookar.seal_anew() == 1
        assert webhookar.seal_anew() == 0
        settings.SECRET_KEY_FALLBACKS = []
        a("POST", "vardkontakter", besok())
        sand(klocka)
        Granskare(hemlighet).verify(journal.anrop[0].kropp, journal.anrop[0].huvuden)

        settings.SECRET_KEY = "en-tredje-nyckel-utan-den-andra-" + "z" * 40
        kvittera(1)
        sand(klocka)
        webhook.refresh_from_db()
        assert (webhook.lage, webhook.orsak) == ("PAUSAD", Orsak.HEMLIGHET)
        with pytest.raises(forsegling.UnableToOpen):
            forsegling.open_sealed(lage(webhook).hemlighet)

        ny = webhookar.rotate(webhook, overlapp=timedelta(0), by=konto().anvandare, at=klocka())
        sand(klocka)
        Granskare(ny).verify(journal.anrop[-1].kropp, journal.anrop[-1].huvuden)


# --- replay, test and removal ---------------------------------------------------------------------


def test_replay_sends_everything_after_a_number_again_in_order_in_new_messages(a, klocka):
    with receivers(200) as (journal,):
        a("POST", "vardkontakter", besok())
        webhook, _ = mottag(journal.adress)
        nummer = kvittera(FLEST_KVITTENSER + 5)
        sand(klocka)
        svar = a("POST", f"webhooks/{webhook.uuid}/omspel", {"efter": nummer[9]})
        assert svar.status_code == 202
        sand(klocka)

    spelat = [n for anrop in journal.anrop[2:] for n in anrop.sekvenser]
    assert spelat == nummer[10:]
    assert len({anrop.msg_id for anrop in journal.anrop}) == len(journal.anrop)


def test_a_message_that_waits_gives_way_to_the_replay_that_holds_it(a, klocka):
    with receivers(500) as (journal,):
        webhook, _ = mottag(journal.adress)
        a("POST", "vardkontakter", besok())
        sand(klocka)
        webhookar.replay(webhook, Webhookmeddelande.objects.get().efter, at=klocka())
        journal.svar = 200
        sand(klocka)

    assert [m.status for m in Webhookmeddelande.objects.order_by("pk")] == ["ERSATT", "LEVERERAT"]
    assert journal.anrop[0].sekvenser == journal.anrop[1].sekvenser


def test_what_has_not_been_sent_is_not_replayed(a):
    with receivers(200) as (journal,):
        webhook, _ = mottag(journal.adress)
        with pytest.raises(UnableToDo, match="WEBHOOK_FRAMTID"):
            webhookar.replay(webhook, lage(webhook).sekvens + 1, at=NU)


def test_a_test_message_is_sent_once_also_to_a_paused_receiver_and_says_how_it_went(a, klocka):
    with receivers(500) as (journal,):
        webhook, hemlighet = mottag(journal.adress)
        adress = f"webhooks/{webhook.uuid}"
        assert a("POST", f"{adress}/pausa").status_code == 200
        kvittera_inget = a("POST", "vardkontakter", besok())
        assert kvittera_inget.status_code == 201
        prov = a("POST", f"{adress}/prov")
        sand(klocka)
        klocka.fram(days=1)
        sand(klocka)

    assert prov.status_code == 202
    (anrop,) = journal.anrop
    assert anrop.msg_id == prov.json()["id"]
    assert anrop.dokument["type"] == "webhook.prov"
    Granskare(hemlighet).verify(anrop.kropp, anrop.huvuden)
    (rad,) = a("GET", f"{adress}/meddelanden").json()["meddelanden"]
    assert (rad["status"], rad["svarskod"], rad["forsok"]) == ("UPPGIVET", 500, 1)
    assert a("GET", adress).json()["lage"] == "PAUSAD"


def test_a_receiver_that_is_removed_is_told_nothing_more_and_its_secret_is_gone(a, klocka):
    with receivers(200) as (journal,):
        webhook, _ = mottag(journal.adress)
        assert a("DELETE", f"webhooks/{webhook.uuid}").status_code == 204
        a("POST", "vardkontakter", besok())
        sand(klocka)
        assert a("GET", f"webhooks/{webhook.uuid}").status_code == 404
        assert mottag(journal.adress)[0].pk != webhook.pk  # the address is free again

    assert journal.anrop == []
    assert bytes(lage(webhook).hemlighet) == b""


def test_old_messages_are_forgotten_but_not_those_that_wait(a, klocka):
    with receivers(200, 500) as (frisk, sjuk):
        mottag(frisk.adress)
        mottag(sjuk.adress)
        a("POST", "vardkontakter", besok())
        sand(klocka)

    assert webhookar.forget(at=klocka() + timedelta(days=31)) == 1
    assert Webhookmeddelande.objects.get().status == "VANTAR"


# --- the API --------------------------------------------------------------------------------------


def test_an_account_sees_and_changes_its_own_receivers_only(a):
    b = Sandare("token-B")
    with receivers(200) as (journal,):
        uuid = a("POST", "webhooks", {"adress": journal.adress, "nivaer": ["K4"]}).json()["uuid"]

        assert [rad["uuid"] for rad in a("GET", "webhooks").json()["webhooks"]] == [uuid]
        assert b("GET", "webhooks").json()["webhooks"] == []
        for metod, vag in (
            ("GET", ""), ("DELETE", ""), ("GET", "/meddelanden"), ("POST", "/prov"),
            ("POST", "/rotera"), ("POST", "/omspel"), ("POST", "/pausa"), ("POST", "/aterta"),
        ):  # fmt: skip
            svar = b(metod, f"webhooks/{uuid}{vag}", {"efter": 0} if vag == "/omspel" else b"")
            assert svar.status_code == 404, (metod, vag, svar.content)
    assert Webhook.objects.get().borttagen is None


def test_the_same_address_twice_and_too_many_are_refused(a):
    with receivers(200) as (journal,):
        for n in range(5):
            svar = a("POST", "webhooks", {"adress": f"{journal.adress}/{n}"})
            assert svar.status_code == 201
        igen = a("POST", "webhooks", {"adress": f"{journal.adress}/0"})
        fler = a("POST", "webhooks", {"adress": f"{journal.adress}/5"})

    assert (igen.status_code, igen.json()["kod"]) == (409, "WEBHOOK_FINNS")
    assert (fler.status_code, fler.json()["kod"]) == (409, "WEBHOOK_FOR_MANGA")


def test_a_body_that_is_wrong_is_refused(a):
    adress = {"adress": "https://x.example/"}
    for kropp in (
        b"{", {}, {"adress": 7}, {**adress, "nivaer": []}, {**adress, "nivaer": ["K1"]},
        {**adress, "hemlighet": "whsec_min"}, {**adress, "efter": -1},
    ):  # fmt: skip
        svar = a("POST", "webhooks", kropp)

        assert svar.status_code == 400, (kropp, svar.content)
    assert not Webhook.objects.exists()


def test_a_receiver_may_begin_with_what_was_before_it(a, klocka):
    with receivers(200) as (journal,):
        a("POST", "vardkontakter", besok())
        svar = a("POST", "webhooks", {"adress": journal.adress, "efter": 0})
        assert svar.status_code == 201
        sand(klocka)

    assert len(journal.anrop) == 1


# --- people -------------------------------------------------------------------------------------


def text_of(svar):
    assert svar.status_code == 200, svar.status_code
    return html.unescape(svar.content.decode())


def test_a_provider_sees_how_its_senders_receiver_stands_but_not_its_whole_address(a, klocka):
    bo = regionen.client(regionen.provider_user("bo", a.vardgivare["A"]))
    with receivers(410) as (journal,):
        mottag(f"{journal.adress}?nyckel=mottagarens-egen")
        a("POST", "vardkontakter", besok())
        fore = text_of(bo.get("/leveranser/webhookar/"))
        sand(klocka)
        efter = text_of(bo.get("/leveranser/webhookar/"))

    assert "Kvittenser till journalsystemen" in fore
    assert "aldrig än" in fore
    assert "mottagaren har sagt att adressen inte används längre" in efter
    assert "mottagarens-egen" not in fore + efter


def test_the_region_makes_tries_pauses_and_removes_a_receiver_and_the_secret_is_shown_once(
    a, klocka
):
    anna = regionen.client(regionen.anna())
    with receivers(200) as (journal,):
        ny = text_of(
            anna.post(
                "/admin/gvr/webhook/add/",
                {
                    "maskinkonto": konto().pk,
                    "adress": journal.adress,
                    "nivaer": ["K3", "K4"],
                    "skal": "Avtal med leverantören",
                },
            )
        )
        webhook = Webhook.objects.get()
        sida = f"/admin/gvr/webhook/{webhook.pk}"
        hemlighet = re.search(r"whsec_[\w+/=]+", ny)[0]
        for steg, falt in (("pausa", {}), ("prova", {})):
            svar = anna.post(f"{sida}/{steg}/", {"skal": "Prov", **falt})
            assert svar.status_code == 302, svar.content.decode()
        sand(klocka)
        Granskare(hemlighet).verify(journal.anrop[0].kropp, journal.anrop[0].huvuden)
        visad = text_of(anna.get(f"{sida}/change/"))
        assert "Pausad av regionen" in visad
        assert "Mottaget (200)" in visad
        assert hemlighet not in visad
        assert a("POST", f"webhooks/{webhook.uuid}/aterta").status_code == 403
        assert anna.post(f"{sida}/aterta/", {"skal": "Prov"}).status_code == 302
        fel = text_of(anna.post(f"{sida}/omspel/", {"skal": "Prov", "efter": 2**40}))
        assert "har passerats" in fel
        assert "whsec_" in text_of(anna.post(f"{sida}/rotera/", {"skal": "Prov", "overlapp": 0}))
        assert anna.post(f"{sida}/ta-bort/", {"skal": "Prov"}).status_code == 302
        assert "Borttagen" in text_of(anna.get(f"{sida}/change/"))
        assert anna.get(f"{sida}/pausa/").status_code == 404
    for lista in ("webhook", "webhookmeddelande"):
        text_of(anna.get(f"/admin/gvr/{lista}/"))
    andringar = Andring.objects.filter(tabell="gvr_webhook", rad=str(webhook.pk))
    assert {rad.anvandare for rad in andringar} == {"anna"}
    assert "Avtal med leverantören" in {rad.skal for rad in andringar}
