"""Whatever serving processes do or don't do, the others serve, and signals are obeyed."""

import json
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from uvicorn.config import STARTUP_FAILURE

from tests.support import servers


@dataclass
class Supervised:
    """A small application, served by two processes."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the lines of the log with this event."""
        # The last line may be incomplete.
        *lines, _ = (self.folder / "log").read_text(encoding="utf-8").split("\n")
        return [line for line in map(json.loads, lines) if line["event"] == name]

    def wait_for(self, name: str, count: int = 1) -> None:
        """Wait until the log has so many lines with this event."""
        servers.wait_until(lambda: len(self.events(name)) >= count, f"{name} ({count})")

    @property
    def workers(self) -> set[int]:
        """The ids of the processes that were ready and haven't ended."""
        ready = {line["pid"] for line in self.events("worker.ready")}
        return ready & {child.pid for child in psutil.Process(self.process.pid).children()}

    @property
    def answers(self) -> set[tuple[int, str]]:
        """Who answers, and with which version. Each connection may reach another process."""
        found = set()
        no_connection_is_kept = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(verify=False, timeout=30, limits=no_connection_is_kept) as client:
            for _ in range(20):
                pid, version = client.get(f"http://127.0.0.1:{self.port}").text.split()
                found.add((int(pid), version))
        return found

    def will(self, fault: str) -> None:
        """Let the processes that start from now on have a fault."""
        (self.folder / fault).touch()

    def will_not(self, fault: str) -> None:
        """Let the processes that start from now on do without a fault."""
        (self.folder / fault).unlink()


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    """Yield the application, of which both processes are ready."""
    started = _start(tmp_path)
    try:
        started.wait_for("worker.ready", 2)
        yield started
    finally:
        with suppress(psutil.NoSuchProcess):
            for process in psutil.Process(started.process.pid).children():
                process.kill()
        started.process.kill()
        started.process.wait()


def _start(folder: Path) -> Supervised:
    (folder / "version").write_text("1", encoding="utf-8")
    port = servers.free_port()
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "tests.support.supervised", str(folder), str(port)]
        return Supervised(folder, port, subprocess.Popen(command, stderr=log))


def _versions(supervised: Supervised) -> set[str]:
    return {version for _, version in supervised.answers}


def test_signals_during_a_restart_lead_to_one_more(supervised: Supervised) -> None:
    before = supervised.workers
    supervised.process.send_signal(signal.SIGHUP)
    supervised.wait_for("worker.starting", 3)
    (supervised.folder / "version").write_text("2", encoding="utf-8")
    for _ in range(5):
        supervised.process.send_signal(signal.SIGHUP)
    # The one that was starting may have begun with what was there before, so it is replaced, too.
    supervised.wait_for("worker.ended", 3)
    servers.wait_until(lambda: _versions(supervised) == {"2"}, "the new version")
    assert not before & supervised.workers
    assert len(supervised.events("worker.starting")) == 5
    supervised.process.terminate()
    assert supervised.process.wait(60) == 0
    assert not supervised.events("worker.killed")


@pytest.mark.parametrize("fault", ["broken", "hung"])
def test_the_others_stay_if_a_new_process_cannot_start(supervised: Supervised, fault: str) -> None:
    before = supervised.workers
    supervised.will(fault)
    supervised.process.send_signal(signal.SIGHUP)
    supervised.wait_for("supervisor.restart_failed")
    assert [line["level"] for line in supervised.events("supervisor.restart_failed")] == ["error"]
    assert supervised.workers <= before
    supervised.will_not(fault)
    supervised.process.send_signal(signal.SIGHUP)
    supervised.wait_for("worker.ended", 2)
    assert not supervised.workers & before


def test_a_stop_during_a_restart_waits_for_nothing(supervised: Supervised) -> None:
    supervised.will("hung")
    supervised.process.send_signal(signal.SIGHUP)
    supervised.wait_for("worker.starting", 3)
    supervised.process.terminate()
    assert supervised.process.wait(60) == 0
    assert not supervised.events("supervisor.restart_failed")


def test_processes_that_do_not_end_are_killed(supervised: Supervised) -> None:
    supervised.will("deaf")
    supervised.process.send_signal(signal.SIGHUP)
    supervised.wait_for("worker.ended", 2)
    supervised.process.send_signal(signal.SIGHUP)
    # The restart goes on after that.
    supervised.wait_for("worker.starting", 6)
    assert len(supervised.events("worker.killed")) == 1
    supervised.process.terminate()
    assert supervised.process.wait(60) == 0
    assert len(supervised.events("worker.killed")) >= 3


def test_a_second_signal_ends_the_wait_of_all(supervised: Supervised) -> None:
    supervised.will("calm")
    supervised.process.send_signal(signal.SIGHUP)
    supervised.wait_for("worker.ended", 2)
    supervised.process.terminate()
    supervised.wait_for("supervisor.stopping")
    supervised.process.terminate()
    assert supervised.process.wait(60) == 0
    assert not supervised.events("worker.killed")


def test_a_process_that_cannot_start_is_started_again_later(supervised: Supervised) -> None:
    supervised.will("broken")
    victim, survivor = supervised.workers
    psutil.Process(victim).kill()
    supervised.wait_for("worker.died", 3)
    assert supervised.workers == {survivor}
    supervised.will_not("broken")
    supervised.wait_for("worker.ready", 3)
    assert len(supervised.workers) == 2


def test_a_system_without_room_for_a_process_gets_one_later(supervised: Supervised) -> None:
    limits = resource.prlimit(supervised.process.pid, resource.RLIMIT_NOFILE, (6, 4096))
    victim, survivor = supervised.workers
    psutil.Process(victim).kill()
    supervised.wait_for("worker.not_started")
    assert supervised.workers == {survivor}
    resource.prlimit(supervised.process.pid, resource.RLIMIT_NOFILE, (min(limits[0], 4096), 4096))
    supervised.wait_for("worker.ready", 3)


def test_a_process_that_is_frozen_is_replaced(supervised: Supervised) -> None:
    victim = min(supervised.workers)
    psutil.Process(victim).suspend()
    supervised.wait_for("worker.ready", 3)
    assert [line["pid"] for line in supervised.events("worker.killed")] == [victim]


def test_a_portal_of_which_no_process_can_start_ends(tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    started = _start(tmp_path)
    assert started.process.wait(60) == STARTUP_FAILURE


def test_serving_processes_end_if_the_supervisor_is_killed(supervised: Supervised) -> None:
    workers = [psutil.Process(pid) for pid in supervised.workers]
    supervised.process.kill()
    assert psutil.wait_procs(workers, 60)[1] == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGKILL, -9)])
@pytest.mark.parametrize("workers", [1, 2])
def test_an_end_while_the_database_is_checked_leaves_no_process(
    workers: int, number: signal.Signals, code: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        port = silent.getsockname()[1]
        environment = {
            "PATH": "/usr/bin:/bin",
            "DATABASE_URL": f"postgres://nobody:secret@127.0.0.1:{port}/nothing",
            "REDIS_URL": "redis://127.0.0.1:1",
        }
        command = [sys.executable, "-m", "cli", "serve", "--workers", str(workers)]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as starting:
            connection, _ = silent.accept()  # it waits for an answer now
            checking = psutil.Process(starting.pid).children()
            starting.send_signal(number)
            try:
                # Both have the same stderr, so this waits for both.
                _, said = starting.communicate(timeout=60)
            finally:
                starting.kill()
                connection.close()
    assert starting.returncode == code
    assert len(checking) == workers - 1
    assert psutil.wait_procs(checking, 60)[1] == []
    assert b"Traceback" not in said
