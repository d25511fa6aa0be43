"""The sessions of signed-in users: opening and ending them."""

from datetime import UTC, datetime, timedelta
from typing import Final

from auth.client_info import ClientInfo
from auth.secrets import digest, generate_secret
from auth.staff import Staff, bearer, staff_of
from db.statements import execute
from db.transactions import transactional
from errors import Forbidden
from models import Company, Credential, CredentialKind, User
from services.identity.credentials import IssuedCredential

SESSION_TTL: Final = timedelta(days=7)


@transactional
async def open_session(user: User, client_info: ClientInfo) -> tuple[IssuedCredential, Staff]:
    """Return a new session of `user`, who has just given the password, and the user as staff."""
    now = datetime.now(UTC)
    secret = generate_secret(CredentialKind.SESSION)
    session = await Credential.create(
        company=await Company.get(id=user.company_id),
        user=user,
        kind=CredentialKind.SESSION,
        name=user.name,
        secret_hash=digest(secret),
        expires_at=now + SESSION_TTL,
        last_used_at=now,
        confirmed_at=now,
        ip=client_info.ip,
        user_agent=client_info.user_agent or None,
    )
    return IssuedCredential(secret, session), staff_of(session, now)


async def sign_out(staff: Staff) -> None:
    """End the caller's session and its open subscriptions.

    Raises Forbidden for an API key, which would be lost for good.
    """
    if not staff.is_person:
        raise Forbidden("API keys are revoked with revokeApiKey.")
    await execute(
        "UPDATE credential SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
        datetime.now(UTC),
        staff.credential_id,
    )


async def end_earlier_session(authorization: str | None) -> None:
    """End the session of an `Authorization` value, if it is one, after another has begun."""
    secret = bearer(authorization)
    if secret is not None:
        await execute(
            "UPDATE credential SET revoked_at = $1"
            " WHERE secret_hash = $2 AND kind = 'SESSION' AND revoked_at IS NULL",
            datetime.now(UTC),
            digest(secret),
        )


async def end_sessions(user: User, but: Staff | None = None) -> None:
    """End the user's sessions, apart from the one of `but`."""
    sessions = Credential.filter(
        user_id=user.id, kind=CredentialKind.SESSION, revoked_at__isnull=True
    )
    if but is not None:
        sessions = sessions.exclude(id=but.credential_id)
    await sessions.update(revoked_at=datetime.now(UTC))
