"""Following what happens to invoices: each change once, in the order of the commits."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from db.transactions import transactional
from models import Invoice, InvoiceChange, InvoiceUpdate, ViewFeed
from services.ledger.invoice_events import note_update
from tests.support.clients import Business
from tests.support.subscribers import BEGINNING, UPDATED, events_of, following


def _eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


async def _updates(business: Business) -> list[InvoiceUpdate]:
    return await InvoiceUpdate.filter(company_id=business.company_id).order_by("sequence")


async def test_each_change_is_told_with_its_amount(business: Business, portal_url: str) -> None:
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
    times = [event["at"] for event in dashboard.events]
    assert times == sorted(times)


async def test_updates_reach_the_company_and_nobody_else(
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


async def test_an_update_has_the_invoice_as_it_is(business: Business, portal_url: str) -> None:
    invoice_id = await business.make_invoice()
    async with following(portal_url, business.secret or "", UPDATED) as dashboard:
        await dashboard.until(1)
        await business.pay(invoice_id, "30.00")
        await dashboard.until(2)
    assert [event["invoice"] for event in dashboard.events] == [
        {"id": invoice_id, "status": "ISSUED", "amountDue": {"amount": "100.00"}},
        {"id": invoice_id, "status": "PARTIALLY_PAID", "amountDue": {"amount": "70.00"}},
    ]


async def test_updates_stream_over_plain_http(business: Business, http: httpx.AsyncClient) -> None:
    body = {"query": UPDATED, "variables": {"after": BEGINNING}}
    headers = business.headers | {"accept": "text/event-stream"}
    async with http.stream("POST", "/graphql", json=body, headers=headers) as response:
        await business.make_invoice()
        async with asyncio.timeout(10):
            event = await anext(events_of(response))
    assert event["data"]["invoiceUpdated"]["change"] == "ISSUED"


async def test_what_changes_nothing_is_not_told(business: Business) -> None:
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
    updates = await _updates(business)
    assert [(update.change, update.amount) for update in updates] == [
        (InvoiceChange.ISSUED, None),
        (InvoiceChange.PAYMENT_RECEIVED, 10_00),
    ]


async def test_a_change_that_is_rolled_back_leaves_no_gap(business: Business) -> None:
    invoice = await Invoice.get(id=await business.make_invoice())

    @transactional
    async def fail() -> None:
        await note_update(invoice, InvoiceChange.REFUNDED, 1_00)
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011  # the very one
        await fail()
    await note_update(invoice, InvoiceChange.PAYMENT_FAILED, 1_00)
    assert [(update.sequence, update.change) for update in await _updates(business)] == [
        (1, InvoiceChange.ISSUED),
        (2, InvoiceChange.PAYMENT_FAILED),
    ]


async def test_opens_and_updates_are_numbered_apart(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await business.pay(invoice_id, "1.00")
    await business.stranger.record_view(await business.share(invoice_id))
    feed = await ViewFeed.get(company_id=business.company_id)
    assert (feed.sequence, feed.update_sequence) == (1, 2)


async def test_the_clock_of_updates_is_never_set_back(business: Business) -> None:
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    await ViewFeed.filter(company_id=business.company_id).update(last_update_at=later)
    await business.make_invoice()
    [update] = await _updates(business)
    assert update.at == later


async def test_an_update_that_is_committed_later_is_not_skipped(
    business: Business, portal_url: str
) -> None:
    """The first writer holds its update back; the second one's must wait, and come behind it."""
    invoice = await Invoice.get(id=await business.make_invoice())
    written, may_commit = asyncio.Event(), asyncio.Event()

    @transactional
    async def hold_back() -> None:
        await note_update(invoice, InvoiceChange.PAYMENT_PENDING, 1_00)
        written.set()
        await may_commit.wait()

    async with following(portal_url, business.secret or "", UPDATED) as dashboard:
        first = asyncio.create_task(hold_back())
        await written.wait()
        second = asyncio.create_task(note_update(invoice, InvoiceChange.PAYMENT_RECEIVED, 1_00))
        done, _ = await asyncio.wait({second}, timeout=0.3)
        assert not done
        may_commit.set()
        await asyncio.gather(first, second)
        await dashboard.until(3)
    assert dashboard.changes == ["ISSUED", "PAYMENT_PENDING", "PAYMENT_RECEIVED"]
    assert dashboard.cursors == [1, 2, 3]
