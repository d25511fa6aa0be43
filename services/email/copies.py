"""Copies of documents' e-mails: for whom customer or sender name, and for the archive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from db.statements import database_time
from models import Customer, DeliveryState, EmailDelivery, EmailPreference, MailCategory, MailKind
from services.common.notices import EMAILS_QUEUED
from services.common.validation import normalize_address, written_recipient
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


@dataclass(frozen=True, slots=True)
class CopiedAddress:
    """Where a copy goes."""

    written: str
    """As it was entered."""
    is_blind: bool = False
    """Whether the other recipients don't see it."""


def copied_addresses(
    kind: MailKind, customer: Customer, extra: Sequence[str]
) -> dict[str, CopiedAddress]:
    """Return where copies go, by normalized address: documents have them, reminders don't.

    They go to the customer's further addresses, the `extra` ones of one e-mail, and blindly to the
    company's archive. Needs the customer's company.
    """
    if kind.category is not MailCategory.DOCUMENT:
        return {}
    archive = customer.company.archive_email
    seen = [CopiedAddress(address) for address in (*extra, *customer.copy_addresses)]
    copies = [*([CopiedAddress(archive, is_blind=True)] if archive else []), *seen]
    return {normalize_address(copy.written): copy for copy in copies}


async def queue_copies(
    delivery: EmailDelivery,
    copies: Mapping[str, CopiedAddress],
    preferences: Mapping[str, EmailPreference],
) -> None:
    """Queue a copy of the e-mail to each address, unless it has opted out.

    Each copy is an e-mail of its own, so that everybody can turn off only their own.
    """
    if not copies:
        return
    category, now = delivery.kind.category, await database_time()
    same = {name: getattr(delivery, name) for name in _COPIED_COLUMNS}
    await EmailDelivery.bulk_create(
        EmailDelivery(
            **same,
            copy_of_id=delivery.id,
            recipient=address,
            written_recipient=written_recipient(address, copy.written),
            is_blind_copy=copy.is_blind,
            **(
                {"next_attempt_at": now}
                if preferences[address].allows(category)
                else {"status": DeliveryState.SKIPPED, "detail": OPTED_OUT}
            ),
        )
        for address, copy in sorted(copies.items())
    )
    EMAILS_QUEUED.send_after_commit(delivery.company_id)
