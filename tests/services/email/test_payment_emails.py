"""E-mails about payments: one for each, to whoever wants it, and only while it is true."""

from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from unittest.mock import patch

from models import (
    Company,
    Customer,
    DeliveryState,
    EmailDelivery,
    MailCategory,
    MailKind,
)
from models.companies import today_of
from services.email import delivery_queue
from services.email.daily_limits import DailyLimits
from tests.pdf.readers import read
from tests.services.email.test_emails import make_invoice, make_retry_due, new_address, turn_off
from tests.support.clients import Business, eventually
from tests.support.mailbox import Mailbox, html_of, text_of
from tests.support.stripe_sandbox import SandboxServer, checkout

_RECORD = "mutation($input: RecordPaymentInput!) { recordPayment(input: $input) { __typename } }"


async def _arrived(mailbox: Mailbox, address: str, count: int = 1) -> list[EmailMessage]:
    """Return the messages to an address, once there are so many."""

    async def has_arrived() -> bool:
        return len(mailbox.arrived[address]) >= count

    await eventually(has_arrived)
    messages = mailbox.arrived[address]
    assert len(messages) == count
    return messages


async def _pending(business: Business, server: SandboxServer, address: str) -> str:
    """Return the session of a new invoice that was paid by bank debit, which is on its way."""
    await server.connect(business)
    token = await business.share(await make_invoice(business, address))
    session = server.session((await checkout(business.stranger, token))["url"])
    server.sandbox.pay_late(session)
    await server.webhooks_delivered()
    return session


async def _states(business: Business) -> list[tuple[MailKind, DeliveryState]]:
    rows = await EmailDelivery.filter(company_id=business.company_id).order_by("created_at")
    return [(row.kind, row.status) for row in rows]


