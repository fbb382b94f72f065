"""The SQL by which the database itself refuses what must never be. Used by migrations only.

Three roles: the owner migrates; `gvr_app` is what every process logs in as (no ownership, row level
security applies); `gvr_skriv` cannot log in and may only INSERT into append-only tables. It exists
because PostgreSQL does not let a role under row level security use COPY; having no SELECT, it
cannot leak anything.
"""

ROLES = """
do $$
begin
    if not exists (select from pg_roles where rolname = 'gvr_app') then
        create role gvr_app nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'gvr_skriv') then
        begin
            create role gvr_skriv nologin bypassrls;
        exception when insufficient_privilege then
            raise exception 'Rollen gvr_skriv saknas. Skapa den som superanvändare: '
                'create role gvr_skriv nologin bypassrls; grant gvr_skriv to gvr_app;';
        end;
    end if;
end $$;
grant usage on schema public to gvr_app, gvr_skriv;
create function vagra_andring() returns trigger language plpgsql as $$
begin
    raise exception 'Tabellen % tar bara emot nya rader (%).', tg_table_name, tg_op
        using errcode = 'restrict_violation';
end $$;
"""

OTHERS_TABLES = """
do $$
declare tabell record;
begin
    for tabell in
        select format('%I', tablename) as namn from pg_tables
        where schemaname = 'public' and tablename ~ '^(django|auth|guardian)_'
            and tablename <> 'django_migrations'
    loop
        execute 'grant select, insert, update, delete on ' || tabell.namn || ' to gvr_app';
    end loop;
    grant select on django_migrations to gvr_app;
    grant usage, select on all sequences in schema public to gvr_app;
end $$;
alter default privileges in schema public grant select, insert, update, delete on tables to gvr_app;
alter default privileges in schema public grant usage, select on sequences to gvr_app;
"""

STAMDATA = """
insert into gvr_stamdataversion (version, omprovad) values (1, 1);
create function rakna_stamdata() returns trigger language plpgsql as $$
begin
    update gvr_stamdataversion set version = version + 1;
    return null;
end $$;
"""


def grant_sequences(table: str, column: str = "id") -> str:
    """Let the app draw ids beforehand."""
    return f"""
do $$
declare sekvens text := pg_get_serial_sequence('{table}', '{column}');
begin
    if sekvens is not null then
        execute format('grant usage, select on sequence %s to gvr_app, gvr_skriv', sekvens);
    end if;
end $$;
"""


def editable(table: str, id_column: str = "id") -> str:
    """Return SQL that lets the app read and write an ordinary table."""
    return f"grant select, insert, update, delete on {table} to gvr_app;" + grant_sequences(
        table, id_column
    )


def insertable(table: str, id_column: str = "id") -> str:
    """Return SQL that lets the engine COPY into an editable table that has row level security."""
    return editable(table, id_column) + f"grant insert on {table} to gvr_skriv;"


def append_only(table: str, id_column: str = "id") -> str:
    """Return SQL that lets the app add rows, and nobody change them – the owner neither."""
    return f"""
revoke all on {table} from gvr_app;
grant select, insert on {table} to gvr_app;
grant insert on {table} to gvr_skriv;
create trigger bara_nya_rader before update or delete or truncate on {table}
    for each statement execute function vagra_andring();
{grant_sequences(table, id_column)}
"""


def pointer(table: str, *columns: str, id_column: str = "id") -> str:
    """Return SQL that lets the app add rows and move only the named columns."""
    return f"""
revoke all on {table} from gvr_app;
grant select, insert on {table} to gvr_app;
grant update ({", ".join(columns)}) on {table} to gvr_app;
grant insert on {table} to gvr_skriv;
create trigger aldrig_bort before delete or truncate on {table}
    for each statement execute function vagra_andring();
{grant_sequences(table, id_column)}
"""


def tenant(table: str, *, enhet: bool = True, vardgivare: str = "vardgivare_id") -> str:
    """Return SQL that hides rows of other providers, whatever the query says.

    The request's transaction names what its user may see: `app.alla` = 'ja' for the region and the
    engine, else `app.vardgivare` and `app.enhet` as comma-separated ids. Nothing set: no rows.
    """
    enhetsvillkor = (
        "or enhet_id = any(string_to_array("
        "nullif(current_setting('app.enhet', true), ''), ',')::bigint[])"
        if enhet
        else ""
    )
    villkor = f"""(
        coalesce(current_setting('app.alla', true), '') = 'ja'
        or {vardgivare} = any(string_to_array(
            nullif(current_setting('app.vardgivare', true), ''), ',')::bigint[])
        {enhetsvillkor}
    )"""
    return f"""
alter table {table} enable row level security;
alter table {table} force row level security;
create policy egna_rader on {table} using {villkor} with check {villkor};
"""


def tenant_of_contact(table: str) -> str:
    """Return SQL that also shows rows without a provider to whom the contact itself belongs.

    A contact whose unit was unknown when it arrived gets its provider later, but its versions are
    never changed: they follow the contact.
    """
    return f"""
create policy foljer_kontakten on {table} for select using (
    vardgivare_id is null
    and exists (select from gvr_vardkontakt k where k.id = {table}.vardkontakt_id)
);
"""  # noqa: S608 - our own table names


def region_only(table: str) -> str:
    """Return SQL that hides a table from everyone but the region and the engine."""
    villkor = "(coalesce(current_setting('app.alla', true), '') = 'ja')"
    return f"""
alter table {table} enable row level security;
alter table {table} force row level security;
create policy bara_regionen on {table} using {villkor} with check {villkor};
"""


