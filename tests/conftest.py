"""
The ground every test stands on.

Databases: the first process starts PostgreSQL and Valkey in a folder that is thrown away (or uses
DATABASE_OWNER_URL, DATABASE_URL and REDIS_URL when they are given), migrates one template as the
owner `gvr_agare`, and every xdist worker gets a copy. Tests are connected as `gvr_app`, exactly
like the running system, so grants, triggers and row level security are real in all of them.

* `db` (or the mark `django_db`): rolled back after the test.
* `egen_databas`: a copy for this test alone where commits are real. There is no
  `transactional_db`: it empties tables, and ours refuse to be emptied.
* `agare`: a connection as the owner, to look in the catalog or break what must hold.

tests/unit and tests/cases get no database, and no Django either when they are run alone.
"""

import contextlib
import ipaddress
import itertools
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from gvr.lokal import postgres
from gvr.lokal.processer import UnableToStart
from gvr.lokal.servrar import open_servers
from gvr.lokal.vagar import throw_away

ROOT = Path(__file__).resolve().parents[1]
PURE = (ROOT / "tests" / "unit", ROOT / "tests" / "cases")
DATABASE_FIXTURES = {"db", "transactional_db", "egen_databas", "agare"}

KEY_MALL = "GVR_TEST_MALL"
KEY_SERVER = "GVR_TEST_SERVER"
SERVERS = pytest.StashKey[contextlib.ExitStack]()

_numbers = itertools.count(1)

# No test is judged by the clock: a machine with more to do than it can is not a fault. What failed
# is printed in a form that repeats it.
settings.register_profile(
    "huset", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("huset")


# Before Django starts ---------------------------------------------------------------------------


def pytest_configure(config):
    """Start the servers (first process only), then Django against this process's own database."""
    _close_the_network()
    if _only_pure(config) or not _has_django_plugin(config):
        return
    if not hasattr(config, "workerinput"):
        config.stash[SERVERS] = _start_servers()
    _point_at_own_database(getattr(config, "workerinput", {}).get("workerid", "ensam"))
    _start_django()


def pytest_unconfigure(config):
    """Stop what pytest_configure started; also after Ctrl-C."""
    stack = config.stash.get(SERVERS, None)
    if stack is not None:
        del config.stash[SERVERS]
        stack.close()


def _start_django():
    """
    Read the settings now, when the environment says which database is ours.

    The variable is taken away again: with it, pytest-django would read the settings of the next
    worker before that worker had its own database.
    """
    import django  # noqa: PLC0415 - not before the environment says which database
    from django.conf import settings  # noqa: PLC0415

    if settings.configured:
        raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: the tests choose their settings.")
    os.environ["DJANGO_SETTINGS_MODULE"] = "gvr.settings"
    django.setup()
    del os.environ["DJANGO_SETTINGS_MODULE"]


def _has_django_plugin(config):
    return config.pluginmanager.hasplugin("django")


def _only_pure(config):
    """Return whether only tests without a database were asked for."""
    paths = [
        (config.invocation_params.dir / arg.split("::")[0]).resolve()
        for arg in (
            config.args if not hasattr(config, "workerinput") else config.option.file_or_dir
        )
    ]
    return bool(paths) and all(any(p.is_relative_to(pure) for pure in PURE) for p in paths)


def _start_servers():
    """Return what must be closed at the end; leave the addresses in the environment."""
    with contextlib.ExitStack() as stack:
        hem = stack.enter_context(throw_away())
        try:
            servrar = stack.enter_context(
                open_servers(hem, env=os.environ, settings=postgres.THROW_AWAY)
            )
        except UnableToStart as fel:
            raise pytest.UsageError(str(fel)) from None
        if servrar.agare == servrar.app:
            raise pytest.UsageError(
                "The tests need two roles: give DATABASE_OWNER_URL (gvr_agare, createdb, member "
                "of gvr_app) beside DATABASE_URL (gvr_app)."
            )
        mall = f"gvr_mall_{os.getpid()}"
        (hem / "static").mkdir()
        miljo = {
            "STATIC_ROOT": str(hem / "static"),
            "SECRET_KEY": "bara-i-testerna-" + "x" * 40,
            "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
            "HTTPS": "nej",
            **servrar.env(),
            KEY_SERVER: servrar.agare,
            KEY_MALL: mall,
        }
        for namn, varde in miljo.items():
            stack.callback(_restore, namn, os.environ.get(namn))
            os.environ[namn] = varde
        _create_database(mall, "template0")
        stack.callback(_drop_database, mall)
        _migrate(mall)
        return stack.pop_all()


def _restore(namn, varde):
    if varde is None:
        os.environ.pop(namn, None)
    else:
        os.environ[namn] = varde


def _migrate(mall):
    agare = _with_database(os.environ[KEY_SERVER], mall)
    ut = subprocess.run(
        [sys.executable, ROOT / "manage.py", "migrate", "--verbosity=0", "--skip-checks"],
        env={**os.environ, "DATABASE_URL": agare},
        capture_output=True,
        text=True,
        check=False,
    )
    if ut.returncode != 0:
        raise pytest.UsageError(f"manage.py migrate failed:\n{ut.stdout}{ut.stderr}")


def _point_at_own_database(arbetare):
    """Give this worker its own database name and its own broker space."""
    namn = f"{os.environ[KEY_MALL]}_{arbetare}"
    os.environ["DATABASE_URL"] = _with_database(os.environ["DATABASE_URL"], namn)
    os.environ["DATABASE_OWNER_URL"] = _with_database(os.environ[KEY_SERVER], namn)
    nummer = int(arbetare.removeprefix("gw")) + 1 if arbetare.startswith("gw") else 0
    os.environ["REDIS_URL"] = _with_number(os.environ["REDIS_URL"], nummer)


def _with_database(url, namn):
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(namn)}"))


