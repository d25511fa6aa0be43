"""The second factor of a user: a code of an authenticator app, each once, or a recovery code."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from auth.permissions import parse_permissions
from auth.staff import Staff, system_actor
from auth.totp import (
    clean_code,
    matching_step,
    new_recovery_codes,
    new_secret,
    provisioning_uri,
    recovery_digest,
)
from db.statements import execute
from db.transactions import transactional
from errors import BadInput, Conflict, Forbidden, Text
from models import AuditAction, Company, RecoveryCode, User
from services.common import audit_log
from services.common.lookups import get_owned
from services.common.notices import notify_user
from services.identity.rights import lock_rights
from services.identity.sessions import end_sessions

_OPERATOR: Final = "invotify reset-second-factor"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorSetUp:
    """What an authenticator app needs, until a first code confirms that it has it."""

    secret: str
    """In Base32, for typing."""
    uri: str
    """The same for a QR code."""


@transactional
async def set_up(staff: Staff) -> SecondFactorSetUp:
    """Return a new secret for the caller's app. It takes effect once `confirm` has got a code.

    Raises Forbidden for an API key, PasswordRequired, and Conflict if there is a second factor.
    """
    user = await _lock_own(staff)
    if user.totp_confirmed_at is not None:
        raise Conflict(Text("Two-step sign-in is on already. Turn it off first."))
    user.totp_secret = new_secret()
    await user.save(update_fields=["totp_secret"])
    return await _set_up_of(user, user.totp_secret)


async def pending_set_up(staff: Staff) -> SecondFactorSetUp | None:
    """Return the set-up that the caller has begun, if any. Raises PasswordRequired."""
    staff.require_recent_password()
    user = await User.get(id=staff.user_id)
    if user.totp_secret is None or user.totp_confirmed_at is not None:
        return None
    return await _set_up_of(user, user.totp_secret)


async def _set_up_of(user: User, secret: str) -> SecondFactorSetUp:
    company = await Company.get(id=user.company_id)
    uri = provisioning_uri(secret, user.email, company.name)
    return SecondFactorSetUp(secret=secret, uri=uri)


@transactional
async def confirm(staff: Staff, code: str) -> list[str]:
    """Turn the second factor on, and return recovery codes, which are shown once.

    Other sessions, which were opened with the password alone, end. Raises Forbidden for an API key,
    PasswordRequired, BadInput for a wrong code, and Conflict without a set-up.
    """
    user = await _lock_own(staff)
    if user.totp_secret is None or user.totp_confirmed_at is not None:
        raise Conflict(Text("Start setting up two-step sign-in again."))
    now = datetime.now(UTC)
    step = matching_step(user.totp_secret, clean_code(code), now)
    if step is None:
        raise BadInput(Text("This code is wrong. Enter the one that is shown now."), field="code")
    user.totp_confirmed_at, user.totp_last_step = now, step
    await user.save(update_fields=["totp_confirmed_at", "totp_last_step"])
    codes = await _replace_codes(user)
    await end_sessions(user, but=staff)
    await audit_log.note(staff, AuditAction.SECOND_FACTOR_ENABLED, user.id, user.name)
    return codes


@transactional
async def remove(staff: Staff) -> User:
    """Turn the caller's second factor off, and return the user. Without one, nothing changes.

    Raises Forbidden for an API key, and PasswordRequired.
    """
    user = await _lock_own(staff)
    if await _clear(user):
        await audit_log.note(staff, AuditAction.SECOND_FACTOR_DISABLED, user.id, user.name)
        await notify_user(
            user,
            "Two-step sign-in is off",
            "You turned two-step sign-in off. Your password alone opens your account now.\n\n"
            "If it wasn't you, change your password at once, and turn it on again.",
        )
    return user


@transactional
async def reset(staff: Staff, user_id: str) -> User:
    """Turn another user's second factor off, whose device is lost, and end their sessions.

    Returns the user. Raises NotFound, PasswordRequired, and Forbidden for a user with permissions
    that the caller lacks.
    """
    staff = await lock_rights(staff)
    user = await get_owned(User, staff, user_id, lock=True)
    staff.require(*sorted(parse_permissions(user.permissions)))
    await _reset(staff, user)
    return user


@transactional
async def reset_all(email: str) -> int:
    """Turn the second factors of an address off, for the operator, and return how many were on."""
    users = User.filter(email=email.strip().lower()).order_by("id")
    resets = [
        await _reset(system_actor(user.company_id, _OPERATOR), user)
        for user in await users.select_for_update(no_key=True)
    ]
    return sum(resets)


async def _reset(staff: Staff, user: User) -> bool:
    """Turn the second factor of a locked user off, and return whether it was on."""
    if not await _clear(user):
        return False
    await end_sessions(user)
    await audit_log.note(staff, AuditAction.SECOND_FACTOR_RESET, user.id, user.name)
    await notify_user(
        user,
        "Two-step sign-in was reset",
        f"{staff.name} turned your two-step sign-in off. Sign in with your password, and set it"
        " up again under Your account.\n\nDidn't you ask for it? Then tell whoever manages your"
        " company.",
    )
    return True


@transactional
async def replace_recovery_codes(staff: Staff) -> list[str]:
    """Return new recovery codes, which are shown once. The earlier ones stop working.

    Raises Forbidden for an API key, PasswordRequired, and Conflict without a second factor.
    """
    user = await _lock_own(staff)
    if user.totp_confirmed_at is None:
        raise Conflict(Text("Two-step sign-in is off."))
    codes = await _replace_codes(user)
    await audit_log.note(staff, AuditAction.RECOVERY_CODES_REPLACED, user.id, user.name)
    return codes


async def use_code(user: User, code: str) -> bool:
    """Use up a code of a locked user, and return whether it was right and unused.

    Of two requests with one code, only one gets True.
    """
    assert user.totp_secret is not None
    code, now = clean_code(code), datetime.now(UTC)
    step = matching_step(user.totp_secret, code, now)
    if step is not None:
        used = await execute(
            "UPDATE staff_user SET totp_last_step = $1"
            " WHERE id = $2 AND (totp_last_step IS NULL OR totp_last_step < $1)",
            step,
            user.id,
        )
        return bool(used)
    if not await RecoveryCode.filter(user_id=user.id, code_hash=recovery_digest(code)).delete():
        return False
    left = await RecoveryCode.filter(user_id=user.id).count()
    await audit_log.note(
        audit_log.person(user),
        AuditAction.RECOVERY_CODE_USED,
        user.id,
        user.name,
        detail=f"{left} left",
    )
    return True


async def _lock_own(staff: Staff) -> User:
    if not staff.is_person:
        raise Forbidden(Text("Only signed-in users have a second factor."))
    staff.require_recent_password()
    return await User.select_for_update(no_key=True).get(id=staff.user_id)


async def _replace_codes(user: User) -> list[str]:
    codes = new_recovery_codes()
    await RecoveryCode.filter(user_id=user.id).delete()
    await RecoveryCode.bulk_create(
        RecoveryCode(
            company_id=user.company_id,
            user_id=user.id,
            code_hash=recovery_digest(clean_code(code)),
        )
        for code in codes
    )
    return codes


async def _clear(user: User) -> bool:
    """Remove the second factor of a locked user, and return whether it was on."""
    was_on = user.totp_confirmed_at is not None
    user.totp_secret = user.totp_confirmed_at = user.totp_last_step = None
    await user.save(update_fields=["totp_secret", "totp_confirmed_at", "totp_last_step"])
    await RecoveryCode.filter(user_id=user.id).delete()
    return was_on
