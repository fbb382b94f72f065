"""Row level security: what the database shows when nobody above it has asked the right question.

Two providers have rows in every protected table. The tests are plain connections without Django,
so nothing but the policies stands between them and the rows.
"""

import os
from contextlib import suppress
from datetime import date, timedelta

import psycopg
import pytest
import uuid_utils.compat as uuid
from psycopg import errors, sql
from psycopg.rows import namedtuple_row

from ersattning import kedja
from ersattning.hej.models import Avgorande
from ersattning.vardfaktura.actions import fakturor, stangningar
from gvr.actions import behorigheter, delarenden
from gvr.models import (
    Aktivitet,
    Avtal,
    Avvisning,
    Deltagande,
    Enhet,
    Ersattningshandelse,
    Leverans,
    Loggpost,
    Nekatanrop,
    Periodrapport,
    Reservnummer,
    Reservnummerkoppling,
    Samverkanstillfalle,
    Vantetid,
    Vardkontaktversion,
    Vardtillfallesdel,
    Webhook,
    Webhooklage,
    Webhookmeddelande,
)
from gvr.queries.behorighet import as_region, databaskontext
from tests.factories import kontakter, pengar, publicerat
from tests.factories.kontakter import NU, PATIENT
from tests.factories.pengar import OKTOBER

DAG = date(2026, 10, 6)
FOR_REGIONEN = {
    "gvr_andring": "the history of every edited row, whoever it is about",
    "gvr_deltagandearende": "work that waits, named by nothing but an id",
    "gvr_leverans": "whole messages, which may be about several providers",
    "gvr_nekatanrop": "requests refused at the door, before anybody's reach is known",
    "gvr_webhook": "an account's receivers, which may be told about several providers",
    "gvr_webhooklage": "how those stand, with their secrets sealed",
    "gvr_webhookmeddelande": "what was sent to those",
    "hej_avgorande": "what a person of the region settled; the decision shows it to the provider",
}
"""Protected tables whose rows only the region and the engine see, each with its reason."""

NOBODY, EVERYBODY = {}, {"app.alla": "ja"}


# A world with two providers ---------------------------------------------------------------------


