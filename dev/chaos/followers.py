"""Followers of a company's streams, which reconnect with their last cursor until the end."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final, Self

from websockets.exceptions import WebSocketException

from tests.support.subscribers import BEGINNING, UPDATED, VIEWED, following

_RETRY_AFTER: Final = 0.3
_SILENCE: Final = 3.0
"""Seconds without an event after which a follower connects again, as a cautious client does."""


@dataclass
class Follower:
    """A follower of one stream."""

    name: str
    query: str
    urls: list[str]
    api_key: str
    random: Random
    sequences: list[int] = field(default_factory=list)
    """The positions of the events that it received, in the order of arrival."""
    cursor: str = BEGINNING
    connections: int = 0

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            with suppress(OSError, TimeoutError, WebSocketException, AssertionError, KeyError):
                await self._follow(self.random.choice(self.urls))
            await asyncio.sleep(_RETRY_AFTER)

    async def _follow(self, url: str) -> None:
        variables: dict[str, object] = {"after": self.cursor}
        if self.query is VIEWED:
            variables["includeAutomated"] = True
        self.connections += 1
        async with (
            asyncio.timeout(None) as limit,
            following(url, self.api_key, self.query, **variables) as subscriber,
        ):
            while not subscriber.ended:
                limit.reschedule(asyncio.get_running_loop().time() + _SILENCE)
                await subscriber.receive(_SILENCE)
                self.sequences += subscriber.cursors
                self.cursor = subscriber.cursor or self.cursor
                subscriber.events.clear()


@dataclass
class Followers:
    """Two followers of each stream."""

    all: list[Follower]

    @classmethod
    def of(cls, urls: list[str], api_key: str, random: Random) -> Self:
        """Return followers that have not connected yet."""
        streams = {"views": VIEWED, "updates": UPDATED}
        return cls(
            [
                Follower(name, query, urls, api_key, random)
                for name, query in streams.items()
                for _ in range(2)
            ]
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let all of them follow."""
        tasks = [asyncio.create_task(follower.run()) for follower in self.all]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
