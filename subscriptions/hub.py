"""Brings each row to the followers of its company, across processes, in order and once.

A row is announced after its transaction has committed. The announcement can get lost in a crash, in
Redis or in the network. So the hub also polls every two seconds, with one statement for all
followed companies.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextvars import Context
from functools import partial
from typing import Final, Generic, Self
from uuid import UUID

from structlog import get_logger

from core.background import PeriodicTask, cancel
from core.batching import Batcher
from core.telemetry.metrics import FOLLOWERS
from core.turns import Turns
from subscriptions.announcements import HINT, MAX_LENGTH
from subscriptions.broadcasts import Broadcast, NoBroadcast
from subscriptions.feed import Feed, Refusals
from subscriptions.redis import RedisBroadcast
from subscriptions.replay import Event, RowT, Stream
from subscriptions.rooms import Outlet
from subscriptions.shares import FollowerShares

POLL_INTERVAL: Final = 2.0
"""Seconds between checks of the feeds and of the followers' credentials."""

_MAX_WAITING: Final = 20
"""Announcements of a company that wait to be published, before they become a hint."""

_MAX_LOOKED_UP: Final = 100
"""Companies whose position is looked up in one statement."""
_LOOK_UPS: Final = 4
"""Such statements at the same time."""

log = get_logger(__name__)


def make_broadcast(redis_url: str | None, portal: str) -> Broadcast:
    """Return a broadcast over Redis to the processes of `portal`, or that of a single process."""
    return NoBroadcast() if redis_url is None else RedisBroadcast(redis_url, portal)


def _all(_: object) -> bool:
    return True


