"""The two set-ups that the portal is tested on, and a portal that runs on each.

`BOTH_DATABASES` says which tests run on which.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import httpx
import hypothesis
import pytest
import stripe
import uvicorn
from tortoise.backends.base.executor import EXECUTOR_CACHE

from app import create_app
from cli.serving import SERVER_OPTIONS
from core import rate_limits
from core.garbage_collection import collect_rarely
from db.migrations import migrate
from services.checkout import expiry_worker, refund_worker
from settings import Settings
from tests.support import servers
from tests.support.clients import CHEAP_HASHER, Business, create_business, http_client
from tests.support.distribution import ByFileAndDatabase, place_of
from tests.support.mailbox import Mailbox
from tests.support.mailbox import mailbox as running_mailbox
from tests.support.stripe_sandbox import SandboxServer, sandbox_serving

collect_rarely()  # as the portal does
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]  # or each request looks for it

BOTH_DATABASES: Final = (
    "tests/db/",
    "tests/models/",
    "tests/services/activity/",
    "tests/services/administration/",
    "tests/services/billing/",
    "tests/services/common/",
    "tests/services/company/",
    "tests/services/email/test_cancellations.py",
    "tests/services/email/test_reminders.py",
    "tests/services/identity/",
    "tests/services/ledger/",
    "tests/services/sharing/",
    "tests/services/webhooks/",
    "tests/subscriptions/",
)
"""Here SQL is what is tested: these tests run on SQLite alone, and on PostgreSQL with Redis.

Except for modules that are marked `one_database`: apart from tests that are marked
`both_databases`, theirs have no SQL of their own. They read and write rows through the models, as
others do on SQLite, and don't depend on transactions or constraints.

All others, whose subject is HTTP, pages, GraphQL, Stripe or e-mail, run on PostgreSQL with Redis,
and with `--full` on SQLite, too. A test that names its database (`parametrize("backend", …)`) runs
on that one only. A property test that runs on both tries half of its examples on each, and with
`--full` all of them.
"""


_WITHOUT_RECOVERY: Final = (
    "-c wal_level=minimal -c max_wal_senders=0 -c full_page_writes=off"
    " -c wal_init_zero=off -c wal_recycle=off"
)
"""PostgreSQL's options for databases that nobody needs after a crash, nor for long."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--full`."""
    parser.addoption("--full", action="store_true", help="run every test on both databases")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the databases of a test by the rule of `BOTH_DATABASES`."""
    if "backend" not in metafunc.fixturenames:
        return
    if any("backend" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")):
        return
    full = metafunc.config.getoption("full")
    both = full or _needs_both(metafunc.definition)
    databases = ["sqlite", "postgres"] if both else ["postgres"]
    if both and not full:
        _halve_examples(metafunc.function)
    metafunc.parametrize("backend", databases, indirect=True, scope="session")


def _needs_both(test: pytest.Item) -> bool:
    """Whether a test runs on both databases, by its own mark, its module's, or its folder."""
    for mark in test.iter_markers():
        if mark.name in {"one_database", "both_databases"}:
            return mark.name == "both_databases"
    return test.nodeid.startswith(BOTH_DATABASES)


