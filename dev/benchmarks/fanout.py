"""Fan-out: the time until every follower has received an event."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles

from dev.benchmarks.cpu import cpu_seconds
from dev.benchmarks.follower import Follower
from dev.benchmarks.load import Server

_DELIVERY_TIMEOUT = 60.0
"""Seconds until all followers must have received an event."""
_MAX_CONCURRENT = 20
"""Websockets to open at the same time."""


@dataclass
class FollowerGroup:
    """Records when each follower receives the current event."""

    size: int
    arrivals: list[float] = field(default_factory=list)
    sample: bytes = b""
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    def record(self, message: bytes) -> None:
        """Record a message if it is an event."""
        if b"viewedInvoice" not in message:
            return
        self.arrivals.append(time.perf_counter())
        self.sample = message
        if len(self.arrivals) >= self.size:
            self.complete.set()

    async def publish(self, publish: Callable[[], Awaitable[object]]) -> float:
        """Publish, wait until all followers have the event, and return the time of publishing."""
        self.arrivals.clear()
        self.complete.clear()
        started = time.perf_counter()
        async with asyncio.timeout(_DELIVERY_TIMEOUT):
            await publish()
            await self.complete.wait()
        return started


@dataclass(frozen=True, slots=True)
class Delivery:
    """Latencies and CPU time of several events. Latencies start before the publisher's request."""

    latencies: list[float]
    last: list[float]
    server_cpu: float
    client_cpu: float
    receipts: int

    @property
    def median_ms(self) -> float:
        """The median latency of all events and followers."""
        return median(self.latencies) * 1000

    @property
    def p99_ms(self) -> float:
        """The 99th percentile."""
        return quantiles(self.latencies, n=100, method="inclusive")[98] * 1000

    @property
    def last_ms(self) -> float:
        """The median latency of the last follower of each event."""
        return median(self.last) * 1000

    @property
    def server_us(self) -> float:
        """CPU time of the process with the websockets per receipt, in microseconds."""
        return self.server_cpu / self.receipts * 1e6

    @property
    def client_us(self) -> float:
        """CPU time of the load generator per receipt, in microseconds."""
        return self.client_cpu / self.receipts * 1e6


async def deliver(
    server: Server, group: FollowerGroup, publish: Callable[[], Awaitable[object]], events: int
) -> Delivery:
    """Publish events, each after all followers have received the one before."""
    latencies: list[float] = []
    last: list[float] = []
    server_cpu, client_cpu = cpu_seconds(server.pid), time.process_time()
    for _ in range(events):
        started = await group.publish(publish)
        latencies += [arrival - started for arrival in group.arrivals]
        last.append(max(group.arrivals) - started)
    return Delivery(
        latencies=latencies,
        last=last,
        server_cpu=cpu_seconds(server.pid) - server_cpu,
        client_cpu=time.process_time() - client_cpu,
        receipts=len(latencies),
    )


@asynccontextmanager
async def open_followers(
    size: int, join: Callable[[Callable[[bytes], None]], Awaitable[Follower]]
) -> AsyncGenerator[FollowerGroup, None]:
    """Open `size` followers, each with its own websocket."""
    group = FollowerGroup(size)
    followers: list[Follower] = []
    try:
        while (missing := size - len(followers)) > 0:
            joining = [join(group.record) for _ in range(min(missing, _MAX_CONCURRENT))]
            followers += await asyncio.gather(*joining)
        yield group
    finally:
        for follower in followers:
            follower.close()