class Varld:
    """Providers A and B: for each a paid visit, an invoice and one row in each other table."""

    def __init__(self):
        with databaskontext(alla=True):
            self.vardgivare = pengar.region(momskompensation=True)
            publicerat.publish_pack(
                {**pengar.PAKET, "modell": "gyn", "avtalsomrade": "specialiserad-gynekologi"}
            )
            publicerat.publish_prices("gyn", "specialiserad-gynekologi", {"LAK": 900, "AVG": 275})
            self.enheter = {
                "A": Enhet.objects.get(kombika="90001311001"),
                "B": Enhet.objects.get(kombika="90002312001"),
            }
            kontakter.register("okand", kontakter.innehall(enhet="90009399001", dag=DAG))
            for nyckel in "AB":
                self._fill(nyckel)
        stangningar.close(OKTOBER, pengar.at(OKTOBER))
        with databaskontext(alla=True):
            for nyckel in "AB":
                self._approve(nyckel)

    def _fill(self, nyckel):
        vardgivare, enhet = self.vardgivare[nyckel], self.enheter[nyckel]
        plats = {"vardgivare": vardgivare, "enhet": enhet}
        besok = kontakter.innehall(enhet=enhet.kombika, dag=DAG)
        kontakt = kontakter.register(f"v-{nyckel}", besok, kallsystem=f"JOURNAL-{nyckel}")
        pengar.decide(kontakt, at=pengar.noon(DAG + timedelta(days=1)))
        Vardkontaktversion.objects.create(
            vardkontakt_id=kontakt,
            version=2,
            enhet_ref=enhet.kombika,
            patient_id=PATIENT,
            dag=DAG,
            form="OPPENVARD",
            innehall_sha256=b"2",
            registrerad=NU,
            **plats,
        )
        leverans = Leverans.objects.create(
            uuid=uuid.uuid7(), metod="POST", resurs="/", kropp=b"", sha256=b"", mottagen=NU,
            status=200, svar=b"",
        )  # fmt: skip
        Avvisning.objects.create(leverans=leverans, plats=0, avvikelser=[], tid=NU, **plats)
        Ersattningshandelse.objects.create(
            handelse_id="h", kallsystem="s", klass="Vårdansvar", leverans=leverans,
            enhet_ref=enhet.kombika, patient_id=PATIENT, dag=DAG, innehall={},
            innehall_sha256=b"", registrerad=NU, **plats,
        )  # fmt: skip
        rapport = {
            **plats, "uuid": uuid.uuid7(), "kallsystem": f"JOURNAL-{nyckel}", "extern_id": "1",
            "version": 1, "dag": DAG, "innehall_sha256": b"",
            "registrerad": NU,
        }  # fmt: skip
        Aktivitet.objects.create(yrkeskategori="70", **rapport)
        del_ = Deltagande.objects.create(
            tillfalle=Samverkanstillfalle.objects.create(
                huvud_kallsystem=f"JOURNAL-{nyckel}", huvud_vardhandelse_id="v"
            ),
            avtal=Avtal.objects.filter(vardgivare=vardgivare).first(),
            yrkeskategorier=["70"],
            **rapport,
        )
        kedja.delkedja.decide([del_.uuid], see=kedja.parts_basis, at=NU, manad=OKTOBER)
        delarenden.enqueue([del_.uuid], at=NU)
        Loggpost.objects.create(tid=NU, anvandare="x", handelse="LAS", vardgivare_id=vardgivare.pk)
        handelse = {
            **plats, "uuid": uuid.uuid7(), "kallsystem": f"JOURNAL-{nyckel}", "extern_id": "1",
            "version": 1, "enhet_ref": enhet.kombika, "patient_id": PATIENT, "dag": DAG,
            "innehall": {}, "innehall_sha256": b"", "registrerad": NU,
        }  # fmt: skip
        Vardtillfallesdel.objects.create(
            vardtillfalle_id="1", slag="INSKRIVNING", **{**handelse, "uuid": uuid.uuid7()}
        )
        Periodrapport.objects.create(slag="VARDPERIOD", moment="START", **handelse)
        Vantetid.objects.create(**handelse)
        Nekatanrop.objects.create(
            uuid=uuid.uuid7(), tid=NU, metod="GET", resurs="/", status=401, kod="EJ_INLOGGAD"
        )
        konto = behorigheter.create_machine_account(
            namn=nyckel, kallsystem=f"WEBHOOK-{nyckel}", hsa_id="", token=nyckel, vardgivare=[]
        )
        webhook = Webhook.objects.create(
            uuid=uuid.uuid7(), maskinkonto=konto, adress="https://x.example/",
            nivaer=["K4"], skapad=NU, skapad_av="x",
        )  # fmt: skip
        Webhooklage.objects.create(webhook=webhook, hemlighet=b"", sekvens=0, nasta=NU)
        Webhookmeddelande.objects.create(
            uuid=uuid.uuid7(), webhook=webhook, typ="kvittenser", skapad=NU
        )
        av = publicerat.person()
        Reservnummer.objects.create(
            uuid=uuid.uuid7(), nummer=f"99198{nyckel}", ar=1980, lopnummer=ord(nyckel),
            skal="OKAND", vardgivare=vardgivare, utfardat=NU, utfardat_av=av,
        )  # fmt: skip
        Reservnummerkoppling.objects.create(
            nummer=f"99198{nyckel}", personnummer=PATIENT, tid=NU, av=av, vardgivare=vardgivare
        )
        Avgorande.objects.create(
            vardkontakt_id=kontakt, version=2, vantade_pa="", skal="x", avgjort_av="x", tid=NU
        )

    def _approve(self, nyckel):
        from ersattning.vardfaktura.models import Faktura  # noqa: PLC0415 - tests may look

        vardgivare = self.vardgivare[nyckel]
        fakturor.approve(
            faktura_id=Faktura.objects.get(vardgivare=vardgivare).pk,
            by=pengar.attestant(vardgivare, f"attestant-{nyckel}"),
            at=pengar.at(OKTOBER, 6),
        )

    def provider(self, nyckel):
        """Return the settings of a user who may see one provider."""
        return {"app.vardgivare": str(self.vardgivare[nyckel].pk)}

    def unit(self, nyckel):
        """Return the settings of a user who may see one unit."""
        return {"app.enhet": str(self.enheter[nyckel].pk)}


