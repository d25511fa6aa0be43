"""A backend for broadcaster that survives restarts of Redis and lost connections.

One supervisor owns the pub/sub connection. It keeps the set of wanted channels, pings Redis,
reconnects with back-off and subscribes again. Messages are empty: an event on a channel means
"read the rows". So several events of a channel that nobody has fetched yet count as one, which
bounds the queue. The confirmation of a subscription counts as an event, too, because something may
have been announced before it.
"""

import asyncio
import random
from typing import Final

from broadcaster import Event
from broadcaster._backends.base import BroadcastBackend
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from structlog import get_logger

from core.background import cancel

_TIMEOUT: Final = 2.0
"""Seconds in which Redis must accept a connection or respond."""
_PING_INTERVAL: Final = 5.0
"""Seconds without a message until Redis is pinged, and then until the connection counts as lost."""
_MIN_RECONNECT_DELAY: Final = 0.05
_MAX_RECONNECT_DELAY: Final = 1.0
_KEEP_ALIVE: Final = "invotify:alive"
"""A channel without messages, so that there is always a subscription."""

log = get_logger(__name__)


def _connect(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_connect_timeout=_TIMEOUT,
        socket_timeout=_TIMEOUT,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
    )


class RedisBackend(BroadcastBackend):
    """Sends and receives hints over Redis pub/sub."""

    def __init__(self, url: str) -> None:
        self._publisher = _connect(url)
        self._subscriber = _connect(url)
        self._wanted: set[str] = {_KEEP_ALIVE}
        self._wanted_changed = asyncio.Event()
        self._pending: dict[str, None] = {}
        self._has_pending = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Start the supervisor, without waiting for Redis."""
        self._supervisor = asyncio.create_task(self._supervise())

    async def disconnect(self) -> None:
        """Stop, and close the connections."""
        if self._supervisor is not None:
            await cancel([self._supervisor])
        await self._subscriber.aclose()
        await self._publisher.aclose()

    async def subscribe(self, channel: str) -> None:
        """Want the channel. Never suspends, so calls take effect in order."""
        self._wanted.add(channel)
        self._wanted_changed.set()

    async def unsubscribe(self, channel: str) -> None:
        """Stop wanting the channel. Never suspends."""
        self._wanted.discard(channel)
        self._wanted_changed.set()

    async def publish(self, channel: str, message: str) -> None:
        """Send a hint to every process. Raises RedisError or OSError if Redis is unavailable."""
        await self._publisher.publish(channel, message)

    async def next_published(self) -> Event:
        """Return the next channel with a hint, as an event."""
        while not self._pending:
            self._has_pending.clear()
            await self._has_pending.wait()
        channel = next(iter(self._pending))
        del self._pending[channel]
        return Event(channel, "")

    def _hint(self, channel: str) -> None:
        self._pending[channel] = None
        self._has_pending.set()

    async def _supervise(self) -> None:
        delay = _MIN_RECONNECT_DELAY
        while True:
            try:
                async with self._subscriber.pubsub() as pubsub:
                    await pubsub.subscribe(_KEEP_ALIVE)
                    delay = _MIN_RECONNECT_DELAY
                    await self._serve(pubsub)
            except Exception as error:  # noqa: BLE001  # reconnect, whatever failed
                log.warning("redis.connection_lost", error=repr(error), retry_in=delay)
            await asyncio.sleep(delay * random.uniform(0.5, 1))  # noqa: S311  # jitter
            delay = min(delay * 2, _MAX_RECONNECT_DELAY)

    async def _serve(self, pubsub: PubSub) -> None:
        """Listen and subscribe until one of the two fails, and raise its error."""
        tasks = [
            asyncio.create_task(self._listen(pubsub)),
            asyncio.create_task(self._follow_wanted(pubsub)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await cancel(tasks)

    async def _listen(self, pubsub: PubSub) -> None:
        pinged = False
        while True:
            message = await pubsub.get_message(timeout=_PING_INTERVAL)
            if message is None:
                if pinged:
                    raise TimeoutError
                await pubsub.ping()
                pinged = True
                continue
            pinged = False
            if message["type"] in {"subscribe", "message"} and message["channel"] in self._wanted:
                self._hint(message["channel"])

    async def _follow_wanted(self, pubsub: PubSub) -> None:
        subscribed = {_KEEP_ALIVE}
        while True:
            self._wanted_changed.clear()
            if new := self._wanted - subscribed:
                await pubsub.subscribe(*new)
            if old := subscribed - self._wanted:
                await pubsub.unsubscribe(*old)
            subscribed = (subscribed | new) - old
            await self._wanted_changed.wait()