def _with_number(url, nummer):
    """Return the broker's address with another of its 16 databases."""
    delar = urlsplit(url)
    if delar.scheme.endswith("socket"):  # urlunsplit would drop the empty host's two slashes
        return f"{delar.scheme}://{delar.path}?virtual_host={nummer % 16}"
    return urlunsplit(delar._replace(path=f"/{nummer % 16}"))


def _create_database(namn, mall):
    with psycopg.connect(os.environ[KEY_SERVER], autocommit=True) as anslutning:
        anslutning.execute(f'create database "{namn}" template "{mall}"')


def _drop_database(namn):
    with psycopg.connect(os.environ[KEY_SERVER], autocommit=True) as anslutning:
        anslutning.execute(f'drop database if exists "{namn}" with (force)')


# The network ------------------------------------------------------------------------------------


def _close_the_network():
    """Let sockets reach this machine only; a test that asks further fails where it asks."""
    connect, lookup = socket.socket.connect, socket.getaddrinfo

    def refuse_far(host):
        if isinstance(host, bytes):
            host = host.decode()
        if host in ("localhost", "", None):
            return
        with contextlib.suppress(ValueError):
            if ipaddress.ip_address(host).is_loopback:
                return
        raise RuntimeError(f"A test tried to reach {host}; only this machine is open to tests.")

    def local_connect(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            refuse_far(address[0])
        return connect(self, address)

    def local_lookup(host, *args, **kwargs):
        refuse_far(host)
        return lookup(host, *args, **kwargs)

    socket.socket.connect = local_connect
    socket.getaddrinfo = local_lookup


# Order ---------------------------------------------------------------------------------------


def pytest_runtest_setup(item):
    """Refuse, before anything is set up, what would make a test slow or untrue."""
    if not _wants_database(item):
        return
    if any(item.path.is_relative_to(pure) for pure in PURE):
        pytest.fail("Tests here decide without a database; put this one in tests/apps.")
    marke = item.get_closest_marker("django_db")
    if "transactional_db" in item.fixturenames or (marke and marke.kwargs.get("transaction")):
        pytest.fail("Use the fixture egen_databas: append-only tables refuse to be emptied.")


def _wants_database(item):
    return bool(item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(item.fixturenames))


# Databases --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """Copy the template for this worker, in the place of pytest-django's own creation."""
    if KEY_MALL not in os.environ:
        pytest.fail("This run has no database: only tests/unit or tests/cases were asked for.")
    from django.db import connection, connections  # noqa: PLC0415 - needs Django

    namn = connection.settings_dict["NAME"]
    _create_database(namn, os.environ[KEY_MALL])
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    _drop_database(namn)


@pytest.fixture(autouse=True)
def _ordning(request):
    """Let tests with a database see every provider's rows unless they choose otherwise."""
    if not _wants_database(request.node) or "egen_databas" in request.fixturenames:
        yield  # egen_databas does the same on its own connection
        return
    request.getfixturevalue("db")
    with _region_between_requests():
        yield


@contextlib.contextmanager
def _region_between_requests():
    """
    Let the test see every provider's rows, but a request through the test client nothing.

    A view that forgets to name its user's reach must fail here as it would in service.
    """
    from django.core.signals import request_finished, request_started  # noqa: PLC0415 - needs Django

    def nothing(**_kwargs):
        _set_reach("nej")

    def everything(**_kwargs):
        _set_reach("ja")

    _set_reach("ja")
    request_started.connect(nothing)
    request_finished.connect(everything)
    try:
        yield
    finally:
        request_started.disconnect(nothing)
        request_finished.disconnect(everything)


def _set_reach(alla):
    from django.db import connection  # noqa: PLC0415 - needs Django

    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('app.alla', %s, false), set_config('app.vardgivare', '', false),"
            " set_config('app.enhet', '', false)",
            [alla],
        )