@pytest.fixture(scope="module")
def varld(egen_databas_modul):
    return Varld()


@pytest.fixture
def app(varld):
    """A connection as the role that everything runs as."""
    with psycopg.connect(os.environ["DATABASE_URL"], row_factory=namedtuple_row) as anslutning:
        yield anslutning


@pytest.fixture
def owner(varld):
    """A connection as the role that owns the tables."""
    with psycopg.connect(
        os.environ["DATABASE_OWNER_URL"], row_factory=namedtuple_row
    ) as anslutning:
        yield anslutning


def set_local(anslutning, settings):
    for namn, varde in settings.items():
        anslutning.execute("select set_config(%s, %s, true)", [namn, varde])


def protected(anslutning):
    """Return every table with row level security."""
    rader = anslutning.execute(
        "select relname from pg_class where relkind = 'r' and relrowsecurity"
        " and relnamespace = 'public'::regnamespace order by relname"
    )
    return [rad.relname for rad in rader]


def seen(anslutning, settings):
    """Return the rows of every protected table in a transaction with these settings."""
    with anslutning.transaction(force_rollback=True):
        set_local(anslutning, settings)
        return {
            tabell: anslutning.execute(
                sql.SQL("select * from {}").format(sql.Identifier(tabell))
            ).fetchall()
            for tabell in protected(anslutning)
        }


def counts(anslutning, settings):
    return {tabell: len(rader) for tabell, rader in seen(anslutning, settings).items()}


def providers(rader):
    """Return whose rows these are."""
    return {rad.vardgivare_id for rad in rader}


# What is seen -----------------------------------------------------------------------------------


def test_the_region_sees_rows_of_both_providers_in_every_protected_table(app, varld):
    a, b = (varld.vardgivare[nyckel].pk for nyckel in "AB")
    alla = seen(app, EVERYBODY)

    assert FOR_REGIONEN.keys() < alla.keys()
    assert all(alla.values())
    for tabell in alla.keys() - FOR_REGIONEN.keys():
        assert {a, b} <= providers(alla[tabell]), tabell
    assert providers(alla["gvr_vardkontakt"]) == {a, b, None}


@pytest.mark.parametrize("roll", ["app", "owner"])
@pytest.mark.parametrize(
    "settings",
    [
        NOBODY,
        {"app.alla": "", "app.vardgivare": "", "app.enhet": ""},
        {"app.alla": "nej"},
        {"app.alla": "JA"},
        {"app.alla": "true"},
        {"app.vardgivare": "0", "app.enhet": "0"},
    ],
    ids=str,
)
def test_who_has_not_said_what_to_see_sees_nothing(request, roll, settings):
    sedda = counts(request.getfixturevalue(roll), settings)

    assert len(sedda) > 15
    assert {tabell: antal for tabell, antal in sedda.items() if antal} == {}


@pytest.mark.parametrize("nyckel", ["A", "B"])
@pytest.mark.parametrize("roll", ["app", "owner"])
def test_a_provider_sees_its_own_rows_all_of_them_and_no_others(request, varld, roll, nyckel):
    pk = varld.vardgivare[nyckel].pk
    anslutning = request.getfixturevalue(roll)
    alla, egna = seen(anslutning, EVERYBODY), seen(anslutning, varld.provider(nyckel))
    kontakter_ = {rad.id for rad in alla["gvr_vardkontakt"] if rad.vardgivare_id == pk}

    for tabell in FOR_REGIONEN:
        assert egna.pop(tabell) == []
    for tabell, rader in egna.items():
        ratt = [
            rad
            for rad in alla[tabell]
            if rad.vardgivare_id == pk
            or (rad.vardgivare_id is None and getattr(rad, "vardkontakt_id", None) in kontakter_)
        ]
        assert sorted(rader) == sorted(ratt), tabell
        assert rader, tabell


