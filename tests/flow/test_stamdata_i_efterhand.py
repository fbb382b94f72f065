"""Master data that comes late or was wrong: contacts are decided again by themselves."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum
from psycopg.types.range import DateRange

from ersattning import kedja
from ersattning.hej.models import Beslut, Kontaktlage, Post
from ersattning.vardfaktura.actions import stangningar
from ersattning.vardfaktura.models import FakturaradPost
from gvr.actions import kodserver, mek
from gvr.core.period import Manad
from gvr.models import (
    Arende,
    Avtal,
    Avtalsomrade,
    Enhet,
    Enhetsuppdrag,
    Felmappning,
    Uppdrag,
    Vardkontakt,
)
from gvr.queries import kunskap
from tests import world
from tests.factories import kodserverfil as filer
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
    ],
}
SENT = "90001311099"
FELAKTIGT, RATT = "SE2321000016-FEL1", "SE2321000016-RAT1"


@pytest.fixture
def region(db):
    vardgivare = world.load_providers()
    publicerat.publish_pack(PAKET)
    publicerat.publish_prices("test", "huslakarverksamhet", {"LAK": Decimal("1000.00")})
    work()
    return vardgivare


def work(at=NU):
    offered = kedja.offer_waiting(at=at)
    while kedja.decide_next(at=at):
        pass
    return offered


def state(kontakt_id):
    lage = Kontaktlage.objects.get(vardkontakt=kontakt_id)
    return (lage.utfall, lage.summa)


def test_a_unit_that_comes_with_tomorrows_export_releases_and_prices_its_contacts(region):
    vantande = [register(f"v{nr}", innehall(enhet=SENT)) for nr in range(3)]
    annan = register("annan", innehall())
    work()
    assert [state(pk) for pk in vantande] == [("VANTAR", Decimal("0.00"))] * 3
    beslut = Beslut.objects.filter(vardkontakt=annan).count()

    kodserver.import_table(
        filer.export(filer.foretag("0917", "9999000012")), tabell="FORETAG", at=NU
    )
    kodserver.import_table(
        filer.export(filer.enhet(SENT, ["9301"], "0917", fr_o_m="2022-01-01")), tabell="AVD", at=NU
    )
    work(at=NU + timedelta(days=1))

    assert [state(pk) for pk in vantande] == [("ERSATTS", Decimal("1000.00"))] * 3
    assert Post.objects.filter(vardkontakt__in=vantande).count() == 3
    assert {k.vardgivare for k in Vardkontakt.objects.filter(pk__in=vantande)} == {region["A"]}
    assert Beslut.objects.filter(vardkontakt=annan).count() == beslut
    assert not Arende.objects.exists()


@pytest.fixture
def tva_enheter(region):
    """Give B an own unit in A's area, under a contract of its own; both units are mapped by MEK."""
    avtal = Avtal.objects.create(
        ada_nummer="ADA-B-300",
        vardgivare=region["B"],
        avtalsomrade=Avtalsomrade.objects.get(kod="huslakarverksamhet"),
        giltig=DateRange(date(2022, 1, 1), None),
    )
    uppdrag = Uppdrag.objects.create(
        samverks_id="9399", uppdragstyp="300", avtal=avtal, giltig=DateRange(date(2022, 1, 1), None)
    )
    enhet = Enhet.objects.create(
        vardgivare=region["B"],
        kombika="90002399001",
        namn="B:s husläkare",
        giltig=DateRange(date(2022, 1, 1), None),
    )
    Enhetsuppdrag.objects.create(
        enhet=enhet, uppdrag=uppdrag, giltig=DateRange(date(2022, 1, 1), None)
    )
    mek.import_mek(
        filer.mek(
            100,
            filer.mappning("90001311001", FELAKTIGT, "2022-01-01"),
            filer.mappning("90002399001", RATT, "2022-01-01"),
        ),
        at=NU,
    )
    work()
    return region


