"""E-invoices in OASIS's Universal Business Language. Elements are in the order of its schema."""

from decimal import Decimal
from functools import partial
from typing import Final

from einvoices.codes import CATEGORY_CODES, DISCOUNT, REASON_CODES, country_code
from einvoices.document import EInvoice, Identifier, Line, Payment, Tax, Trader
from einvoices.formats import BUSINESS_PROCESS, EInvoiceFormat
from einvoices.xml import decimal, document, element, iso_date, text
from values.money import to_text
from values.parties import PostalAddress
from values.taxes import TaxCategory

_SCHEMAS: Final = "urn:oasis:names:specification:ubl:schema:xsd"
_VAT: Final = "VAT"
_OTHER_TAX: Final = "TAX"
"""The scheme of a tax number that isn't a VAT id (BT-32)."""


def write_ubl(invoice: EInvoice, specification: EInvoiceFormat) -> bytes:
    """Return the XML of `invoice` in a format whose syntax is UBL."""
    root = "CreditNote" if invoice.is_credit_note else "Invoice"
    due_date = iso_date(invoice.due_date)
    return document(
        root,
        {
            "": f"{_SCHEMAS}:{root}-2",
            "cac": f"{_SCHEMAS}:CommonAggregateComponents-2",
            "cbc": f"{_SCHEMAS}:CommonBasicComponents-2",
        },
        text("cbc:CustomizationID", specification.specification_id),
        text("cbc:ProfileID", BUSINESS_PROCESS),
        text("cbc:ID", invoice.number),
        text("cbc:IssueDate", iso_date(invoice.issue_date)),
        # A credit note has its due date below its means of payment.
        "" if invoice.is_credit_note else text("cbc:DueDate", due_date),
        text(f"cbc:{root}TypeCode", invoice.type_code),
        text("cbc:Note", invoice.note),
        text("cbc:DocumentCurrencyCode", invoice.currency),
        text("cbc:BuyerReference", invoice.buyer_reference),
        _period(invoice),
        element("cac:OrderReference", text("cbc:ID", invoice.order_reference)),
        _preceding(invoice),
        element("cac:AccountingSupplierParty", _party(invoice.seller)),
        element("cac:AccountingCustomerParty", _party(invoice.buyer)),
        element(
            "cac:Delivery",
            text("cbc:ActualDeliveryDate", iso_date(invoice.delivery_date)),
            element("cac:DeliveryLocation", _address("cac:Address", invoice.delivery_address)),
        ),
        _payment(invoice.payment, due_date if invoice.is_credit_note else None),
        element("cac:PaymentTerms", text("cbc:Note", invoice.payment_terms)),
        *(_allowance(tax, invoice.currency) for tax in invoice.taxes if tax.allowance),
        _tax_total(invoice),
        _monetary_total(invoice),
        *(_line(at, line, invoice.currency, root) for at, line in enumerate(invoice.lines, 1)),
    )


def _amount(name: str, minor: int, currency: str) -> str:
    return text(f"cbc:{name}", to_text(minor, currency), currencyID=currency)


def _scheme(name: str) -> str:
    return element("cac:TaxScheme", text("cbc:ID", name))


# --- the head -------------------------------------------------------------------------------------


def _period(invoice: EInvoice) -> str:
    start, end = invoice.period or (None, None)
    return element(
        "cac:InvoicePeriod",
        text("cbc:StartDate", iso_date(start)),
        text("cbc:EndDate", iso_date(end)),
    )


def _preceding(invoice: EInvoice) -> str:
    preceding = invoice.preceding
    if preceding is None:
        return ""
    return element(
        "cac:BillingReference",
        element(
            "cac:InvoiceDocumentReference",
            text("cbc:ID", preceding.number),
            text("cbc:IssueDate", iso_date(preceding.issue_date)),
        ),
    )


def _party(trader: Trader) -> str:
    contact = trader.contact
    return element(
        "cac:Party",
        _identifier("cbc:EndpointID", trader.endpoint),
        element("cac:PartyIdentification", text("cbc:ID", trader.identifier)),
        _address("cac:PostalAddress", trader.address),
        _tax_id(trader.vat_id, _VAT),
        _tax_id(trader.tax_number, _OTHER_TAX),
        element(
            "cac:PartyLegalEntity",
            text("cbc:RegistrationName", trader.name),
            _identifier("cbc:CompanyID", trader.registration),
        ),
        element(
            "cac:Contact",
            text("cbc:Name", contact.name),
            text("cbc:Telephone", contact.phone),
            text("cbc:ElectronicMail", contact.email),
        )
        if contact
        else "",
    )


