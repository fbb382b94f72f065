"""A hospital's day: two journal systems send, correct and cancel over a line that keeps breaking.

In the evening the register is what the systems' own books say, no version stands twice, and every
contact that was refused can be found with its reason, at the sender and in the register. The number
of contacts is DAGENS_KONTAKTER (10 000 for a whole day).
"""

import json
import os
import random
import re
from contextlib import ExitStack
from datetime import datetime, time, timedelta
from itertools import cycle
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
import pytest
from django.db.models import F
from django.utils import timezone

from avstamning.actions import demo
from avstamning.queries import invarianter, sandlada
from gvr.core.avvikelse import Allvar
from gvr.core.demokontakter import as_json, generate
from gvr.core.demonycklar import derive
from gvr.core.felkatalog import FELKATALOG
from gvr.core.vardkontakt import Innehall
from gvr.lokal.demo import free_port
from gvr.lokal.hus import Hus, django_env
from gvr.lokal.processer import wait_until
from gvr.lokal.servrar import Servrar
from gvr.lokal.vagar import prepare, throw_away
from gvr.models import Arende, Avvisning, Kvittens, Vardkontaktversion
from gvr.queries import demo as exempelvarlden
from gvr.queries.behorighet import databaskontext
from gvr_klient import Klient
from tests.factories.avbrytare import Avbrytare

ANTAL = int(os.environ.get("DAGENS_KONTAKTER", "1000"))
PASS = 12  # times during the day that the systems empty their outboxes
#: The third reports for the units that are wrong in the register, each in its own way.
SYSTEM = {"JOURNAL-A": "sysA", "JOURNAL-B": "sysB", "SANDLADA": "sandlada"}
STOCKHOLM = ZoneInfo("Europe/Stockholm")
SEED = int(os.environ.get("DAGENS_FRO", "20261123"))

#: What a journal system can get wrong in one contact, by the code that says so: the trials that the
#: developer portal gives. A new code is planted here as soon as it has a trial.
FEL = {
    prov.kod: json.loads(prov.steg[0].kropp)
    for prov in sandlada.trials(timezone.localdate())
    if [(s.metod, s.vag) for s in prov.steg] == [("POST", "vardkontakter?torrkorning=true")]
    and prov.kod not in ("SANDLADA_PATIENT", "FEL_OMFANG")  # only a sandbox; the client numbers
}
STOPPAR = {
    kod
    for kod in FEL
    if kod in FELKATALOG and FELKATALOG[kod].allvar is Allvar.STOPP and kod != "TESTUPPDRAG"
}
FALT = (
    "enhet_ref", "patient_id", "dag", "form", "slutdag", "tid", "btyp", "taxa", "akut",
    "yrkeskategorier", "diagnoser", "atgarder", "produkter", "ikod", "ukod", "lkf",
)  # fmt: skip


class Journalsystem:
    """A journal system with books of its own, and the reference client as its way out."""

    def __init__(self, kallsystem, secret, url, fil):
        self.kallsystem, self.url, self.fil = kallsystem, url, fil
        self.token = derive(secret, SYSTEM[kallsystem], 40)
        self.bocker = {}  # what has been done here, by id: (makulerad, innehåll)
        self.felen = {}  # contacts sent with a fault that refuses them, by id: its code
        self.markta = {}  # contacts sent with a fault that does not, by id: its code
        self.klient = None
        self.start()

    def start(self):
        """Open the outbox, as after a restart: it is all that is left of the last run."""
        if self.klient is not None:
            self.klient.close()
        self.klient = Klient.open(self.url, utkorg=self.fil, token=self.token, storst=100)

    def report(self, namn, innehall):
        self.bocker[namn] = (False, innehall)
        self.klient.report(as_json(namn, innehall))

    def report_wrongly(self, namn, kod):
        if kod in STOPPAR:
            self.felen[namn] = kod
        else:
            self.markta[namn] = (kod, as_content(FEL[kod]))
        self.klient.report({**FEL[kod], "vardhandelseId": namn})

    def correct(self, namn, innehall):
        self.bocker[namn] = (False, innehall)
        self.klient.correct(as_json(namn, innehall))

    def cancel(self, namn):
        self.bocker[namn] = (True, self.bocker[namn][1])
        self.klient.cancel(namn, orsak="fel patient")


def yesterday_noon():
    return datetime.combine(timezone.localdate() - timedelta(days=1), time(12), STOCKHOLM)


