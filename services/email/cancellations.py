"""Cancelling e-mails that haven't left: of "sent" and "cancelled" exactly one happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from auth.staff import Staff
from db.statements import fetch
from db.transactions import transactional
from errors import Conflict, Text
from models import AuditAction, DeliveryState, EmailDelivery
from services.common import audit_log
from services.common.lookups import get_owned

_CANCEL: Final = """
    UPDATE email_delivery SET status = 'CANCELLED', next_attempt_at = NULL, detail = $1
    WHERE {column} = $2 AND status = 'QUEUED' RETURNING id
"""
_LEFT: Final = frozenset({DeliveryState.SENDING, DeliveryState.SENT})
_TOO_LATE: Final = Text("It's too late: this e-mail has been sent.")
_NOT_SENT: Final = Text("This e-mail wasn't sent, so there is nothing to cancel.")
_NOT_BY_HAND: Final = Text("Only e-mails that somebody sent by hand can be cancelled.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledDelivery:
    """An e-mail that won't be sent."""

    delivery: EmailDelivery
    left: Sequence[EmailDelivery]
    """Its copies that had left already."""


def can_cancel(delivery: EmailDelivery) -> Conflict | None:
    """Return why the e-mail can't be cancelled, or None if it can."""
    if delivery.copy_of_id is not None or not delivery.is_by_hand:
        return Conflict(_NOT_BY_HAND)
    if delivery.status in _LEFT:
        return Conflict(_TOO_LATE)
    return None if delivery.status is DeliveryState.QUEUED else Conflict(_NOT_SENT)


@transactional
async def cancel_delivery(staff: Staff, delivery_id: str) -> CancelledDelivery:
    """Keep an e-mail that somebody sent by hand from being sent, with its copies.

    What else sending has done stays: the document is issued and shared. Does nothing to an e-mail
    that is cancelled already. Raises NotFound, and Conflict once it has left or has failed.
    """
    delivery = await get_owned(EmailDelivery, staff, delivery_id)
    if delivery.status is not DeliveryState.CANCELLED:
        await _cancel(staff, delivery)
    copies = EmailDelivery.filter(copy_of_id=delivery.id, status__in=list(_LEFT))
    return CancelledDelivery(delivery=delivery, left=await copies.order_by("recipient"))


async def _cancel(staff: Staff, delivery: EmailDelivery) -> None:
    """Cancel the e-mail and its copies. The worker may take it at the same moment."""
    if refusal := can_cancel(delivery):
        raise refusal
    detail = f"Cancelled by {staff.name} before it was sent."
    cancelled = await fetch(_CANCEL.format(column="id"), detail, delivery.id)
    await delivery.refresh_from_db()
    if not cancelled:
        if delivery.status is not DeliveryState.CANCELLED:
            raise can_cancel(delivery) or Conflict(_TOO_LATE)
        return
    await fetch(_CANCEL.format(column="copy_of_id"), detail, delivery.id)
    await delivery.fetch_related("invoice", "quote", "credit_note")
    document = delivery.invoice or delivery.quote or delivery.credit_note
    assert document
    action = AuditAction.EMAIL_CANCELLED
    await audit_log.note_document(staff, action, document, detail=delivery.address)
