"""What new documents start with: days to pay, notes, terms and references."""

from datetime import date, timedelta
from typing import Any

import pytest

from models import Company, Customer, Invoice
from models.companies import today_of
from tests.support.clients import Business, GraphQLFailed


async def _set(
    business: Business, company: dict[str, Any], customer: dict[str, Any] | None = None
) -> str:
    """Set defaults of the company and of a new customer, and return the customer's id."""
    await business.mutate("updateCompany", "UpdateCompanyInput", "{ company { id } }", **company)
    return await business.make_customer(**(customer or {}))


async def _texts(business: Business, customer_id: str, **given: object) -> tuple[Any, ...]:
    row = await Invoice.get(id=await business.make_draft(customerId=customer_id, **given))
    return row.notes, row.payment_terms, row.buyer_reference


@pytest.mark.parametrize(
    ("company", "customer", "days"),
    [
        (None, None, None),
        (30, None, 30),
        (30, 14, 14),
        (30, 0, 0),
        (None, 7, 7),
    ],
)
async def test_the_due_date_follows_from_the_days_to_pay(
    business: Business, company: int | None, customer: int | None, days: int | None
) -> None:
    customer_id = await _set(business, {"paymentDays": company}, {"paymentDays": customer})
    invoice_id = await business.make_draft(customerId=customer_id)
    assert (await Invoice.get(id=invoice_id)).due_date is None
    await business.issue(invoice_id)
    today = today_of(await Company.get(id=business.company_id))
    due_date = None if days is None else today + timedelta(days=days)
    assert (await Invoice.get(id=invoice_id)).due_date == due_date


async def test_days_to_pay_count_from_the_issue_date(business: Business) -> None:
    customer_id = await _set(business, {"paymentDays": 14})
    dates = {"issueDate": "2026-02-20"}
    invoice_id = await business.make_invoice(customerId=customer_id, **dates)
    assert (await Invoice.get(id=invoice_id)).due_date == date(2026, 3, 6)
    invoice_id = await business.make_invoice(customerId=customer_id, dueDate="2026-02-21", **dates)
    assert (await Invoice.get(id=invoice_id)).due_date == date(2026, 2, 21)


async def test_a_due_date_out_of_bounds_is_refused_at_issue(business: Business) -> None:
    customer_id = await _set(business, {"paymentDays": 3650})
    invoice_id = await business.make_draft(customerId=customer_id, issueDate="2099-01-01")
    with pytest.raises(GraphQLFailed) as refusal:
        await business.issue(invoice_id)
    assert (refusal.value.code, refusal.value.field) == ("BAD_INPUT", "dueDate")
    assert (await Invoice.get(id=invoice_id)).status == "DRAFT"


async def test_texts_come_from_the_customer_or_else_the_company(business: Business) -> None:
    company = {"defaultNotes": "Company's notes", "paymentTerms": "Net 30"}
    customer_id = await _set(business, company)
    assert await _texts(business, customer_id) == ("Company's notes", "Net 30", None)
    own = {"default_notes": "Customer's notes", "buyer_reference": "04011000-1"}
    await Customer.filter(id=customer_id).update(**own)
    assert await _texts(business, customer_id) == ("Customer's notes", "Net 30", "04011000-1")


async def test_what_is_given_goes_before_the_defaults(business: Business) -> None:
    customer_id = await _set(
        business,
        {"defaultNotes": "Company's notes", "paymentTerms": "Net 30"},
        {"defaultNotes": "Customer's notes", "buyerReference": "04011000-1"},
    )
    given = {"notes": "Mine", "paymentTerms": "Now", "buyerReference": "PO"}
    assert await _texts(business, customer_id, **given) == ("Mine", "Now", "PO")
    empty = dict.fromkeys(given, "")
    assert await _texts(business, customer_id, **empty) == (None, None, None)


async def test_the_company_rounds_the_tax_of_new_documents(business: Business) -> None:
    line = {"description": "Work", "quantity": "10", "unitPrice": "5", "taxRate": "9"}
    drafts = []
    for rounding in ("HALF_UP", "DOWN"):
        customer_id = await _set(business, {"taxRounding": rounding})
        drafts.append(
            await business.make_invoice(customerId=customer_id, currency="JPY", lines=[line])
        )
    assert [(await Invoice.get(id=draft)).tax for draft in drafts] == [5, 4]
