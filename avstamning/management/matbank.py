"""A database to measure in: made new, filled with a region, thrown away."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.db import connection

DATABAS = "gvr_matning"
KOPIA = "gvr_matning_kopia"
RAD = "create table matning_rad (id bigserial primary key, kropp bytea not null)"
EN_RAD = "insert into matning_rad (kropp) values (%s)"


def url_of(url: str, databas: str) -> str:
    """Return the address of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(databas)}"))


@contextmanager
def bank(owner_url: str) -> Iterator[None]:
    """Point Django at a new, migrated database; drop it and its copy afterwards."""
    fore, miljo = connection.settings_dict["NAME"], os.environ["DATABASE_URL"]
    _drop(owner_url)
    with psycopg.connect(owner_url, autocommit=True) as server:
        server.execute(f'create database "{DATABAS}" template template0')
    _manage(url_of(owner_url, DATABAS), "migrate", "--verbosity=0", "--skip-checks")
    with psycopg.connect(url_of(owner_url, DATABAS), autocommit=True) as server:
        server.execute(RAD)
    connection.close()
    connection.settings_dict["NAME"] = DATABAS
    os.environ["DATABASE_URL"] = url_of(miljo, DATABAS)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = fore
        os.environ["DATABASE_URL"] = miljo
        _drop(owner_url)


def _drop(owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as server:
        for databas in (DATABAS, KOPIA):
            server.execute(f'drop database if exists "{databas}" with (force)')


def _manage(url: str, *argv: str) -> None:
    subprocess.run(
        [sys.executable, settings.ROOT / "manage.py", *argv],
        env={**os.environ, "DATABASE_URL": url},
        check=True,
    )


def copy_as_it_is(owner_url: str) -> None:
    """Keep a copy of the database in this state: the raw COPY is measured into it later."""
    connection.close()
    with psycopg.connect(owner_url, autocommit=True) as server:
        server.execute(f'drop database if exists "{KOPIA}" with (force)')
        server.execute(f'create database "{KOPIA}" template "{DATABAS}"')


def rows_as_bytes(url: str, tables: Sequence[str], *, receipts_after: int = 0) -> dict[str, bytes]:
    """Return every row of the tables – of receipts the later ones – encoded for COPY BINARY."""
    with psycopg.connect(url) as db:
        db.execute("select set_config('app.alla', 'ja', false)")
        svar = {}
        for table in tables:
            rader = f"select * from {table}"  # noqa: S608 - our own table names
            if table == "gvr_kvittens":
                rader += f" where sekvens > {receipts_after}"
            with db.cursor().copy(f"copy ({rader}) to stdout (format binary)") as ut:
                svar[table] = b"".join(bytes(bit) for bit in ut)
        return svar


def raw_copy(url: str, rader: dict[str, bytes]) -> None:
    """COPY encoded rows into the tables in one session and one transaction, as the writer role."""
    with psycopg.connect(url) as db:
        db.execute("set role gvr_skriv")
        for table, data in rader.items():
            with db.cursor().copy(f"copy {table} from stdin (format binary)") as ned:
                for start in range(0, len(data), 262_144):
                    ned.write(data[start : start + 262_144])
