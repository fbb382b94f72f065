"""The independent recomputation: the whole demo region again, from messages and published lists.

tests/granskare shares no code with the system. Here the system lives through three months of the
fictional region, with faults, corrections, cancellations, late reports under both national
ceilings, a file, and a price that is changed afterwards; then every amount is computed again.
"""

import ast
import os
import random
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from avstamning.actions import demo
from ersattning import kedja
from ersattning.hej.actions import prislistor
from ersattning.hej.models import Prislista
from ersattning.vardfaktura.actions import fakturor, stangningar
from ersattning.vardfaktura.models import Faktura
from gvr.actions import behorigheter, publicering
from gvr.core import demokontakter
from gvr.core.demonycklar import derive
from gvr.models import Vardgivare
from gvr.queries import demo as demodata
from tests.factories import pengar
from tests.factories.pengar import NOVEMBER, OKTOBER

ROOT = Path(__file__).resolve().parents[2]
SECRET = "granskningens egen hemlighet"
SEED = 20261123


class Sandare:
    """A journal system of the demo, over the API."""

    def __init__(self, nyckel):
        token = derive(SECRET, nyckel, 40)
        self.klient = Client(headers={"Authorization": f"Bearer {token}"})
        self.nr = 0

    def call(self, metod, vag, kropp=b"", mediatyp="application/json"):
        self.nr += 1
        svar = self.klient.generic(
            metod,
            f"/api/v1/{vag}",
            kropp,
            content_type=mediatyp,
            headers={"Idempotency-Key": f"{vag}-{self.nr}"} if metod == "POST" else {},
        )
        assert svar.status_code < 300, svar.content
        return msgspec.json.decode(svar.content)

    def batch(self, kontakter):
        rader = [demokontakter.as_json(k.vardhandelse_id, k.innehall) for k in kontakter]
        return self.call("POST", "vardkontakter/batch", msgspec.json.encode(rader))

    def lines(self, kontakter):
        rader = [demokontakter.as_json(k.vardhandelse_id, k.innehall) for k in kontakter]
        kropp = b"\n".join(map(msgspec.json.encode, rader))
        return self.call("POST", "vardkontakter/batch", kropp, "application/x-ndjson")

    def put(self, planerad, **andrat):
        innehall = msgspec.structs.replace(planerad.innehall, **andrat)
        dokument = demokontakter.as_json(planerad.vardhandelse_id, innehall)
        self.call("PUT", f"vardkontakter/{planerad.vardhandelse_id}", msgspec.json.encode(dokument))


FIL = """<?xml version="1.0" encoding="ISO-8859-1"?>
<ERSMOIndata Källa="GVR" ID="1">
{handelser}
</ERSMOIndata>"""
HANDELSE = """
<Ersättningshändelse ID="{id}" Makulerad="{makulerad}" Startdatum="2026-10-20"
    Slutdatum="2026-10-20" Startverksamhet="90001311001">
  <Patient ID="{patient}" Lkf="018001" Födelsedatum="1980-05-05" Kön="K"/>
  <Händelseklass>
    <Vårdkontakt Händelseform="Öppenvårdskontakt" Händelsetyp="013" Typ="1" Avgiftsklass="006"
        Patientavgift="01" Akut="N">
      <Yrkeskategorier>
        <Yrkeskategori Klass="001" Kod="70" OrdnNr="2"/>
        <Yrkeskategori Klass="001" Kod="{yrke}" OrdnNr="1"/>
      </Yrkeskategorier>
      <Diagnoser>
        <Diagnos Klass="008" Kod="I109" OrdnNr="1"/>
        <Diagnos Klass="020" Kod="A01AB13" OrdnNr="2"/>
      </Diagnoser>
    </Vårdkontakt>
  </Händelseklass>
</Ersättningshändelse>"""


