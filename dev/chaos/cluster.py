"""The processes of a lab: portals, and everything that they talk to, with proxies in between."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

from dev.chaos.companies import CompanyMaker
from dev.chaos.databases import Database, Postgres, Sqlite, open_postgres, small_disk
from dev.chaos.mail_server import FaultyMailbox
from dev.chaos.proxy import Proxy
from dev.chaos.stripe import StripeProcess
from settings import Settings
from tests.support import servers
from tests.support.servers import PortalProcess, RedisServer, free_port

_LIMITS: Final = [name for name in Settings.model_fields if name.startswith("rate_")]


@dataclass(frozen=True)
class Cluster:
    """What is running."""

    folder: Path
    database: Database
    redis: RedisServer | None
    mail: FaultyMailbox
    stripe: StripeProcess
    portals: tuple[PortalProcess, ...]
    database_proxy: Proxy | None
    redis_proxy: Proxy | None
    companies: CompanyMaker
    environment: Mapping[str, str]

    @property
    def postgres(self) -> Postgres:
        """The database, which must be PostgreSQL."""
        assert isinstance(self.database, Postgres)
        return self.database

    async def command(self, *arguments: str) -> tuple[int, str]:
        """Run an `invotify` command beside the portals; return its exit code and output."""
        return await asyncio.to_thread(servers.run_invotify, self._outside, *arguments)

    @property
    def logs(self) -> list[Path]:
        """The logs of the portals."""
        return [portal.log for portal in self.portals if portal.log]

    @property
    def _outside(self) -> dict[str, str]:
        """The environment of an operator's commands, which use no proxy."""
        return {**self.environment, "DATABASE_URL": self.database.url}


@asynccontextmanager
async def running(kind: str, *, logs: Path | None = None) -> AsyncIterator[Cluster]:
    """Yield two portals on PostgreSQL and Redis, or for `sqlite` one without either.

    The portals' logs are in `logs` afterwards, if it is given.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(_folder(logs))
        disk = stack.enter_context(small_disk(folder / "disk"))
        environment: dict[str, str] = {}
        redis = database_proxy = redis_proxy = None
        database: Database = Sqlite(disk)
        if kind == "postgres":
            database = postgres = await open_postgres(disk, free_port())
            stack.callback(postgres.server.stop, "immediate")
            redis = stack.enter_context(servers.redis(folder))
            database_proxy = await _proxy(stack, postgres.server.port)
            redis_proxy = await _proxy(stack, redis.port)
            environment["REDIS_URL"] = f"redis://127.0.0.1:{redis_proxy.port}/0"
        environment["DATABASE_URL"] = _through(database_proxy, database.url)
        ports = [free_port() for _ in range(2 if kind == "postgres" else 1)]
        mail = FaultyMailbox(free_port())
        mail.start()
        stack.callback(mail.stop)
        stripe = StripeProcess(folder=folder, port=free_port(), webhook_port=ports[0])
        stack.callback(stripe.stop)
        environment |= _settings(mail.url) | stripe.environment | {"HOME": str(folder)}
        await asyncio.to_thread(servers.invotify, environment, "migrate")
        portals = tuple(
            PortalProcess(environment, port, log=folder / f"portal-{n}.log", forked=True)
            for n, port in enumerate(ports)
        )
        for portal in portals:
            stack.callback(portal.kill)
        await asyncio.to_thread(_start, [stripe, *portals])
        companies = CompanyMaker.start(database.url)
        stack.callback(companies.stop)
        yield Cluster(
            companies=companies,
            folder=folder,
            database=database,
            redis=redis,
            mail=mail,
            stripe=stripe,
            portals=portals,
            database_proxy=database_proxy,
            redis_proxy=redis_proxy,
            environment=environment,
        )


def _settings(smtp_url: str) -> dict[str, str]:
    """Return settings without effective limits, since one machine plays all clients."""
    return {
        "TRUSTED_PROXIES": "127.0.0.1/32",
        "SMTP_URL": smtp_url,
        "PDF_WARM": "false",
        "PDF_WORKERS": "1",
        "WEBHOOK_ALLOW_PRIVATE": "true",
        "EMAILS_PER_DAY_FREE": "1000000",
        "EMAILS_PER_DAY_PRO": "1000000",
        **{name.upper(): "1000000/minute" for name in _LIMITS},
    }


def _start(processes: list[StripeProcess | PortalProcess]) -> None:
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda process: process.start(), processes))


@contextmanager
def _folder(logs: Path | None) -> Iterator[Path]:
    with TemporaryDirectory(prefix="invotify-chaos-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL's user must get to its disk
        try:
            yield folder
        finally:
            if logs is not None:
                logs.mkdir(parents=True, exist_ok=True)
                for log in folder.glob("*.log"):
                    shutil.copy(log, logs)


async def _proxy(stack: AsyncExitStack, target: int) -> Proxy:
    proxy = Proxy(port=free_port(), target=target)
    await proxy.start()
    stack.push_async_callback(proxy.close)
    return proxy


def _through(proxy: Proxy | None, url: str) -> str:
    """Return the address of a database as seen through a proxy."""
    if proxy is None:
        return url
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.username}@127.0.0.1:{proxy.port}").geturl()
