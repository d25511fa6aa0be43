"""E-invoices in UN/CEFACT's Cross Industry Invoice. Elements are in the order of its schema."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final

from einvoices.codes import CATEGORY_CODES, DISCOUNT, REASON_CODES, country_code
from einvoices.document import EInvoice, Identifier, Line, Tax, Trader
from einvoices.formats import BUSINESS_PROCESS, EInvoiceFormat
from einvoices.xml import decimal, document, element, text
from values.money import to_text
from values.parties import PostalAddress
from values.taxes import TaxCategory

_STANDARD: Final = "urn:un:unece:uncefact:data:standard"
_NAMESPACES: Final = {
    "rsm": f"{_STANDARD}:CrossIndustryInvoice:100",
    "ram": f"{_STANDARD}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_STANDARD}:UnqualifiedDataType:100",
    "qdt": f"{_STANDARD}:QualifiedDataType:100",
}


def write_cii(invoice: EInvoice, specification: EInvoiceFormat) -> bytes:
    """Return the XML of `invoice` in a format whose syntax is CII."""
    return document(
        "rsm:CrossIndustryInvoice",
        _NAMESPACES,
        _context(specification),
        element(
            "rsm:ExchangedDocument",
            text("ram:ID", invoice.number),
            text("ram:TypeCode", invoice.type_code),
            _date("ram:IssueDateTime", invoice.issue_date),
            element("ram:IncludedNote", text("ram:Content", invoice.note)),
        ),
        element(
            "rsm:SupplyChainTradeTransaction",
            *(_line(at, line, invoice.currency) for at, line in enumerate(invoice.lines, 1)),
            _agreement(invoice),
            _delivery(invoice),
            _settlement(invoice),
        ),
    )


def _context(specification: EInvoiceFormat) -> str:
    process = element(
        "ram:BusinessProcessSpecifiedDocumentContextParameter", text("ram:ID", BUSINESS_PROCESS)
    )
    return element(
        "rsm:ExchangedDocumentContext",
        process,
        element(
            "ram:GuidelineSpecifiedDocumentContextParameter",
            text("ram:ID", specification.specification_id),
        ),
    )


def _date(name: str, day: date | None, type_: str = "udt") -> str:
    written = f"{day:%Y%m%d}" if day else None
    return element(name, text(f"{type_}:DateTimeString", written, format="102"))


def _indicator(*, is_charge: bool) -> str:
    value = "true" if is_charge else "false"
    return element("ram:ChargeIndicator", text("udt:Indicator", value))


# --- the head -------------------------------------------------------------------------------------


def _agreement(invoice: EInvoice) -> str:
    return element(
        "ram:ApplicableHeaderTradeAgreement",
        text("ram:BuyerReference", invoice.buyer_reference),
        _trader("ram:SellerTradeParty", invoice.seller),
        _trader("ram:BuyerTradeParty", invoice.buyer),
        element(
            "ram:BuyerOrderReferencedDocument",
            text("ram:IssuerAssignedID", invoice.order_reference),
        ),
    )


def _trader(name: str, trader: Trader) -> str:
    contact = trader.contact
    return element(
        name,
        text("ram:ID", trader.identifier),
        text("ram:Name", trader.name),
        element("ram:SpecifiedLegalOrganization", _identifier("ram:ID", trader.registration)),
        element(
            "ram:DefinedTradeContact",
            text("ram:PersonName", contact.name),
            element(
                "ram:TelephoneUniversalCommunication", text("ram:CompleteNumber", contact.phone)
            ),
            element("ram:EmailURIUniversalCommunication", text("ram:URIID", contact.email)),
        )
        if contact
        else "",
        _address(trader.address),
        element("ram:URIUniversalCommunication", _identifier("ram:URIID", trader.endpoint)),
        element("ram:SpecifiedTaxRegistration", text("ram:ID", trader.vat_id, schemeID="VA")),
        element("ram:SpecifiedTaxRegistration", text("ram:ID", trader.tax_number, schemeID="FC")),
    )


def _identifier(name: str, identifier: Identifier | None) -> str:
    return text(name, identifier.value, schemeID=identifier.scheme) if identifier else ""


def _address(address: PostalAddress) -> str:
    lines = (*address.lines, None, None, None)
    return element(
        "ram:PostalTradeAddress",
        text("ram:PostcodeCode", address.postal_code),
        text("ram:LineOne", lines[0]),
        text("ram:LineTwo", lines[1]),
        text("ram:LineThree", lines[2]),
        text("ram:CityName", address.city),
        text("ram:CountryID", country_code(address.country)),
        text("ram:CountrySubDivisionName", address.region),
    )


def _delivery(invoice: EInvoice) -> str:
    delivered_to = invoice.delivery_address
    inner = (
        element("ram:ShipToTradeParty", _address(delivered_to)) if delivered_to else "",
        element(
            "ram:ActualDeliverySupplyChainEvent",
            _date("ram:OccurrenceDateTime", invoice.delivery_date),
        ),
    )
    return (
        f"<ram:ApplicableHeaderTradeDelivery>{''.join(inner)}</ram:ApplicableHeaderTradeDelivery>"
    )


def _settlement(invoice: EInvoice) -> str:
    amount = partial(to_text, currency=invoice.currency)
    payment, preceding = invoice.payment, invoice.preceding
    start, end = invoice.period or (None, None)
    return element(
        "ram:ApplicableHeaderTradeSettlement",
        text("ram:PaymentReference", payment.reference),
        text("ram:InvoiceCurrencyCode", invoice.currency),
        element(
            "ram:SpecifiedTradeSettlementPaymentMeans",
            text("ram:TypeCode", payment.means),
            text("ram:Information", payment.means_text),
            element(
                "ram:PayeePartyCreditorFinancialAccount",
                text("ram:IBANID", payment.iban),
                text("ram:AccountName", payment.account_holder),
            ),
            element(
                "ram:PayeeSpecifiedCreditorFinancialInstitution", text("ram:BICID", payment.bic)
            ),
        ),
        *(_tax(tax, invoice.currency) for tax in invoice.taxes),
        element(
            "ram:BillingSpecifiedPeriod",
            _date("ram:StartDateTime", start),
            _date("ram:EndDateTime", end),
        ),
        *(_allowance(tax, invoice.currency) for tax in invoice.taxes if tax.allowance),
        element(
            "ram:SpecifiedTradePaymentTerms",
            text("ram:Description", invoice.payment_terms),
            _date("ram:DueDateDateTime", invoice.due_date),
        ),
        element(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            text("ram:LineTotalAmount", amount(invoice.line_total)),
            text("ram:AllowanceTotalAmount", amount(invoice.allowance_total))
            if any(tax.allowance for tax in invoice.taxes)
            else "",
            text("ram:TaxBasisTotalAmount", amount(invoice.total - invoice.tax_total)),
            text("ram:TaxTotalAmount", amount(invoice.tax_total), currencyID=invoice.currency),
            text("ram:GrandTotalAmount", amount(invoice.total)),
            text("ram:DuePayableAmount", amount(invoice.total)),
        ),
        element(
            "ram:InvoiceReferencedDocument",
            text("ram:IssuerAssignedID", preceding.number),
            _date("ram:FormattedIssueDateTime", preceding.issue_date, "qdt"),
        )
        if preceding
        else "",
    )


def _tax(tax: Tax, currency: str) -> str:
    return element(
        "ram:ApplicableTradeTax",
        text("ram:CalculatedAmount", to_text(tax.tax, currency)),
        text("ram:TypeCode", "VAT"),
        text("ram:ExemptionReason", tax.reason),
        text("ram:BasisAmount", to_text(tax.base, currency)),
        text("ram:CategoryCode", CATEGORY_CODES[tax.category]),
        text("ram:ExemptionReasonCode", REASON_CODES.get(tax.category)),
        text("ram:RateApplicablePercent", decimal(tax.rate)),
    )


def _allowance(tax: Tax, currency: str) -> str:
    return element(
        "ram:SpecifiedTradeAllowanceCharge",
        _indicator(is_charge=False),
        text("ram:ActualAmount", to_text(tax.allowance, currency)),
        text("ram:ReasonCode", DISCOUNT),
        _category("ram:CategoryTradeTax", tax.category, tax.rate),
    )


def _category(name: str, category: TaxCategory, rate: Decimal) -> str:
    """Return the tax of a line or an allowance, without a rate if it isn't subject to tax."""
    has_rate = category is not TaxCategory.OUT_OF_SCOPE
    return element(
        name,
        text("ram:TypeCode", "VAT"),
        text("ram:CategoryCode", CATEGORY_CODES[category]),
        text("ram:RateApplicablePercent", decimal(rate) if has_rate else None),
    )


