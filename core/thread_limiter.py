"""Heavy work in threads, a few pieces at a time: whoever comes then has to queue."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from errors import RateLimited

T = TypeVar("T")


class ThreadLimiter:
    """Lets `at_once` pieces of work run in threads and `queued` more wait for their turn."""

    def __init__(self, at_once: int, queued: int) -> None:
        self._turn = asyncio.Semaphore(at_once)
        self._most_queued = queued
        self._queued = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns; RateLimited when too many are queued."""
        if self._queued >= self._most_queued:
            raise RateLimited(retry_after=1)
        self._queued += 1
        try:
            await self._turn.acquire()
        finally:
            self._queued -= 1
        working = asyncio.get_running_loop().run_in_executor(None, work)
        # A caller that leaves can't stop the thread, so the turn ends with the thread.
        working.add_done_callback(lambda _: self._turn.release())
        return await asyncio.shield(working)