def test_a_version_without_a_provider_follows_its_contact(app, varld):
    forsta = [
        rad.vardgivare_id
        for rad in seen(app, varld.provider("A"))["gvr_vardkontaktversion"]
        if rad.version == 1
    ]

    assert forsta == [None]


def test_a_contact_whose_unit_nobody_knows_is_seen_by_the_region_alone(app, varld):
    for settings in (varld.provider("A"), varld.provider("B"), varld.unit("A")):
        sedda = seen(app, settings)
        assert "okand" not in {rad.vardhandelse_id for rad in sedda["gvr_vardkontakt"]}
        assert "90009399001" not in {rad.enhet_ref for rad in sedda["gvr_vardkontaktversion"]}


@pytest.mark.parametrize("nyckel", ["A", "B"])
def test_a_unit_is_seen_alone_and_shows_no_money_of_the_whole_provider(app, varld, nyckel):
    pk = varld.enheter[nyckel].pk
    sedda = seen(app, varld.unit(nyckel))
    med_enhet = {
        tabell for tabell, rader in seen(app, EVERYBODY).items() if hasattr(rader[0], "enhet_id")
    } - FOR_REGIONEN.keys()

    assert len(med_enhet) > 8
    for tabell in med_enhet:
        foljer_kontakten = {None} if tabell == "gvr_vardkontaktversion" else set()
        assert {rad.enhet_id for rad in sedda[tabell]} == {pk} | foljer_kontakten, tabell
    assert None in {rad.enhet_id for rad in seen(app, varld.provider(nyckel))["hej_post"]}
    assert {tabell for tabell, rader in sedda.items() if rader} == med_enhet


def test_two_providers_are_seen_together_when_both_are_named(app, varld):
    a, b = (varld.vardgivare[nyckel].pk for nyckel in "AB")

    sedda = seen(app, {"app.vardgivare": f"{a},{b}"})

    assert providers(sedda["hej_post"]) == {a, b}
    assert providers(sedda["vardfaktura_faktura"]) == {a, b}


# What is written --------------------------------------------------------------------------------


def test_a_row_of_another_provider_cannot_be_added(app, varld):
    sats = "insert into gvr_loggpost (tid, anvandare, handelse, objekt, enhet, patienter, skal,"
    sats += " vardgivare_id) values (now(), 'x', 'LAS', '', '', '{}', '', %s)"
    with app.transaction(force_rollback=True):
        set_local(app, varld.provider("A"))
        app.execute(sats, [varld.vardgivare["A"].pk])
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            app.execute(sats, [varld.vardgivare["B"].pk])


def test_a_row_cannot_be_given_away_and_anothers_cannot_be_touched(app, varld):
    b = varld.vardgivare["B"].pk
    with app.transaction(force_rollback=True):
        set_local(app, varld.provider("A"))
        egna = app.execute("update gvr_vardkontakt set senaste_version = senaste_version")
        assert egna.rowcount == 1
        anvandas = app.execute(
            "update gvr_vardkontakt set senaste_version = 9 where vardgivare_id = %s", [b]
        )
        assert anvandas.rowcount == 0
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            app.execute("update gvr_vardkontakt set vardgivare_id = %s where true", [b])


# How long it lasts ------------------------------------------------------------------------------