# --- the lines ------------------------------------------------------------------------------------


def _line(number: int, line: Line, currency: str) -> str:
    allowance = element(
        "ram:SpecifiedTradeAllowanceCharge",
        _indicator(is_charge=False),
        text("ram:ActualAmount", to_text(line.allowance, currency)),
        text("ram:ReasonCode", DISCOUNT),
    )
    return element(
        "ram:IncludedSupplyChainTradeLineItem",
        element("ram:AssociatedDocumentLineDocument", text("ram:LineID", str(number))),
        element(
            "ram:SpecifiedTradeProduct",
            text("ram:Name", line.name),
            text("ram:Description", line.description),
        ),
        element(
            "ram:SpecifiedLineTradeAgreement",
            element("ram:NetPriceProductTradePrice", text("ram:ChargeAmount", decimal(line.price))),
        ),
        element(
            "ram:SpecifiedLineTradeDelivery",
            text("ram:BilledQuantity", decimal(line.quantity), unitCode=line.unit),
        ),
        element(
            "ram:SpecifiedLineTradeSettlement",
            _category("ram:ApplicableTradeTax", line.category, line.rate),
            allowance if line.allowance else "",
            element(
                "ram:SpecifiedTradeSettlementLineMonetarySummation",
                text("ram:LineTotalAmount", to_text(line.net, currency)),
            ),
        ),
    )
