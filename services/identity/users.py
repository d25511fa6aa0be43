"""A company's users, of whom one who manages it is always left."""

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
from models import AuditAction, Company, Credential, CredentialKind, Invitation, User
from services.common import audit_log
from services.common.lookups import get_owned
from services.common.validation import clean, clean_email

_INVITATION_LASTS: Final = timedelta(days=7)
_MANAGERS: Final = "MANAGE_COMPANY"


@dataclass(frozen=True, slots=True)
class InvitedUser:
    """A user, and the secret by which a password is chosen: shown once and stored nowhere."""

    user: User
    secret: str
    expires_at: datetime


async def create_user(
    staff: Staff, email: str, name: str, permissions: Collection[Permission]
) -> InvitedUser:
    """Return a new user, who signs in once a password is chosen by the invitation.

    Raises BadInput, Forbidden for a permission that the caller lacks, and Conflict for an address
    that a user has already.
    """
    address = clean_email(email)
    if address is None:
        raise BadInput("The user needs an e-mail address.", field="email")
    try:
        return await _create(staff, address.lower(), name, permissions)
    except IntegrityError:
        if not await User.exists(email=address.lower()):
            raise
        raise Conflict("A user with this e-mail address exists.", field="email") from None


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
    """Return the user with a new invitation, by which another password can be chosen, too.

    An earlier invitation opens nothing any more. The password and the sessions in force stay until
    another one is chosen. Raises NotFound, and Forbidden for a user who may do more than the
    caller: whoever has the link acts as that user.
    """
    user = await get_owned(User, staff, user_id, lock=True)
    staff.require(*sorted(parse_permissions(user.permissions)))
    return await _invite(staff, user)


async def _invite(staff: Staff, user: User) -> InvitedUser:
    secret, expires_at = generate_invitation_secret(), datetime.now(UTC) + _INVITATION_LASTS
    await Invitation.filter(user_id=user.id).delete()
    await Invitation.create(
        company_id=staff.company_id,
        user_id=user.id,
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
    """Return the user with another name or other permissions, which hold at once; None: as before.

    Raises NotFound, BadInput, Forbidden for a permission that is new to the user and that the
    caller lacks, and Conflict if nobody would manage the company any more.
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
    """Remove the user for good: sessions and invitations end at once.

    API keys that the user has made are the company's, and go on. Raises NotFound, and Conflict if
    nobody would manage the company any more.
    """
    await _lock_company(staff)
    user = await get_owned(User, staff, user_id, lock=True)
    await Credential.filter(user_id=user.id, kind=CredentialKind.API_KEY).update(user_id=None)
    await user.delete()
    await _require_manager(staff)
    await audit_log.note(staff, AuditAction.USER_REMOVED, user.id, user.name)


async def _lock_company(staff: Staff) -> None:
    """Let others who change users of the company wait: each must see whom the other one leaves."""
    await Company.select_for_update(no_key=True).get(id=staff.company_id)


async def _require_manager(staff: Staff) -> None:
    """Raise Conflict if nobody who can sign in manages the company."""
    managers = User.filter(company_id=staff.company_id, permissions__contains=_MANAGERS)
    if not await managers.exclude(password_hash="").exists():
        raise Conflict(
            "Nobody who can sign in would manage the company any more.", field="permissions"
        )


def _granted(
    staff: Staff,
    permissions: Collection[Permission],
    held: Collection[Permission] = (),
) -> str:
    """Return the stored form of permissions of which the caller has those that are not `held`."""
    if not permissions:
        raise BadInput("A user needs at least one permission.", field="permissions")
    staff.require(*sorted(set(permissions) - set(held)))
    return dump_permissions(permissions)
