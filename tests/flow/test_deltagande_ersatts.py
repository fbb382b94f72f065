"""A deltagande is paid by its own party's contract, while it is tied, and never as a contact."""

import random
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.db import connection

from avstamning.queries import invarianter
from ersattning import delkedja, kedja
from ersattning.hej.models import Delbeslut, Post
from ersattning.vardfaktura.actions import stangningar
from ersattning.vardfaktura.models import Faktura
from ersattning.vardfaktura.queries import fakturor
from gvr.core.period import Manad
from gvr.models import (
    Avtal,
    Delkvittens,
    Deltagande,
    Deltagandearende,
    Enhet,
    Vardkontakt,
)
from tests.factories import portal, publicerat, regionen
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

DAHL = "90004314001"
GYN = {
    "modell": "gyn",
    "namn": "Gyn",
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
HUS = {
    **GYN,
    "modell": "hus",
    "namn": "Hus",
    "avtalsomrade": "huslakarverksamhet",
    "regler": [
        {
            "id": "BESOK",
            "titel": "Besök",
            "typ": "grund",
            "produktkod": "BESOK",
            "kalla": ["test"],
            "villkor": {"form": ["OPPENVARD"]},
        },
        {
            "id": "DEL-SSK",
            "titel": "Sjuksköterska deltar",
            "typ": "grund",
            "produktkod": "DELSSK",
            "kalla": ["test"],
            "villkor": {
                "samverkan": {"roll": "deltagare"},
                "besokstyp": ["A", "B"],
                "yrkeskategori": {"nagon": ["77"]},
            },
        },
        {
            "id": "DEL-KONSULT",
            "titel": "Konsult",
            "typ": "tillagg",
            "produktkod": "DELKONS",
            "kalla": ["test"],
            "villkor": {"samverkan": {"roll": ["konsult"]}},
        },
    ],
}


@pytest.fixture
def region(db):
    region = open_region()
    publicerat.publish_pack(GYN)
    publicerat.publish_pack(HUS)
    publicerat.publish_prices("gyn", "specialiserad-gynekologi", {"TEAM": Decimal("1000.00")})
    publicerat.publish_prices(
        "hus",
        "huslakarverksamhet",
        {"BESOK": Decimal(500), "DELSSK": Decimal(200), "DELKONS": Decimal(50)},
    )
    return region


@pytest.fixture
def sys_a(region):
    return Sandare("token-A")


@pytest.fixture
def sys_b(region):
    return Sandare("token-B")


def del_(id_="D1", **falt):
    return {
        "id": id_,
        "huvudkontakt": {"kallsystem": "JOURNAL-B", "vardhandelseId": "V1"},
        "enhet": {"kombika": EKBACKEN},
        "dag": str(yesterday()),
        "tid": "10:00",
        "minuter": 45,
        "roll": "KONSULT",
        "yrkeskategorier": ["77"],
        **falt,
    }


def huvud(**falt):
    return besok(**{"enhet": {"kombika": CEDERLUND}, "btyp": "A", "tid": "10:00", **falt})


def work(at=None):
    kedja.offer_waiting(at=at or noon())
    while kedja.decide_next(at=at or noon()):
        pass
    assert not Deltagandearende.objects.exists()


def paid():
    """Return what each product has come to, reversals counted."""
    summor = {}
    for produkt, belopp in Post.objects.values_list("produktkod", "belopp"):
        summor[produkt] = summor.get(produkt, 0) + belopp
    return {produkt: summa for produkt, summa in summor.items() if summa}


def newest(id_="D1"):
    uuid = Deltagande.objects.filter(extern_id=id_).first().uuid
    return Delbeslut.objects.filter(deltagande=uuid).latest("pk")


def assert_the_books_hold():
    assert [(k.kod, k.differenser) for k in invarianter.check() if k.brott] == []


ALLT = {"TEAM": Decimal(1000), "DELSSK": Decimal(200), "DELKONS": Decimal(50)}
HANDELSER = {
    "huvud": lambda a, b: b("POST", "vardkontakter", huvud()),
    "del": lambda a, b: a("POST", "deltaganden", del_()),
    "utan avtal": lambda a, b: b(
        "POST", "deltaganden", del_("D9", enhet={"kombika": DAHL}, roll="MEDVERKANDE")
    ),
}


@pytest.mark.parametrize("ordning", list(permutations(HANDELSER)), ids="→".join)
def test_a_part_is_paid_by_its_own_contract_in_whatever_order_it_comes(
    sys_a, sys_b, region, ordning
):
    for handelse in ordning:
        assert HANDELSER[handelse](sys_a, sys_b).status_code == 201
        work()

    assert paid() == ALLT
    assert Vardkontakt.objects.count() == 1
    poster = Post.objects.filter(kalla="DELTAGANDE")
    assert {(p.vardgivare, p.avtal.ada_nummer, p.vardkontakt_id) for p in poster} == {
        (region["A"], "ADA-2024-0300", None)
    }
    assert Post.objects.filter(aterfor__isnull=False).count() == 0
    assert (newest().utfall, newest().summa) == ("ERSATTS", Decimal(250))
    assert newest("D9").orsak in ("REGELPAKET_SAKNAS", "DELTAGANDE_UTAN_REGEL")
    senaste = Delkvittens.objects.filter(kallsystem="JOURNAL-A").latest("sekvens")
    assert (senaste.niva, senaste.utfall, senaste.belopp) == ("K3", "ERSATTS", Decimal(250))
    assert_the_books_hold()
    before = (Post.objects.count(), Delbeslut.objects.count(), Delkvittens.objects.count())
    kedja.reprice(yesterday(), yesterday() + timedelta(days=1), at=noon(), dry_run=False)
    assert before == (Post.objects.count(), Delbeslut.objects.count(), Delkvittens.objects.count())


@pytest.mark.parametrize(
    ("andring", "kvar", "utfall"),
    [
        (lambda a, b: a("DELETE", "deltaganden/D1"), {"TEAM": Decimal(1000)}, "MAKULERAD"),
        (lambda a, b: b("DELETE", "vardkontakter/V1"), {}, "FEL"),
        (lambda a, b: b("PUT", "vardkontakter/V1", huvud(btyp="1")), {}, "FEL"),
        (
            lambda a, b: b("PUT", "vardkontakter/V1", huvud(dag=str(yesterday() - timedelta(1)))),
            {"TEAM": Decimal(1000)},
            "FEL",
        ),
        (
            lambda a, b: a("POST", "deltaganden", del_("D2", enhet={"kombika": "90001311002"})),
            {"TEAM": Decimal(1000)},
            "FEL",
        ),
        (
            lambda a, b: a("POST", "vardkontakter", besok("V7", tid="10:15")),
            {"TEAM": Decimal(1000), "BESOK": Decimal(500)},
            "FEL",
        ),
        (
            lambda a, b: a("PUT", "deltaganden/D1", del_(roll="MEDVERKANDE")),
            {"TEAM": Decimal(1000), "DELSSK": Decimal(200)},
            "ERSATTS",
        ),
        (
            lambda a, b: a("PUT", "deltaganden/D1", del_(yrkeskategorier=["01"])),
            {"TEAM": Decimal(1000)},
            "INGEN_ERSATTNING",
        ),
    ],
    ids=[
        "the part is cancelled",
        "the contact is cancelled",
        "the contact is no visit of A or B",
        "the contact was another day",
        "two parts under one contract",
        "also reported as a contact",
        "another role",
        "another profession",
    ],
)
def test_what_changes_the_tie_moves_the_money_also_after_the_invoice(
    sys_a, sys_b, region, andring, kvar, utfall
):
    sys_b("POST", "vardkontakter", huvud())
    sys_a("POST", "deltaganden", del_())
    work()
    assert paid() == ALLT
    avtal = Avtal.objects.get(ada_nummer="ADA-2024-0300")
    manad = Manad.of(yesterday()).next
    stangningar.close_one(region["A"].pk, avtal.pk, manad, noon())
    forsta = Faktura.objects.get()
    assert forsta.summa == Decimal("265.00")  # with the contract's compensation for VAT

    assert andring(sys_a, sys_b).status_code < 300
    work()

    assert {p: s for p, s in paid().items() if p != "MOMSKOMP"} == kvar
    assert newest().utfall == utfall
    assert_the_books_hold()
    stangningar.close_one(region["A"].pk, avtal.pk, manad.next, noon())
    summor = sum((f.summa for f in Faktura.objects.filter(vardgivare=region["A"])), Decimal(0))
    hos_a = sum((s for p, s in kvar.items() if p != "TEAM"), Decimal(0))
    assert summor == hos_a * Decimal("1.06")
    assert_the_books_hold()


PER_ENHET = {"huvudkontakt": {"enhet": {"kombika": CEDERLUND}}, "patientId": PATIENT}
HANDELSER_I_SLUMP = (
    lambda a, b: b("PUT", "vardkontakter/V1", huvud()),
    lambda a, b: b("PUT", "vardkontakter/V1", huvud(btyp="1")),
    lambda a, b: b("PUT", "vardkontakter/V1", huvud(dag=str(yesterday() - timedelta(1)))),
    lambda a, b: b("PUT", "vardkontakter/V1", huvud(patientId="198001312399")),
    lambda a, b: b("PUT", "vardkontakter/V1", huvud(enhet={"kombika": "90002312002"})),
    lambda a, b: b("PUT", "vardkontakter/V2", besok("V2", enhet={"kombika": CEDERLUND}, btyp="A")),
    lambda a, b: b("DELETE", "vardkontakter/V2"),
    lambda a, b: a("PUT", "vardkontakter/V7", besok("V7", btyp="A", tid="10:15")),
    lambda a, b: a("DELETE", "vardkontakter/V7"),
    lambda a, b: a("PUT", "deltaganden/D1", del_()),
    lambda a, b: a("PUT", "deltaganden/D1", del_(**PER_ENHET)),
    lambda a, b: a("PUT", "deltaganden/D1", del_(dag=str(yesterday() - timedelta(1)))),
    lambda a, b: a("PUT", "deltaganden/D2", del_("D2", enhet={"kombika": "90001311002"})),
    lambda a, b: a(
        "PUT", "deltaganden/D2", del_("D2", enhet={"kombika": "90001311002"}, **PER_ENHET)
    ),
    lambda a, b: a("DELETE", "deltaganden/D2"),
)


@pytest.mark.parametrize("fro", range(4))
def test_after_anything_has_happened_nothing_stands_that_would_be_decided_otherwise(
    sys_a, sys_b, region, fro
):
    """Deciding everything again after each event finds nothing to change: no part is forgotten."""
    slump = random.Random(fro)
    sys_b("PUT", "vardkontakter/V1", huvud())
    sys_a("PUT", "deltaganden/D1", del_())
    work()
    assert paid() == ALLT
    for _ in range(12):
        slump.choice(HANDELSER_I_SLUMP)(sys_a, sys_b)
        work()
        igen = kedja.reprice(date(2000, 1, 1), date(2100, 1, 1), at=noon(), dry_run=True)
        assert igen.poster == 0
    assert_the_books_hold()


def test_a_part_comes_back_when_what_was_wrong_is_mended(sys_a, sys_b):
    sys_b("POST", "vardkontakter", huvud())
    sys_a("POST", "deltaganden", del_())
    sys_a("POST", "deltaganden", del_("D2", enhet={"kombika": "90001311002"}))
    work()
    assert paid() == {"TEAM": Decimal(1000)}

    sys_a("DELETE", "deltaganden/D2")
    work()

    assert paid() == ALLT
    assert_the_books_hold()


def test_a_price_and_a_unit_that_come_later_release_the_part(sys_a, sys_b, region):
    publicerat.publish_pack(
        {**HUS, "regler": [{**HUS["regler"][1], "produktkod": "SENARE"}]},
        version=2,
    )
    sys_b("POST", "vardkontakter", huvud())
    sys_a("POST", "deltaganden", del_())
    work()
    assert (newest().utfall, newest().vantar_pa) == ("VANTAR", "PRIS:SENARE")

    publicerat.publish_prices("hus2", "huslakarverksamhet", {"SENARE": Decimal(70)})
    work()
    assert paid() == {"TEAM": Decimal(1000), "SENARE": Decimal(70)}

    enhet = Enhet.objects.get(kombika=EKBACKEN)
    enhet.giltig = (date(2022, 1, 1), yesterday())
    enhet.save()
    work()
    assert paid() == {"TEAM": Decimal(1000)}
    assert newest().utfall == "VANTAR"
    assert_the_books_hold()


def test_the_invoice_shows_the_parts_and_its_bridge_ends_at_nothing(sys_a, sys_b, region):
    sys_b("POST", "vardkontakter", huvud())
    sys_a("POST", "deltaganden", del_())
    sys_a("POST", "vardkontakter", besok("EGEN", patientId="198001312399"))
    work()
    avtal = Avtal.objects.get(ada_nummer="ADA-2024-0300")
    stangningar.close_one(region["A"].pk, avtal.pk, Manad.of(yesterday()), noon())

    faktura = fakturor.by_id(Faktura.objects.get().pk)
    rader = {rad.produktkod: rad for rad in fakturor.lines(faktura)}
    brygga = fakturor.bridge(faktura)
    assert brygga.skillnad == 0
    (post,) = fakturor.posts_of_line(rader["DELSSK"].id)

    assert rader["DELSSK"].sektion == rader["BESOK"].sektion == "MANAD"
    assert rader["DELSSK"].kontakter == 1
    assert (brygga.rapporterat, brygga.produktion_skillnad) == (Decimal(750), Decimal(0))
    assert (post.deltagande, post.dag, post.kontakt_id) == (
        Deltagande.objects.get().uuid,
        yesterday(),
        None,
    )


def test_nothing_but_a_part_is_ever_paid_by_a_rule_about_participation(sys_a, sys_b):
    """A visit that would fit the rule's other conditions is an ordinary visit."""
    sys_a("POST", "vardkontakter", besok("EGEN", btyp="A", yrkeskategorier=["77"]))
    work()

    assert paid() == {"BESOK": Decimal(500)}


def test_a_part_is_explained_to_its_own_party_and_its_sender(sys_a, sys_b, region):
    sys_a("POST", "deltaganden", del_())
    work()
    uuid = Deltagande.objects.get().uuid
    vera, bodil = (
        regionen.client(portal.user(namn, ser=[region[nyckel]]))
        for namn, nyckel in (("vera", "A"), ("bodil", "B"))
    )
    vantar = vera.get(f"/samverkan/{uuid}/").content.decode()
    sys_b("POST", "vardkontakter", huvud())
    work()

    sida = vera.get(f"/samverkan/{uuid}/").content.decode()
    huvudets = bodil.get(f"/samverkan/{Vardkontakt.objects.get().uuid}/").content.decode()
    kvittenser = sys_a("GET", "deltaganden/D1").json()["kvittenser"]

    assert "Huvudkontakten är inte rapporterad" in vantar or "ännu inte rapporterad" in vantar
    assert all(text in sida for text in ("Ersättning för er del", "DELSSK", "250,00"))
    assert "Ersättning för er del" not in huvudets
    assert "DELSSK" not in huvudets
    assert [(k["niva"], k["utfall"], k["belopp"]) for k in kvittenser] == [
        ("K3", "VANTAR", "0.00"),
        ("K3", "ERSATTS", "250.00"),
    ]
    assert kvittenser[0]["atgard"]


def test_a_part_that_makes_a_rule_fail_is_parked_and_the_others_go_on(
    sys_a, sys_b, region, monkeypatch
):
    sys_b("POST", "vardkontakter", huvud())
    sys_a("POST", "deltaganden", del_())
    sys_b("POST", "deltaganden", del_("D9", enhet={"kombika": DAHL}))
    helt = delkedja.judge

    def fails(rad, *args):
        if rad.pekar.nyckel[1] == "D1":
            raise ZeroDivisionError
        return helt(rad, *args)

    monkeypatch.setattr(delkedja, "judge", fails)
    while kedja.decide_next(at=noon()):
        pass

    kvar = Deltagandearende.objects.get()
    assert (kvar.parkerad, kvar.forsok, kvar.fel) == (True, 3, "ZeroDivisionError: ")
    assert newest("D9").version == 1
    assert not Delbeslut.objects.filter(deltagande=kvar.uuid).exists()
    monkeypatch.undo()
    sys_a("PUT", "deltaganden/D1", del_(minuter=50))
    work()
    assert paid() == ALLT


def test_the_money_of_a_part_is_seen_by_its_own_provider_only(sys_a, sys_b, region):
    sys_b("POST", "vardkontakter", huvud())
    sys_a("POST", "deltaganden", del_())
    work()
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('app.alla', 'nej', false), set_config('app.vardgivare', %s, false)",
            [str(region["B"].pk)],
        )
    assert (Delbeslut.objects.count(), Delkvittens.objects.count()) == (0, 0)
    assert not Post.objects.filter(kalla="DELTAGANDE").exists()
    svar = sys_b("GET", "vardkontakter/V1").content.decode()
    assert "DELSSK" not in svar
    assert PATIENT not in sys_a("GET", "deltaganden/D1").content.decode()
