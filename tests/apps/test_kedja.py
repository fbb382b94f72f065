"""From registered contact to posts: decide, correct, cancel, wait, re-price."""

from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from ersattning import kedja
from ersattning.hej.models import Beslut, Kontaktlage, Post
from gvr.models import Arende, Avtal, Enhet, Enhetsuppdrag, Kvittens, Uppdrag
from tests import world
from tests.factories import publicerat
from tests.factories.kontakter import NU, innehall, register

PAKET = {
    "modell": "test",
    "namn": "Test",
    "avtalsomrade": "huslakarverksamhet",
    "version": "1",
    "giltig": {"fr_o_m": date(2020, 1, 1)},
    "kallor": ["test"],
    "regler": [
        {
            "id": "BESOK",
            "titel": "Läkarbesök",
            "typ": "grund",
            "produktkod": "LAK",
            "kalla": ["test"],
            "villkor": {"besokstyp": ["1"], "yrkeskategori": {"forsta": ["01"]}},
        },
        {
            "id": "AVG",
            "titel": "Patientavgift",
            "typ": "avdrag",
            "produktkod": "AVG",
            "kalla": ["test"],
            "villkor": {"taxa": ["01"]},
        },
    ],
}


@pytest.fixture
def region(db):
    vardgivare = world.load_providers()
    publicerat.publish_pack(PAKET)
    publicerat.publish_prices(
        "test", "huslakarverksamhet", {"LAK": Decimal("1000.00"), "AVG": Decimal("275.00")}
    )
    return vardgivare


def decide(*ids, at=NU):
    return kedja.decide(ids, at=at)


def posted(kontakt_id):
    return list(
        Post.objects.filter(vardkontakt=kontakt_id)
        .order_by("pk")
        .values_list("produktkod", "belopp")
    )


def test_a_visit_becomes_a_decision_with_its_posts(region):
    pk = register("v1", innehall())

    decide(pk)

    beslut = Beslut.objects.get()
    assert (beslut.utfall, beslut.summa) == ("ERSATTS", Decimal("725.00"))
    assert sorted(posted(pk)) == [("AVG", Decimal("-275.00")), ("LAK", Decimal("1000.00"))]
    lage = Kontaktlage.objects.get()
    assert (lage.beslut_id, lage.summa) == (beslut.pk, Decimal("725.00"))
    assert lage.vardgivare == region["A"]
    assert Kvittens.objects.get().niva == "K3"


def test_deciding_again_with_the_same_knowledge_writes_nothing(region):
    pk = register("v1", innehall())
    decide(pk)

    assert decide(pk, at=NU + timedelta(days=1)) == []

    assert Beslut.objects.count() == 1
    assert Post.objects.count() == 2


def test_a_correction_reverses_what_differs_and_keeps_what_does_not(region):
    pk = register("v1", innehall())
    decide(pk)
    register("v1", innehall(taxa="10"))

    decide(pk)

    assert posted(pk)[2:] == [("AVG", Decimal("275.00"))]
    aterforing = Post.objects.get(aterfor__isnull=False)
    assert aterforing.aterfor.produktkod == "AVG"
    assert Kontaktlage.objects.get().summa == Decimal("1000.00")


def test_a_cancellation_reverses_everything(region):
    pk = register("v1", innehall())
    decide(pk)
    register("v1", innehall(), makulerad=True)

    decide(pk)

    assert sum(belopp for _, belopp in posted(pk)) == 0
    assert Kontaktlage.objects.get().utfall == "MAKULERAD"


def test_a_correction_to_another_providers_unit_gives_the_reversal_to_the_first(region):
    publicerat.publish_pack({**PAKET, "modell": "gyn", "avtalsomrade": "specialiserad-gynekologi"})
    publicerat.publish_prices(
        "gyn", "specialiserad-gynekologi", {"LAK": Decimal("500.00"), "AVG": Decimal("275.00")}
    )
    pk = register("v1", innehall())
    decide(pk)
    register("v1", innehall(enhet="90002312001"))

    decide(pk)

    per_vardgivare = {
        vardgivare: sum(
            (p.belopp for p in Post.objects.filter(vardgivare=region[vardgivare])), Decimal(0)
        )
        for vardgivare in "AB"
    }
    assert per_vardgivare == {"A": Decimal("0.00"), "B": Decimal("225.00")}


def test_a_missing_price_is_a_waiting_state_and_never_zero_kronor(region):
    publicerat.publish_pack(
        {**PAKET, "regler": [{**PAKET["regler"][0], "produktkod": "UTAN-PRIS"}]}, version=2
    )
    pk = register("v1", innehall())

    decide(pk)

    lage = Kontaktlage.objects.get()
    assert (lage.utfall, lage.orsak, lage.vantar_pa) == ("VANTAR", "PRIS_SAKNAS", "PRIS:UTAN-PRIS")
    assert not Post.objects.exists()


