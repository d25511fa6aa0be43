"""A semaphore lets callers in one after the other, and nobody waits for ever."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.semaphores import Semaphore


async def test_those_who_wait_are_let_in_in_the_order_in_which_they_came() -> None:
    places, order = Semaphore(1), list[int]()

    async def visit(number: int) -> None:
        await places.acquire(5)
        order.append(number)
        await asyncio.sleep(0)
        places.release()

    await asyncio.gather(*(visit(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]


async def test_whoever_comes_later_does_not_take_the_place_of_one_who_waits() -> None:
    places, order = Semaphore(1), list[str]()

    async def visit(name: str) -> None:
        await places.acquire(5)
        order.append(name)

    await places.acquire(5)
    waiting = asyncio.create_task(visit("waiting"))
    await asyncio.sleep(0)
    places.release()
    later = asyncio.create_task(visit("later"))
    await waiting
    places.release()
    await later
    assert order == ["waiting", "later"]


async def test_a_wait_has_a_limit() -> None:
    places = Semaphore(1)
    await places.acquire(5)
    with pytest.raises(TimeoutError):
        await places.acquire(0.01)
    places.release()
    await places.acquire(0)


@given(steps=st.lists(st.sampled_from(["come", "leave", "cancel", "time out", "run"]), max_size=30))
def test_no_place_is_lost_and_none_is_taken_twice(steps: list[str]) -> None:
    async def take_steps() -> None:
        places, inside, tasks = Semaphore(2), list[object](), list[asyncio.Task[None]]()

        async def come(seconds: float) -> None:
            await places.acquire(seconds)
            inside.append(None)

        for number, step in enumerate(steps):
            if step in ("come", "time out"):
                tasks.append(asyncio.create_task(come(5 if step == "come" else 0)))
            elif step == "leave" and inside:
                inside.pop()
                places.release()
            elif step == "cancel" and tasks:
                tasks[number % len(tasks)].cancel()
            elif step == "run":
                await asyncio.sleep(0)
            assert len(inside) <= 2
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _ in inside:
            places.release()
        await places.acquire(0)
        await places.acquire(0)
        with suppress(TimeoutError):
            await places.acquire(0)
            raise AssertionError("There are only two places.")

    asyncio.run(take_steps())