async def test_a_payment_is_receipted_once_with_its_pdf(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    invoice_id = await make_invoice(business, address, number="INV-9")
    await business.share(invoice_id)
    payment = {"invoiceId": invoice_id, "amount": "60", "method": "cash", "idempotencyKey": "1"}
    for _ in range(2):
        await business.gql(_RECORD, input=payment)
    [message] = await _arrived(mailbox, address)
    assert message["subject"] == "Receipt: invoice INV-9 from Acme Ltd"
    assert message["auto-submitted"] == "auto-generated"
    text = text_of(message)
    assert "Thank you, your payment has arrived. Your receipt is attached." in text
    assert "€60.00" in text
    assert "€40.00" in text
    [attachment] = message.iter_attachments()
    assert attachment.get_filename() == "Receipt-for-invoice-INV-9.pdf"
    assert read(attachment.get_content()).title == "Receipt for invoice INV-9"


async def test_a_debit_that_comes_back_is_told_and_can_be_paid_again(
    business: Business, sandbox_server: SandboxServer, mailbox: Mailbox
) -> None:
    address = new_address()
    session = await _pending(business, sandbox_server, address)
    assert mailbox.arrived[address] == []
    sandbox_server.sandbox.fail(session)
    await sandbox_server.webhooks_delivered()
    [message] = await _arrived(mailbox, address)
    assert message["subject"].startswith("Payment failed: invoice ")
    assert ": not enough money in the account. Nothing was taken." in text_of(message)
    assert "Pay €100.00" in html_of(message)
    assert list(message.iter_attachments()) == []


async def test_a_payment_online_is_receipted_and_its_refund_told(
    business: Business, sandbox_server: SandboxServer, mailbox: Mailbox
) -> None:
    address = new_address()
    session = await _pending(business, sandbox_server, address)
    sandbox_server.sandbox.succeed(session)
    await sandbox_server.webhooks_delivered()
    await _arrived(mailbox, address)
    sandbox_server.sandbox.refund(session, 40_00)
    await sandbox_server.webhooks_delivered()
    receipt, refund = await _arrived(mailbox, address, 2)
    assert "SEPA debit, account ending in 3000" in text_of(receipt)
    text = text_of(refund)
    assert "We refunded €40.00 of your payment. Banks take 5 to 10 days to show it." in text
    assert "€40.00 of this invoice is open again." in text


async def test_who_has_turned_documents_off_gets_no_receipt(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    invoice_id = await make_invoice(business, address)
    await turn_off(business, address, MailCategory.DOCUMENT)
    await business.pay(invoice_id, "100")
    await eventually(lambda: _is_done(business))
    assert await _states(business) == [(MailKind.RECEIPT, DeliveryState.SKIPPED)]
    assert mailbox.arrived[address] == []


async def _is_done(business: Business) -> bool:
    queued = [DeliveryState.QUEUED, DeliveryState.SENDING]
    return not await EmailDelivery.filter(
        company_id=business.company_id, status__in=queued
    ).exists()


async def test_a_company_can_switch_receipts_off_and_staff_one_of_them(
    business: Business,
) -> None:
    invoice_id = await make_invoice(business, new_address())
    one = {"invoiceId": invoice_id, "amount": "10", "method": "cash", "sendReceipt": False}
    await business.gql(_RECORD, input=one)
    await business.mutate(
        "updateCompany", "UpdateCompanyInput", "{ company { sendsReceipts } }", sendsReceipts=False
    )
    await business.pay(invoice_id, "10")
    assert await _states(business) == []


async def test_whoever_gets_copies_gets_the_receipt(business: Business, mailbox: Mailbox) -> None:
    address, books, archive = new_address(), new_address(), new_address()
    await Company.filter(id=business.company_id).update(archive_email=archive)
    invoice_id = await make_invoice(business, address)
    await Customer.filter(email=address).update(cc_emails=f"{books}\n{address.upper()}")
    await business.pay(invoice_id, "100")
    for each in (address, books, archive):
        [message] = await _arrived(mailbox, each)
        assert message["cc"] == books


async def test_a_payment_is_recorded_whatever_the_address_looks_like(business: Business) -> None:
    invoice_id = await make_invoice(business, new_address())
    await Customer.filter(company_id=business.company_id).update(email="x" * 240 + "@ß.example")
    await business.pay(invoice_id, "100")
    assert (await business.invoice(invoice_id, "status"))["status"] == "PAID"


async def _receipts(business: Business) -> list[EmailDelivery]:
    return await EmailDelivery.filter(company_id=business.company_id).order_by("created_at")


async def test_over_the_days_limit_receipts_wait_for_the_next_day(business: Business) -> None:
    invoice_id = await make_invoice(business, new_address())
    full = "Today's limit of e-mails about payments is reached. This one waits until tomorrow."

    async def have_waited(states: list[DeliveryState]) -> bool:
        rows = await _receipts(business)
        waiting = [row.detail for row in rows if row.next_attempt_at and row.next_attempt_at > soon]
        return [row.status for row in rows] == states and waiting == [full] * states.count(queued)

    soon, queued = datetime.now(UTC) + delivery_queue.LEASE_TTL, DeliveryState.QUEUED
    limits = DailyLimits(free=1, pro=1)
    with patch("services.email.payment_emails.daily_limits_of", return_value=limits):
        for _ in range(3):
            await business.pay(invoice_id, "10")
        await eventually(lambda: have_waited([DeliveryState.SENT, queued, queued]))
        rows = await _receipts(business)
        company = await Company.get(id=business.company_id)
        due = datetime.combine(today_of(company) + timedelta(days=1), time(), tzinfo=UTC)
        assert [row.next_attempt_at for row in rows[1:]] == [due, due]
        assert await limits.quota_of(company).used() == 0  # staff can send as much as before
        # One of those that are due is tried, and the others wait with it.
        await make_retry_due(business)
        await eventually(lambda: have_waited([DeliveryState.SENT, queued, queued]))
        attempts = sum(row.attempts for row in rows)
        assert sum(row.attempts for row in await _receipts(business)) == attempts + 1
        # The next day, the oldest goes first.
        yesterday = datetime.now(UTC) - timedelta(days=1)
        await EmailDelivery.filter(id=rows[0].id).update(sent_at=yesterday)
        await make_retry_due(business)
        await eventually(lambda: have_waited([DeliveryState.SENT, DeliveryState.SENT, queued]))
