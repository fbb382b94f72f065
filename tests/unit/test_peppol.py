"""The e-invoice: the rules of EN 16931 and Peppol that it must keep, asserted one by one.

Invoices of these kinds have also been run through the official rule sets, without one finding:
EN 16931 validation 1.3.16, Peppol BIS Billing 3.0.19 (2025-Q2) and the UBL 2.1 schemas.
"""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ersattning.vardfaktura.core import granskning, peppol
from tests.factories.vardfaktura import (
    KLINIK,
    OKTOBER,
    REGION,
    approved,
    changed,
    mixed_month,
    only_credits,
    post,
    underlag,
)

NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
INVOICE = "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
CREDITNOTE = "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote"

MIXED = mixed_month()
CREDITS = only_credits()
NOTHING = approved(underlag(post(antal=2), post(antal=-2, vardmanad=OKTOBER, aterforing=True)))
CANCELLED = approved(underlag(post(), post(antal=-1, aterforing=True)))
BARE = approved(
    underlag(
        post(),
        saljare=changed(
            KLINIK,
            momsregnr="SE556036079301",
            f_skatt=False,
            adress="",
            postnummer="",
            ort="",
            epost="",
        ),
        avtalsnamn="",
    )
)
EVERY_KIND = pytest.mark.parametrize(
    "faktura",
    [MIXED, CREDITS, NOTHING, CANCELLED, BARE],
    ids=["mixed", "credits", "nothing", "cancelled", "bare"],
)


def tree(faktura):
    return etree.fromstring(peppol.render(faktura))


def texts(element, path):
    return [e.text for e in element.findall(path, NS)]


def text(element, path):
    (found,) = texts(element, path)
    return found


def kr(element, path):
    return Decimal(text(element, path))


def document_lines(root):
    return root.findall("cac:InvoiceLine", NS) + root.findall("cac:CreditNoteLine", NS)


def quantity(line):
    return Decimal((texts(line, "cbc:InvoicedQuantity") + texts(line, "cbc:CreditedQuantity"))[0])


# Kind of document -------------------------------------------------------------------------------


def test_a_sum_to_pay_is_an_invoice_380():
    root = tree(MIXED)

    assert root.tag == INVOICE
    assert text(root, "cbc:InvoiceTypeCode") == "380"
    assert texts(root, "cbc:CreditNoteTypeCode") == []


def test_a_negative_month_is_a_credit_note_381_with_positive_sums():
    root = tree(CREDITS)

    assert CREDITS.summa < 0
    assert root.tag == CREDITNOTE
    assert text(root, "cbc:CreditNoteTypeCode") == "381"
    assert kr(root, "cac:LegalMonetaryTotal/cbc:PayableAmount") == -CREDITS.summa > 0
    assert root.findall("cac:InvoiceLine", NS) == []


def test_a_credit_note_names_the_invoices_it_takes_back_from():
    referenser = tree(CREDITS).findall("cac:BillingReference/cac:InvoiceDocumentReference", NS)

    assert [texts(r, "cbc:ID") + texts(r, "cbc:IssueDate") for r in referenser] == [
        ["100007", "2026-11-04"],
        ["100009"],
    ]


def test_an_invoice_without_credits_refers_to_no_other():
    assert tree(NOTHING).findall("cac:BillingReference", NS) == []


@pytest.mark.parametrize("faktura", [NOTHING, CANCELLED])
def test_a_month_that_nets_to_nothing_is_an_invoice_of_zero(faktura):
    root = tree(faktura)

    assert root.tag == INVOICE
    assert kr(root, "cac:LegalMonetaryTotal/cbc:PayableAmount") == 0
    assert document_lines(root)  # BR-16


# Sums -------------------------------------------------------------------------------------------


