"""The API keys of a company.

A key ends with the user who made it, and with the key that made it. It never has rights that its
user lacks.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from auth.permissions import Permission, dump_permissions
from auth.secrets import digest, generate_secret
from auth.staff import Staff, has_ended, permissions_of
from core.response_budget import ResponseBudget
from db.statements import fetch
from db.transactions import transactional
from errors import BadInput, Conflict, NotFound, Text, gather_refusals
from models import AuditAction, Credential, CredentialKind, Invitation, User
from services.common import audit_log, idempotency
from services.common.lookups import get_owned
from services.common.validation import clean
from services.identity.credentials import IssuedCredential
from services.identity.rights import describe_change, lock_rights, logged_change

_ENDED: Final = Text("This idempotency key created an API key that has expired or was revoked.")
_USED: Final = Text("This idempotency key created an API key that has been used already.")


@transactional
async def create_api_key(
    staff: Staff,
    name: str,
    permissions: Iterable[Permission],
    expires_at: datetime | None,
    *,
    idempotency_key: str | None = None,
) -> IssuedCredential:
    """Create a key with `permissions`, all of which the caller must have.

    The same idempotency key returns the key that it created, with a new secret. A key that an API
    key makes ends with that key. Raises BadInput for an empty name, no permission, or an expiry in
    the past or after the caller's own, Forbidden, and Conflict if the key was used or has ended.
    """
    staff = await lock_rights(staff)
    permissions = frozenset(permissions)
    staff.require(*sorted(permissions))
    caller = staff.user_id if staff.is_person else staff.credential_id
    request = idempotency.identify(idempotency_key, caller, name, sorted(permissions), expires_at)
    if earlier := await idempotency.find_earlier(Credential, staff, request):
        return await _issue_again(earlier)
    with gather_refusals() as refusals:
        name = refusals.of(clean, name, "name", most=200) or ""
        if expires_at is not None and expires_at <= datetime.now(UTC):
            refusals.add(BadInput(Text("Choose an expiry date in the future."), field="expiresAt"))
        if not permissions:
            raise BadInput(Text("Choose at least one permission."), field="permissions")
    parent = None if staff.is_person else await Credential.get(id=staff.credential_id)
    if parent is not None:
        _require_within(parent, expires_at)
    secret = generate_secret(CredentialKind.API_KEY)
    key = await Credential.create(
        company_id=staff.company_id,
        user_id=staff.user_id,
        parent=parent,
        kind=CredentialKind.API_KEY,
        name=name,
        secret_hash=digest(secret),
        permissions=dump_permissions(permissions),
        expires_at=expires_at,
        **request.columns,
    )
    expiry = expires_at.astimezone(UTC).isoformat(" ", "minutes") if expires_at else "never"
    await audit_log.note(
        staff,
        AuditAction.API_KEY_CREATED,
        key.id,
        key.name,
        detail=f"{describe_change('', key.permissions)}\nExpires: {expiry}",
        logged=logged_change("", key.permissions),
    )
    return IssuedCredential(secret, key)


async def _issue_again(key: Credential) -> IssuedCredential:
    """Give a new secret to an unused key, because the response with the first one was lost.

    The first one isn't stored. Raises Conflict if the key was used, or has ended.
    """
    if has_ended(key, datetime.now(UTC)):
        raise Conflict(_ENDED, field="idempotencyKey")
    secret = generate_secret(CredentialKind.API_KEY)
    # Uses are noted without the company's lock, so only the update itself can tell.
    unused = Credential.filter(id=key.id, last_used_at=None)
    if not await unused.update(secret_hash=digest(secret)):
        raise Conflict(_USED, field="idempotencyKey")
    return IssuedCredential(secret, key)


def _require_within(parent: Credential, expires_at: datetime | None) -> None:
    """Raise BadInput if a key that ends at `expires_at` would outlive the key that makes it."""
    end = parent.expires_at
    if end is not None and (expires_at is None or expires_at > end):
        raise BadInput(
            Text(
                "The key that you use expires, so a key that it creates must expire by %(end)s.",
                end=f"{end.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            ),
            field="expiresAt",
        )


async def api_key_of(staff: Staff, key_id: str) -> Credential:
    """Return the company's API key, revoked or not, with its user. Raises NotFound."""
    key = await get_owned(Credential, staff, key_id)
    if key.kind is not CredentialKind.API_KEY:
        raise NotFound
    await key.fetch_related("user")
    return key


