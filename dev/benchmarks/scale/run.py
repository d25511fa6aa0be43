"""`make bench-scale`: how many blocks requests read at 10,000 to 1,000,000 invoices."""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import uvicorn

from app import create_app
from cli.serving import SERVER_OPTIONS
from db.migrations import migrate
from dev.benchmarks.scale.blocks import BlockCounter, Cost
from dev.benchmarks.scale.loading import load
from dev.benchmarks.scale.plan import CROWDED, Shares
from dev.benchmarks.scale.requests import Requests
from dev.benchmarks.scale.samples import create_samples
from dev.benchmarks.scale.tables import grown_above, growth_table, sizes_table
from settings import Settings
from tests.support import servers
from tests.support.clients import CHEAP_HASHER, http_client

_SIZES: Final = (10_000, 100_000, 1_000_000)
_OPTIONS: Final = (
    "-c shared_buffers=512MB -c maintenance_work_mem=512MB -c work_mem=64MB -c max_wal_size=8GB"
    " -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0"
    " -c autovacuum=off"
)
_UNLIMITED: Final[dict[str, Any]] = dict.fromkeys(
    ("rate_views_per_ip", "rate_views_per_token", "rate_misses_per_ip", "rate_exports"),
    "1000000/minute",
)


def main() -> None:
    """Load and measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", help="the URL of a PostgreSQL server; a private one by default")
    parser.add_argument("--only", nargs="+", default=[""], help="beginnings of names of requests")
    parser.add_argument("--crowded", action="store_true", help="all invoices of one company")
    parser.add_argument("--quick", action="store_true", help="measure once")
    parser.add_argument("--most-growth", type=float, help="fail if blocks grow more")
    parser.add_argument("sizes", type=int, nargs="*", default=_SIZES, help="how many invoices")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        server = arguments.server or stack.enter_context(_server())
        measured = {
            invoices: asyncio.run(measure(server, invoices, arguments))
            for invoices in arguments.sizes
        }
    print(growth_table(measured))
    if arguments.most_growth and (grown := grown_above(arguments.most_growth, measured)):
        sys.exit(f"These read too many more blocks: {', '.join(grown)}")


async def measure(server: str, invoices: int, arguments: argparse.Namespace) -> dict[str, Cost]:
    """Load so many invoices into a new database, and return the costs of requests."""
    url = await servers.create_database(server)
    await migrate(url)
    async with portal(url) as http:
        samples = await create_samples(http)
    started = time.monotonic()
    connection = await asyncpg.connect(url)
    await load(connection, invoices, samples, CROWDED if arguments.crowded else Shares())
    print(f"{invoices:,} invoices in {time.monotonic() - started:.0f} s")
    print(await sizes_table(connection, invoices))
    await connection.close()
    observer = await asyncpg.connect(f"{server}/postgres")
    async with portal(url) as http:
        counter = BlockCounter(observer, url.rpartition("/")[2])
        requests = await Requests(http, samples).all()
        costs = {
            name: await counter.measure(work, quickly=arguments.quick)
            for name, work in requests.items()
            if name.startswith(tuple(arguments.only))
        }
    await observer.execute(f"DROP DATABASE {url.rpartition('/')[2]}")
    await observer.close()
    return costs


@contextmanager
def _server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="invotify-scale-"))
    server = servers.PostgresServer(folder, servers.free_port(), _OPTIONS)
    server.create()
    server.start()
    try:
        yield server.url
    finally:
        server.stop("immediate")
        shutil.rmtree(folder)


@asynccontextmanager
async def portal(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of a portal in this process that does nothing but answer."""
    settings = Settings(
        database_url=database_url,
        trusted_proxies="127.0.0.1/32",
        pdf_warm=False,
        share_per_client=1.0,
        schedules="off",
        webhook_allow_private=True,
        **_UNLIMITED,
    )
    port = servers.free_port()
    app = create_app(settings, CHEAP_HASHER)
    logging.disable(logging.INFO)
    server = uvicorn.Server(uvicorn.Config(app, port=port, **SERVER_OPTIONS))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
        assert not serving.done()
    async with http_client(f"http://127.0.0.1:{port}", timeout=60) as http:
        yield http
    server.should_exit = True
    await serving


if __name__ == "__main__":
    main()
