"""Background work: when it runs, what a failure does, and how it stops."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from core import background
from core.background import BackgroundTasks, PeriodicTask
from tests.support.clients import eventually


def _reached(runs: list[object], count: int) -> Callable[[], Awaitable[bool]]:
    async def reached() -> bool:
        return len(runs) >= count

    return reached


async def test_work_runs_after_each_interval() -> None:
    runs: list[object] = []

    async def work() -> None:
        runs.append(None)

    async with PeriodicTask("test", work, interval=0.01):
        assert runs == []
        await eventually(_reached(runs, 3))
    stopped_after = len(runs)
    await asyncio.sleep(0.05)
    assert len(runs) == stopped_after


async def test_waking_runs_work_at_once_and_never_twice_at_a_time() -> None:
    running, most, runs = 0, 0, 0

    async def work() -> None:
        nonlocal running, most, runs
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        runs += 1

    async def is_done() -> bool:
        return runs >= 2

    async with PeriodicTask("test", work, interval=3600) as task:
        task.wake()
        await asyncio.sleep(0.005)
        for _ in range(10):
            task.wake()
        await eventually(is_done)
        await asyncio.sleep(0.05)
    assert (most, runs) == (1, 2)


@pytest.mark.parametrize("interval", [0.01, None])
async def test_failed_run_is_repeated_and_logged_once(
    interval: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_RETRY_INTERVAL", 0.01)
    reasons = ["away", "away", "full", "full"]
    runs: list[object] = []

    async def work() -> None:
        runs.append(None)
        raise ConnectionError(reasons[min(len(runs), 4) - 1])

    with capture_logs() as logged:
        async with PeriodicTask("test", work, interval=interval) as task:
            task.wake()
            await eventually(_reached(runs, 4))
    assert [event["event"] for event in logged] == ["background.failed"] * 2


async def test_work_chooses_its_next_pause() -> None:
    runs: list[object] = []

    async def work() -> float | None:
        runs.append(None)
        return 0.01 if len(runs) < 3 else None

    async with PeriodicTask("test", work) as task:
        await asyncio.sleep(0.05)
        assert runs == []
        task.wake()
        await eventually(_reached(runs, 3))
        await asyncio.sleep(0.05)
    assert len(runs) == 3


async def test_stopping_lets_a_run_finish_within_the_timeout() -> None:
    steps: list[str] = []

    async def work() -> None:
        steps.append("began")
        await asyncio.sleep(0.03)
        steps.append("ended")

    async with PeriodicTask("test", work, shutdown_timeout=10) as task:
        task.wake()
        await asyncio.sleep(0.01)
    assert steps == ["began", "ended"]


async def test_stopping_cancels_until_it_is_heard() -> None:
    cancellations = 0

    async def work() -> None:
        nonlocal cancellations
        while cancellations < 2:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                cancellations += 1

    async with asyncio.timeout(30), PeriodicTask("test", work) as task:
        task.wake()
        await asyncio.sleep(0.01)
    assert cancellations == 2


async def test_background_work_outlives_its_caller() -> None:
    tasks = BackgroundTasks("test", shutdown_timeout=10)
    steps: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.02)
        steps.append("ended")

    await tasks.run(work(), wait=0.001)
    assert steps == []
    caller = asyncio.create_task(tasks.run(work(), wait=3600))
    await asyncio.sleep(0)
    caller.cancel()
    await tasks.stop()
    assert steps == ["ended", "ended"]


async def test_failure_of_background_work_does_not_reach_the_caller() -> None:
    tasks = BackgroundTasks("test", shutdown_timeout=0)

    async def fail() -> None:
        raise ZeroDivisionError

    await tasks.run(fail(), wait=5)


async def test_background_work_is_cancelled_after_the_shutdown_timeout() -> None:
    tasks = BackgroundTasks("test", shutdown_timeout=0.01)
    await tasks.run(asyncio.sleep(3600), wait=0)
    async with asyncio.timeout(30):
        await tasks.stop()
