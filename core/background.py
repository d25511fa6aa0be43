"""Background work: periodic, or started by a request and allowed to outlive it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from contextvars import Context
from typing import Any, Final, Self

from structlog import get_logger

_RETRY_INTERVAL: Final = 1.0
"""Seconds until failed work without an interval runs again."""
_CANCEL_AGAIN_AFTER: Final = 0.1
"""Seconds after which a task that is still running is cancelled once more."""

log = get_logger(__name__)


class PeriodicTask:
    """Runs `work` every `interval` seconds, and immediately when woken. Runs never overlap.

    `work` may return the number of seconds until its next run, in place of `interval`. Without
    both, it runs only when it is woken. A failed run is repeated after `interval`, or without one
    after a second, and logged unless the one before failed for the same reason.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[float | None]],
        *,
        interval: float | None = None,
        shutdown_timeout: float = 0.0,
    ) -> None:
        self._name = name
        self._work = work
        self._interval = interval
        self._shutdown_timeout = shutdown_timeout
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failure: str | None = None
        """Why the last run failed."""
        self.is_stopping = False
        """Whether work that consists of several steps should end after the current one."""

    async def __aenter__(self) -> Self:
        """Start. The first run is one interval later."""
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    def start(self) -> None:
        """Start. The first run is one interval later."""
        self._task = asyncio.create_task(self._run_forever())

    def wake(self) -> None:
        """Run `work` now, or once more if it is running."""
        self._woken.set()

    async def stop(self) -> None:
        """Stop; a run that isn't over after `shutdown_timeout` seconds is cancelled."""
        self.is_stopping = True
        self._woken.set()
        if self._task is not None:
            await finish_or_cancel([self._task], self._shutdown_timeout)

    async def _run_forever(self) -> None:
        pause = self._interval
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()
            if self.is_stopping:
                return
            self._woken.clear()
            pause = await self._run() or self._interval

    async def _run(self) -> float | None:
        try:
            pause = await self._work()
        except Exception as error:
            reason = repr(error)
            if reason != self._failure:
                log.warning("background.failed", task=self._name, exc_info=True)
            self._failure = reason
            return self._interval or _RETRY_INTERVAL
        self._failure = None
        return pause


class BackgroundTasks:
    """Tasks that requests start, and that continue when those requests end."""

    def __init__(self, name: str, *, shutdown_timeout: float) -> None:
        self._name = name
        self._shutdown_timeout = shutdown_timeout
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, work: Coroutine[Any, Any, object], *, wait: float) -> None:
        """Run `work`, and return when it has ended, or after `wait` seconds if it still runs.

        A failure is logged. If the caller is cancelled, the work continues.
        """
        await asyncio.wait({self.start(work)}, timeout=wait)

    def start(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[Any]:
        """Start `work`, and return its task. A failure is logged."""
        # In a context of its own: what it logs later doesn't belong to the request.
        task = asyncio.create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    async def stop(self) -> None:
        """Wait `shutdown_timeout` seconds for the tasks, and cancel those that still run."""
        await finish_or_cancel(self._tasks, self._shutdown_timeout)

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.warning("background.failed", task=self._name, exc_info=error)


async def finish_or_cancel(tasks: Iterable[asyncio.Task[Any]], grace: float) -> None:
    """Wait `grace` seconds for `tasks`, then cancel those that still run."""
    if pending := [task for task in tasks if not task.done()]:
        await asyncio.wait(pending, timeout=grace)
        await cancel(pending)


async def cancel(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel `tasks`, and return when all have ended.

    A library that guards its I/O with timeouts may swallow a cancellation that arrives together
    with a response: redis-py does. So they are cancelled until they end.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_AFTER)
