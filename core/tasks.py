"""Ending tasks for sure."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

_ASK_AGAIN: Final = 0.1
"""Seconds after which a task that goes on is cancelled once more."""


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel `tasks`, and wait until they have ended.

    A library that guards its I/O with time-outs may swallow a cancellation that comes at the same
    instant as an answer: redis-py does. So they are cancelled until it is heard.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_ASK_AGAIN)
