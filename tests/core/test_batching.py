"""Callers share the work for a batch, and nothing else."""

import asyncio
from collections.abc import Sequence

import pytest

from core.batching import Batcher


class _Doubling:
    """Work that notes its batches, and fails for zero."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        await asyncio.sleep(0)
        if 0 in numbers:
            raise ZeroDivisionError
        return [number * 2 for number in numbers]


async def test_those_that_come_during_the_work_form_the_next_batches() -> None:
    work = _Doubling()
    batcher = Batcher(work, most=3)
    assert await asyncio.gather(*map(batcher.run, range(1, 7))) == [2, 4, 6, 8, 10, 12]
    assert await batcher.run(7) == 14
    assert work.batches == [[1], [2, 3, 4], [5, 6], [7]]


async def test_an_error_is_raised_for_its_whole_batch_and_no_other() -> None:
    batcher = Batcher(_Doubling(), most=3)
    outcomes = await asyncio.gather(*map(batcher.run, (1, 2, 0, 3, 4)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes[1:4]] == [ZeroDivisionError] * 3
    assert (outcomes[0], outcomes[4]) == (2, 8)


@pytest.mark.parametrize("silent_batch", [1, 2])
async def test_nobody_waits_twice_for_silence(silent_batch: int) -> None:
    batches = 0

    async def work(numbers: Sequence[int]) -> Sequence[int]:
        nonlocal batches
        batches += 1
        await asyncio.sleep(0)
        if batches == silent_batch:
            raise TimeoutError
        return numbers

    batcher = Batcher(work, most=2)
    outcomes = await asyncio.gather(*map(batcher.run, range(6)), return_exceptions=True)
    answered = [0] if silent_batch == 2 else []
    assert [outcome for outcome in outcomes if not isinstance(outcome, TimeoutError)] == answered
    assert await asyncio.gather(*map(batcher.run, range(3))) == [0, 1, 2]


@pytest.mark.parametrize("leaving", [0, 1, 2])
async def test_a_caller_that_is_cancelled_takes_nobody_along(leaving: int) -> None:
    batcher = Batcher(_Doubling(), most=3)
    callers = [asyncio.create_task(batcher.run(number)) for number in range(1, 5)]
    await asyncio.sleep(0)
    callers[leaving].cancel()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert isinstance(outcomes.pop(leaving), asyncio.CancelledError)
    assert outcomes == [number * 2 for number in range(1, 5) if number != leaving + 1]
    assert await batcher.run(5) == 10
