"""The servers under test: databases, two portals and two floors, each started when it is needed."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from dev.benchmarks.cpu import cpu_seconds
from dev.benchmarks.load import Server
from tests.support import node, servers

_NODE_SOURCES: Final = Path(__file__).with_name("node")
_NODE: Final = Path(sys.prefix) / "benchmarks-on-node"
"""Where the servers on Node run, with what they need from npm."""
_SETTLE_SECONDS: Final = 0.5
_SETTLE_TIMEOUT: Final = 60.0
_IDLE: Final = 0.05
"""The share of a core that a server may use while it waits for requests."""
METRICS_TOKEN: Final = "lets the benchmarks read the metrics"


@dataclass(frozen=True)
class Stack:
    """The running servers, and an API key of a company.

    Websockets have a portal and a floor of their own. They are separate processes, like two
    workers, so every event passes through Redis.
    """

    environment: dict[str, str]
    company_id: str
    api_key: str
    exit_stack: ExitStack
    """Stops the servers."""

    @cached_property
    def portal(self) -> Server:
        """The portal that answers requests."""
        return self._start_portal()

    @cached_property
    def live_portal(self) -> Server:
        """The portal that serves websockets."""
        return self._start_portal()

    @cached_property
    def floor(self) -> Server:
        """The floor that answers requests."""
        return self._start_module("dev.benchmarks.floors.floor")

    @cached_property
    def live_floor(self) -> Server:
        """The floor that serves websockets."""
        return self._start_module("dev.benchmarks.floors.floor")

    @cached_property
    def least_floor(self) -> Server:
        """The floor with one statement and one write."""
        return self._start_module("dev.benchmarks.floors.least_floor")

    @cached_property
    def mercurius(self) -> Server:
        """The Node server that compiles queries."""
        return self._start(["node", str(_NODE / "mercurius.mjs")])

    @cached_property
    def yoga(self) -> Server:
        """The Node server that most people start with."""
        return self._start(["node", str(_NODE / "yoga.mjs")])

    def _start_portal(self) -> Server:
        portal = self.exit_stack.enter_context(servers.portal(self.environment))
        assert portal.process is not None
        pid = portal.process.pid
        servers.wait_until(lambda: _is_idle(pid), "portal to be idle", _SETTLE_TIMEOUT)
        return Server(port=portal.port, pid=pid)

    def _start_module(self, module: str) -> Server:
        return self._start([sys.executable, "-m", module])

    def _start(self, command: list[str]) -> Server:
        port = servers.free_port()
        process = subprocess.Popen([*command, str(port)], env={**os.environ, **self.environment})
        self.exit_stack.callback(process.wait)
        self.exit_stack.callback(process.terminate)
        servers.wait_until(lambda: servers.listens(port), " ".join(command))
        return Server(port=port, pid=process.pid)


def _is_idle(pid: int) -> bool:
    """Whether a server and its children do next to nothing. Renderers start behind the server."""
    before = cpu_seconds(pid)
    time.sleep(_SETTLE_SECONDS)
    return cpu_seconds(pid) - before < _IDLE * _SETTLE_SECONDS


def install_node_servers() -> bool:
    """Install the servers on Node. Returns False without npm or a registry."""
    return node.install(_NODE_SOURCES, _NODE.name) is not None


@contextmanager
def running() -> Iterator[Stack]:
    """Start the databases, and stop all servers afterwards."""
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
            environment=environment,
            company_id=company_id,
            api_key=api_key,
            exit_stack=exit_stack,
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
