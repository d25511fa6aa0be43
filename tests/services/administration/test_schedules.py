"""Schedules: each run is done once, whatever happens to the processes that do it."""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from models import EmailDelivery, MailKind, Schedule
from services.administration import schedules
from services.administration.schedules import Period, ScheduledWork, run_if_due
from services.email.morning_reminders import queue_morning_reminders
from tests.conftest import Backend
from tests.services.email.test_reminders import make_overdue
from tests.support.clients import EMAIL_LIMITS, Business
from tests.support.killed import killed

pytestmark = pytest.mark.usefixtures("portal_url")

_MONDAY: Final = datetime(2026, 3, 2, tzinfo=UTC)
_WEEK: Final = timedelta(days=7)
_STEP: Final = timedelta(minutes=15)
_names: Final = count(1)


class Killed(BaseException):
    """The end of a process that can't write anything any more."""


class Clock:
    """The database's clock, where a test sets it."""

    def __init__(self) -> None:
        self.now = _MONDAY

    async def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def until(self, end: datetime) -> Iterator[datetime]:
        """Go on step by step, and yield each time."""
        while self.now < end:
            self.now += _STEP
            yield self.now


class Diary:
    """Work that notes what it was for, and in which the process may be killed."""

    def __init__(self, **times: timedelta) -> None:
        self.done: list[Period] = []
        self.fate: BaseException | None = None
        """What happens to the run instead of an end."""
        self.work = ScheduledWork(name=f"diary {next(_names)}", run=self._run, **times)

    async def _run(self, period: Period) -> None:
        await asyncio.sleep(0)
        if self.fate is not None:
            raise self.fate
        self.done.append(period)


async def _poll(diary: Diary, clock: Clock) -> bool:
    """Look for work as two processes do at the same time; return whether it was done."""
    outcomes = await asyncio.gather(
        *(run_if_due(diary.work, clock) for _ in range(2)), return_exceptions=True
    )
    assert all(isinstance(outcome, bool | Killed) for outcome in outcomes)
    return True in outcomes


async def test_each_hour_of_a_week_is_done_once_although_processes_are_killed() -> None:
    clock, chance = Clock(), random.Random(20)
    diary = Diary(every=timedelta(hours=1), offset=timedelta(minutes=30))
    await _poll(diary, clock)
    for _ in clock.until(_MONDAY + _WEEK + timedelta(minutes=15)):
        # Whoever tries to make up for it before the hour is over may be killed, too.
        is_killed = clock.now.minute >= 30 and chance.random() < 0.4
        diary.fate = Killed() if is_killed else None
        await _poll(diary, clock)
    assert len(diary.done) == 7 * 24
    assert all(former.until == latter.since for former, latter in pairwise(diary.done))
    half_past = [period.until - timedelta(minutes=30) for period in diary.done]
    hours = [_MONDAY + timedelta(hours=hour) for hour in range(7 * 24)]
    assert [time.replace(minute=0) for time in half_past] == hours


async def test_what_was_missed_is_made_up_for_once() -> None:
    clock, diary = Clock(), Diary(every=timedelta(hours=1))
    await _poll(diary, clock)
    clock.now += timedelta(hours=1)
    assert await _poll(diary, clock)
    clock.now += timedelta(hours=9, minutes=20)
    assert await _poll(diary, clock)
    assert not await _poll(diary, clock)
    assert [period.until - period.since for period in diary.done] == [
        timedelta(hours=1),
        timedelta(hours=9, minutes=20),
    ]
    assert (await Schedule.get(name=diary.work.name)).due_at == _MONDAY + timedelta(hours=11)


async def test_a_run_that_failed_is_repeated_and_says_why() -> None:
    clock, diary = Clock(), Diary(every=timedelta(hours=1))
    await _poll(diary, clock)
    clock.now += timedelta(hours=1)
    diary.fate = RuntimeError("no luck")
    await _poll(diary, clock)
    failed = await Schedule.get(name=diary.work.name)
    assert (failed.failure, failed.failed_at, failed.succeeded_at) == ("no luck", clock.now, None)
    diary.fate = None
    assert not await _poll(diary, clock)
    clock.now += timedelta(minutes=10)
    assert await _poll(diary, clock)
    repeated = await Schedule.get(name=diary.work.name)
    assert (repeated.failure, repeated.succeeded_at) == (None, clock.now)
    assert repeated.seconds is not None


