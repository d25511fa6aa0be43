"""Who is calling, signing in, and API keys."""

from datetime import datetime
from typing import Self

import strawberry

import models
from auth.permissions import parse_permissions
from auth.staff import Staff
from schema.enums import Permission


def _in_order(permissions: frozenset[Permission]) -> list[Permission]:
    return [permission for permission in Permission if permission in permissions]


@strawberry.type(description="The caller: a signed-in person or an API key.")
class Actor:
    name: str = strawberry.field(description="The name of the person or key.")
    email: str | None = strawberry.field(description="The person's e-mail address; null for a key.")
    permissions: list[Permission] = strawberry.field(description="The caller's permissions.")

    @classmethod
    def of(cls, staff: Staff) -> Self:
        """Return what `staff` is."""
        return cls(name=staff.name, email=staff.email, permissions=_in_order(staff.permissions))


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
        """Return what may be seen of `key`."""
        return cls(
            id=strawberry.ID(str(key.id)),
            name=key.name,
            permissions=_in_order(parse_permissions(key.permissions)),
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
        )


@strawberry.type(description="A member of the company's staff.")
class User:
    id: strawberry.ID = strawberry.field(description="The user's ID.")
    name: str = strawberry.field(description="The person's name.")
    email: str = strawberry.field(description="The e-mail address used to sign in, in lower case.")
    permissions: list[Permission] = strawberry.field(description="The user's permissions.")
    is_invited: bool = strawberry.field(
        description="Whether the user has been invited but hasn't chosen a password yet."
    )
    created_at: datetime = strawberry.field(description="When the user was created.")

    @classmethod
    def of(cls, user: models.User) -> Self:
        """Return what may be seen of `user`."""
        return cls(
            id=strawberry.ID(str(user.id)),
            name=user.name,
            email=user.email,
            permissions=_in_order(parse_permissions(user.permissions)),
            is_invited=not user.password_hash,
            created_at=user.created_at,
        )


@strawberry.input(description="The credentials.")
class SignInInput:
    email: str = strawberry.field(description="The e-mail address, in upper or lower case.")
    password: str = strawberry.field(description="The password.")


@strawberry.type(description="A session. Send its token as `Authorization: Bearer …`.")
class SignInPayload:
    token: str = strawberry.field(description="The session's secret.")
    expires_at: datetime = strawberry.field(description="When the session expires.")
    actor: Actor = strawberry.field(description="The signed-in person.")


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


@strawberry.input(description="A new user.")
class CreateUserInput:
    email: str = strawberry.field(description="The e-mail address used to sign in.")
    name: str = strawberry.field(description="Up to 200 characters.")
    permissions: list[Permission] = strawberry.field(
        description="At least one. The caller must have them all."
    )


@strawberry.input(description="A user of the company.")
class UserRef:
    user_id: strawberry.ID = strawberry.field(description="The user's ID.")


@strawberry.input(description="New values for a user. Omitted fields stay as they are.")
class UpdateUserInput:
    user_id: strawberry.ID = strawberry.field(description="The user's ID.")
    name: str | None = strawberry.field(default=None, description="Up to 200 characters.")
    permissions: list[Permission] | None = strawberry.field(
        default=None, description="At least one. The caller must have those that are added."
    )


@strawberry.type(description="The updated user.")
class UserPayload:
    user: User = strawberry.field(description="The updated user.")


@strawberry.type(description="A user with an invitation link.")
class InvitationPayload:
    user: User = strawberry.field(description="The invited user.")
    url: str = strawberry.field(
        description="The link through which the password is set. It works once and is shown only "
        "here; only a hash is stored."
    )
    expires_at: datetime = strawberry.field(description="When it expires.")


@strawberry.input(description="A password set through an invitation.")
class ChoosePasswordInput:
    secret: str = strawberry.field(description="The token at the end of the invitation link.")
    password: str = strawberry.field(description="8 to 1,024 characters.")


@strawberry.input(description="A new password.")
class ChangePasswordInput:
    current: str = strawberry.field(description="The current password.")
    password: str = strawberry.field(description="8 to 1,024 characters.")
