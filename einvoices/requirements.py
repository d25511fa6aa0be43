"""What is missing for a format, in plain words.

`missing_details` finds something exactly where the format's official rules find a fatal error. It
doesn't need those rules, and tests compare the two. Nor does it need what the lines say, so it can
do without them.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from banking.currencies import EXPONENTS
from einvoices.details import (
    MissingDetail,
    Side,
    incomplete_delivery_address,
    missing_country,
    missing_endpoint,
    missing_registration,
    missing_vat_id,
    unknown_country,
    unknown_delivery_country,
    unknown_register,
)
from einvoices.document import EInvoice, Tax, Trader
from einvoices.electronic_addresses import REGISTERS, SCHEMES
from einvoices.formats import EInvoiceFormat, EInvoiceSyntax
from einvoices.national_requirements import german_details, peppol_details
from errors import Text
from values.money import to_decimal
from values.parties import Party
from values.taxes import TaxCategory

_MAX_DECIMALS: Final = 2
"""Decimals of an amount (BR-DEC-01 and the like)."""
UNKNOWN_CURRENCIES: Final = frozenset({"ANG", "BGN", "MRU", "STN", "XCG"})
"""Currencies that aren't on the lists of all formats, being too new or too old (BR-CL-04)."""
_UNKNOWN_TO_CII: Final = "SS"
"""South Sudan: the only country that EN 16931 has in UBL and not in CII (BR-CL-14, BR-CO-09)."""
_MIN_RATE: Final = Decimal("0.5")
"""The lowest tax rate in percent, since the rules take lower ones for zero (BR-CO-17)."""
_NEEDS_TAX_ID: Final = frozenset(
    {
        TaxCategory.STANDARD,
        TaxCategory.ZERO,
        TaxCategory.EXEMPT,
        TaxCategory.REVERSE_CHARGE,
    }
)
"""Categories that need a VAT id or a tax number of the seller (BR-S-02 and the like)."""
_NEEDS_VAT_ID: Final = frozenset({TaxCategory.INTRA_COMMUNITY, TaxCategory.EXPORT})
"""Categories that need the seller's VAT id (BR-IC-02, BR-G-02)."""
_SIDES: Final[tuple[Side, ...]] = ("company", "customer")
_ORDER: Final = (*_SIDES, "document")


def missing_details(invoice: EInvoice, specification: EInvoiceFormat) -> list[MissingDetail]:
    """Return what is missing for a format, ordered by where it is entered."""
    by_field = {detail.field: detail for detail in _missing(invoice, specification)}
    return sorted(by_field.values(), key=lambda each: _ORDER.index(each.field.partition(".")[0]))


def is_complete(invoice: EInvoice, specification: EInvoiceFormat) -> bool:
    """Whether nothing is missing for a format, without looking for everything."""
    return next(_missing(invoice, specification), None) is None


def can_be_complete(seller: Party, buyer: Party) -> bool:
    """Whether both have a country, without which every format lacks something (BR-09, BR-11).

    Unlike what else is missing, this is known at once.
    """
    return bool(seller.country and buyer.country)


def _missing(invoice: EInvoice, specification: EInvoiceFormat) -> Iterator[MissingDetail]:
    yield from _of_parties(invoice)
    yield from _of_tax_ids(invoice)
    yield from _of_taxes(invoice)
    yield from _of_delivery(invoice)
    yield from _of_content(invoice)
    if specification.syntax is EInvoiceSyntax.CII:
        yield from _of_countries(invoice)
    if specification.is_xrechnung:
        yield from german_details(invoice)
        yield from _of_endpoints(invoice)
    if specification is EInvoiceFormat.PEPPOL_UBL:
        yield from peppol_details(invoice)


def _traders(invoice: EInvoice) -> Iterable[tuple[Trader, Side]]:
    return zip((invoice.seller, invoice.buyer), _SIDES, strict=True)


def _of_parties(invoice: EInvoice) -> Iterator[MissingDetail]:
    for trader, side in _traders(invoice):
        registration, endpoint = trader.registration, trader.endpoint
        if not trader.address.country:
            yield missing_country(trader, side)
        if registration and registration.scheme and registration.scheme not in REGISTERS:
            yield unknown_register(trader, side)
        if endpoint and endpoint.scheme not in SCHEMES:
            yield missing_endpoint(trader, side)


