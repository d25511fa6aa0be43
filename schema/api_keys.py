"""API keys."""

from datetime import UTC, datetime
from typing import Self

import strawberry

import models
from auth.permissions import parse_permissions, sorted_permissions
from auth.staff import has_ended, permissions_of
from schema.enums import Permission
from schema.nodes import Node


@strawberry.type(description="Who created an API key.")
class ApiKeyCreator:
    name: str = strawberry.field(description="The name of the user, or of the other API key.")
    user_id: strawberry.ID | None = strawberry.field(
        description="The user without whom the key ends; null if there is none, as for keys that "
        "were created with the one of `invotify bootstrap`."
    )
    api_key_id: strawberry.ID | None = strawberry.field(
        description="The API key that created this one. Revoking it revokes this key, too."
    )

    @classmethod
    def of(cls, key: models.Credential) -> Self | None:
        creator = key.parent if key.parent_id else key.user if key.user_id else None
        if creator is None:
            return None
        return cls(
            name=creator.name,
            user_id=strawberry.ID(str(key.user_id)) if key.user_id else None,
            api_key_id=strawberry.ID(str(key.parent_id)) if key.parent_id else None,
        )


@strawberry.type(description="An API key, without its secret.")
class ApiKey(Node):
    id: strawberry.ID = strawberry.field(description="The key's ID.")
    name: str = strawberry.field(description="The key's name.")
    permissions: list[Permission] = strawberry.field(
        description="The permissions that the key was given."
    )
    effective_permissions: list[Permission] = strawberry.field(
        description="What the key can do now: those of its permissions that its user still has, "
        "and nothing once it has expired or was revoked."
    )
    created_by: ApiKeyCreator | None = strawberry.field(
        description="Who created it; null for the key of `invotify bootstrap`, and if the user was "
        "removed."
    )
    created_at: datetime = strawberry.field(description="When it was created.")
    expires_at: datetime | None = strawberry.field(description="When it expires; null if never.")
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, to the minute."
    )
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")

    @classmethod
    def of(cls, key: models.Credential) -> Self:
        """Return a key that was fetched with its user and parent."""
        can_do = frozenset() if has_ended(key, datetime.now(UTC)) else permissions_of(key)
        return cls(
            id=strawberry.ID(str(key.id)),
            name=key.name,
            permissions=sorted_permissions(parse_permissions(key.permissions)),
            effective_permissions=sorted_permissions(can_do),
            created_by=ApiKeyCreator.of(key),
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
        )


@strawberry.input(description="A new API key.")
class CreateApiKeyInput:
    name: str = strawberry.field(description="A name of up to 200 characters.")
    permissions: list[Permission] = strawberry.field(
        description="At least one. The caller must have them all."
    )
    expires_at: datetime | None = strawberry.field(
        default=None,
        description="Defaults to never. A key created with another API key must expire no later "
        "than that one.",
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat. A "
        "repetition returns the same API key with a new secret, or CONFLICT if the API key was "
        "used already.",
    )


@strawberry.type(description="A new API key.")
class CreateApiKeyPayload:
    secret: str = strawberry.field(
        description="The secret. It is shown only this once; only a hash is stored."
    )
    id: strawberry.ID = strawberry.field(description="The key's ID.")


@strawberry.input(description="An API key of the company.")
class RevokeApiKeyInput:
    id: strawberry.ID = strawberry.field(description="The key's ID.")
