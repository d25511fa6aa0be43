"""Heavy work in threads: some at the same time, and a bounded queue."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from errors import RateLimited

T = TypeVar("T")


class ThreadLimiter:
    """Runs work in at most `max_threads` threads, and lets at most `max_queued` callers wait."""

    def __init__(self, *, max_threads: int, max_queued: int) -> None:
        self._slots = asyncio.Semaphore(max_threads)
        self._max_queued = max_queued
        self._queued = 0

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
