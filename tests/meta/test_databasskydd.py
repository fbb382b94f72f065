"""What the models say about their protection, held against what the database does."""

from pathlib import Path

import psycopg
from django.apps import apps
from psycopg import errors, sql

ROOT = Path(__file__).resolve().parents[2]

EVERYONES = {
    "gvr_enhet": "which units a provider has is public knowledge; every user looks units up",
    "gvr_avtal": "contracts are public documents; decisions and portals look them up",
    "gvr_ombud": "asked before a request has a reach, and by decisions; names nobody but systems",
}
"""Tables that name a provider and still have no row level security, each with its reason."""


def our_models():
    """Return the models of this project, also those Django makes for many-to-many fields."""
    return [
        model
        for config in apps.get_app_configs()
        if Path(config.path).is_relative_to(ROOT) and ".venv" not in config.path
        for model in config.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]


def tables(skydd):
    """Return the tables whose model declares this protection."""
    return sorted(m._meta.db_table for m in our_models() if getattr(m, "skydd", None) == skydd)


def may(agare, roll, tabell, *rattigheter):
    """Return which of these the role may do to the whole table."""
    return {
        r
        for r in rattigheter
        if agare.execute("select has_table_privilege(%s, %s, %s)", [roll, tabell, r]).fetchone()[0]
    }


def refused(anslutning, sats, tabell):
    """Return the error class with which the database refuses a statement that hits no row."""
    kolumn = anslutning.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 "
        "and not attisdropped and attgenerated = '' and attidentity <> 'a' order by attnum limit 1",
        [tabell],
    ).fetchone()[0]
    try:
        with anslutning.transaction(force_rollback=True):
            anslutning.execute(
                sql.SQL(sats).format(t=sql.Identifier(tabell), k=sql.Identifier(kolumn))
            )
    except psycopg.Error as fel:
        return type(fel)
    return None


UPDATE = "update {t} set {k} = {k} where false"
DELETE = "delete from {t} where false"
TRUNCATE = "truncate {t} cascade"


def test_every_model_declares_how_its_table_is_protected():
    odeklarerade = [
        m._meta.label
        for m in our_models()
        if getattr(m, "skydd", None) not in ("TILLAGG", "REDIGERBAR", "PEKARE")
    ]

    assert our_models()
    assert odeklarerade == []


def test_an_append_only_table_refuses_every_change_also_by_its_owner(agare):
    assert tables("TILLAGG")
    for tabell in tables("TILLAGG"):
        for sats in (UPDATE, DELETE, TRUNCATE):
            fel = refused(agare, sats, tabell)
            assert fel is errors.RestrictViolation, (tabell, sats, fel)


def test_the_app_may_only_read_and_add_to_an_append_only_table(agare):
    alla = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES")
    for tabell in tables("TILLAGG"):
        assert may(agare, "gvr_app", tabell, *alla) == {"SELECT", "INSERT"}, tabell
        assert not agare.execute(
            "select has_any_column_privilege('gvr_app', %s, 'UPDATE')", [tabell]
        ).fetchone()[0], tabell


def test_a_pointer_table_lets_the_app_move_some_columns_and_remove_nothing(agare):
    assert tables("PEKARE")
    for tabell in tables("PEKARE"):
        rattigheter = may(
            agare, "gvr_app", tabell, "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"
        )
        assert rattigheter == {"SELECT", "INSERT"}, tabell
        assert agare.execute(
            "select has_any_column_privilege('gvr_app', %s, 'UPDATE')", [tabell]
        ).fetchone()[0], tabell
        for sats in (DELETE, TRUNCATE):
            assert refused(agare, sats, tabell) is errors.RestrictViolation, (tabell, sats)


def test_an_editable_table_is_open_to_the_app_but_cannot_be_emptied_at_once(agare):
    for tabell in tables("REDIGERBAR"):
        rattigheter = may(
            agare, "gvr_app", tabell, "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"
        )
        assert rattigheter == {"SELECT", "INSERT", "UPDATE", "DELETE"}, tabell


def test_the_writing_role_can_only_add_rows(agare):
    for model in our_models():
        tabell = model._meta.db_table
        assert not may(agare, "gvr_skriv", tabell, "SELECT", "UPDATE", "DELETE", "TRUNCATE"), tabell


def test_the_app_is_neither_owner_nor_superuser_nor_above_the_row_policies(agare):
    roll = agare.execute(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles"
        " where rolname = 'gvr_app'"
    ).fetchone()
    agda = agare.execute(
        "select relname from pg_class where relowner = 'gvr_app'::regrole"
    ).fetchall()

    assert roll == (False, False, False, False)
    assert agda == []


def test_every_table_with_a_provider_has_forced_row_policies(agare):
    rader = agare.execute(
        """
        select c.relname, c.relrowsecurity and c.relforcerowsecurity
            and exists (select from pg_policy p where p.polrelid = c.oid)
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'vardgivare_id'
            and not a.attisdropped
        where c.relkind in ('r', 'p')
        order by c.relname
        """
    ).fetchall()

    assert rader
    assert {namn for namn, skyddad in rader if not skyddad} == set(EVERYONES)
