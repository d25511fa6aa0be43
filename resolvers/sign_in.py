"""The caller, signing in and out."""

from typing import Annotated

import strawberry

from context import Info
from schema.companies import Company
from schema.permissions import Requires
from schema.sign_in import Actor, SignInInput, SignInPayload
from services.billing import queries
from services.identity.sessions import sign_out


@strawberry.type
class CallerQueries:
    @strawberry.field(description="The caller.", extensions=[Requires()])
    async def me(self, info: Info) -> Actor:
        return Actor.of(info.context.staff)

    @strawberry.field(description="The caller's company.", extensions=[Requires()])
    async def company(self, info: Info) -> Company:
        company = await queries.company_of(info.context.staff)
        return Company.of(company, info.context.urls)


@strawberry.type
class SignInMutations:
    @strawberry.mutation(
        description="Signs in with e-mail and password. Rate limited per IP and per e-mail address."
    )
    async def sign_in(
        self,
        info: Info,
        input: Annotated[SignInInput, strawberry.argument(description="The credentials.")],
    ) -> SignInPayload:
        context = info.context
        issued, staff = await context.services.sign_in(
            input.email, input.password, context.client_info
        )
        expires_at = issued.credential.expires_at
        assert expires_at is not None
        return SignInPayload(token=issued.secret, expires_at=expires_at, actor=Actor.of(staff))

    @strawberry.mutation(
        description="Ends the session that this request was made with. An API key is refused with "
        "FORBIDDEN; `revokeApiKey` revokes it.",
        extensions=[Requires()],
    )
    async def sign_out(self, info: Info) -> bool:
        await sign_out(info.context.staff)
        return True
