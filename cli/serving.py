"""`invotify serve`: one process that serves, or a small one that starts those and restarts them."""

import os
import secrets
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import active_children, get_context
from socket import socket
from typing import Any, Final

import uvicorn
from structlog import get_logger
from uvicorn.config import STARTUP_FAILURE

from cli.child_processes import end_with_parent
from cli.listening import listen
from cli.supervisor import Supervisor
from core.logging import configure_logging
from core.telemetry.metric_files import shared_folder

log = get_logger(__name__)

_APP: Final = "app:from_environment"
SERVER_OPTIONS: Final[dict[str, Any]] = {
    "log_config": None,
    "access_log": False,
    "http": "web.http.protocol:BoundedHttpProtocol",
    "ws": "web.http.protocol:BoundedWebSocketProtocol",
    # TRUSTED_PROXIES decides which proxies may state the client's address.
    "proxy_headers": False,
    "server_header": False,
    # Compression costs a websocket 100 KiB and a fan-out seven times the time.
    "ws_per_message_deflate": False,
    "ws_max_size": 64 * 1024,
    "timeout_graceful_shutdown": 5,
    # A process that doesn't answer for so long is replaced, but not one on a machine that is busy.
    "timeout_worker_healthcheck": 30,
    # Longer than proxies and clients usually keep theirs, so that they are the ones who close it.
    "timeout_keep_alive": 75,
}
"""How uvicorn serves us, here and in the tests."""
_FINISH_SECONDS: Final = 22.0
"""After it has drained, a process gets these to finish what it does, then it is killed.

With the default of DRAIN_SECONDS, that is before systemd, Docker and Kubernetes kill all of them.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """What serving needs once everything is checked."""

    environment: dict[str, str]
    """Variables that all workers must have and nobody has set."""
    as_json: bool
    """How logs are written."""
    drain_seconds: float
    """For how long a process that is told to end still takes new requests."""


def serve_app(host: str, port: int, workers: int) -> None:
    """Check everything, then serve until a signal ends it."""
    if workers == 1:
        with _ended_by_sigterm():
            os.environ |= _prepare(workers).environment
    else:
        # The process that stays only starts workers and restarts them. What the checks import
        # would take most of its memory.
        with (
            _ended_by_sigterm(),
            ProcessPoolExecutor(1, get_context("fork"), end_with_parent, (signal.SIGKILL,)) as pool,
        ):
            prepared = pool.submit(_prepare, workers).result()
        os.environ |= prepared.environment
        configure_logging(as_json=prepared.as_json)
    config = uvicorn.Config(_APP, factory=True, workers=workers, **SERVER_OPTIONS)
    listener = listen(host, port)
    log.info("server.starting", host=host, port=port, workers=workers)
    if workers == 1:
        raise SystemExit(_serve_alone(config, listener))
    end_within = prepared.drain_seconds + _FINISH_SECONDS
    with shared_folder():
        raise SystemExit(Supervisor(config, [listener], end_within=end_within).run())


def _serve_alone(config: uvicorn.Config, listener: socket) -> int:
    """Serve in this process until a signal ends it, and return the exit code."""
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run([listener])
    return 0 if server.started else STARTUP_FAILURE


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end this process meanwhile, and the one that it has started.

    By default, the kernel ignores it for the first process of a container, and that one would stay.
    """

    def end(*_: object) -> None:
        for process in active_children():
            process.terminate()
        raise SystemExit

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _prepare(workers: int) -> _Prepared:
    """Check settings and database, and choose what all workers share. Ends if either is wrong."""
    from cli.running import open_database, read_settings_and_log, refuse_errors, run
    from core.checks import check_redis, check_settings
    from pdf.worker_pool import usable_cores

    settings = read_settings_and_log()
    refuse_errors([*check_settings(settings, workers), *run(check_redis(settings))])

    async def check_database() -> None:
        async with open_database(settings):
            pass

    run(check_database())
    environment = {}
    if settings.pdf_workers is None:
        environment["PDF_WORKERS"] = str(max(1, usable_cores() // workers))
    if not settings.secret_key:
        # All workers share one, because a form from one worker may be sent to another.
        environment["SECRET_KEY"] = secrets.token_urlsafe()
    return _Prepared(
        environment=environment,
        as_json=settings.is_production,
        drain_seconds=settings.drain_seconds,
    )
