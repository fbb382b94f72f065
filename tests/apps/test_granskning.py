"""The auditor's views: described, stable, closed to writing, and enough to add up the money."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from ersattning.vardfaktura.actions import fakturor, stangningar
from gvr.queries.behorighet import databaskontext
from tests.factories import kontakter, pengar
from tests.factories.pengar import NOVEMBER, OKTOBER

DOCS = Path(__file__).resolve().parents[2] / "docs" / "granskning.md"


def rows(sql, values=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def described():
    """Return {view: [(column, type)]} as the document tells it."""
    views = {}
    for section in re.split(r"^## ", DOCS.read_text(), flags=re.M)[1:]:
        name, _, text = section.partition("\n")
        if name.startswith("granska_"):
            columns = re.findall(r"^\| (\w+) \| ([\w\[\]]+) \| .+ \|$", text, flags=re.M)
            views[name] = columns[1:]  # after the heading
    return views


SHORT = {
    "character varying": "varchar",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
}


def in_the_catalog():
    columns = rows(
        """
        select c.relname, a.attname, format_type(a.atttypid, null)
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relkind = 'v' and c.relname like 'granska\\_%' order by c.relname, a.attnum
        """
    )
    views = {}
    for view, column, type_ in columns:
        views.setdefault(view, []).append((column, SHORT.get(type_, type_)))
    return views


def test_the_document_describes_every_column_in_order(db):
    described_views, views = described(), in_the_catalog()

    assert set(described_views) == set(views)
    for view, columns in views.items():
        assert described_views[view] == columns, view


def test_the_views_show_only_what_their_reader_may_see(db):
    options = dict(
        rows(
            "select relname, reloptions from pg_class"
            " where relkind = 'v' and relname like 'granska\\_%%'",
            [],
        )
    )

    assert set(options) == set(described())
    assert all(value == ["security_invoker=true"] for value in options.values())


def test_another_provider_sees_nothing_through_the_views(db):
    region = live()

    for view in described():
        if view in ("granska_uppdrag", "granska_regelpaket", "granska_pris"):
            continue  # public: units, rules and prices
        with databaskontext(alla=True):
            everything = rows(f"select count(*) from {view}")[0][0]
        with databaskontext(vardgivare=[region["B"].pk]):
            assert rows(f"select count(*) from {view}") == [(0,)], view
        with databaskontext(vardgivare=[region["A"].pk]):
            own = rows(f"select count(*) from {view}")[0][0]
        if view in ("granska_meddelande", "granska_avvisning", "granska_logg"):
            continue  # nothing was sent in this test
        assert own == everything > 0, view


def test_nobody_writes_through_the_views(db):
    live()

    for view in described():
        for statement in (f"delete from {view}", f"insert into {view} default values"):
            with (
                pytest.raises(DatabaseError),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)


def test_the_auditors_role_reads_the_views_and_changes_nothing(agare):
    if not agare.execute("select 1 from pg_roles where rolname = 'gvr_revisor'").fetchone():
        pytest.skip("no role gvr_revisor: the owner of this server may not make roles")
    may = (
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " and n.nspname = 'public' where c.relkind in ('r', 'p', 'v')"
        " and has_any_column_privilege('gvr_revisor', c.oid, '{}')"
    )

    readable = {name for (name,) in agare.execute(may.format("select")).fetchall()}
    assert set(described()) <= readable
    for right in ("insert", "update"):
        assert agare.execute(may.format(right)).fetchall() == []
    assert agare.execute(
        "select has_column_privilege('gvr_revisor', 'auth_user', 'password', 'select'),"
        " has_column_privilege('gvr_revisor', 'gvr_maskinkonto', 'token_hash', 'select')"
    ).fetchone() == (False, False)
    used = agare.execute(
        "select distinct d.refobjid::regclass::text from pg_rewrite r"
        " join pg_class c on c.oid = r.ev_class and c.relname like 'granska\\_%'"
        " join pg_depend d on d.objid = r.oid and d.refclassid = 'pg_class'::regclass"
        " and d.refobjid <> c.oid"
    ).fetchall()
    assert {name for (name,) in used} <= readable


def live():
    """One approved invoice with a late credit, one proposal; return the providers."""
    region = pengar.region(momskompensation=True)
    britta = pengar.attestant(region["A"])
    pengar.participation("del1", date(2026, 10, 3))
    pengar.visit("v1", date(2026, 10, 3))
    pengar.visit("v2", date(2026, 10, 4))
    approve(close(OKTOBER), britta, OKTOBER)
    pengar.cancel("v1", date(2026, 10, 3), decided=pengar.noon(date(2026, 11, 9)))
    pengar.visit("v3", date(2026, 11, 10))
    approve(close(NOVEMBER), britta, NOVEMBER)
    return region


def close(manad):
    (resultat,) = stangningar.close(manad, pengar.at(manad))
    return resultat.faktura_id


def approve(pk, by, manad):
    fakturor.approve(faktura_id=pk, by=by, at=pengar.at(manad, dag=7))


def queries_of_the_document():
    """Return the questions the document asks of the views."""
    blocks = re.findall(r"```sql\n(.*?)```", DOCS.read_text(), flags=re.S)
    return [block for block in blocks if "from granska_" in block]


def test_priced_invoiced_and_booked_are_the_same_by_the_documents_own_question(db):
    live()
    hashes, sums = queries_of_the_document()

    assert rows(sums) == []
    assert [same for _, same in rows(hashes)] == [True, True]


def test_the_documents_question_sees_a_difference(egen_databas, agare):
    live()
    agare.execute("set app.alla = 'ja'")
    agare.execute("alter table vardfaktura_fakturarad disable trigger user")
    agare.execute("update vardfaktura_fakturarad set belopp = belopp + 0.01 where radnr = 1")

    hashes, sums = queries_of_the_document()

    assert len(rows(sums)) == 2
    assert [same for _, same in rows(hashes)] == [False, False]


def test_every_post_leads_to_its_version_its_list_and_its_invoice(db):
    live()

    contacts = rows(
        """
        select p.produktkod, p.belopp, v.dag, f.nummer,
            exists (select from granska_pris pr where pr.beteckning = any(k.prislistor)
                and pr.produktkod = p.produktkod and pr.belopp = abs(p.apris))
        from granska_prissatt p
        join granska_version v on v.kontakt = p.kontakt and v.version = p.version
        join granska_kontakt k on k.kontakt = p.kontakt
        join granska_fakturarad f using (fakturarad_id)
        where k.vardhandelse_id = 'v2' order by p.produktkod
        """
    )

    assert contacts == [
        ("AVG", Decimal("-275.00"), date(2026, 10, 4), 1, True),
        ("LAK", Decimal("1000.00"), date(2026, 10, 4), 1, True),
    ]


def test_a_contact_that_waits_is_there_with_what_it_waits_for(db):
    live()
    pengar.visit("v4", date(2026, 12, 3), enhet="90001311099")

    assert rows(
        "select utfall, vantar_pa, summa, ska_provas from granska_kontakt"
        " where vardhandelse_id = 'v4'"
    ) == [("VANTAR", "ENHET:90001311099", Decimal("0.00"), False)]


def test_no_view_but_the_message_and_the_log_shows_a_patient(db):
    live()

    for view in set(described()) - {"granska_meddelande", "granska_logg"}:
        text = rows(f"select coalesce(string_agg(x::text, ' '), '') from {view} x")[0][0]
        assert kontakter.PATIENT not in text, view
