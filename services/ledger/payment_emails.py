"""Queuing e-mails to customers about their payments, in the transaction that books them.

So none is lost, and none is about something that wasn't booked. Whether the recipient wants it, and
whether it is still true, is checked when it is sent.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from db.statements import database_time
from errors import BadInput
from models import CheckoutShare, Customer, EmailDelivery, MailKind, Payment, Reversal
from services.common.notices import EMAILS_QUEUED
from services.common.recipients import copied_addresses
from services.common.validation import normalize_address, written_recipient


async def queue_receipts(customer: Customer, payments: Sequence[Payment]) -> None:
    """Queue the receipts of payments, if the company sends them."""
    if customer.company.sends_receipts:
        for payment in payments:
            await _queue(customer, MailKind.RECEIPT, payment.invoice_id, payment_id=payment.id)


async def queue_refund_notice(customer: Customer, reversal: Reversal) -> None:
    """Queue an e-mail about a refund, if the company sends receipts."""
    if customer.company.sends_receipts:
        await _queue(customer, MailKind.REFUND, reversal.invoice_id, reversal_id=reversal.id)


async def queue_failure_notices(customer: Customer, shares: Sequence[CheckoutShare]) -> None:
    """Queue e-mails about a payment that has failed days after the client made it."""
    for share in shares:
        about = {"checkout_share_id": share.id}
        await _queue(customer, MailKind.PAYMENT_FAILED, share.invoice_id, **about)


async def _queue(customer: Customer, kind: MailKind, invoice_id: UUID, **about: UUID) -> None:
    """Queue an e-mail to the customer, and a copy to whoever gets copies of documents.

    Nothing is queued if the customer has no address, or one that nothing can be sent to. That keeps
    no payment from being recorded.
    """
    if customer.email is None:
        return
    try:
        address = normalize_address(customer.email)
    except BadInput:
        return
    columns: dict[str, Any] = {
        "company_id": customer.company_id,
        "customer_id": customer.id,
        "invoice_id": invoice_id,
        "kind": kind,
        "next_attempt_at": await database_time(),
        **about,
    }
    original = await EmailDelivery.create(
        **columns,
        recipient=address,
        written_recipient=written_recipient(address, customer.email),
    )
    copies = copied_addresses(kind, customer)
    copies.pop(address, None)
    for copied, copy in sorted(copies.items()):
        await EmailDelivery.create(**columns, **copy.columns(copied), copy_of_id=original.id)
    EMAILS_QUEUED.send_after_commit(customer.company_id)
