"""Invariants: they hold after everything the chain can do, and each one sees what breaks it."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from avstamning.queries import invarianter
from ersattning import kedja
from ersattning.vardfaktura.actions import fakturor, stangningar
from gvr.models import Avtal
from tests.factories import kontakter, pengar
from tests.factories.pengar import DECEMBER, NOVEMBER, OKTOBER


def live_through_three_months():
    """Report, correct, cancel, re-price, close, approve; leave something undone at every step."""
    region = pengar.region(momskompensation=True)
    britta = pengar.attestant(region["A"])
    for dag in (1, 2, 3):
        pengar.visit(f"okt{dag}", date(2026, 10, dag))
    pengar.participation("del1", date(2026, 10, 1))
    pengar.visit("vantar", date(2026, 10, 4), enhet="90001311099")
    pengar.visit("utan", date(2026, 10, 5), btyp="9", taxa="50")
    approve(close(OKTOBER), britta, OKTOBER)

    november = pengar.noon(date(2026, 11, 9))
    pengar.cancel("okt1", date(2026, 10, 1), decided=november)
    pengar.visit("okt2", date(2026, 10, 2), decided=november, taxa="02")
    pengar.prices("besok", version=2, LAK="1100.50", AVG="275.00")
    kedja.reprice(date(2026, 10, 1), date(2026, 11, 1), at=november, dry_run=False)
    pengar.visit("nov1", date(2026, 11, 10))
    pengar.cancel("nov1", date(2026, 11, 10), decided=pengar.noon(date(2026, 11, 11)))
    pengar.visit("nov2", date(2026, 11, 12))
    approve(close(NOVEMBER), britta, NOVEMBER)

    pengar.visit("dec1", date(2026, 12, 1))
    pengar.cancel("nov2", date(2026, 11, 12), decided=pengar.noon(date(2026, 12, 2)))
    close(DECEMBER)
    pengar.visit("dec2", date(2026, 12, 20))
    kontakter.register("dec3", kontakter.innehall(dag=date(2026, 12, 21)))


def close(manad):
    (resultat,) = stangningar.close(manad, pengar.at(manad))
    return resultat.faktura_id


def approve(pk, by, manad):
    fakturor.approve(faktura_id=pk, by=by, at=pengar.at(manad, dag=7))


def broken(kontroller):
    return {kontroll.kod for kontroll in kontroller if kontroll.brott}


def test_everything_adds_up_after_three_months_of_life(db):
    live_through_three_months()

    kontroller = invarianter.check()

    assert broken(kontroller) == set()
    assert all(kontroll.kontrollerade > 0 for kontroll in kontroller)
    assert all(kontroll.skillnad == 0 for kontroll in kontroller)


FIRST = "where id = (select min(id) from hej_post)"
SABOTAGE = {
    "AVS001": f"update hej_post set belopp = belopp + 0.01 {FIRST}",
    "AVS002": f"update hej_post set produktkod = 'X' {FIRST}",
    "AVS003": "update vardfaktura_fakturarad set belopp = belopp + 0.01 where radnr = 1",
    "AVS004": "update vardfaktura_fakturarad set produktkod = 'X' where radnr = 1",
    "AVS005": "update vardfaktura_faktura set summa = summa + 0.01",
    "AVS006": "update vardfaktura_bokforingsrad set debet = debet + 0.01 where debet > 0",
    "AVS007": "update vardfaktura_bokforingsrad set produktkod = 'X'",
    "AVS008": "insert into vardfaktura_fakturaradpost values (-1, -1)",
    "AVS009": f"update hej_post set typ = 'X' {FIRST}",
    "AVS010": "update hej_post set antal = antal - 1 where aterfor_id is not null",
    "AVS011": "update hej_kontaktlage set orsak = 'X'",
    "AVS012": "delete from hej_kontaktlage",
    "AVS013": "update hej_beslut set rader = '[]' where utfall = 'ERSATTS'",
    "AVS014": "update vardfaktura_faktura set nummer = nummer + 1 where nummer = 2",
    "AVS015": "delete from vardfaktura_fakturahandling",
    "AVS016": "update vardfaktura_fakturarad set antal = antal + 1 where radnr = 1",
    "AVS017": "update hej_delbeslut set summa = summa + 1",
    "AVS018": "delete from hej_delbeslut",
}


def test_each_invariant_sees_what_breaks_it(egen_databas, agare, monkeypatch):
    """The owner turns the protection off, breaks something, looks, and takes it back."""
    live_through_three_months()
    monkeypatch.setattr(invarianter, "connection", agare)
    agare.execute("set app.alla = 'ja'")
    assert set(SABOTAGE) == {invariant.kod for invariant in invarianter.INVARIANTER}

    for kod, statement in SABOTAGE.items():
        with agare.transaction(force_rollback=True):
            for tabell in (
                "hej_post",
                "hej_beslut",
                "hej_delbeslut",
                "vardfaktura_faktura",
                "vardfaktura_fakturarad",
                "vardfaktura_fakturaradpost",
                "vardfaktura_fakturahandling",
                "vardfaktura_bokforingsrad",
            ):
                agare.execute(f"alter table {tabell} disable trigger user")
            assert agare.execute(statement).rowcount > 0, kod
            kontroller = invarianter.check()
        assert kod in broken(kontroller), kod
    assert broken(invarianter.check()) == set()


def test_a_difference_has_its_three_numbers_and_says_where(egen_databas, agare, monkeypatch):
    live_through_three_months()
    monkeypatch.setattr(invarianter, "connection", agare)
    agare.execute("set app.alla = 'ja'")
    agare.execute("alter table hej_post disable trigger user")
    agare.execute(
        "update hej_post set belopp = belopp + 0.01 where id = (select min(id) from hej_post)"
    )

    (kontroll,) = invarianter.check({"AVS002"})
    (differens,) = kontroll.differenser

    assert (differens.vardgivare, differens.period) == ("9999000012", "2026-10")
    assert differens.skillnad == differens.funnet - differens.forvantat == Decimal("0.01")
    assert kontroll.skillnad == Decimal("0.01")


def test_no_patient_and_no_senders_id_is_in_what_is_shown(egen_databas, agare, monkeypatch):
    live_through_three_months()
    agare.execute("set app.alla = 'ja'")
    agare.execute("alter table hej_beslut disable trigger user")
    agare.execute("update hej_beslut set summa = summa + 1")

    with pytest.raises(CommandError, match="skillnader"):
        run()
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("check_invariants", stdout=out)

    assert "AVS001" in out.getvalue()
    assert kontakter.PATIENT not in out.getvalue()
    assert "okt2" not in out.getvalue()


def run(*args):
    out = StringIO()
    call_command("check_invariants", *args, stdout=out)
    return out.getvalue()


def test_the_command_answers_with_json(db):
    live_through_three_months()

    svar = json.loads(run("--json"))

    assert svar["brott"] == 0
    assert [rad["kod"] for rad in svar["invarianter"]] == sorted(SABOTAGE)
    fakturor_ = next(rad for rad in svar["invarianter"] if rad["kod"] == "AVS005")
    assert fakturor_["kontrollerade"] == 3
    assert fakturor_["forvantat"] == fakturor_["funnet"]


def test_the_command_asks_only_what_it_is_told_to(db):
    assert run("--kod", "AVS006").startswith("rätt AVS006")
    with pytest.raises(CommandError, match="AVS999"):
        run("--kod", "AVS999")


def test_an_empty_system_holds(db):
    Avtal.objects.update(momskompensation=False)

    assert broken(invarianter.check()) == set()
