"""Telling all processes of the portal something at once."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, Self, TypeAlias

Listener: TypeAlias = Callable[[str], None]
"""Called with each message of a channel, and with "" if messages may have been missed."""


class Broadcast(Protocol):
    """Channels on which every process hears what one publishes. Messages can get lost."""

    async def __aenter__(self) -> Self:
        """Open it, without waiting for a server."""

    async def __aexit__(self, *_: object) -> None:
        """Close it."""

    def publish(self, channel: str, message: str) -> asyncio.Future[object]:
        """Send `message` to the listeners of every process, at once if there is a connection.

        Raises RedisError or OSError.
        """

    def listening(self, channel: str, listener: Listener) -> AbstractContextManager[None]:
        """Let `listener` hear `channel` inside."""


class NoBroadcast:
    """The broadcast of a single process: there is nobody else to hear it."""

    async def __aenter__(self) -> Self:
        """Do nothing."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Do nothing."""

    def publish(self, channel: str, message: str) -> asyncio.Future[object]:  # noqa: ARG002  # the protocol's
        """Do nothing."""
        done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def listening(self, channel: str, listener: Listener) -> AbstractContextManager[None]:  # noqa: ARG002  # the protocol's
        """Do nothing."""
        return nullcontext()