@pytest.fixture
def hemma(egen_databas):
    """The fictional region with a web server of two workers and a Celery worker."""
    with ExitStack() as stack:
        hem = prepare(stack.enter_context(throw_away())).hem
        servrar = Servrar(
            agare=os.environ["DATABASE_OWNER_URL"],
            app=os.environ["DATABASE_URL"],
            redis=os.environ["REDIS_URL"],
            inbyggda=False,
        )
        env = django_env(hem, servrar, os.environ)
        demo.build(secret=env["SECRET_KEY"], at=yesterday_noon(), sandlada=True)
        hus = Hus(stack=stack, hem=hem, servrar=servrar, env=env)
        adress = hus.serve(free_port())
        hus.work()
        yield hus, urlsplit(adress).port


def test_after_a_days_work_over_a_breaking_line_the_register_is_what_the_books_say(hemma, tmp_path):
    hus, port = hemma
    slump = random.Random(SEED)
    idag = timezone.localdate()
    planerade = list(
        generate(
            seed=SEED,
            antal=ANTAL,
            fr_o_m=idag - timedelta(days=20),
            t_o_m=idag - timedelta(days=1),
            patienter=exempelvarlden.test_patients(),
        )
    )
    with Avbrytare(port, seed=SEED) as natet:
        system = {
            namn: Journalsystem(
                namn, hus.env["SECRET_KEY"], f"{natet.adress}/api/v1", tmp_path / f"{namn}.sqlite"
            )
            for namn in SYSTEM
        }
        slump.shuffle(planerade)
        koder = cycle(slump.sample(sorted(FEL), len(FEL)))  # every fault before any comes again
        for nr in range(PASS):
            work_a_while(slump, system, planerade[nr::PASS], koder)
            for ett in system.values():
                ett.klient.flush(patience=0.2)
                if slump.random() < 0.3:
                    ett.start()
        for ett in system.values():
            lage = ett.klient.flush(patience=600)
            assert (lage.vantar, lage.konflikter) == (0, 0)
        with databaskontext(alla=True):
            wait_until(lambda: not Arende.objects.exists(), hus.barn[1], seconds=300, pause=0.5)
        for ett in system.values():
            ett.klient.receipts()
            ett.klient.anslutning.close()

    assert natet.brutna_anrop > 0
    assert natet.brutna_svar > 0
    with databaskontext(alla=True):
        for namn, ett in system.items():
            assert {n: k for n, k in ett.felen.items() if n in registered(namn)} == {}
            assert registered(namn) == books(ett)
            assert versions_in_register(namn) == versions_at_sender(ett)
            assert_every_fault_has_its_reason(ett)
            assert_every_remark_is_found(ett)
            assert_every_receipt_is_here(ett)
        assert [k.kod for k in invarianter.check() if k.brott] == []
    for ett in system.values():
        ett.klient.close()


def work_a_while(slump, system, planerade, koder):
    """Let the people at the clinics report, mend, correct and cancel, in some order."""
    for planerad in planerade:
        if slump.random() < 0.02:
            kod = next(koder)
            sender_of(kod, system).report_wrongly(planerad.vardhandelse_id, kod)
            continue
        ett = system[planerad.kallsystem]
        ett.report(planerad.vardhandelse_id, planerad.innehall)
        rakt = [namn for namn, (makulerad, _) in list(ett.bocker.items())[-50:] if not makulerad]
        dragning = slump.random()
        if rakt and dragning < 0.03:
            namn = slump.choice(rakt)
            innehall = ett.bocker[namn][1]
            nya = slump.choice((("I109",), ("E119", "I109"), ("J069",)))
            ett.correct(namn, msgspec.structs.replace(innehall, diagnoser=nya))
        elif rakt and dragning < 0.04:
            ett.cancel(slump.choice(rakt))


def sender_of(kod, system):
    """Return who may report for the unit of the fault; the third system for those made wrong."""
    enhet = FEL[kod]["enhet"].get("kombika", "")
    namn = {"90001": "JOURNAL-A", "90002": "JOURNAL-B", "90003": "JOURNAL-B"}
    return system[namn.get(enhet[:5], "SANDLADA")]


def as_content(dokument):
    """Return a document of the API as the content that the register makes of it."""
    falt = {re.sub("[A-Z]", lambda m: f"_{m[0].lower()}", namn): v for namn, v in dokument.items()}
    (falt["enhet"],) = falt["enhet"].values()
    del falt["vardhandelse_id"]
    for namn, varde in falt.items():
        if isinstance(varde, list):  # a code may come with its day and what it points at
            falt[namn] = [rad["kod"] if isinstance(rad, dict) else rad for rad in varde]
    if "tid" in falt:
        falt["tid"] = time.fromisoformat(falt["tid"])
    return msgspec.convert(falt, Innehall)


