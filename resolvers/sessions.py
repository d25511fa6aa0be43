"""A signed-in person's sessions: listing and ending them."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.permissions import Requires
from schema.sessions import Session, SessionRef
from schema.users import UserRef
from services.identity import sessions


@strawberry.type
class SessionQueries:
    @strawberry.field(
        description="The caller's sessions, the most recently used first.",
        extensions=[Requires()],
    )
    async def sessions(self, info: Info) -> list[Session]:
        staff = info.context.staff
        return [Session.of(row, staff) for row in await sessions.sessions_of(staff)]


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
    ) -> bool:
        await sessions.end_session(info.context.staff, input.session_id)
        return True

    @strawberry.mutation(
        description="Ends the caller's sessions apart from the one that asks.",
        extensions=[Requires()],
    )
    async def end_other_sessions(self, info: Info) -> bool:
        await sessions.end_other_sessions(info.context.staff)
        return True

    @strawberry.mutation(
        description="Ends all sessions of a user of the company.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def end_user_sessions(
        self,
        info: Info,
        input: Annotated[UserRef, strawberry.argument(description="The user.")],
    ) -> bool:
        await sessions.end_user_sessions(info.context.staff, input.user_id)
        return True
