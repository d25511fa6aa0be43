"""Followers that receive the same bytes: each event is encoded once, and sent to all of them."""

import asyncio
from collections.abc import (
    Callable,
    Coroutine,
    Generator,
    Hashable,
    Iterable,
    Mapping,
    Sequence,
)
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeAlias
from uuid import UUID

from structlog import get_logger

from core.turns import Step
from subscriptions.replay import Event, RowT

_AT_ONCE: Final = 16
"""Followers in a room to whom an event is sent in one turn, which takes some 0.2 milliseconds.

Two turns must take much less than the 2 milliseconds after which `Turns` rests.
"""

log = get_logger(__name__)


class NotShareable(Exception):
    """The followers have to execute this event themselves."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """The response to an event, with the frames that contain it."""

    response: Mapping[str, Any]
    payload: bytes
    """The response as JSON."""
    sequence: int
    """The sequence of the event."""
    frames: dict[Hashable, bytes] = field(default_factory=dict)


_Delivery: TypeAlias = Generator[asyncio.Future[Encoded] | None, None, None]
"""Yields when a turn is over: None, or what the next one needs."""


class Outlet(Protocol):
    """Sends events to one follower that has received all so far, without waking its task."""

    @property
    def key(self) -> Hashable:
        """What an event's payload depends on, beyond the event."""

    def encode(self, event: Event[RowT]) -> Encoded | Coroutine[Any, Any, Encoded]:
        """Return what all followers with the same key receive. May raise anything."""

    def send(self, encoded: Encoded) -> bool:
        """Send an event, unless earlier ones are unread or the subscription has ended.

        Returns whether it was sent. Never suspends.
        """


class SourcedOutlet(Outlet, Protocol):
    """An outlet that executes an event on what `source_of` makes of it."""

    source_of: Callable[[Event[Any]], object]


class Member:
    """A follower in a room, whose task waits."""

    __slots__ = ("follower", "left_at", "outlet", "position")

    def __init__(self, follower: UUID, outlet: Outlet, position: int) -> None:
        self.follower = follower
        self.outlet = outlet
        self.position = position
        self.left_at: asyncio.Future[int] = asyncio.get_running_loop().create_future()


class Room(Generic[RowT]):
    """Followers of one company that want the same events in the same form, and have the latest.

    One that can't be sent an event leaves, and continues by itself from where it is: because it
    doesn't read, is refused, or is to be told of an error.
    """

    def __init__(
        self,
        position: int,
        *,
        wanted: Callable[[Event[RowT]], bool],
        after: Callable[[int], Sequence[Event[RowT]] | None],
        in_turn: Callable[[Step], None],
        refused: Mapping[UUID, Exception],
    ) -> None:
        self._members: dict[Member, None] = {}
        self._position = position
        """All members have everything up to here that they want."""
        self._wanted = wanted
        self._after = after
        self._in_turn = in_turn
        self._refused = refused
        self._delivery: _Delivery | None = None
        self._left_in_turn = 0
        """To how many followers something may still be sent in this turn."""

    @property
    def is_empty(self) -> bool:
        """Whether nobody is left."""
        return not self._members

    async def stay(self, follower: UUID, outlet: Outlet, position: int) -> int:
        """Let the follower receive events until it must continue by itself; return its position.

        At its `position` it must have every event that the feed has. It may have more.
        """
        member = Member(follower, outlet, position)
        # Who came first may have read rows by itself that the feed doesn't have yet.
        self._position = min(self._position, position)
        self._members[member] = None
        try:
            return await member.left_at
        finally:
            self._members.pop(member, None)

    def wake(self) -> None:
        """Send what is new, when it is the company's turn."""
        if self._delivery is None:
            self._delivery = self._deliver_all()
            self._in_turn(self._continue)

    def release(self, followers: Iterable[Member] | None = None) -> None:
        """Let members leave; all of them by default."""
        for member in list(self._members if followers is None else followers):
            self._members.pop(member, None)
            if not member.left_at.done():
                member.left_at.set_result(max(member.position, self._position))

    def release_refused(self) -> None:
        """Let those leave that may no longer follow."""
        self.release([each for each in self._members if each.follower in self._refused])

    def close(self) -> None:
        """Stop sending."""
        if self._delivery is not None:
            self._delivery.close()

    def _continue(self) -> bool:
        """Deliver as much as one turn allows; whether there was anything to deliver.

        There is no task: mostly, one turn suffices, and nothing is waited for.
        """
        assert self._delivery is not None
        self._left_in_turn = _AT_ONCE
        try:
            encoding = next(self._delivery)
        except StopIteration:
            self._delivery = None
            return self._left_in_turn < _AT_ONCE
        if encoding is None:
            self._in_turn(self._continue)
        else:
            encoding.add_done_callback(lambda _: self._in_turn(self._continue))
        return True

    def _deliver_all(self) -> _Delivery:
        try:
            while self._members and (events := self._after(self._position)) != []:
                if events is None:
                    self.release()
                    return
                for event in events:
                    if self._wanted(event):
                        yield from self._deliver(event)
                    self._position = event.sequence
        except (NotShareable, asyncio.CancelledError):
            self.release()
        except Exception:
            log.exception("room.failed")
            self.release()

    def _deliver(self, event: Event[RowT]) -> _Delivery:
        members = [member for member in self._members if member.position < event.sequence]
        if not members:
            return
        if self._left_in_turn < _AT_ONCE:
            yield None  # it may take long to encode
        encoded = members[0].outlet.encode(event)
        if not isinstance(encoded, Encoded):
            # In a context of its own: it isn't the task of the one whose request woke the room.
            encoding = asyncio.create_task(encoded, context=Context())
            try:
                yield encoding
                encoded = encoding.result()
            finally:
                encoding.cancel()
        for member in members:
            if not self._left_in_turn:
                yield None
            if member not in self._members:
                continue
            self._left_in_turn -= 1
            is_refused = self._refused and member.follower in self._refused
            if is_refused or not member.outlet.send(encoded):
                self.release([member])
            else:
                member.position = event.sequence
