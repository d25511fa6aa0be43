"""Users and API keys, as operators see them."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from core.urls import Urls
from db.transactions import transactional
from errors import Conflict, NotFound
from models import AuditAction, Credential, CredentialKind, User
from services.administration.listings import Row, operator, parse_id, rows_of
from services.common import audit_log
from services.identity import sessions
from services.identity.api_keys import end_key
from services.identity.password_resets import new_reset_secret


async def list_users(company_id: str | None = None) -> AsyncIterator[Row]:
    """Yield the users of a company, or of all."""
    of_company = "" if company_id is None else " AND company_id = $2"
    rows = rows_of(
        "SELECT id, company_id, name, email, permissions, created_at,"
        " password_hash <> '' AS has_password, totp_confirmed_at IS NOT NULL AS has_second_factor,"
        " (SELECT MAX(last_used_at) FROM credential"
        " WHERE user_id = staff_user.id AND kind = 'SESSION') AS last_seen_at"
        f" FROM staff_user WHERE id > $1{of_company}",
        *([] if company_id is None else [parse_id(company_id, "company")]),
    )
    async for row in rows:
        # SQLite has no type for these.
        yield {**row, **{name: bool(row[name]) for name in ("has_password", "has_second_factor")}}


def list_keys(company_id: str | None = None) -> AsyncIterator[Row]:
    """Yield the API keys of a company, or of all, with those that have ended."""
    of_company = "" if company_id is None else " AND company_id = $2"
    return rows_of(
        "SELECT id, company_id, name, permissions, user_id, created_at, last_used_at, expires_at,"
        f" revoked_at FROM credential WHERE id > $1 AND kind = 'API_KEY'{of_company}",
        *([] if company_id is None else [parse_id(company_id, "company")]),
    )


async def find_users(name: str) -> Sequence[User]:
    """Return the user with an id, or those of all companies with an e-mail address.

    Raises NotFound if there are none.
    """
    if "@" in name:
        users = await User.filter(email=name.strip().lower()).order_by("company_id")
    else:
        users = await User.filter(id=parse_id(name, "user"))
    if not users:
        raise NotFound("There is no user with this id or address.")
    return users


@transactional
async def reset_password(user: User, urls: Urls) -> str:
    """Return a link with which a user can set a new password within an hour.

    The present password works until then. Raises Conflict for someone who was invited and never
    had one.
    """
    if not user.password_hash:
        raise Conflict(f"{user.email} has no password yet. Invite them again.")
    secret = await new_reset_secret(user.company_id, user.email)
    if secret is None:
        raise NotFound("The user was removed in the meantime.")
    await audit_log.note(
        operator(user.company_id), AuditAction.PASSWORD_RESET_REQUESTED, user.id, user.name
    )
    return urls.invitation(secret)


async def end_sessions(user: User) -> None:
    """End all sessions of a user, with their subscriptions."""
    await sessions.end_user_sessions(operator(user.company_id), str(user.id))


@transactional
async def revoke_key(key_id: str) -> Credential:
    """Revoke an API key and those that it made. Raises NotFound."""
    keys = Credential.filter(id=parse_id(key_id, "key"), kind=CredentialKind.API_KEY)
    key = await keys.select_related("user").first()
    if key is None:
        raise NotFound("There is no API key with this id.")
    await end_key(operator(key.company_id), key)
    key.revoked_at = key.revoked_at or datetime.now(UTC)
    return key
