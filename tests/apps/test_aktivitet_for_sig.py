"""An aktivitet stays where it is: no money, no follow-up and no message ever holds one."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from ersattning import kedja
from ersattning.vardfaktura.actions import fakturor, stangningar
from ersattning.vardfaktura.models import Faktura, Fakturahandling
from gvr.actions import behorigheter, ersmofiler, utleveranser
from gvr.core.ersmoindata_ut import FLEST_HANDELSER
from gvr.core.period import Manad
from gvr.models import Aktivitet
from gvr.queries.behorighet import REGIONSYSTEM
from tests.factories import publicerat
from tests.factories.sandare import EKBACKEN, Sandare, besok, noon, open_region, yesterday

ROOT = Path(__file__).resolve().parents[2]
PATIENT, ID = "198001312399", "AKTIVITET-1"
#: The aktivitet itself, the message it came in, and who has read or written about the patient.
FAR_HA_DEN = {"gvr_aktivitet", "gvr_leverans", "gvr_loggpost"}
#: Who may know of it in the code: its own modules, and the words for people. Nothing that decides,
#: prices, invoices or hands on.
FAR_NAMNA_DEN = {
    "avstamning/actions/insyn.py",
    "avstamning/core/",
    "avstamning/management/",
    "avstamning/portal/samverkan",
    "avstamning/queries/digitalformaga.py",
    "avstamning/queries/orsaker.py",
    "avstamning/queries/samverkan.py",
    "gvr/actions/samverkan",
    "gvr/admin/navigering.py",
    "gvr/admin/sajt.py",
    "gvr/admin/samverkan",
    "gvr/api/kontrakt.py",
    "gvr/api/samverkan.py",
    "gvr/api/schema.py",
    "gvr/api/svar.py",
    "gvr/core/aktivitet.py",
    "gvr/core/samverkan",
    "gvr/models/",
    "gvr/queries/digitalformaga.py",
    "gvr/queries/samverkan",
}
PAKET = {
    "modell": "test",
    "namn": "Test",
    "avtalsomrade": "huslakarverksamhet",
    "version": "1",
    "giltig": {"fr_o_m": date(2020, 1, 1)},
    "kallor": ["test"],
    "regler": [
        {
            "id": "ALLT",
            "titel": "Allt som är en vårdkontakt",
            "typ": "grund",
            "produktkod": "ALLT",
            "kalla": ["test"],
            "villkor": {"form": ["OPPENVARD"]},
        }
    ],
}


def insats(**falt):
    return {
        "id": ID,
        "enhet": {"kombika": EKBACKEN},
        "dag": str(yesterday()),
        "yrkeskategori": "74",
        "patientId": PATIENT,
        "diagnoser": ["F329"],
        "atgarder": ["GC001"],
        **falt,
    }


@pytest.fixture
def region(db):
    """A region where every visit is paid, with one visit and one aktivitet the same day."""
    region = open_region()
    publicerat.publish_pack(PAKET)
    publicerat.publish_prices("test", "huslakarverksamhet", {"ALLT": Decimal("100.00")})
    sys_a = Sandare("token-A")
    assert sys_a("POST", "vardkontakter", besok()).status_code == 201
    assert sys_a("POST", "aktiviteter", insats()).status_code == 201
    assert sys_a("PUT", "aktiviteter/" + ID, insats(minuter=30)).status_code == 200
    return region


def the_whole_chain(region):
    """Decide, close the month, approve; return every document that is made for others."""
    at = noon()
    while kedja.decide_next(at=at):
        pass
    stangningar.close(Manad.of(timezone.localdate()).next, at)
    britta = behorigheter.create_user(
        namn="Britta Björk",
        anvandarnamn="britta",
        losenord="aldrig-använt-i-testerna",
        region=False,
        grupper=(),
    )
    for ratt in (behorigheter.VIEW, behorigheter.APPROVE):
        behorigheter.grant(user=britta, permission=ratt, vardgivare=[region["A"]])
    faktura = Faktura.objects.get()
    fakturor.approve(faktura_id=faktura.pk, by=britta, at=at)
    handling = Fakturahandling.objects.get()
    return faktura.summa, bytes(handling.peppol) + bytes(handling.pdf)


def tables_that_hold(*texter):
    """Return every table of the database with a row that holds one of the texts."""
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public' order by 1")
        tabeller = [namn for (namn,) in cursor.fetchall()]
        hittade = set()
        for tabell in tabeller:
            monster = [f"%{text}%" for text in (*texter, *(t.encode().hex() for t in texter))]
            cursor.execute(
                f'select exists (select from "{tabell}" t where t::text like any(%s))', [monster]
            )
            if cursor.fetchone()[0]:
                hittade.add(tabell)
    return hittade


def test_no_table_but_its_own_ever_holds_an_activity(region):
    summa, handlingar = the_whole_chain(region)

    assert summa == Decimal("106.00")  # the visit alone, with its compensation for VAT
    assert tables_that_hold(PATIENT, ID) == FAR_HA_DEN
    assert ID.encode() not in handlingar
    assert PATIENT.encode() not in handlingar


def test_nothing_that_is_handed_on_holds_an_activity(region, tmp_path):
    konto = behorigheter.create_machine_account(
        namn="Uppföljningen", kallsystem="UPPFOLJNING", hsa_id="", token="token-R", vardgivare=[]
    )
    konto.anvandare.groups.add(Group.objects.get_or_create(name=REGIONSYSTEM)[0])
    nu = noon()

    filer = list(
        utleveranser.write_files(
            tmp_path,
            fran=nu.replace(year=2000),
            till=nu.replace(year=2100),
            schema=ersmofiler.schema(),
            by=konto.anvandare,
            at=nu,
            flest=FLEST_HANDELSER,
        )
    )
    lamnat = b"".join(fil.read_bytes() for fil in tmp_path.iterdir())
    svar = Sandare("token-R")(
        "GET",
        "vardhandelser?uppdateradFrom=2000-01-01T00:00:00Z&uppdateradTill=2100-01-01T00:00:00Z",
    )

    assert sum(fil.antal for fil in filer) == len(svar.json()["careEvent"]) == 1
    for text in (ID, PATIENT):
        assert text.encode() not in lamnat
        assert text.encode() not in svar.content
    assert Sandare("token-R")("GET", f"vardhandelser/{ID}").status_code == 404


def test_an_activity_cannot_be_charged_for(region):
    """No column of it is an amount or a fee, and no row of another table can point at one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select column_name from information_schema.columns where table_name ="
            " 'gvr_aktivitet' and (data_type in ('numeric', 'money', 'real', 'double precision')"
            " or column_name ~ 'avgift|belopp|taxa|pris|produkt|kassa')"
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "select conrelid::regclass::text from pg_constraint"
            " where contype = 'f' and confrelid = 'gvr_aktivitet'::regclass"
        )
        assert cursor.fetchall() == []
    svar = Sandare("token-A")("PUT", "aktiviteter/" + ID, insats(patientavgift="275,00"))
    assert svar.status_code == 400
    assert Aktivitet.objects.latest("pk").minuter == 30


def test_nothing_that_decides_pays_or_hands_on_knows_of_activities():
    namner = {
        str(fil.relative_to(ROOT))
        for app in ("gvr", "ersattning", "avstamning")
        for fil in (ROOT / app).rglob("*.py")
        if "migrations" not in fil.parts
        and any(ord_ in fil.read_text() for ord_ in ("Aktivitet", "gvr_aktivitet"))
    }

    assert namner  # the search finds something
    assert {fil for fil in namner if not fil.startswith(tuple(FAR_NAMNA_DEN))} == set()
