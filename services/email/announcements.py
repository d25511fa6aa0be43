"""Announcements: marketing e-mails to selected customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from auth.staff import Staff
from db.statements import database_time
from db.transactions import transactional
from errors import BadInput, NotFound, Text, gather_refusals
from models import (
    Announcement,
    AuditAction,
    Customer,
    DeliveryState,
    EmailDelivery,
    MailCategory,
    MailKind,
)
from services.common import audit_log, idempotency
from services.common.lookups import parse_id
from services.common.notices import EMAILS_QUEUED
from services.common.validation import clean, normalize_address, written_recipient
from services.email.daily_limits import DailyLimits, DailyQuota
from services.email.email_content import OPTED_OUT
from services.email.preferences import preferences_for

MAX_CUSTOMERS: Final = 1000


@dataclass(frozen=True, slots=True)
class AnnouncementResult:
    """An announcement and the numbers of its recipients."""

    announcement: Announcement
    queued: int
    skipped: int
    without_address: int


@transactional
async def send_announcement(
    staff: Staff,
    customer_ids: Sequence[str],
    subject: str,
    body: str,
    *,
    limits: DailyLimits,
    idempotency_key: str | None = None,
) -> AnnouncementResult:
    """Queue an announcement to the customers, with one e-mail per address.

    Raises BadInput, NotFound if a customer isn't found, Conflict if the key was used for another
    announcement, and RateLimited over the day's limit.
    """
    quota = await limits.lock(staff)
    with gather_refusals() as refusals:
        content: dict[str, Any] = {
            "subject": refusals.of(clean, subject, "subject", most=200),
            "body": refusals.of(clean, body, "body", most=10_000, multiline=True),
        }
        request = idempotency.identify(idempotency_key, customer_ids, subject, body)
        customers = await _find_all(staff, customer_ids)
    addressed = {normalize_address(c.email): c for c in customers if c.email}
    without_address = sum(customer.email is None for customer in customers)
    announcement = await idempotency.find_earlier(Announcement, staff, request)
    if announcement is None:
        announcement = await Announcement.create(
            company_id=staff.company_id,
            **content,
            **request.columns,
        )
        await _queue(quota, announcement, addressed)
        await audit_log.note(
            staff, AuditAction.ANNOUNCEMENT_SENT, announcement.id, announcement.subject
        )
    deliveries = EmailDelivery.filter(announcement_id=announcement.id)
    skipped = await deliveries.filter(detail=OPTED_OUT, attempts=0).count()
    return AnnouncementResult(
        announcement, await deliveries.count() - skipped, skipped, without_address
    )


async def _find_all(staff: Staff, customer_ids: Sequence[str]) -> Sequence[Customer]:
    if not 1 <= len(customer_ids) <= MAX_CUSTOMERS:
        raise BadInput(
            Text("Choose 1 to %(most)s customers.", most=MAX_CUSTOMERS), field="customerIds"
        )
    ids = {parse_id(id_) for id_ in customer_ids}
    customers = await Customer.filter(company_id=staff.company_id, id__in=ids).order_by("id")
    if len(customers) < len(ids):
        raise NotFound
    return customers


async def _queue(
    quota: DailyQuota, announcement: Announcement, customers: Mapping[str, Customer]
) -> None:
    company, now = quota.company, await database_time()
    preferences = await preferences_for(
        company.id, {address: c.language_with(company) for address, c in customers.items()}
    )
    allowed = [each for each in preferences.values() if each.allows(MailCategory.MARKETING)]
    await quota.require(len(allowed), field="customerIds")
    await EmailDelivery.bulk_create(
        EmailDelivery(
            company_id=company.id,
            customer_id=customer.id,
            announcement_id=announcement.id,
            kind=MailKind.ANNOUNCEMENT,
            recipient=address,
            written_recipient=written_recipient(address, customer.email or address),
            **(
                {"next_attempt_at": now}
                if preferences[address].allows(MailCategory.MARKETING)
                else {"status": DeliveryState.SKIPPED, "detail": OPTED_OUT}
            ),
        )
        for address, customer in customers.items()
    )
    EMAILS_QUEUED.send_after_commit(company.id)
