"""Several processes count in one folder, and nothing that one of them counted is lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from prometheus_client.multiprocess import MultiProcessCollector

from core.telemetry import metric_files

_PROGRAM: Final = """
from core.telemetry.metrics import FOLLOWERS, STREAMS
FOLLOWERS.inc(3)
STREAMS.labels("sse").inc(5)
print("counted", flush=True)
input()
"""


@contextmanager
def _process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Yield a process that has counted, and that is killed afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM],
        env={**os.environ, metric_files.VARIABLE: str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    with process:
        assert process.stdout.readline() == "counted\n"
        yield process
        process.send_signal(signal.SIGKILL)


def _counted(folder: Path) -> tuple[float, float]:
    """Return the sums of what was counted and what was measured."""
    metric_files.processes(folder)
    collector = MultiProcessCollector(None, str(folder))  # type: ignore[no-untyped-call]
    values = {
        (sample.name, *sample.labels.values()): sample.value
        for metric in collector.collect()  # type: ignore[no-untyped-call]
        for sample in metric.samples
    }
    return values["invotify_streams_total", "sse"], values.get(("invotify_followers",), 0)


def test_counters_outlive_their_process_and_gauges_end_with_it(tmp_path: Path) -> None:
    with _process(tmp_path) as first, _process(tmp_path) as second:
        assert metric_files.processes(tmp_path) == {0: first.pid, 1: second.pid}
        assert _counted(tmp_path) == (10, 6)
        first.kill()
        first.wait()
        assert metric_files.processes(tmp_path) == {1: second.pid}
        assert _counted(tmp_path) == (10, 3)
        files = set(tmp_path.iterdir())
        with _process(tmp_path) as third:
            assert metric_files.processes(tmp_path) == {0: third.pid, 1: second.pid}
            assert _counted(tmp_path) == (15, 6)
        assert set(tmp_path.iterdir()) - files == {tmp_path / "gauge_livesum_0.db"}
    assert _counted(tmp_path) == (15, 0)


def test_workers_get_a_folder_that_disappears_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(metric_files.VARIABLE, "")
    with metric_files.shared_folder():
        folder = metric_files.folder()
        assert folder
        (folder / "counter_0.db").touch()
    assert not folder.exists()


def test_a_folder_that_is_configured_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(metric_files.VARIABLE, str(tmp_path))
    with metric_files.shared_folder():
        assert metric_files.folder() == tmp_path
    assert tmp_path.exists()
