"""The content of documents as drafts, to write one document from another."""

from typing import Any

import orjson

from models import CreditNote, Invoice, Quote
from models.documents import DocumentLine
from services.billing.drafts import Period
from services.billing.loaders import lines_of
from services.billing.pricing import Discount, LineDraft, NamedTax
from values.money import to_decimal
from values.parties import PostalAddress


async def copied_content(document: Invoice | Quote | CreditNote) -> dict[str, Any]:
    """Return the fields of a `DocumentDraft` with the document's content, but not its dates."""
    return {
        "customer_id": str(document.customer_id),
        "lines": [line_draft(line, document.currency) for line in await lines_of(document)],
        "currency": document.currency,
        "prices_include_tax": document.prices_include_tax,
        "tax_rounding": document.tax_rounding,
        "discount": discount_of(document),
        "tax_exemption_reason": document.tax_exemption_reason,
        "purchase_order": document.purchase_order,
        "buyer_reference": document.buyer_reference or "",
        "service_period": service_period(document),
        "delivery_address": delivery_address(document),
        "payment_terms": document.payment_terms or "",
        "notes": document.notes or "",
    }


def discount_of(document: Invoice | Quote | CreditNote) -> Discount:
    """Return the document's discount as it was entered."""
    if document.discount_percent is not None:
        return Discount(percent=document.discount_percent)
    return Discount(amount=to_decimal(document.discount_amount, document.currency))


def line_draft(line: DocumentLine, currency: str) -> LineDraft:
    """Return a stored line as it was entered."""
    second_tax = None
    if line.second_tax_name is not None and line.second_tax_rate is not None:
        second_tax = NamedTax(name=line.second_tax_name, rate=line.second_tax_rate)
    discount_amount = None
    if line.discount_percent is None and line.discount_amount:
        discount_amount = to_decimal(line.discount_amount, currency)
    return LineDraft(
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        unit=line.unit,
        discount_percent=line.discount_percent,
        discount_amount=discount_amount,
        tax_rate=line.tax_rate,
        tax_category=line.tax_category,
        tax_name=line.tax_name,
        second_tax=second_tax,
    )


def service_period(document: Invoice | Quote | CreditNote) -> Period | None:
    """Return the days of the document's service, if it names them."""
    if document.period_start is None:
        return None
    return Period(start=document.period_start, end=document.period_end)


def delivery_address(document: Invoice | Quote | CreditNote) -> PostalAddress | None:
    """Return the document's delivery address, if it has one."""
    content = document.delivery_address
    return PostalAddress.parse(orjson.loads(content)) if content else None
