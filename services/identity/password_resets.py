"""Links to set a new password, which people who forgot theirs ask for and get by e-mail."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from structlog import get_logger

from auth.client_info import ClientInfo
from auth.secrets import digest, generate_invitation_secret
from core.background import BackgroundTasks
from db.statements import database_time
from db.transactions import transactional
from models import AuditAction, Company, EmailDelivery, Invitation, InvitationKind, MailKind, User
from services.common import audit_log
from services.common.notices import EMAILS_QUEUED, may_write_to
from services.identity.attempts import Attempts
from services.identity.sign_in import find_users

RESET_TTL: Final = timedelta(hours=1)
"""How long a link works, and how late its e-mail may be."""

log = get_logger("invotify.security")


@dataclass(frozen=True, slots=True)
class PasswordResets:
    """Sends the links."""

    attempts: Attempts
    background: BackgroundTasks

    async def request(self, email: str, client_info: ClientInfo) -> None:
        """Send a link to each user with this address and a password, if there are any.

        Nobody learns whether there are: it is found out in the background. Raises RateLimited.
        """
        await self.attempts.count_client(client_info)
        await self.attempts.count_reset(email)
        await self.background.run(_queue(email, client_info), wait=0)


@transactional
async def _queue(email: str, client_info: ClientInfo) -> None:
    now, users = await database_time(), await find_users(email)
    log.info(
        "security.password_reset_requested",
        ip=client_info.ip,
        user_ids=[str(user.id) for user in users],
    )
    for user in users:
        if not await may_write_to(user):
            continue
        company = await Company.get(id=user.company_id)
        # A notice without a message: the link is created when it is sent, so that no secret is
        # stored.
        await EmailDelivery.create(
            company_id=user.company_id,
            kind=MailKind.NOTICE,
            recipient=user.email,
            subject=f"Set a new password for {company.name}"[:200],
            next_attempt_at=now,
        )
        EMAILS_QUEUED.send_after_commit(user.company_id)
        # For each user, so that no company finds out whether there are others. Without the origin,
        # because whoever asks may mean another one.
        await audit_log.note(
            audit_log.person(user), AuditAction.PASSWORD_RESET_REQUESTED, user.id, user.name
        )


@transactional
async def new_reset_secret(company_id: UUID, email: str) -> str | None:
    """Return the secret of a new link for the company's user with this address.

    Earlier ones stop working. None if the user was removed in the meantime.
    """
    user = await User.select_for_update(no_key=True).get_or_none(company_id=company_id, email=email)
    if user is None:
        return None
    secret = generate_invitation_secret()
    await Invitation.filter(user_id=user.id, kind=InvitationKind.PASSWORD_RESET).delete()
    await Invitation.create(
        company_id=company_id,
        user_id=user.id,
        kind=InvitationKind.PASSWORD_RESET,
        secret_hash=digest(secret),
        expires_at=datetime.now(UTC) + RESET_TTL,
    )
    return secret
