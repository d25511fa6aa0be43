"""Outages of the database of the portal in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from db.connections import connection
from db.statements import execute


@asynccontextmanager
async def read_only_database() -> AsyncIterator[None]:
    """Let PostgreSQL take no writes, as a server does that has become a replica."""
    client: Any = connection()
    setting = f"DATABASE {client.database} SET default_transaction_read_only"
    await execute(f"ALTER {setting} = on")
    await client._expire_connections()
    try:
        yield
    finally:
        await client.execute_script(f"BEGIN READ WRITE; ALTER {setting} = off; COMMIT")
        await client._expire_connections()