def test_a_contact_at_an_unknown_unit_waits_and_is_paid_when_the_unit_arrives(region):
    pk = register("v1", innehall(enhet="90001311009"))
    decide(pk)
    assert Kontaktlage.objects.get().vantar_pa == "ENHET:90001311009"

    enhet = Enhet.objects.create(
        vardgivare=region["A"],
        kombika="90001311009",
        namn="Ny filial",
        giltig=(date(2026, 1, 1), None),
    )
    Enhetsuppdrag.objects.create(
        enhet=enhet,
        uppdrag=Uppdrag.objects.get(samverks_id="9301"),
        giltig=(date(2026, 1, 1), None),
    )
    Arende.objects.all().delete()
    assert kedja.offer_waiting(at=NU) == 1
    assert kedja.decide_next(at=NU) == 1

    assert Kontaktlage.objects.get().utfall == "ERSATTS"
    assert Kontaktlage.objects.get().enhet == enhet
    assert kedja.offer_waiting(at=NU) == 0


def test_rules_and_prices_are_chosen_by_the_day_of_care(region):
    publicerat.publish_prices(
        "test",
        "huslakarverksamhet",
        {"LAK": Decimal("1100.00"), "AVG": Decimal("275.00")},
        version=2,
        fr_o_m=date(2026, 11, 1),
    )
    old = register("v1", innehall(dag=date(2026, 10, 31)))
    new = register("v2", innehall(dag=date(2026, 11, 1)))

    decide(old, new)

    assert dict(posted(old))["LAK"] == Decimal("1000.00")
    assert dict(posted(new))["LAK"] == Decimal("1100.00")


def test_repricing_with_a_retroactive_list_posts_exactly_the_difference(region):
    pk = register("v1", innehall())
    decide(pk)
    publicerat.publish_prices(
        "test",
        "huslakarverksamhet",
        {"LAK": Decimal("1050.00"), "AVG": Decimal("275.00")},
        version=2,
    )

    forhand = kedja.reprice(date(2026, 11, 1), date(2026, 12, 1), at=NU, dry_run=True)
    antal = Post.objects.count()
    utfort = kedja.reprice(date(2026, 11, 1), date(2026, 12, 1), at=NU, dry_run=False)
    igen = kedja.reprice(date(2026, 11, 1), date(2026, 12, 1), at=NU, dry_run=False)

    assert antal == 2
    assert forhand == utfort
    assert (utfort.andrade, utfort.poster, utfort.skillnad) == (1, 2, Decimal("50.00"))
    assert (igen.poster, igen.skillnad) == (0, Decimal("0.00"))
    assert sum(belopp for _, belopp in posted(pk)) == Decimal("775.00")


def test_a_dry_run_says_what_production_would_and_writes_nothing(region):
    (svar,) = kedja.verdicts([(innehall(), ("JOURNAL-A", "v1"), ())], NU)
    assert not Beslut.objects.exists()

    pk = register("v1", innehall())
    decide(pk)

    beslut = Beslut.objects.get()
    assert svar["summa"] == str(beslut.summa)
    assert svar["rader"] == beslut.rader


def test_a_dry_run_of_many_takes_no_more_statements_than_of_one(region):
    kedja.snapshot()
    rader = [(innehall(), ("JOURNAL-A", f"v{nr}"), ()) for nr in range(200)]

    with CaptureQueriesContext(connection) as en:
        kedja.verdicts(rader[:1], NU)
    with CaptureQueriesContext(connection) as manga:
        svar = kedja.verdicts(rader, NU)

    assert len(en) == len(manga)
    assert {dom["summa"] for dom in svar} == {svar[0]["summa"]}


def test_a_deadlock_is_tried_again_at_once(region, monkeypatch):
    pk = register("v1", innehall())
    riktig, forsok = kedja.decide, []

    def first_meets_another(*args, **kwargs):
        forsok.append(1)
        if len(forsok) < 3:
            raise OperationalError from psycopg.errors.DeadlockDetected()
        return riktig(*args, **kwargs)

    monkeypatch.setattr(kedja, "decide", first_meets_another)

    assert kedja.decide_next(at=NU) == 1
    assert len(forsok) == 3
    assert Beslut.objects.get().vardkontakt_id == pk


def test_a_database_that_is_gone_is_not_asked_again(region, monkeypatch):
    register("v1", innehall())
    forsok = []

    def gone(*args, **kwargs):
        forsok.append(1)
        raise OperationalError from psycopg.errors.AdminShutdown()

    monkeypatch.setattr(kedja, "decide", gone)

    with pytest.raises(OperationalError):
        kedja.decide_next(at=NU)
    assert forsok == [1]


def test_the_number_of_statements_is_the_same_for_ten_and_for_two_hundred_contacts(region):
    ids = [register(f"v{nr}", innehall()) for nr in range(210)]
    decide(ids[0])

    with CaptureQueriesContext(connection) as few:
        decide(*ids[1:11])
    with CaptureQueriesContext(connection) as many:
        decide(*ids[11:])

    assert len(few) == len(many)


