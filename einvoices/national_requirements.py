"""What XRechnung and Peppol need beyond EN 16931, and Peppol for the countries of sellers."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from stdnum.se import orgnr as swedish_business

from einvoices.details import (
    MissingDetail,
    Side,
    incomplete_delivery_address,
    missing_city,
    missing_endpoint,
    missing_postal_code,
    missing_registration,
    missing_street,
    missing_vat_id,
)
from einvoices.document import EInvoice, Trader
from einvoices.electronic_addresses import PEPPOL_SCHEMES, has_right_form
from errors import Text
from values.taxes import TaxCategory

_CASH_DISCOUNT: Final = re.compile(
    r"#SKONTO#TAGE=[0-9]+#PROZENT=[0-9]+\.[0-9]{2}(?:#BASISBETRAG=-?[0-9]+\.[0-9]{2})?#"
)
"""A line of payment terms that programs can read (BR-DE-18)."""
_CASH_DISCOUNT_EXAMPLE: Final = "#SKONTO#TAGE=14#PROZENT=2.00#"
_SWEDISH_RATES: Final = frozenset({25, 12, 6})


def german_details(invoice: EInvoice) -> Iterator[MissingDetail]:
    """Find what an XRechnung needs, and what Peppol needs between Germans (BR-DE, DE-R)."""
    for trader, side in _traders(invoice):
        if not trader.address.city:
            yield missing_city(trader, side)
        if not trader.address.postal_code:
            yield missing_postal_code(trader, side)
    yield from _contact(invoice.seller)
    address = invoice.delivery_address
    if address and address != invoice.buyer.address and not (address.city and address.postal_code):
        yield incomplete_delivery_address()
    if not invoice.buyer_reference:
        yield MissingDetail(
            "BT-10",
            "document.buyerReference",
            Text("Enter the customer's reference, for example a Leitweg-ID."),
        )
    if any(
        line.strip().startswith("#") and not _CASH_DISCOUNT.fullmatch(line.strip())
        for line in (invoice.payment_terms or "").splitlines()
    ):
        yield MissingDetail(
            "BT-20",
            "document.paymentTerms",
            Text(
                "A line of the terms of payment that begins with # must describe a discount like"
                " %(example)s.",
                example=_CASH_DISCOUNT_EXAMPLE,
            ),
        )


def _contact(seller: Trader) -> Iterator[MissingDetail]:
    contact = seller.contact
    if contact is None or not contact.name:
        yield MissingDetail("BT-41", "company.contactName", Text("Enter your contact person."))
    if contact is None or not contact.phone:
        yield MissingDetail("BT-42", "company.phone", Text("Enter your phone number."))
    if contact is None or not contact.email:
        yield MissingDetail("BT-43", "company.email", Text("Enter your e-mail address."))


def _traders(invoice: EInvoice) -> tuple[tuple[Trader, Side], ...]:
    return (invoice.seller, "company"), (invoice.buyer, "customer")


# --- Peppol ---------------------------------------------------------------------------------------


def peppol_details(invoice: EInvoice) -> Iterator[MissingDetail]:
    """Find what Peppol BIS Billing needs, in general and in the seller's country."""
    if not (invoice.buyer_reference or invoice.order_reference):
        yield MissingDetail(
            "BT-10",
            "document.buyerReference",
            Text("Enter the customer's reference or order number."),
        )
    for trader, side in _traders(invoice):
        endpoint, registration = trader.endpoint, trader.registration
        if (
            endpoint is None
            or endpoint.scheme not in PEPPOL_SCHEMES
            or not has_right_form(endpoint)
        ):
            yield missing_endpoint(trader, side)
        if registration and not has_right_form(registration):
            yield missing_registration(trader, side)
    country = invoice.seller.address.country or ""
    taxed_in = (invoice.seller.vat_id or country)[:2]
    for find in (_BY_ADDRESS.get(country), _BY_VAT_ID.get(taxed_in)):
        if find:
            yield from find(invoice)


def _is_domestic(invoice: EInvoice) -> bool:
    return invoice.seller.address.country == invoice.buyer.address.country


