"""Outages of the database of the portal in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

from db.connections import connection


@asynccontextmanager
async def read_only_database() -> AsyncIterator[None]:
    """Let PostgreSQL take no writes, as a server does that has become a replica.

    Only this process's connections take none, so that nothing is left to undo in the database.
    """
    client: Any = connection()
    try:
        with patch.dict(client.server_settings, default_transaction_read_only="on"):
            await client._expire_connections()
            yield
    finally:
        await client._expire_connections()