def test_a_contact_that_makes_a_rule_fail_is_parked_and_the_others_go_on(region, monkeypatch):
    sjuk = register("sjuk", innehall(tid=None, vktyp="99"))
    frisk = register("frisk", innehall())
    judge = kedja.judge

    def fragile(reg, bild):
        if reg.innehall.vktyp == "99":
            raise RuntimeError("regeln gick sönder")
        return judge(reg, bild)

    monkeypatch.setattr(kedja, "judge", fragile)

    while kedja.decide_next(at=NU):
        pass

    assert Kontaktlage.objects.get().vardkontakt_id == frisk
    arende = Arende.objects.get()
    assert (arende.vardkontakt_id, arende.parkerad) == (sjuk, True)
    assert "regeln gick sönder" in arende.fel


def test_work_that_changed_while_it_was_done_is_done_again(region):
    from gvr.actions import arenden  # noqa: PLC0415

    pk = register("v1", innehall())
    (arbete,) = arenden.claim(at=NU, size=10)
    arenden.enqueue([pk], at=NU)

    arenden.finish([arbete])

    assert [a.vardkontakt_id for a in arenden.claim(at=NU, size=10)] == [pk]


def test_an_expired_lease_is_claimed_by_someone_else(region):
    from gvr.actions import arenden  # noqa: PLC0415

    register("v1", innehall())
    assert len(arenden.claim(at=NU, size=10)) == 1
    assert arenden.claim(at=NU + timedelta(seconds=30), size=10) == []

    assert len(arenden.claim(at=NU + timedelta(minutes=3), size=10)) == 1


def test_a_yearly_ceiling_follows_the_day_of_care_and_not_the_order_of_arrival(region):
    Avtal.objects.filter(ada_nummer="ADA-2024-0300").update(
        avtalsomrade_id=Avtal.objects.get(ada_nummer="LOL-2008-0001").avtalsomrade_id
    )
    publicerat.publish_pack({**PAKET, "modell": "lol", "avtalsomrade": "lol"})
    publicerat.publish_prices(
        "lol",
        "lol",
        {
            "LAK": {
                "belopp": Decimal("800.00"),
                "reducerat": Decimal("300.00"),
                "tak1": Decimal("700.00"),
                "tak2": Decimal("1200.00"),
            },
            "AVG": Decimal("275.00"),
        },
    )
    sen = register("v2", innehall(dag=date(2026, 11, 19)))
    decide(sen)
    assert dict(posted(sen))["LAK"] == Decimal("800.00")

    tidig = register("v1", innehall(dag=date(2026, 11, 3)))
    decide(tidig)

    summor = dict(Kontaktlage.objects.values_list("vardkontakt_id", "summa"))
    assert summor == {tidig: Decimal("525.00"), sen: Decimal("25.00")}


SISTA_VARDAGEN = NU.replace(month=10, day=30)  # 31 October 2026 is a Saturday


@pytest.mark.parametrize(
    ("begard", "avgjord", "manad"),
    [
        (SISTA_VARDAGEN, SISTA_VARDAGEN, date(2026, 10, 1)),
        (SISTA_VARDAGEN, SISTA_VARDAGEN + timedelta(days=1), date(2026, 10, 1)),
        (SISTA_VARDAGEN + timedelta(days=1), SISTA_VARDAGEN + timedelta(days=1), date(2026, 11, 1)),
        (NU, NU, date(2026, 11, 1)),
    ],
    ids=["i tid", "i tid, sen arbetare", "efter sista vardagen", "månaden efter"],
)
def test_money_is_booked_in_the_month_its_report_was_in_time_for(region, begard, avgjord, manad):
    pk = register("v1", innehall(dag=date(2026, 10, 20)))
    Arende.objects.filter(vardkontakt=pk).update(skapad=begard)

    assert kedja.decide_next(at=avgjord) == 1

    assert {post.bokforingsmanad for post in Post.objects.all()} == {manad}


def test_a_rule_counts_the_products_that_the_sender_counts(region):
    """The same in the intake's dry run, in the decision and when it is explained."""
    regel = {**PAKET["regler"][0], "id": "DRG", "antal": {"per_produkt": ["K*"], "hogst": 4}}
    publicerat.publish_pack({**PAKET, "version": "2", "regler": [regel]}, version=2)
    rader = {"produkter": [{"kod": "KA12O", "antal": 3}]}
    pk = register("v1", innehall(produkter=("KA12O",)), detaljer=rader)

    decide(pk)
    (dom,) = kedja.verdicts([(innehall(produkter=("KA12O",)), ("JOURNAL-A", "v2"), (3,))], NU)

    assert posted(pk) == [("LAK", Decimal("3000.00"))]
    assert Post.objects.get().antal == 3
    assert dom["summa"] == "3000.00"
