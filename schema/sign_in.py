"""The caller, and signing in."""

from datetime import datetime
from typing import Self

import strawberry

from auth.permissions import sorted_permissions
from auth.staff import Staff
from schema.enums import Permission
from services.identity.credentials import IssuedCredential


@strawberry.type(description="The caller: a signed-in person or an API key.")
class Actor:
    name: str = strawberry.field(description="The name of the person or key.")
    email: str | None = strawberry.field(description="The person's e-mail address; null for a key.")
    permissions: list[Permission] = strawberry.field(description="The caller's permissions.")
    language: str = strawberry.field(
        description="The language in which amounts and dates are written for the caller (BCP 47)."
    )
    has_second_factor: bool = strawberry.field(
        description="Whether signing in takes the person a code, too."
    )
    must_set_up_second_factor: bool = strawberry.field(
        description="Whether the company requires a second factor and the person has none. Nothing "
        "but setting it up is allowed then: the rest fails with FORBIDDEN and the reason "
        "SECOND_FACTOR_REQUIRED."
    )

    @classmethod
    def of(cls, staff: Staff) -> Self:
        return cls(
            name=staff.name,
            email=staff.email,
            permissions=sorted_permissions(staff.permissions),
            language=staff.language,
            has_second_factor=staff.has_second_factor,
            must_set_up_second_factor=staff.must_set_up_second_factor,
        )


@strawberry.input(description="The credentials.")
class SignInInput:
    email: str = strawberry.field(description="The e-mail address, in upper or lower case.")
    password: str = strawberry.field(description="The password.")
    code: str | None = strawberry.field(
        default=None,
        description="A code of the second factor, or a recovery code. Without one, users who have "
        "a second factor get UNAUTHENTICATED with the reason CODE_REQUIRED.",
    )
    company_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The company to sign in to, if the address and the password are right at "
        "several. Without it, the error is BAD_INPUT with the reason COMPANY_REQUIRED, and lists "
        "them in `extensions.companies`.",
    )


@strawberry.type(description="A session. Send its token as `Authorization: Bearer …`.")
class SignInPayload:
    token: str = strawberry.field(description="The session's secret.")
    expires_at: datetime = strawberry.field(description="When the session expires.")
    actor: Actor = strawberry.field(description="The signed-in person.")

    @classmethod
    def of(cls, issued: IssuedCredential, staff: Staff) -> Self:
        expires_at = issued.credential.expires_at
        assert expires_at is not None
        return cls(token=issued.secret, expires_at=expires_at, actor=Actor.of(staff))


@strawberry.input(description="The caller's password, and a code if they have a second factor.")
class ConfirmPasswordInput:
    password: str = strawberry.field(description="The password.")
    code: str | None = strawberry.field(
        default=None, description="A code of the second factor, or a recovery code."
    )


@strawberry.type(description="Whether the password was right. A wrong one is an error.")
class ConfirmPasswordPayload:
    confirmed: bool = strawberry.field(description="Always true.")


@strawberry.type(description="The same for every e-mail address, so that it tells nobody anything.")
class RequestPasswordResetPayload:
    requested: bool = strawberry.field(description="Always true.")