def _of_countries(invoice: EInvoice) -> Iterator[MissingDetail]:
    """Find countries for which CII has no code, although UBL has one."""
    for trader, side in _traders(invoice):
        if trader.address.country == _UNKNOWN_TO_CII:
            yield unknown_country(side)
    address = invoice.delivery_address
    if address and address.country == _UNKNOWN_TO_CII and address != invoice.buyer.address:
        yield unknown_delivery_country()


def _of_endpoints(invoice: EInvoice) -> Iterator[MissingDetail]:
    for trader, side in _traders(invoice):
        if trader.endpoint is None:
            yield missing_endpoint(trader, side)


def _of_tax_ids(invoice: EInvoice) -> Iterator[MissingDetail]:
    seller, buyer, categories = invoice.seller, invoice.buyer, invoice.categories
    if categories & _NEEDS_VAT_ID and not seller.vat_id:
        yield missing_vat_id(seller, "company")
    elif categories & _NEEDS_TAX_ID and not (seller.vat_id or seller.tax_number):
        yield MissingDetail("BT-31", "company.vatId", Text("Enter your VAT ID or tax number."))
    elif not (seller.identifier or seller.registration or seller.vat_id):
        yield missing_registration(seller, "company")
    is_known = buyer.vat_id or (
        buyer.registration and TaxCategory.INTRA_COMMUNITY not in categories
    )
    if categories & {TaxCategory.REVERSE_CHARGE, TaxCategory.INTRA_COMMUNITY} and not is_known:
        yield missing_vat_id(buyer, "customer")


def _of_taxes(invoice: EInvoice) -> Iterator[MissingDetail]:
    categories = invoice.categories
    if TaxCategory.OUT_OF_SCOPE in categories and len(categories) > 1:
        yield MissingDetail(
            "BT-151",
            "document.lines",
            Text("Put lines that aren't subject to tax on an invoice of their own."),
        )
    elif any(not _is_tax_of(tax, invoice.currency) for tax in invoice.taxes):
        yield MissingDetail(
            "BT-117",
            "document.lines",
            Text("The tax was rounded for each line. E-invoices need it for each rate."),
        )
    if any(_is_too_low(tax, invoice.currency) for tax in invoice.taxes):
        yield MissingDetail(
            "BT-119",
            "document.lines",
            Text("E-invoices can't have tax rates below %(rate)s.", rate="½ %"),
        )
    exempt = (tax for tax in invoice.taxes if tax.category is TaxCategory.EXEMPT)
    if any(not tax.reason for tax in exempt):
        yield MissingDetail(
            "BT-120", "document.taxExemptionReason", Text("Say why lines are exempt from tax.")
        )
    for at in invoice.second_taxes:
        yield MissingDetail(
            "BT-151",
            f"document.lines.{at}.secondTax",
            Text(
                "Line %(line)s has two taxes. E-invoices can only have one for each line.",
                line=at + 1,
            ),
        )


def _is_too_low(tax: Tax, currency: str) -> bool:
    """Whether there is some tax at a rate for which the rules expect none."""
    return tax.rate < _MIN_RATE <= abs(to_decimal(tax.tax, currency))


def _is_tax_of(tax: Tax, currency: str) -> bool:
    """Whether a sum is off by less than one unit (BR-CO-17)."""
    exact = abs(to_decimal(tax.base, currency)) * tax.rate / 100
    return abs(abs(to_decimal(tax.tax, currency)) - round(exact, _MAX_DECIMALS)) < Decimal(1)


def _of_delivery(invoice: EInvoice) -> Iterator[MissingDetail]:
    is_supply = TaxCategory.INTRA_COMMUNITY in invoice.categories
    if is_supply and not (invoice.delivery_date or invoice.period):
        yield MissingDetail(
            "BT-72", "document.servicePeriod", Text("Enter the date of the delivery or service.")
        )
    address = invoice.delivery_address
    # If it is the buyer's, that is asked for already.
    if address and not address.country and address != invoice.buyer.address:
        yield incomplete_delivery_address()


def _of_content(invoice: EInvoice) -> Iterator[MissingDetail]:
    currency = invoice.currency
    if EXPONENTS[currency] > _MAX_DECIMALS or currency in UNKNOWN_CURRENCIES:
        yield MissingDetail(
            "BT-5",
            "document.currency",
            Text("E-invoices can't be in %(currency)s.", currency=currency),
        )
    # A draft of a credit note gets the day of its issue.
    has_terms = invoice.due_date or invoice.payment_terms or invoice.is_credit_note
    if invoice.total > 0 and not has_terms:
        yield MissingDetail(
            "BT-9", "document.dueDate", Text("Enter a due date or terms of payment.")
        )
