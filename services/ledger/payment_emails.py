"""Queuing e-mails to customers about their payments, in the transaction that books them.

So none is lost, and none is about something that wasn't booked. Whether the recipient wants it, and
whether it is still true, is checked when it is sent.
"""

from contextlib import suppress
from typing import Any
from uuid import UUID

from db.statements import database_time
from errors import BadInput
from models import Checkout, Customer, EmailDelivery, MailKind, Payment, Reversal
from services.common.notices import EMAILS_QUEUED
from services.common.validation import normalize_address, written_recipient


async def queue_receipt(customer: Customer, payment: Payment) -> None:
    """Queue the receipt of a payment, if the company sends them."""
    if customer.company.sends_receipts:
        await _queue(customer, MailKind.RECEIPT, payment.invoice_id, payment_id=payment.id)


async def queue_refund_notice(customer: Customer, reversal: Reversal) -> None:
    """Queue an e-mail about a refund, if the company sends receipts."""
    if customer.company.sends_receipts:
        await _queue(customer, MailKind.REFUND, reversal.invoice_id, reversal_id=reversal.id)


async def queue_failure_notice(customer: Customer, checkout: Checkout) -> None:
    """Queue an e-mail about a payment that has failed days after the client made it."""
    await _queue(customer, MailKind.PAYMENT_FAILED, checkout.invoice_id, checkout_id=checkout.id)


async def _queue(customer: Customer, kind: MailKind, invoice_id: UUID, **about: UUID) -> None:
    """Queue an e-mail to the customer, and a copy to whoever gets copies of documents."""
    addresses = _addresses(customer)
    if not addresses:
        return
    columns: dict[str, Any] = {
        "company_id": customer.company_id,
        "customer_id": customer.id,
        "invoice_id": invoice_id,
        "kind": kind,
        "next_attempt_at": await database_time(),
        **about,
    }
    original: EmailDelivery | None = None
    for address, columns_of_address in addresses.items():
        row = EmailDelivery(**columns, **columns_of_address, recipient=address)
        row.copy_of_id = original.id if original else None
        original = original or row
        await row.save(force_create=True)
    EMAILS_QUEUED.send_after_commit(customer.company_id)


def _addresses(customer: Customer) -> dict[str, dict[str, Any]]:
    """Return where e-mails go, the customer's own address first, with further columns of each.

    Nothing goes anywhere without it. Money is recorded whatever an address looks like, so one that
    can't be written to is left out.
    """
    if customer.email is None:
        return {}
    archive = customer.company.archive_email
    seen = [(each, False) for each in (customer.email, *customer.copy_addresses)]
    addresses: dict[str, dict[str, Any]] = {}
    for written, is_blind in [*seen, *([(archive, True)] if archive else [])]:
        with suppress(BadInput):
            address = normalize_address(written)
            columns = {
                "written_recipient": written_recipient(address, written),
                "is_blind_copy": is_blind and bool(addresses),
            }
            addresses.setdefault(address, columns)
    return addresses