def test_a_mapping_put_right_after_invoicing_becomes_delta_posts(tva_enheter):
    a, b = tva_enheter["A"], tva_enheter["B"]
    fore = register("fore", innehall(enhet=FELAKTIGT, dag=date(2026, 9, 30)))
    efter = register("efter", innehall(enhet=FELAKTIGT, dag=date(2026, 10, 1)))
    med_kombika = register("kombika", innehall(dag=date(2026, 10, 1)))
    work()
    avtal = Avtal.objects.get(ada_nummer="ADA-2024-0300")
    stangningar.close_one(a.pk, avtal.pk, Manad(2026, 11), NU)
    fakturerade = set(FakturaradPost.objects.values_list("post", flat=True))
    assert {*Post.objects.filter(vardkontakt__isnull=False).values_list("pk", flat=True)} < (
        fakturerade
    )

    mek.import_felmek(
        filer.felmek(
            9,
            filer.felmappning("90001311001", FELAKTIGT, "", "2026-10-01", filer=(90, 100)),
            filer.felmappning("90002399001", RATT, FELAKTIGT, "2026-10-01", filer=(90, 100)),
        ),
        at=NU,
    )
    work(at=NU + timedelta(days=30))

    poster = Post.objects.exclude(pk__in=fakturerade)
    assert sorted(poster.values_list("vardkontakt", "vardgivare", "belopp")) == sorted(
        [(efter, a.pk, Decimal("-1000.00")), (efter, b.pk, Decimal("1000.00"))]
    )
    assert Kontaktlage.objects.get(vardkontakt=efter).vardgivare == b
    for pk in (fore, med_kombika):
        assert Kontaktlage.objects.get(vardkontakt=pk).vardgivare == a
        assert Beslut.objects.filter(vardkontakt=pk).count() == 1
    assert Post.objects.filter(vardkontakt=efter).aggregate(s=Sum("belopp"))["s"] == Decimal("1000")
    assert set(Felmappning.objects.values_list("utfall", flat=True)) == {"RATTAD"}


def test_exactly_the_contacts_of_the_days_that_changed_are_decided_again(tva_enheter):
    for nr, (enhet, dag) in enumerate(
        [
            ("90001311001", date(2026, 9, 30)),
            ("90001311001", date(2026, 10, 1)),
            ("90001311002", date(2026, 10, 1)),
        ]
    ):
        register(f"v{nr}", innehall(enhet=enhet, dag=dag))
    work()
    tie = Enhetsuppdrag.objects.get(enhet__kombika="90001311001")
    tie.giltig = DateRange(date(2022, 1, 1), date(2026, 10, 1))
    tie.save()

    assert work(at=NU + timedelta(days=1)) == 1
    lagen = Kontaktlage.objects.order_by("vardkontakt").values_list("utfall", flat=True)
    assert list(lagen) == ["ERSATTS", "VANTAR", "ERSATTS"]


def test_a_new_name_of_a_unit_touches_nothing(tva_enheter):
    register("v1", innehall())
    work()
    Enhet.objects.filter(kombika="90001311001").update(namn="Ett nytt namn")

    assert work(at=NU + timedelta(days=1)) == 0


def test_a_decision_is_explained_by_what_was_known_when_it_was_made(tva_enheter):
    pk = register("v1", innehall(enhet=FELAKTIGT))
    work()
    da = Beslut.objects.get(vardkontakt=pk)
    mek.import_felmek(
        filer.felmek(
            9,
            filer.felmappning("90001311001", FELAKTIGT, "", "2022-01-01", filer=(90, 100)),
            filer.felmappning("90002399001", RATT, FELAKTIGT, "2022-01-01", filer=(90, 100)),
        ),
        at=NU,
    )
    work(at=NU + timedelta(days=1))
    nu = Beslut.objects.filter(vardkontakt=pk).latest("pk")
    dag = date(2026, 11, 18)

    for beslut, kombika in ((da, "90001311001"), (nu, "90002399001")):
        (trott,) = kunskap.believed(FELAKTIGT, dag=dag, version=beslut.stamdataversion)
        assert (trott.kombika, trott.enhet_id) == (kombika, beslut.enhet_id)
        plats = kunskap.register_at(beslut.stamdataversion).place(FELAKTIGT, dag)
        assert (plats.enhet_id, plats.avtal_id) == (beslut.enhet_id, beslut.avtal_id)
    sagt = [(r.slag, r.version_till is None) for r in kunskap.changes(FELAKTIGT, dag=dag)]
    assert ("HSA-mappning", False) in sagt
    assert ("HSA-mappning", True) in sagt
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")