async def test_a_long_run_keeps_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "LEASE_TTL", timedelta(seconds=0.3))
    clock, begun, ended = Clock(), asyncio.Event(), asyncio.Event()

    async def run(_: Period) -> None:
        begun.set()
        await ended.wait()

    work = ScheduledWork(name=f"long {next(_names)}", run=run, every=timedelta(hours=1))
    assert not await run_if_due(work, clock)
    clock.now += timedelta(hours=1)
    running = asyncio.create_task(run_if_due(work, clock))
    await begun.wait()
    clock.now += timedelta(seconds=0.2)
    row = await Schedule.get(name=work.name)
    async with asyncio.timeout(10):
        while row.leased_until == _MONDAY + timedelta(hours=1, seconds=0.3):
            await asyncio.sleep(0.02)
            await row.refresh_from_db()
    clock.now += timedelta(seconds=0.2)
    assert not await run_if_due(work, clock)
    ended.set()
    assert await running


async def test_a_run_that_is_cancelled_is_left_to_others_at_once() -> None:
    clock, begun = Clock(), asyncio.Event()

    async def run(_: Period) -> None:
        begun.set()
        await asyncio.Event().wait()

    work = ScheduledWork(name=f"endless {next(_names)}", run=run, every=timedelta(hours=1))
    assert not await run_if_due(work, clock)
    clock.now += timedelta(hours=1)
    running = asyncio.create_task(run_if_due(work, clock))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await Schedule.get(name=work.name)).leased_until is None


# --- SIGKILL --------------------------------------------------------------------------------------

_ZONE: Final = "Pacific/Chatham"
"""Where it becomes morning at another time than for the companies of other tests."""
_DIE_IN_THE_SECOND_TRANSACTION: Final = """
from datetime import datetime
from itertools import count
from services.administration.schedules import run_if_due
from services.email import reminders
from tests.services.administration.test_schedules import morning_reminders

create, calls = reminders._create, count(1)

async def create_and_die(*args, **options):
    created = await create(*args, **options)
    if next(calls) == 2:
        die()
    return created

async def main(now):
    async def clock():
        return datetime.fromisoformat(now)

    reminders._create = create_and_die
    await run_if_due(morning_reminders, clock)
"""


async def _remind(period: Period) -> None:
    await queue_morning_reminders(period.since, period.until, EMAIL_LIMITS)


morning_reminders: Final = ScheduledWork(
    name="reminders of tests", run=_remind, every=timedelta(minutes=15)
)


async def test_what_a_killed_process_had_begun_is_finished_by_another_and_not_repeated(
    backend: Backend, business: Business
) -> None:
    await business.mutate(
        "updateCompany", "UpdateCompanyInput", "{ company { id } }", timeZone=_ZONE
    )
    for number in range(3):
        await make_overdue(business, f"{number}@customer.example", 9)
    queued = EmailDelivery.filter(company_id=business.company_id, kind=MailKind.REMINDER)

    clock = Clock()
    clock.now = datetime.now(ZoneInfo(_ZONE)).replace(hour=7, minute=50).astimezone(UTC)
    assert not await run_if_due(morning_reminders, clock)
    clock.now += timedelta(minutes=15)
    await killed(backend, _DIE_IN_THE_SECOND_TRANSACTION, clock.now.isoformat())
    assert await queued.count() == 1
    assert not await run_if_due(morning_reminders, clock)
    clock.now += schedules.LEASE_TTL
    assert await run_if_due(morning_reminders, clock)
    recipients = await queued.values_list("recipient", flat=True)
    assert sorted(map(str, recipients)) == [f"{number}@customer.example" for number in range(3)]
