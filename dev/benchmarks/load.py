"""Load on several connections for some time, and its cost in CPU time."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

from dev.benchmarks.cpu import cpu_seconds
from dev.benchmarks.wire import Connection


@dataclass(frozen=True, slots=True)
class Server:
    """A server process; the CPU time of its children counts as well."""

    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Round:
    """The result of a round of load."""

    requests: int
    seconds: float
    server_cpu: float
    client_cpu: float

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    @property
    def server_ms(self) -> float:
        """CPU time of the server per request, in milliseconds."""
        return self.server_cpu / self.requests * 1000

    @property
    def client_ms(self) -> float:
        """CPU time of the load generator per request, in milliseconds."""
        return self.client_cpu / self.requests * 1000


async def load(
    server: Server, requests: Iterator[bytes], *, concurrency: int, seconds: float
) -> Round:
    """Send requests for `seconds` on `concurrency` connections, one at a time on each."""
    connections = [await Connection.open(server.port) for _ in range(concurrency)]
    try:
        await asyncio.gather(*(connection.send(next(requests)) for connection in connections))
        server_cpu, client_cpu = cpu_seconds(server.pid), time.process_time()
        started = time.perf_counter()
        counts = await asyncio.gather(
            *(_send_until(started + seconds, connection, requests) for connection in connections)
        )
        return Round(
            requests=sum(counts),
            seconds=time.perf_counter() - started,
            server_cpu=cpu_seconds(server.pid) - server_cpu,
            client_cpu=time.process_time() - client_cpu,
        )
    finally:
        for connection in connections:
            connection.close()


async def _send_until(deadline: float, connection: Connection, requests: Iterator[bytes]) -> int:
    sent = 0
    while time.perf_counter() < deadline:
        await connection.send(next(requests))
        sent += 1
    return sent
