"""Staff: a signed-in user or an API key, with its company and permissions."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from auth.permissions import Permission, parse_permissions
from auth.refusals import PasswordRequired, SecondFactorRequired
from auth.secrets import PREFIXES, digest
from core.batching import Batcher
from core.telemetry.request_notes import note_company
from db.availability import as_unavailable, log_unavailable
from db.compiled_queries import CompiledQuery
from db.statements import execute, padded
from errors import Forbidden, Text, Unauthenticated
from i18n.locales import DEFAULT_LANGUAGE
from models import Company, Credential, CredentialKind
from models.companies import today_in

Find: TypeAlias = Callable[[str], Awaitable[Credential | None]]
"""Finds a credential with its company and user by the hash of its secret."""

_LAST_USED_PRECISION: Final = timedelta(minutes=1)
"""How stale `last_used_at` may be, since a write per request would cost more than it is worth."""

IDLE_TIMEOUT: Final = timedelta(hours=12)
"""How long a session lives without being used."""
BY_CLIENT: Final = " (client)"
"""What follows the name of a client who has done something."""
_MAX_ACTOR: Final = 200
"""Characters of an actor's name, in all tables."""
_PASSWORD_IS_RECENT: Final = timedelta(minutes=15)

_by_secret = CompiledQuery(Credential, "company", "user", where="credential.secret_hash = $1")
_by_secrets = CompiledQuery(Credential, "company", "user", where="credential.secret_hash = ANY($1)")
_MAX_LOOKED_UP: Final = 100
"""Credentials that are looked up in one statement."""
_AT_ONCE: Final = 4
"""Statements that look up credentials at the same time."""


@dataclass(frozen=True, slots=True)
class Staff:
    """A caller with a valid credential of one company."""

    credential_id: UUID
    company_id: UUID
    user_id: UUID | None
    """The signed-in user, or the one without whom an API key ends."""
    name: str
    email: str | None
    permissions: frozenset[Permission]
    language: str = DEFAULT_LANGUAGE
    """For formatting amounts: the user's language, or else the company's."""
    time_zone: str = "UTC"
    """The company's time zone."""
    confirmed_at: datetime | None = None
    """When the session last gave its password."""
    has_second_factor: bool = False
    """Whether the user also needs a code to sign in."""
    must_set_up_second_factor: bool = False
    """Whether the company requires one and the user has none. Nothing else is allowed then."""
    desktop_events: tuple[str, ...] = ()
    """Names of the events that the user's browser notifies them about."""
    valid_until: datetime | None = None
    """When the credential ends if it isn't used until then; None if it doesn't end by itself."""

    @property
    def today(self) -> date:
        """The current date where the company is."""
        return today_in(self.time_zone)

    @property
    def is_person(self) -> bool:
        """Whether the caller is a signed-in person rather than a tool with an API key."""
        return self.email is not None

    def require(self, *permissions: Permission) -> None:
        """Raise Forbidden unless every one of `permissions` is held.

        Raises SecondFactorRequired, even without any, if the user must set one up first.
        """
        if self.must_set_up_second_factor:
            raise SecondFactorRequired
        for permission in permissions:
            if permission not in self.permissions:
                raise Forbidden(
                    Text("This needs the permission %(permission)s.", permission=permission)
                )

    def require_recent_password(self) -> None:
        """Raise PasswordRequired if this is a session that gave its password too long ago.

        For what must not happen at an unlocked computer, or with a stolen cookie: changes to keys,
        users, second factors, bank details and the connection with Stripe. Signing in counts.
        """
        if not self.is_person:
            return
        if self.confirmed_at is None or datetime.now(UTC) - self.confirmed_at > _PASSWORD_IS_RECENT:
            raise PasswordRequired


def has_ended(credential: Credential, now: datetime) -> bool:
    """Whether the credential was revoked, has expired, or is a session unused for too long."""
    ends_at = _ends_at(credential)
    return credential.revoked_at is not None or (ends_at is not None and ends_at <= now)


def _ends_at(credential: Credential) -> datetime | None:
    """Return when the credential ends by itself, unless it is used; None if it doesn't."""
    if credential.kind is not CredentialKind.SESSION:
        return credential.expires_at
    idle_at = (credential.last_used_at or credential.created_at) + IDLE_TIMEOUT
    return idle_at if credential.expires_at is None else min(idle_at, credential.expires_at)


def permissions_of(credential: Credential) -> frozenset[Permission]:
    """Return what a valid `credential` allows now. It was fetched with its user.

    A session has its user's permissions. An API key has those of its own that its user still has.
    """
    own = parse_permissions(credential.permissions)
    if credential.user_id is None:
        return own
    assert credential.user is not None
    held = parse_permissions(credential.user.permissions)
    return held if credential.kind is CredentialKind.SESSION else own & held