def published_is_final(table: str, *content: str) -> str:
    """Return SQL that refuses every change of a published row, and of content that is handed in."""
    andrat = " or ".join(f"new.{column} is distinct from old.{column}" for column in content)
    return f"""
create function {table}_publicerad_ar_slutlig() returns trigger language plpgsql as $$
begin
    if old.status = 'PUBLICERAD' then
        raise exception 'Publicerat innehåll ändras inte; skapa en ny version.'
            using errcode = 'restrict_violation';
    end if;
    if tg_op = 'DELETE' then
        return old;
    end if;
    if old.status <> 'UTKAST' and new.status <> 'UTKAST' and ({andrat}) then
        raise exception 'Inlämnat innehåll ändras inte; ta tillbaka det till utkast först.'
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger publicerad_ar_slutlig before update or delete on {table}
    for each row execute function {table}_publicerad_ar_slutlig();
"""


def master_data(table: str) -> str:
    """Return SQL that counts every change of master data, so that snapshots know they are old."""
    return f"""
create trigger ny_ogonblicksbild after insert or update or delete on {table}
    for each statement execute function rakna_stamdata();
"""


REMEMBER_CHANGES = """
alter table gvr_andring enable row level security;
alter table gvr_andring force row level security;
create policy alla_skriver on gvr_andring for insert with check (true);
create policy regionen_laser on gvr_andring for select
    using (coalesce(current_setting('app.alla', true), '') = 'ja');
create function minns_andring() returns trigger language plpgsql as $$
declare
    -- A log-in is no change of the account, and a secret is never copied.
    utom constant text[] := array['password', 'last_login', 'token_hash'];
    vem constant text := coalesce(nullif(current_setting('app.anvandare', true), ''), '');
    varfor constant text := coalesce(nullif(current_setting('app.skal', true), ''), '');
begin
    if tg_op = 'INSERT' then
        insert into gvr_andring (tid, transaktion, tabell, rad, fore, efter, anvandare, skal)
        select now(), txid_current(), tg_table_name, ny.id::text, null, to_jsonb(ny) - utom,
            vem, varfor
        from nya ny;
    elsif tg_op = 'UPDATE' then
        insert into gvr_andring (tid, transaktion, tabell, rad, fore, efter, anvandare, skal)
        select now(), txid_current(), tg_table_name, ny.id::text, to_jsonb(gammal) - utom,
            to_jsonb(ny) - utom, vem, varfor
        from nya ny join gamla gammal on gammal.id = ny.id
        where to_jsonb(gammal) - utom is distinct from to_jsonb(ny) - utom;
    else
        insert into gvr_andring (tid, transaktion, tabell, rad, fore, efter, anvandare, skal)
        select now(), txid_current(), tg_table_name, gammal.id::text, to_jsonb(gammal) - utom, null,
            vem, varfor
        from gamla gammal;
    end if;
    return null;
end $$;
"""


def remembered(table: str) -> str:
    """Return SQL that keeps what every changed row was and became, however it was changed."""
    return f"""
create trigger minns_nya after insert on {table}
    referencing new table as nya for each statement execute function minns_andring();
create trigger minns_andrade after update on {table}
    referencing old table as gamla new table as nya
    for each statement execute function minns_andring();
create trigger minns_borttagna after delete on {table}
    referencing old table as gamla for each statement execute function minns_andring();
"""


KNOW = """
create function minns_kunskap() returns trigger language plpgsql as $$
declare
    nu constant bigint := (select version from gvr_stamdataversion);
begin
    -- Named to fire after the counter, so the version is the one in which the change is seen.
    if tg_op <> 'INSERT' then
        update gvr_kunskap k set version_till = nu, kand_till = now()
        from gamla gammal
        where k.tabell = tg_table_name and k.rad = gammal.id and k.kand_till is null;
    end if;
    if tg_op <> 'DELETE' then
        insert into gvr_kunskap
            (tabell, rad, nyckel, giltig, innehall, version_fran, kand_fran)
        select tg_table_name, ny.id,
            (select string_agg(to_jsonb(ny) ->> kolumn, ':' order by plats)
                from unnest(tg_argv) with ordinality as t(kolumn, plats)),
            ny.giltig, to_jsonb(ny) - 'id' - 'giltig', nu, now()
        from nya ny;
    end if;
    return null;
end $$;
"""


def known(table: str, *key: str) -> str:
    """Return SQL that keeps every state of a dated table on the second time axis.

    `key` are the columns that name what a row is about. Rows that are there already become known
    with the version that contacts were last tried against: nobody can say what was known before,
    and nothing is decided anew because this runs. The table must have `master_data`.
    """
    argument = ", ".join(f"'{column}'" for column in key)
    nyckel = " || ':' || ".join(f"{column}::text" for column in key)
    return f"""
insert into gvr_kunskap (tabell, rad, nyckel, giltig, innehall, version_fran, kand_fran)
select '{table}', t.id, {nyckel}, t.giltig, to_jsonb(t) - 'id' - 'giltig', s.omprovad, now()
from {table} t cross join gvr_stamdataversion s;
create trigger vet_nya after insert on {table}
    referencing new table as nya
    for each statement execute function minns_kunskap({argument});
create trigger vet_andrade after update on {table}
    referencing old table as gamla new table as nya
    for each statement execute function minns_kunskap({argument});
create trigger vet_borttagna after delete on {table}
    referencing old table as gamla
    for each statement execute function minns_kunskap({argument});
"""  # noqa: S608 - our own table names
