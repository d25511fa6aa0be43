"""A backend for broadcaster that outlives Redis: restarts, silences and lost connections.

One supervisor owns the pub/sub connection. It keeps the set of wanted channels, pings, comes back
with back-off and subscribes anew. Messages carry nothing: an event on a channel says "look at the
rows". So events of one channel that nobody has fetched yet are one event, which bounds the queue,
and the confirmation of each subscription is an event as well, which covers what was said before.
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
"""Seconds in which Redis must connect or answer."""
_SILENCE: Final = 5.0
"""Seconds of silence after which it is pinged, and, if it stays silent as long again, given up."""
_BACK_OFF: Final = (0.05, 1.0)
"""Seconds before the first new attempt, and at most."""
_ALIVE: Final = "invotify:alive"
"""A channel on which nothing is said, so that there is always one subscription."""

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
    """Hints over Redis pub/sub."""

    def __init__(self, url: str) -> None:
        self._publisher = _connect(url)
        self._subscriber = _connect(url)
        self._wanted: set[str] = {_ALIVE}
        self._wanted_changed = asyncio.Event()
        self._pending: dict[str, None] = {}
        self._has_pending = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Start the supervisor. Does not wait for Redis."""
        self._supervisor = asyncio.create_task(self._supervise())

    async def disconnect(self) -> None:
        """Stop, and give back the connections."""
        if self._supervisor is not None:
            await cancel([self._supervisor])
        await self._subscriber.aclose()
        await self._publisher.aclose()

    async def subscribe(self, channel: str) -> None:
        """Want the channel from now on. Never suspends, so calls take effect in their order."""
        self._wanted.add(channel)
        self._wanted_changed.set()

    async def unsubscribe(self, channel: str) -> None:
        """Want the channel no more. Never suspends."""
        self._wanted.discard(channel)
        self._wanted_changed.set()

    async def publish(self, channel: str, message: str) -> None:
        """Tell every process. Raises RedisError or OSError when Redis is away."""
        await self._publisher.publish(channel, message)

    async def next_published(self) -> Event:
        """Return the next channel on which something was said."""
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
        shortest, longest = _BACK_OFF
        delay = shortest
        while True:
            try:
                async with self._subscriber.pubsub() as pubsub:
                    await pubsub.subscribe(_ALIVE)
                    delay = shortest
                    await self._serve(pubsub)
            except Exception as fault:  # noqa: BLE001  # whatever it is, come back
                log.warning("redis.lost", fault=repr(fault), retry_in=delay)
            await asyncio.sleep(delay * random.uniform(0.5, 1))  # noqa: S311  # jitter
            delay = min(delay * 2, longest)

    async def _serve(self, pubsub: PubSub) -> None:
        """Listen and subscribe until one of the two fails, and raise what it failed with."""
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
            message = await pubsub.get_message(timeout=_SILENCE)
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
        subscribed = {_ALIVE}
        while True:
            self._wanted_changed.clear()
            if new := self._wanted - subscribed:
                await pubsub.subscribe(*new)
            if old := subscribed - self._wanted:
                await pubsub.unsubscribe(*old)
            subscribed = (subscribed | new) - old
            await self._wanted_changed.wait()
