"""`invotify worker`: the background work of `serve` without its requests."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from socket import socket

import uvicorn
from structlog import get_logger

from cli.listening import listen
from cli.running import read_settings_and_log, refuse_errors, run
from cli.serving import SERVER_OPTIONS
from context import Services
from core.checks import check_redis, check_settings
from db.migrations import open_migrated
from lifespan import open_services
from settings import Schedules, Settings
from web.ops.monitoring import create_monitoring_app

log = get_logger(__name__)


def work(host: str, port: int | None) -> None:
    """Work until SIGINT or SIGTERM. With a `port`, answer health checks and Prometheus there."""
    settings = read_settings_and_log()
    refuse_errors([*check_settings(settings, workers=1), *run(check_redis(settings))])
    run(_work(settings, None if port is None else listen(host, port)))


async def _work(settings: Settings, listener: socket | None) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with (
        open_migrated(settings.database_url, everywhere=True),
        open_services(settings, schedules=Schedules.ON) as services,
        _monitored(services, listener),
    ):
        log.info("worker.started")
        await stopped.wait()
    log.info("worker.stopped")


class _Server(uvicorn.Server):
    """A server that leaves signals to the worker."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Change nothing."""
        yield


@asynccontextmanager
async def _monitored(services: Services, listener: socket | None) -> AsyncGenerator[None, None]:
    """Answer health checks and Prometheus meanwhile, if there is a port for them."""
    if listener is None:
        yield
        return
    server = _Server(uvicorn.Config(create_monitoring_app(services), **SERVER_OPTIONS))
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
