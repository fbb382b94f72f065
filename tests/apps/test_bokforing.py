"""What the database itself refuses about money, whoever asks and however."""

from datetime import date
from decimal import Decimal

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from psycopg import errors

from ersattning.hej.models import Post
from ersattning.vardfaktura.actions import fakturor, stangningar
from ersattning.vardfaktura.models import (
    Bokforingsrad,
    Faktura,
    Fakturahandling,
    Fakturarad,
    FakturaradPost,
    Nummerserie,
    Verifikation,
)
from tests.factories import pengar
from tests.factories.pengar import NOVEMBER, OKTOBER


def approve_november():
    """Make an approved invoice of november with one contact and two lines."""
    region = pengar.region()
    pengar.visit("v1", date(2026, 11, 3))
    (resultat,) = stangningar.close(NOVEMBER, pengar.at(NOVEMBER))
    fakturor.approve(
        faktura_id=resultat.faktura_id,
        by=pengar.attestant(region["A"]),
        at=pengar.at(NOVEMBER, dag=7),
    )
    return Faktura.objects.get()


@pytest.fixture
def approved(db):
    return approve_november()


@pytest.fixture
def proposal(db):
    pengar.region()
    pengar.visit("v1", date(2026, 11, 3))
    stangningar.close(NOVEMBER, pengar.at(NOVEMBER))
    return Faktura.objects.get()


