"""Closing a month: every post on one line of one invoice, once, whatever happens on the way."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from ersattning import kedja
from ersattning.hej.models import Post
from ersattning.vardfaktura.actions import stangningar
from ersattning.vardfaktura.models import Faktura, Fakturarad, FakturaradPost, Manadsstangning
from ersattning.vardfaktura.queries import poster
from gvr.models import Avtal
from tests.factories import kontakter, pengar
from tests.factories.pengar import DECEMBER, NOVEMBER, OKTOBER


@pytest.fixture
def region(db):
    return pengar.region()


def close(manad, **vad):
    return stangningar.close(manad, pengar.at(manad), **vad)


def lines(faktura):
    return list(
        faktura.fakturarad_set.values_list("sektion", "vardmanad", "produktkod", "antal", "belopp")
    )


def test_a_month_becomes_one_proposal_a_contract_with_a_line_a_product_and_price(region):
    pengar.visit("v1", date(2026, 11, 3))
    pengar.visit("v2", date(2026, 11, 4))
    pengar.visit("v3", date(2026, 11, 5), taxa="02")

    (resultat,) = close(NOVEMBER)

    faktura = Faktura.objects.get()
    assert (resultat.status, resultat.faktura_id) == ("KLAR", faktura.pk)
    assert (resultat.poster, resultat.rader, resultat.summa) == (5, 2, Decimal("2450.00"))
    assert (faktura.status, faktura.typ, faktura.summa) == ("FORSLAG", "380", Decimal("2450.00"))
    assert faktura.vardgivare == region["A"]
    assert lines(faktura) == [
        ("MANAD", date(2026, 11, 1), "AVG", 2, Decimal("-550.00")),
        ("MANAD", date(2026, 11, 1), "LAK", 3, Decimal("3000.00")),
    ]
    assert Manadsstangning.objects.get().status == "KLAR"


def test_a_second_close_changes_nothing(region):
    pengar.visit("v1", date(2026, 11, 3))
    close(NOVEMBER)
    before = everything()

    assert close(NOVEMBER) == ()
    assert everything() == before


def everything():
    tables = (Post, Faktura, Fakturarad, FakturaradPost, Manadsstangning)
    return [list(model.objects.order_by("pk").values()) for model in tables]


def test_what_comes_after_the_proposal_goes_on_the_next_invoice(region):
    pengar.visit("v1", date(2026, 11, 3))
    close(NOVEMBER)
    pengar.visit("v2", date(2026, 11, 20))

    assert close(NOVEMBER) == ()
    (resultat,) = close(DECEMBER)

    december = Faktura.objects.get(manad=DECEMBER.first)
    assert resultat.summa == december.summa == Decimal("725.00")
    assert {rad[0] for rad in lines(december)} == {"SENA"}


def test_a_post_booked_in_a_later_month_waits_for_that_month(region):
    pengar.visit("v1", date(2026, 11, 3), decided=pengar.noon(date(2026, 12, 1)))

    assert close(NOVEMBER) == ()
    (resultat,) = close(DECEMBER)
    assert resultat.summa == Decimal("725.00")


def test_what_was_taken_back_before_it_was_billed_cancels_out_on_its_line(region):
    pengar.visit("v1", date(2026, 10, 3), decided=pengar.noon(date(2026, 11, 2)))
    pengar.visit("v2", date(2026, 10, 4), decided=pengar.noon(date(2026, 11, 2)))
    pengar.cancel("v2", date(2026, 10, 4), decided=pengar.noon(date(2026, 11, 9)))

    close(NOVEMBER)

    assert lines(Faktura.objects.get()) == [
        ("SENA", date(2026, 10, 1), "AVG", 1, Decimal("-275.00")),
        ("SENA", date(2026, 10, 1), "LAK", 1, Decimal("1000.00")),
    ]
    assert FakturaradPost.objects.count() == 6


def test_posts_that_cancel_out_wait_for_a_month_with_something_on_its_invoice(region):
    pengar.visit("v1", date(2026, 11, 3))
    pengar.cancel("v1", date(2026, 11, 3), decided=pengar.noon(date(2026, 11, 9)))

    (resultat,) = close(NOVEMBER)
    assert (resultat.status, Faktura.objects.count()) == ("TOM", 0)

    pengar.visit("v2", date(2026, 12, 3))
    close(DECEMBER)
    assert Faktura.objects.get().summa == Decimal("725.00")
    assert FakturaradPost.objects.count() == Post.objects.count() == 6


def test_an_empty_close_run_again_changes_nothing(region):
    pengar.visit("v1", date(2026, 11, 3))
    pengar.cancel("v1", date(2026, 11, 3), decided=pengar.noon(date(2026, 11, 9)))
    close(NOVEMBER)
    before = everything()

    close(NOVEMBER)

    assert everything() == before


def reprice(fr_o_m, till):
    kedja.reprice(fr_o_m, till, at=pengar.noon(date(2026, 11, 9)), dry_run=False)


def test_a_late_correction_becomes_credit_and_debit(region):
    pengar.visit("v1", date(2026, 10, 3))
    close(OKTOBER)
    pengar.prices("besok", version=2, LAK="1100.00", AVG="275.00")
    reprice(date(2026, 10, 1), date(2026, 11, 1))

    close(NOVEMBER)

    assert lines(Faktura.objects.get(manad=NOVEMBER.first)) == [
        ("SENA", date(2026, 10, 1), "LAK", 1, Decimal("1100.00")),
        ("KREDIT", date(2026, 10, 1), "LAK", -1, Decimal("-1000.00")),
    ]


def test_a_month_with_only_credits_is_a_credit_note(region):
    pengar.visit("v1", date(2026, 10, 3))
    close(OKTOBER)
    pengar.cancel("v1", date(2026, 10, 3), decided=pengar.noon(date(2026, 11, 9)))

    close(NOVEMBER)

    faktura = Faktura.objects.get(manad=NOVEMBER.first)
    assert (faktura.typ, faktura.summa) == ("381", Decimal("-725.00"))


@pytest.mark.parametrize(
    ("dagar", "kompensation"),
    [(1, Decimal("43.50")), (2, Decimal("87.00"))],
)
def test_compensation_for_vat_is_six_per_cent_of_the_net_sum(region, dagar, kompensation):
    Avtal.objects.update(momskompensation=True)
    for dag in range(1, dagar + 1):
        pengar.visit(f"v{dag}", date(2026, 11, dag))

    close(NOVEMBER)

    faktura = Faktura.objects.get()
    assert lines(faktura)[-1] == ("TILLAGG", date(2026, 11, 1), "MOMSKOMP", 1, kompensation)
    assert faktura.summa == dagar * Decimal("725.00") + kompensation
    assert Post.objects.get(kalla="MOMSKOMPENSATION").belopp == kompensation


def test_what_was_compensated_is_taken_back_with_the_care(region):
    Avtal.objects.update(momskompensation=True)
    pengar.visit("v1", date(2026, 10, 3))
    close(OKTOBER)
    pengar.cancel("v1", date(2026, 10, 3), decided=pengar.noon(date(2026, 11, 9)))

    close(NOVEMBER)

    assert Faktura.objects.get(manad=NOVEMBER.first).summa == Decimal("-768.50")
    assert sum(post.belopp for post in Post.objects.all()) == 0


def test_one_provider_can_be_closed_alone(region):
    pengar.visit("v1", date(2026, 11, 3))

    assert close(NOVEMBER, vardgivare=region["B"].pk) == ()
    assert len(close(NOVEMBER, vardgivare=region["A"].pk)) == 1


def test_a_provider_that_fails_is_kept_with_its_reason_and_does_not_stop_the_others(
    region, monkeypatch
):
    pengar.visit("v1", date(2026, 11, 3))
    other = Avtal.objects.get(ada_nummer="ADA-2023-0607")
    copy_posts_to(other)
    write = stangningar._write

    def fails_for_a(par, *rest):
        if par.vardgivare_id == region["A"].pk:
            raise ValueError("raden går inte att läsa")
        return write(par, *rest)

    monkeypatch.setattr(stangningar, "_write", fails_for_a)
    resultat = close(NOVEMBER)

    assert [(r.vardgivare_id, r.status) for r in resultat] == [
        (region["A"].pk, "FEL"),
        (region["B"].pk, "KLAR"),
    ]
    kept = Manadsstangning.objects.get(vardgivare=region["A"])
    assert (kept.status, kept.fel) == ("FEL", "ValueError: raden går inte att läsa")
    assert not Faktura.objects.filter(vardgivare=region["A"]).exists()

    monkeypatch.undo()
    assert [r.status for r in close(NOVEMBER)] == ["KLAR"]
    kept.refresh_from_db()
    assert (kept.status, kept.fel, kept.forsok) == ("KLAR", "", 2)


def copy_posts_to(avtal):
    """Give another provider the same posts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into hej_post (kalla, vardkontakt_id, beslut_id, vardgivare_id, enhet_id,"
            " avtal_id, regel, produktkod, typ, antal, apris, belopp, vardmanad, bokforingsmanad,"
            " skapad) select kalla, vardkontakt_id, beslut_id, %s, enhet_id, %s, regel, produktkod,"
            " typ, antal, apris, belopp, vardmanad, bokforingsmanad, skapad from hej_post",
            [avtal.vardgivare_id, avtal.pk],
        )


