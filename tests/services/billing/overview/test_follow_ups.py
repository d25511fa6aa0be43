"""What is worth a follow-up: each rule, its limits, and what each document is listed for."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from db.connections import connection
from db.statements import fetch
from models import (
    CheckoutStatus,
    DeliveryState,
    EmailDelivery,
    Invoice,
    InvoiceView,
    MailKind,
    Question,
    Quote,
)
from services.billing.overview import figures, follow_ups
from tests.support.clients import Business
from tests.support.sql_statements import statements
from tests.support.stripe_payloads import connect, make_checkout

_OVERDUE: Final = {"issueDate": "2026-01-01", "dueDate": "2026-01-02"}
_QUERY: Final = """{ company { overview { followUps {
    reason customer { id } invoice { id } quote { id } creditNote { id } question { text }
    emailedAt recentOpens isOneDevice networks networksSince
} } } }"""


async def _reasons(business: Business) -> list[tuple[str, str]]:
    """Return the reason and the id of the document of each follow-up."""
    data = await business.gql(_QUERY)
    rows: list[Any] = data["company"]["overview"]["followUps"]
    documents = [each["invoice"] or each["quote"] or each["creditNote"] for each in rows]
    return [(row["reason"], each["id"]) for row, each in zip(rows, documents, strict=True)]


async def _open(business: Business, invoice_id: str, times: int = 1) -> None:
    """Let one client open the invoice."""
    token, client = await business.share(invoice_id), business.stranger
    for _ in range(times):
        await client.record_view(token)


async def _email(
    business: Business, document: Invoice | Quote, *, days_ago: int, **columns: object
) -> None:
    at = datetime.now(UTC) - timedelta(days=days_ago)
    kind = MailKind.INVOICE if isinstance(document, Invoice) else MailKind.QUOTE
    values: dict[str, Any] = {"kind": kind, "status": DeliveryState.SENT, "sent_at": at}
    await EmailDelivery.create(
        company_id=business.company_id,
        customer_id=document.customer_id,
        recipient="ada@example.com",
        **values | columns | {document.noun: document},
    )


async def test_an_overdue_invoice_that_was_opened_is_listed_until_its_client_is_reminded(
    business: Business, rival: Business
) -> None:
    invoice_id = await business.make_invoice(**_OVERDUE)
    assert await _reasons(business) == []
    await _open(business, invoice_id)
    assert await _reasons(business) == [("SEEN_UNPAID", invoice_id)]
    assert await _reasons(rival) == []
    row = await Invoice.get(id=invoice_id)
    await _email(business, row, days_ago=4)
    assert await _reasons(business) == [("SEEN_UNPAID", invoice_id)]
    await _email(business, row, days_ago=2, kind=MailKind.REMINDER)
    assert await _reasons(business) == []


async def test_an_invoice_that_is_being_paid_is_left_alone(business: Business) -> None:
    paid, pending = await business.make_invoice(**_OVERDUE), await business.make_invoice(**_OVERDUE)
    for invoice_id in (paid, pending):
        await _open(business, invoice_id, times=follow_ups.MANY_OPENS)
    await business.pay(paid, "100.00")
    await connect(business)
    await make_checkout(pending, 100_00, status=CheckoutStatus.PENDING)
    assert await _reasons(business) == []


async def test_many_opens_in_a_day_are_listed_until_the_client_is_written_to(
    business: Business,
) -> None:
    invoice_id = await business.make_invoice()
    await _open(business, invoice_id, times=follow_ups.MANY_OPENS - 1)
    assert await _reasons(business) == []
    await _open(business, invoice_id)
    [found] = (await business.gql(_QUERY))["company"]["overview"]["followUps"]
    assert (found["reason"], found["recentOpens"], found["isOneDevice"]) == (
        "OPENED_AGAIN",
        follow_ups.MANY_OPENS,
        False,
    )
    await InvoiceView.filter(invoice_id=invoice_id).update(
        viewed_at=datetime.now(UTC) - timedelta(hours=25)
    )
    assert await _reasons(business) == []
    await _open(business, invoice_id, times=follow_ups.MANY_OPENS)
    await _email(business, await Invoice.get(id=invoice_id), days_ago=0)
    assert await _reasons(business) == []


async def test_opens_from_three_networks_look_forwarded(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token, client = await business.share(invoice_id), business.stranger
    same_networks = "203.0.113.5", "203.0.113.77", "2001:db8:1::5", "2001:db8:1:9::6"
    for client.ip in same_networks:
        await client.record_view(token)
    assert await _reasons(business) == []
    client.ip = "198.51.100.9"
    await client.record_view(token)
    views = InvoiceView.filter(invoice_id=invoice_id)
    # So that the rule of many opens doesn't come first.
    first = await views.order_by("sequence").first()
    assert first
    first.viewed_at = datetime.now(UTC) - timedelta(days=2)
    await first.save()
    [found] = (await business.gql(_QUERY))["company"]["overview"]["followUps"]
    assert (found["reason"], found["networks"]) == ("FORWARDED", 3)
    assert datetime.fromisoformat(found["networksSince"]) == first.viewed_at


async def test_automated_opens_are_no_reason(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    for _ in range(follow_ups.MANY_OPENS):
        scanner = business.stranger
        scanner.user_agent = "Slackbot-LinkExpanding 1.0"
        await scanner.record_view(token)
    assert await _reasons(business) == []


async def test_an_invoice_that_was_delivered_and_never_opened_is_listed(
    business: Business,
) -> None:
    never, failed, recent = [await business.make_invoice() for _ in range(3)]
    rows = {str(row.id): row for row in await Invoice.filter(company_id=business.company_id)}
    await _email(business, rows[never], days_ago=4)
    await _email(business, rows[failed], days_ago=4, status=DeliveryState.FAILED, sent_at=None)
    await _email(business, rows[recent], days_ago=2)
    assert await _reasons(business) == [("NEVER_OPENED", never)]
    await _open(business, never)
    assert await _reasons(business) == []


async def test_a_quote_waits_until_it_is_decided_or_expires(business: Business) -> None:
    quote_id = await business.make_quote()
    await business.share_quote(quote_id)
    assert await _reasons(business) == []
    row = Quote.filter(id=quote_id)
    await row.update(sent_at=datetime.now(UTC) - timedelta(days=4))
    assert await _reasons(business) == [("QUOTE_WAITING", quote_id)]
    await row.update(issue_date=date(2026, 1, 1), valid_until=date(2026, 1, 2))
    assert await _reasons(business) == []
    await row.update(valid_until=None)
    await _email(business, await Quote.get(id=quote_id), days_ago=1)
    assert await _reasons(business) == []


async def test_a_document_is_listed_once_for_its_most_important_reason(business: Business) -> None:
    asked, seen = [await business.make_invoice(**_OVERDUE) for _ in range(2)]
    again = await business.make_invoice()
    for invoice_id in (again, seen, asked):
        await _open(business, invoice_id, times=follow_ups.MANY_OPENS)
    customer_id = (await Invoice.get(id=asked)).customer_id
    await Question.create(
        company_id=business.company_id,
        customer_id=customer_id,
        invoice_id=UUID(asked),
        name="Ada",
        text="Why?",
    )
    assert await _reasons(business) == [
        ("QUESTION", asked),
        ("SEEN_UNPAID", seen),
        ("OPENED_AGAIN", again),
    ]


async def test_the_statements_are_as_many_for_any_number_of_documents(business: Business) -> None:
    await _open(business, await business.make_invoice(**_OVERDUE))
    with statements() as for_one:
        assert len(await _reasons(business)) == 1
    for _ in range(3):
        await _open(business, await business.make_invoice(**_OVERDUE))
    with statements() as for_four:
        assert len(await _reasons(business)) == 4
    assert len(for_four) == len(for_one) > 0


@pytest.mark.usefixtures("business")
async def test_each_statement_goes_along_an_index() -> None:
    if connection().capabilities.dialect != "sqlite":
        pytest.skip("The plan of PostgreSQL depends on how many rows there are.")
    for sql in (follow_ups._DUE, follow_ups._OPENED, follow_ups._UNDECIDED, figures._OVERDUE):
        values = [uuid4(), "2026-12-01", "2026-12-01"][: 3 if "$3" in sql else 2]
        plan = [row["detail"] for row in await fetch(f"EXPLAIN QUERY PLAN {sql}", *values)]
        tables = ("invoice", "invoice_view", "email_delivery", "quote")
        assert [step for step in plan for table in tables if step == f"SCAN {table}"] == []
        assert any("SEARCH" in step and "company_id=?" in step for step in plan)