def refused(statement, values=None):
    """Return the error class with which the database refuses the statement, or None."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            cursor.execute("set constraints all immediate")
            transaction.set_rollback(True)
    except DatabaseError as fel:
        return type(fel.__cause__)
    return None


@pytest.fixture
def undone(proposal):
    """Let the test break the proposal, and take everything back before anybody checks it."""
    with transaction.atomic():
        yield proposal
        transaction.set_rollback(True)


# M-02: billed at most once ------------------------------------------------------------------------


def test_a_post_cannot_be_on_two_lines(proposal):
    rad = proposal.fakturarad_set.first()
    post = FakturaradPost.objects.first().post_id

    assert (
        refused(
            "insert into vardfaktura_fakturaradpost (post_id, fakturarad_id) values (%s, %s)",
            [post, rad.pk],
        )
        is errors.UniqueViolation
    )


def test_a_post_cannot_be_reversed_twice(proposal):
    pengar.cancel("v1", date(2026, 11, 3), decided=pengar.noon(date(2026, 12, 9)))

    assert (
        refused(
            "insert into hej_post (kalla, vardkontakt_id, beslut_id, vardgivare_id, enhet_id,"
            " avtal_id, regel, produktkod, typ, antal, apris, belopp, vardmanad, bokforingsmanad,"
            " skapad, aterfor_id) select kalla, vardkontakt_id, beslut_id, vardgivare_id, enhet_id,"
            " avtal_id, regel, produktkod, typ, antal, apris, belopp, vardmanad, bokforingsmanad,"
            " skapad, aterfor_id from hej_post where aterfor_id is not null"
        )
        is errors.UniqueViolation
    )


def test_a_contract_has_one_invoice_a_month(proposal):
    assert (
        refused(
            "insert into vardfaktura_faktura (uuid, vardgivare_id, avtal_id, manad, status, typ,"
            " summa, innehall_hash, skapad) select gen_random_uuid(), vardgivare_id, avtal_id,"
            " manad, status, typ, summa, innehall_hash, skapad from vardfaktura_faktura"
        )
        is errors.UniqueViolation
    )


# A line is its posts, an invoice is its lines -----------------------------------------------------

NEW_LINE = (
    "insert into vardfaktura_fakturarad (faktura_id, vardgivare_id, radnr, sektion, vardmanad,"
    " produktkod, typ, antal, apris, belopp)"
    " select faktura_id, vardgivare_id, 99, sektion, vardmanad, produktkod, typ, %s, apris, %s"
    " from vardfaktura_fakturarad where produktkod = 'LAK' returning id"
)


def new_line(antal, belopp):
    """Add a line to the proposal and return its id."""
    with connection.cursor() as cursor:
        cursor.execute(NEW_LINE, [antal, belopp])
        return cursor.fetchone()[0]


def unlinked_post():
    """Return the id of a post of 1 000 kr that no line has."""
    pengar.visit("v2", date(2026, 11, 20), taxa="02")
    return Post.objects.get(vardkontakt__vardhandelse_id="v2").pk


LINK = "insert into vardfaktura_fakturaradpost (post_id, fakturarad_id) values (%s, %s)"


@pytest.mark.parametrize(
    ("antal", "belopp"), [(1, "999.99"), (2, "1000.00"), (2, "2000.00"), (-1, "-1000.00")]
)
def test_a_line_that_is_not_the_sum_of_its_posts_is_refused(undone, antal, belopp):
    post = unlinked_post()
    rad = new_line(antal, Decimal(belopp))

    assert refused(LINK, [post, rad]) is errors.RestrictViolation


def test_a_line_that_is_the_sum_of_its_posts_is_accepted(undone):
    post = unlinked_post()
    rad = new_line(1, Decimal("1000.00"))

    with connection.cursor() as cursor:
        cursor.execute(LINK, [post, rad])

    assert FakturaradPost.objects.filter(pk=post, fakturarad=rad).exists()


def test_a_link_to_a_post_or_a_line_that_is_not_there_is_refused(undone):
    post = unlinked_post()
    rad = new_line(1, Decimal("1000.00"))

    assert refused(LINK, [post + 1000, rad]) is errors.RestrictViolation
    assert refused(LINK, [post, rad + 1000]) is errors.RestrictViolation


def test_a_line_cannot_take_a_post_of_another_contract(undone):
    post = unlinked_post()
    rad = new_line(1, Decimal("1000.00"))
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into hej_post (kalla, vardgivare_id, avtal_id, regel, produktkod, typ, antal,"
            " apris, belopp, vardmanad, bokforingsmanad, skapad) select 'MOMSKOMPENSATION',"
            " vardgivare_id, (select id from gvr_avtal where ada_nummer = 'ADA-2023-0607'), '',"
            " produktkod, typ, antal, apris, belopp, vardmanad, bokforingsmanad, skapad"
            " from hej_post where id = %s returning id",
            [post],
        )
        (other,) = cursor.fetchone()

    assert refused(LINK, [other, rad]) is errors.RestrictViolation


def test_an_invoice_with_a_line_that_its_sum_does_not_hold_cannot_be_approved(undone):
    post = unlinked_post()
    rad = new_line(1, Decimal("1000.00"))
    with connection.cursor() as cursor:
        cursor.execute(LINK, [post, rad])

    assert (
        refused(
            "update vardfaktura_faktura set status = 'GODKAND', nummer = 1, godkand = now(),"
            " godkand_av_id = (select min(id) from auth_user)"
        )
        is errors.CheckViolation
    )


def test_an_invoice_that_is_not_the_sum_of_its_lines_is_refused_at_commit(proposal):
    assert (
        refused(
            "insert into vardfaktura_faktura (uuid, vardgivare_id, avtal_id, manad, status, typ,"
            " summa, innehall_hash, skapad) select gen_random_uuid(), vardgivare_id, avtal_id,"
            " %s, status, typ, summa, innehall_hash, skapad from vardfaktura_faktura",
            [OKTOBER.first],
        )
        is errors.CheckViolation
    )


@pytest.mark.parametrize(
    ("typ", "summa"), [("380", "-0.01"), ("381", "0.00"), ("381", "1.00"), ("999", "1.00")]
)
def test_the_type_of_an_invoice_follows_its_sign(proposal, typ, summa):
    assert (
        refused(
            "insert into vardfaktura_faktura (uuid, vardgivare_id, avtal_id, manad, status, typ,"
            " summa, innehall_hash, skapad) select gen_random_uuid(), vardgivare_id, avtal_id,"
            " %s, status, %s, %s, innehall_hash, skapad from vardfaktura_faktura",
            [OKTOBER.first, typ, Decimal(summa)],
        )
        is errors.CheckViolation
    )


# M-04: approved is final --------------------------------------------------------------------------

CHANGES = {
    "hej_post": "belopp = belopp + 1",
    "vardfaktura_faktura": "status = 'FORSLAG', nummer = null",
    "vardfaktura_fakturarad": "belopp = belopp + 1",
    "vardfaktura_fakturaradpost": "fakturarad_id = fakturarad_id + 1",
    "vardfaktura_fakturahandling": "peppol = ''",
    "vardfaktura_verifikation": "text = ''",
    "vardfaktura_bokforingsrad": "debet = debet + 1",
}


def changes(tabell):
    """Return an update, a delete and a truncate that would hit the table's rows."""
    return (
        f"update {tabell} set {CHANGES[tabell]}",
        f"delete from {tabell}",
        f"truncate {tabell} cascade",
    )


def test_the_app_cannot_change_or_remove_what_is_approved(approved):
    for tabell in CHANGES:
        with connection.cursor() as cursor:
            cursor.execute(f"select from {tabell}")
            assert cursor.rowcount > 0, tabell
        for statement in changes(tabell):
            assert refused(statement) in (
                errors.InsufficientPrivilege,
                errors.RestrictViolation,
            ), statement


