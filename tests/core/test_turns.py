"""Tasks that are ready at once leave the event loop to others in between."""

import asyncio

from core.turns import Turns


async def test_keys_alternate_and_others_run_in_between() -> None:
    turns, order = Turns(), list[str]()

    async def follow(key: str) -> None:
        await turns.take(key)
        order.append(key)

    async def serve() -> None:
        for _ in range(6):
            await asyncio.sleep(0)
        order.append("page")

    crowd = [asyncio.create_task(follow("crowd")) for _ in range(100)]
    await asyncio.gather(serve(), follow("single"), *crowd)
    assert order.index("single") < 10
    assert order.index("page") < 40
    assert len(order) == 102


async def test_cancelled_task_loses_its_turn_to_the_next() -> None:
    turns = Turns()
    first, second = (asyncio.create_task(turns.take("a")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    async with asyncio.timeout(30):
        await second


class Work:
    """Work of so many steps, each of which notes its name."""

    def __init__(self, turns: Turns, name: str, steps: int, taken: list[str]) -> None:
        self._turns, self._name, self._left, self._taken = turns, name, steps, taken

    def step(self) -> bool:
        """Take a step, and ask for the turn of the next."""
        self._taken.append(self._name)
        self._left -= 1
        if self._left:
            self._turns.call(self._name, self.step)
        return True


async def test_work_that_comes_alone_begins_at_once_and_goes_on_in_turn() -> None:
    turns, taken = Turns(), list[str]()
    for name in ("first", "second"):
        turns.call(name, Work(turns, name, 3, taken).step)
    assert taken == ["first"]
    for _ in range(10):
        await asyncio.sleep(0)
    assert taken == ["first", "first", "second", "first", "second", "second"]
