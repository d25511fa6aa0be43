"""A pool of connections to PostgreSQL that gives one out and takes it back without a task.

asyncpg's own pool makes a task for each connection that it takes back, which takes longer than a
short statement.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg

from core.semaphores import Semaphore
from core.telemetry.metrics import DATABASE_CONNECTIONS, DATABASE_CONNECTIONS_MAX, DATABASE_WAITING
from db.postgres_connection import Connection

_ACQUIRE_TIMEOUT: Final = 3
"""Seconds to wait for a connection."""
_SETTLE_TIMEOUT: Final = 3
"""Seconds in which a connection must be usable again after a statement was cancelled."""
_CLOSE_TIMEOUT: Final = 10
"""Seconds to wait for each connection that is in use when the pool closes."""
_MAX_IDLE: Final = 300.0
"""Seconds after which a connection that wasn't used is closed."""


class ConnectionPool:
    """Hands out connections that work, within a few seconds or not at all."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], most: int) -> None:
        """Open up to `most` connections with `connect`."""
        self._connect = connect
        self._most = most
        self._places = Semaphore(most)
        self._open: set[Connection] = set()
        """All connections that may be handed out, again or for the first time."""
        self._idle: list[Connection] = []
        """Those that nobody uses, the latest used last."""
        self._settling: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def acquire(self) -> Connection:
        """Return a connection. Raises TimeoutError if none is free or can be made."""
        if self._is_closed:
            raise asyncpg.InterfaceError("The pool is closed.")
        try:
            await self._places.acquire(_ACQUIRE_TIMEOUT)
            return await self._take()
        except TimeoutError:
            raise TimeoutError("No connection to the database was free in time.") from None

    async def release(self, connection: Connection) -> None:
        """Take a connection back. One with a cancelled statement is settled in the background."""
        if connection.is_closed() or connection not in self._open:
            self._discard(connection)
        elif connection.is_settled and not connection.is_in_transaction():
            self._idle.append(connection)
            self._close_unused()
        else:
            task = asyncio.create_task(self._settle(connection))
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)
            return
        self._places.release()

    async def expire_connections(self) -> None:
        """Close all connections: those in use, settled or opened now when they come back."""
        for connection in self._idle:
            connection.terminate()
        self._idle.clear()
        self._open = set()

    async def close(self) -> None:
        """Close all connections once they are back, and hand out no more."""
        self._is_closed = True
        for _ in range(self._most):
            await self._places.acquire(_CLOSE_TIMEOUT)
        await asyncio.gather(*(connection.close() for connection in self._idle))
        self._idle.clear()
        self._open.clear()

    def terminate(self) -> None:
        """Close all connections now."""
        self._is_closed = True
        for connection in self._open:
            connection.terminate()

    def get_size(self) -> int:
        """Return how many connections are open."""
        return sum(not connection.is_closed() for connection in self._open)

    def get_idle_size(self) -> int:
        """Return how many open connections nobody uses."""
        return sum(not connection.is_closed() for connection in self._idle)

    def measure(self) -> None:
        """Measure how many connections there are, and how many statements wait for one."""
        idle = self.get_idle_size()
        DATABASE_CONNECTIONS.labels("idle").set(idle)
        DATABASE_CONNECTIONS.labels("in_use").set(self.get_size() - idle)
        DATABASE_CONNECTIONS_MAX.set(self._most)
        DATABASE_WAITING.set(self._places.waiting)

    async def _take(self) -> Connection:
        if self._idle and self._idle[-1].is_trusted:
            return self._idle.pop()
        try:
            return await self._next()
        except BaseException:
            self._places.release()
            raise

    async def _next(self) -> Connection:
        if not self._idle:
            return await self._new()
        connection = self._idle.pop()
        try:
            if await connection.is_usable():
                return connection
        except BaseException:
            self._discard(connection)
            raise
        self._discard(connection)
        await self.expire_connections()
        return await self._new()

    async def _new(self) -> Connection:
        unexpired = self._open
        async with asyncio.timeout(_ACQUIRE_TIMEOUT):
            connection = await self._connect()
        unexpired.add(connection)
        return connection

    async def _settle(self, connection: Connection) -> None:
        """Wait until the server has cancelled a statement, and roll back what is open."""
        try:
            async with asyncio.timeout(_SETTLE_TIMEOUT):
                await connection.settle()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self._discard(connection)
        except BaseException:
            self._discard(connection)
            raise
        else:
            if connection in self._open:
                self._idle.append(connection)
            else:
                self._discard(connection)
        finally:
            self._places.release()

    def _close_unused(self) -> None:
        if self._idle[-1].responded_at - self._idle[0].responded_at > _MAX_IDLE:
            self._discard(self._idle.pop(0))

    def _discard(self, connection: Connection) -> None:
        self._open.discard(connection)
        connection.terminate()
