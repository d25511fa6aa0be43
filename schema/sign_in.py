"""The caller, and signing in."""

from datetime import datetime
from typing import Self

import strawberry

from auth.permissions import sorted_permissions
from auth.staff import Staff
from schema.enums import Permission


@strawberry.type(description="The caller: a signed-in person or an API key.")
class Actor:
    name: str = strawberry.field(description="The name of the person or key.")
    email: str | None = strawberry.field(description="The person's e-mail address; null for a key.")
    permissions: list[Permission] = strawberry.field(description="The caller's permissions.")

    @classmethod
    def of(cls, staff: Staff) -> Self:
        return cls(
            name=staff.name, email=staff.email, permissions=sorted_permissions(staff.permissions)
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