def staff_of(credential: Credential | None, now: datetime) -> Staff:
    """Return the caller of a `credential`, which was fetched with its company and user.

    Raises Unauthenticated if it is missing, revoked, expired or a session that wasn't used for too
    long, or if its company is disabled.
    """
    if credential is None or has_ended(credential, now):
        raise Unauthenticated
    if credential.company.disabled_at is not None:
        raise Unauthenticated
    person = credential.user if credential.kind is CredentialKind.SESSION else None
    has_second_factor = person is not None and person.totp_confirmed_at is not None
    must_set_up = (
        person is not None and credential.company.second_factor_required and not has_second_factor
    )
    return Staff(
        credential_id=credential.id,
        company_id=credential.company_id,
        user_id=credential.user_id,
        name=(person or credential).name,
        email=person.email if person else None,
        permissions=frozenset() if must_set_up else permissions_of(credential),
        language=(person and person.language) or credential.company.language,
        time_zone=credential.company.time_zone,
        confirmed_at=credential.confirmed_at,
        has_second_factor=has_second_factor,
        must_set_up_second_factor=must_set_up,
        desktop_events=tuple(person.desktop_event_names.split()) if person else (),
        valid_until=_ends_at(credential),
    )


def system_actor(company_id: UUID, name: str) -> Staff:
    """Return the actor for what the portal does by itself. It has no permissions or credential.

    `name` is its name in the audit log.
    """
    return Staff(
        credential_id=UUID(int=0),
        company_id=company_id,
        user_id=None,
        name=name,
        email=None,
        permissions=frozenset(),
    )


def client_actor(company_id: UUID, name: str) -> Staff:
    """Return the actor for what a client does who goes by `name`."""
    return system_actor(company_id, f"{name[: _MAX_ACTOR - len(BY_CLIENT)]}{BY_CLIENT}")


def bearer(authorization: str | None) -> str | None:
    """Return the secret of an `Authorization: Bearer …` value (RFC 6750 2.1), or None."""
    scheme, _, secret = (authorization or "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


class CredentialLookup:
    """Finds credentials by the hashes of their secrets, under load many in one statement."""

    def __init__(self) -> None:
        self._batcher = Batcher(_find_all, most=_MAX_LOOKED_UP, at_once=_AT_ONCE)

    async def find(self, secret_hash: str) -> Credential | None:
        """Return the credential with its company and user, or None. Nobody may change the row."""
        return await self._batcher.run(secret_hash)


async def _find_all(hashes: Sequence[str]) -> list[Credential | None]:
    distinct = set(hashes)
    if len(distinct) == 1:
        found = await _by_secret.all(*distinct)
    else:
        found = await _by_secrets.all(padded(list(distinct)))
    rows = {row.secret_hash: row for row in found}
    return [rows.get(secret_hash) for secret_hash in hashes]


async def authenticate(authorization: str | None, find: Find = _by_secret.first) -> Staff:
    """Return the caller of an `Authorization` value. Raises Unauthenticated unless it is valid."""
    staff, _ = await authenticate_with_company(authorization, find)
    return staff


async def authenticate_with_company(
    authorization: str | None, find: Find = _by_secret.first
) -> tuple[Staff, Company]:
    """Return the caller as `authenticate` does, and its company, found by the same statement."""
    secret = bearer(authorization)
    if not secret or not secret.startswith(tuple(PREFIXES.values())):
        raise Unauthenticated
    credential = await find(digest(secret))
    now = datetime.now(UTC)
    staff = staff_of(credential, now)
    assert credential is not None
    note_company(staff.company_id)
    if credential.last_used_at is None or now - credential.last_used_at > _LAST_USED_PRECISION:
        await _note_use(credential.id, now)
    return staff, credential.company


async def _note_use(credential_id: UUID, now: datetime) -> None:
    """Note when a credential was used, unless its row is locked or the database takes no writes.

    Staff can still read then.
    """
    try:
        await execute(
            "UPDATE credential SET last_used_at = $1 WHERE id IN"
            " (SELECT id FROM credential WHERE id = $2 FOR NO KEY UPDATE SKIP LOCKED)",
            now,
            credential_id,
        )
    except Exception as error:
        unavailable = as_unavailable(error)
        if unavailable is None:
            raise
        log_unavailable(unavailable, credential_id=credential_id)


async def still_valid(credential_ids: Iterable[UUID]) -> dict[UUID, Staff]:
    """Return the caller of each credential that is still valid."""
    now = datetime.now(UTC)
    valid: dict[UUID, Staff] = {}
    rows = Credential.filter(id__in=list(credential_ids)).select_related("company", "user")
    for credential in await rows:
        try:
            valid[credential.id] = staff_of(credential, now)
        except Unauthenticated:
            continue
    return valid
