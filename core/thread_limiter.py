"""Heavy work in threads: some at the same time, and a bounded queue."""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar

from errors import RateLimited

T = TypeVar("T")


@dataclass(slots=True)
class _Line:
    """The work of one owner, which takes turns with that of others."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class ThreadLimiter:
    """Runs work in at most `max_threads` threads, and lets at most `max_queued` callers wait.

    If work has owners, each has a line of its own, and only the first in it waits with the others.
    So whoever has much to do gets as many turns as anyone else.
    """

    def __init__(self, *, max_threads: int, max_queued: int) -> None:
        self._slots = asyncio.Semaphore(max_threads)
        self._max_queued = max_queued
        self._queued = 0
        self._lines: dict[Hashable, _Line] = {}

    async def run_for(self, owner: Hashable, work: Callable[[], T]) -> T:
        """Return the result of `work` when it is the owner's turn.

        Raises RateLimited if too much of the owner's work waits, or that of too many owners.
        """
        line = self._lines.setdefault(owner, _Line())
        if line.length > self._max_queued:
            raise RateLimited(retry_after=1)
        line.length += 1
        try:
            async with line.turn:
                return await self.run(work)
        finally:
            line.length -= 1
            if line.length == 0:
                del self._lines[owner]

    async def run(self, work: Callable[[], T]) -> T:
        """Return the result of `work`. Raises RateLimited if too many callers wait.

        A caller that is cancelled while it waits leaves the queue.
        """
        if self._queued >= self._max_queued:
            raise RateLimited(retry_after=1)
        self._queued += 1
        try:
            await self._slots.acquire()
        finally:
            self._queued -= 1
        running = asyncio.get_running_loop().run_in_executor(None, work)
        # Cancelling the caller doesn't stop the thread. So the thread's end frees the slot.
        running.add_done_callback(lambda _: self._slots.release())
        return await asyncio.shield(running)
