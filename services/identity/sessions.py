"""The sessions of signed-in users: opening and ending them."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise.functions import Max
from tortoise.queryset import QuerySet

from auth.client_info import ClientInfo
from auth.secrets import digest, generate_secret
from auth.staff import IDLE_TIMEOUT, Staff, bearer, staff_of
from db.statements import execute
from db.transactions import transactional
from errors import Forbidden, NotFound, Text
from models import AuditAction, Company, Credential, CredentialKind, User
from services.common import audit_log
from services.common.lookups import get_owned
from services.identity.credentials import IssuedCredential

SESSION_TTL: Final = timedelta(days=7)
_MAX_LISTED: Final = 100


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


@transactional
async def sign_out(staff: Staff) -> None:
    """End the caller's session and its open subscriptions. Raises Forbidden for an API key."""
    _require_person(staff)
    await _end(Credential.filter(id=staff.credential_id))
    assert staff.user_id is not None
    await audit_log.note(staff, AuditAction.SIGNED_OUT, staff.user_id, staff.name)


async def sessions_of(staff: Staff) -> list[Credential]:
    """Return the caller's sessions, the most recently used first.

    Raises Forbidden for an API key.
    """
    _require_person(staff)
    now = datetime.now(UTC)
    return (
        await _sessions(staff.user_id)
        .filter(expires_at__gt=now, last_used_at__gt=now - IDLE_TIMEOUT)
        .order_by("-last_used_at", "id")
        .limit(_MAX_LISTED)
    )


@transactional
async def end_session(staff: Staff, session_id: str) -> UUID:
    """End one of the caller's sessions, and return its id. Ending it again changes nothing.

    Raises NotFound, and Forbidden for an API key.
    """
    _require_person(staff)
    session = await get_owned(Credential, staff, session_id)
    if session.kind is not CredentialKind.SESSION or session.user_id != staff.user_id:
        raise NotFound
    if await _end(_sessions(staff.user_id).filter(id=session.id)):
        await _note_ended(staff, staff.user_id, session.name)
    ended: UUID = session.id
    return ended


@transactional
async def end_other_sessions(staff: Staff) -> None:
    """End the caller's sessions but this one. Raises Forbidden for an API key."""
    _require_person(staff)
    user = await User.get(id=staff.user_id)
    if await end_sessions(user, but=staff):
        await _note_ended(staff, user.id, user.name)


@transactional
async def end_user_sessions(staff: Staff, user_id: str) -> User:
    """End all sessions of a user of the company, and return the user. Raises NotFound."""
    user = await get_owned(User, staff, user_id)
    if await end_sessions(user):
        await _note_ended(staff, user.id, user.name)
    return user


async def load_last_seen(user_ids: list[UUID]) -> list[datetime | None]:
    """Return when each user last used a session that is still stored, in one statement."""
    rows = (
        await Credential.filter(user_id__in=user_ids, kind=CredentialKind.SESSION)
        .group_by("user_id")
        .annotate(last_seen=Max("last_used_at"))
        .values_list("user_id", "last_seen")
    )
    seen = {str(user_id): last_seen for user_id, last_seen in rows}
    return [seen.get(str(user_id)) for user_id in user_ids]


async def _note_ended(staff: Staff, user_id: UUID | None, name: str) -> None:
    assert user_id is not None
    await audit_log.note(staff, AuditAction.SESSION_ENDED, user_id, name)


def _require_person(staff: Staff) -> None:
    if not staff.is_person:
        raise Forbidden(Text("API keys are revoked with revokeApiKey."))


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


async def end_sessions(user: User, but: Staff | None = None) -> int:
    """End the user's sessions, apart from the one of `but`, and return how many there were."""
    sessions = _sessions(user.id)
    if but is not None:
        sessions = sessions.exclude(id=but.credential_id)
    return await _end(sessions)


def _sessions(user_id: UUID | None) -> QuerySet[Credential]:
    return Credential.filter(user_id=user_id, kind=CredentialKind.SESSION, revoked_at__isnull=True)


async def _end(sessions: QuerySet[Credential]) -> int:
    return await sessions.filter(revoked_at__isnull=True).update(revoked_at=datetime.now(UTC))