def test_a_close_that_was_stopped_goes_on_where_it_was(region, monkeypatch):
    pengar.visit("v1", date(2026, 11, 3))
    copy_posts_to(Avtal.objects.get(ada_nummer="ADA-2023-0607"))

    class Killed(BaseException):
        pass

    def stop_after_the_first(resultat, kvar):
        raise Killed

    with pytest.raises(Killed):
        close(NOVEMBER, progress=stop_after_the_first)
    assert Faktura.objects.count() == 1

    assert [r.vardgivare_id for r in close(NOVEMBER)] == [region["B"].pk]
    assert FakturaradPost.objects.count() == Post.objects.count()


def test_the_number_of_statements_is_the_same_for_two_and_for_forty_posts(
    region, django_assert_max_num_queries
):
    pengar.visit("v1", date(2026, 10, 3))
    with django_assert_max_num_queries(60) as first:
        close(OKTOBER)
    for nr in range(20):
        pengar.visit(f"w{nr}", date(2026, 11, 3))
    with django_assert_max_num_queries(60) as second:
        close(NOVEMBER)

    assert len(first) == len(second)
    assert Faktura.objects.get(manad=NOVEMBER.first).summa == 20 * Decimal("725.00")


def test_care_of_a_coming_month_stops_the_provider_and_says_why(region):
    pk = pengar.visit("v1", date(2026, 11, 3))
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into hej_post (kalla, vardkontakt_id, beslut_id, vardgivare_id, enhet_id,"
            " avtal_id, regel, produktkod, typ, antal, apris, belopp, vardmanad, bokforingsmanad,"
            " skapad) select kalla, vardkontakt_id, beslut_id, vardgivare_id, enhet_id, avtal_id,"
            " regel, produktkod, typ, antal, apris, belopp, date '2026-12-01', bokforingsmanad,"
            " skapad from hej_post where vardkontakt_id = %s limit 1",
            [pk],
        )

    (resultat,) = close(NOVEMBER)

    assert resultat.status == "FEL"
    assert "2026-12" in resultat.fel
    assert kontakter.PATIENT not in resultat.fel


