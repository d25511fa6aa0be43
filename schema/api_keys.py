"""API keys."""

from datetime import datetime
from typing import Self

import strawberry

import models
from auth.permissions import parse_permissions, sorted_permissions
from schema.enums import Permission


@strawberry.type(description="An API key, without its secret.")
class ApiKey:
    id: strawberry.ID = strawberry.field(description="The key's ID.")
    name: str = strawberry.field(description="The key's name.")
    permissions: list[Permission] = strawberry.field(description="The key's permissions.")
    created_at: datetime = strawberry.field(description="When it was created.")
    expires_at: datetime | None = strawberry.field(description="When it expires; null if never.")
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, to the minute."
    )
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")

    @classmethod
    def of(cls, key: models.Credential) -> Self:
        return cls(
            id=strawberry.ID(str(key.id)),
            name=key.name,
            permissions=sorted_permissions(parse_permissions(key.permissions)),
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
    expires_at: datetime | None = strawberry.field(default=None, description="Defaults to never.")


@strawberry.type(description="A new API key.")
class CreateApiKeyPayload:
    secret: str = strawberry.field(
        description="The secret. It is shown only this once; only a hash is stored."
    )
    id: strawberry.ID = strawberry.field(description="The key's ID.")


@strawberry.input(description="An API key of the company.")
class RevokeApiKeyInput:
    id: strawberry.ID = strawberry.field(description="The key's ID.")
