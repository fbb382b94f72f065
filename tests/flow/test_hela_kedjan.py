"""One contact all the way: reported, invoiced, corrected, re-priced, cancelled – to the öre."""

import re
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest
from django.test import Client

from avstamning.actions import demo
from avstamning.queries import invarianter
from ersattning import kedja
from ersattning.hej.actions import prislistor
from ersattning.hej.models import Post, Prislista
from ersattning.vardfaktura.actions import fakturor, stangningar
from ersattning.vardfaktura.models import Bokforingsrad, Faktura
from gvr.actions import behorigheter, publicering
from gvr.core.demonycklar import derive
from gvr.core.period import Manad
from gvr.models import Vardkontakt

SECRET = "flodestestets egen hemlighet"
STOCKHOLM = ZoneInfo("Europe/Stockholm")
SEPTEMBER, OKTOBER, NOVEMBER = Manad(2026, 9), Manad(2026, 10), Manad(2026, 11)
BESOK = {
    "vardhandelseId": "A-1",
    "enhet": {"kombika": "90001311001"},
    "patientId": "196410102880",
    "dag": "2026-09-14",
    "tid": "10:20",
    "btyp": "1",
    "taxa": "01",
    "akut": "N",
    "yrkeskategorier": ["01"],
    "diagnoser": ["I109"],
    "lkf": "030101",
}


def noon(day):
    return datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=STOCKHOLM)


class Journalsystem:
    """A journal system that reports for Ekbacken, over the API."""

    def __init__(self):
        self.klient = Client(headers={"Authorization": f"Bearer {derive(SECRET, 'sysA', 40)}"})

    def call(self, metod, vag, dokument=None, nyckel=None):
        svar = self.klient.generic(
            metod,
            f"/api/v1/{vag}",
            msgspec.json.encode(dokument) if dokument is not None else b"",
            content_type="application/json",
            headers={"Idempotency-Key": nyckel} if nyckel else {},
        )
        assert svar.status_code < 300, svar.content
        return msgspec.json.decode(svar.content)


@pytest.fixture
def region(egen_databas):
    demo.build(secret=SECRET, at=noon("2026-01-02"))


def work(day):
    while kedja.decide_next(at=noon(day)):
        pass


def close_and_approve(manad, day):
    """Close a month and let the provider approve it; return the invoice."""
    stangningar.close(manad, noon(day))
    faktura = Faktura.objects.get(manad=manad.first)
    (britta,) = behorigheter.people("britta")
    fakturor.approve(faktura_id=faktura.pk, by=britta, at=noon(day))
    faktura.refresh_from_db()
    return faktura


def kronor(text):
    return Decimal(text.replace("\xa0", "").replace("\u2212", "-").replace(",", "."))


def page(vag):
    """Return what Britta, who approves Ekbacken's invoices, sees at an address, as plain text."""
    klient = Client()
    assert klient.login(username="britta", password=derive(SECRET, "britta", 12))
    svar = klient.get(vag)
    assert svar.status_code == 200
    return re.sub(r"<[^>]+>", " ", svar.content.decode())


def test_an_invoiced_contact_is_corrected_repriced_and_cancelled_and_every_sum_agrees(region):
    journal = Journalsystem()
    journal.call("POST", "vardkontakter", BESOK, nyckel="k1")
    work("2026-09-15")

    september = close_and_approve(SEPTEMBER, "2026-10-05")

    # 2 093 for the visit of a patient from another county, less diagnostics and patient fee.
    grund = Decimal("2093.00") - 150 - 275
    assert september.summa == grund + (grund * Decimal("0.06")).quantize(Decimal("0.01"))

    # October: the patient was met by a nurse, and a new price list raises the nurse's visit.
    journal.call("PUT", "vardkontakter/A-1", {**BESOK, "yrkeskategorier": ["70"]})
    work("2026-10-12")
    rattad = Decimal("930.00") - 275
    oktober = close_and_approve(OKTOBER, "2026-11-04")

    skillnad = rattad - grund
    assert oktober.summa == skillnad + (skillnad * Decimal("0.06")).quantize(Decimal("0.01"))
    assert oktober.typ == "381"

    # November: a retroactive price, then the contact is cancelled.
    _raise_price("ULP", "2UL04", Decimal("950.00"))
    svar = kedja.reprice(
        SEPTEMBER.first, SEPTEMBER.next.first, at=noon("2026-11-10"), dry_run=False
    )
    assert (svar.andrade, svar.skillnad) == (1, Decimal("20.00"))
    journal.call("DELETE", "vardkontakter/A-1")
    work("2026-11-12")
    november = close_and_approve(NOVEMBER, "2026-12-03")

    assert november.summa == -rattad - (rattad * Decimal("0.06")).quantize(Decimal("0.01"))
    assert sum(Post.objects.filter(kalla="KONTAKT").values_list("belopp", flat=True)) == 0
    for post in Post.objects.exclude(aterfor=None).select_related("aterfor"):
        assert post.belopp == -post.aterfor.belopp
        assert post.vardkontakt_id == post.aterfor.vardkontakt_id

    # The ledger, the portal and the invariants say the same.
    skuld = Decimal(0)
    for debet, kredit in Bokforingsrad.objects.values_list("debet", "kredit"):
        skuld += debet - kredit
    assert skuld == 0
    uuid = Vardkontakt.objects.get().uuid
    assert "Makulerad" in page(f"/vardkontakter/{uuid}/")
    belopp = re.findall(r"[\u2212-]?[\d\xa0]+,\d\d", page(f"/vardkontakter/{uuid}/pengar/"))
    poster = Post.objects.filter(kalla="KONTAKT").values_list("belopp", flat=True)
    assert set(poster) <= {kronor(tal) for tal in belopp}
    for faktura in (september, oktober, november):
        text = page(f"/fakturor/{faktura.uuid}/")
        assert faktura.summa in {kronor(t) for t in re.findall(r"[\u2212-]?[\d\xa0]+,\d\d", text)}
    assert [k.kod for k in invarianter.check() if k.brott] == []


def _raise_price(kod, produktkod, belopp):
    """Publish a new version of a list in which one product costs more, from its first day."""
    skriver, godkanner = behorigheter.people("anna", "astrid")
    dokument = prislistor.export(Prislista.objects.get(kod=kod))
    for rad in dokument["priser"]:
        if rad["produktkod"] == produktkod and rad["t_o_m"] is None:
            rad["belopp"] = str(belopp)
    at = noon("2026-11-09")
    utkast = prislistor.create_draft(dokument, by=skriver, at=at)
    inlamnat = prislistor.submit(utkast, by=skriver, at=at)
    godkant = publicering.approve(
        inlamnat, by=godkanner, at=at, innehall_hash=inlamnat.innehall_hash
    )
    publicering.publish(godkant, by=skriver, at=at)
