"""Copies of e-mails about documents, which are deliveries of their own."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from db.statements import database_time
from models import DeliveryState, EmailDelivery, EmailPreference
from services.common.notices import EMAILS_QUEUED
from services.common.recipients import CopiedAddress
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


async def queue_copies(
    delivery: EmailDelivery,
    copies: Mapping[str, CopiedAddress],
    preferences: Mapping[str, EmailPreference],
    delay: timedelta = timedelta(),
) -> None:
    """Queue a copy of the e-mail to each address, after `delay`, unless it has opted out.

    Each copy is an e-mail of its own, so that everybody can turn off only their own.
    """
    if not copies:
        return
    category, due = delivery.kind.category, await database_time() + delay
    same = {name: getattr(delivery, name) for name in _COPIED_COLUMNS}
    await EmailDelivery.bulk_create(
        EmailDelivery(
            **same,
            copy_of_id=delivery.id,
            **copy.columns(address),
            **(
                {"next_attempt_at": due}
                if preferences[address].allows(category)
                else {"status": DeliveryState.SKIPPED, "detail": OPTED_OUT}
            ),
        )
        for address, copy in sorted(copies.items())
    )
    EMAILS_QUEUED.send_after_commit(delivery.company_id)