class Hub(Generic[RowT]):
    """Announces new rows of one stream, and lets followers read a company's from their position.

    The broadcast must be open while the hub is.
    """

    def __init__(
        self,
        stream: Stream[RowT],
        broadcast: Broadcast,
        refusals: Refusals,
        shares: FollowerShares,
    ) -> None:
        self.stream = stream
        self._broadcast = broadcast
        self._refusals = refusals
        self._shares = shares
        self._feeds: dict[UUID, Feed[RowT]] = {}
        self._to_announce: defaultdict[UUID, list[str]] = defaultdict(list)
        self._can_publish = self._can_read = True
        self._publishing: asyncio.Future[object] | None = None
        """What the broadcast returns for the announcement that is being published."""
        self._positions = Batcher(self._last_sequences, most=_MAX_LOOKED_UP, at_once=_LOOK_UPS)
        self._poller = PeriodicTask(f"poll {stream.name}", self._poll, interval=POLL_INTERVAL)

    async def __aenter__(self) -> Self:
        """Start polling."""
        self._poller.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop. Announcements that are left are lost; other processes find the rows by polling."""
        await self._poller.stop()
        publishing = [self._publishing] if self._publishing else []
        await cancel([*publishing, *(feed.close() for feed in self._feeds.values())])

    @property
    def turns(self) -> Turns:
        """The turns of followers, of which other work for them takes its own."""
        return self._shares.turns

    async def ping(self) -> None:
        """Raise RedisError or OSError if nothing can be announced now."""
        await self._broadcast.publish("invotify:ping", "")

    def announce(self, company_id: UUID, announcement: str = HINT) -> None:
        """Announce that the company has new rows.

        Returns at once and never fails.
        """
        if len(announcement) > MAX_LENGTH:
            announcement = HINT
        if feed := self._feeds.get(company_id):
            feed.hear(announcement)
        waiting = self._to_announce[company_id]
        waiting.append(announcement)
        if len(waiting) > _MAX_WAITING:
            waiting[:] = [HINT]
        if self._publishing is None:
            self._publish_next()

    async def last_sequence(self, company_id: UUID) -> int:
        """Return the sequence of the company's last row, or 0 if it has none.

        Followers that ask at the same time share a statement.
        """
        return await self._positions.run(company_id)

    async def follow(
        self,
        company_id: UUID,
        follower: UUID,
        after: int | None = None,
        *,
        wanted: Callable[[Event[RowT]], bool] = _all,
        outlet: Outlet | None = None,
        on_start: Callable[[int], None] | None = None,
    ) -> AsyncGenerator[Event[RowT], None]:
        """Yield the company's events after `after`, or new ones if it is None, without an end.

        `on_start` is told the sequence after which they begin.

        They come in order and each once, across restarts of Redis and the database; those that are
        not `wanted` are left out. With an `outlet`, events are not yielded but sent through it
        while the follower has all before them and reads. Raises RateLimited if there are too many
        followers, and the error that the hub's `refusals` returns for `follower`, as soon as it
        does.
        """
        with self._shares.hold(company_id, follower):
            feed = self._join(company_id, follower)
            try:
                position = await self._begin(company_id, after, on_start)
                has_turn = False
                while True:
                    events = feed.after(position)
                    if events is None:
                        events = await self._read_or_wait(company_id, position)
                    for event in events:
                        if wanted(event):
                            if not has_turn:
                                await feed.next_turn()
                            has_turn = False
                            if refusal := feed.refused.get(follower):
                                raise refusal.with_traceback(None)
                            yield event
                        position = event.sequence
                    if refusal := feed.refused.get(follower):
                        raise refusal.with_traceback(None)
                    if events:
                        continue
                    if outlet is None:
                        await feed.news()
                        has_turn = True
                    else:
                        position = await feed.stay_in_room(follower, outlet, wanted, position)
                        has_turn = False
            finally:
                self._leave(feed, follower)

    async def _begin(
        self, company_id: UUID, after: int | None, on_start: Callable[[int], None] | None
    ) -> int:
        position = await self.last_sequence(company_id) if after is None else after
        if on_start is not None:
            on_start(position)
        return position

    async def _last_sequences(self, company_ids: Sequence[UUID]) -> list[int]:
        sequences = await self.stream.last_sequences(set(company_ids))
        return [sequences[company_id] for company_id in company_ids]

    def _join(self, company_id: UUID, follower: UUID) -> Feed[RowT]:
        feed = self._feeds.get(company_id)
        if feed is None:
            feed = Feed(
                self.stream, company_id, self._broadcast, self._refusals, self._shares.turns
            )
            self._feeds[company_id] = feed
        feed.join(follower)
        FOLLOWERS.inc()
        return feed

    def _leave(self, feed: Feed[RowT], follower: UUID) -> None:
        feed.leave(follower)
        FOLLOWERS.dec()
        if not feed.followers and self._feeds.get(feed.company_id) is feed:
            del self._feeds[feed.company_id]
            feed.close()

    async def _read_or_wait(self, company_id: UUID, position: int) -> Sequence[Event[RowT]]:
        """Return the events after `position`, as soon as the database is available."""
        while True:
            try:
                events = await self.stream.read_after(company_id, position)
            except Exception:  # followers wait and miss nothing
                if self._can_read:  # log it once for all of them, until reading works again
                    log.warning(
                        "hub.read_failed",
                        stream=self.stream.name,
                        company_id=str(company_id),
                        exc_info=True,
                    )
                self._can_read = False
                await asyncio.sleep(POLL_INTERVAL)
            else:
                self._can_read = True
                return events

    def _publish_next(self) -> None:
        """Publish the next announcement that waits. The first one needn't wait for a task."""
        if not self._to_announce:
            self._publishing = None
            return
        company_id, announcements = next(iter(self._to_announce.items()))
        channel = self.stream.channel_of(company_id)
        self._publishing = self._broadcast.publish(channel, announcements.pop(0))
        if not announcements:
            del self._to_announce[company_id]
        # In a context of its own, since it also publishes what others announce.
        published = partial(self._on_published, company_id)
        self._publishing.add_done_callback(published, context=Context())

    def _on_published(self, company_id: UUID, published: asyncio.Future[object]) -> None:
        if published.cancelled():
            return
        error = published.exception()
        if error is not None:  # the rows remain, whatever failed
            self._to_announce.pop(company_id, None)
            if self._can_publish:  # log it once, until publishing works again
                log.warning("hub.not_announced", stream=self.stream.name, error=repr(error))
        self._can_publish = error is None
        self._publish_next()

    async def _poll(self) -> None:
        feeds = dict(self._feeds)
        if not feeds:
            return
        sequences = await self.stream.last_sequences(feeds)
        verdict = await self._refusals({id_ for feed in feeds.values() for id_ in feed.followers})
        for company_id, feed in feeds.items():
            feed.hint(sequences.get(company_id))
            feed.refuse(verdict.refused)
