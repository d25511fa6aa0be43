"""Invitations by e-mail: the same as the link that the inviter gets, for whoever is invited.

No secret is stored. So the link in the e-mail has one of its own, which is made when it is sent,
and either link ends the other.
"""

from datetime import timedelta
from typing import Final

from auth.secrets import digest, generate_invitation_secret
from auth.staff import Staff
from db.statements import database_time
from db.transactions import transactional
from models import Company, EmailDelivery, Invitation, InvitationKind, MailKind, User
from services.common.notices import EMAILS_QUEUED
from services.identity.invitations import InvitedUser, invitation_of
from services.identity.rights import lock_company

_DAY: Final = timedelta(days=1)
_MAX_PER_DAY: Final = 50
"""Invitations of a company, since nobody knows yet whose addresses they are."""
_MAX_PER_ADDRESS: Final = 5
"""Invitations of a company to one address in a day."""


async def queue_invitation(staff: Staff, invited: InvitedUser) -> bool:
    """Queue the e-mail, in the transaction that invites; False if today's limit is reached."""
    now, user = await database_time(), invited.user
    today = EmailDelivery.filter(
        company_id=staff.company_id, kind=MailKind.INVITATION, created_at__gte=now - _DAY
    )
    if await today.count() >= _MAX_PER_DAY:
        return False
    if await today.filter(recipient=user.email).count() >= _MAX_PER_ADDRESS:
        return False
    company = await Company.get(id=staff.company_id)
    invites = f"{staff.name} invited you" if staff.is_person else "You're invited"
    await EmailDelivery.create(
        company_id=staff.company_id,
        kind=MailKind.INVITATION,
        recipient=user.email,
        subject=f"{invites} to {company.name}"[:200],
        message=f"{invites} to work on the invoices of {company.name}. Set a password to get"
        " started. The link works once, for seven days.\n\nIf you didn't expect this, ignore this"
        " e-mail.",
        next_attempt_at=now,
    )
    EMAILS_QUEUED.send_after_commit(staff.company_id)
    return True


@transactional
async def new_emailed_secret(delivery: EmailDelivery) -> str | None:
    """Return the secret of the link in an invitation's e-mail, which is about to be sent.

    None if the invitation was used, has ended, or has another e-mail by now.
    """
    await lock_company(delivery.company_id)
    user = await User.get_or_none(company_id=delivery.company_id, email=delivery.recipient)
    invitation = user and await invitation_of(user.id)
    if not invitation or await _is_replaced(delivery):
        return None
    secret = generate_invitation_secret()
    await Invitation.filter(user_id=invitation.user_id, kind=InvitationKind.EMAILED).delete()
    await Invitation.create(
        company_id=delivery.company_id,
        user_id=invitation.user_id,
        kind=InvitationKind.EMAILED,
        inviter_id=invitation.inviter_id,
        inviter_key_id=invitation.inviter_key_id,
        secret_hash=digest(secret),
        expires_at=invitation.expires_at,
    )
    return secret


async def _is_replaced(delivery: EmailDelivery) -> bool:
    return await EmailDelivery.exists(
        company_id=delivery.company_id,
        kind=MailKind.INVITATION,
        recipient=delivery.recipient,
        created_at__gt=delivery.created_at,
    )
