"""Services announce their changes themselves, for every caller."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import UUID

import pytest

from auth.staff import Staff, authenticate
from models import Checkout, CheckoutStatus, Quote, ViewSource
from services.billing.credit_applications import apply_credit_note
from services.billing.invoices import cancel_invoice, issue_invoice
from services.billing.manual_payments import record_payment
from services.common.notices import EMAILS_QUEUED
from services.email.announcements import send_announcement
from services.ledger.invoice_events import EVENT_RECORDED
from services.ledger.open_checkouts import CHECKOUTS_EXPIRING
from services.sharing.links import revoke_invoice_share
from services.sharing.new_views import VIEWS_RECORDED, NewView
from services.sharing.view_rows import write_views
from tests.support.clients import EMAIL_LIMITS, Business, new_ip
from tests.support.staff import Browser, signed_in
from tests.support.stripe_sandbox import SandboxServer, checkout

_SIGNALS: Final = {
    "views": VIEWS_RECORDED,
    "event": EVENT_RECORDED,
    "expiring": CHECKOUTS_EXPIRING,
    "emails": EMAILS_QUEUED,
}


@pytest.fixture
async def received(business: Business) -> AsyncIterator[list[str]]:
    """Yield the names of the business's signals, in the order in which they arrive."""
    received: list[str] = []

    def note(name: str, company_id: UUID, *_: object) -> None:
        if company_id == business.company_id:
            received.append(name)

    with ExitStack() as stack:
        for name, signal in _SIGNALS.items():
            stack.enter_context(signal.connected(partial(note, name)))
        yield received


@pytest.fixture
async def staff(business: Business) -> Staff:
    """Return the business as services know it."""
    return await authenticate(f"Bearer {business.secret}")


async def test_verbs_that_record_an_event_signal_it(
    business: Business, staff: Staff, received: list[str]
) -> None:
    customer_id = await business.make_customer()
    invoice_id = await business.make_draft(customerId=customer_id)
    note_id = await business.make_credit_note(customer_id, "20.00")
    assert received == []
    await issue_invoice(staff, invoice_id)
    assert received == ["event"]
    await record_payment(staff, invoice_id, Decimal(10), "cash")
    assert received == ["event", "emails", "event"]
    await apply_credit_note(staff, note_id, invoice_id)
    assert received == ["event", "emails", *["event"] * 2]
    cancelled = await business.make_invoice(customerId=customer_id)
    await cancel_invoice(staff, cancelled)
    assert received == ["event", "emails", *["event"] * 4]


async def test_recorded_views_are_signalled(business: Business, received: list[str]) -> None:
    invoice_id = await business.make_invoice()
    view = NewView(
        invoice_id=UUID(invoice_id),
        company_id=business.company_id,
        token=await business.share(invoice_id),
        source=ViewSource.LINK,
        ip=new_ip(),
        user_agent="",
        automated=False,
    )
    received.clear()
    await write_views([view, view.repeated()])
    assert received == ["views"]
    await business.revoke(invoice_id)
    assert await write_views([view]) == set()
    assert received == ["views"]


async def test_stripe_knows_of_an_expired_checkout_before_the_verb_returns(
    business: Business, staff: Staff, received: list[str], sandbox_server: SandboxServer
) -> None:
    account = await sandbox_server.connect(business)
    invoice_id = await business.make_invoice()
    await checkout(business.stranger, await business.share(invoice_id))
    received.clear()
    await revoke_invoice_share(staff, invoice_id)
    assert received == ["expiring"]
    assert [session["status"] for session in sandbox_server.sessions(account)] == ["expired"]
    assert (await Checkout.get(shares__invoice_id=invoice_id)).status is CheckoutStatus.EXPIRED


async def test_queued_announcements_are_signalled(
    business: Business, staff: Staff, received: list[str]
) -> None:
    await send_announcement(
        staff, [await business.make_customer()], "News", "There are some.", limits=EMAIL_LIMITS
    )
    assert received == ["emails"]


# --- the API and the dashboard alike --------------------------------------------------------------


@pytest.fixture
async def staff_client(portal_url: str, business: Business) -> AsyncIterator[Browser]:
    """Yield a browser in which a user of the business has signed in."""
    async with signed_in(portal_url, business) as browser:
        yield browser


async def test_saving_a_draft_signals_nothing(
    business: Business, staff_client: Browser, received: list[str]
) -> None:
    customer_id = await business.make_customer()
    await business.make_draft(customerId=customer_id)
    path = "/dashboard/invoices/new"
    fields = {"customer": customer_id, "currency": "EUR", "description": "Work"}
    numbers = {"quantity": "1", "unit_price": "10", "discount": "", "tax_rate": ""}
    answer = await staff_client.post(path, page=path, **fields, **numbers)
    assert answer.status_code == 303
    assert received == []


async def test_invoicing_a_quote_and_revoking_its_link_signal_nothing(
    business: Business, staff_client: Browser, received: list[str]
) -> None:
    selection = "{ invoice { status } }"
    for over_api in (True, False):
        quote_id = await business.make_quote()
        path = f"/dashboard/quotes/{quote_id}"
        await business.share_quote(quote_id)
        await staff_client.post(f"{path}/accept", page=path)
        received.clear()
        if over_api:
            await business.revoke_quote(quote_id)
            await business.mutate("invoiceQuote", "QuoteRef", selection, quoteId=quote_id)
        else:
            await staff_client.post(f"{path}/share/revoke", page=f"{path}/share/revoke")
            answer = await staff_client.post(f"{path}/invoice", page=path)
            assert "/dashboard/invoices/" in answer.headers["location"]
        assert (await Quote.get(id=quote_id)).share_token is None
        assert received == []
