"""Sending many invoices, or reminders of them: each by itself, with a result of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from auth.staff import Staff
from db.availability import raising_unavailable
from errors import BadInput, PortalError, Text, Unavailable
from models import EmailDelivery, Invoice, InvoiceStatus
from services.common import idempotency
from services.common.lookups import get_owned
from services.email.daily_limits import DailyLimits
from services.email.delivery_queue import QueuedDelivery
from services.email.emails import (
    UNDO_SECONDS,
    EmailOptions,
    can_remind,
    can_send_invoice,
    issue_and_send_invoice,
    send_invoice,
    send_reminder,
)

MAX_INVOICES: Final = 100
"""Invoices that are sent at once."""


class Mailing(StrEnum):
    """What is sent for each invoice."""

    INVOICE = "INVOICE"
    REMINDER = "REMINDER"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEmail:
    """An invoice, and why nothing would be sent for it, if so."""

    invoice: Invoice
    """With its customer."""
    refusal: PortalError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingResult:
    """What became of an invoice: an e-mail, or the reason why there is none."""

    invoice_id: str
    invoice: Invoice | None
    """As it is afterwards; None if the company has no such invoice, or if it can't be read now."""
    delivery: EmailDelivery | None = None
    refusal: PortalError | None = None


async def plan(staff: Staff, mailing: Mailing, ids: Iterable[UUID]) -> Sequence[PlannedEmail]:
    """Return what a mailing would do for the company's invoices, newest first."""
    rows = Invoice.filter(id__in=list(ids), company_id=staff.company_id)
    invoices = await rows.select_related("customer").order_by("-created_at", "-id")
    return [
        PlannedEmail(invoice=invoice, refusal=_refusal(mailing, invoice)) for invoice in invoices
    ]


def _refusal(mailing: Mailing, invoice: Invoice) -> PortalError | None:
    if mailing is Mailing.REMINDER:
        return can_remind(invoice, invoice.customer)
    if invoice.customer.email is None:
        return BadInput(Text("The customer has no e-mail address."), field="to")
    return None if invoice.status is InvoiceStatus.DRAFT else can_send_invoice(invoice)


async def send_each(
    staff: Staff,
    mailing: Mailing,
    ids: Sequence[str],
    *,
    limits: DailyLimits,
    idempotency_key: str | None = None,
) -> Sequence[MailingResult]:
    """Send each invoice, issuing drafts first, or a reminder of each. E-mails wait for a moment.

    One that can't be sent doesn't keep the others from it. If the database goes away, what was done
    until then is returned, and the rest with Unavailable. With the same key, what was done before
    isn't done again. Raises BadInput for no invoices or more than MAX_INVOICES.
    """
    wanted = list(dict.fromkeys(ids))
    if not 1 <= len(wanted) <= MAX_INVOICES:
        raise BadInput(
            Text("Choose from 1 to %(most)s invoices.", most=MAX_INVOICES), field="invoiceIds"
        )
    key = idempotency.identify(idempotency_key).key
    results: list[MailingResult] = []
    for number, id_ in enumerate(wanted, 1):
        results.append(await _send(staff, mailing, id_, key, limits))
        if results[-1].invoice is None and isinstance(away := results[-1].refusal, Unavailable):
            rest = wanted[number:]
            return results + [MailingResult(invoice_id=i, invoice=None, refusal=away) for i in rest]
    return results


async def _send(
    staff: Staff, mailing: Mailing, invoice_id: str, key: str | None, limits: DailyLimits
) -> MailingResult:
    delivery, refusal = None, None
    try:
        own_key = _key_of(key, mailing, invoice_id)
        with raising_unavailable():
            delivery = await _send_one(staff, mailing, invoice_id, own_key, limits)
    except PortalError as error:
        refusal = error
    try:
        with raising_unavailable():
            invoice = await get_owned(Invoice, staff, invoice_id)
    except PortalError as error:
        return MailingResult(
            invoice_id=invoice_id,
            invoice=None,
            delivery=delivery,
            refusal=refusal or (None if delivery else error),
        )
    return MailingResult(invoice_id=invoice_id, invoice=invoice, delivery=delivery, refusal=refusal)


async def _send_one(
    staff: Staff, mailing: Mailing, invoice_id: str, key: str | None, limits: DailyLimits
) -> EmailDelivery:
    """Return the e-mail, which was sent before if there is one with the key.

    A draft that was issued then isn't a draft any more. The key is looked for after the invoice was
    read, so that whoever issues it at the same time with the same key has left an e-mail by then.
    """
    invoice = await get_owned(Invoice, staff, invoice_id)
    if key is not None:
        sent = EmailDelivery.filter(company_id=staff.company_id, idempotency_key=key)
        if earlier := await sent.first():
            return earlier
    options = EmailOptions(delay_seconds=UNDO_SECONDS)
    queued: QueuedDelivery
    if mailing is Mailing.REMINDER:
        queued = await send_reminder(
            staff, invoice_id, limits=limits, delay_seconds=UNDO_SECONDS, idempotency_key=key
        )
    elif invoice.status is InvoiceStatus.DRAFT:
        queued = await issue_and_send_invoice(
            staff, invoice_id, options, limits=limits, idempotency_key=key
        )
    else:
        queued = await send_invoice(staff, invoice_id, options, limits=limits, idempotency_key=key)
    return queued.delivery


def _key_of(key: str | None, mailing: Mailing, invoice_id: str) -> str | None:
    """Return the key of the e-mail of one invoice."""
    return sha256(f"{mailing}:{invoice_id}:{key}".encode()).hexdigest() if key else None
