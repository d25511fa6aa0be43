"""A deadline for each request: whoever waits is told to try again, rather than nothing."""

import asyncio
from typing import Any, Final

REQUEST_SECONDS: Final = 25.0
"""How long a response may take to begin after the request has arrived. Clients and proxies commonly
wait for 30 seconds."""


class Deadlines:
    """Cancels the tasks of requests that take too long, with one timer for all."""

    def __init__(self, seconds: float = REQUEST_SECONDS) -> None:
        self.seconds = seconds
        self.due_at: dict[Deadline, float] = {}
        """When each running deadline is due, the earliest first."""
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def for_this_task(self) -> "Deadline":
        """Return a deadline for the current task, which doesn't run yet."""
        # Asking which loop is running takes a system call.
        task = asyncio.current_task(self._loop) if self._loop else None
        if task is None:
            self._loop = asyncio.get_running_loop()
            task = asyncio.current_task(self._loop)
        assert task is not None
        return Deadline(self, task)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look at deadlines as soon as the first one may be due."""
        if self._timer is None:
            self._timer = loop.call_later(self.seconds, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cancel those whose time is over, and look again when that of the next is."""
        self._timer = None
        for deadline, due_at in list(self.due_at.items()):
            if due_at > loop.time():
                self._timer = loop.call_at(due_at, self._look, loop)
                return
            deadline.miss()


class Deadline:
    """The deadline of a request's task. It is stopped while something else limits the time."""

    __slots__ = ("_all", "_cancelled_before", "_task", "is_missed")

    def __init__(self, deadlines: Deadlines, task: asyncio.Task[Any]) -> None:
        self._all = deadlines
        self._task = task
        self._cancelled_before = task.cancelling()
        self.is_missed = False

    def start(self) -> None:
        """Begin to count from now."""
        loop = self._task.get_loop()
        self._all.due_at[self] = loop.time() + self._all.seconds
        self._all.watch(loop)

    def stop(self) -> None:
        """Stop counting."""
        self._all.due_at.pop(self, None)

    def miss(self) -> None:
        """Cancel the task, whose time is over."""
        self.stop()
        self.is_missed = True
        self._task.cancel()

    @property
    def is_only_cause(self) -> bool:
        """Whether the deadline has cancelled the task, and nobody else has."""
        return self.is_missed and self._task.cancelling() == self._cancelled_before + 1

    def close(self) -> None:
        """Stop for good. The task counts as cancelled only if others have done it."""
        self.stop()
        if self.is_missed:
            self._task.uncancel()
