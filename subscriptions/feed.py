"""The latest events of one company's stream, shared by all its followers in this process."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile
from typing import Final, Generic
from uuid import UUID

from core.background import PeriodicTask
from core.turns import Turns, Waiter
from subscriptions.broadcasts import Broadcast
from subscriptions.replay import PAGE_SIZE, Event, RowT, Stream, events_of
from subscriptions.rooms import Outlet, Room

_MAX_RECENT: Final = 500
"""Events kept in memory per company. Followers that are further behind read the rows."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which of some followers may no longer follow, each with the reason."""

    refused: Mapping[UUID, Exception]
    valid_until: datetime | None
    """When the first of the others' credentials ends, if none is changed; None if none does."""


Refusals = Callable[[set[UUID]], Awaitable[Verdict]]
"""Returns the verdict on these followers."""


class Feed(Generic[RowT]):
    """Reads new events once, after a hint, and wakes the followers, a few at a time.

    A follower has a position and no queue, so a slow one takes no memory.
    """

    def __init__(
        self,
        stream: Stream[RowT],
        company_id: UUID,
        broadcast: Broadcast,
        refusals: Refusals,
        turns: Turns,
    ) -> None:
        self.company_id = company_id
        self.followers: Counter[UUID] = Counter()
        self.refused: dict[UUID, Exception] = {}
        self._turns = turns
        self._waiting: set[Waiter] = set()
        self._rooms: dict[Hashable, Room[RowT]] = {}
        self._stream = stream
        self._refusals = refusals
        self._recent: deque[Event[RowT]] = deque(maxlen=_MAX_RECENT)
        self._last_sequence: int | None = None
        self._is_reading = False
        self._credentials_changed = -1
        """The feed's counter of changed credentials, as it was last announced."""
        self._verdict: tuple[int, datetime | None] | None = None
        """With which counter, and until when, nobody is refused who isn't already."""
        # While the database is unavailable, it tries again, and followers wait and miss nothing.
        self._reader = PeriodicTask(f"read {stream.name} of {company_id}", self._read)
        # In a context of its own: the feed outlives the request that created it.
        self._task = asyncio.create_task(self._run(broadcast), context=Context())

    def close(self) -> asyncio.Task[None]:
        """Stop reading. The returned task ends soon after."""
        self._task.cancel()
        for room in self._rooms.values():
            room.close()
        return self._task

    def hint(self, sequence: int | None = None) -> None:
        """Read the rows, unless all up to `sequence` have been read."""
        if sequence is None or self._last_sequence is None or sequence > self._last_sequence:
            self._reader.wake()

    def hear(self, announcement: str) -> None:
        """Take the rows that are announced, or read them.

        They are taken if they are the next ones, and if no follower's credential can have ended or
        lost its permission since the last verdict.
        """
        if not self._takes(announcement):
            self._reader.wake()

    def join(self, follower: UUID) -> None:
        """Add a subscription of `follower`."""
        if follower not in self.followers:
            self._verdict = None
        self.followers[follower] += 1

    def leave(self, follower: UUID) -> None:
        """Remove one subscription of `follower`."""
        self.followers[follower] -= 1
        if not self.followers[follower]:
            del self.followers[follower]
            self.refused.pop(follower, None)

    def refuse(self, refused: Mapping[UUID, Exception]) -> None:
        """End the subscriptions of those `refused` who follow this feed.

        Results can arrive out of order, so a later one never lifts a refusal.
        """
        self.refused.update({id_: error for id_, error in refused.items() if id_ in self.followers})
        if self.refused:
            self._wake()
            for room in self._rooms.values():
                room.release_refused()

    async def next_turn(self) -> None:
        """Wait until this follower may send one more event."""
        await self._turns.take(self.company_id)

    async def news(self) -> None:
        """Wait until there is something new for followers, and it is this one's turn."""
        waiter: Waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await waiter
        finally:
            self._waiting.discard(waiter)

    async def stay_in_room(
        self,
        follower: UUID,
        outlet: Outlet,
        wanted: Callable[[Event[RowT]], bool],
        position: int,
    ) -> int:
        """Receive events together with others that get the same, as `Room.stay` does.

        `wanted` is equal for equal selections of events.
        """
        key = (outlet.key, wanted)
        room = self._rooms.get(key)
        if room is None:
            room = self._rooms[key] = Room(
                position,
                wanted=wanted,
                after=self.after,
                in_turn=partial(self._turns.call, self.company_id),
                refused=self.refused,
            )
        try:
            return await room.stay(follower, outlet, position)
        finally:
            if room.is_empty and self._rooms.get(key) is room:
                del self._rooms[key]

    def after(self, sequence: int) -> Sequence[Event[RowT]] | None:
        """Return the events after `sequence`, or None if not all are in memory any more."""
        if self._last_sequence is None or sequence >= self._last_sequence:
            return []
        if not self._recent or self._recent[0].sequence > sequence + 1:
            return None
        newer = takewhile(lambda event: event.sequence > sequence, reversed(self._recent))
        return list(newer)[::-1]

    def _wake(self) -> None:
        if self._waiting:
            self._turns.give(self.company_id, self._waiting)
            self._waiting.clear()
        for room in self._rooms.values():
            room.wake()

    async def _run(self, broadcast: Broadcast) -> None:
        channel = self._stream.channel_of(self.company_id)
        with broadcast.listening(channel, self.hear):
            async with self._reader:
                self._reader.wake()
                await asyncio.Event().wait()  # until it is cancelled

    def _takes(self, announcement: str) -> bool:
        """Take the rows of an announcement; whether there is nothing left to read."""
        announced = self._stream.decode(announcement)
        if announced is None:
            return False
        self._credentials_changed = announced.credentials_changed
        if self._is_reading or self._last_sequence is None or not self._is_verdict_valid():
            return False
        last = self._last_sequence
        events = [each for each in events_of(announced.rows) if each.sequence > last]
        if [each.sequence for each in events] != list(range(last + 1, last + 1 + len(events))):
            return False
        if not all(map(self._owns, events)):
            return False
        self._add(events)
        return True

    def _owns(self, event: Event[RowT]) -> bool:
        """Whether an event is the company's, which nothing but the announcement says."""
        row = event.row
        return row.company_id == self.company_id and (
            not row.invoice or row.invoice.company_id == self.company_id
        )

    def _is_verdict_valid(self) -> bool:
        if self._verdict is None:
            return False
        credentials_changed, valid_until = self._verdict
        if credentials_changed != self._credentials_changed:
            return False
        return valid_until is None or datetime.now(UTC) < valid_until

    async def _read(self) -> None:
        self._is_reading = True
        try:
            await self._read_all()
        finally:
            self._is_reading = False

    async def _read_all(self) -> None:
        if self._last_sequence is None:
            self._last_sequence = await self._stream.last_sequence(self.company_id)
            self._wake()
        is_full = True
        while is_full:
            events = await self._stream.read_after(self.company_id, self._last_sequence)
            is_full = len(events) == PAGE_SIZE
            if events:
                await self._judge()
                self._add(events)

    async def _judge(self) -> None:
        """Refuse those who may no longer follow."""
        credentials_changed, followers = self._credentials_changed, set(self.followers)
        verdict = await self._refusals(followers)
        self.refuse(verdict.refused)
        if self.followers.keys() <= followers:
            self._verdict = credentials_changed, verdict.valid_until

    def _add(self, events: Sequence[Event[RowT]]) -> None:
        if events:
            self._recent.extend(events)
            self._last_sequence = events[-1].sequence
            self._wake()
