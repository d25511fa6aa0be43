"""A broadcast over Redis that survives its restarts and lost connections.

One supervisor owns the pub/sub connection. It keeps the set of wanted channels, pings Redis,
reconnects with back-off and subscribes again. The listeners of a channel hear that it was
subscribed, too, because something may have been announced before. They must not fail or wait.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Self

from structlog import get_logger

from core.background import cancel
from core.redis_connection import RedisConnection, make_connection
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
        # The client's pub/sub takes longer to pass a message on than Redis to send it.
        self._subscriber = make_connection(
            url,
            socket_connect_timeout=_TIMEOUT,
            protocol=2,  # in which messages are responses
        )
        self._listeners: defaultdict[str, list[Listener]] = defaultdict(list)
        self._wanted: set[str] = {_KEEP_ALIVE}
        self._wanted_changed = asyncio.Event()
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
        await self._subscriber.disconnect()
        await self._publisher.close()

    async def publish(self, channel: str, message: str) -> None:
        """Send a message to every process. Raises RedisError or OSError if Redis is unavailable."""
        await self._publisher.execute("PUBLISH", self._full_name(channel), message)

    @contextmanager
    def listening(self, channel: str, listener: Listener) -> Iterator[None]:
        """Let `listener` hear the channel inside."""
        channel = self._full_name(channel)
        self._listeners[channel].append(listener)
        self._wanted.add(channel)
        self._wanted_changed.set()
        try:
            yield
        finally:
            self._listeners[channel].remove(listener)
            if not self._listeners[channel]:
                del self._listeners[channel]
                self._wanted.discard(channel)
                self._wanted_changed.set()

    def _full_name(self, channel: str) -> str:
        return f"{channel}@{self._portal}"

    async def _supervise(self) -> None:
        delay = _MIN_RECONNECT_DELAY
        while True:
            try:
                await self._send("SUBSCRIBE", _KEEP_ALIVE)
                delay = _MIN_RECONNECT_DELAY
                await self._serve()
            except Exception as error:  # noqa: BLE001  # reconnect, whatever failed
                log.warning("redis.connection_lost", error=repr(error), retry_in=delay)
            finally:
                await self._subscriber.disconnect(nowait=True)
            await asyncio.sleep(delay * random.uniform(0.5, 1))  # noqa: S311  # jitter
            delay = min(delay * 2, _MAX_RECONNECT_DELAY)

    async def _serve(self) -> None:
        """Listen, subscribe and ping until one of the three fails, and raise its error."""
        tasks = [
            asyncio.create_task(self._listen()),
            asyncio.create_task(self._follow_wanted()),
            asyncio.create_task(self._ping_when_silent()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await cancel(tasks)

    async def _listen(self) -> None:
        while True:
            kind, *message = await self._subscriber.read_response()
            self._has_heard = True
            if kind in {"subscribe", "message"}:
                # Before a subscription was confirmed, something may have been announced.
                channel, content = message
                text = content if kind == "message" else ""
                for listener in list(self._listeners.get(channel, ())):
                    listener(text)

    async def _ping_when_silent(self) -> None:
        """Raise TimeoutError if Redis doesn't even answer a ping."""
        pinged = False
        while True:
            self._has_heard = False
            await asyncio.sleep(_PING_INTERVAL)
            if self._has_heard:
                pinged = False
            elif pinged:
                raise TimeoutError
            else:
                await self._send("PING")
                pinged = True

    async def _follow_wanted(self) -> None:
        subscribed = {_KEEP_ALIVE}
        while True:
            self._wanted_changed.clear()
            if new := self._wanted - subscribed:
                await self._send("SUBSCRIBE", *new)
            if old := subscribed - self._wanted:
                await self._send("UNSUBSCRIBE", *old)
            subscribed = (subscribed | new) - old
            await self._wanted_changed.wait()

    async def _send(self, *command: str) -> None:
        async with asyncio.timeout(_TIMEOUT):
            await self._subscriber.send_command(*command, check_health=False)
