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
    async with asyncio.timeout(5):
        await second