def test_several_connections_share_a_close(egen_databas):
    pengar.region()
    pengar.visit("v1", date(2026, 11, 3))
    for ada_nummer in ("ADA-2023-0607", "ADA-2023-0801"):
        copy_posts_to(Avtal.objects.get(ada_nummer=ada_nummer))
    told = []

    resultat = close(NOVEMBER, workers=2, progress=lambda r, kvar: told.append(kvar))

    assert [r.status for r in resultat] == ["KLAR"] * 3
    assert told == [2, 1, 0]
    assert FakturaradPost.objects.count() == Post.objects.count()


@pytest.mark.parametrize(
    ("manad", "made", "since"),
    [
        (OKTOBER, date(2026, 11, 5), OKTOBER),
        (NOVEMBER, date(2026, 12, 5), NOVEMBER),
        (NOVEMBER, date(2026, 10, 31), OKTOBER),
    ],
    ids=["månaden efter", "två månader efter", "före månaden"],
)
def test_a_forecast_looks_no_further_back_than_the_last_proposal(region, manad, made, since):
    pengar.visit("v1", date(2026, 10, 3))
    par = poster.Par(
        vardgivare_id=region["A"].pk, avtal_id=Avtal.objects.get(ada_nummer="ADA-2024-0300").pk
    )
    assert poster.open_since(par) is None

    stangningar.close(manad, pengar.noon(made))
    pengar.visit("v2", date(2026, 10, 4), decided=pengar.noon(max(made, date(2026, 11, 1))))

    assert poster.open_since(par) == since
    found = poster.uninvoiced(par, DECEMBER, fran=since)
    assert sum(grupp.antal_poster for grupp in found) == 2
    assert found == poster.uninvoiced(par, DECEMBER)