def file_of(patient, *handelser):
    """Return an ERSMOIndata file with these events: (id, cancelled, first yrkeskategori)."""
    return FIL.format(
        handelser="".join(
            HANDELSE.format(id=id_, makulerad=makulerad, yrke=yrke, patient=patient)
            for id_, makulerad, yrke in handelser
        )
    ).encode("iso-8859-1")


def work(day):
    while kedja.decide_next(at=pengar.noon(day)):
        pass


def approve(manad):
    """Close a month and let everyone who has an attestant approve, oldest first."""
    stangningar.close(manad, pengar.at(manad))
    for faktura in Faktura.objects.filter(status="FORSLAG").order_by("manad", "id"):
        attestant = {"A": "britta", "B": "cecilia"}.get(vardgivare_key(faktura))
        if attestant is not None:
            user = get_user_model().objects.get(username=attestant)
            fakturor.approve(faktura_id=faktura.pk, by=user, at=pengar.at(manad, dag=7))


def vardgivare_key(faktura):
    orgnr = Vardgivare.objects.get(pk=faktura.vardgivare_id).orgnr
    return next(v["nyckel"] for v in demodata.world()["vardgivare"] if v["orgnr"] == orgnr)


def change_prices(kod, at, produktkod=None, **falt):
    """Publish a new version of a list with other amounts: of one product, or of all."""
    skriver, godkanner = behorigheter.people("anna", "astrid")
    dokument = prislistor.export(Prislista.objects.filter(kod=kod).latest("version"))
    traffar = [r for r in dokument["priser"] if produktkod in (None, r["produktkod"])]
    assert traffar
    for rad in traffar:
        rad.update({namn: kr for namn, kr in falt.items() if rad.get(namn) is not None})
    inlamnat = prislistor.submit(
        prislistor.create_draft(dokument, by=skriver, at=at), by=skriver, at=at
    )
    godkant = publicering.approve(
        inlamnat, by=godkanner, at=at, innehall_hash=inlamnat.innehall_hash
    )
    publicering.publish(godkant, by=skriver, at=at)


def live(*, antal=260):
    """Live through October and November in the demo region."""
    demo.build(secret=SECRET, at=pengar.noon(date(2026, 1, 2)))
    # Ceilings so low that a few visits pass both.
    change_prices("LOF", pengar.noon(date(2026, 1, 3)), tak1="3000", tak2="5000")
    sandare = {"JOURNAL-A": Sandare("sysA"), "JOURNAL-B": Sandare("sysB")}
    patienter = demodata.test_patients()
    slump = random.Random(SEED)
    planerade = list(
        demokontakter.generate(
            seed=SEED,
            antal=antal,
            fr_o_m=date(2026, 10, 1),
            t_o_m=date(2026, 10, 30),
            patienter=patienter,
        )
    )
    felaktiga = [demokontakter.faulty(slump, rad) for rad in slump.sample(planerade, 8)]
    byten = {rad.vardhandelse_id: rad for rad in felaktiga}
    planerade = [byten.get(rad.vardhandelse_id, rad) for rad in planerade]
    for namn, system in sandare.items():
        egna = [rad for rad in planerade if rad.kallsystem == namn]
        system.batch(egna[::2])
        system.lines(egna[1::2])
    sandare["JOURNAL-A"].call(
        "POST",
        "leveranser/ersmoindata",
        file_of(patienter[0], ("fil-1", "false", "70"), ("fil-2", "false", "01")),
        "application/xml",
    )
    sandare["JOURNAL-B"].batch(
        demokontakter.generate_late(seed=SEED, antal=40, patienter=patienter)
    )
    work(date(2026, 10, 30))
    approve(OKTOBER)

    ratta = [rad for rad in planerade if rad.vardhandelse_id not in byten]
    for rad in slump.sample(ratta, 12):
        sandare[rad.kallsystem].put(rad, diagnoser=("J069",), yrkeskategorier=("70",))
    for rad in slump.sample(ratta, 5):
        sandare[rad.kallsystem].call("DELETE", f"vardkontakter/{rad.vardhandelse_id}")
    sandare["JOURNAL-A"].call(
        "POST",
        "leveranser/ersmoindata",
        file_of(patienter[0], ("fil-1", "true", "70"), ("fil-2", "false", "70")),
        "application/xml",
    )
    work(date(2026, 11, 9))
    change_prices("ULP", pengar.noon(date(2026, 11, 10)), "2UL01", belopp="2111,50")
    kedja.reprice(
        date(2026, 10, 1), date(2026, 11, 1), at=pengar.noon(date(2026, 11, 11)), dry_run=False
    )
    approve(NOVEMBER)


