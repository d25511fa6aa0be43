"""`invotify worker`, and serving processes that leave the work to it."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import servers


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a portal with an empty, migrated database."""
    environment = {"DATABASE_URL": f"sqlite://{tmp_path}/portal.db", "PDF_WARM": "false"}
    servers.invotify(environment, "migrate")
    return environment


def _schedules(environment: dict[str, str]) -> list[str]:
    with closing(sqlite3.connect(environment["DATABASE_URL"].removeprefix("sqlite://"))) as file:
        return [name for (name,) in file.execute("SELECT name FROM schedule ORDER BY name")]


def test_a_worker_does_what_a_portal_without_schedules_leaves(environment: dict[str, str]) -> None:
    with servers.portal(environment | {"SCHEDULES": "off"}) as portal:
        assert portal.process
        worker = subprocess.Popen(
            [sys.executable, "-m", "cli", "worker"],
            env={"PATH": "/usr/bin:/bin", **environment, "SCHEDULES": "off"},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert _schedules(environment) == []
        try:
            expected = ["daily-reconciliation", "reconciliation", "reminders", "retention"]
            servers.wait_until(lambda: _schedules(environment) == expected, "the schedules")
            worker.send_signal(signal.SIGTERM)
            _, log = worker.communicate(timeout=30)
        finally:
            worker.kill()
    assert worker.returncode == 0
    assert "worker.stopped" in log
