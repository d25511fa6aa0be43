"""Notices: e-mails to a company's own staff, queued in the transaction that they are about.

Nobody has checked that a user has the address that their company entered, so notices are limited,
too. Those who have been users for a day always get the first of a day.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from structlog import get_logger
from tortoise.queryset import QuerySet

from auth.permissions import Permission
from db.signals import Signal
from db.statements import database_time
from models import Company, EmailDelivery, MailKind, User

EMAILS_QUEUED: Final = Signal()
"""Tells the worker that there are e-mails to send."""
NEWS: Final = "news:"
"""What the idempotency keys of e-mails about events begin with."""
_DAY: Final = timedelta(days=1)
_MAX_MANAGERS: Final = 100
"""Who gets a notice to all managers: the longest-serving ones."""
_MAX_PER_PERSON: Final = 10
"""Notices of a company to one address in a day. Whoever gets so many knows that something is up."""
_MAX_BEFORE_NEW_USERS: Final = 100
"""Notices of a company in a day after which users of that day get none."""

log = get_logger(__name__)


async def notify_managers(company: Company, subject: str, text: str) -> None:
    """Queue an e-mail to each user who may manage the company. None of them can turn it off."""
    managers = User.filter(
        company_id=company.id, permissions__contains=Permission.MANAGE_COMPANY.value
    ).order_by("created_at", "id")
    await _queue(company.id, await managers.limit(_MAX_MANAGERS), subject, text)


async def notify_user(user: User, subject: str, text: str) -> None:
    """Queue an e-mail to a user about their account, which can't be turned off."""
    await _queue(user.company_id, [user], subject, text)


async def _queue(company_id: UUID, users: Sequence[User], subject: str, text: str) -> None:
    now = await database_time()
    recipients = await _within_limits(company_id, users, now - _DAY)
    if len(recipients) < len(users):
        log.warning("notices.limited", company_id=str(company_id))
    await EmailDelivery.bulk_create(
        EmailDelivery(
            company_id=company_id,
            kind=MailKind.NOTICE,
            recipient=user.email,
            subject=subject,
            message=text,
            next_attempt_at=now,
        )
        for user in recipients
    )
    EMAILS_QUEUED.send_after_commit(company_id)


async def tell_news(user: User, subject: str, text: str, key: str) -> None:
    """Queue an e-mail with news that the user wants, unless one with this `key` is queued.

    It doesn't count against other notices.
    """
    await EmailDelivery.create(
        company_id=user.company_id,
        kind=MailKind.NOTICE,
        recipient=user.email,
        subject=subject,
        message=text,
        next_attempt_at=await database_time(),
        idempotency_key=f"{NEWS}{key}",
    )
    EMAILS_QUEUED.send_after_commit(user.company_id)


async def may_write_to(user: User) -> bool:
    """Whether a user of the last day, who may be a stranger, may get another e-mail of the company.

    All others may.
    """
    since = await database_time() - _DAY
    return user.created_at < since or await _are_new_told(user.company_id, since)


async def _within_limits(company_id: UUID, users: Sequence[User], since: datetime) -> list[User]:
    """Return those of the users who get another notice, by what was queued `since`.

    Strangers can ask for links to set a password. So these keep nobody from getting notices but new
    users.
    """
    notices = _notices(company_id, since).filter(message__isnull=False, idempotency_key=None)
    counts = Counter(map(str, await notices.values_list("recipient", flat=True)))
    are_new_told = await _are_new_told(company_id, since)
    return [
        user
        for user in users
        if counts[user.email] < _MAX_PER_PERSON and (are_new_told or user.created_at < since)
    ]


async def _are_new_told(company_id: UUID, since: datetime) -> bool:
    return await _notices(company_id, since).count() < _MAX_BEFORE_NEW_USERS


def _notices(company_id: UUID, since: datetime) -> QuerySet[EmailDelivery]:
    return EmailDelivery.filter(company_id=company_id, kind=MailKind.NOTICE, created_at__gte=since)