def recompute(*, expected):
    """Run the recomputation as its own process; return what it said."""
    ut = subprocess.run(
        [sys.executable, "-m", "tests.granskare.omrakning", os.environ["DATABASE_URL"]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ut.returncode == expected, ut.stdout[-4000:] + ut.stderr[-4000:]
    return ut.stdout


def test_every_krona_of_the_demo_region_can_be_computed_again(egen_databas, agare):
    live()

    svar = recompute(expected=0)

    antal = dict(reversed(rad.split(maxsplit=1)) for rad in svar.splitlines()[:-1])
    assert svar.endswith("\n0 skillnader\n")
    assert int(antal["som ger ersättning"]) > 200
    assert int(antal["som väntar"]) > 0
    assert int(antal["fakturor"]) >= 5
    assert {rad.typ for rad in Faktura.objects.all()} == {"380", "381"}
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct r ->> 'not' from hej_beslut b, jsonb_array_elements(b.rader) r"
        )
        noter = {rad[0] for rad in cursor.fetchall()}
        cursor.execute("select count(*) from hej_beslut where orsak = 'TAK_NATT'")
        assert cursor.fetchone()[0] > 0
    assert {"TAK_REDUCERAT", "TAK_KAPAT"} <= noter

    # And it sees one öre, in each of the places where it could hide.
    agare.execute("set app.alla = 'ja'")
    for tabell, statement in SABOTAGE.items():
        agare.execute(f"alter table {tabell} disable trigger user")
        agare.execute(statement)
        sabotaged = recompute(expected=1)
        assert "SKILLNAD" in sabotaged, tabell
        agare.execute(statement.replace("+ 0.01", "- 0.01"))
        agare.execute(f"alter table {tabell} enable trigger user")
    recompute(expected=0)


SABOTAGE = {
    "hej_post": "update hej_post set belopp = belopp + 0.01 where id = 1",
    "hej_beslut": "update hej_beslut set summa = summa + 0.01 where id ="
    " (select max(id) from hej_beslut)",
    "vardfaktura_fakturarad": "update vardfaktura_fakturarad set belopp = belopp + 0.01"
    " where radnr = 1 and faktura_id = 1",
    "vardfaktura_bokforingsrad": "update vardfaktura_bokforingsrad set debet = debet + 0.01"
    " where id = (select min(id) from vardfaktura_bokforingsrad where debet > 0)",
}


def test_the_recomputation_shares_no_code_with_the_system():
    known = {*sys.stdlib_module_names, "psycopg", "tests.granskare"}
    for fil in (ROOT / "tests" / "granskare").glob("*.py"):
        for node in ast.walk(ast.parse(fil.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module]
            else:
                continue
            for name in names:
                assert any(name == k or name.startswith(f"{k}.") for k in known), (fil.name, name)


@pytest.mark.parametrize(
    ("fodd", "dag", "ar"),
    [
        (date(2008, 2, 29), date(2026, 2, 27), 17),
        (date(2008, 2, 29), date(2026, 2, 28), 18),
        (date(1980, 5, 5), date(2026, 5, 4), 45),
        (date(1980, 5, 5), date(2026, 5, 5), 46),
    ],
)
def test_the_recomputation_counts_years_as_the_law_does(fodd, dag, ar):
    from tests.granskare.regler import age  # noqa: PLC0415 - no part of the system

    assert age(fodd, dag) == ar
    assert Decimal(age(fodd, dag)) == ar
