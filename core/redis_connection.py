"""Connections to Redis for frequent commands and messages."""

import asyncio
from typing import Any

from hiredis import pack_command
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff


def make_connection(url: str, **options: object) -> AbstractConnection:
    """Return a connection to `url` that opens when it is first used, and that retries nothing."""
    pool = ConnectionPool.from_url(
        url,
        socket_timeout=None,  # with one, there would be a task for each command
        decode_responses=True,
        encoding_errors="replace",  # of what others have stored or published
        retry=Retry(NoBackoff(), 0),
        **options,
    )
    connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]
    return connection


class RedisConnection:
    """Sends commands to Redis, one after the other, over a connection that it keeps.

    For each command, redis-py's client takes a connection from its pool and gives it back, and
    that takes longer than the command. A lost connection is opened again for the next
    command. No command is sent twice: Redis may have carried it out.
    """

    def __init__(self, url: str, *, timeout: float) -> None:
        """Connect to `url` when the first command is sent. Limit each to `timeout` seconds."""
        self._connection = make_connection(url)
        self._timeout = timeout
        self._turn = asyncio.Lock()

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.disconnect()

    async def execute(self, *command: str | int) -> Any:  # noqa: ANN401  # whatever Redis returns
        """Return Redis's response to a command. Raises RedisError and OSError."""
        connection = self._connection
        async with asyncio.timeout(self._timeout), self._turn:
            if connection.is_connected and await connection.can_read():
                # Redis has closed it, or is about to.
                await connection.disconnect(nowait=True)
            packed: bytes = pack_command(command)  # type: ignore[arg-type]  # the stub allows one
            await connection.send_packed_command(packed, check_health=False)
            return await connection.read_response()
