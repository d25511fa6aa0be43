"""An e-mail as it would be sent now, without sending it, and one that was sent."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from auth.staff import Staff
from db.transactions import rehearsal, without_locks
from errors import NotFound
from integrations.mail.contents import EmailContent
from models import (
    CreditNote,
    DeliveryState,
    EmailDelivery,
    EmailPreference,
    Invoice,
    MailCategory,
    Quote,
)
from models.emails import TO_STAFF
from services.common.lookups import get_owned
from services.email import emails
from services.email.daily_limits import DailyLimits
from services.email.delivery_queue import QueuedDelivery
from services.email.email_content import email_content_of
from services.email.emails import EmailOptions
from services.email.opt_outs import OptOut, load_preferences, opt_outs_of
from settings import Settings


class SentByHand(StrEnum):
    """What staff send by hand."""

    INVOICE = "INVOICE"
    """A draft is issued with it."""
    REMINDER = "REMINDER"
    QUOTE = "QUOTE"
    CREDIT_NOTE = "CREDIT_NOTE"


_DOCUMENTS: Final[Mapping[SentByHand, type[Invoice | Quote | CreditNote]]] = {
    SentByHand.INVOICE: Invoice,
    SentByHand.REMINDER: Invoice,
    SentByHand.QUOTE: Quote,
    SentByHand.CREDIT_NOTE: CreditNote,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom an e-mail or a copy of it goes to, unless they have turned it off."""

    address: str
    is_copy: bool = False
    is_blind: bool = False
    """Whether the other recipients don't see this one."""
    opt_out: OptOut | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingEmail:
    """An e-mail that would be sent."""

    recipients: Sequence[Recipient]
    """Whom it is addressed to, and then who gets a copy."""
    content: EmailContent | None
    """Attachments have names only. None if the recipient has turned these e-mails off."""


@rehearsal
async def preview_email(
    staff: Staff,
    what: SentByHand,
    document_id: str,
    options: EmailOptions,
    *,
    limits: DailyLimits,
    settings: Settings,
) -> OutgoingEmail:
    """Return the e-mail that sending a document or a reminder would queue.

    It is queued in a transaction that is rolled back. Others of the company wait for that only if
    a draft is issued first, so that its e-mail has the number that is next. The link isn't the
    final one if the document isn't shared yet. Raises what sending raises.
    """
    document = await get_owned(_DOCUMENTS[what], staff, document_id)
    is_draft = document.status == "DRAFT"
    # Only the number of a draft must be nobody else's.
    with nullcontext() if is_draft else without_locks():
        queued = await _send(staff, what, document_id, options, limits, is_draft=is_draft)
    delivery = queued.delivery
    copies = await EmailDelivery.filter(copy_of_id=delivery.id).order_by("recipient")
    is_sent = delivery.status is not DeliveryState.SKIPPED
    return OutgoingEmail(
        recipients=await _recipients_of([delivery, *copies]),
        content=await email_content_of(delivery.id, settings) if is_sent else None,
    )


async def get_sent_email(staff: Staff, delivery_id: str) -> EmailDelivery:
    """Return an e-mail that was sent to a client. Raises NotFound."""
    delivery = await get_owned(EmailDelivery, staff, delivery_id)
    if delivery.kind in TO_STAFF or delivery.status is not DeliveryState.SENT:
        raise NotFound
    return delivery


@rehearsal
async def content_of_sent_email(delivery: EmailDelivery, settings: Settings) -> EmailContent:
    """Return what an e-mail would say now: its content isn't kept.

    Attachments have names only. Raises DeliveryCancelled if it would no longer be sent.
    """
    return await email_content_of(delivery.sent_with_id or delivery.id, settings)


async def _send(
    staff: Staff,
    what: SentByHand,
    document_id: str,
    options: EmailOptions,
    limits: DailyLimits,
    *,
    is_draft: bool,
) -> QueuedDelivery:
    match what:
        case SentByHand.INVOICE:
            send = emails.issue_and_send_invoice if is_draft else emails.send_invoice
            return await send(staff, document_id, options, limits=limits)
        case SentByHand.REMINDER:
            return await emails.send_reminder(staff, document_id, limits=limits)
        case SentByHand.QUOTE:
            return await emails.send_quote(staff, document_id, options, limits=limits)
        case SentByHand.CREDIT_NOTE:
            return await emails.send_credit_note(staff, document_id, options, limits=limits)


async def _recipients_of(deliveries: Sequence[EmailDelivery]) -> Sequence[Recipient]:
    keys = [(delivery.company_id, delivery.recipient) for delivery in deliveries]
    pairs = zip(deliveries, await load_preferences(keys), strict=True)
    return [
        Recipient(
            address=delivery.address,
            is_copy=delivery.copy_of_id is not None,
            is_blind=delivery.is_blind_copy,
            opt_out=_opt_out(preference, delivery.kind.category),
        )
        for delivery, preference in pairs
    ]


def _opt_out(preference: EmailPreference | None, category: MailCategory | None) -> OptOut | None:
    opt_outs = opt_outs_of(preference) if preference else []
    return next((each for each in opt_outs if each.category is category), None)
