"""Notices: e-mails to a company's own staff, queued in the transaction that they are about."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from auth.permissions import Permission
from db.signals import Signal
from models import Company, EmailDelivery, MailKind, User

EMAILS_QUEUED: Final = Signal()
"""Tells the worker that there are e-mails to send."""


async def notify_managers(company: Company, subject: str, text: str) -> None:
    """Queue an e-mail to each user who may manage the company. None of them can turn it off."""
    managers = await User.filter(
        company_id=company.id, permissions__contains=Permission.MANAGE_COMPANY.value
    )
    await _queue(company.id, managers, subject, text)


async def notify_user(user: User, subject: str, text: str) -> None:
    """Queue an e-mail to a user about their account, which can't be turned off."""
    await _queue(user.company_id, [user], subject, text)


async def _queue(company_id: UUID, users: Sequence[User], subject: str, text: str) -> None:
    now = datetime.now(UTC)
    await EmailDelivery.bulk_create(
        EmailDelivery(
            company_id=company_id,
            kind=MailKind.NOTICE,
            recipient=user.email,
            subject=subject,
            message=text,
            next_attempt_at=now,
        )
        for user in users
    )
    EMAILS_QUEUED.send_after_commit(company_id)
