"""Redis is killed, frozen, emptied, full, or read-only."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from redis.asyncio import Redis

from dev.chaos.faults.fault import Target, fault
from tests.support.servers import RedisServer


def _server(target: Target) -> RedisServer:
    assert target.cluster.redis is not None
    return target.cluster.redis


async def _command(target: Target, *arguments: str) -> Any:
    async with Redis.from_url(_server(target).url) as redis:
        return await redis.execute_command(*arguments)  # type: ignore[no-untyped-call]


@fault("no error; events a little later", staff_can_read=True)
async def redis_killed(target: Target) -> AsyncIterator[None]:
    """SIGKILL of Redis, which comes back empty."""
    _server(target).kill()
    yield
    await asyncio.to_thread(_server(target).start)


@fault("no error; events a little later", seconds=5, staff_can_read=True)
async def redis_frozen(target: Target) -> AsyncIterator[None]:
    """SIGSTOP of Redis."""
    _server(target).freeze()
    yield
    _server(target).thaw()


@fault("no error", seconds=0, staff_can_read=True)
async def redis_emptied(target: Target) -> AsyncIterator[None]:
    """FLUSHALL."""
    await _command(target, "FLUSHALL")
    yield


@fault("no error", staff_can_read=True)
async def redis_out_of_memory(target: Target) -> AsyncIterator[None]:
    """Redis refuses to write, because its memory is full."""
    await _command(target, "CONFIG", "SET", "maxmemory", "1")
    yield
    await _command(target, "CONFIG", "SET", "maxmemory", "0")


@fault("no error", staff_can_read=True)
async def redis_read_only(target: Target) -> AsyncIterator[None]:
    """Redis becomes a replica, as in a failover."""
    await _command(target, "REPLICAOF", "127.0.0.1", "1")
    yield
    await _command(target, "REPLICAOF", "NO", "ONE")
