"""Copies of documents' e-mails, which a customer wants sent to others as well."""

from collections.abc import Sequence
from typing import Final

from db.statements import database_time
from models import Customer, DeliveryState, EmailDelivery, EmailPreference, MailCategory, MailKind
from services.common.notices import EMAILS_QUEUED
from services.common.validation import normalize_address
from services.email.email_content import OPTED_OUT

_COPIED_COLUMNS: Final = (
    "company_id",
    "customer_id",
    "invoice_id",
    "quote_id",
    "credit_note_id",
    "kind",
    "message",
)


def copied_addresses(kind: MailKind, customer: Customer) -> set[str]:
    """Return where copies go: documents have them, reminders don't."""
    if kind.category is not MailCategory.DOCUMENT:
        return set()
    return set(map(normalize_address, customer.copy_addresses))


async def queue_copies(delivery: EmailDelivery, preferences: Sequence[EmailPreference]) -> None:
    """Queue a copy of the e-mail to each address, unless it has opted out.

    Each copy is an e-mail of its own, so that everybody can turn off only their own.
    """
    if not preferences:
        return
    category, now = delivery.kind.category, await database_time()
    same = {name: getattr(delivery, name) for name in _COPIED_COLUMNS}
    await EmailDelivery.bulk_create(
        EmailDelivery(
            **same,
            copy_of_id=delivery.id,
            recipient=preference.address,
            **(
                {"next_attempt_at": now}
                if preference.allows(category)
                else {"status": DeliveryState.SKIPPED, "detail": OPTED_OUT}
            ),
        )
        for preference in preferences
    )
    EMAILS_QUEUED.send_after_commit(delivery.company_id)