@transactional
async def revoke_api_key(staff: Staff, key_id: str) -> None:
    """Revoke the key and those made with it, and end their open subscriptions.

    Their open invitations end, too. Revoking again changes nothing. Raises NotFound.
    """
    staff = await lock_rights(staff)
    await end_key(staff, await api_key_of(staff, key_id))


@transactional
async def end_key(staff: Staff, key: Credential) -> None:
    """Revoke a key, which comes with its user, as `revoke_api_key` does, without asking who may."""
    made = await keys_made_with(key)
    if key.revoked_at is None:
        await _end(staff, [key], why=None)
        await _end(staff, made, why=f"It was made with the key {key.name}.")


async def keys_made_with(key: Credential) -> Sequence[Credential]:
    """Return the valid keys that the key made, and those that they made, newest first."""
    rows = await fetch(
        "WITH RECURSIVE made (id) AS (SELECT id FROM credential WHERE parent_id = $1"
        " UNION SELECT child.id FROM credential child JOIN made ON child.parent_id = made.id)"
        " SELECT id FROM made",
        key.id,
    )
    return await _valid(Q(id__in=[row["id"] for row in rows])) if rows else []


async def keys_of(user_ids: Collection[UUID]) -> Sequence[Credential]:
    """Return the valid keys that end with these users, newest first."""
    return await _valid(Q(user_id__in=list(user_ids)))


async def load_keys_of(
    user_ids: list[UUID], budget: ResponseBudget | None = None
) -> list[list[Credential]]:
    """Return the valid keys of each user, newest first, in one statement.

    Raises ResponseTooLarge if there are more than `budget` has points for.
    """
    keys = _valid(Q(user_id__in=user_ids))
    rows = await (keys.limit(budget.max_rows) if budget else keys)
    if budget:
        budget.spend_rows(len(rows))
    by_user = defaultdict[UUID | None, list[Credential]](list)
    for key in rows:
        by_user[key.user_id].append(key)
    return [by_user[user_id] for user_id in user_ids]


async def end_keys_of(staff: Staff, user: User) -> None:
    """Revoke the keys of a user who is about to be removed."""
    await _end(staff, await keys_of([user.id]), why=f"Its user {user.name} was removed.")
    # They stay when the user is deleted.
    keys = Credential.filter(user_id=user.id, kind=CredentialKind.API_KEY)
    await keys.filter(revoked_at=None).update(revoked_at=datetime.now(UTC))
    await keys.update(user_id=None)


def _valid(which: Q) -> QuerySet[Credential]:
    """Return the API keys with their users, newest first, except for revoked and expired ones."""
    in_time = Q(expires_at=None) | Q(expires_at__gt=datetime.now(UTC))
    keys = Credential.filter(which, in_time, kind=CredentialKind.API_KEY, revoked_at=None)
    return keys.select_related("user", "parent").order_by("-created_at", "-id")


async def _end(staff: Staff, keys: Collection[Credential], why: str | None) -> None:
    """Revoke keys and end their invitations. `why` goes into the audit log."""
    ids = [key.id for key in keys]
    if not ids:
        return
    await Credential.filter(id__in=ids).update(revoked_at=datetime.now(UTC))
    await Invitation.filter(inviter_key_id__in=ids).delete()
    for key in keys:
        held = dump_permissions(permissions_of(key))
        await audit_log.note(
            staff,
            AuditAction.API_KEY_REVOKED,
            key.id,
            key.name,
            detail="\n".join(filter(None, (describe_change(held, ""), why))),
            logged=logged_change(held, ""),
        )