def test_a_contract_that_changes_back_in_time_decides_its_contacts_of_those_days_again(region):
    avtal = Avtal.objects.get(ada_nummer="ADA-2024-0300")
    dagar = {"fore": date(2026, 9, 30), "efter": date(2026, 10, 1)}
    pk = {namn: register(namn, innehall(dag=dag)) for namn, dag in dagar.items()}
    work()
    stangningar.close_one(region["A"].pk, avtal.pk, Manad(2026, 11), NU)
    fakturerade = set(Post.objects.values_list("pk", flat=True))

    avtal.giltig = DateRange(avtal.giltig.lower, date(2026, 10, 1))
    avtal.save()

    assert work(at=NU + timedelta(days=30)) == 1
    assert state(pk["fore"]) == ("ERSATTS", Decimal("1000.00"))
    assert state(pk["efter"]) == ("VANTAR", Decimal("0.00"))
    nya = Post.objects.exclude(pk__in=fakturerade)
    assert list(nya.values_list("vardkontakt", "belopp")) == [(pk["efter"], Decimal("-1000.00"))]

    avtal.giltig = DateRange(avtal.giltig.lower, None)
    avtal.save()
    work(at=NU + timedelta(days=31))
    assert state(pk["efter"]) == ("ERSATTS", Decimal("1000.00"))


def test_an_area_or_a_term_of_a_contract_touches_its_contacts_and_its_vat_does_not(region):
    pk = register("v1", innehall())
    work()
    avtal = Avtal.objects.filter(ada_nummer="ADA-2024-0300")

    avtal.update(momskompensation=True)
    assert work() == 0
    avtal.update(egenskaper={"arvodeskategori": "A"})
    assert work() == 1
    assert Beslut.objects.filter(vardkontakt=pk).count() == 1, "nothing that it decides by differs"
    avtal.update(avtalsomrade=Avtalsomrade.objects.exclude(kod="huslakarverksamhet").first())
    assert work() == 1
    assert state(pk) == ("VANTAR", Decimal("0.00"))


def test_an_hsa_id_that_moves_to_another_unit_of_the_contract_moves_its_posts(region):
    """The contact reported by kombika stays, though its unit's row is another one."""
    enhet = Enhet.objects.get(kombika="90001311001")
    annan = Enhet.objects.get(kombika="90001311002")
    mek.import_mek(
        filer.mek(
            100,
            filer.mappning(enhet.kombika, FELAKTIGT, "2022-01-01"),
            filer.mappning(annan.kombika, RATT, "2022-01-01"),
        ),
        at=NU,
    )
    work()
    flyttad = register("hsa", innehall(enhet=FELAKTIGT, dag=date(2026, 10, 1)))
    kvar = register("kombika", innehall(dag=date(2026, 10, 1)))
    work()

    mek.import_felmek(
        filer.felmek(
            9,
            filer.felmappning(enhet.kombika, FELAKTIGT, "", "2026-10-01", filer=(90, 100)),
            filer.felmappning(annan.kombika, RATT, FELAKTIGT, "2026-10-01", filer=(90, 100)),
        ),
        at=NU,
    )
    work(at=NU + timedelta(days=1))

    assert Beslut.objects.filter(vardkontakt=kvar).count() == 1
    poster = Post.objects.filter(vardkontakt=flyttad).order_by("pk")
    assert list(poster.values_list("enhet__kombika", "belopp")) == [
        (enhet.kombika, Decimal("1000.00")),
        (enhet.kombika, Decimal("-1000.00")),
        (annan.kombika, Decimal("1000.00")),
    ]
    assert Kontaktlage.objects.get(vardkontakt=flyttad).enhet.kombika == annan.kombika
    kedja.decide([flyttad, kvar], at=NU)
    assert Beslut.objects.filter(vardkontakt=flyttad).count() == 2


def test_an_owner_that_is_put_right_in_place_moves_the_money_to_the_right_owner(region):
    pk = register("v1", innehall())
    work()

    Enhet.objects.filter(kombika="90001311001").update(vardgivare=region["B"])
    work(at=NU + timedelta(days=1))

    poster = Post.objects.filter(vardkontakt=pk).order_by("pk")
    assert list(poster.values_list("vardgivare", "belopp")) == [
        (region["A"].pk, Decimal("1000.00")),
        (region["A"].pk, Decimal("-1000.00")),
        (region["B"].pk, Decimal("1000.00")),
    ]


def test_a_contact_corrected_to_another_unit_of_the_contract_moves_its_posts(region):
    register("v1", innehall())
    work()
    pk = register("v1", innehall(enhet="90001311002"))
    work()

    assert Post.objects.filter(vardkontakt=pk).count() == 3
    lage = Kontaktlage.objects.get(vardkontakt=pk)
    assert (lage.enhet.kombika, lage.summa) == ("90001311002", Decimal("1000.00"))
