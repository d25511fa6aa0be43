"""Exporting and erasing a customer: the person goes, the books stay."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError

from auth.staff import system_actor
from core.urls import Urls
from db.statements import fetch
from db.transactions import transactional
from errors import Conflict, NotFound
from models import (
    AuditAction,
    AuditEntry,
    CreditApplication,
    Customer,
    EmailDelivery,
    EmailPreference,
    Invoice,
    PartySnapshot,
    Question,
    User,
)
from services.administration.erasure import ERASED, erase_customer
from services.administration.exports import export_customer
from services.common import audit_log
from services.common.notices import tell_news
from services.ledger.comparison import VIEW_COUNTS, compare_everything
from tests.services.email.test_emails import SEND
from tests.support.clients import Business, Caller, create_business, eventually


async def _tables_with(text: str) -> set[str]:
    """Return the tables that have the text anywhere."""
    assert Tortoise.apps
    tables = {model._meta.db_table for model in Tortoise.apps["models"].values()}
    found = set()
    for table in tables:
        rows = await fetch(f"SELECT * FROM {table}")
        if any(text in str(dict(row)) for row in rows):
            found.add(table)
    return found


class _Person:
    """A customer to whom everything has happened that can happen."""

    def __init__(self, business: Business) -> None:
        self.business = business
        self.name = f"Ada {uuid4().hex[:12]}"
        self.address = f"ada-{uuid4().hex[:12]}@example.com"
        self.earlier = f"earlier-{uuid4().hex[:12]}@example.com"
        self.reader = Caller(business.http, user_agent=f"Browser/{uuid4().hex[:12]}")

    async def live(self) -> None:
        """Get an invoice and a quote, open them, ask, answer, and pay."""
        business = self.business
        self.id = await business.make_customer(name=self.name, email=self.earlier, vatId=None)
        self.invoice_id = await business.make_invoice(customerId=self.id)
        self.token = await business.share(self.invoice_id)
        await business.mutate("sendInvoice", "SendInvoiceInput", SEND, invoiceId=self.invoice_id)
        await eventually(self._has_all_emails)
        await Customer.filter(id=self.id).update(email=self.address)
        await business.mutate("sendInvoice", "SendInvoiceInput", SEND, invoiceId=self.invoice_id)
        assert await self.reader.record_view(self.token)
        await self.reader.gql(
            "mutation($input: AskQuestionInput!) { askQuestion(input: $input) { asked } }",
            input={"token": self.token, "name": self.name, "text": self.address},
        )
        await business.mutate(
            "recordPayment",
            "RecordPaymentInput",
            "{ invoice { status } }",
            invoiceId=self.invoice_id,
            amount="100.00",
            method="cash",
        )
        await business.make_draft(customerId=self.id)
        await audit_log.note_document(
            system_actor(business.company_id, "Somebody"),
            AuditAction.EMAIL_CANCELLED,
            await Invoice.get(id=self.invoice_id),
            detail=self.address,
        )
        user = await User.get(company_id=business.company_id)
        await transactional(tell_news)(
            user, "Something happened", f"{self.name} opened an invoice.", "1"
        )
        await eventually(self._has_all_emails)

    async def _has_all_emails(self) -> bool:
        waiting = EmailDelivery.filter(customer_id=self.id, status__in=["QUEUED", "SENDING"])
        return not await waiting.exists()


@pytest.fixture
async def person(business: Business) -> _Person:
    """Return a customer who has paid all that was due."""
    person = _Person(business)
    await person.live()
    return person


async def _differences() -> list[str]:
    """Return what `reconcile` reports. Other tests on this database may have left some."""
    return [
        str(found)
        async for each in compare_everything()
        for found in each.differences
        if each.noun != VIEW_COUNTS
    ]


async def test_an_erased_customer_is_left_on_documents_only(person: _Person) -> None:
    before = await Invoice.get(id=person.invoice_id)
    differences = await _differences()
    erased = await erase_customer(person.id)
    assert erased.kept_documents == 1
    assert await _tables_with(person.name) == {"party_snapshot"}
    assert await _tables_with(person.address) == set()
    assert await _tables_with(person.earlier) == set()
    assert await _tables_with(person.reader.user_agent) == set()
    assert await _tables_with(person.reader.ip) == set()
    assert await _tables_with(person.token) == set()
    assert (await Customer.get(id=person.id)).name == ERASED
    invoice = await Invoice.get(id=person.invoice_id).select_related("buyer_snapshot")
    assert (invoice.number, invoice.total, invoice.amount_paid) == (
        before.number,
        before.total,
        before.amount_paid,
    )
    assert (invoice.view_count, invoice.unique_ips) == (1, 1)
    assert invoice.buyer_snapshot is not None
    assert json.loads(invoice.buyer_snapshot.content)["email"] is None
    assert await _differences() == differences
    assert (await person.business.http.get(f"/invoice/{person.token}")).status_code == 404


async def test_erasing_again_changes_nothing(person: _Person) -> None:
    first, second = await erase_customer(person.id), await erase_customer(person.id)
    assert first == second


async def test_the_audit_log_says_what_was_done_and_not_to_whom(person: _Person) -> None:
    await erase_customer(person.id)
    entries = await AuditEntry.filter(company_id=person.business.company_id).order_by("at")
    actions = [entry.action.value for entry in entries]
    assert {"CUSTOMER_CREATED", "EMAIL_SENT", "CUSTOMER_ERASED"} <= set(actions)
    [created] = [entry for entry in entries if entry.action == "CUSTOMER_CREATED"]
    assert created.subject == ERASED


async def test_books_and_log_say_that_a_client_used_credit_and_not_who(business: Business) -> None:
    name = f"Grace {uuid4().hex[:12]}"
    customer_id = await business.make_customer(name=name)
    await business.make_credit_note(customer_id, "100.00")
    invoice_id = await business.make_invoice(customerId=customer_id)
    number = (await business.invoice(invoice_id, "number"))["number"]
    token = await business.share_portal(customer_id)
    await business.stranger.gql(
        "mutation($input: UseCreditInput!) { useCredit(input: $input) { applied { amount } } }",
        input={"token": token, "number": number},
    )
    differences = await _differences()
    await erase_customer(customer_id)
    assert await _tables_with(name) == {"party_snapshot"}
    [applied] = await CreditApplication.filter(invoice_id=invoice_id)
    assert applied.actor == "Erased customer (client)"
    assert await _differences() == differences
    with pytest.raises(IntegrityError, match="append-only"):
        await CreditApplication.filter(id=applied.id).update(actor="Somebody")


async def test_a_customer_without_documents_vanishes(business: Business) -> None:
    address = f"eve-{uuid4().hex[:12]}@example.com"
    customer_id = await business.make_customer(name="Eve", email=address)
    await business.make_draft(customerId=customer_id)
    await business.make_quote(customerId=customer_id)
    assert (await erase_customer(customer_id)).kept_documents == 0
    assert await _tables_with(address) == set()
    assert not await Customer.filter(id=customer_id).exists()
    with pytest.raises(NotFound):
        await erase_customer(customer_id)


async def test_nobody_is_erased_who_still_owes(business: Business) -> None:
    customer_id = await business.make_customer(name="Debtor")
    await business.make_invoice(customerId=customer_id)
    with pytest.raises(Conflict, match="isn't paid"):
        await erase_customer(customer_id)
    assert (await Customer.get(id=customer_id)).name == "Debtor"


async def test_another_customer_with_the_same_details_stays(person: _Person) -> None:
    business = person.business
    other_id = await business.make_customer(name=person.name, email=person.address)
    other = await business.make_invoice(customerId=other_id)
    await EmailPreference.get(company_id=business.company_id, address=person.address)
    await erase_customer(person.id)
    row = await Invoice.get(id=other).select_related("buyer_snapshot")
    assert row.buyer_snapshot is not None
    assert person.address in row.buyer_snapshot.content
    assert await EmailPreference.filter(address=person.address).count() == 1
    assert await PartySnapshot.filter(content__contains=person.name).count() == 2


async def test_erasures_at_the_same_time_dont_get_into_each_others_way(
    http: httpx.AsyncClient,
) -> None:
    customers = []
    for _ in range(3):
        business = await create_business(http)
        customers.append(await business.make_customer())
        await business.pay(await business.make_invoice(customerId=customers[-1]), "100.00")
    erased = await asyncio.gather(*map(erase_customer, customers))
    assert [each.kept_documents for each in erased] == [1, 1, 1]


async def test_an_address_that_another_one_ends_with_is_forgotten(person: _Person) -> None:
    await person.business.make_customer(email=f"x{person.address}")
    await erase_customer(person.id)
    assert not await EmailPreference.filter(address=person.address).exists()


async def test_an_export_has_what_was_erased_later(person: _Person) -> None:
    async def render(document: Any) -> bytes:
        return f"PDF of {document.number}".encode()

    files = {
        name: content
        async for name, content in export_customer(
            person.id, Urls("https://portal.example"), render
        )
    }
    assert await _tables_with(person.name) | await _tables_with(person.address) <= {
        name.removesuffix(".json") for name in files
    }
    number = (await Invoice.get(id=person.invoice_id)).number
    assert files[f"invoices/{number}.pdf"] == f"PDF of {number}".encode()
    assert json.loads(files["customer.json"])[0]["email"] == person.address
    assert json.loads(files["invoice_view.json"])[0]["user_agent"] == person.reader.user_agent
    assert len(json.loads(files["invoice.json"])) == 2
    question = await Question.get(customer_id=person.id)
    assert json.loads(files["question.json"])[0]["text"] == question.text
    [preference] = await EmailPreference.filter(address=person.address)
    assert str(preference.token).encode() not in files["email_preference.json"]
    assert not any(person.token.encode() in content for content in files.values())
