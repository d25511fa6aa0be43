"""No request reads more of the database the more is stored: a short form of `make bench-scale`."""

import subprocess
import sys
from typing import Final

_TIMEOUT: Final = 240
"""Seconds, on a busy machine."""
_MEASURED: Final = ("big: page", "whale", "hot", "client")


def test_requests_read_about_as_much_when_five_times_as_much_is_stored(postgres_url: str) -> None:
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "dev.benchmarks.scale.run", "--server", postgres_url),
            *("--crowded", "--quick", "--most-growth", "3", "--only", *_MEASURED),
            *("--", "1200", "6000"),
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    assert "| whale: page: portal, one invoice |" in finished.stdout
