"""The portal through PgBouncer in transaction mode."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Final

import asyncpg
import httpx
import pytest

from db import postgres
from db.connections import connection
from db.migrations import DatabaseUnusable, MigrationState, migrate, migration_state
from db.postgres import PLANNING, TIME_LIMITS
from db.statements import fetch
from tests.conftest import Backend
from tests.support import servers
from tests.support.clients import Business
from tests.support.migrations import opened
from tests.support.pgbouncer import PGBOUNCER, pgbouncer

pytestmark = [
    pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session"),
    pytest.mark.skipif(PGBOUNCER is None, reason="needs pgbouncer"),
]

_PAGES: Final = 600
_AT_A_TIME: Final = 20


@pytest.fixture(scope="module")
def pooled_url(backend: Backend) -> Iterator[str]:
    """Yield the URL of the portal's database through the pooler."""
    with pgbouncer(backend.database_url) as url:
        yield url


async def test_pages_are_served_through_a_pooler(
    backend: Backend, pooled_url: str, business: Business
) -> None:
    token = await business.share(await business.make_invoice())
    environment = backend.environment | {"DATABASE_URL": pooled_url}
    statuses: Counter[int] = Counter()
    with servers.portal(environment, forked=True) as portal:
        async with httpx.AsyncClient(base_url=portal.url, timeout=30) as client:
            for _ in range(_PAGES // _AT_A_TIME):
                pages = (client.get(f"/invoice/{token}") for _ in range(_AT_A_TIME))
                statuses.update(page.status_code for page in await asyncio.gather(*pages))
            assert (await client.get("/readyz")).status_code == 200
    assert statuses == {200: _PAGES}


async def test_migrations_at_the_same_time_wait_for_each_other(
    backend: Backend,  # noqa: ARG001
    postgres_url: str,
) -> None:
    url = await servers.create_database(postgres_url)
    with pgbouncer(url) as pooled:
        async with asyncio.timeout(60):
            await asyncio.gather(migrate(pooled), migrate(pooled))
            await migrate(pooled)
        async with opened(pooled):
            assert await migration_state() is MigrationState.UP_TO_DATE
            locks = await fetch(
                "SELECT FROM pg_locks JOIN pg_database d ON d.oid = database"
                " WHERE locktype = 'advisory' AND datname = current_database()"
            )
            assert locks == []


async def test_time_limits_hold_in_and_outside_of_transactions(pooled_url: str) -> None:
    limits = TIME_LIMITS | PLANNING
    async with opened(pooled_url):
        for name, value in limits.items():
            [row] = await fetch(f"SHOW {name}")
            assert row[name] == value
        async with connection()._in_transaction() as transaction:
            for name, value in limits.items():
                [row] = await transaction.execute_query_dict(f"SHOW {name}")
                assert row[name] == value
    direct = await asyncpg.connect(pooled_url, statement_cache_size=0)
    try:
        # Others who share the pooler don't get them.
        assert await direct.fetchval("SHOW statement_timeout") == "0"
    finally:
        await direct.close()


async def test_a_statement_that_takes_too_long_is_ended_by_the_server(
    pooled_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres.TIME_LIMITS, "statement_timeout", "200ms")
    async with opened(pooled_url), asyncio.timeout(30):
        with pytest.raises(asyncpg.QueryCanceledError):
            await fetch("SELECT pg_sleep(20)")
        assert await fetch("SELECT 1 AS n") == [{"n": 1}]


async def test_a_database_that_cannot_be_reached_is_not_taken_for_one_that_is_behind(
    backend: Backend,  # noqa: ARG001
) -> None:
    async with opened(f"postgres://invotify@127.0.0.1:{servers.free_port()}/nothing"):
        with pytest.raises(DatabaseUnusable, match="can't be reached"):
            await migration_state()
