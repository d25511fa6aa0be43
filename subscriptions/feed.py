"""The latest events of one company's stream, shared by all its followers in this process."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextvars import Context
from itertools import islice
from typing import Final, Generic
from uuid import UUID

from broadcaster import Broadcast

from core.background import PeriodicTask
from core.turns import Turns, Waiter
from subscriptions.replay import PAGE_SIZE, Event, RowT, Stream
from subscriptions.rooms import Outlet, Room

_MAX_RECENT: Final = 500
"""Events kept in memory per company. Followers that are further behind read the rows."""

Refusals = Callable[[set[UUID]], Awaitable[Mapping[UUID, Exception]]]
"""Returns which of these followers may no longer follow, each with the reason."""


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
                next_turn=self.next_turn,
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
        return list(islice(self._recent, sequence + 1 - self._recent[0].sequence, None))

    def _wake(self) -> None:
        self._turns.give(self.company_id, self._waiting)
        self._waiting.clear()
        for room in self._rooms.values():
            room.wake()

    async def _run(self, broadcast: Broadcast) -> None:
        channel = self._stream.channel_of(self.company_id)
        async with broadcast.subscribe(channel) as hints, self._reader:
            self._reader.wake()
            while True:
                await hints.get()
                self._reader.wake()

    async def _read(self) -> None:
        if self._last_sequence is None:
            self._last_sequence = await self._stream.last_sequence(self.company_id)
            self._wake()
        is_full = True
        while is_full:
            events = await self._stream.read_after(self.company_id, self._last_sequence)
            is_full = len(events) == PAGE_SIZE
            if events:
                self.refuse(await self._refusals(set(self.followers)))
                self._recent.extend(events)
                self._last_sequence = events[-1].sequence
                self._wake()
