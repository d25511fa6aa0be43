"""Saving the draft that is written in a form."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

import pytest

from auth.staff import Staff, authenticate
from errors import BadInput, Conflict, NotFound
from models import Customer, Invoice, InvoiceLine
from services.billing.customers import CustomerChanges
from services.billing.drafting.saving import FormOrigin, save_draft
from services.billing.drafts import INVOICE, DraftChanged
from services.billing.invoices import InvoiceDraft
from services.billing.pricing import LineDraft
from tests.support.clients import Business

_WORK: Final = LineDraft(description="Work", quantity=Decimal(1), unit_price=Decimal(100))


def _draft(customer_id: str, price: int = 100, **content: Any) -> InvoiceDraft:
    line = replace(_WORK, unit_price=Decimal(price))
    return InvoiceDraft(customer_id=customer_id, lines=[line], **content)


def _new_form() -> FormOrigin:
    return FormOrigin(key=uuid4().hex)


@pytest.fixture
async def staff(business: Business) -> Staff:
    return await authenticate(f"Bearer {business.secret}")


@pytest.fixture
async def customer_id(business: Business) -> str:
    return await business.make_customer()


async def test_a_form_creates_one_draft_however_often_it_is_saved(
    staff: Staff, customer_id: str
) -> None:
    form = _new_form()
    first = await save_draft(staff, INVOICE, _draft(customer_id), form)
    again = await save_draft(staff, INVOICE, _draft(customer_id), form)
    changed = await save_draft(staff, INVOICE, _draft(customer_id, 250), form)
    assert first.id == again.id == changed.id
    assert await Invoice.filter(company_id=staff.company_id).values_list("total") == [(25_000,)]
    assert await InvoiceLine.filter(invoice_id=first.id).count() == 1


async def test_a_form_that_goes_back_to_what_it_had_is_saved(
    staff: Staff, customer_id: str
) -> None:
    form = _new_form()
    for price in (100, 250, 100):
        row = await save_draft(staff, INVOICE, _draft(customer_id, price), form)
        assert (await Invoice.get(id=row.id)).total == price * 100


async def test_a_form_creates_its_new_customer_once(staff: Staff) -> None:
    form = _new_form()
    details = CustomerChanges(name=" Lumen KG", email="buero@lumen.example")
    for price in (100, 250):
        row = await save_draft(staff, INVOICE, _draft("", price, new_customer=details), form)
    assert row.total == 25_000
    assert await Customer.filter(company_id=staff.company_id).count() == 1


async def test_a_form_that_is_saved_twice_at_once_creates_one_draft(
    staff: Staff, customer_id: str
) -> None:
    form, draft = _new_form(), _draft(customer_id)
    saved = await asyncio.gather(*(save_draft(staff, INVOICE, draft, form) for _ in range(4)))
    assert len({row.id for row in saved}) == 1
    assert await Invoice.filter(company_id=staff.company_id).count() == 1


async def test_each_save_is_of_the_version_that_the_last_one_made(
    staff: Staff, customer_id: str
) -> None:
    form = _new_form()
    row = await save_draft(staff, INVOICE, _draft(customer_id), form)
    for price in (200, 300):
        origin = replace(form, document_id=str(row.id), version=row.version)
        row = await save_draft(staff, INVOICE, _draft(customer_id, price), origin)
    assert (await Invoice.get(id=row.id)).total == 30_000
    assert (await Invoice.get(id=row.id)).version == row.version


async def test_a_draft_that_was_changed_elsewhere_is_not_overwritten(
    staff: Staff, customer_id: str
) -> None:
    row = await save_draft(staff, INVOICE, _draft(customer_id), _new_form())
    origin = FormOrigin(key=uuid4().hex, document_id=str(row.id), version=row.version)
    await save_draft(staff, INVOICE, _draft(customer_id, 200), origin)
    with pytest.raises(DraftChanged):
        await save_draft(staff, INVOICE, _draft(customer_id, 300), origin)
    assert (await Invoice.get(id=row.id)).total == 20_000


async def test_a_new_customer_is_saved_with_the_draft(staff: Staff) -> None:
    details = CustomerChanges(name="Lumen KG", email="buero@lumen.example", vat_id=None)
    row = await save_draft(staff, INVOICE, _draft("", new_customer=details), _new_form())
    customer = await Customer.get(id=row.customer_id)
    assert (customer.name, customer.email) == ("Lumen KG", "buero@lumen.example")


async def test_a_new_customer_and_a_draft_are_saved_together_or_not_at_all(staff: Staff) -> None:
    details = CustomerChanges(name=" ", email="nobody")
    draft = replace(_draft("", new_customer=details), lines=[replace(_WORK, description=" ")])
    with pytest.raises(BadInput) as refusal:
        await save_draft(staff, INVOICE, draft, _new_form())
    named = {each.field for each in refusal.value.all}
    assert named == {"newCustomer.name", "newCustomer.email", "lines.0.description"}
    draft = _draft("", number="R-1", new_customer=CustomerChanges(name="Lumen KG"))
    await save_draft(staff, INVOICE, draft, _new_form())
    with pytest.raises(Conflict):
        await save_draft(staff, INVOICE, draft, _new_form())
    assert await Customer.filter(company_id=staff.company_id).count() == 1


async def test_drafts_and_customers_of_other_companies_are_not_found(
    staff: Staff, customer_id: str, rival: Business
) -> None:
    origin = FormOrigin(key=uuid4().hex, document_id=await rival.make_draft())
    with pytest.raises(NotFound):
        await save_draft(staff, INVOICE, _draft(customer_id), origin)
    with pytest.raises(NotFound):
        await save_draft(staff, INVOICE, _draft(await rival.make_customer()), _new_form())


async def test_the_api_guards_a_draft_by_its_version(business: Business) -> None:
    selection = "{ invoice { id version } }"
    line = {"description": "Work", "quantity": "1", "unitPrice": "100"}
    content = {"customerId": await business.make_customer(), "lines": [line]}
    created = await business.mutate("createInvoice", "CreateInvoiceInput", selection, **content)
    invoice = created["invoice"]
    changed = {"invoiceId": invoice["id"], "ifVersion": invoice["version"], **content}
    await business.mutate("updateInvoice", "UpdateInvoiceInput", selection, **changed)
    query = "mutation($input: UpdateInvoiceInput!) { updateInvoice(input: $input) %s }"
    refusal = await business.refused(query % selection, input=changed)
    assert refusal.errors[0]["extensions"]["reason"] == "DRAFT_CHANGED"
