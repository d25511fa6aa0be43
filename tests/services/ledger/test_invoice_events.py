"""Invoice events: each change comes once, in the order of the commits."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from db.transactions import transactional
from models import Invoice, InvoiceChange, InvoiceUpdate, ViewFeed
from services.ledger.invoice_events import record_event
from tests.support.clients import Business
from tests.support.subscribers import BEGINNING, DOCUMENT_UPDATED, UPDATED, events_of, following


def _eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


async def _events(business: Business) -> list[InvoiceUpdate]:
    return await InvoiceUpdate.filter(company_id=business.company_id).order_by("sequence")


async def test_each_change_is_an_event_with_its_amount(business: Business, portal_url: str) -> None:
    customer_id = await business.make_customer()
    async with following(portal_url, business.secret or "", UPDATED) as dashboard:
        paid = await business.make_invoice(customerId=customer_id)
        await business.pay(paid, "30.00")
        note_id = await business.make_credit_note(customer_id, "50.00")
        await business.credit_note("applyCreditNote", creditNoteId=note_id, invoiceId=paid)
        cancelled = await business.make_invoice(customerId=customer_id)
        await business.mutate(
            "cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=cancelled
        )
        await dashboard.until(5)
    assert [
        (event["change"], event["amount"], event["invoice"]["id"]) for event in dashboard.events
    ] == [
        ("ISSUED", None, paid),
        ("PAYMENT_RECEIVED", _eur("30.00"), paid),
        ("CREDIT_APPLIED", _eur("50.00"), paid),
        ("ISSUED", None, cancelled),
        ("CANCELLED", None, cancelled),
    ]
    assert dashboard.cursors == [1, 2, 3, 4, 5]
    times = [datetime.fromisoformat(event["at"]) for event in dashboard.events]
    assert times == sorted(times)


async def test_an_event_says_who_did_it_and_why(business: Business, portal_url: str) -> None:
    async with following(portal_url, business.secret or "", UPDATED) as dashboard:
        invoice_id = await business.make_invoice()
        await business.mutate(
            "writeOff",
            "WriteOffInput",
            "{ invoice { id } }",
            invoiceId=invoice_id,
            amount="0.01",
            reason="Bank fee",
        )
        await dashboard.until(2)
    assert [(event["change"], event["actor"], event["reason"]) for event in dashboard.events] == [
        ("ISSUED", "bootstrap", None),
        ("WRITTEN_OFF", "bootstrap", "Bank fee"),
    ]


async def test_events_reach_their_company_only(
    business: Business, rival: Business, portal_url: str
) -> None:
    async with (
        following(portal_url, business.secret or "", UPDATED) as dashboard,
        following(portal_url, rival.secret or "", UPDATED) as foreign,
    ):
        ours = await business.make_invoice()
        await dashboard.until(1)
        theirs = await rival.make_invoice()
        await foreign.until(1)
    assert [event["invoice"]["id"] for event in dashboard.events] == [ours]
    assert [event["invoice"]["id"] for event in foreign.events] == [theirs]


async def test_followers_of_documents_also_hear_of_quotes(
    business: Business, portal_url: str
) -> None:
    accept = "mutation($input: AnswerQuoteInput!) { answerQuote(input: $input) {"
    accept += " quote { status } } }"
    async with (
        following(portal_url, business.secret or "", DOCUMENT_UPDATED) as documents,
        following(portal_url, business.secret or "", UPDATED) as invoices,
    ):
        quote_id, declined = [await business.make_quote() for _ in range(2)]
        answer = {"token": await business.share_quote(quote_id), "accept": True, "name": "Rowan"}
        await business.stranger.gql(accept, input=answer)
        await business.share_quote(declined)
        await business.mutate("declineQuote", "QuoteRef", "{ quote { id } }", quoteId=declined)
        invoice_id = await business.make_invoice()
        await documents.until(3)
        await invoices.until(1)
    heard = [(each["change"], each["actor"], each["quote"]) for each in documents.events]
    assert heard == [
        ("QUOTE_ACCEPTED", None, {"id": quote_id, "status": "ACCEPTED"}),
        ("QUOTE_DECLINED", "bootstrap", {"id": declined, "status": "DECLINED"}),
        ("ISSUED", "bootstrap", None),
    ]
    assert documents.events[2]["invoice"] == {"id": invoice_id}
    assert [each["invoice"]["id"] for each in invoices.events] == [invoice_id]
    assert invoices.cursors == documents.cursors[2:]


async def test_event_has_the_current_invoice(business: Business, portal_url: str) -> None:
    invoice_id = await business.make_invoice()
    async with following(portal_url, business.secret or "", UPDATED) as dashboard:
        await dashboard.until(1)
        await business.pay(invoice_id, "30.00")
        await dashboard.until(2)
    assert [event["invoice"] for event in dashboard.events] == [
        {"id": invoice_id, "status": "ISSUED", "amountDue": {"amount": "100.00"}},
        {"id": invoice_id, "status": "PARTIALLY_PAID", "amountDue": {"amount": "70.00"}},
    ]


async def test_events_stream_over_sse(business: Business, http: httpx.AsyncClient) -> None:
    body = {"query": UPDATED, "variables": {"after": BEGINNING}}
    headers = business.headers | {"accept": "text/event-stream"}
    async with http.stream("POST", "/graphql", json=body, headers=headers) as response:
        await business.make_invoice()
        async with asyncio.timeout(30):
            event = await anext(events_of(response))
    assert event["data"]["invoiceUpdated"]["change"] == "ISSUED"


async def test_no_event_without_a_change(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await business.issue(invoice_id)
    payment = {"invoiceId": invoice_id, "method": "cash", "idempotencyKey": "once"}
    selection = "{ invoice { id } }"
    for _ in range(2):
        await business.mutate(
            "recordPayment", "RecordPaymentInput", selection, amount="10.00", **payment
        )
    query = "mutation($input: RecordPaymentInput!) { recordPayment(input: $input) { __typename } }"
    too_much = {"invoiceId": invoice_id, "method": "cash", "amount": "90.01"}
    assert (await business.refused(query, input=too_much)).code == "AMOUNT_TOO_LARGE"
    events = await _events(business)
    assert [(event.change, event.amount) for event in events] == [
        (InvoiceChange.ISSUED, None),
        (InvoiceChange.PAYMENT_RECEIVED, 10_00),
    ]


async def test_rollback_leaves_no_gap_in_the_sequence(business: Business) -> None:
    invoice = await Invoice.get(id=await business.make_invoice())

    @transactional
    async def fail() -> None:
        await record_event(invoice, InvoiceChange.REFUNDED, 1_00)
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011  # raised above
        await fail()
    await record_event(invoice, InvoiceChange.PAYMENT_FAILED, 1_00)
    assert [(event.sequence, event.change) for event in await _events(business)] == [
        (1, InvoiceChange.ISSUED),
        (2, InvoiceChange.PAYMENT_FAILED),
    ]


async def test_views_and_events_are_numbered_separately(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await business.pay(invoice_id, "1.00")
    await business.stranger.record_view(await business.share(invoice_id))
    feed = await ViewFeed.get(company_id=business.company_id)
    assert (feed.sequence, feed.update_sequence) == (1, 2)


async def test_time_of_events_does_not_follow_a_clock_that_was_ahead(business: Business) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    await ViewFeed.filter(company_id=business.company_id).update(last_update_at=later)
    await business.make_invoice()
    [event] = await _events(business)
    assert abs(event.at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_event_that_is_committed_later_is_not_skipped(
    business: Business, portal_url: str
) -> None:
    """The first writer delays its commit. The second one must wait and come after it."""
    invoice = await Invoice.get(id=await business.make_invoice())
    written, may_commit = asyncio.Event(), asyncio.Event()

    @transactional
    async def write_and_wait() -> None:
        await record_event(invoice, InvoiceChange.PAYMENT_PENDING, 1_00)
        written.set()
        await may_commit.wait()

    async with following(portal_url, business.secret or "", UPDATED) as dashboard:
        first = asyncio.create_task(write_and_wait())
        await written.wait()
        second = asyncio.create_task(record_event(invoice, InvoiceChange.PAYMENT_RECEIVED, 1_00))
        done, _ = await asyncio.wait({second}, timeout=0.3)
        assert not done
        may_commit.set()
        await asyncio.gather(first, second)
        await dashboard.until(3)
    assert dashboard.changes == ["ISSUED", "PAYMENT_PENDING", "PAYMENT_RECEIVED"]
    assert dashboard.cursors == [1, 2, 3]
