"""The caller and their sessions: signing in and out, listing and ending sessions."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.companies import Company
from schema.permissions import Requires
from schema.sessions import EndOtherSessionsPayload, EndSessionPayload, Session, SessionRef
from schema.sign_in import (
    Actor,
    ConfirmPasswordInput,
    ConfirmPasswordPayload,
    RequestPasswordResetPayload,
    SignInInput,
    SignInPayload,
)
from schema.users import User, UserPayload, UserRef
from services.billing import queries
from services.identity import sessions
from services.identity.sign_in import SignInAttempt


@strawberry.type
class CallerQueries:
    @strawberry.field(description="The caller.", extensions=[Requires(before_set_up=True)])
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
        attempt = SignInAttempt(
            email=input.email, password=input.password, client_info=context.client_info
        )
        issued, staff = await context.services.sign_in(
            attempt, code=input.code, company_id=input.company_id
        )
        return SignInPayload.of(issued, staff)

    @strawberry.mutation(
        description="Ends the session that this request was made with. An API key is refused with "
        "FORBIDDEN; `revokeApiKey` revokes it.",
        extensions=[Requires(before_set_up=True)],
    )
    async def sign_out(self, info: Info) -> bool:
        await sessions.sign_out(info.context.staff)
        return True

    @strawberry.mutation(
        description="Confirms the caller's password. Changes to keys, users, second factors, bank "
        "details, the Stripe connection, and the addresses and secrets of webhooks need a password "
        "given within the last 15 minutes; signing in counts. Rate limited per IP and per session.",
        extensions=[Requires(before_set_up=True)],
    )
    async def confirm_password(
        self,
        info: Info,
        input: Annotated[
            ConfirmPasswordInput, strawberry.argument(description="The password, and a code.")
        ],
    ) -> ConfirmPasswordPayload:
        context = info.context
        await context.services.passwords.confirm(
            context.staff, input.password, context.client_info, input.code
        )
        return ConfirmPasswordPayload(confirmed=True)

    @strawberry.mutation(
        description="Sends links to set a new password to the users with an e-mail address, one "
        "for each company. A link works once, for an hour. The answer is the same whether or not "
        "anybody has the address. Rate limited per IP and per e-mail address."
    )
    async def request_password_reset(
        self,
        info: Info,
        email: Annotated[str, strawberry.argument(description="The e-mail address.")],
    ) -> RequestPasswordResetPayload:
        context = info.context
        await context.services.password_resets.request(email, context.client_info)
        return RequestPasswordResetPayload(requested=True)


@strawberry.type
class SessionQueries:
    @strawberry.field(
        description="The caller's sessions, the most recently used first.",
        extensions=[Requires()],
    )
    async def sessions(self, info: Info) -> list[Session]:
        return await _sessions(info)


@strawberry.type
class SessionMutations:
    @strawberry.mutation(
        description="Ends one of the caller's sessions and its open subscriptions.",
        extensions=[Requires()],
    )
    async def end_session(
        self,
        info: Info,
        input: Annotated[SessionRef, strawberry.argument(description="The session.")],
    ) -> EndSessionPayload:
        ended = await sessions.end_session(info.context.staff, input.session_id)
        return EndSessionPayload(ended_id=strawberry.ID(str(ended)))

    @strawberry.mutation(
        description="Ends the caller's sessions apart from the one that asks.",
        extensions=[Requires()],
    )
    async def end_other_sessions(self, info: Info) -> EndOtherSessionsPayload:
        await sessions.end_other_sessions(info.context.staff)
        return EndOtherSessionsPayload(sessions=await _sessions(info))

    @strawberry.mutation(
        description="Ends all sessions of a user of the company.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def end_user_sessions(
        self,
        info: Info,
        input: Annotated[UserRef, strawberry.argument(description="The user.")],
    ) -> UserPayload:
        user = await sessions.end_user_sessions(info.context.staff, input.user_id)
        return UserPayload(user=User.of(user))


async def _sessions(info: Info) -> list[Session]:
    staff = info.context.staff
    return [Session.of(row, staff) for row in await sessions.sessions_of(staff)]