def _between_germans(invoice: EInvoice) -> Iterator[MissingDetail]:
    if _is_domestic(invoice):
        yield from german_details(invoice)


def _from_denmark(invoice: EInvoice) -> Iterator[MissingDetail]:
    yield from _registered(invoice.seller, "company", {"0184"}, "0184 (CVR)")


def _from_italy(invoice: EInvoice) -> Iterator[MissingDetail]:
    seller = invoice.seller
    yield from _full_address(seller, "company")
    if seller.tax_number and not re.fullmatch(r"[A-Z0-9]{11,16}", seller.tax_number):
        yield missing_vat_id(seller, "company")


def _from_iceland(invoice: EInvoice) -> Iterator[MissingDetail]:
    for trader, side in _traders(invoice)[: 2 if _is_domestic(invoice) else 1]:
        yield from _registered(trader, side, {"0196"}, "0196 (kennitala)")
        yield from _full_address(trader, side, needs_city=False)


def _from_the_netherlands(invoice: EInvoice) -> Iterator[MissingDetail]:
    for trader, side in _traders(invoice)[: 2 if _is_domestic(invoice) else 1]:
        if trader.registration:
            yield from _registered(trader, side, {"0106", "0190"}, "0106 (KVK), 0190 (OIN)")
        yield from _full_address(trader, side)
    if _is_domestic(invoice) and not (invoice.is_credit_note or invoice.payment.iban):
        yield MissingDetail("BT-84", "company.iban", Text("Enter your IBAN."))
    if invoice.is_credit_note and not invoice.preceding:
        yield MissingDetail(
            "BT-25",
            "document.invoice",
            Text("Write the credit note for an invoice, which it has to name."),
        )


def _from_sweden(invoice: EInvoice) -> Iterator[MissingDetail]:
    seller = invoice.seller
    if seller.registration and not (
        re.fullmatch(r"\d{10}", seller.registration.value)
        and swedish_business.is_valid(seller.registration.value)
    ):
        yield missing_registration(seller, "company", "0007 (organisationsnummer)")
    if seller.registration and seller.tax_number:  # which has another meaning (SE-R-005)
        yield missing_vat_id(seller, "company")
    has_vat_id = (seller.vat_id or "").startswith("SE")
    if has_vat_id and any(
        tax.category is TaxCategory.STANDARD and tax.rate not in _SWEDISH_RATES
        for tax in invoice.taxes
    ):
        yield MissingDetail(
            "BT-119",
            "document.lines",
            Text(
                "Peppol only accepts these tax rates of Swedish businesses: %(rates)s.",
                rates="25 %, 12 %, 6 %",
            ),
        )


def _from_greece(_: EInvoice) -> Iterator[MissingDetail]:
    yield MissingDetail(
        "BT-122",
        "document",
        Text("Greek e-invoices need a mark of myDATA, which this portal can't get."),
    )


_BY_ADDRESS: Final[Mapping[str, Callable[[EInvoice], Iterator[MissingDetail]]]] = {
    "DE": _between_germans,
    "DK": _from_denmark,
    "IS": _from_iceland,
    "NL": _from_the_netherlands,
    "SE": _from_sweden,
}
"""The rules of countries, by that of the seller's address."""
_BY_VAT_ID: Final[Mapping[str, Callable[[EInvoice], Iterator[MissingDetail]]]] = {
    "EL": _from_greece,
    "GR": _from_greece,
    "IT": _from_italy,
}
"""The rules of countries that go by the seller's VAT id, if there is one."""


def _registered(
    trader: Trader, side: Side, schemes: set[str], example: str
) -> Iterator[MissingDetail]:
    registration = trader.registration
    if registration is None or registration.scheme not in schemes:
        yield missing_registration(trader, side, example)


def _full_address(
    trader: Trader, side: Side, *, needs_city: bool = True
) -> Iterator[MissingDetail]:
    address = trader.address
    if not address.lines:
        yield missing_street(trader, side)
    if needs_city and not address.city:
        yield missing_city(trader, side)
    if not address.postal_code:
        yield missing_postal_code(trader, side)
