"""Notices: e-mails to a company's own staff, queued in the transaction that they are about."""

from datetime import UTC, datetime
from typing import Final

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
    now = datetime.now(UTC)
    await EmailDelivery.bulk_create(
        EmailDelivery(
            company_id=company.id,
            kind=MailKind.NOTICE,
            recipient=manager.email,
            subject=subject,
            message=text,
            next_attempt_at=now,
        )
        for manager in managers
    )
    EMAILS_QUEUED.send_after_commit(company.id)
