"""What followers cost before anything happens: joining, and the memory that they hold."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from dev.benchmarks.cpu import cpu_seconds
from dev.benchmarks.fanout import open_followers
from dev.benchmarks.follower import Follower
from dev.benchmarks.live import SETTLE_SECONDS, follow_portal, wait_for_followers
from dev.benchmarks.load import Server
from dev.benchmarks.rounds import Comparison, compare
from dev.benchmarks.stack import Stack

_PAGE_BYTES: Final = 4096

Join = Callable[[Callable[[bytes], None]], Awaitable[Follower]]


@dataclass(frozen=True, slots=True)
class Joined:
    """What each follower that joined cost."""

    cpu_us: float
    kib: float


@dataclass(frozen=True, slots=True)
class _Side:
    """A server, how to join it, and how to wait until so many have joined."""

    server: Server
    join: Join
    wait: Callable[[int], Awaitable[None]]


async def compare_joining(stack: Stack, *, followers: int, rounds: int) -> Comparison[Joined]:
    """Let followers join the portal and the floor in alternation, and leave."""
    portal, floor = _sides(stack)
    return await compare(
        rounds, partial(_join, portal, 0, followers), partial(_join, floor, 0, followers)
    )


async def compare_memory(stack: Stack, *, followers: int) -> Comparison[Joined]:
    """Let a tenth of the followers join first, and measure the rest."""
    first = followers // 10
    ours, theirs = [await _join(side, first, followers - first) for side in _sides(stack)]
    return Comparison([ours], [theirs])


def _sides(stack: Stack) -> tuple[_Side, _Side]:
    portal, floor = stack.live_portal, stack.live_floor
    return (
        _Side(
            server=portal,
            join=partial(follow_portal, stack),
            wait=partial(wait_for_followers, portal.port),
        ),
        _Side(
            server=floor,
            join=partial(Follower.open, floor.port, "/live"),
            wait=lambda _: asyncio.sleep(SETTLE_SECONDS),
        ),
    )


async def _join(side: _Side, present: int, joining: int) -> Joined:
    """Return what each of those `joining` costs when others are `present`."""
    pid = side.server.pid
    async with open_followers(present, side.join):
        await side.wait(present)
        cpu, memory = cpu_seconds(pid), _resident(pid)
        async with open_followers(joining, side.join):
            await side.wait(present + joining)
            cpu, memory = cpu_seconds(pid) - cpu, _resident(pid) - memory
    await side.wait(0)
    return Joined(cpu_us=cpu / joining * 1e6, kib=memory / joining / 1024)


def _resident(pid: int) -> int:
    """Return the bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