def _tax_id(value: str | None, scheme: str) -> str:
    if value is None:
        return ""
    return element("cac:PartyTaxScheme", text("cbc:CompanyID", value), _scheme(scheme))


def _identifier(name: str, identifier: Identifier | None) -> str:
    return text(name, identifier.value, schemeID=identifier.scheme) if identifier else ""


def _address(name: str, address: PostalAddress | None) -> str:
    if address is None:
        return ""
    lines = (*address.lines, None, None, None)
    return element(
        name,
        text("cbc:StreetName", lines[0]),
        text("cbc:AdditionalStreetName", lines[1]),
        text("cbc:CityName", address.city),
        text("cbc:PostalZone", address.postal_code),
        text("cbc:CountrySubentity", address.region),
        element("cac:AddressLine", text("cbc:Line", lines[2])),
        element("cac:Country", text("cbc:IdentificationCode", country_code(address.country))),
    )


def _payment(payment: Payment, due_date: str | None) -> str:
    return element(
        "cac:PaymentMeans",
        text("cbc:PaymentMeansCode", payment.means, name=payment.means_text),
        text("cbc:PaymentDueDate", due_date),
        text("cbc:PaymentID", payment.reference),
        element(
            "cac:PayeeFinancialAccount",
            text("cbc:ID", payment.iban),
            text("cbc:Name", payment.account_holder),
            element("cac:FinancialInstitutionBranch", text("cbc:ID", payment.bic)),
        ),
    )


def _allowance(tax: Tax, currency: str) -> str:
    return element(
        "cac:AllowanceCharge",
        text("cbc:ChargeIndicator", "false"),
        text("cbc:AllowanceChargeReasonCode", DISCOUNT),
        _amount("Amount", tax.allowance, currency),
        _category("cac:TaxCategory", tax.category, tax.rate),
    )


def _category(name: str, category: TaxCategory, rate: Decimal) -> str:
    """Return the tax of a line or an allowance, without a rate if it isn't subject to tax."""
    has_rate = category is not TaxCategory.OUT_OF_SCOPE
    return element(
        name,
        text("cbc:ID", CATEGORY_CODES[category]),
        text("cbc:Percent", decimal(rate) if has_rate else None),
        _scheme(_VAT),
    )


def _tax_total(invoice: EInvoice) -> str:
    amount = partial(_amount, currency=invoice.currency)
    return element(
        "cac:TaxTotal",
        amount("TaxAmount", invoice.tax_total),
        *(
            element(
                "cac:TaxSubtotal",
                amount("TaxableAmount", tax.base),
                amount("TaxAmount", tax.tax),
                element(
                    "cac:TaxCategory",
                    text("cbc:ID", CATEGORY_CODES[tax.category]),
                    text("cbc:Percent", decimal(tax.rate)),
                    text("cbc:TaxExemptionReasonCode", REASON_CODES.get(tax.category)),
                    text("cbc:TaxExemptionReason", tax.reason),
                    _scheme(_VAT),
                ),
            )
            for tax in invoice.taxes
        ),
    )


def _monetary_total(invoice: EInvoice) -> str:
    amount = partial(_amount, currency=invoice.currency)
    return element(
        "cac:LegalMonetaryTotal",
        amount("LineExtensionAmount", invoice.line_total),
        amount("TaxExclusiveAmount", invoice.total - invoice.tax_total),
        amount("TaxInclusiveAmount", invoice.total),
        amount("AllowanceTotalAmount", invoice.allowance_total)
        if any(tax.allowance for tax in invoice.taxes)
        else "",
        amount("PayableAmount", invoice.total),
    )


# --- the lines ------------------------------------------------------------------------------------


def _line(number: int, line: Line, currency: str, root: str) -> str:
    quantity = "CreditedQuantity" if root == "CreditNote" else "InvoicedQuantity"
    allowance = element(
        "cac:AllowanceCharge",
        text("cbc:ChargeIndicator", "false"),
        text("cbc:AllowanceChargeReasonCode", DISCOUNT),
        _amount("Amount", line.allowance, currency),
    )
    return element(
        f"cac:{root}Line",
        text("cbc:ID", str(number)),
        text(f"cbc:{quantity}", decimal(line.quantity), unitCode=line.unit),
        _amount("LineExtensionAmount", line.net, currency),
        allowance if line.allowance else "",
        element(
            "cac:Item",
            text("cbc:Description", line.description),
            text("cbc:Name", line.name),
            _category("cac:ClassifiedTaxCategory", line.category, line.rate),
        ),
        element("cac:Price", text("cbc:PriceAmount", decimal(line.price), currencyID=currency)),
    )
