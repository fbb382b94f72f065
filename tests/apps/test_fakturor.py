"""Approving an invoice: number, documents, ledger and receipts – once, by someone who may."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from lxml import etree

from ersattning.vardfaktura.actions import fakturor, stangningar
from ersattning.vardfaktura.actions.fakturor import UnableToApprove
from ersattning.vardfaktura.models import (
    Bokforingsrad,
    Faktura,
    Fakturahandling,
    FakturaradPost,
    Nummerserie,
    Verifikation,
)
from ersattning.vardfaktura.queries import fakturor as lasning
from gvr.core.period import Manad
from gvr.models import Avtal, Kvittens, Vardgivare
from gvr.queries import kvittenser
from gvr.queries.behorighet import REGION, databaskontext
from tests.factories import kontakter, pengar
from tests.factories.pengar import DECEMBER, NOVEMBER, OKTOBER

NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


@pytest.fixture
def region(db):
    return pengar.region()


@pytest.fixture
def britta(region):
    return pengar.attestant(region["A"])


def close(manad):
    (resultat,) = stangningar.close(manad, pengar.at(manad))
    return resultat.faktura_id


def approve(faktura_id, by, manad=NOVEMBER):
    return fakturor.approve(faktura_id=faktura_id, by=by, at=pengar.at(manad, dag=7))


def november():
    pengar.visit("v1", date(2026, 11, 3))
    pengar.visit("v2", date(2026, 11, 4), taxa="02")
    return close(NOVEMBER)


def codes(fault):
    return [avvikelse.kod for avvikelse in fault.value.avvikelser]


def test_an_approval_gives_number_documents_ledger_and_receipts(britta):
    pk = november()

    svar = approve(pk, britta)

    faktura = Faktura.objects.get()
    assert (faktura.status, faktura.nummer, faktura.godkand_av) == ("GODKAND", svar.nummer, britta)
    assert faktura.godkand == pengar.at(NOVEMBER, dag=7)
    handling = Fakturahandling.objects.get(faktura=faktura)
    assert handling.pdf.startswith(b"%PDF")
    root = etree.fromstring(handling.peppol)
    assert root.findtext("cbc:ID", namespaces=NS) == str(svar.nummer)
    assert root.findtext(".//cbc:PayableAmount", namespaces=NS) == "1725.00"
    assert kontakter.PATIENT.encode() not in handling.peppol
    rader = Kvittens.objects.filter(niva="K4", utfall="GODKAND").order_by("belopp")
    assert [(k.utfall, k.kod, k.belopp) for k in rader] == [
        ("GODKAND", str(svar.nummer), Decimal("725.00")),
        ("GODKAND", str(svar.nummer), Decimal("1000.00")),
    ]
    assert svar.kvittenser == 2


def test_the_receipt_of_a_proposal_is_replaced_by_that_of_the_approval(britta):
    pk = november()
    forslag = list(Kvittens.objects.filter(niva="K4").order_by("vardkontakt_id"))

    approve(pk, britta)

    assert [(k.utfall, k.kod) for k in forslag] == [("FORSLAG", ""), ("FORSLAG", "")]
    with databaskontext(alla=True):
        for rad in forslag:
            feed = kvittenser.of_contact(rad.vardkontakt_id, kallsystem=rad.kallsystem)
            assert feed[-1].utfall == "GODKAND"
            assert feed[-1].ersatter == rad.sekvens


def test_the_ledger_entry_balances_and_follows_the_lines(britta):
    pk = november()

    approve(pk, britta)

    verifikation = Verifikation.objects.get(faktura_id=pk)
    rader = Bokforingsrad.objects.filter(verifikation=verifikation)
    assert verifikation.bokforingsdag == date(2026, 12, 7)
    assert sum(rad.debet for rad in rader) == sum(rad.kredit for rad in rader) == Decimal("2275.00")
    connection.check_constraints()


def test_the_screens_basis_is_the_document_that_was_sent(britta):
    pk = november()
    approve(pk, britta)

    underlag = lasning.basis(lasning.by_id(pk))

    assert underlag.nummer == str(Faktura.objects.get().nummer)
    assert underlag.fakturadatum == date(2026, 12, 7)
    assert underlag.forfallodatum == date(2027, 1, 6)
    assert [(rad.text, rad.antal) for rad in underlag.rader] == [("AVG-text", 1), ("LAK-text", 2)]
    assert len(lasning.documents(pk)) == 2


def test_an_invoice_is_approved_once(britta):
    pk = november()
    approve(pk, britta)
    before = (Nummerserie.objects.get().senaste, Kvittens.objects.count())

    with pytest.raises(UnableToApprove) as fault:
        approve(pk, britta)

    assert codes(fault) == ["VF102"]
    assert (Nummerserie.objects.get().senaste, Kvittens.objects.count()) == before


def nobody(region, anyone):
    return anyone


def cecilia(region, anyone):
    return pengar.attestant(region["B"], "cecilia")


def region_staff(region, anyone):
    anyone.is_staff = True
    anyone.save()
    anyone.groups.add(Group.objects.get_or_create(name=REGION)[0])
    return anyone


def superuser(region, anyone):
    anyone.is_superuser = True
    anyone.save()
    return anyone


def stopped_attestant(region, anyone):
    user = pengar.attestant(region["A"], "birger")
    user.is_active = False
    user.save()
    return user


@pytest.mark.parametrize("who", [nobody, cecilia, region_staff, superuser, stopped_attestant])
def test_whoever_may_not_approve_for_the_provider_is_told_that_nothing_is_there(
    region, who, django_user_model
):
    pk = november()
    user = who(region, django_user_model.objects.create_user("bo"))

    with pytest.raises(UnableToApprove) as fault:
        approve(pk, user)
    with pytest.raises(UnableToApprove) as missing:
        approve(pk + 1000, user)

    assert codes(fault) == ["VF101"]
    assert fault.value.avvikelser == missing.value.avvikelser
    assert Faktura.objects.get().status == "FORSLAG"


def test_a_provider_with_faults_in_the_register_is_told_all_of_them_and_gets_no_number(
    region, britta
):
    pk = november()
    Vardgivare.objects.filter(pk=region["A"].pk).update(bankgiro="1", f_skatt=False)

    with pytest.raises(UnableToApprove) as fault:
        approve(pk, britta)
    assert set(codes(fault)) == {"VF004", "VF005"}
    assert not Nummerserie.objects.exists()

    Vardgivare.objects.filter(pk=region["A"].pk).update(bankgiro="58056201", f_skatt=True)
    assert approve(pk, britta).nummer == 1


def test_lines_that_are_not_what_they_were_are_not_approved(britta, monkeypatch):
    pk = november()
    monkeypatch.setattr(lasning, "hash_of_proposal", lambda faktura_id: "0" * 64)

    with pytest.raises(UnableToApprove) as fault:
        approve(pk, britta)

    assert codes(fault) == ["VF103"]


def test_a_credit_names_the_invoice_it_takes_back_from(britta):
    pengar.visit("v1", date(2026, 10, 3))
    pengar.visit("v2", date(2026, 10, 4))
    oktober = close(OKTOBER)
    pengar.cancel("v1", date(2026, 10, 3), decided=pengar.noon(date(2026, 11, 9)))
    pengar.visit("v3", date(2026, 11, 10))
    pk = close(NOVEMBER)

    with pytest.raises(UnableToApprove) as fault:
        approve(pk, britta)
    assert codes(fault) == ["VF104"]
    assert "2026-10" in fault.value.avvikelser[0].text

    approve(oktober, britta, OKTOBER)
    approve(pk, britta)

    root = etree.fromstring(lasning.documents(pk)[0])
    assert root.findtext(".//cac:InvoiceDocumentReference/cbc:ID", namespaces=NS) == "1"
    credits_ = [rad for rad in lasning.lines(lasning.by_id(pk)) if rad.sektion == "KREDIT"]
    assert [(rad.produktkod, rad.krediterar[0].nummer) for rad in credits_] == [
        ("AVG", "1"),
        ("LAK", "1"),
    ]
    (post,) = lasning.posts_of_line(credits_[1].id)
    assert (post.belopp, post.ursprung.nummer) == (Decimal("-1000.00"), "1")
    assert post.kontakt_uuid is not None
    utfall = set(Kvittens.objects.filter(niva="K4").values_list("kod", "utfall", "belopp"))
    assert ("2", "KREDITERAD", Decimal("-725.00")) in utfall


def test_a_credit_note_is_sent_as_one_with_its_reference(britta):
    pengar.visit("v1", date(2026, 10, 3))
    oktober = close(OKTOBER)
    approve(oktober, britta, OKTOBER)
    pengar.cancel("v1", date(2026, 10, 3), decided=pengar.noon(date(2026, 11, 9)))
    pk = close(NOVEMBER)

    approve(pk, britta)

    root = etree.fromstring(lasning.documents(pk)[0])
    assert etree.QName(root).localname == "CreditNote"
    assert root.findtext("cbc:CreditNoteTypeCode", namespaces=NS) == "381"
    assert root.findtext(".//cbc:PayableAmount", namespaces=NS) == "725.00"
    assert root.findtext(".//cac:InvoiceDocumentReference/cbc:ID", namespaces=NS) == "1"


def test_a_line_opens_to_its_contacts_page_by_page(britta):
    for dag in (3, 4, 5):
        pengar.visit(f"v{dag}", date(2026, 11, dag))
    faktura = lasning.by_id(close(NOVEMBER))
    avgift, besok = lasning.lines(faktura)

    first = lasning.posts_of_line(besok.id, size=2)
    rest = lasning.posts_of_line(besok.id, after=first[-1].post_id, size=2)

    assert (avgift.kontakter, besok.kontakter) == (3, 3)
    assert [post.vardhandelse_id for post in (*first, *rest)] == ["v3", "v4", "v5"]
    assert [post.dag.day for post in (*first, *rest)] == [3, 4, 5]
    assert sum(post.belopp for post in (*first, *rest)) == besok.belopp


def test_the_bridge_leads_from_what_is_reported_to_what_is_billed(britta):
    Avtal.objects.update(momskompensation=True)
    pengar.visit("v1", date(2026, 10, 3))
    close(OKTOBER)
    pengar.cancel("v1", date(2026, 10, 3), decided=pengar.noon(date(2026, 11, 9)))
    pengar.visit("v2", date(2026, 10, 4), decided=pengar.noon(date(2026, 11, 9)))
    pengar.visit("v3", date(2026, 11, 3))
    pengar.visit("v4", date(2026, 11, 4))
    faktura = lasning.by_id(close(NOVEMBER))
    pengar.visit("v5", date(2026, 11, 29), decided=pengar.noon(date(2026, 12, 9)))
    pengar.cancel("v4", date(2026, 11, 4), decided=pengar.noon(date(2026, 12, 9)))
    close(DECEMBER)
    pengar.visit("v6", date(2026, 11, 30), decided=pengar.noon(date(2027, 1, 9)))

    bro = lasning.bridge(faktura)

    assert bro.rapporterat == Decimal("2175.00")  # v3, v5 and v6
    assert bro.annan_faktura == Decimal("0.00")  # v5 less v4, in december
    assert bro.ej_fakturerat == Decimal("725.00")  # v6
    assert bro.produktion == Decimal("1450.00")  # v3 and v4
    assert (bro.sena, bro.krediteringar) == (Decimal("725.00"), Decimal("-725.00"))
    assert bro.tillagg == Decimal("87.00")
    assert bro.fakturerat == bro.summa == faktura.summa == Decimal("1537.00")
    assert bro.skillnad == bro.produktion_skillnad == 0


def test_lists_show_the_newest_first_and_page_by_month_and_id(region, britta):
    for manad in (OKTOBER, NOVEMBER, DECEMBER):
        pengar.visit(str(manad), manad.first)
        close(manad)

    first = lasning.of_providers([region["A"].pk], size=2)
    rest = lasning.of_providers(
        [region["A"].pk], before=(first[-1].manad.first, first[-1].id), size=2
    )

    assert [str(f.manad) for f in (*first, *rest)] == ["2026-12", "2026-11", "2026-10"]
    assert lasning.of_providers([region["B"].pk]) == ()
    assert [str(f.manad) for f in lasning.of_providers(manad=OKTOBER)] == ["2026-10"]
    assert lasning.of_providers(status="GODKAND") == ()
    assert lasning.previous(first[0]) == first[1]
    assert lasning.previous(rest[0]) is None
    assert lasning.by_uuid(first[0].uuid) == first[0]


def test_an_approval_gives_the_reach_back_as_it_was(region, britta):
    pk = november()

    with databaskontext(vardgivare=[region["A"].pk]):
        approve(pk, britta)

        with connection.cursor() as cursor:
            cursor.execute("select current_setting('app.alla'), current_setting('app.vardgivare')")
            assert cursor.fetchone() == ("nej", str(region["A"].pk))


def test_a_contact_that_has_moved_to_another_provider_still_gets_its_receipt(region, britta):
    pk = november()
    with connection.cursor() as cursor:
        cursor.execute("update gvr_vardkontakt set vardgivare_id = %s", [region["B"].pk])

    with databaskontext(vardgivare=[region["A"].pk]):
        assert approve(pk, britta).kvittenser == 2


# M-13: numbers ------------------------------------------------------------------------------------


def many_proposals(antal):
    """Make so many proposals of one provider: one post each, booked in months of their own."""
    first = Manad(2022, 1)
    pk = pengar.visit("v1", first.first, taxa="02")
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into hej_post (kalla, vardkontakt_id, beslut_id, vardgivare_id, enhet_id,"
            " avtal_id, regel, produktkod, typ, antal, apris, belopp, vardmanad, bokforingsmanad,"
            " skapad) select kalla, vardkontakt_id, beslut_id, vardgivare_id, enhet_id, avtal_id,"
            " regel, produktkod, typ, antal, apris, belopp, vardmanad,"
            " (bokforingsmanad + make_interval(months => n))::date, skapad"
            " from hej_post, generate_series(1, %s) n where vardkontakt_id = %s",
            [antal - 1, pk],
        )
    manad, ids = first, []
    for _ in range(antal):
        ids.append(close(manad))
        manad = manad.next
    return ids


class RolledBack(Exception):
    """Something went wrong after the approval, in the same transaction."""


@pytest.mark.parametrize("seed", [13])
def test_fifty_approvals_with_random_rollbacks_leave_no_gap(britta, seed):
    slump = random.Random(seed)
    waiting = many_proposals(50)
    order = []
    while waiting:
        pk = slump.choice(waiting)
        try:
            with transaction.atomic():
                approve(pk, britta)
                if slump.random() < 0.4:
                    raise RolledBack
        except RolledBack:
            continue
        waiting.remove(pk)
        order.append(pk)

    numbers = [Faktura.objects.get(pk=pk).nummer for pk in order]
    assert numbers == list(range(1, 51))
    assert Nummerserie.objects.get().senaste == 50


def in_threads(antal, work):
    """Run `work(nr)` at the same moment on so many connections; return what each gave."""
    start = Barrier(antal)

    def run(nr):
        start.wait(timeout=30)
        try:
            return work(nr)
        finally:
            connection.close()

    with ThreadPoolExecutor(antal) as pool:
        return list(pool.map(run, range(antal)))


def test_a_double_click_approves_once(egen_databas):
    britta = pengar.attestant(pengar.region()["A"])
    pk = november()

    def click(_nr):
        try:
            return approve(pk, britta).nummer
        except UnableToApprove as fault:
            return fault.avvikelser[0].kod

    svar = in_threads(4, click)

    assert sorted(map(str, svar)) == ["1", "VF102", "VF102", "VF102"]
    assert Kvittens.objects.filter(niva="K4").exclude(utfall="FORSLAG").count() == 2


def test_approvals_at_the_same_time_share_the_series_without_gaps(egen_databas):
    britta = pengar.attestant(pengar.region()["A"])
    ids = many_proposals(8)

    def work(nr):
        with transaction.atomic():
            approve(ids[nr], britta)
            if nr % 4 == 3:
                transaction.set_rollback(True)

    in_threads(8, work)

    numbers = sorted(Faktura.objects.filter(status="GODKAND").values_list("nummer", flat=True))
    assert numbers == [1, 2, 3, 4, 5, 6]
    assert Nummerserie.objects.get().senaste == 6


def test_two_closes_at_the_same_time_make_one_invoice(egen_databas):
    pengar.region()
    pengar.visit("v1", date(2026, 11, 3))

    svar = in_threads(3, lambda _nr: stangningar.close(NOVEMBER, pengar.at(NOVEMBER)))

    assert sum(resultat.poster for varv in svar for resultat in varv) == 2
    assert {resultat.status for varv in svar for resultat in varv} == {"KLAR"}
    assert FakturaradPost.objects.count() == 2
    assert Faktura.objects.count() == 1
