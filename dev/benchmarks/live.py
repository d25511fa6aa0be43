"""How the portal and the floor are followed, and how they are told of an open."""

import asyncio
import re
from collections.abc import Callable
from typing import Final

import orjson

from dev.benchmarks.fanout import Delivery, audience_of, deliver
from dev.benchmarks.follower import Follower
from dev.benchmarks.queries import VIEWED_INVOICE, record_view_body
from dev.benchmarks.rounds import Compared, compare
from dev.benchmarks.seed import Shared
from dev.benchmarks.stack import Stack
from dev.benchmarks.wire import Connection, get, post

_PROTOCOL: Final = "graphql-transport-ws"
_SETTLED: Final = 0.5
"""Seconds in which those who have joined have also looked up where the feed stands."""
_FOLLOWERS: Final = re.compile(rb"^invotify_followers (\S+)", re.MULTILINE)


async def compare_live(
    stack: Stack, invoice: Shared, *, followers: int, rounds: int, events: int
) -> Compared[Delivery]:
    """Publish to as many followers of the portal and of the floor, in turns."""
    portal, floor = stack.portals[1], stack.floors[1]
    teller = await Connection.open(stack.portals[0].port)
    floor_teller = await Connection.open(stack.floors[0].port)
    async with (
        audience_of(followers, lambda note: _follow_portal(stack, note)) as ours,
        audience_of(followers, lambda note: Follower.open(floor.port, "/live", note)) as theirs,
    ):
        opened = post("/graphql", record_view_body(invoice.token))
        await _until_followed(portal.port, followers)
        await ours.expect(lambda: teller.send(opened))
        # The floor passes on the very bytes that the portal's followers get.
        published = post("/publish", ours.sample)
        compared = await compare(
            rounds,
            lambda: deliver(portal, ours, lambda: teller.send(opened), events),
            lambda: deliver(floor, theirs, lambda: floor_teller.send(published), events),
        )
    teller.close()
    floor_teller.close()
    await _until_followed(portal.port, 0)
    return compared


async def _follow_portal(stack: Stack, note: Callable[[bytes], None]) -> Follower:
    acknowledged = asyncio.Event()

    def on_message(message: bytes) -> None:
        if b'"connection_ack"' in message:
            acknowledged.set()
        else:
            note(message)

    port = stack.portals[1].port
    follower = await Follower.open(port, "/graphql", on_message, protocol=_PROTOCOL)
    credential = {"authorization": f"Bearer {stack.api_key}"}
    follower.send(orjson.dumps({"type": "connection_init", "payload": credential}))
    await acknowledged.wait()
    subscription = {"id": "1", "type": "subscribe", "payload": {"query": VIEWED_INVOICE}}
    follower.send(orjson.dumps(subscription))
    return follower


async def _until_followed(port: int, followers: int) -> None:
    connection = await Connection.open(port)
    async with asyncio.timeout(60):
        while True:
            found = _FOLLOWERS.search(await connection.send(get("/metrics")))
            if found and float(found[1]) == followers:
                break
            await asyncio.sleep(0.05)
    connection.close()
    await asyncio.sleep(_SETTLED)
