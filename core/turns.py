"""Turns: many tasks become ready at once, and still leave the event loop to others in between."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Hashable, Iterable
from typing import Final, TypeAlias

Waiter: TypeAlias = asyncio.Future[None]

_AT_ONCE: Final = 2
"""Tasks that continue in one iteration of the event loop, which also reads from the network."""
_LONG: Final = 0.002
_REST: Final = 4
"""After an iteration that worked for over _LONG seconds, others get so many times as long."""
_MAX_REST: Final = 0.1
"""Seconds."""


class Turns:
    """Lets waiting tasks continue a few at a time. Keys, such as companies, alternate."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Hashable, deque[Waiter]] = OrderedDict()
        self._is_running = False
        self._ran_at = 0.0

    async def take(self, key: Hashable) -> None:
        """Wait for a turn of `key`."""
        waiter: Waiter = asyncio.get_running_loop().create_future()
        self.give(key, [waiter])
        await waiter

    def give(self, key: Hashable, waiters: Iterable[Waiter]) -> None:
        """Give each of `waiters` a result when it is its turn."""
        self._waiting.setdefault(key, deque()).extend(waiters)
        if not self._is_running:
            self._is_running = True
            self._ran_at = 0.0
            asyncio.get_running_loop().call_soon(self._run)

    def _run(self) -> None:
        now = time.thread_time()
        seconds = now - self._ran_at if self._ran_at else 0.0
        if seconds > _LONG:
            self._ran_at = 0.0
            asyncio.get_running_loop().call_later(min(_REST * seconds, _MAX_REST), self._run)
            return
        self._ran_at = now
        given = 0
        while self._waiting and given < _AT_ONCE:
            key, waiters = self._waiting.popitem(last=False)
            while waiters:
                waiter = waiters.popleft()
                if not waiter.done():
                    waiter.set_result(None)
                    given += 1
                    break
            if waiters:
                self._waiting[key] = waiters
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._run)
        else:
            self._is_running = False
