"""A chart of counts per day: where its bars stand, in the units of the picture's view box."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Self

WIDTH: Final = 600
HEIGHT: Final = 80
_GAP: Final = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A day, and its bar."""

    day: date
    count: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar for each day on which there was something."""

    bars: list[Bar]
    first: date
    last: date
    most: int
    total: int
    width: int = WIDTH
    height: int = HEIGHT

    @classmethod
    def of(cls, counts: Sequence[int], last: date) -> Self | None:
        """Return the chart of the days up to `last`; None if there was nothing."""
        most = max(counts)
        if most == 0:
            return None
        first, step = last - timedelta(days=len(counts) - 1), WIDTH // len(counts)
        bars = []
        for position, count in enumerate(counts):
            if count:
                height = max(1, HEIGHT * count // most)
                day = first + timedelta(days=position)
                x = position * step + _GAP // 2
                bars.append(Bar(day, count, x, HEIGHT - height, step - _GAP, height))
        return cls(bars, first, last, most, sum(counts))
