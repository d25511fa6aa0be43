"""Who is calling, signing in and out, and API keys."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.companies import Company
from schema.permissions import Requires
from schema.users import (
    Actor,
    CreateApiKeyInput,
    CreateApiKeyPayload,
    RevokeApiKeyInput,
    SignInInput,
    SignInPayload,
)
from services.billing import queries
from services.identity import sign_in as sign_in_module


@strawberry.type
class AccessQueries:
    """The caller, and the caller's company."""

    @strawberry.field(description="The caller.", extensions=[Requires()])
    async def me(self, info: Info) -> Actor:
        """See the description."""
        return Actor.of(info.context.staff)

    @strawberry.field(description="The caller's company.", extensions=[Requires()])
    async def company(self, info: Info) -> Company:
        """See the description."""
        company = await queries.company_of(info.context.staff)
        return Company.of(company, info.context.settings)


@strawberry.type
class AccessMutations:
    """Sessions and API keys."""

    @strawberry.mutation(description="Signs in with e-mail and password. Rate limited per IP.")
    async def sign_in(
        self,
        info: Info,
        input: Annotated[SignInInput, strawberry.argument(description="The credentials.")],
    ) -> SignInPayload:
        """See the description."""
        context = info.context
        issued, staff = await context.services.sign_in(
            input.email, input.password, context.client_info
        )
        expires_at = issued.credential.expires_at
        assert expires_at is not None
        return SignInPayload(token=issued.secret, expires_at=expires_at, actor=Actor.of(staff))

    @strawberry.mutation(
        description="Revokes the credential that this request was made with.",
        extensions=[Requires()],
    )
    async def sign_out(self, info: Info) -> bool:
        """See the description."""
        await sign_in_module.sign_out(info.context.staff)
        return True

    @strawberry.mutation(
        description="Creates an API key. It can't have permissions that the caller lacks.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def create_api_key(
        self,
        info: Info,
        input: Annotated[CreateApiKeyInput, strawberry.argument(description="The key.")],
    ) -> CreateApiKeyPayload:
        """See the description."""
        issued = await sign_in_module.create_api_key(
            info.context.staff, input.name, input.permissions, input.expires_at
        )
        return CreateApiKeyPayload(
            secret=issued.secret, id=strawberry.ID(str(issued.credential.id))
        )

    @strawberry.mutation(
        description="Revokes an API key and ends its open subscriptions.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def revoke_api_key(
        self,
        info: Info,
        input: Annotated[RevokeApiKeyInput, strawberry.argument(description="The key.")],
    ) -> bool:
        """See the description."""
        await sign_in_module.revoke_api_key(info.context.staff, input.id)
        return True
