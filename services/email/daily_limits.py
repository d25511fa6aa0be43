"""How many e-mails a company may send in a day, so that nobody uses the portal to send spam.

What counts are e-mails to customers and other strangers: documents, their copies, reminders,
announcements, and answers to questions. E-mails to the company's own users don't count, nor does
what was skipped.

E-mails about payments are counted apart, with the same limit. They are queued by payments, which
can't be refused, so those over the limit wait for the next day.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tortoise.expressions import Q

from auth.staff import Staff
from errors import BadInput, RateLimited, Text
from models import Company, DeliveryState, EmailDelivery, Plan
from models.companies import today_of
from models.emails import ABOUT_PAYMENTS, TO_STAFF
from services.common import idempotency
from settings import Settings

_NOT_COUNTED: Final = TO_STAFF | ABOUT_PAYMENTS
_NEVER_SENT: Final = (DeliveryState.SKIPPED, DeliveryState.CANCELLED)


@dataclass(frozen=True, slots=True)
class DailyQuota:
    """What a company may send today, where it is."""

    company: Company
    limit: int

    async def used(self) -> int:
        """Return how many e-mails were queued today, without those about payments."""
        today = EmailDelivery.filter(
            company_id=self.company.id, created_at__gte=self._midnight(0), sent_with_id=None
        )
        counting = today.exclude(kind__in=_NOT_COUNTED).exclude(status__in=_NEVER_SENT)
        return await counting.count()

    async def payments_wait_until(self) -> datetime | None:
        """Return when the next e-mail about a payment can be sent, or None if it can be now.

        Processes that send at the same moment may exceed the limit by one each.
        """
        is_sent = Q(sent_at__gte=self._midnight(0)) | Q(status=DeliveryState.SENDING)
        sent = EmailDelivery.filter(is_sent, company_id=self.company.id, kind__in=ABOUT_PAYMENTS)
        return self._midnight(1) if await sent.count() >= self.limit else None

    async def require(self, count: int, field: str | None = None) -> None:
        """Raise RateLimited unless `count` more may be queued today.

        Raises BadInput about `field` if there are more than fit into any day.
        """
        if count > self.limit:
            raise BadInput(
                Text(
                    "The %(plan)s plan allows %(limit)s e-mails a day. This would send %(count)s.",
                    plan=self.company.plan,
                    limit=self.limit,
                    count=count,
                ),
                field=field,
            )
        used = await self.used()
        if used + count > self.limit:
            left = self._midnight(1) - datetime.now(UTC)
            raise RateLimited(
                Text(
                    "The %(plan)s plan allows %(limit)s e-mails a day. %(count)s were sent today."
                    " Send the rest tomorrow.",
                    plan=self.company.plan,
                    limit=self.limit,
                    count=used,
                ),
                retry_after=math.ceil(left.total_seconds()),
            )

    def _midnight(self, days: int) -> datetime:
        """Return the beginning of today, or of the day in so many days."""
        day = today_of(self.company) + timedelta(days=days)
        return datetime.combine(day, time(), ZoneInfo(self.company.time_zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class DailyLimits:
    """The limits of each plan."""

    free: int
    pro: int

    def quota_of(self, company: Company) -> DailyQuota:
        """Return what `company` may send."""
        return DailyQuota(company, self.pro if company.plan is Plan.PRO else self.free)

    async def lock(self, staff: Staff) -> DailyQuota:
        """Return what the company of `staff` may send; nobody else sends until we are done."""
        return self.quota_of(await idempotency.lock_company(staff))


def daily_limits_of(settings: Settings) -> DailyLimits:
    """Return the limits that the operator has set."""
    return DailyLimits(free=settings.emails_per_day_free, pro=settings.emails_per_day_pro)
