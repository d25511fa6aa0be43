"""The database's configuration, its connection pool, and its errors."""

from typing import Any, Final

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

_POOL_SIZE: Final = "10"
_SERVER_SETTINGS: Final = {"application_name": "invotify", "jit": "off"}
_TIME_LIMITS: Final = {
    # The transaction of a frozen process ends before those who wait for its locks give up.
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "10s",
    "statement_timeout": "15s",
}
_COMMAND_TIMEOUT: Final = 20
"""Seconds to wait for a response. Longer than the server's own limits."""
_CONNECT_TIMEOUT: Final = 5
"""Seconds in which the pool must open a new connection."""

ROLLBACK_ERRORS: Final = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.QueryCanceledError,
    IntegrityError,
    OperationalError,
)
"""The database reports that it has rolled back. After other errors, it is open whether a COMMIT
was applied."""
CONNECTION_ERRORS: Final = (
    OSError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    TransactionManagementError,  # an idle transaction, which the server has ended
)
"""The connection is broken or can't be made. A retry may succeed."""


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that returns to the pool without another round trip to reset it.

    There is nothing to reset: no SET, LISTEN, advisory lock or cursor here outlives its
    transaction. The pool still rolls back a transaction that is open.
    """

    def get_reset_query(self) -> str:
        """Return no statements."""
        return ""


def tortoise_config(database_url: str, *, time_limits: bool = True) -> dict[str, Any]:
    """Return Tortoise's configuration for `database_url` (sqlite://… or postgres://…).

    `time_limits` limit how long statements may take on PostgreSQL. A migration may take longer.
    """
    connection = expand_db_url(database_url.replace("postgresql://", "postgres://", 1))
    if connection["engine"] == "tortoise.backends.asyncpg":
        connection["credentials"] = {
            "maxsize": _POOL_SIZE,
            "connection_class": _Connection,
            "server_settings": _SERVER_SETTINGS | (_TIME_LIMITS if time_limits else {}),
            # The server's own limits don't help if the server is frozen.
            **(
                {"command_timeout": _COMMAND_TIMEOUT, "timeout": _CONNECT_TIMEOUT}
                if time_limits
                else {}
            ),
        } | connection["credentials"]
    return {
        "connections": {"default": connection},
        "apps": {"models": {"models": ["models"], "migrations": "migrations"}},
        "use_tz": True,
        "timezone": "UTC",
    }


TORTOISE_ORM: Final = tortoise_config("sqlite://:memory:")
"""For `tortoise makemigrations`, which compares models and migrations and opens no database."""


def connection() -> BaseDBAsyncClient:
    """Return the connection of the running transaction, or outside of one the pool."""
    return get_connection("default")
