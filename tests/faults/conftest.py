"""Two portals on one PostgreSQL and one Redis, all of which tests can kill."""

import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support import servers
from tests.support.clients import PASSWORD, Business

UNLIMITED = "1000000/minute"


@dataclass(frozen=True)
class Cluster:
    """Processes that a test can kill."""

    environment: dict[str, str]
    redis: servers.RedisServer
    portals: tuple[servers.PortalProcess, servers.PortalProcess]


def crowd_client(url: str) -> httpx.AsyncClient:
    """Return a client with many connections, which closes idle ones before the server does."""
    limits = httpx.Limits(max_connections=100, keepalive_expiry=2)
    return httpx.AsyncClient(base_url=url, timeout=60, limits=limits)


@dataclass(frozen=True)
class Template:
    """A database with a company, to be copied for each test."""

    name: str
    api_key: str


@pytest.fixture(scope="session")
async def template(postgres_url: str, migrated_template: str) -> Template:
    """Return a database with a company that nobody is connected to."""
    url = await servers.create_database(postgres_url, migrated_template)
    options = ("--company", "Acme", "--email", "a@example.com", "--password", PASSWORD)
    created = servers.invotify({"DATABASE_URL": url}, "bootstrap", *options, "--json")
    return Template(url.rpartition("/")[2], json.loads(created)["apiKey"])


@pytest.fixture
async def environment(postgres_url: str, template: Template, tmp_path: Path) -> dict[str, str]:
    """Return the settings of portals on a new database, without effective rate limits."""
    return {
        "DATABASE_URL": await servers.create_database(postgres_url, template.name),
        "TRUSTED_PROXIES": "127.0.0.1/32",
        "RATE_VIEWS_PER_IP": UNLIMITED,
        "RATE_VIEWS_PER_TOKEN": UNLIMITED,
        "EMAILS_PER_DAY_FREE": "1000",
        "HOME": str(tmp_path),
        "PDF_WARM": "false",
    }


@pytest.fixture
def cluster(environment: dict[str, str], tmp_path: Path) -> Iterator[Cluster]:
    """Yield two running portals that share a private database and Redis."""
    with ExitStack() as stack:
        redis = stack.enter_context(servers.redis(tmp_path))
        environment |= {"REDIS_URL": redis.url}
        one, other = (servers.PortalProcess(environment, servers.free_port()) for _ in range(2))
        for portal in (one, other):
            stack.callback(portal.stop)
        with ThreadPoolExecutor() as both:
            list(both.map(servers.PortalProcess.start, (one, other)))
        yield Cluster(environment, redis, (one, other))


@pytest.fixture
async def staff(cluster: Cluster, template: Template) -> AsyncIterator[Business]:
    """Yield a company that uses the first portal."""
    async with crowd_client(cluster.portals[0].url) as client:
        yield Business(client, template.api_key)
