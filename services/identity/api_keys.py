"""The API keys of a company."""

from collections.abc import Iterable
from datetime import UTC, datetime

from auth.permissions import Permission, dump_permissions
from auth.secrets import digest, generate_secret
from auth.staff import Staff
from db.transactions import transactional
from errors import BadInput, NotFound
from models import AuditAction, Credential, CredentialKind
from services.common import audit_log
from services.common.lookups import get_owned
from services.common.validation import clean
from services.identity.credentials import IssuedCredential


@transactional
async def create_api_key(
    staff: Staff, name: str, permissions: Iterable[Permission], expires_at: datetime | None
) -> IssuedCredential:
    """Create a key with `permissions`, all of which the caller must have.

    Raises BadInput for an empty name, no permission or an expiry in the past, and Forbidden.
    """
    permissions = frozenset(permissions)
    staff.require(*sorted(permissions))
    if not permissions:
        raise BadInput("Choose at least one permission.", field="permissions")
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise BadInput("Choose an expiry date in the future.", field="expiresAt")
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
    """Revoke the key and end its open subscriptions. Revoking again changes nothing.

    Raises NotFound.
    """
    key = await api_key_of(staff, key_id, lock=True)
    if key.revoked_at is None:
        key.revoked_at = datetime.now(UTC)
        await key.save(update_fields=["revoked_at"])
        await audit_log.note(staff, AuditAction.API_KEY_REVOKED, key.id, key.name)
