"""A broadcast over Redis that survives its restarts and lost connections.

One supervisor owns the pub/sub connection. It pings Redis, reconnects with back-off and subscribes
again. The listeners of a channel hear that it was subscribed, too, because something may have been
announced before. They must not fail or wait.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, NoReturn, Self

from redis.exceptions import RedisError
from structlog import get_logger

from core.background import cancel
from core.redis_connection import RedisConnection, RedisSocket
from core.telemetry.metrics import REDIS_ERRORS
from subscriptions.broadcasts import Listener

_TIMEOUT: Final = 2.0
"""Seconds in which Redis must accept a connection or respond."""
_PING_INTERVAL: Final = 5.0
"""Seconds without a message until Redis is pinged, and then until the connection counts as lost."""
_MIN_RECONNECT_DELAY: Final = 0.05
_MAX_RECONNECT_DELAY: Final = 1.0
_KEEP_ALIVE: Final = "invotify:alive"
"""A channel without messages, so that there is always a subscription."""

log = get_logger(__name__)


class RedisBroadcast:
    """Publishes and hears messages over Redis pub/sub.

    All databases of a Redis have the same channels. So they are named after the `portal`: its copy,
    for example for tests, has the same companies.
    """

    def __init__(self, url: str, portal: str) -> None:
        self._portal = portal
        self._publisher = RedisConnection(url, timeout=_TIMEOUT)
        self._url = url
        self._listeners: defaultdict[str, list[Listener]] = defaultdict(list)
        self._socket: RedisSocket | None = None
        """The connection on which Redis is heard, while there is one."""
        self._has_heard = False
        """Whether Redis has sent something since this was last looked at."""
        self._supervisor: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start the supervisor, without waiting for Redis."""
        self._supervisor = asyncio.create_task(self._supervise())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, and close the connections."""
        if self._supervisor is not None:
            await cancel([self._supervisor])
        self._publisher.close()

    def publish(self, channel: str, message: str) -> asyncio.Future[object]:
        """Send a message to every process. Raises RedisError or OSError if Redis is unavailable."""
        return self._publisher.execute("PUBLISH", self._full_name(channel), message)

    @contextmanager
    def listening(self, channel: str, listener: Listener) -> Iterator[None]:
        """Let `listener` hear the channel inside."""
        channel = self._full_name(channel)
        if channel not in self._listeners:
            self._subscribe("SUBSCRIBE", channel)
        self._listeners[channel].append(listener)
        try:
            yield
        finally:
            self._listeners[channel].remove(listener)
            if not self._listeners[channel]:
                del self._listeners[channel]
                self._subscribe("UNSUBSCRIBE", channel)

    def _full_name(self, channel: str) -> str:
        return f"{channel}@{self._portal}"

    def _subscribe(self, command: str, *channels: str) -> None:
        """Change what is subscribed to. Without a connection, the next one subscribes to all."""
        if self._socket is not None:
            self._socket.send(command, *channels)

    async def _supervise(self) -> None:
        delay = _MIN_RECONNECT_DELAY
        while True:
            ended: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
            socket = RedisSocket(self._hear, partial(_note, ended))
            try:
                async with asyncio.timeout(_TIMEOUT):
                    await socket.open(self._url)
                self._socket = socket
                self._subscribe("SUBSCRIBE", _KEEP_ALIVE, *self._listeners)
                delay = _MIN_RECONNECT_DELAY
                await self._ping_until_ended(socket, ended)
            except Exception as error:  # noqa: BLE001  # reconnect, whatever failed
                REDIS_ERRORS.inc()
                log.warning(
                    "redis.connection_lost", error=str(error) or repr(error), retry_in=delay
                )
            finally:
                self._socket = None
            await asyncio.sleep(delay * random.uniform(0.5, 1))  # noqa: S311  # jitter
            delay = min(delay * 2, _MAX_RECONNECT_DELAY)

    async def _ping_until_ended(
        self, socket: RedisSocket, ended: asyncio.Future[Exception]
    ) -> NoReturn:
        """Raise the error with which the connection ends; TimeoutError without answer to a ping."""
        try:
            pinged = False
            while True:
                self._has_heard = False
                await asyncio.wait([ended], timeout=_PING_INTERVAL)
                if ended.done():
                    raise ended.result()
                if pinged and not self._has_heard:
                    raise TimeoutError
                pinged = not self._has_heard
                if pinged:
                    socket.send("PING")
        finally:
            socket.close()

    def _hear(self, message: Any) -> None:  # noqa: ANN401  # as Redis sends it
        if isinstance(message, RedisError):
            raise message
        self._has_heard = True
        kind, *rest = message
        if kind in {"subscribe", "message"}:
            # Before a subscription was confirmed, something may have been announced.
            channel, content = rest
            text = content if kind == "message" else ""
            for listener in list(self._listeners.get(channel, ())):
                listener(text)


def _note(ended: asyncio.Future[Exception], error: Exception) -> None:
    if not ended.done():
        ended.set_result(error)
