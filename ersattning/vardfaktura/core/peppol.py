"""Peppol BIS Billing 3: an approved invoice as UBL, the form in which it is sent.

A sum above or equal to 0 is an Invoice (380), a negative one a CreditNote (381) with every amount
turned, so the document itself never asks for a negative sum. Prices in UBL are never negative: a
deduction is a negative quantity at a positive price.

Source: Peppol BIS Billing 3.0 and EN 16931 (rules BR-*, PEPPOL-EN16931-R*, SE-R-*).
"""

from decimal import Decimal
from typing import Final

from lxml import etree

from ersattning.vardfaktura.core import fakturering, granskning
from ersattning.vardfaktura.core.fakturering import (
    MOMSKODER,
    SEKTIONSNAMN,
    Fakturarad,
    Fakturaunderlag,
    Part,
)

_CAC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
_CBC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
_INVOICE: Final = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
_CREDITNOTE: Final = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"

_CUSTOMIZATION: Final = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_PROFILE: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_ORGNR: Final = "0007"  # ISO 6523: Swedish organisation number
_KREDITERING: Final = "30"  # UNCL 4461: credit transfer
_STYCK: Final = "C62"  # UN/ECE rec. 20: one
_VALUTA: Final = "SEK"

_NSMAP: Final = {"cac": _CAC, "cbc": _CBC}

_Element = etree._Element


def cac(name: str, *children: _Element) -> _Element:
    """Return an aggregate: an element with elements in it."""
    element = etree.Element(f"{{{_CAC}}}{name}", nsmap=_NSMAP)
    element.extend(children)
    return element


def cbc(name: str, text: str, **attributes: str) -> _Element:
    """Return a basic element: a text, perhaps with attributes."""
    element = etree.Element(f"{{{_CBC}}}{name}", attributes, nsmap=_NSMAP)
    element.text = text
    return element


def render(underlag: Fakturaunderlag) -> bytes:
    """Return the approved invoice as UTF-8 XML. The same invoice always gives the same bytes.

    Raises ValueError for an invoice that is not approved, or that `granskning.review` refuses.
    """
    if underlag.nummer is None or underlag.fakturadatum is None or underlag.forfallodatum is None:
        raise ValueError("Fakturan är inte godkänd: den saknar nummer eller datum.")
    findings = granskning.review(underlag)
    if findings:
        raise ValueError(f"Fakturan kan inte skickas: {', '.join(a.kod for a in findings)}.")
    credit = underlag.typ == fakturering.KREDITFAKTURA
    namespace = _CREDITNOTE if credit else _INVOICE
    root = etree.Element(
        f"{{{namespace}}}{'CreditNote' if credit else 'Invoice'}",
        nsmap={None: namespace, **_NSMAP},  # type: ignore[dict-item]  # None: the default namespace
    )
    root.extend(
        [
            *_head(underlag, credit=credit),
            *_references(underlag),
            cac("AccountingSupplierParty", _party(underlag.saljare)),
            cac("AccountingCustomerParty", _party(underlag.kopare)),
            *_payment(underlag, credit=credit),
            *_totals(underlag, credit=credit),
            *(_line(rad, credit=credit) for rad in underlag.synliga_rader),
        ]
    )
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _head(underlag: Fakturaunderlag, *, credit: bool) -> list[_Element]:
    head = [
        cbc("CustomizationID", _CUSTOMIZATION),
        cbc("ProfileID", _PROFILE),
        cbc("ID", str(underlag.nummer)),
        cbc("IssueDate", str(underlag.fakturadatum)),
    ]
    if credit:
        head.append(cbc("CreditNoteTypeCode", underlag.typ))
    else:
        head += [cbc("DueDate", str(underlag.forfallodatum)), cbc("InvoiceTypeCode", underlag.typ)]
    return [
        *head,
        cbc("Note", f"Vårdersättning {underlag.manad} {underlag.avtalsnamn}".strip()),
        cbc("DocumentCurrencyCode", _VALUTA),
        cbc("BuyerReference", underlag.er_referens),
        cac(
            "InvoicePeriod",
            cbc("StartDate", str(underlag.manad.first)),
            cbc("EndDate", str(underlag.manad.last)),
        ),
    ]


def _references(underlag: Fakturaunderlag) -> list[_Element]:
    """Return the earlier invoices that something is taken back from, and the contract."""
    credited = []
    for referens in underlag.krediterar:
        earlier = cac("InvoiceDocumentReference", cbc("ID", referens.nummer))
        if referens.datum is not None:
            earlier.append(cbc("IssueDate", str(referens.datum)))
        credited.append(cac("BillingReference", earlier))
    return [*credited, cac("ContractDocumentReference", cbc("ID", underlag.avtalsnummer))]


