"""A bar chart of counts per day, in the units of the SVG's view box."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Self

WIDTH: Final = 600
HEIGHT: Final = 80
_GAP: Final = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of a day."""

    day: date
    count: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars for the days whose count is not zero."""

    bars: list[Bar]
    first: date
    last: date
    maximum: int
    total: int
    width: int = WIDTH
    height: int = HEIGHT

    @classmethod
    def of(cls, counts: Sequence[int], last: date) -> Self | None:
        """Return the chart of the days up to `last`, or None if all counts are zero."""
        maximum = max(counts)
        if maximum == 0:
            return None
        first = last - timedelta(days=len(counts) - 1)
        step = WIDTH // len(counts)
        bars = []
        for index, count in enumerate(counts):
            if count:
                height = max(1, HEIGHT * count // maximum)
                bar = Bar(
                    day=first + timedelta(days=index),
                    count=count,
                    x=index * step + _GAP // 2,
                    y=HEIGHT - height,
                    width=step - _GAP,
                    height=height,
                )
                bars.append(bar)
        return cls(bars=bars, first=first, last=last, maximum=maximum, total=sum(counts))
