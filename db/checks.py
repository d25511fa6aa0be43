"""What is wrong with the database, or will be under load."""

from typing import Any, Final

from core.checks import Finding, Level
from db.connections import tortoise_config
from db.migrations import DatabaseUnusable, open_migrated
from db.statements import fetch

_NAME: Final = "DATABASE_URL"
_TRANSACTION_TIMEOUT_SINCE: Final = 170_000
"""The first version of PostgreSQL that ends transactions of a client that stopped in between."""
_LIMITS: Final = """
    SELECT current_setting('server_version_num')::int AS version,
        current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int AS connections,
        current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
            AS is_durable,
        current_setting('synchronous_commit') <> 'off' AS commits_are_durable,
        current_setting('server_encoding') = 'UTF8' AS is_utf8,
        current_setting('transaction_read_only') = 'off' AS is_writable,
        (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,
        (SELECT min(relname) FROM pg_class WHERE relkind = 'r' AND pg_table_is_visible(oid)
            AND relnamespace <> 'pg_catalog'::regnamespace
            AND relowner = (SELECT relowner FROM pg_class
                WHERE oid = 'tortoise_migrations'::regclass)
            AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
                AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))
        ) AS refused_table
"""


async def check_database(database_url: str, workers: int) -> list[Finding]:
    """Return what is wrong with the database of a portal with so many processes."""
    try:
        async with open_migrated(database_url):
            return await check_server(database_url, workers)
    except DatabaseUnusable as error:
        return [_error(str(error))]


async def check_server(database_url: str, workers: int) -> list[Finding]:
    """Return what is wrong with the server of the open database."""
    credentials = tortoise_config(database_url)["connections"]["default"]["credentials"]
    if "maxsize" not in credentials:  # SQLite
        return []
    [limits] = await fetch(_LIMITS)
    return find_limits(limits, needed=workers * int(credentials["maxsize"]))


def find_limits(limits: Any, needed: int) -> list[Finding]:  # noqa: ANN401  # a row
    """Return what is wrong with the server. `needed` connections are opened at most."""
    findings = [
        (
            limits["refused_table"] is not None,
            _error(
                f"The role lacks rights on tables, such as {limits['refused_table']}."
                " docs/deployment.md says what to grant."
            ),
        ),
        (not limits["is_writable"], _error("The database only accepts reads.")),
        (
            not limits["is_durable"],
            _error("With fsync or full_page_writes off, a crash destroys the database."),
        ),
        (
            not limits["commits_are_durable"],
            _warning("With synchronous_commit off, a crash loses the latest payments."),
        ),
        (not limits["is_utf8"], _error("The database's encoding must be UTF8.")),
        (
            needed > limits["connections"],
            _warning(
                f"The portal opens up to {needed} connections, and the server has"
                f" {limits['connections']}. Increase max_connections."
            ),
        ),
        (
            limits["version"] < _TRANSACTION_TIMEOUT_SINCE,
            _warning("Before PostgreSQL 17, a frozen process can hold locks for longer."),
        ),
        (
            limits["is_superuser"],
            _warning("The portal connects as a superuser. It only needs to own its database."),
        ),
    ]
    return [finding for is_wrong, finding in findings if is_wrong]


def _error(message: str) -> Finding:
    return Finding(level=Level.ERROR, name=_NAME, message=message)


def _warning(message: str) -> Finding:
    return Finding(level=Level.WARNING, name=_NAME, message=message)
