"""The servers under test: databases, two portals and two floors."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dev.benchmarks.load import Server
from tests.support import servers


@dataclass(frozen=True, slots=True)
class Stack:
    """The running servers, and an API key of a company.

    Of each pair, the first serves requests and the second serves websockets. They are separate
    processes, like two workers, so every event passes through Redis.
    """

    portals: tuple[Server, Server]
    floors: tuple[Server, Server]
    company_id: str
    api_key: str


METRICS_TOKEN: Final = "lets the benchmarks read the metrics"


@contextmanager
def running() -> Iterator[Stack]:
    """Start the servers, and stop them afterwards."""
    with ExitStack() as exit_stack:
        folder = Path(
            exit_stack.enter_context(tempfile.TemporaryDirectory(prefix="invotify-bench-"))
        )
        server_url = exit_stack.enter_context(servers.postgres())
        redis = exit_stack.enter_context(servers.redis(folder))
        environment = {
            "DATABASE_URL": asyncio.run(servers.create_database(server_url)),
            "REDIS_URL": redis.url,
            "ENVIRONMENT": "production",
            "SECRET_KEY": "benchmarks have no secrets, but production requires a key",
            "METRICS_TOKEN": METRICS_TOKEN,
            "TRUSTED_PROXIES": "127.0.0.1/32",
            **dict.fromkeys(
                (
                    "RATE_VIEWS_PER_IP",
                    "RATE_VIEWS_PER_TOKEN",
                    "RATE_MISSES_PER_IP",
                    "RATE_PDF_PER_IP",
                ),
                "100000000/minute",
            ),
            "SHARE_PER_CLIENT": "1",
            **dict.fromkeys(
                (
                    "LIVE_CONNECTIONS_PER_IP",
                    "LIVE_CONNECTIONS_PER_CREDENTIAL",
                    "LIVE_CONNECTIONS_PER_COMPANY",
                    "SUBSCRIPTIONS_PER_CREDENTIAL",
                    "SUBSCRIPTIONS_PER_COMPANY",
                ),
                "1000000",
            ),
        }
        migrate(environment)
        company_id, api_key = create_company(environment, "staff@example.com")
        yield Stack(
            portals=(_portal(exit_stack, environment), _portal(exit_stack, environment)),
            floors=(_floor(exit_stack, environment), _floor(exit_stack, environment)),
            company_id=company_id,
            api_key=api_key,
        )


def migrate(environment: dict[str, str]) -> None:
    """Bring the database up to date."""
    _run(environment, "migrate")


def create_company(environment: dict[str, str], email: str) -> tuple[str, str]:
    """Return the id and an API key of a new company."""
    details = ("--company", "Acme", "--email", email, "--password", "long enough")
    created = json.loads(_run(environment, "bootstrap", "--json", *details))
    return created["companyId"], created["apiKey"]


def _run(environment: dict[str, str], *arguments: str) -> bytes:
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout


def _portal(exit_stack: ExitStack, environment: dict[str, str]) -> Server:
    portal = exit_stack.enter_context(servers.portal(environment))
    assert portal.process is not None
    return Server(port=portal.port, pid=portal.process.pid)


def _floor(exit_stack: ExitStack, environment: dict[str, str]) -> Server:
    port = servers.free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "dev.benchmarks.floor", str(port)], env={**os.environ, **environment}
    )
    exit_stack.callback(process.wait)
    exit_stack.callback(process.terminate)
    servers.wait_until(lambda: servers.listens(port), "floor")
    return Server(port=port, pid=process.pid)
