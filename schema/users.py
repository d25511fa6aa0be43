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


@strawberry.type(description="Who is calling: a person who signed in, or an API key.")
class Actor:
    name: str = strawberry.field(description="The person's name, or the key's.")
    email: str | None = strawberry.field(description="The person's address; null for a key.")
    permissions: list[Permission] = strawberry.field(description="What the caller may do.")

    @classmethod
    def of(cls, staff: Staff) -> Self:
        """Return what `staff` is."""
        return cls(name=staff.name, email=staff.email, permissions=_in_order(staff.permissions))


@strawberry.type(description="An API key, without its secret.")
class ApiKey:
    id: strawberry.ID = strawberry.field(description="Names the key for good.")
    name: str = strawberry.field(description="What it is for.")
    permissions: list[Permission] = strawberry.field(description="What it may do.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it ends; null: never.")
    last_used_at: datetime | None = strawberry.field(description="To the minute.")
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


@strawberry.type(description="A person on the company's staff.")
class User:
    id: strawberry.ID = strawberry.field(description="Names the user for good.")
    name: str = strawberry.field(description="The person's name.")
    email: str = strawberry.field(description="With which the person signs in, in lower case.")
    permissions: list[Permission] = strawberry.field(description="What the person may do.")
    is_invited: bool = strawberry.field(
        description="Whether a password was never chosen, so that the person can't sign in yet."
    )
    created_at: datetime = strawberry.field(description="When the user was made.")

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


@strawberry.input(description="Who signs in.")
class SignInInput:
    email: str = strawberry.field(description="In any case.")
    password: str = strawberry.field(description="As it was chosen.")


@strawberry.type(description="A session: send its token as `Authorization: Bearer …`.")
class SignInPayload:
    token: str = strawberry.field(description="The session's secret.")
    expires_at: datetime = strawberry.field(description="When the session ends by itself.")
    actor: Actor = strawberry.field(description="Who has signed in.")


@strawberry.input(description="An API key to be.")
class CreateApiKeyInput:
    name: str = strawberry.field(description="What it is for, up to 200 characters.")
    permissions: list[Permission] = strawberry.field(
        description="At least one, and none that the caller lacks."
    )
    expires_at: datetime | None = strawberry.field(default=None, description="Omitted: never.")


@strawberry.type(description="A new API key.")
class CreateApiKeyPayload:
    secret: str = strawberry.field(description="Shown this once, and stored nowhere.")
    id: strawberry.ID = strawberry.field(description="Names the key, to revoke it.")


@strawberry.input(description="Names an API key of the company.")
class RevokeApiKeyInput:
    id: strawberry.ID = strawberry.field(description="The key's id.")


@strawberry.input(description="A user to be.")
class CreateUserInput:
    email: str = strawberry.field(description="With which the person will sign in.")
    name: str = strawberry.field(description="Up to 200 characters.")
    permissions: list[Permission] = strawberry.field(
        description="At least one, and none that the caller lacks."
    )


@strawberry.input(description="Names a user of the company.")
class UserRef:
    user_id: strawberry.ID = strawberry.field(description="The user's id.")


@strawberry.input(description="What changes of a user. What is not given stays as it is.")
class UpdateUserInput:
    user_id: strawberry.ID = strawberry.field(description="The user's id.")
    name: str | None = strawberry.field(default=None, description="Up to 200 characters.")
    permissions: list[Permission] | None = strawberry.field(
        default=None, description="At least one. The caller must have those that are new."
    )


@strawberry.type(description="A user that was changed.")
class UserPayload:
    user: User = strawberry.field(description="As it stands now.")


@strawberry.type(description="A user with a link by which a password is chosen.")
class InvitationPayload:
    user: User = strawberry.field(description="Whom it is for.")
    url: str = strawberry.field(
        description="Whoever has it chooses the password, once. Shown this once, and stored "
        "nowhere."
    )
    expires_at: datetime = strawberry.field(description="When it ends by itself.")


@strawberry.input(description="A password, chosen by an invitation.")
class ChoosePasswordInput:
    secret: str = strawberry.field(description="What stands at the end of the invitation's link.")
    password: str = strawberry.field(description="Of 8 to 1024 characters.")


@strawberry.input(description="Another password.")
class ChangePasswordInput:
    current: str = strawberry.field(description="The one until now.")
    password: str = strawberry.field(description="Of 8 to 1024 characters.")
