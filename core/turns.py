"""Turns, so that a lot of work that is ready at once doesn't keep others from the event loop."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Final, TypeAlias

Waiter: TypeAlias = asyncio.Future[None]
Step: TypeAlias = Callable[[], bool]
"""Continues some work. Returns False if there was nothing to do."""

_AT_ONCE: Final = 2
"""Steps in one iteration of the event loop, which also reads from the network."""
_LONG: Final = 0.002
_REST: Final = 4
"""After an iteration that worked for over _LONG seconds, others get so many times as long."""
_MAX_REST: Final = 0.1
"""Seconds."""


class Turns:
    """Lets work continue a few steps at a time. Keys, such as companies, alternate.

    A step that comes alone needn't wait for its turn.
    """

    def __init__(self) -> None:
        self._waiting: OrderedDict[Hashable, deque[Step]] = OrderedDict()
        self._is_running = False
        """Whether steps wait, or one was taken in this iteration."""
        self._ran_at = 0.0

    async def take(self, key: Hashable) -> None:
        """Wait for a turn of `key`."""
        if not self._is_running:
            self._begin(time.thread_time())
            return
        waiter: Waiter = asyncio.get_running_loop().create_future()
        self.give(key, [waiter])
        await waiter

    def give(self, key: Hashable, waiters: Iterable[Waiter]) -> None:
        """Give each of `waiters` a result when it is its turn."""
        self._wait(key, [partial(_give, waiter) for waiter in waiters])

    def call(self, key: Hashable, step: Step) -> None:
        """Call `step` when it is its turn, or at once if nothing waits for one."""
        if self._is_running:
            self._wait(key, [step])
        else:
            self._begin(time.thread_time())
            step()

    def _wait(self, key: Hashable, steps: Iterable[Step]) -> None:
        self._waiting.setdefault(key, deque()).extend(steps)
        if not self._is_running:
            self._begin(0.0)

    def _begin(self, ran_at: float) -> None:
        self._is_running = True
        self._ran_at = ran_at
        asyncio.get_running_loop().call_soon(self._run)

    def _run(self) -> None:
        now = time.thread_time()
        seconds = now - self._ran_at if self._ran_at else 0.0
        if seconds > _LONG:
            self._ran_at = 0.0
            asyncio.get_running_loop().call_later(min(_REST * seconds, _MAX_REST), self._run)
            return
        self._ran_at = now
        taken = 0
        while self._waiting and taken < _AT_ONCE:
            key, steps = next(iter(self._waiting.items()))
            self._waiting.move_to_end(key)
            while steps:
                if steps.popleft()():
                    taken += 1
                    break
            if not steps:
                del self._waiting[key]
        if self._waiting or taken:
            asyncio.get_running_loop().call_soon(self._run)
        else:
            self._is_running = False


def _give(waiter: Waiter) -> bool:
    if waiter.done():
        return False
    waiter.set_result(None)
    return True
