"""The CPU time of other processes."""

import time
from pathlib import Path

_CPUCLOCK_SCHED = 2


def cpu_seconds(*pids: int) -> float:
    """Return the CPU seconds of processes and their running children, to the microsecond.

    The clock's number is the one that clock_getcpuclockid(3) returns on Linux, since the figures
    in /proc have steps of 10 ms.
    """
    return sum(own_cpu_seconds(pid) + cpu_seconds(*_children(pid)) for pid in pids)


def own_cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process without its children."""
    return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for children in tasks for child in children.read_text().split()]