@contextlib.contextmanager
def own_database(blocker):
    """Point this process at a fresh copy of the template for the block. Yields its name."""
    from django.db import connection, connections  # noqa: PLC0415 - needs Django

    vanlig = connection.settings_dict["NAME"]
    namn = f"{vanlig}_{next(_numbers)}"
    _create_database(namn, os.environ[KEY_MALL])
    try:
        with pytest.MonkeyPatch.context() as patch, blocker.unblock():
            patch.setenv("DATABASE_URL", _with_database(os.environ["DATABASE_URL"], namn))
            patch.setenv("DATABASE_OWNER_URL", _with_database(os.environ[KEY_SERVER], namn))
            connections.close_all()
            connection.settings_dict["NAME"] = namn
            with _region_between_requests():
                yield namn
    finally:
        with blocker.unblock():
            connections.close_all()
        connection.settings_dict["NAME"] = vanlig
        _drop_database(namn)


@pytest.fixture
def egen_databas(django_db_setup, django_db_blocker):
    """A fresh copy of the template for this test alone: commits are real. Yields its name."""
    with own_database(django_db_blocker) as namn:
        yield namn


@pytest.fixture(scope="module")
def egen_databas_modul(django_db_setup, django_db_blocker):
    """The same for all tests of a module, for a world that is dear to build; undo what you do."""
    with own_database(django_db_blocker) as namn:
        yield namn


@pytest.fixture
def agare(_ordning):
    """A connection as the owning role to the database of this test; it commits by itself."""
    from django.db import connection  # noqa: PLC0415 - needs Django

    adress = _with_database(os.environ[KEY_SERVER], connection.settings_dict["NAME"])
    with psycopg.connect(adress, autocommit=True) as anslutning:
        yield anslutning


# Things around ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def redis_url():
    """The broker's address (REDIS_URL), this worker's own database in it."""
    return os.environ["REDIS_URL"]


@pytest.fixture(scope="session")
def korpus():
    """The folder with real schemas, samples and expected results, where there is one."""
    mapp = Path(os.environ.get("KORPUS") or ROOT.parent / "shared" / "corpus")
    if not mapp.is_dir():
        pytest.skip(f"no corpus: {mapp} is absent; name another folder in KORPUS")
    return mapp


@pytest.fixture(scope="session")
def chromium():
    """The path of a Chromium to drive."""
    namn = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    funnen = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, namn)), None)
    if funnen is None:
        pytest.skip("no Chromium on this machine; install one or name it in CHROMIUM")
    return funnen
