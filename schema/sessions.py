"""The sessions of a signed-in person."""

from datetime import datetime
from typing import Self

import strawberry

import models
from auth.staff import Staff
from schema.nodes import Node


@strawberry.type(description="A session: a browser or program in which the person is signed in.")
class Session(Node):
    id: strawberry.ID = strawberry.field(description="The session's ID.")
    created_at: datetime = strawberry.field(description="When it signed in.")
    last_used_at: datetime = strawberry.field(description="When it was last used, to the minute.")
    expires_at: datetime = strawberry.field(
        description="When it ends at the latest. It ends earlier after 12 hours without use."
    )
    ip: str | None = strawberry.field(description="The IP address from which it signed in.")
    user_agent: str | None = strawberry.field(
        description="What the browser or program called itself when it signed in."
    )
    is_current: bool = strawberry.field(description="Whether this request belongs to it.")

    @classmethod
    def of(cls, session: models.Credential, staff: Staff) -> Self:
        assert session.expires_at is not None
        return cls(
            id=strawberry.ID(str(session.id)),
            created_at=session.created_at,
            last_used_at=session.last_used_at or session.created_at,
            expires_at=session.expires_at,
            ip=session.ip,
            user_agent=session.user_agent,
            is_current=session.id == staff.credential_id,
        )


@strawberry.type(description="The session that was ended.")
class EndSessionPayload:
    ended_id: strawberry.ID = strawberry.field(description="The session's ID.")


@strawberry.type(description="The sessions that are left.")
class EndOtherSessionsPayload:
    sessions: list[Session] = strawberry.field(description="The caller's sessions.")


@strawberry.input(description="One of the caller's sessions.")
class SessionRef:
    session_id: strawberry.ID = strawberry.field(description="The session's ID.")