def _halve_examples(test: Any) -> None:
    """Let a property test that runs on both databases try half of its examples on each."""
    if given := getattr(test, "_hypothesis_internal_use_settings", None):
        half = (given.max_examples + 1) // 2
        test._hypothesis_internal_use_settings = hypothesis.settings(given, max_examples=half)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests into the order in which they take the least time."""
    items.sort(key=lambda item: place_of(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFileAndDatabase:
    """Deal out the tests to several processes by file and database."""
    return ByFileAndDatabase(config, log)


@dataclass(frozen=True)
class Backend:
    """The servers that a portal uses: database, Redis and mail server."""

    database_url: str
    redis: servers.RedisServer | None
    smtp_url: str

    @property
    def settings(self) -> Settings:
        """The settings of a portal that tells each test's clients apart by their IP addresses."""
        return Settings(
            database_url=self.database_url,
            redis_url=self.redis.url if self.redis else None,
            smtp_url=self.smtp_url,
            mail_from="billing@portal.example",
            trusted_proxies="127.0.0.1/32",
            cors_origins="https://front.example",
            pdf_warm=False,
            rate_pdf_per_ip="60/minute",
            rate_exports="1000/minute",
            share_per_client=1.0,
            emails_per_day_free=10_000,
            webhook_allow_private=True,
            schedules="queues",
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a portal in its own process, with very high rate limits."""
        unlimited = dict.fromkeys(
            ("RATE_VIEWS_PER_IP", "RATE_VIEWS_PER_TOKEN", "RATE_MISSES_PER_IP"), "1000000/minute"
        )
        redis = {"REDIS_URL": self.redis.url} if self.redis else {}
        return {
            "DATABASE_URL": self.database_url,
            "TRUSTED_PROXIES": "127.0.0.1/32",
            "SMTP_URL": self.smtp_url,
            "PDF_WARM": "false",
            "DRAIN_SECONDS": "0",
            # Reminders that are due in the morning would come in the middle of a test.
            "SCHEDULES": "queues",
            "SHARE_PER_CLIENT": "1",
            "EMAILS_PER_DAY_FREE": "10000",
            "WEBHOOK_ALLOW_PRIVATE": "true",
            **unlimited,
            **redis,
        }


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Yield a private PostgreSQL server's URL."""
    with servers.postgres(_WITHOUT_RECOVERY) as url:
        yield url


@pytest.fixture(scope="session")
async def migrated_template(postgres_url: str) -> str:
    """Return the name of a migrated database on the PostgreSQL server, to be copied."""
    url = await servers.create_database(postgres_url)
    servers.invotify({"DATABASE_URL": url}, "migrate")
    return url.rpartition("/")[2]


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.RedisServer]:
    """Yield a private Redis server."""
    with servers.redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    """Yield the mail server that the portals of all tests use."""
    with running_mailbox() as box:
        yield box


@pytest.fixture(scope="session")
async def backend(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox
) -> Backend:
    """Return a migrated set-up: SQLite alone, or PostgreSQL with Redis."""
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("sqlite")
        backend = Backend(f"sqlite://{folder}/portal.db", None, mailbox.url)
    else:
        server_url = request.getfixturevalue("postgres_url")
        url = await servers.create_database(server_url)
        backend = Backend(url, request.getfixturevalue("redis_server"), mailbox.url)
    EXECUTOR_CACHE.clear()  # it has SQL in the previous database's dialect
    await migrate(backend.database_url)
    return backend


@pytest.fixture(scope="session")
async def sandbox_server(backend: Backend) -> AsyncIterator[SandboxServer]:  # noqa: ARG001  # one for each
    """Yield a Stripe sandbox that sends webhooks to the portal of `portal_url`."""
    async with sandbox_serving(servers.free_port()) as server:
        yield server


@pytest.fixture(scope="session")
async def portal_url(backend: Backend, sandbox_server: SandboxServer) -> AsyncIterator[str]:
    """Yield the URL of a portal that runs in this process, so that tests can patch it."""
    port = sandbox_server.portal_port
    stripe = {name.lower(): value for name, value in sandbox_server.environment.items()}
    settings = Settings(**backend.settings.model_dump(exclude_unset=True) | stripe)
    app = create_app(settings, CHEAP_HASHER)
    server = uvicorn.Server(uvicorn.Config(app, port=port, **SERVER_OPTIONS))
    # The portal shares its event loop with the tests. If they keep it busy for a moment, that must
    # not look like a Redis that is down, or rate limits would start counting from zero.
    with patch.object(rate_limits, "_REDIS_TIMEOUT", 10.0), _short_waits():
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
            assert not serving.done()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@contextmanager
def _short_waits() -> Iterator[None]:
    """Let the portal ask the Stripe sandbox again, and look for work, without long pauses."""
    with (
        patch.multiple(stripe.HTTPClient, INITIAL_DELAY=0.02, MAX_DELAY=0.05),
        patch.object(expiry_worker, "_POLL_INTERVAL", 1.0),
        patch.object(refund_worker, "_POLL_INTERVAL", 1.0),
    ):
        yield


@pytest.fixture(scope="session")
async def http(portal_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of the portal."""
    async with http_client(portal_url) as client:
        yield client


@pytest.fixture
async def business(http: httpx.AsyncClient) -> Business:
    """Return a new company with its staff."""
    return await create_business(http)


@pytest.fixture
async def rival(http: httpx.AsyncClient) -> Business:
    """Return another company."""
    return await create_business(http)


@pytest.fixture
async def seller(business: Business, sandbox_server: SandboxServer) -> Business:
    """Return a new company that is connected to the Stripe sandbox."""
    await sandbox_server.connect(business)
    return business
