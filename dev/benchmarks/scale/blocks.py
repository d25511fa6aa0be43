"""How many blocks of the database something reads, and how long the database works on it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import asyncpg

from db.connections import connection
from db.postgres_pool import ConnectionPool

_WARM_UP: Final = 6
"""Runs that don't count. PostgreSQL plans a statement for any values from the sixth on."""
_RUNS: Final = 3
_QUICK_RUNS: Final = 5
"""More than the pool has connections, each of which reads the catalog for its first plan."""
_SLOW: Final = 5_000
"""Milliseconds from which something is only run once."""
_QUIET: Final = 3
"""Looks in a row at which no connection may be in use."""
_PAUSE: Final = 0.005
"""Seconds between them."""
_COUNTERS: Final = """
    SELECT blks_hit + blks_read AS blocks, active_time FROM pg_stat_database WHERE datname = $1
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What something costs at least."""

    blocks: int
    """Blocks that the database read, from memory or not."""
    database_ms: float
    ms: float
    """Milliseconds until it was done."""


class BlockCounter:
    """Counts what this process's portal reads. Nothing else may use the database."""

    def __init__(self, observer: asyncpg.Connection, database: str) -> None:
        """Look at the database through a connection to another one."""
        self._observer = observer
        self._database = database

    async def measure(
        self, work: Callable[[], Awaitable[object]], *, quickly: bool = False
    ) -> Cost:
        """Return what `work` costs, once everything is cached that can be.

        `quickly`: only what was read before is cached.
        """
        costs = [await self._run(work)]
        if quickly:
            costs = [await self._run(work) for _ in range(_QUICK_RUNS)]
        elif costs[0].ms < _SLOW:
            for _ in range(_WARM_UP):
                await work()
            costs = [await self._run(work) for _ in range(_RUNS)]
        return Cost(
            blocks=min(cost.blocks for cost in costs),
            database_ms=min(cost.database_ms for cost in costs),
            ms=min(cost.ms for cost in costs),
        )

    async def _run(self, work: Callable[[], Awaitable[object]]) -> Cost:
        blocks, active = await self._counters()
        started = time.perf_counter()
        await work()
        ms = (time.perf_counter() - started) * 1000
        more_blocks, more_active = await self._counters()
        return Cost(blocks=more_blocks - blocks, database_ms=more_active - active, ms=ms)

    async def _counters(self) -> tuple[int, float]:
        await flush_statistics()
        row = await self._observer.fetchrow(_COUNTERS, self._database)
        return row["blocks"], row["active_time"]


async def flush_statistics() -> None:
    """Have each open connection of the pool report what it has read, once all are back.

    Opens are recorded after the response.
    """
    pool = getattr(connection(), "_pool", None)
    assert isinstance(pool, ConnectionPool)
    for _ in range(_QUIET):
        await asyncio.sleep(_PAUSE)
        while pool.get_idle_size() < pool.get_size():  # noqa: ASYNC110  # nothing signals it
            await asyncio.sleep(_PAUSE)
    idle = [await pool.acquire() for _ in range(pool.get_idle_size())]
    for each in idle:
        await each.execute("SELECT pg_stat_force_next_flush()")
        await pool.release(each)
