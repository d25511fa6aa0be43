"""Everything that is measured, started privately: databases, two portals and two floors."""

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

from dev.benchmarks.load import Server
from tests.support import servers


@dataclass(frozen=True, slots=True)
class Stack:
    """The running servers, and the key of a company in the portal.

    Of each pair the first answers requests and the second serves the websockets: two processes,
    as two workers are, so that every event crosses Redis.
    """

    portals: tuple[Server, Server]
    floors: tuple[Server, Server]
    company_id: str
    api_key: str


@contextmanager
def running() -> Iterator[Stack]:
    """Yield the servers; they are gone afterwards."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="invotify-bench-")))
        server_url = opened.enter_context(servers.postgres())
        redis = opened.enter_context(servers.redis(folder))
        environment = {
            "DATABASE_URL": asyncio.run(servers.create_database(server_url)),
            "REDIS_URL": redis.url,
            "ENVIRONMENT": "production",
            "SECRET_KEY": "benchmarks have no secrets, but production wants one",
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
        }
        company_id, api_key = _found(environment)
        yield Stack(
            (_portal(opened, environment), _portal(opened, environment)),
            (_floor(opened, environment), _floor(opened, environment)),
            company_id,
            api_key,
        )


def _found(environment: dict[str, str]) -> tuple[str, str]:
    _run(environment, "migrate")
    details = ("--company", "Acme", "--email", "staff@example.com", "--password", "long enough")
    created = json.loads(_run(environment, "bootstrap", "--json", *details))
    return created["companyId"], created["apiKey"]


def _run(environment: dict[str, str], *arguments: str) -> bytes:
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout


def _portal(opened: ExitStack, environment: dict[str, str]) -> Server:
    portal = opened.enter_context(servers.portal(environment))
    assert portal.process is not None
    return Server(portal.port, portal.process.pid)


def _floor(opened: ExitStack, environment: dict[str, str]) -> Server:
    port = servers.free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "dev.benchmarks.floor", str(port)], env={**os.environ, **environment}
    )
    opened.callback(process.wait)
    opened.callback(process.terminate)
    servers.wait_until(lambda: servers.listens(port), "floor")
    return Server(port, process.pid)
