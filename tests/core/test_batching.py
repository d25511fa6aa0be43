"""Callers share the work for a batch, and nothing else."""

import asyncio
from collections.abc import Sequence

import pytest

from core.batching import Batcher


class _Doubling:
    """Work that notes its batches, and fails for zero."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        self.begun.set()
        await asyncio.sleep(0)
        if 0 in numbers:
            raise ZeroDivisionError
        return [number * 2 for number in numbers]


async def test_those_that_come_during_the_work_form_batches_and_then_those_that_come_together() -> (
    None
):
    work = _Doubling()
    batcher = Batcher(work, most=3)
    assert await asyncio.gather(*map(batcher.run, range(1, 7))) == [2, 4, 6, 8, 10, 12]
    assert await asyncio.gather(*map(batcher.run, (7, 8))) == [14, 16]
    assert work.batches == [[1], [2, 3, 4], [5, 6], [7, 8]]


async def test_one_that_comes_alone_waits_for_nobody() -> None:
    work = _Doubling()
    alone = asyncio.create_task(Batcher(work, most=3).run(1))
    await asyncio.sleep(0)
    assert work.batches == [[1]]
    assert await alone == 2


async def test_an_error_is_raised_for_its_whole_batch_and_no_other() -> None:
    batcher = Batcher(_Doubling(), most=3)
    outcomes = await asyncio.gather(*map(batcher.run, (1, 2, 0, 3, 4)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes[1:4]] == [ZeroDivisionError] * 3
    assert [outcomes[0], outcomes[4]] == [2, 8]


@pytest.mark.parametrize("silent_batch", [1, 2])
@pytest.mark.parametrize("together", [1, 2])
async def test_nobody_waits_twice_for_silence(together: int, silent_batch: int) -> None:
    batches, begun, others_wait = 0, asyncio.Event(), asyncio.Event()

    async def work(numbers: Sequence[int]) -> Sequence[int]:
        nonlocal batches
        batches += 1
        begun.set()
        await others_wait.wait()
        if batches == silent_batch:
            raise TimeoutError
        return numbers

    batcher = Batcher(work, most=2)
    first = asyncio.gather(*map(batcher.run, range(together)), return_exceptions=True)
    await begun.wait()
    later = asyncio.gather(*map(batcher.run, range(6)), return_exceptions=True)
    await asyncio.sleep(0)
    others_wait.set()
    assert {type(outcome) for outcome in await later} == {TimeoutError}
    first_type = TimeoutError if silent_batch == 1 else int
    # The first one is alone, and the second waits for it.
    assert [type(outcome) for outcome in await first] == [first_type, TimeoutError][:together]
    assert await asyncio.gather(*map(batcher.run, range(3))) == [0, 1, 2]


@pytest.mark.parametrize("leaving", [0, 1, 2])
@pytest.mark.parametrize("has_begun", [False, True])
@pytest.mark.parametrize("at_once", [1, 2])
async def test_a_caller_that_is_cancelled_takes_nobody_along(
    leaving: int, has_begun: bool, at_once: int
) -> None:
    work = _Doubling()
    batcher = Batcher(work, most=3, at_once=at_once)
    callers = [asyncio.create_task(batcher.run(number)) for number in range(1, 5)]
    await (work.begun.wait() if has_begun else asyncio.sleep(0))
    callers[leaving].cancel()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert isinstance(outcomes.pop(leaving), asyncio.CancelledError)
    assert outcomes == [number * 2 for number in range(1, 5) if number != leaving + 1]
    assert await batcher.run(5) == 10


async def test_batches_that_may_run_at_once_are_not_held_up_by_a_slow_one() -> None:
    slow, work = asyncio.Event(), _Doubling()

    async def double(numbers: Sequence[int]) -> list[int]:
        if 1 in numbers:
            await slow.wait()
        return await work(numbers)

    batcher = Batcher(double, most=2, at_once=2)
    first = asyncio.create_task(batcher.run(1))
    await asyncio.sleep(0)
    assert await asyncio.gather(*map(batcher.run, (2, 3, 4))) == [4, 6, 8]
    slow.set()
    assert await first == 2
    assert work.batches == [[2, 3], [4], [1]]


async def test_whoever_comes_first_does_not_wait_for_others_if_they_need_not_wait_either() -> None:
    work = _Doubling()
    batcher = Batcher(work, most=3, at_once=2)
    assert await asyncio.gather(*map(batcher.run, (1, 2, 3))) == [2, 4, 6]
    assert work.batches == [[1], [2, 3]]