def newest(kallsystem):
    return Vardkontaktversion.objects.filter(
        vardkontakt__kallsystem=kallsystem, version=F("vardkontakt__senaste_version")
    )


def registered(kallsystem):
    """Return what the register holds of a system: id, cancelled, content."""
    return {
        rad["vardkontakt__vardhandelse_id"]: (
            rad["makulerad"],
            tuple(tuple(v) if isinstance(v, list) else v for v in (rad[f] for f in FALT)),
        )
        for rad in newest(kallsystem).values("vardkontakt__vardhandelse_id", "makulerad", *FALT)
    }


def books(system):
    """Return the same of the system's own books."""
    markta = {namn: (False, i) for namn, (kod, i) in system.markta.items() if kod != "TESTUPPDRAG"}
    return {
        namn: (makulerad, tuple(getattr(i, "enhet" if f == "enhet_ref" else f) for f in FALT))
        for namn, (makulerad, i) in (system.bocker | markta).items()
    }


def versions_in_register(kallsystem):
    rader = Vardkontaktversion.objects.filter(vardkontakt__kallsystem=kallsystem)
    return sorted(rader.values_list("vardkontakt__vardhandelse_id", "version"))


def versions_at_sender(system):
    return sorted(
        (h.vardhandelse_id, h.version)
        for h in system.klient.utkorg.in_state("KLAR")
        if h.utfall in ("REGISTRERAD", "PARKERAD", "MAKULERAD")
        # it came through before the line was cut, and was sent again in another delivery
        or (h.utfall == "OFORANDRAD" and h.registrerad == h.version)
    )


def assert_every_fault_has_its_reason(system):
    """The sender and the register's list of refused contacts both name the code of each fault."""
    avvisade = {h.vardhandelse_id: {f["kod"] for f in h.fel} for h in avvisade_av(system)}
    assert avvisade.keys() == system.felen.keys()
    saknas = {n: (k, avvisade[n]) for n, k in system.felen.items() if k not in avvisade[n]}
    assert saknas == {}
    listade = {}
    rader = Avvisning.objects.filter(vardhandelse_id__in=list(system.felen))
    for namn, avvikelser in rader.values_list("vardhandelse_id", "avvikelser"):
        listade.setdefault(namn, set()).update(a["kod"] for a in avvikelser)
    assert {n for n, k in system.felen.items() if k not in listade.get(n, ())} == set()


def assert_every_remark_is_found(system):
    """What stops nothing is told in the answer or, when it is about money, in the receipt."""
    svar = {}
    for h in system.klient.utkorg.in_state("KLAR"):
        if h.vardhandelse_id in system.markta:
            svar[h.vardhandelse_id] = {h.utfall, *(f["kod"] for f in h.fel)}
    i_registret = {
        rad["vardkontakt__vardhandelse_id"]: {a["kod"] for a in rad["anmarkningar"] or ()}
        for rad in newest(system.kallsystem).values("vardkontakt__vardhandelse_id", "anmarkningar")
    }
    for namn, (kod, _) in system.markta.items():
        kvitton = {k["kod"] for k in system.klient.utkorg.receipts_of(namn)}
        assert kod in svar[namn] | kvitton, (namn, kod)
        assert kod == "TESTUPPDRAG" or kod in i_registret[namn] | kvitton, (namn, kod)


def avvisade_av(system):
    return list(system.klient.utkorg.in_state("AVVISAD"))


def assert_every_receipt_is_here(system):
    """The client has read every receipt once; each registered version has K2, each contact K3."""
    falt = ("vardkontakt__vardhandelse_id", "sekvens", "version", "niva")
    alla = Kvittens.objects.filter(kallsystem=system.kallsystem).values_list(*falt)
    lasta = {
        (namn, k["sekvens"], k["version"], k["niva"])
        for namn in books(system)
        for k in system.klient.utkorg.receipts_of(namn)
    }
    assert lasta == set(alla)
    assert sorted((n, v) for n, _, v, niva in lasta if niva == "K2") == versions_at_sender(system)
    beslutade = {n for n, _, _, niva in lasta if niva == "K3"}
    assert set(books(system)) == beslutade
