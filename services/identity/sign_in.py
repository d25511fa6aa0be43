"""Signing in and out."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from limits import RateLimitItem

from auth.client_info import ClientInfo
from auth.secrets import MAX_PASSWORD, Passwords, digest, generate_secret
from auth.staff import Staff, staff_of
from core.rate_limits import RateLimiter
from db.statements import execute
from db.transactions import transactional
from errors import Unauthenticated
from models import Company, Credential, CredentialKind, User
from services.identity.credentials import IssuedCredential

SESSION_TTL: Final = timedelta(days=7)
_MAX_ADDRESS: Final = 254
"""Characters of the column. A longer address is unknown."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Signs staff in with e-mail and password."""

    passwords: Passwords
    rate_limiter: RateLimiter
    per_ip: RateLimitItem

    async def __call__(
        self, email: str, password: str, client_info: ClientInfo
    ) -> tuple[IssuedCredential, Staff]:
        """Return a new session and its user.

        Raises RateLimited, and Unauthenticated, which doesn't tell an unknown address from a wrong
        password.
        """
        await self.rate_limiter.hit(self.per_ip, "sign-in", client_info.rate_limit_key)
        user, address = None, email.strip().lower()
        if "\x00" not in address and len(address) <= _MAX_ADDRESS:
            user = await User.get_or_none(email=address)
        known = user.password_hash if user else None
        if (
            not await self.passwords.verify(password[:MAX_PASSWORD], known)
            or user is None
            or len(password) > MAX_PASSWORD
        ):
            raise Unauthenticated("The e-mail address or the password is wrong.")
        return await open_session(user)


@transactional
async def open_session(user: User) -> tuple[IssuedCredential, Staff]:
    """Return a new session of `user`, and the user as staff."""
    now = datetime.now(UTC)
    secret = generate_secret(CredentialKind.SESSION)
    session = await Credential.create(
        company=await Company.get(id=user.company_id),
        user=user,
        kind=CredentialKind.SESSION,
        name=user.name,
        secret_hash=digest(secret),
        expires_at=now + SESSION_TTL,
    )
    return IssuedCredential(secret, session), staff_of(session, now)


async def sign_out(staff: Staff) -> None:
    """Revoke the caller's credential and end its open subscriptions."""
    await execute(
        "UPDATE credential SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
        datetime.now(UTC),
        staff.credential_id,
    )
