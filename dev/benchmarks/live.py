"""Live events of the portal and of the floor: how to follow and publish them."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Final

import orjson

from dev.benchmarks.fanout import Delivery, deliver, open_followers
from dev.benchmarks.follower import Follower
from dev.benchmarks.queries import VIEWED_INVOICE, record_view_body
from dev.benchmarks.rounds import Comparison, compare
from dev.benchmarks.seed import SharedInvoice
from dev.benchmarks.stack import METRICS_TOKEN, Stack
from dev.benchmarks.wire import Connection, get, post

_PROTOCOL: Final = "graphql-transport-ws"
_JOIN_TIMEOUT: Final = 120.0
"""Seconds within which all followers must have joined, or left."""
SETTLE_SECONDS: Final = 0.5
"""Seconds until new followers have also looked up the position of the feed."""
_FOLLOWERS: Final = re.compile(rb"^invotify_followers (\S+)", re.MULTILINE)


async def compare_live(
    stack: Stack, invoice: SharedInvoice, *, followers: int, rounds: int, events: int
) -> Comparison[Delivery]:
    """Publish to followers of the portal and of the floor in alternation."""
    portal, floor = stack.live_portal, stack.live_floor
    async with (
        open_followers(followers, lambda note: follow_portal(stack, note)) as ours,
        open_followers(followers, lambda note: Follower.open(floor.port, "/live", note)) as theirs,
    ):
        record_view = post("/graphql", record_view_body(invoice.token))
        await wait_for_followers(portal.port, followers)
        # Not before: the portal closes connections that send nothing for ten seconds.
        publisher = await Connection.open(stack.portal.port)
        floor_publisher = await Connection.open(stack.floor.port)
        await ours.publish(lambda: publisher.send(record_view))
        # The floor forwards the same bytes that the portal sends.
        published = post("/publish", ours.sample)
        compared = await compare(
            rounds,
            lambda: deliver(portal, ours, lambda: publisher.send(record_view), events),
            lambda: deliver(floor, theirs, lambda: floor_publisher.send(published), events),
        )
    publisher.close()
    floor_publisher.close()
    await wait_for_followers(portal.port, 0)
    return compared


async def follow_portal(stack: Stack, note: Callable[[bytes], None]) -> Follower:
    """Return a new follower of the portal, which passes messages on to `note`."""
    acknowledged = asyncio.Event()

    def on_message(message: bytes) -> None:
        if b'"connection_ack"' in message:
            acknowledged.set()
        else:
            note(message)

    port = stack.live_portal.port
    follower = await Follower.open(port, "/graphql", on_message, protocol=_PROTOCOL)
    credential = {"authorization": f"Bearer {stack.api_key}"}
    follower.send(orjson.dumps({"type": "connection_init", "payload": credential}))
    await acknowledged.wait()
    subscription = {"id": "1", "type": "subscribe", "payload": {"query": VIEWED_INVOICE}}
    follower.send(orjson.dumps(subscription))
    return follower


async def wait_for_followers(port: int, followers: int) -> None:
    """Wait until the portal has so many followers, who know their position in the feed."""
    connection = await Connection.open(port)
    request = get("/metrics", headers=f"authorization: Bearer {METRICS_TOKEN}")
    deadline = time.monotonic() + _JOIN_TIMEOUT
    while (present := await _count_followers(connection, request)) != followers:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{present} of {followers} followers")
        await asyncio.sleep(0.05)
    connection.close()
    await asyncio.sleep(SETTLE_SECONDS)


async def _count_followers(connection: Connection, request: bytes) -> int:
    match = _FOLLOWERS.search(await connection.send(request))
    return int(float(match[1])) if match else 0
