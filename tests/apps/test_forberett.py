"""Prepared statements asked of libpq directly behave like Django's own."""

import psycopg
import pytest
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from gvr.queries import forberett
from gvr.queries.forberett import BOOL, BYTES, DAY, INT, INTS, TEXT, TEXTS


def test_values_come_back_as_they_were(db):
    (rad,) = forberett.rows(
        "select $1::bigint, $2::text, $3::bool, $4::bytea, $5::date, $6::bigint[], $7::text[],"
        " $8::text",
        ["-7", "å'\\\"\n", "t", "\\x00ff", "2026-02-28", "{1,2}", "{a:1,b:2}", None],
        (INT, TEXT, BOOL, BYTES, DAY, INTS, TEXTS, TEXT),
    )

    assert rad[:4] == (-7, "å'\\\"\n", True, b"\x00\xff")
    assert (rad[4].isoformat(), *rad[5:]) == ("2026-02-28", [1, 2], ["a:1", "b:2"], None)
    tomma = forberett.rows("select '{}'::int[], '{}'::text[]", [], (INTS, TEXTS))
    assert tomma == [([], [])]


def test_an_array_keeps_quotes_and_backslashes(db):
    texter = ['a"b', "c\\d", "NULL", "", "å,{}"]
    rader = forberett.rows("select unnest($1::text[])", [forberett.array([*texter, None])], (TEXT,))

    assert [text for (text,) in rader] == [*texter, None]
    with pytest.raises(ValueError, match="quoted"):
        forberett.rows("select $1::text[]", [forberett.array(texter)], (TEXTS,))


def test_a_text_with_nul_is_refused_rather_than_cut(db):
    with pytest.raises(psycopg.DataError):
        forberett.rows("select $1::text", ["a\x00b"], (TEXT,))


def test_a_fault_is_djangos_and_breaks_the_transaction(db):
    with pytest.raises(DataError), transaction.atomic():
        forberett.rows("select 1/$1::int", ["0"], (INT,))
    with pytest.raises(IntegrityError), transaction.atomic():
        forberett.rows(
            "insert into gvr_avtalsomrade (kod, namn, uppdragstyper, kalla)"
            " values ('X', 'x', '{}', ''), ('X', 'x', '{}', '') returning id",
            [],
            (INT,),
        )
    assert forberett.rows("select 1", [], (INT,)) == [(1,)]


def test_those_who_listen_to_statements_hear_these(db):
    horda = []

    def listen(execute, sql, params, many, context):
        horda.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen), CaptureQueriesContext(connection) as loggade:
        forberett.rows("select 11", [], (INT,))

    assert horda == ["select 11"]
    assert [rad["sql"] for rad in loggade] == ["select 11"]


def test_what_is_undone_is_undone_whole(egen_databas):
    with transaction.atomic():
        forberett.rows(
            "insert into gvr_avtalsomrade (kod, namn, uppdragstyper, kalla)"
            " values ('X', 'x', '{}', '') returning id",
            [],
            (INT,),
        )
        transaction.set_rollback(True)
    ((antal,),) = forberett.rows("select count(*) from gvr_avtalsomrade", [], (INT,))
    assert antal == 0


OMRADE = (
    "insert into gvr_avtalsomrade (kod, namn, uppdragstyper, kalla)"
    " values ($1::text, 'x', '{}', '')"
)
FRAMMANDE = "insert into gvr_enhetsuppdrag (enhet_id, uppdrag_id, giltig) values (-1, -1, '[,)')"


def count():
    return forberett.rows("select count(*) from gvr_avtalsomrade", [], (INT,))[0][0]


def test_statements_in_one_round_trip_see_what_those_before_them_did(egen_databas):
    with transaction.atomic():
        svar = forberett.together(
            forberett.sats(OMRADE, ["X"], ()),
            forberett.sats("select kod from gvr_avtalsomrade", [], (TEXT,)),
            sist=True,
        )
        assert not in_transaction()
    assert svar == [[], [("X",)]]
    assert count() == 1


def test_nothing_after_a_fault_is_run_and_nothing_before_it_is_kept(egen_databas):
    satser = [forberett.sats(OMRADE, [kod], ()) for kod in ("X", "X", "Y")]

    with pytest.raises(IntegrityError), transaction.atomic():
        forberett.together(*satser, sist=True)
    assert count() == 0


def test_a_constraint_that_is_checked_at_commit_is_a_fault_of_the_round_trip(egen_databas):
    with pytest.raises(IntegrityError), transaction.atomic():
        forberett.together(
            forberett.sats(OMRADE, ["X"], ()), forberett.sats(FRAMMANDE, [], ()), sist=True
        )
    assert count() == 0


def test_a_block_within_another_transaction_does_not_end_it(egen_databas):
    with transaction.atomic():
        with transaction.atomic():
            forberett.together(forberett.sats(OMRADE, ["X"], ()), sist=True)
        assert in_transaction()
        transaction.set_rollback(True)
    assert count() == 0


def in_transaction():
    return connection.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE


def test_more_statements_than_are_kept_are_answered_all_the_same(db, monkeypatch):
    monkeypatch.setattr(forberett, "MOST", 0)

    assert forberett.rows("select 4711 + $1::int", ["1"], (INT,)) == [(4712,)]


def test_a_connection_that_the_server_has_closed_is_not_used_again(egen_databas, agare):
    forberett.rows("select 1", [], (INT,))
    fore = connection.connection.info.backend_pid
    agare.execute("select pg_terminate_backend(%s, 5000)", [fore])
    connection.health_check_enabled, connection.health_check_done = True, False

    ((efter,),) = forberett.rows("select pg_backend_pid()", [], (INT,))

    assert efter != fore


def test_a_connection_that_dies_in_the_middle_is_an_error_of_the_database(egen_databas, agare):
    def use_it_dead():
        with transaction.atomic():
            ((pid,),) = forberett.rows("select pg_backend_pid()", [], (INT,))
            agare.execute("select pg_terminate_backend(%s, 5000)", [pid])
            forberett.rows("select 1", [], (INT,))

    with pytest.raises(DatabaseError):
        use_it_dead()


def test_a_silent_connection_is_asked_and_a_talkative_one_is_not(db, monkeypatch):
    fragor = []
    monkeypatch.setattr(
        "django.db.backends.postgresql.base.DatabaseWrapper.is_usable",
        lambda self: fragor.append(1) or True,
    )
    connection._svarade = float("-inf")

    assert connection.is_usable()
    assert connection.is_usable()

    assert fragor == [1]
