"""Downloads of PDFs from a serving portal, and their effect on queries."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median, quantiles
from typing import Final

from dev.benchmarks.load import Server
from dev.benchmarks.queries import INVOICE, reading_body
from dev.benchmarks.seed import SharedInvoice
from dev.benchmarks.wire import Connection, get, post

_DOWNLOADERS: Final = 4
_READERS: Final = 4
_RATE: Final = 20.0
"""Queries per second of all readers together, too few to load the server."""


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds that downloads took in a round, and queries before them and during them."""

    elapsed: float
    documents: list[float]
    quiet: list[float]
    busy: list[float]


@dataclass(frozen=True, slots=True)
class Served:
    """The rounds, without the first."""

    rounds: list[Round]

    @property
    def per_second(self) -> float:
        """Documents per second."""
        return median(len(each.documents) / each.elapsed for each in self.rounds)

    @property
    def document_ms(self) -> tuple[float, float]:
        """The median and 99th percentile of a download, in milliseconds."""
        durations = [seconds for each in self.rounds for seconds in each.documents]
        return median(durations) * 1000, quantiles(durations, n=100)[-1] * 1000

    @property
    def query_ms(self) -> tuple[float, float]:
        """The median of a query without downloads and during them, in milliseconds."""
        quiet = [seconds for each in self.rounds for seconds in each.quiet]
        busy = [seconds for each in self.rounds for seconds in each.busy]
        return median(quiet) * 1000, median(busy) * 1000

    @property
    def slower(self) -> float:
        """The median over the rounds of how much longer a query takes during downloads."""
        return median(median(each.busy) / median(each.quiet) for each in self.rounds)


async def serve(
    server: Server, invoices: Sequence[SharedInvoice], *, rounds: int, seconds: float
) -> Served:
    """Download every invoice once, in rounds of which the first does not count.

    In each round, queries run alone for `seconds` first.
    """
    batch = len(invoices) // (rounds + 1)
    requests = iter([get(f"/invoice/{invoice.token}.pdf") for invoice in invoices])
    queries = cycle([post("/graphql", reading_body(INVOICE, each.token)) for each in invoices])
    downloaders = [await Connection.open(server.port) for _ in range(_DOWNLOADERS)]
    readers = [await Connection.open(server.port) for _ in range(_READERS)]
    try:
        measured = [
            await _round(downloaders, readers, islice(requests, batch), queries, seconds)
            for _ in range(rounds + 1)
        ]
    finally:
        for connection in (*downloaders, *readers):
            connection.close()
    return Served(measured[1:])


async def _round(
    downloaders: Sequence[Connection],
    readers: Sequence[Connection],
    requests: Iterator[bytes],
    queries: Iterator[bytes],
    seconds: float,
) -> Round:
    quiet = await _read(readers, queries, lambda: asyncio.sleep(seconds))
    durations: list[float] = []
    started = time.perf_counter()

    async def download_all() -> float:
        await asyncio.gather(
            *(_download(downloader, requests, durations) for downloader in downloaders)
        )
        return time.perf_counter() - started

    downloading = asyncio.create_task(download_all())
    busy = await _read(readers, queries, lambda: downloading)
    return Round(elapsed=await downloading, documents=durations, quiet=quiet, busy=busy)


async def _download(
    downloader: Connection, requests: Iterator[bytes], durations: list[float]
) -> None:
    for request in requests:
        started = time.perf_counter()
        body = await downloader.send(request)
        durations.append(time.perf_counter() - started)
        assert body.startswith(b"%PDF-"), body[:100]


async def _read(
    readers: Sequence[Connection],
    queries: Iterator[bytes],
    until: Callable[[], Awaitable[object]],
) -> list[float]:
    """Return the seconds of each query sent before `until` ends."""
    durations: list[float] = []
    is_over = asyncio.Event()
    reading = [
        asyncio.create_task(_read_at_rate(reader, queries, at, is_over, durations))
        for at, reader in enumerate(readers)
    ]
    try:
        await until()
    finally:
        is_over.set()
        await asyncio.gather(*reading)
    return durations


async def _read_at_rate(
    reader: Connection,
    queries: Iterator[bytes],
    turn: int,
    is_over: asyncio.Event,
    durations: list[float],
) -> None:
    """Send queries at this reader's share of the rate."""
    due = time.perf_counter() + turn / _RATE
    while True:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        if is_over.is_set():
            return
        started = time.perf_counter()
        await reader.send(next(queries))
        durations.append(time.perf_counter() - started)
        due = max(due + _READERS / _RATE, started)
