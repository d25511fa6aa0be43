"""`invotify worker`: the background work of `serve` without its requests."""

import asyncio
import signal

from structlog import get_logger

from cli.running import read_settings_and_log, run
from db.migrations import open_migrated
from lifespan import open_services
from settings import Schedules, Settings

log = get_logger(__name__)


def work() -> None:
    """Work until SIGINT or SIGTERM."""
    run(_work(read_settings_and_log()))


async def _work(settings: Settings) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with (
        open_migrated(settings.database_url, everywhere=True),
        open_services(settings, schedules=Schedules.ON),
    ):
        log.info("worker.started")
        await stopped.wait()
    log.info("worker.stopped")
