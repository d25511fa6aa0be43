"""Signing in and out, and the API keys of a company."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from limits import RateLimitItem

from auth.client_info import ClientInfo
from auth.permissions import Permission, dump_permissions
from auth.secrets import MAX_PASSWORD, Passwords, digest, generate_secret
from auth.staff import Staff, staff_of
from core.rate_limits import RateLimiter
from db.statements import execute
from db.transactions import transactional
from errors import BadInput, NotFound, Unauthenticated
from models import AuditAction, Company, Credential, CredentialKind, User
from services.common import audit_log
from services.common.lookups import get_owned
from services.common.validation import clean

_SESSION_LASTS: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A new credential with its secret, which is shown once and stored nowhere."""

    secret: str
    credential: Credential


@dataclass(frozen=True, slots=True)
class SignIn:
    """Lets staff in by e-mail and password."""

    passwords: Passwords
    rate_limiter: RateLimiter
    per_ip: RateLimitItem

    async def __call__(
        self, email: str, password: str, client_info: ClientInfo
    ) -> tuple[IssuedCredential, Staff]:
        """Return a session and whom it stands for.

        Raises RateLimited, and Unauthenticated alike for an unknown address and a wrong password.
        """
        await self.rate_limiter.hit(self.per_ip, "sign-in", client_info.rate_limit_key)
        user = None
        if "\x00" not in email:
            user = await User.get_or_none(email=email.strip().lower())
        known = user.password_hash if user else None
        if (
            not await self.passwords.verify(password[:MAX_PASSWORD], known)
            or user is None
            or len(password) > MAX_PASSWORD
        ):
            message = "The e-mail address or the password is wrong."
            raise Unauthenticated(message)
        return await open_session(user)


@transactional
async def open_session(user: User) -> tuple[IssuedCredential, Staff]:
    """Return a new session of `user`, and whom it stands for."""
    now = datetime.now(UTC)
    secret = generate_secret(CredentialKind.SESSION)
    session = await Credential.create(
        company=await Company.get(id=user.company_id),
        user=user,
        kind=CredentialKind.SESSION,
        name=user.name,
        secret_hash=digest(secret),
        expires_at=now + _SESSION_LASTS,
    )
    return IssuedCredential(secret, session), staff_of(session, now)


async def sign_out(staff: Staff) -> None:
    """Revoke the credential that the caller came with; its open subscriptions end."""
    await execute(
        "UPDATE credential SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
        datetime.now(UTC),
        staff.credential_id,
    )


@transactional
async def create_api_key(
    staff: Staff, name: str, permissions: Iterable[Permission], expires_at: datetime | None
) -> IssuedCredential:
    """Return a new key with `permissions`, none of which the caller may lack.

    Raises BadInput for an empty name, no permission or an end in the past, and Forbidden.
    """
    permissions = frozenset(permissions)
    staff.require(*sorted(permissions))
    if not permissions:
        message = "A key needs at least one permission."
        raise BadInput(message, field="permissions")
    if expires_at is not None and expires_at <= datetime.now(UTC):
        message = "The key would have expired already."
        raise BadInput(message, field="expiresAt")
    secret = generate_secret(CredentialKind.API_KEY)
    key = await Credential.create(
        company_id=staff.company_id,
        user_id=staff.user_id,
        kind=CredentialKind.API_KEY,
        name=clean(name, "name", most=200),
        secret_hash=digest(secret),
        permissions=dump_permissions(permissions),
        expires_at=expires_at,
    )
    await audit_log.note(staff, AuditAction.API_KEY_CREATED, key.id, key.name)
    return IssuedCredential(secret, key)


async def api_key_of(staff: Staff, key_id: str, *, lock: bool = False) -> Credential:
    """Return the company's API key, revoked or not. Raises NotFound."""
    key = await get_owned(Credential, staff, key_id, lock=lock)
    if key.kind is not CredentialKind.API_KEY:
        raise NotFound
    return key


@transactional
async def revoke_api_key(staff: Staff, key_id: str) -> None:
    """Revoke the key for good; its open subscriptions end. Again changes nothing.

    Raises NotFound.
    """
    key = await api_key_of(staff, key_id, lock=True)
    if key.revoked_at is None:
        key.revoked_at = datetime.now(UTC)
        await key.save(update_fields=["revoked_at"])
        await audit_log.note(staff, AuditAction.API_KEY_REVOKED, key.id, key.name)
