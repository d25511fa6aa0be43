"""One open, many who follow: how long until each of them has heard of it."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles

from dev.benchmarks.cpu import cpu_seconds
from dev.benchmarks.follower import Follower
from dev.benchmarks.load import Server

_PATIENCE = 60.0
"""Seconds in which an event must have reached everybody."""
_AT_ONCE = 20
"""Websockets that are opened at the same time."""


@dataclass
class Audience:
    """Notes when each follower has got the event that is on its way."""

    size: int
    arrivals: list[float] = field(default_factory=list)
    sample: bytes = b""
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, message: bytes) -> None:
        """Take a message; what is not an event is not meant."""
        if b"viewedInvoice" not in message:
            return
        self.arrivals.append(time.perf_counter())
        self.sample = message
        if len(self.arrivals) >= self.size:
            self.complete.set()

    async def expect(self, publish: Callable[[], Awaitable[object]]) -> float:
        """Publish, wait until everybody has the event, and return when it was asked for."""
        self.arrivals.clear()
        self.complete.clear()
        started = time.perf_counter()
        async with asyncio.timeout(_PATIENCE):
            await publish()
            await self.complete.wait()
        return started


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a number of events came to. Milliseconds run from before the publisher's request."""

    latencies: list[float]
    last: list[float]
    server_cpu: float
    client_cpu: float
    receipts: int

    @property
    def median_ms(self) -> float:
        """Until half of the receipts of all events were in."""
        return median(self.latencies) * 1000

    @property
    def p99_ms(self) -> float:
        """Until 99 of 100 were in."""
        return quantiles(self.latencies, n=100, method="inclusive")[98] * 1000

    @property
    def last_ms(self) -> float:
        """Until the last follower had an event, for half of the events."""
        return median(self.last) * 1000

    @property
    def server_us(self) -> float:
        """Microseconds of processor time of the process with the websockets, per receipt."""
        return self.server_cpu / self.receipts * 1e6

    @property
    def client_us(self) -> float:
        """The same of the load generator."""
        return self.client_cpu / self.receipts * 1e6


async def deliver(
    server: Server, audience: Audience, publish: Callable[[], Awaitable[object]], events: int
) -> Delivery:
    """Publish `events`, each once the one before has reached everybody."""
    latencies: list[float] = []
    last: list[float] = []
    server_cpu, client_cpu = cpu_seconds(server.pid), time.process_time()
    for _ in range(events):
        started = await audience.expect(publish)
        latencies += [arrival - started for arrival in audience.arrivals]
        last.append(max(audience.arrivals) - started)
    return Delivery(
        latencies=latencies,
        last=last,
        server_cpu=cpu_seconds(server.pid) - server_cpu,
        client_cpu=time.process_time() - client_cpu,
        receipts=len(latencies),
    )


@asynccontextmanager
async def audience_of(
    size: int, join: Callable[[Callable[[bytes], None]], Awaitable[Follower]]
) -> AsyncGenerator[Audience, None]:
    """Yield `size` followers, each on a websocket of its own."""
    audience = Audience(size)
    followers: list[Follower] = []
    try:
        while (missing := size - len(followers)) > 0:
            joining = [join(audience.note) for _ in range(min(missing, _AT_ONCE))]
            followers += await asyncio.gather(*joining)
        yield audience
    finally:
        for follower in followers:
            follower.close()
