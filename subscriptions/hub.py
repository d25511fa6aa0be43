"""Brings each row to those who follow its company: any worker to any worker, in order, each once.

A row is announced after its transaction has committed. The announcement is a hint, and may be
lost: by a crash just before it, by Redis, by the network. So the hub also looks by itself, with one
statement for all followed companies, every two seconds.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Final, Generic, Self
from uuid import UUID

from broadcaster import Broadcast
from structlog import get_logger

from core.background import PeriodicTask, cancel
from subscriptions.feed import Feed, Refusals
from subscriptions.redis import RedisBackend
from subscriptions.replay import Event, RowT, Stream

POLL_INTERVAL: Final = 2.0
"""Seconds between checks of the feeds and of the followers' credentials."""

log = get_logger(__name__)


def make_broadcast(redis_url: str | None) -> Broadcast:
    """Return broadcaster over Redis, or within this process when there is none."""
    if redis_url is None:
        return Broadcast("memory://")
    return Broadcast(backend=RedisBackend(redis_url))


class Hub(Generic[RowT]):
    """Announces the rows of one stream, and lets followers follow a company's from where they are.

    The broadcast is open for as long as the hub is.
    """

    def __init__(self, stream: Stream[RowT], broadcast: Broadcast, refusals: Refusals) -> None:
        self.stream = stream
        self._broadcast = broadcast
        self._refusals = refusals
        self._feeds: dict[UUID, Feed[RowT]] = {}
        self._to_announce: set[UUID] = set()
        self._can_publish = True
        self._announcer = PeriodicTask(f"announce {stream.name}", self._publish_all)
        self._poller = PeriodicTask(f"poll {stream.name}", self._poll, interval=POLL_INTERVAL)

    async def __aenter__(self) -> Self:
        """Start announcing and polling."""
        self._announcer.start()
        self._poller.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop. Announcements that are left are lost; other processes find the rows by polling."""
        await self._announcer.stop()
        await self._poller.stop()
        await cancel([feed.close() for feed in self._feeds.values()])

    @property
    def follower_count(self) -> int:
        """How many follow in this process."""
        return sum(feed.followers.total() for feed in self._feeds.values())

    async def ping(self) -> None:
        """Raise RedisError or OSError if announcements can't be made now."""
        await self._broadcast.publish("invotify:ping", "")

    def announce(self, company_id: UUID) -> None:
        """Say that the company has new rows. Returns at once; never fails."""
        if feed := self._feeds.get(company_id):
            feed.hint()
        self._to_announce.add(company_id)
        self._announcer.wake()

    async def follow(
        self, company_id: UUID, follower: UUID, after: int | None = None
    ) -> AsyncGenerator[Event[RowT], None]:
        """Yield the company's events after `after`, or from now on, for as long as it is iterated.

        In order and each once, across restarts of Redis and of the database. Raises what the
        hub's `refusals` says of `follower` as soon as it says so.
        """
        feed = self._join(company_id, follower)
        try:
            position = await self.stream.last_sequence(company_id) if after is None else after
            while True:
                changed = feed.changed
                events = feed.after(position)
                if events is None:
                    events = await self._read_patiently(company_id, position)
                for event in events:
                    if refusal := feed.refused.get(follower):
                        raise refusal.with_traceback(None)
                    yield event
                    position = event.sequence
                if refusal := feed.refused.get(follower):
                    raise refusal.with_traceback(None)
                if not events:
                    await changed.wait()
        finally:
            self._leave(feed, follower)

    def _join(self, company_id: UUID, follower: UUID) -> Feed[RowT]:
        feed = self._feeds.get(company_id)
        if feed is None:
            feed = Feed(self.stream, company_id, self._broadcast, self._refusals)
            self._feeds[company_id] = feed
        feed.followers[follower] += 1
        return feed

    def _leave(self, feed: Feed[RowT], follower: UUID) -> None:
        feed.leave(follower)
        if not feed.followers and self._feeds.get(feed.company_id) is feed:
            del self._feeds[feed.company_id]
            feed.close()

    async def _read_patiently(self, company_id: UUID, position: int) -> Sequence[Event[RowT]]:
        """Return what follows `position`, once the database answers."""
        while True:
            try:
                return await self.stream.read_after(company_id, position)
            except Exception:  # followers wait, and nothing is lost
                log.warning(
                    "hub.read_failed",
                    stream=self.stream.name,
                    company_id=str(company_id),
                    exc_info=True,
                )
                await asyncio.sleep(POLL_INTERVAL)

    async def _publish_all(self) -> None:
        while self._to_announce:
            company_id = self._to_announce.pop()
            try:
                await self._broadcast.publish(self.stream.channel_of(company_id), "")
            except Exception as error:  # noqa: BLE001  # whatever it is, the rows are there
                if self._can_publish:  # logged once, until publishing works again
                    log.warning("hub.not_announced", stream=self.stream.name, error=repr(error))
                self._can_publish = False
            else:
                self._can_publish = True

    async def _poll(self) -> None:
        feeds = dict(self._feeds)
        if not feeds:
            return
        sequences = await self.stream.last_sequences(feeds)
        refused = await self._refusals({id_ for feed in feeds.values() for id_ in feed.followers})
        for company_id, feed in feeds.items():
            feed.hint(sequences.get(company_id))
            feed.refuse(refused)