@pytest.mark.parametrize("slut", ["commit", "rollback"])
def test_what_may_be_seen_ends_with_the_transaction(app, varld, slut):
    set_local(app, {"app.alla": "ja"} | varld.provider("A") | varld.unit("A"))
    under = app.execute("select count(*) from gvr_vardkontakt").fetchone().count

    getattr(app, slut)()

    after = app.execute(
        "select current_setting('app.alla', true) as alla,"
        " current_setting('app.vardgivare', true) as vardgivare,"
        " current_setting('app.enhet', true) as enhet,"
        " (select count(*) from gvr_vardkontakt) as antal"
    ).fetchone()
    assert under == 3
    assert after == ("", "", "", 0)


def test_the_context_of_django_ends_with_its_block_also_after_an_error(varld):
    from django.db import connection  # noqa: PLC0415 - Django is ready only now

    def visible():
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from gvr_vardkontakt")
            return cursor.fetchone()[0]

    with connection.cursor() as cursor:  # as in service, where nothing is set between requests
        cursor.execute("select set_config('app.alla', '', false)")
    try:
        with databaskontext(vardgivare=[varld.vardgivare["A"].pk]):
            under = visible()
        with pytest.raises(ZeroDivisionError), databaskontext(alla=True):
            raise ZeroDivisionError
        after = visible()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select set_config('app.alla', 'ja', false)")

    assert (under, after) == (1, 0)


@pytest.mark.parametrize("sedan", [databaskontext, lambda **_: as_region()])
@pytest.mark.parametrize("fel", [None, ZeroDivisionError])
def test_a_wider_look_within_a_reach_gives_that_reach_back(varld, sedan, fel):
    from django.db import connection  # noqa: PLC0415 - Django is ready only now

    def visible():
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from gvr_vardkontakt")
            return cursor.fetchone()[0]

    with databaskontext(vardgivare=[varld.vardgivare["A"].pk]):
        with suppress(ZeroDivisionError), sedan(alla=True):
            wide = visible()
            if fel:
                raise fel
        after = visible()

    assert wide > 1
    assert after == 1


# Who stands above it ----------------------------------------------------------------------------


def test_no_role_of_the_project_is_above_the_policies_but_one_that_cannot_read(owner):
    roller = owner.execute(
        "select rolname, rolsuper, rolbypassrls, rolcanlogin from pg_roles where rolname ~ '^gvr_'"
    ).fetchall()

    assert {rad.rolname for rad in roller} >= {"gvr_agare", "gvr_app", "gvr_skriv"}
    assert [rad.rolname for rad in roller if rad.rolsuper] == []
    assert [rad.rolname for rad in roller if rad.rolbypassrls] == ["gvr_skriv"]
    assert {rad.rolname for rad in roller if rad.rolcanlogin} == {"gvr_agare", "gvr_app"}


def test_the_writing_role_can_read_nothing_at_all(owner):
    lasbart = owner.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind in ('r', 'p', 'v', 'm')"
        " and has_any_column_privilege('gvr_skriv', oid, 'SELECT')"
    ).fetchall()

    assert lasbart == []


@pytest.mark.parametrize(
    "sats",
    [
        "select count(*) from gvr_vardkontakt",
        "select 1 from hej_post limit 1",
        "update gvr_vardkontakt set senaste_version = 9",
        "delete from gvr_arende",
        "insert into gvr_samverkanstillfalle (huvud_kallsystem, huvud_vardhandelse_id)"
        " values ('s', 'v') returning id",
    ],
)
def test_whoever_becomes_the_writing_role_is_refused(app, sats):
    with app.transaction(force_rollback=True):
        set_local(app, EVERYBODY)
        app.execute("set local role gvr_skriv")
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(sats)


def test_every_view_asks_as_the_one_who_reads_it(owner):
    def others():
        rader = owner.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace"
            " and relkind in ('v', 'm')"
            " and not coalesce('security_invoker=true' = any(reloptions), false)"
        )
        return [rad.relname for rad in rader]

    assert others() == []
    with owner.transaction(force_rollback=True):
        owner.execute("create view som_agaren as select * from hej_post")
        assert others() == ["som_agaren"]
