"""Invoices fetched as PDFs from a serving portal, and how queries fare there meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median, quantiles
from typing import Final

from dev.benchmarks.load import Server
from dev.benchmarks.queries import INVOICE, reading_body
from dev.benchmarks.seed import Shared
from dev.benchmarks.wire import Connection, get, post

_AT_ONCE: Final = 4
"""Who fetch documents, each one after the other."""
_READERS: Final = 4
_RATE: Final = 20.0
"""Queries a second by all readers together: few enough not to load the server by themselves."""


@dataclass(frozen=True, slots=True)
class Round:
    """Documents fetched in a round, with the queries before and meanwhile; seconds."""

    elapsed: float
    documents: list[float]
    quiet: list[float]
    busy: list[float]


@dataclass(frozen=True, slots=True)
class Served:
    """The rounds that count."""

    rounds: list[Round]

    @property
    def per_second(self) -> float:
        """Documents a second."""
        return median(len(each.documents) / each.elapsed for each in self.rounds)

    @property
    def document_ms(self) -> tuple[float, float]:
        """Median and 99th percentile of what a document takes, in milliseconds."""
        taken = [seconds for each in self.rounds for seconds in each.documents]
        return median(taken) * 1000, quantiles(taken, n=100)[-1] * 1000

    @property
    def query_ms(self) -> tuple[float, float]:
        """Median of what a query takes, without documents and with them, in milliseconds."""
        quiet = [seconds for each in self.rounds for seconds in each.quiet]
        busy = [seconds for each in self.rounds for seconds in each.busy]
        return median(quiet) * 1000, median(busy) * 1000

    @property
    def slower(self) -> float:
        """How many times as long a query takes in its median: the median of the rounds' ratios."""
        return median(median(each.busy) / median(each.quiet) for each in self.rounds)


async def serve(
    server: Server, invoices: Sequence[Shared], *, rounds: int, seconds: float
) -> Served:
    """Fetch every invoice once, in as many rounds after one that does not count.

    In each round the queries run by themselves first, for `seconds`.
    """
    batch = len(invoices) // (rounds + 1)
    requests = iter([get(f"/invoice/{invoice.token}.pdf") for invoice in invoices])
    queries = cycle([post("/graphql", reading_body(INVOICE, each.token)) for each in invoices])
    fetchers = [await Connection.open(server.port) for _ in range(_AT_ONCE)]
    readers = [await Connection.open(server.port) for _ in range(_READERS)]
    try:
        measured = [
            await _round(fetchers, readers, islice(requests, batch), queries, seconds)
            for _ in range(rounds + 1)
        ]
    finally:
        for connection in (*fetchers, *readers):
            connection.close()
    return Served(measured[1:])


async def _round(
    fetchers: Sequence[Connection],
    readers: Sequence[Connection],
    requests: Iterator[bytes],
    queries: Iterator[bytes],
    seconds: float,
) -> Round:
    quiet = await _read(readers, queries, lambda: asyncio.sleep(seconds))
    taken: list[float] = []
    started = time.perf_counter()

    async def fetch_all() -> float:
        await asyncio.gather(*(_fetch(fetcher, requests, taken) for fetcher in fetchers))
        return time.perf_counter() - started

    fetching = asyncio.create_task(fetch_all())
    busy = await _read(readers, queries, lambda: fetching)
    return Round(await fetching, taken, quiet, busy)


async def _fetch(fetcher: Connection, requests: Iterator[bytes], taken: list[float]) -> None:
    for request in requests:
        started = time.perf_counter()
        body = await fetcher.send(request)
        taken.append(time.perf_counter() - started)
        assert body.startswith(b"%PDF-"), body[:100]


async def _read(
    readers: Sequence[Connection],
    queries: Iterator[bytes],
    until: Callable[[], Awaitable[object]],
) -> list[float]:
    """Return how long each query took that was sent until something ended."""
    taken: list[float] = []
    ended = asyncio.Event()
    reading = [
        asyncio.create_task(_read_at_rate(reader, queries, at, ended, taken))
        for at, reader in enumerate(readers)
    ]
    try:
        await until()
    finally:
        ended.set()
        await asyncio.gather(*reading)
    return taken


async def _read_at_rate(
    reader: Connection,
    queries: Iterator[bytes],
    turn: int,
    ended: asyncio.Event,
    taken: list[float],
) -> None:
    """Send a query whenever it is this reader's turn; they take turns."""
    due = time.perf_counter() + turn / _RATE
    while True:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        if ended.is_set():
            return
        started = time.perf_counter()
        await reader.send(next(queries))
        taken.append(time.perf_counter() - started)
        due = max(due + _READERS / _RATE, started)