def assert_sums(faktura):
    root = tree(faktura)
    sums = root.find("cac:LegalMonetaryTotal", NS)
    lines = document_lines(root)
    net = sum((kr(line, "cbc:LineExtensionAmount") for line in lines), Decimal(0))
    vat = kr(root, "cac:TaxTotal/cbc:TaxAmount")
    taxable = texts(root, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxableAmount")

    assert kr(sums, "cbc:LineExtensionAmount") == net  # BR-CO-10
    assert kr(sums, "cbc:TaxExclusiveAmount") == net  # BR-CO-13
    assert kr(sums, "cbc:TaxInclusiveAmount") == net + vat  # BR-CO-15
    assert kr(sums, "cbc:PayableAmount") == net + vat  # BR-CO-16
    assert vat == 0
    assert sum(map(Decimal, taxable)) == net  # BR-E-08
    for line in lines:
        price = kr(line, "cac:Price/cbc:PriceAmount")
        assert price >= 0  # BR-27
        assert quantity(line) * price == kr(line, "cbc:LineExtensionAmount")  # R120, exactly
    return net


@EVERY_KIND
def test_sums_are_exact(faktura):
    assert assert_sums(faktura) == abs(faktura.summa)


@given(
    st.lists(
        st.builds(
            post,
            st.sampled_from("ABC"),
            st.integers(-3, 3).filter(bool),
            st.integers(-500_000, 500_000).map(lambda ore: str(Decimal(ore) / 100)),
            vardmanad=st.just(OKTOBER),
            aterforing=st.booleans(),
        ),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
def test_sums_are_exact_for_any_posts(poster, momskompensation):
    faktura = approved(underlag(*poster, momskompensation=momskompensation))

    assert assert_sums(faktura) == abs(faktura.summa)


@EVERY_KIND
def test_every_amount_is_kronor_with_two_decimals(faktura):
    amounts = tree(faktura).xpath("//*[@currencyID]")

    assert amounts
    assert {a.get("currencyID") for a in amounts} == {"SEK"}
    assert all(re.fullmatch(r"-?\d+\.\d\d", a.text) for a in amounts)
    assert "-0.00" not in {a.text for a in amounts}


def test_a_deduction_is_a_negative_quantity_at_a_positive_price():
    line = next(
        line
        for line in document_lines(tree(MIXED))
        if text(line, "cac:Item/cac:SellersItemIdentification/cbc:ID") == "AVG-ENHET"
    )

    assert (quantity(line), kr(line, "cac:Price/cbc:PriceAmount")) == (-2, 275)
    assert kr(line, "cbc:LineExtensionAmount") == -550


# VAT --------------------------------------------------------------------------------------------


@EVERY_KIND
def test_care_is_exempt_with_a_reason(faktura):
    root = tree(faktura)
    (subtotal,) = root.findall("cac:TaxTotal/cac:TaxSubtotal", NS)
    lines = root.findall(".//cac:ClassifiedTaxCategory", NS)

    assert text(subtotal, "cac:TaxCategory/cbc:ID") == "E"
    assert text(subtotal, "cac:TaxCategory/cbc:Percent") == "0"  # BR-E-05
    assert text(subtotal, "cbc:TaxAmount") == "0.00"  # BR-E-09
    assert "sjukvård" in text(subtotal, "cac:TaxCategory/cbc:TaxExemptionReason")  # BR-E-10
    assert [text(category, "cbc:ID") for category in lines] == ["E"] * len(document_lines(root))


# Parties, in Swedish ----------------------------------------------------------------------------


@EVERY_KIND
def test_both_parties_are_found_by_their_organisation_number(faktura):
    root = tree(faktura)
    for part, orgnr in (
        ("AccountingSupplierParty", KLINIK.orgnr),
        ("AccountingCustomerParty", REGION.orgnr),
    ):
        (party,) = root.findall(f"cac:{part}/cac:Party", NS)
        for path in ("cbc:EndpointID", "cac:PartyLegalEntity/cbc:CompanyID"):
            (element,) = party.findall(path, NS)
            assert (element.text, element.get("schemeID")) == (orgnr, "0007")  # SE-R-003, 004
        assert text(party, "cac:PostalAddress/cac:Country/cbc:IdentificationCode") == "SE"


def test_the_seller_says_that_it_is_approved_for_f_tax():
    (scheme,) = tree(MIXED).findall("cac:AccountingSupplierParty/*/cac:PartyTaxScheme", NS)

    assert text(scheme, "cbc:CompanyID") == "Godkänd för F-skatt"  # SE-R-005
    assert text(scheme, "cac:TaxScheme/cbc:ID") == "TAX"


def test_a_vat_number_is_fourteen_characters():
    (scheme,) = tree(BARE).findall("cac:AccountingSupplierParty/*/cac:PartyTaxScheme", NS)

    assert re.fullmatch(r"SE\d{12}", text(scheme, "cbc:CompanyID"))  # SE-R-001, 002
    assert text(scheme, "cac:TaxScheme/cbc:ID") == "VAT"


@EVERY_KIND
def test_money_goes_to_a_bankgiro(faktura):
    (means,) = tree(faktura).findall("cac:PaymentMeans", NS)
    account = means.find("cac:PayeeFinancialAccount", NS)

    assert text(means, "cbc:PaymentMeansCode") == "30"  # SE-R-012
    assert text(means, "cbc:PaymentID") == "100042"
    assert re.fullmatch(r"\d{7,8}", text(account, "cbc:ID"))  # SE-R-008, 009
    assert text(account, "cac:FinancialInstitutionBranch/cbc:ID") == "SE:BANKGIRO"


def test_a_credit_note_needs_no_bankgiro():
    faktura = only_credits(bankgiro="")

    assert tree(faktura).findall("cac:PaymentMeans", NS) == []


# Head -------------------------------------------------------------------------------------------


@EVERY_KIND
def test_the_head_says_which_contract_month_and_reference(faktura):
    root = tree(faktura)

    assert text(root, "cbc:ID") == "100042"
    assert text(root, "cbc:IssueDate") == "2026-12-03"
    assert text(root, "cbc:DocumentCurrencyCode") == "SEK"
    assert text(root, "cbc:BuyerReference") == "HSF-4711"  # R003
    assert text(root, "cac:ContractDocumentReference/cbc:ID") == "ADA-2026-0042"
    assert text(root, "cac:InvoicePeriod/cbc:StartDate") == "2026-11-01"
    assert text(root, "cac:InvoicePeriod/cbc:EndDate") == "2026-11-30"
    assert text(root, "cbc:CustomizationID").endswith("poacc:billing:3.0")  # R004
    assert text(root, "cbc:ProfileID") == "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"  # R007


def test_an_invoice_says_when_to_pay_and_a_credit_note_how_it_is_settled():
    assert text(tree(MIXED), "cbc:DueDate") == "2027-01-02"  # BR-CO-25
    assert texts(tree(CREDITS), "cbc:DueDate") == []  # UBL has none on a credit note
    assert "räknas av" in text(tree(CREDITS), "cac:PaymentTerms/cbc:Note")


def test_a_line_says_its_product_section_and_month_of_care():
    sena = document_lines(tree(MIXED))[3]
    properties = sena.findall("cac:Item/cac:AdditionalItemProperty", NS)

    assert text(sena, "cac:Item/cac:SellersItemIdentification/cbc:ID") == "2UL04"
    assert {text(p, "cbc:Name"): text(p, "cbc:Value") for p in properties} == {
        "Avsnitt": "Sena från tidigare månader",
        "Vårdmånad": "2026-10",
    }


@EVERY_KIND
def test_no_element_is_empty(faktura):
    empty = [e.tag for e in tree(faktura).iter() if not len(e) and not (e.text or "").strip()]

    assert empty == []  # R008


@EVERY_KIND
def test_lines_are_numbered_once_each(faktura):
    numbers = [text(line, "cbc:ID") for line in document_lines(tree(faktura))]

    assert len(numbers) == len(set(numbers))


def test_the_same_invoice_always_gives_the_same_bytes():
    assert peppol.render(mixed_month()) == peppol.render(mixed_month())


def test_texts_are_escaped():
    faktura = approved(underlag(post(), texter={"BESOK": "Vård <2 tim & hembesök"}))

    assert texts(tree(faktura), ".//cac:Item/cbc:Name") == ["Vård <2 tim & hembesök"]


# What cannot be sent ----------------------------------------------------------------------------


def test_a_proposal_is_not_sent():
    with pytest.raises(ValueError, match="inte godkänd"):
        peppol.render(underlag(post()))


def test_an_invoice_with_findings_is_not_sent():
    with pytest.raises(ValueError, match="VF001, VF004"):
        peppol.render(approved(underlag(post(), er_referens=" ", bankgiro="123")))


def findings(faktura):
    return [(a.kod, a.pekare) for a in granskning.review(faktura)]


def test_a_whole_invoice_has_no_findings():
    for faktura in (MIXED, CREDITS, NOTHING, CANCELLED, BARE):
        assert findings(faktura) == []


def test_all_findings_come_at_once():
    faktura = underlag(
        post(),
        saljare=changed(KLINIK, namn="", orgnr="5560360794", f_skatt=False),
        kopare=changed(REGION, orgnr="232100001", momsregnr="SE2321000016"),
        avtalsnummer="",
        er_referens="",
        bankgiro="",
    )

    assert findings(faktura) == [
        ("VF001", "/saljare/namn"),
        ("VF001", "/avtalsnummer"),
        ("VF001", "/er_referens"),
        ("VF002", "/saljare/orgnr"),
        ("VF002", "/kopare/orgnr"),
        ("VF003", "/kopare/momsregnr"),
        ("VF005", "/saljare/f_skatt"),
        ("VF004", "/bankgiro"),
    ]


def test_an_invoice_without_lines_is_not_sent():
    assert findings(underlag()) == [("VF001", "/rader")]


@pytest.mark.parametrize("bankgiro", ["123456", "123456789", "123-4567", "PG12345"])
def test_a_bankgiro_is_seven_or_eight_digits(bankgiro):
    assert findings(underlag(post(), bankgiro=bankgiro)) == [("VF004", "/bankgiro")]


@pytest.mark.parametrize("orgnr", ["5560360793", "2321000016", "9999000012"])
def test_an_organisation_number_has_a_check_digit(orgnr):
    wrong = f"{orgnr[:-1]}{(int(orgnr[-1]) + 1) % 10}"

    assert findings(underlag(post(), saljare=changed(KLINIK, orgnr=orgnr))) == []
    assert findings(underlag(post(), saljare=changed(KLINIK, orgnr=wrong))) == [
        ("VF002", "/saljare/orgnr")
    ]


# No patient, ever -------------------------------------------------------------------------------

TOLVAN = ["191212121212", "19121212-1212", "121212-1212", "121212+1212", "121212 1212"]


@EVERY_KIND
def test_there_is_nothing_of_a_patient_in_the_document(faktura):
    root = tree(faktura)
    for part in root.findall(".//cbc:CompanyID", NS) + root.findall(".//cbc:EndpointID", NS):
        part.text = ""  # the parties' own numbers
    everything = " ".join(root.itertext())

    assert not granskning.has_identity(everything)
    assert "ADA-2026-0042" in everything


@pytest.mark.parametrize("nummer", TOLVAN)
@pytest.mark.parametrize(
    ("andrat", "pekare"),
    [
        ({"er_referens": "{}"}, "/er_referens"),
        ({"avtalsnamn": "Avser {}."}, "/avtalsnamn"),
        ({"avtalsnummer": "ADA {}"}, "/avtalsnummer"),
        ({"texter": {"BESOK": "Besök av {} i hemmet"}}, "/rader/0/text"),
    ],
)
def test_a_text_with_a_patients_number_stops_the_invoice(andrat, pekare, nummer):
    def fill(value):
        if isinstance(value, dict):
            return {key: fill(v) for key, v in value.items()}
        return value.format(nummer)

    faktura = underlag(post(), **{key: fill(v) for key, v in andrat.items()})
    (avvikelse,) = granskning.review(faktura)

    assert (avvikelse.kod, avvikelse.pekare, avvikelse.varde) == ("VF006", pekare, None)
    assert nummer not in str(avvikelse)


def test_a_samordningsnummer_and_a_reservnummer_are_patients_too():
    assert granskning.has_identity("samordningsnummer 19701063-2391 på raden")
    assert granskning.has_identity("reservnummer 992020000014")


@pytest.mark.parametrize(
    "harmless",
    ["", "ADA-2026-0042", "556036-0793", "2026-11-30", "08-123 456 78", "191212121213", "100042"],
)
def test_other_numbers_are_not_taken_for_patients(harmless):
    assert not granskning.has_identity(harmless)


def test_the_dates_of_the_invoice_are_no_patient():
    assert date(2026, 12, 3).isoformat() in peppol.render(MIXED).decode()
