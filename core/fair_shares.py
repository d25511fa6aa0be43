"""Shares of a process's time: who keeps it busy waits while others want something, too.

A process does one thing at a time. Without shares, sixty requests at once from one client would
take sixty turns for each turn of somebody else's.
"""

import asyncio
import math
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Generator, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from errors import RateLimited

_MAX_AT_ONCE: Final = 4
"""Requests of one client that run at once, while it uses little time."""
_LITTLE: Final = 0.02
_MUCH: Final = 0.1
"""Seconds that a client may have used beyond its share. Up to _LITTLE, several of its requests run
at once; then one at a time; and from _MUCH on, it waits."""
_MOST: Final = 5.0
"""What is remembered at most, so that nobody waits for long."""
_MAX_WAITING: Final = 100
_MAX_WAIT: Final = 15.0
"""Seconds that a request waits."""
_RECHECK: Final = 0.25
"""Seconds after which a waiting client is looked at again, since others may have left."""
_RECENT: Final = 1.0
"""Seconds for which a client is active after its last request."""
_MAX_CLIENTS: Final = 10_000


@dataclass(slots=True)
class _Client:
    ahead: float = 0.0
    """Seconds used beyond the share, at `updated_at`."""
    updated_at: float = 0.0
    running: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    timer: asyncio.TimerHandle | None = None

    @property
    def is_idle(self) -> bool:
        return not self.running and not self.waiting


class FairShares:
    """Lets requests run when it is their clients' turn."""

    def __init__(self, share: float) -> None:
        """Let a client use `share` of the time while others are active; without a limit if 1.

        While they wait, clients have that share together, so that many of them take no more than
        one.
        """
        self._share = share
        self._queues = 0
        self._clients: OrderedDict[Hashable, _Client] = OrderedDict()
        self._seen_at: OrderedDict[Hashable, float] = OrderedDict()

    async def take(self, address: Hashable, credential: Hashable = None) -> "Turn":
        """Return when it is a request's turn. Raises RateLimited if that takes too long.

        Requests count for their address, and with a credential for that, too: it could be used from
        many addresses.
        """
        self._see(address)
        taken: list[Hashable] = []
        try:
            for key in (address,) if credential is None else (address, credential):
                client = self._client(key)
                if client.waiting or not self._may_run(client):
                    await self._wait(key, client)
                else:
                    client.running += 1
                taken.append(key)
        except BaseException:
            for key in taken:
                self._leave(key, 0.0)
            raise
        return Turn(self, taken)

    def _client(self, key: Hashable) -> _Client:
        client = self._clients.get(key)
        if client is None:
            client = self._clients[key] = _Client()
        self._clients.move_to_end(key)
        return client

    async def _wait(self, key: Hashable, client: _Client) -> None:
        if len(client.waiting) >= _MAX_WAITING:
            raise RateLimited(retry_after=math.ceil(_MAX_WAIT))
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues += not client.waiting
        client.waiting.append(turn)
        self._admit(client)
        try:
            async with asyncio.timeout(_MAX_WAIT):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._leave(key, 0.0)
            else:
                turn.cancel()
            if isinstance(error, TimeoutError):
                raise RateLimited(retry_after=math.ceil(_MAX_WAIT)) from None
            raise

    def _leave(self, key: Hashable, seconds: float) -> None:
        client = self._clients[key]
        client.running -= 1
        self._settle(client)
        # Who was alone doesn't pay for it later.
        most = _MOST if self._is_contended else _MUCH
        client.ahead = max(client.ahead, min(client.ahead + seconds, most))
        if client.waiting:
            self._admit(client)
        while len(self._clients) > _MAX_CLIENTS and next(iter(self._clients.values())).is_idle:
            self._clients.popitem(last=False)

    def _see(self, key: Hashable) -> None:
        self._seen_at[key] = time.monotonic()
        self._seen_at.move_to_end(key)
        if len(self._seen_at) > 2:  # noqa: PLR2004  # two suffice to know that nobody is alone
            self._seen_at.popitem(last=False)

    @property
    def _is_contended(self) -> bool:
        """Whether more than one client is active."""
        if len(self._seen_at) < 2:  # noqa: PLR2004  # as above
            return False
        earlier = next(iter(self._seen_at.values()))
        return earlier > time.monotonic() - _RECENT

    def _settle(self, client: _Client) -> None:
        now = time.monotonic()
        seconds = (now - client.updated_at) * self._share_of(client)
        client.ahead = max(0.0, client.ahead - seconds)
        client.updated_at = now

    def _share_of(self, client: _Client) -> float:
        return self._share / self._queues if client.waiting else self._share

    def _may_run(self, client: _Client) -> bool:
        if self._share >= 1 or not self._is_contended:
            return True
        self._settle(client)
        if client.ahead < _LITTLE:
            return client.running < _MAX_AT_ONCE
        return client.ahead < _MUCH and not client.running

    def _admit(self, client: _Client) -> None:
        """Let those run that are first in the queue, and look again later if some remain."""
        while client.waiting and (client.waiting[0].done() or self._may_run(client)):
            turn = client.waiting.popleft()
            self._queues -= not client.waiting
            if not turn.done():
                client.running += 1
                turn.set_result(None)
        if client.timer is not None:
            client.timer.cancel()
            client.timer = None
        if client.waiting:
            wait = max(0.005, (client.ahead - _MUCH) / self._share_of(client))
            loop = asyncio.get_running_loop()
            client.timer = loop.call_later(min(wait, _RECHECK), self._admit, client)


class Turn:
    """A request's turn."""

    def __init__(self, shares: FairShares, keys: Sequence[Hashable]) -> None:
        self._shares = shares
        self._keys = keys

    def end(self, seconds: float) -> None:
        """End the turn, in which the request has used `seconds` of the process's time.

        Has no effect when it has ended.
        """
        keys, self._keys = self._keys, ()
        for key in keys:
            self._shares._leave(key, seconds)  # its own part


class Meter:
    """Measures the time that `work` keeps the event loop busy, without the tasks it starts."""

    def __init__(self, work: Awaitable[None]) -> None:
        self.seconds = 0.0
        self._work = work

    def __await__(self) -> Generator[Any, Any, None]:
        """Run the work."""
        steps = self._work.__await__()
        advance: Any = steps.send
        value: Any = None
        while True:
            started = time.perf_counter()
            try:
                awaited = advance(value)
            except StopIteration:
                return
            finally:
                self.seconds += time.perf_counter() - started
            try:
                value = yield awaited
                advance = steps.send
            except BaseException as error:  # noqa: BLE001  # it is the work's, such as a cancellation
                advance, value = steps.throw, error
