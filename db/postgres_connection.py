"""A connection to PostgreSQL that notices when the server is gone.

A pooler such as PgBouncer can run each transaction on a different connection to the server. Behind
one, settings and prepared statements must not outlive their transaction.
"""

import asyncio
import socket
import time
from collections.abc import Coroutine, Mapping
from typing import Any, ClassVar, Final, TypeVar

import asyncpg

T = TypeVar("T")

_TRUSTED: Final = 2.0
"""Seconds for which a connection that has responded is not checked."""
_CHECK_TIMEOUT: Final = 1.0
"""Seconds in which a connection must respond to a check."""
_KEEP_ALIVE: Final = {
    # Not every system has all of them.
    "TCP_KEEPIDLE": 4,
    "TCP_KEEPINTVL": 2,
    "TCP_KEEPCNT": 2,
    "TCP_USER_TIMEOUT": 8000,
}
_WITHOUT_TRANSACTION: Final = ("CREATE INDEX CONCURRENTLY", "DROP INDEX CONCURRENTLY")
"""Statements that PostgreSQL refuses in a transaction."""
_PASSED_ON: Final = "application_name"
"""The only one of our settings at the start of a connection that every pooler takes."""


class Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that is closed when the server falls silent.

    It returns to the pool without another round trip to reset it. There is nothing to reset: no
    SET, LISTEN, advisory lock or cursor here outlives its transaction. The pool still rolls back a
    transaction that is open.
    """

    silent_at: ClassVar[float] = 0.0
    """When a connection last fell silent. Others may have as well."""

    def __init__(self, protocol: Any, transport: asyncio.Transport, *args: Any) -> None:  # noqa: ANN401  # asyncpg's
        super().__init__(protocol, transport, *args)
        self.responded_at = time.monotonic()
        self.is_settled = True
        """False after a statement was cancelled, until the server has ended it."""
        keep_alive(transport.get_extra_info("socket"))

    def get_reset_query(self) -> str:
        """Return no statements."""
        return ""

    def execute(self, *args: Any, **options: Any) -> Coroutine[Any, Any, Any]:  # noqa: ANN401
        """Run statements."""
        return self._until_silent(super().execute(*args, **options))

    def executemany(self, *args: Any, **options: Any) -> Coroutine[Any, Any, Any]:  # noqa: ANN401
        """Run a statement for several sets of values."""
        return self._until_silent(super().executemany(*args, **options))

    def fetch(self, *args: Any, **options: Any) -> Coroutine[Any, Any, Any]:  # noqa: ANN401
        """Return the rows of a statement."""
        return self._until_silent(super().fetch(*args, **options))

    def fetchrow(self, *args: Any, **options: Any) -> Coroutine[Any, Any, Any]:  # noqa: ANN401
        """Return the first row of a statement."""
        return self._until_silent(super().fetchrow(*args, **options))

    async def _until_silent(self, response: Coroutine[Any, Any, T]) -> T:
        """Return the response, or close the connection if it doesn't come in time.

        asyncpg would ask the server to cancel the statement, and wait as long again for that.
        """
        try:
            result = await response
        except TimeoutError:
            Connection.silent_at = time.monotonic()
            self.terminate()
            raise
        except asyncio.CancelledError:
            self.is_settled = False
            raise
        self.responded_at = time.monotonic()
        return result

    async def settle(self) -> None:
        """Wait for the end of a cancelled statement, and roll back an open transaction."""
        await self.execute("SELECT")
        await self.reset()
        self.is_settled = True

    @property
    def is_trusted(self) -> bool:
        """Whether the server responded a moment ago, and nothing suggests that it is gone."""
        if self.is_closed():
            return False
        return self.responded_at > max(time.monotonic() - _TRUSTED, Connection.silent_at)

    async def is_usable(self) -> bool:
        """Whether the server responds. If nothing suggests otherwise, it isn't asked."""
        if self.is_closed():
            return False
        if self.is_trusted:
            return True
        try:
            await self.execute("SELECT", timeout=_CHECK_TIMEOUT)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self.terminate()
            return False
        return True


class PooledConnection(Connection):
    """A connection that sets the limits of each transaction at its beginning.

    A statement outside of a transaction gets one, so that its time is limited as well.
    """

    _begin = "BEGIN;"

    def begin_with(self, settings: Mapping[str, str]) -> None:
        """Have each transaction begin with these settings."""
        limits = "".join(f" SET LOCAL {name} = '{value}';" for name, value in settings.items())
        self._begin = f"BEGIN;{limits}"

    def execute(self, *args: Any, **options: Any) -> Coroutine[Any, Any, Any]:  # noqa: ANN401
        """Run statements."""
        query: str = args[0]
        if query.startswith(_WITHOUT_TRANSACTION):
            return super()._until_silent(asyncpg.Connection.execute(self, *args, **options))
        if not query.startswith("BEGIN") or self.is_in_transaction():
            return super().execute(*args, **options)
        begin = query.rstrip(";") + self._begin.removeprefix("BEGIN")
        return super()._until_silent(asyncpg.Connection.execute(self, begin, **options))

    async def _until_silent(self, response: Coroutine[Any, Any, T]) -> T:
        if self.is_in_transaction():
            return await super()._until_silent(response)
        try:
            await super()._until_silent(asyncpg.Connection.execute(self, self._begin))
            result = await super()._until_silent(response)
        except asyncpg.PostgresError:
            if self.is_in_transaction():
                await super()._until_silent(asyncpg.Connection.execute(self, "ROLLBACK"))
            raise
        finally:
            response.close()
        await super()._until_silent(asyncpg.Connection.execute(self, "COMMIT"))
        return result


async def is_behind_pooler(options: Mapping[str, Any]) -> bool:
    """Whether a pooler answers in place of the server.

    It tells each client an id of its own in place of the server process's, to cancel statements.
    """
    plain = {name: value for name, value in options.items() if name != "server_settings"}
    connection = await asyncpg.connect(**plain | {"statement_cache_size": 0})
    try:
        process: int = await connection.fetchval("SELECT pg_backend_pid()")
        told: int = connection.get_server_pid()
        return process != told
    finally:
        await connection.close()


def pooled_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of connections that go through a pooler.

    A pooler that keeps track of prepared statements can have `statement_cache_size` in the URL.
    """
    settings = options["server_settings"]
    return {
        "statement_cache_size": 0,
        **options,
        "connection_class": PooledConnection,
        "server_settings": {_PASSED_ON: settings[_PASSED_ON]},
    }


def keep_alive(connected: socket.socket) -> None:
    """Let the system notice, within 8 seconds, that the other side of a connection is gone."""
    if connected.family == socket.AF_UNIX:
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE.items():
        if option := getattr(socket, name, None):
            connected.setsockopt(socket.IPPROTO_TCP, option, value)
