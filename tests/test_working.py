"""`invotify worker`, and serving processes that leave the work to it."""

import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support import servers


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty, migrated database, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "portal.db"
    servers.invotify({"DATABASE_URL": f"sqlite://{file}"}, "migrate")
    return file


@pytest.fixture
def environment(migrated: Path, tmp_path: Path) -> dict[str, str]:
    """Return the environment of a portal with an empty, migrated database."""
    file = shutil.copy(migrated, tmp_path)
    return {"DATABASE_URL": f"sqlite://{file}", "PDF_WARM": "false"}


def _schedules(environment: dict[str, str]) -> list[str]:
    with closing(sqlite3.connect(environment["DATABASE_URL"].removeprefix("sqlite://"))) as file:
        return [name for (name,) in file.execute("SELECT name FROM schedule ORDER BY name")]


@contextmanager
def _worker(environment: dict[str, str], *options: str) -> Iterator[subprocess.Popen[str]]:
    worker = subprocess.Popen(
        [sys.executable, "-m", "cli", "worker", *options],
        env={"PATH": "/usr/bin:/bin", **environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.communicate()


def test_a_worker_does_what_a_portal_without_schedules_leaves(environment: dict[str, str]) -> None:
    with servers.portal(environment | {"SCHEDULES": "off"}, forked=True) as portal:
        assert portal.process
        assert _schedules(environment) == []
        with _worker(environment | {"SCHEDULES": "off"}) as worker:
            expected = ["daily-reconciliation", "reconciliation", "reminders", "retention"]
            servers.wait_until(lambda: _schedules(environment) == expected, "the schedules")
            worker.send_signal(signal.SIGTERM)
            _, log = worker.communicate(timeout=30)
    assert worker.returncode == 0
    assert "worker.stopped" in log


def test_a_worker_with_a_port_answers_health_checks_and_prometheus(
    environment: dict[str, str],
) -> None:
    port = servers.free_port()
    production = {"ENVIRONMENT": "production", "SECRET_KEY": "1" * 64, "METRICS_TOKEN": "2" * 64}
    with (
        _worker(environment | production, "--port", str(port)) as worker,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        servers.wait_until(lambda: servers.listens(port), "the worker's port")
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/readyz").json() == {"database": "ok"}
        token = {"authorization": f"Bearer {production['METRICS_TOKEN']}"}
        assert "invotify_schedule_overdue_seconds" in client.get("/metrics", headers=token).text
        assert [client.get(path).status_code for path in ("/metrics", "/")] == [401, 404]
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0


@pytest.mark.parametrize("command", ["worker", "serve", "serve --workers=2"])
def test_a_taken_port_is_named(environment: dict[str, str], command: str) -> None:
    environment |= {"REDIS_URL": "redis://127.0.0.1:1"}
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, output = servers.run_invotify(environment, *command.split(), f"--port={port}")
    reason = f"Can't listen on port {port} of 127.0.0.1: it is taken."
    assert (code, output.splitlines()[-1]) == (1, f"{reason} Choose another one with --port.")
