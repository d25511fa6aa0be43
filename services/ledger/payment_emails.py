"""Queuing e-mails to customers about their payments, in the transaction that books them.

So none is lost, and none is about something that wasn't booked. Whether the recipient wants it, and
whether it is still true, is checked when it is sent.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from db.statements import database_time
from errors import BadInput
from models import CheckoutShare, Customer, EmailDelivery, MailKind, Payment, Reversal
from services.common.notices import EMAILS_QUEUED
from services.common.recipients import copied_addresses
from services.common.validation import normalize_address, written_recipient


async def queue_receipts(customer: Customer, payments: Sequence[Payment]) -> None:
    """Queue the receipts of what was paid at once, if the company sends them."""
    if customer.company.sends_receipts:
        about = [{"invoice_id": each.invoice_id, "payment_id": each.id} for each in payments]
        await _queue(customer, MailKind.RECEIPT, about)


async def queue_refund_notice(customer: Customer, refunds: Sequence[Reversal]) -> None:
    """Queue an e-mail about what was refunded at once, if the company sends receipts."""
    if refunds and customer.company.sends_receipts:
        about = [{"invoice_id": each.invoice_id, "reversal_id": each.id} for each in refunds]
        await _queue(customer, MailKind.REFUND, about)


async def queue_failure_notice(customer: Customer, shares: Sequence[CheckoutShare]) -> None:
    """Queue an e-mail about a checkout that has failed days after the client paid it."""
    about = [{"invoice_id": each.invoice_id, "checkout_share_id": each.id} for each in shares]
    await _queue(customer, MailKind.PAYMENT_FAILED, about)


async def _queue(customer: Customer, kind: MailKind, about: Sequence[Mapping[str, UUID]]) -> None:
    """Queue an e-mail to the customer, and a copy to whoever gets copies of documents.

    `about` has the columns of a delivery for each invoice. All but the first are sent with it.
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
        "kind": kind,
        "next_attempt_at": await database_time(),
    }
    recipient = {
        "recipient": address,
        "written_recipient": written_recipient(address, customer.email),
    }
    originals = await _create([columns | recipient | dict(each) for each in about])
    copies = copied_addresses(kind, customer)
    copies.pop(address, None)
    for copied, copy in sorted(copies.items()):
        await _create(
            [
                columns | copy.columns(copied) | {**each, "copy_of_id": original.id}
                for each, original in zip(about, originals, strict=True)
            ]
        )
    EMAILS_QUEUED.send_after_commit(customer.company_id)


async def _create(rows: Sequence[Mapping[str, Any]]) -> list[EmailDelivery]:
    """Create the deliveries of one e-mail."""
    first, *others = rows
    delivery = await EmailDelivery.create(**first)
    return [
        delivery,
        *[await EmailDelivery.create(**row, sent_with_id=delivery.id) for row in others],
    ]