def _party(part: Part) -> _Element:
    party = cac(
        "Party",
        cbc("EndpointID", part.orgnr, schemeID=_ORGNR),
        cac("PartyName", cbc("Name", part.namn)),
        cac(
            "PostalAddress",
            *_given("StreetName", part.adress),
            *_given("CityName", part.ort),
            *_given("PostalZone", part.postnummer),
            cac("Country", cbc("IdentificationCode", "SE")),
        ),
    )
    if part.momsregnr is not None:
        party.append(_tax_scheme(part.momsregnr, "VAT"))
    if part.f_skatt:
        party.append(_tax_scheme("Godkänd för F-skatt", "TAX"))
    party.append(
        cac(
            "PartyLegalEntity",
            cbc("RegistrationName", part.namn),
            cbc("CompanyID", part.orgnr, schemeID=_ORGNR),
        )
    )
    if part.epost:
        party.append(cac("Contact", cbc("ElectronicMail", part.epost)))
    return party


def _given(name: str, text: str) -> list[_Element]:
    """Return the element when there is something to put in it: Peppol refuses empty ones (R008)."""
    return [cbc(name, text)] if text.strip() else []


def _tax_scheme(company: str, scheme: str) -> _Element:
    return cac("PartyTaxScheme", cbc("CompanyID", company), cac("TaxScheme", cbc("ID", scheme)))


def _payment(underlag: Fakturaunderlag, *, credit: bool) -> list[_Element]:
    means = []
    if underlag.bankgiro:
        means.append(
            cac(
                "PaymentMeans",
                cbc("PaymentMeansCode", _KREDITERING),
                cbc("PaymentID", str(underlag.nummer)),
                cac(
                    "PayeeFinancialAccount",
                    cbc("ID", underlag.bankgiro),
                    cac("FinancialInstitutionBranch", cbc("ID", "SE:BANKGIRO")),
                ),
            )
        )
    terms = (
        "Beloppet räknas av från kommande betalning."
        if credit
        else f"Betalas senast {underlag.forfallodatum}."
    )
    return [*means, cac("PaymentTerms", cbc("Note", terms))]


def _totals(underlag: Fakturaunderlag, *, credit: bool) -> list[_Element]:
    """Return the VAT, which is 0 kr of each category, and the sums (BR-CO-10, 13, 15 and 16)."""
    payable = _turned(underlag.summa, credit=credit)
    by_code: dict[str, Decimal] = {}
    for rad in underlag.synliga_rader:
        amount = _turned(rad.belopp, credit=credit)
        by_code[rad.momskod] = by_code.get(rad.momskod, Decimal("0.00")) + amount
    vat = cac("TaxTotal", _kr("TaxAmount", Decimal(0)))
    for momskod, taxable in sorted(by_code.items()):
        vat.append(
            cac(
                "TaxSubtotal",
                _kr("TaxableAmount", taxable),
                _kr("TaxAmount", Decimal(0)),
                _tax_category("TaxCategory", momskod, reason=True),
            )
        )
    sums = cac(
        "LegalMonetaryTotal",
        _kr("LineExtensionAmount", payable),
        _kr("TaxExclusiveAmount", payable),
        _kr("TaxInclusiveAmount", payable),
        _kr("PayableAmount", payable),
    )
    return [vat, sums]


def _line(rad: Fakturarad, *, credit: bool) -> _Element:
    quantity = -rad.antal if credit else rad.antal
    if rad.apris < 0:
        quantity = -quantity
    return cac(
        "CreditNoteLine" if credit else "InvoiceLine",
        cbc("ID", str(rad.radnr)),
        cbc("CreditedQuantity" if credit else "InvoicedQuantity", str(quantity), unitCode=_STYCK),
        _kr("LineExtensionAmount", _turned(rad.belopp, credit=credit)),
        cac(
            "Item",
            cbc("Name", rad.text),
            cac("SellersItemIdentification", cbc("ID", rad.produktkod)),
            _tax_category("ClassifiedTaxCategory", rad.momskod, reason=False),
            _property("Avsnitt", SEKTIONSNAMN[rad.sektion]),
            _property("Vårdmånad", str(rad.vardmanad)),
        ),
        cac("Price", _kr("PriceAmount", abs(rad.apris))),
    )


def _turned(belopp: Decimal, *, credit: bool) -> Decimal:
    return -belopp if credit else belopp


def _kr(element: str, belopp: Decimal) -> _Element:
    return cbc(element, f"{belopp:.2f}", currencyID=_VALUTA)


def _tax_category(element: str, momskod: str, *, reason: bool) -> _Element:
    moms = MOMSKODER[momskod]
    category = cac(element, cbc("ID", moms.kategori), cbc("Percent", str(moms.procent)))
    if reason:
        category.append(cbc("TaxExemptionReasonCode", moms.skalkod))
        category.append(cbc("TaxExemptionReason", moms.skal))
    category.append(cac("TaxScheme", cbc("ID", "VAT")))
    return category


def _property(name: str, value: str) -> _Element:
    return cac("AdditionalItemProperty", cbc("Name", name), cbc("Value", value))