def test_the_owner_of_the_tables_cannot_either(egen_databas, agare):
    approve_november()
    agare.execute("set app.alla = 'ja'")

    for tabell in CHANGES:
        assert agare.execute(f"select from {tabell}").rowcount > 0, tabell
        for statement in changes(tabell):
            with pytest.raises(psycopg.errors.RestrictViolation):
                agare.execute(statement)


@pytest.mark.parametrize(
    "model",
    [Post, Faktura, Fakturarad, FakturaradPost, Fakturahandling, Verifikation, Bokforingsrad],
)
def test_the_orm_is_refused_like_everybody_else(approved, model):
    row = model.objects.first()

    with pytest.raises((DatabaseError, ProtectedError)), transaction.atomic():
        row.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.all()._raw_delete("default")
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save(force_update=True)


@pytest.mark.parametrize(
    "column", ["summa", "typ", "manad", "innehall_hash", "vardgivare_id", "avtal_id", "skapad"]
)
def test_the_content_of_a_proposal_cannot_be_changed(proposal, column):
    assert (
        refused(f"update vardfaktura_faktura set {column} = {column}")
        is errors.InsufficientPrivilege
    )


def test_an_approved_invoice_gets_no_new_line_and_no_new_post(approved):
    post = unlinked_post()

    assert refused(NEW_LINE, [1, 1000]) is errors.RestrictViolation
    assert (
        refused(LINK, [post, approved.fakturarad_set.get(produktkod="LAK").pk])
        is errors.RestrictViolation
    )


def test_an_invoice_cannot_be_approved_twice_by_hand(approved):
    assert refused("update vardfaktura_faktura set nummer = nummer + 1") is errors.RestrictViolation


@pytest.mark.parametrize(
    "changes",
    [
        "status = 'GODKAND'",
        "status = 'GODKAND', nummer = 1",
        "status = 'GODKAND', nummer = 1, godkand = now()",
        "nummer = 1",
        "godkand = now()",
    ],
)
def test_approved_and_numbered_are_one_thing(proposal, changes):
    assert refused(f"update vardfaktura_faktura set {changes}") is errors.CheckViolation


def test_a_number_is_used_once(approved):
    pengar.visit("v2", date(2026, 12, 3))
    stangningar.close(NOVEMBER.next, pengar.at(NOVEMBER.next))

    assert (
        refused(
            "update vardfaktura_faktura set status = 'GODKAND', nummer = %s, godkand = now(),"
            " godkand_av_id = (select min(id) from auth_user) where status = 'FORSLAG'",
            [approved.nummer],
        )
        is errors.UniqueViolation
    )


def test_the_series_is_never_removed(approved):
    assert refused("delete from vardfaktura_nummerserie") is not None
    with pytest.raises(DatabaseError), transaction.atomic():
        Nummerserie.objects.all()._raw_delete("default")


# M-05: the ledger balances ------------------------------------------------------------------------

ENTRY = (
    "insert into vardfaktura_bokforingsrad (verifikation_id, vardgivare_id, konto, produktkod,"
    " debet, kredit) select id, vardgivare_id, '1', '', %s, %s from vardfaktura_verifikation"
)


def test_an_entry_that_does_not_balance_fails_at_commit_and_not_before(egen_databas):
    approve_november()
    before = Bokforingsrad.objects.count()

    entry = transaction.atomic()
    entry.__enter__()
    with connection.cursor() as cursor:
        cursor.execute(ENTRY, [Decimal("0.01"), 0])
    assert Bokforingsrad.objects.count() == before + 1

    with pytest.raises(DatabaseError, match="balanserar inte"):
        entry.__exit__(None, None, None)

    assert Bokforingsrad.objects.count() == before


def test_an_entry_cannot_balance_by_hiding_its_rows(approved):
    """The reach may be gone when the transaction commits; the check sees the rows all the same."""
    assert (
        refused(
            "with ny as (" + ENTRY + " returning 1) select set_config('app.alla', 'nej', true)"
            " from ny",
            [Decimal("0.01"), 0],
        )
        is errors.CheckViolation
    )


@pytest.mark.parametrize(("debet", "kredit"), [(1, 1), (0, 0), (-1, 0), (0, -1)])
def test_a_row_is_debit_or_credit_and_never_negative(approved, debet, kredit):
    assert refused(ENTRY, [debet, kredit]) is errors.CheckViolation


def test_an_invoice_is_entered_once(approved):
    assert (
        refused(
            "insert into vardfaktura_verifikation (faktura_id, vardgivare_id, bokforingsdag, text,"
            " skapad) select faktura_id, vardgivare_id, bokforingsdag, text, skapad"
            " from vardfaktura_verifikation"
        )
        is errors.UniqueViolation
    )
