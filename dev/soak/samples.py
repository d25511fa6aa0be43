"""What a portal holds, and whether it grows."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression, median
from typing import Final

import psutil

MAX_GROWTH: Final = 0.05
"""The share by which something may grow, by the line through its samples, and still be level."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What a portal holds at a time, in seconds since the start."""

    at: float
    mebibytes: float
    """Resident memory of the process, without those that render PDFs."""
    descriptors: int
    connections: int
    """Connections to the database."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How something has changed."""

    name: str
    typical: float
    growth: float
    """How much the line through the samples has risen from the first to the last."""
    allowance: float

    @property
    def is_level(self) -> bool:
        """Whether it has grown no more than noise explains."""
        return self.growth <= self.allowance

    def __str__(self) -> str:
        verdict = "level" if self.is_level else "GROWS"
        return f"{self.name}: {verdict}, typically {self.typical:.1f}, {self.growth:+.1f}"


def take(pid: int, at: float, connections: int) -> Sample:
    """Return what a process holds now."""
    process = psutil.Process(pid)
    return Sample(
        at=at,
        mebibytes=process.memory_info().rss / 2**20,
        descriptors=process.num_fds(),
        connections=connections,
    )


def trends(samples: Sequence[Sample]) -> list[Trend]:
    """Return the trends of samples taken after a warm-up, of which there must be two.

    The connections of a pool come and go, and each takes a descriptor, so that both vary as much.
    """
    times = [sample.at for sample in samples]
    return [
        _trend("memory in MiB", times, [sample.mebibytes for sample in samples], slack=2.0),
        _trend("descriptors", times, [float(sample.descriptors) for sample in samples], slack=5.0),
        _trend("connections", times, [float(sample.connections) for sample in samples], slack=5.0),
    ]


def _trend(name: str, times: list[float], values: list[float], slack: float) -> Trend:
    slope = linear_regression(times, values).slope
    typical = median(values)
    return Trend(
        name=name,
        typical=typical,
        growth=slope * (times[-1] - times[0]),
        allowance=max(slack, typical * MAX_GROWTH),
    )
