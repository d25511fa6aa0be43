"""Two portals on one PostgreSQL and one Redis, all of which tests can kill.

They are started once for all files, since starting them takes longer than most tests. Before each
test, whatever the one before has killed is started again, and the database is as it was at first.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import httpx
import pytest

from tests.support import servers
from tests.support.clients import PASSWORD, Business, eventually, http_client
from tests.support.stripe_sandbox import sandbox_environment

_UNLIMITED: Final = dict.fromkeys(
    (
        *("RATE_VIEWS_PER_IP", "RATE_VIEWS_PER_TOKEN"),
        *("RATE_CHECKOUT_PER_IP", "RATE_CHECKOUT_PER_TOKEN"),
    ),
    "1000000/minute",
)
_READY: Final = {"database": "ok", "redis": "ok"}
_START_SECONDS: Final = 30.0
_KEEP_ROWS: Final = """
DO $$ DECLARE name text; BEGIN
    CREATE SCHEMA at_first;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TABLE at_first.%1$I AS TABLE public.%1$I', name);
    END LOOP;
END $$
"""
_RESTORE_ROWS: Final = """
DO $$ DECLARE name text; names text; BEGIN
    SET LOCAL session_replication_role = replica;
    SELECT string_agg(format('public.%I', tablename), ', ') INTO names
      FROM pg_tables WHERE schemaname = 'at_first';
    EXECUTE 'TRUNCATE ' || names || ' RESTART IDENTITY';
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'at_first' LOOP
        EXECUTE format('INSERT INTO public.%1$I SELECT * FROM at_first.%1$I', name);
    END LOOP;
END $$
"""


@dataclass(frozen=True)
class Cluster:
    """Processes that a test can kill."""

    environment: dict[str, str]
    redis: servers.RedisServer
    portals: tuple[servers.PortalProcess, servers.PortalProcess]

    def start(self) -> None:
        """Start whatever doesn't run."""
        if self.redis.process is None:
            self.redis.start()
        with ThreadPoolExecutor() as both:
            list(both.map(_start, self.portals))


def _start(portal: servers.PortalProcess) -> None:
    if portal.process is None:
        portal.start()


def crowd_client(url: str) -> httpx.AsyncClient:
    """Return a client with many connections, which waits a minute for each response."""
    return http_client(url, timeout=60)


@dataclass(frozen=True)
class Template:
    """A database with a company, to be copied for each file of tests."""

    name: str
    api_key: str


@pytest.fixture(scope="session")
async def template(postgres_url: str, migrated_template: str) -> Template:
    """Return a database with a company that nobody is connected to."""
    url = await servers.create_database(postgres_url, migrated_template)
    options = ("--company", "Acme", "--email", "a@example.com", "--password", PASSWORD)
    created = servers.invotify({"DATABASE_URL": url}, "bootstrap", *options, "--json")
    await execute(url, _KEEP_ROWS)
    return Template(url.rpartition("/")[2], json.loads(created)["apiKey"])


@pytest.fixture(scope="package")
def sandbox_port() -> int:
    """Return the port of the Stripe sandboxes of tests that have one."""
    return servers.free_port()


@pytest.fixture(scope="package")
async def environment(
    postgres_url: str,
    template: Template,
    sandbox_port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """Return the settings of portals on a new database, without effective rate limits."""
    return {
        "DATABASE_URL": await servers.create_database(postgres_url, template.name),
        "TRUSTED_PROXIES": "127.0.0.1/32",
        "EMAILS_PER_DAY_FREE": "1000",
        "HOME": str(tmp_path_factory.mktemp("home")),
        "PDF_WARM": "false",
        **_UNLIMITED,
        **sandbox_environment(sandbox_port),
    }


@pytest.fixture(scope="package")
def processes(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """Yield two portals that share a private database and Redis."""
    with cluster_of(environment, tmp_path_factory.mktemp("redis")) as cluster:
        yield cluster


@contextmanager
def cluster_of(environment: dict[str, str], folder: Path) -> Iterator[Cluster]:
    """Yield two portals with these settings and a Redis in the folder. They are yet to start."""
    with ExitStack() as stack:
        redis = stack.enter_context(servers.redis(folder))
        environment = environment | {"REDIS_URL": redis.url}
        one, other = (
            servers.PortalProcess(environment, servers.free_port(), forked=True) for _ in range(2)
        )
        for portal in (one, other):
            stack.callback(portal.stop)
        yield Cluster(environment, redis, (one, other))


@pytest.fixture
async def cluster(processes: Cluster) -> Cluster:
    """Return two running portals whose database has nothing but a company."""
    await asyncio.to_thread(processes.start)

    async def are_restored() -> bool:
        try:
            await execute(processes.environment["DATABASE_URL"], _RESTORE_ROWS)
        except asyncpg.DeadlockDetectedError:  # with what a portal still does in the background
            return False
        return True

    await eventually(are_restored)
    for portal in processes.portals:
        async with httpx.AsyncClient(base_url=portal.url) as http:

            async def is_ready(http: httpx.AsyncClient = http) -> bool:
                return bool((await http.get("/readyz")).json() == _READY)

            await eventually(is_ready, _START_SECONDS)
    return processes


async def execute(url: str, statement: str) -> None:
    """Execute a statement on a database."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def staff(cluster: Cluster, template: Template) -> AsyncIterator[Business]:
    """Yield a company that uses the first portal."""
    async with crowd_client(cluster.portals[0].url) as client:
        yield Business(client, template.api_key)
