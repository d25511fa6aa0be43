"""Users, their invitations and passwords."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

import models
from auth.permissions import parse_permissions, sorted_permissions
from context import Info
from schema.api_keys import ApiKey
from schema.enums import Permission
from schema.nodes import Node


@strawberry.type(description="A member of the company's staff.")
class User(Node):
    id: strawberry.ID = strawberry.field(description="The user's ID.")
    name: str = strawberry.field(description="The person's name.")
    email: str = strawberry.field(description="The e-mail address used to sign in, in lower case.")
    permissions: list[Permission] = strawberry.field(description="The user's permissions.")
    is_invited: bool = strawberry.field(
        description="Whether the user has been invited but hasn't chosen a password yet."
    )
    has_second_factor: bool = strawberry.field(
        description="Whether signing in takes the user a code, too."
    )
    language: str | None = strawberry.field(
        description="How amounts and dates are written for the user (BCP 47); null for as in the "
        "company's language."
    )
    created_at: datetime = strawberry.field(description="When the user was created.")

    @strawberry.field(
        description="When the user was last here, to the minute; null if they weren't within the "
        "time for which ended sessions are kept."
    )
    async def last_seen_at(self, info: Info) -> datetime | None:
        return await info.context.loaders.last_seen.load(UUID(self.id))

    @strawberry.field(
        description="The valid API keys that end with the user, newest first: those that the user "
        "created, and those that were created with them."
    )
    async def keys(self, info: Info) -> list[ApiKey]:
        rows = await info.context.loaders.keys_of_users.load(UUID(self.id))
        return list(map(ApiKey.of, rows))

    @classmethod
    def of(cls, user: models.User) -> Self:
        return cls(
            id=strawberry.ID(str(user.id)),
            name=user.name,
            email=user.email,
            permissions=sorted_permissions(parse_permissions(user.permissions)),
            is_invited=not user.password_hash,
            has_second_factor=user.totp_confirmed_at is not None,
            language=user.language,
            created_at=user.created_at,
        )


@strawberry.input(description="A new user.")
class CreateUserInput:
    email: str = strawberry.field(description="The e-mail address used to sign in.")
    name: str = strawberry.field(description="Up to 200 characters.")
    permissions: list[Permission] = strawberry.field(
        description="At least one. The caller must have them all."
    )
    send_email: bool | None = strawberry.field(
        default=False, description="Whether the user also gets the link by e-mail."
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


@strawberry.type(description="The user.")
class UserPayload:
    user: User = strawberry.field(description="The user as they are now.")


@strawberry.input(description="New values for the caller. Omitted fields stay as they are.")
class UpdateAccountInput:
    name: str | None = strawberry.field(default=None, description="Up to 200 characters.")
    language: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="How amounts and dates are written (BCP 47), for example `de-AT`. Null is as "
        "in the company's language.",
    )


@strawberry.type(description="A user with an invitation link.")
class InvitationPayload:
    user: User = strawberry.field(description="The invited user.")
    url: str = strawberry.field(
        description="The link through which the password is set. It works once and is shown only "
        "here; only a hash is stored."
    )
    expires_at: datetime = strawberry.field(description="When it expires.")
    is_emailed: bool = strawberry.field(
        description="Whether the user gets a link by e-mail, too. Either link ends the other. It "
        "is false if that wasn't asked for, and after 50 such e-mails of the company, or 5 to one "
        "address, in a day."
    )


@strawberry.input(description="A password set through an invitation.")
class ChoosePasswordInput:
    secret: str = strawberry.field(description="The token at the end of the invitation link.")
    password: str = strawberry.field(
        description="8 to 1,024 characters; not a common one, and not made of names."
    )
    code: str | None = strawberry.field(
        default=None,
        description="A code of the second factor, or a recovery code, if the user has one.",
    )


@strawberry.input(description="A new password.")
class ChangePasswordInput:
    current: str = strawberry.field(description="The current password.")
    password: str = strawberry.field(
        description="8 to 1,024 characters; not a common one, and not made of names."
    )
