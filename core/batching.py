"""Work that is done for many callers at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Any, Generic, TypeVar

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


class Batcher(Generic[ItemT, ResultT]):
    """Does `work` for its callers: those that come together, or while it runs, form a batch.

    So under load, many callers share one round trip. One that comes while nothing runs starts at
    once, unless the last batch was of several: then it waits for a turn of the event loop, in which
    others may join it. `work` takes at most `most` items, and returns their results in the same
    order. An error that it raises is raised for each of them, and TimeoutError also for those that
    have waited meanwhile, so that nobody waits twice for a server that is silent.

    If several batches may run `at_once`, those that come together don't wait for the others, and
    one that comes when nothing runs doesn't wait at all.
    """

    def __init__(
        self,
        work: Callable[[Sequence[ItemT]], Awaitable[Sequence[ResultT]]],
        *,
        most: int,
        at_once: int = 1,
    ) -> None:
        self._work = work
        self._most = most
        self._at_once = at_once
        self._waiting: list[tuple[ItemT, asyncio.Future[ResultT]]] = []
        self._running = 0
        self._is_shared = False
        """Whether the last batch was of several callers."""
        self._is_forming = False
        """Whether others may still come in the same turn of the event loop."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, item: ItemT) -> ResultT:
        """Return the result for `item`. A caller that is cancelled takes nobody else along."""
        if self._is_forming or self._running == self._at_once:
            return await self._join(item, len(self._waiting))
        self._running += 1
        try:
            if self._running > 1 or (self._at_once == 1 and self._is_shared):
                await self._form_batch()
            if not self._waiting:
                self._is_shared = False
                [result] = await self._work([item])
                return result
            joined = self._join(item, 0)
        except TimeoutError as error:
            self._fail_waiting(error)
            raise
        finally:
            self._running -= 1
            self._continue()
        return await joined

    async def _form_batch(self) -> None:
        self._is_forming = True
        try:
            await asyncio.sleep(0)
        finally:
            self._is_forming = False

    def _join(self, item: ItemT, place: int) -> asyncio.Future[ResultT]:
        future: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        self._waiting.insert(place, (item, future))
        return future

    def _continue(self) -> None:
        while self._waiting and self._running < self._at_once and not self._is_forming:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._is_shared = len(batch) > 1
            # In a context of its own, since it works for many requests.
            task = asyncio.create_task(self._run_batch(batch), context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            self._running += 1

    async def _run_batch(self, batch: Sequence[tuple[ItemT, asyncio.Future[ResultT]]]) -> None:
        try:
            results = await self._work([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001  # raised again where the results are awaited
            _fail(batch, error)
            if isinstance(error, TimeoutError):
                self._fail_waiting(error)
        else:
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)
        finally:
            self._running -= 1
            self._continue()

    def _fail_waiting(self, error: TimeoutError) -> None:
        waiting, self._waiting = self._waiting, []
        _fail(waiting, error)


def _fail(batch: Sequence[tuple[Any, asyncio.Future[Any]]], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
