"""The folder in which several processes count, so that any of them can report the sum.

Each process takes the lowest place that is free, and holds it with a lock for as long as it lives.
The next process with that place continues the counters that it finds there. So nothing that was
counted is lost, however a process ended, and the number of files doesn't grow with restarts.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final, TextIO

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable with the folder, known to everybody who uses prometheus_client."""
_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # the folder in it gets a random name
"""Mapped files must not be on a disk that can fill up: a write to them would kill the process."""

_held: Final[list[TextIO]] = []
"""The locks of this process, which end with it."""


@contextmanager
def shared_folder() -> Iterator[None]:
    """Let the processes that are started meanwhile count in one folder, which then disappears.

    A folder that the environment names is used and left alone.
    """
    if os.environ.get(VARIABLE):
        yield
        return
    parent = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="invotify-metrics-", dir=parent)
    os.environ[VARIABLE] = folder
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def folder() -> Path | None:
    """Return the folder in which this process counts, or None if it counts for itself."""
    name = os.environ.get(VARIABLE)
    return Path(name) if name else None


def take_place(folder: Path) -> int:
    """Take the lowest place in the folder that no living process has, for good."""
    folder.mkdir(parents=True, exist_ok=True)
    for place in count():
        lock = (folder / f"{place}.lock").open("a", encoding="ascii")
        if not _is_free(lock):
            lock.close()
            continue
        _forget_gauges(folder, place)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        _held.append(lock)
        break
    return place


def processes(folder: Path) -> dict[int, int]:
    """Return the place of each living process, and its id. Drop the gauges of those that died."""
    living = {}
    for path in folder.glob("*.lock"):
        place = int(path.stem)
        with path.open("a+", encoding="ascii") as lock:
            if _is_free(lock):
                _forget_gauges(folder, place)
                continue
            lock.seek(0)
            living[place] = int(lock.read() or 0)
    return living


def _is_free(lock: TextIO) -> bool:
    """Whether nobody holds the lock. If so, it is held until the file is closed."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _forget_gauges(folder: Path, place: int) -> None:
    """Remove what a process measured that no longer lives."""
    for path in folder.glob(f"gauge_live*_{place}.db"):
        path.unlink(missing_ok=True)
