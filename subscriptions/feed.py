"""The latest of one company's stream in this process, shared by all who follow it here."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from itertools import islice
from typing import Final, Generic
from uuid import UUID

from broadcaster import Broadcast
from structlog import get_logger

from core.background import PeriodicTask
from subscriptions.replay import Event, RowT, Stream

_KEPT: Final = 500
"""Events kept in memory per company. Who lags further behind reads the rows, at his own pace."""
_RETRY_INTERVAL: Final = 1.0
"""Seconds before the rows are asked again when the database did not answer."""

Refusals = Callable[[set[UUID]], Awaitable[Mapping[UUID, Exception]]]
"""Tells which of these followers may follow no longer, and why."""

log = get_logger(__name__)


class Feed(Generic[RowT]):
    """Reads new events once, when there is a hint of them, and wakes the followers.

    Nothing queues up for a follower: each has only a position, so a slow one costs no memory.
    """

    def __init__(
        self, stream: Stream[RowT], company_id: UUID, broadcast: Broadcast, refusals: Refusals
    ) -> None:
        self.company_id = company_id
        self.followers: Counter[UUID] = Counter()
        self.refused: dict[UUID, Exception] = {}
        self.changed = asyncio.Event()
        """Set, and replaced, when there is something new for followers to look at."""
        self._stream = stream
        self._refusals = refusals
        self._recent: deque[Event[RowT]] = deque(maxlen=_KEPT)
        self._tip: int | None = None
        self._reader = PeriodicTask(f"read {stream.name}", self._read_or_retry)
        # In a context of its own: it goes on for others than the one whose request began it.
        self._task = asyncio.create_task(self._run(broadcast), context=Context())

    def close(self) -> asyncio.Task[None]:
        """Stop reading; the task that is returned ends then."""
        self._task.cancel()
        return self._task

    def hint(self, sequence: int | None = None) -> None:
        """Have the rows looked at, unless it is known that there is none after `sequence`."""
        if sequence is None or self._tip is None or sequence > self._tip:
            self._reader.wake()

    def leave(self, follower: UUID) -> None:
        """Count `follower` out once."""
        self.followers[follower] -= 1
        if not self.followers[follower]:
            del self.followers[follower]
            self.refused.pop(follower, None)

    def refuse(self, refused: Mapping[UUID, Exception]) -> None:
        """End what those of the `refused` follow who are here.

        An answer may be older than one that is there already, so it never takes a refusal back.
        """
        self.refused |= {id_: why for id_, why in refused.items() if id_ in self.followers}
        if self.refused:
            self._wake()

    def after(self, sequence: int) -> Sequence[Event[RowT]] | None:
        """Return the events after `sequence`; None if they are not all in memory any more."""
        if self._tip is None or sequence >= self._tip:
            return []
        if not self._recent or self._recent[0].sequence > sequence + 1:
            return None
        return list(islice(self._recent, sequence + 1 - self._recent[0].sequence, None))

    def _wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    async def _run(self, broadcast: Broadcast) -> None:
        channel = self._stream.channel_of(self.company_id)
        async with broadcast.subscribe(channel) as hints, self._reader:
            self._reader.wake()
            while True:
                await hints.get()
                self._reader.wake()

    async def _read_or_retry(self) -> float | None:
        try:
            await self._read()
        except Exception:  # the database is away: followers wait, and nothing is lost
            log.warning(
                "feed.read_failed",
                stream=self._stream.name,
                company_id=str(self.company_id),
                exc_info=True,
            )
            return _RETRY_INTERVAL
        return None

    async def _read(self) -> None:
        if self._tip is None:
            self._tip = await self._stream.last_sequence(self.company_id)
            self._wake()
        while events := await self._stream.read_after(self.company_id, self._tip):
            self.refuse(await self._refusals(set(self.followers)))
            self._recent.extend(events)
            self._tip = events[-1].sequence
            self._wake()
