"""A company's users. At least one of them always keeps the permission to manage it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tortoise.exceptions import IntegrityError

from auth.permissions import Permission, dump_permissions, parse_permissions
from auth.secrets import digest, generate_invitation_secret
from auth.staff import Staff
from db.transactions import transactional
from errors import BadInput, Conflict
from models import (
    AuditAction,
    Company,
    Credential,
    CredentialKind,
    Invitation,
    InvitationKind,
    User,
)
from services.common import audit_log
from services.common.lookups import get_owned
from services.common.validation import clean, clean_email

_INVITATION_TTL: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class InvitedUser:
    """A user and the secret of their invitation, which is shown once and never stored."""

    user: User
    secret: str
    expires_at: datetime


async def create_user(
    staff: Staff, email: str, name: str, permissions: Collection[Permission]
) -> InvitedUser:
    """Create a user, who can sign in after setting a password through the invitation.

    Raises BadInput, Forbidden for a permission that the caller lacks, and Conflict if a user
    already has the address.
    """
    address = clean_email(email)
    if address is None:
        raise BadInput("Enter the user's e-mail address.", field="email")
    try:
        return await _create(staff, address.lower(), name, permissions)
    except IntegrityError:
        if not await User.exists(company_id=staff.company_id, email=address.lower()):
            raise
        raise Conflict("A user with this e-mail address already exists.", field="email") from None


@transactional
async def _create(
    staff: Staff, email: str, name: str, permissions: Collection[Permission]
) -> InvitedUser:
    user = await User.create(
        company_id=staff.company_id,
        email=email,
        name=clean(name, "name", most=200),
        permissions=_granted(staff, permissions),
    )
    return await _invite(staff, user)


@transactional
async def invite_user(staff: Staff, user_id: str) -> InvitedUser:
    """Create a new invitation for a user, through which they set a new password.

    Earlier invitations stop working. The current password and sessions remain valid until a new
    password is set. Raises NotFound, and Forbidden for a user with permissions that the caller
    lacks, since anyone with the link can act as that user.
    """
    user = await get_owned(User, staff, user_id, lock=True)
    staff.require(*sorted(parse_permissions(user.permissions)))
    return await _invite(staff, user)


async def _invite(staff: Staff, user: User) -> InvitedUser:
    secret, expires_at = generate_invitation_secret(), datetime.now(UTC) + _INVITATION_TTL
    await Invitation.filter(user_id=user.id, kind=InvitationKind.INVITATION).delete()
    await Invitation.create(
        company_id=staff.company_id,
        user_id=user.id,
        kind=InvitationKind.INVITATION,
        inviter_id=staff.user_id if staff.is_person else None,
        inviter_key_id=None if staff.is_person else staff.credential_id,
        secret_hash=digest(secret),
        expires_at=expires_at,
    )
    await audit_log.note(staff, AuditAction.USER_INVITED, user.id, user.name)
    return InvitedUser(user, secret, expires_at)


@transactional
async def update_user(
    staff: Staff,
    user_id: str,
    *,
    name: str | None = None,
    permissions: Collection[Permission] | None = None,
) -> User:
    """Change a user's name or permissions, effective at once. None leaves a value as it is.

    Raises NotFound, BadInput, Forbidden for an added permission that the caller lacks, and Conflict
    if no user could manage the company.
    """
    await _lock_company(staff)
    user = await get_owned(User, staff, user_id, lock=True)
    before = user.name, user.permissions
    if name is not None:
        user.name = clean(name, "name", most=200)
    if permissions is not None:
        user.permissions = _granted(staff, permissions, parse_permissions(user.permissions))
    if (user.name, user.permissions) == before:
        return user
    await user.save(update_fields=["name", "permissions"])
    await _require_manager(staff)
    await audit_log.note(staff, AuditAction.USER_UPDATED, user.id, user.name)
    return user


@transactional
async def remove_user(staff: Staff, user_id: str) -> None:
    """Remove the user. Their sessions and invitations end at once.

    API keys that they created belong to the company and keep working. Raises NotFound, and Conflict
    if no user could manage the company.
    """
    await _lock_company(staff)
    user = await get_owned(User, staff, user_id, lock=True)
    await Credential.filter(user_id=user.id, kind=CredentialKind.API_KEY).update(user_id=None)
    await user.delete()
    await _require_manager(staff)
    await audit_log.note(staff, AuditAction.USER_REMOVED, user.id, user.name)


async def _lock_company(staff: Staff) -> None:
    """Lock the company, so that concurrent changes to its users see each other's result."""
    await Company.select_for_update(no_key=True).get(id=staff.company_id)


async def _require_manager(staff: Staff) -> None:
    """Raise Conflict if no user who can sign in may manage the company."""
    managers = User.filter(
        company_id=staff.company_id, permissions__contains=Permission.MANAGE_COMPANY.value
    )
    if not await managers.exclude(password_hash="").exists():
        raise Conflict(
            "At least one user must keep the Manage company permission.", field="permissions"
        )


def _granted(
    staff: Staff,
    permissions: Collection[Permission],
    held: Collection[Permission] = (),
) -> str:
    """Return the stored form of `permissions`. The caller must have those that aren't `held`."""
    if not permissions:
        raise BadInput("Choose at least one permission.", field="permissions")
    staff.require(*sorted(set(permissions) - set(held)))
    return dump_permissions(permissions)
