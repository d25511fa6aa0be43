"""A company's users. At least one of them always keeps the permission to manage it."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from auth.permissions import Permission, dump_permissions, parse_permissions
from auth.staff import Staff
from db.transactions import transactional
from errors import BadInput, Conflict, Text, gather_refusals
from models import AuditAction, Credential, User
from services.common import audit_log
from services.common.lookups import get_owned
from services.common.validation import clean, clean_email
from services.identity.api_keys import end_keys_of, keys_of
from services.identity.invitation_emails import queue_invitation
from services.identity.invitations import InvitedUser, end_invitations, invite
from services.identity.rights import describe_change, lock_rights, logged_change


@transactional
async def create_user(
    staff: Staff,
    email: str,
    name: str,
    permissions: Collection[Permission],
    *,
    sends_email: bool = False,
) -> InvitedUser:
    """Create a user, who can sign in after setting a password through the invitation.

    With `sends_email` they also get it by e-mail, unless too many were sent today.
    Raises BadInput, Forbidden for a permission that the caller lacks, and Conflict if a user of the
    company has the address. It doesn't tell whether anyone has it elsewhere.
    """
    staff = await lock_rights(staff)
    with gather_refusals() as refusals:
        address = refusals.of(_clean_address, email) or ""
        name = refusals.of(clean, name, "name", most=200) or ""
        granted = _granted(staff, permissions)
    if await User.exists(company_id=staff.company_id, email=address.lower()):
        raise Conflict(Text("A user with this e-mail address already exists."), field="email")
    user = await User.create(
        company_id=staff.company_id, email=address.lower(), name=name, permissions=granted
    )
    invited = await _invite(staff, user, sends_email=sends_email)
    await audit_log.note(
        staff,
        AuditAction.USER_INVITED,
        user.id,
        user.name,
        detail=describe_change("", granted),
        logged=logged_change("", granted),
    )
    return invited


@transactional
async def invite_user(staff: Staff, user_id: str, *, sends_email: bool = False) -> InvitedUser:
    """Create a new invitation for a user, through which they set a new password.

    Earlier invitations stop working. The current password and sessions remain valid until a new
    password is set. `sends_email` is as in `create_user`. Raises NotFound, and Forbidden for a user
    with permissions that the caller lacks, since anyone with the link can act as that user.
    """
    staff = await lock_rights(staff)
    user = await get_owned(User, staff, user_id, lock=True)
    invited = await _invite(staff, user, sends_email=sends_email)
    await audit_log.note(staff, AuditAction.USER_INVITED, user.id, user.name)
    return invited


async def _invite(staff: Staff, user: User, *, sends_email: bool) -> InvitedUser:
    invited = await invite(staff, user)
    return replace(invited, is_emailed=sends_email and await queue_invitation(staff, invited))


@transactional
async def update_user(
    staff: Staff,
    user_id: str,
    *,
    name: str | None = None,
    permissions: Collection[Permission] | None = None,
) -> User:
    """Change a user's name or permissions, effective at once. None leaves a value as it is.

    New permissions also apply to the user's API keys, and end the invitations for and by the user.
    Raises NotFound, BadInput, Forbidden for an added permission that the caller lacks, and Conflict
    if no user could manage the company.
    """
    staff = await lock_rights(staff)
    user = await get_owned(User, staff, user_id, lock=True)
    before = user.name, user.permissions
    with gather_refusals() as refusals:
        if name is not None:
            user.name = refusals.of(clean, name, "name", most=200) or ""
        if permissions is not None:
            user.permissions = _granted(staff, permissions, parse_permissions(user.permissions))
    if (user.name, user.permissions) == before:
        return user
    await user.save(update_fields=["name", "permissions"])
    await _require_manager(staff)
    if user.permissions != before[1]:
        await end_invitations(user.id)
    await audit_log.note(
        staff,
        AuditAction.USER_UPDATED,
        user.id,
        user.name,
        detail="\n".join(_differences(user, *before, await keys_of([user.id]))),
        logged=logged_change(before[1], user.permissions),
    )
    return user


@transactional
async def remove_user(staff: Staff, user_id: str) -> None:
    """Remove the user. Their sessions, invitations and API keys end at once.

    So do the invitations that they created. Raises NotFound, and Conflict if no user could manage
    the company.
    """
    staff = await lock_rights(staff)
    user = await get_owned(User, staff, user_id, lock=True)
    await end_invitations(user.id)
    await end_keys_of(staff, user)
    await user.delete()
    await _require_manager(staff)
    await audit_log.note(
        staff,
        AuditAction.USER_REMOVED,
        user.id,
        user.name,
        detail=describe_change(user.permissions, ""),
        logged=logged_change(user.permissions, ""),
    )


def _clean_address(email: str) -> str:
    address = clean_email(email)
    if address is None:
        raise BadInput(Text("Enter the user's e-mail address."), field="email")
    return address


async def _require_manager(staff: Staff) -> None:
    """Raise Conflict if no user who can sign in may manage the company."""
    managers = User.filter(
        company_id=staff.company_id, permissions__contains=Permission.MANAGE_COMPANY.value
    )
    if not await managers.exclude(password_hash="").exists():
        raise Conflict(
            Text("At least one user must keep the Manage company permission."), field="permissions"
        )


def _granted(
    staff: Staff,
    permissions: Collection[Permission],
    held: Collection[Permission] = (),
) -> str:
    """Return the stored form of `permissions`. The caller must have those that aren't `held`."""
    if not permissions:
        raise BadInput(Text("Choose at least one permission."), field="permissions")
    staff.require(*sorted(set(permissions) - set(held)))
    return dump_permissions(permissions)


def _differences(
    user: User, name: str, permissions: str, keys: Collection[Credential]
) -> Iterator[str]:
    """Yield what has changed about the user, and with it about what their API keys can do."""
    if user.name != name:
        yield f"Name: {name} → {user.name}"
    if user.permissions == permissions:
        return
    yield describe_change(permissions, user.permissions)
    for key in keys:
        own = parse_permissions(key.permissions)
        before = dump_permissions(own & parse_permissions(permissions))
        after = dump_permissions(own & parse_permissions(user.permissions))
        if before != after:
            yield f"API key {key.name}: {describe_change(before, after)}"
