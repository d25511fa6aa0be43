"""The database's configuration, its connection pool, and its errors."""

from typing import Any, Final
from urllib.parse import urlencode

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import require_context
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from db import postgres
from db.postgres_connection import Connection
from db.postgres_pool import ConnectionPool

_POOL_SIZE: Final = "10"
POSTGRES: Final = "db.postgres"
SQLITE: Final = "db.sqlite"
_ENGINES: Final = {"tortoise.backends.asyncpg": POSTGRES, "tortoise.backends.sqlite": SQLITE}
"""Our modules in place of Tortoise's."""

_TLS_OPTIONS: Final = ("sslmode", "sslrootcert", "sslcert", "sslkey")

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
DATABASE_ERRORS: Final = (*ROLLBACK_ERRORS, *CONNECTION_ERRORS)
"""The database refuses something, or can't be reached."""


def tortoise_config(database_url: str, *, time_limits: bool = True) -> dict[str, Any]:
    """Return Tortoise's configuration for `database_url` (sqlite://… or postgres://…).

    `time_limits` limit how long statements may take on PostgreSQL. A migration may take longer.
    """
    connection = expand_db_url(database_url.replace("postgresql://", "postgres://", 1))
    connection["engine"] = _ENGINES.get(connection["engine"], connection["engine"])
    if connection["engine"] == POSTGRES:
        connection["credentials"] = {
            "maxsize": _POOL_SIZE,
            "connection_class": Connection,
            "server_settings": postgres.SERVER_SETTINGS
            | (postgres.TIME_LIMITS if time_limits else {}),
            "timeout": postgres.CONNECT_TIMEOUT,
            # The server's own limits don't help if the server is frozen.
            **(
                {
                    "command_timeout": postgres.COMMAND_TIMEOUT,
                    "init": postgres.limit_transactions,
                }
                if time_limits
                else {}
            ),
        } | connection["credentials"]
        _move_tls_options(connection["credentials"])
    return {
        "connections": {"default": connection},
        "apps": {"models": {"models": ["models"], "migrations": "migrations"}},
        "use_tz": True,
        "timezone": "UTC",
    }


def _move_tls_options(credentials: dict[str, Any]) -> None:
    """Pass on libpq's options for TLS, such as `sslmode`, which asyncpg only takes in a URL."""
    options: dict[str, str] = {
        name: credentials.pop(name) for name in _TLS_OPTIONS if name in credentials
    }
    if options:
        credentials["dsn"] = f"postgres://?{urlencode(options)}"


TORTOISE_ORM: Final = tortoise_config("sqlite://:memory:")
"""For `tortoise makemigrations`, which compares models and migrations and opens no database."""


async def measure_pool() -> None:
    """Measure the use of the pool, if there is one."""
    pool = getattr(require_context().connections.get("default"), "_pool", None)
    if isinstance(pool, ConnectionPool):
        pool.measure()


def connection() -> BaseDBAsyncClient:
    """Return the connection of the running transaction, or outside of one the pool."""
    return require_context().connections.get("default")
