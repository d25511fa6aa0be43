"""Duplicating invoices and quotes."""

from typing import Any, Final

import pytest

from models import Company, Customer, Invoice, Quote
from services.billing.copies import copied_content
from tests.support.clients import Business, GraphQLFailed
from values.taxes import TaxRounding

_LINES: Final = [
    {
        "description": "Work",
        "quantity": "2.5",
        "unit": "hour",
        "unitPrice": "80.005",
        "taxRate": "19",
        "discountPercent": "5",
    },
    {"description": "Travel", "quantity": "1", "unitPrice": "50", "discountAmount": "1"},
]
_CONTENT: Final[dict[str, Any]] = {
    "lines": _LINES,
    "issueDate": "2026-01-02",
    "notes": "Thanks",
    "paymentTerms": "Soon",
    "discount": "10",
    "purchaseOrder": "PO-1",
    "servicePeriod": {"from": "2026-01-01"},
    "deliveryAddress": {"lines": ["Way 1"], "city": "Rome", "country": "IT"},
}


async def _duplicate(business: Business, kind: str, id_: str, **key: str) -> Any:
    name = f"duplicate{kind.title()}"
    fields = f"{{ {kind} {{ id number status }} }}"
    values = {f"{kind}Id": id_, **key}
    return (await business.mutate(name, f"{name[0].upper()}{name[1:]}Input", fields, **values))[
        kind
    ]


async def test_a_duplicate_of_an_issued_invoice_is_a_draft_without_number_and_dates(
    business: Business,
) -> None:
    original = await Invoice.get(
        id=await business.make_invoice(
            **_CONTENT, dueDate="2026-02-03", allowPartialPayment=True, minimumPayment="5"
        )
    )
    made = await _duplicate(business, "invoice", str(original.id))
    assert (made["number"], made["status"]) == (None, "DRAFT")
    duplicate = await Invoice.get(id=made["id"])
    assert (duplicate.total, duplicate.tax) == (original.total, original.tax)
    assert (duplicate.allow_partial_payment, duplicate.minimum_payment) == (True, 500)
    assert (duplicate.issue_date, duplicate.due_date, duplicate.period_start) == (None,) * 3
    assert await copied_content(duplicate) == {
        **await copied_content(original),
        "service_period": None,
    }


async def test_a_duplicate_follows_the_company_and_the_customer_where_the_original_is_empty(
    business: Business,
) -> None:
    quote_id = await business.make_quote(notes="")
    quote = await Quote.get(id=quote_id)
    await Customer.filter(id=quote.customer_id).update(buyer_reference="B-7", default_notes="Hi")
    await Company.filter(id=business.company_id).update(tax_rounding=TaxRounding.DOWN)
    duplicate = await Quote.get(id=(await _duplicate(business, "quote", quote_id))["id"])
    assert duplicate.buyer_reference == "B-7"
    assert duplicate.notes is None
    assert duplicate.tax_rounding is TaxRounding.DOWN


async def test_a_repeated_key_duplicates_once_even_if_the_original_is_gone(
    business: Business,
) -> None:
    draft_id = await business.make_draft()
    first = await _duplicate(business, "invoice", draft_id, idempotencyKey="k")
    await business.mutate("deleteInvoice", "InvoiceRef", "", invoiceId=draft_id)
    assert await _duplicate(business, "invoice", draft_id, idempotencyKey="k") == first
    with pytest.raises(GraphQLFailed) as other:
        await _duplicate(business, "invoice", first["id"], idempotencyKey="k")
    assert (other.value.code, other.value.field) == ("CONFLICT", "idempotencyKey")
    assert await Invoice.filter(company_id=business.company_id).count() == 1


async def test_a_foreign_document_is_not_found(business: Business, rival: Business) -> None:
    with pytest.raises(GraphQLFailed) as refusal:
        await _duplicate(business, "invoice", await rival.make_invoice())
    assert refusal.value.code == "NOT_FOUND"
    assert await Invoice.filter(company_id=business.company_id).count() == 0
