"""Links through which users set a password, once.

An invitation gives its user's rights to whoever has it. So it only works while whoever invited has
all of them, and may still manage the company, and it ends when the rights of either change.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise.queryset import QuerySet

from auth.permissions import Permission, parse_permissions
from auth.secrets import digest, generate_invitation_secret
from auth.staff import Staff, has_ended, permissions_of
from db.statements import execute
from errors import NotFound
from models import Invitation, InvitationKind, User
from services.identity.rights import lock_company

_INVITATION_TTL: Final = timedelta(days=7)
_INVITATIONS: Final = (InvitationKind.INVITATION, InvitationKind.EMAILED)


@dataclass(frozen=True, slots=True)
class InvitedUser:
    """A user and the secret of their invitation, which is shown once and never stored."""

    user: User
    secret: str
    expires_at: datetime
    is_emailed: bool = False
    """Whether the user gets an e-mail with a link, too."""


async def invite(staff: Staff, user: User) -> InvitedUser:
    """Create an invitation for a locked user. Earlier ones stop working.

    Raises Forbidden for a user with permissions that the caller lacks.
    """
    staff.require(*sorted(parse_permissions(user.permissions)))
    secret, expires_at = generate_invitation_secret(), datetime.now(UTC) + _INVITATION_TTL
    await Invitation.filter(user_id=user.id, kind__in=_INVITATIONS).delete()
    await Invitation.create(
        company_id=user.company_id,
        user_id=user.id,
        kind=InvitationKind.INVITATION,
        inviter_id=staff.user_id if staff.is_person else None,
        inviter_key_id=None if staff.is_person else staff.credential_id,
        secret_hash=digest(secret),
        expires_at=expires_at,
    )
    return InvitedUser(user=user, secret=secret, expires_at=expires_at)


async def find_invited(secret: str) -> User:
    """Return the user that an invitation or a password reset is for.

    Raises NotFound if it was used or replaced, has expired, or has ended with the inviter's rights.
    """
    return (await _find(secret)).user


async def invitation_of(user_id: UUID) -> Invitation | None:
    """Return the user's invitation, or None if there is none that works."""
    found = await _valid(Invitation.filter(user_id=user_id, kind=InvitationKind.INVITATION))
    return found[0] if found else None


async def open_invitations(user_ids: Collection[UUID]) -> set[UUID]:
    """Return which of the users have an invitation that works."""
    invitations = await _valid(
        Invitation.filter(user_id__in=user_ids, kind=InvitationKind.INVITATION)
    )
    return {invitation.user_id for invitation in invitations}


async def use_invitation(secret: str) -> User:
    """Use an invitation or a password reset up, and return its user, locked.

    Raises NotFound like `find_invited`.
    """
    await lock_company((await _find(secret)).company_id)
    invitation = await _find(secret)  # nothing about it can change any more
    user = await User.select_for_update(no_key=True).get(id=invitation.user_id)
    if not await Invitation.filter(id=invitation.id).delete():
        raise NotFound
    return user


async def end_invitations(user_id: UUID) -> None:
    """End the invitations for the user, and by the user and their API keys."""
    await execute(
        "DELETE FROM invitation WHERE user_id = $1 OR inviter_id = $1"
        " OR inviter_key_id IN (SELECT id FROM credential WHERE user_id = $1)",
        user_id,
    )


async def _find(secret: str) -> Invitation:
    invitations = await _valid(Invitation.filter(secret_hash=digest(secret)))
    if not invitations:
        raise NotFound
    return invitations[0]


async def _valid(invitations: QuerySet[Invitation]) -> list[Invitation]:
    in_time = invitations.filter(expires_at__gt=datetime.now(UTC))
    rows = await in_time.select_related("user", "inviter", "inviter_key__user")
    return [invitation for invitation in rows if _may_invite(invitation)]


def _may_invite(invitation: Invitation) -> bool:
    """Whether the inviter, now, could create the invitation."""
    needed = parse_permissions(invitation.user.permissions) | {Permission.MANAGE_COMPANY}
    if invitation.kind is InvitationKind.PASSWORD_RESET:
        return True
    if invitation.inviter is not None:
        return needed <= parse_permissions(invitation.inviter.permissions)
    key = invitation.inviter_key
    assert key is not None
    return not has_ended(key, datetime.now(UTC)) and needed <= permissions_of(key)
