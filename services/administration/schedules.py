"""Schedules: periodic work without cron, which one process of all does at a time.

A process takes a lease on a run, by the database's clock, and renews it while the work is going
on. If the process dies, another one repeats the run when the lease has ended. What was missed while
no process ran is made up for by one run.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, Self, TypeAlias

from structlog import get_logger

from core.background import PeriodicTask
from db.statements import database_time, execute, fetch, instant_of
from db.transactions import transactional
from services.administration.listings import listed

LEASE_TTL: Final = timedelta(minutes=2)
_POLL_INTERVAL: Final = 20.0
"""Seconds between two looks at what is due."""
_RETRY_AFTER: Final = timedelta(minutes=10)
"""When a run that failed is repeated, if the next one isn't due before."""
_SHUTDOWN_TIMEOUT: Final = 5.0
_MAX_FAILURE: Final = 1000
"""Characters that are kept of a failure."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Clock: TypeAlias = Callable[[], Awaitable[datetime]]

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Period:
    """What a run is for: whatever became due after `since`, until now."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledWork:
    """Work that is done again and again, at times that are counted from midnight UTC."""

    name: str
    run: Callable[[Period], Awaitable[None]]
    every: timedelta
    offset: timedelta = timedelta(0)

    def next_due(self, now: datetime) -> datetime:
        """Return the first time after `now` at which it is due."""
        passed = (now - _EPOCH - self.offset) // self.every
        return _EPOCH + self.offset + (passed + 1) * self.every


@dataclass(frozen=True, slots=True)
class _Run:
    """A run that this process does."""

    work: ScheduledWork
    lease: int
    period: Period


class Scheduler:
    """Does what is due, as long as it is open."""

    def __init__(self, works: Sequence[ScheduledWork]) -> None:
        self._works = works
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start. Each schedule has a task of its own, so none waits for another."""
        for work in self._works:
            task = PeriodicTask(
                f"schedule {work.name}",
                partial(_poll, work),
                interval=_POLL_INTERVAL,
                shutdown_timeout=_SHUTDOWN_TIMEOUT,
            )
            await self._stack.enter_async_context(task)
            task.wake()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop. After 5 seconds, a run is left to other processes, or to the next start."""
        await self._stack.aclose()


async def list_schedules() -> AsyncIterator[Mapping[str, Any]]:
    """Yield the schedules of this database, by name."""
    for row in await fetch(
        "SELECT name, due_at, started_at, succeeded_at, failed_at, seconds, failure"
        " FROM schedule ORDER BY name"
    ):
        yield listed(row)


async def _poll(work: ScheduledWork) -> None:
    await run_if_due(work)


async def run_if_due(work: ScheduledWork, clock: Clock = database_time) -> bool:
    """Do the work if it is due and no other process does it now; return whether it was done.

    Tests pass a `clock` in place of the database's.
    """
    run = await _take(work, await clock())
    if run is None:
        return False
    renewal = PeriodicTask(
        "renew a schedule's lease",
        partial(_renew, run, clock),
        interval=LEASE_TTL.total_seconds() / 3,
    )
    began_at = time.monotonic()
    try:
        async with renewal:
            await work.run(run.period)
    except asyncio.CancelledError:
        await _release(run)
        raise
    except Exception as error:
        log.exception("schedule.failed", schedule=work.name)
        failure = (str(error) or repr(error))[:_MAX_FAILURE]
        await _fail(run, await clock(), time.monotonic() - began_at, failure)
        return False
    seconds = time.monotonic() - began_at
    await _succeed(run, await clock(), seconds)
    log.info("schedule.finished", schedule=work.name, seconds=round(seconds, 3))
    return True


async def _take(work: ScheduledWork, now: datetime) -> _Run | None:
    """Take the lease of a run that is due, or return None if there is none."""
    rows = await fetch(
        "UPDATE schedule SET lease = lease + 1, leased_until = $1, started_at = $2"
        " WHERE name = $3 AND due_at <= $2 AND (leased_until IS NULL OR leased_until <= $2)"
        " RETURNING lease, done_until",
        now + LEASE_TTL,
        now,
        work.name,
    )
    if not rows:
        await _create(work, now)
        return None
    done_until = rows[0]["done_until"]
    since = now - work.every if done_until is None else instant_of(done_until)
    return _Run(work, rows[0]["lease"], Period(since=since, until=now))


async def _create(work: ScheduledWork, now: datetime) -> None:
    """Write the schedule's row, if there is none. Its first run is due at its next time."""
    await execute(
        "INSERT INTO schedule (name, due_at, lease) SELECT $1, $2, 0"
        " WHERE NOT EXISTS (SELECT 1 FROM schedule WHERE name = $3) ON CONFLICT DO NOTHING",
        work.name,
        work.next_due(now),
        work.name,
    )


async def _renew(run: _Run, clock: Clock) -> None:
    await execute(
        "UPDATE schedule SET leased_until = $1 WHERE name = $2 AND lease = $3",
        await clock() + LEASE_TTL,
        run.work.name,
        run.lease,
    )


@transactional
async def _succeed(run: _Run, now: datetime, seconds: float) -> None:
    await execute(
        "UPDATE schedule SET leased_until = NULL, finished_at = $1, succeeded_at = $1,"
        " done_until = $2, due_at = $3, seconds = $4, failure = NULL"
        " WHERE name = $5 AND lease = $6",
        now,
        run.period.until,
        run.work.next_due(now),
        seconds,
        run.work.name,
        run.lease,
    )


@transactional
async def _fail(run: _Run, now: datetime, seconds: float, failure: str) -> None:
    await execute(
        "UPDATE schedule SET leased_until = NULL, finished_at = $1, failed_at = $1, due_at = $2,"
        " seconds = $3, failure = $4 WHERE name = $5 AND lease = $6",
        now,
        min(now + _RETRY_AFTER, run.work.next_due(now)),
        seconds,
        failure,
        run.work.name,
        run.lease,
    )


@transactional
async def _release(run: _Run) -> None:
    """Let another process repeat the run at once."""
    await execute(
        "UPDATE schedule SET leased_until = NULL WHERE name = $1 AND lease = $2",
        run.work.name,
        run.lease,
    )
