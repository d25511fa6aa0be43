"""Charts of how cost grows, as SVG, with logarithmic axes: a straight line at 45° is linear."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from pathlib import Path
from typing import Final, Self

_WIDTH: Final = 420
_HEIGHT: Final = 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 28, 40, 36
_COLUMNS: Final = 2
_COLOURS: Final = {"portal": "#1d4ed8", "floor": "#6b7280"}
_LABELS: Final = {"portal": -8, "floor": 18}
"""How far below the last point of a curve its name is."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A curve for the portal, and one for the floor."""

    title: str
    curves: Mapping[str, Mapping[int, float]]

    @classmethod
    def of(cls, title: str, medians: Mapping[int, tuple[float, float, float]]) -> Self:
        """Return a chart of the medians of portal and floor."""
        return cls(
            title=title,
            curves={
                "portal": {x: portal for x, (portal, _, _) in medians.items()},
                "floor": {x: floor for x, (_, floor, _) in medians.items()},
            },
        )


def write_charts(file: Path, charts: Sequence[Chart]) -> None:
    """Write the charts, two in a row."""
    rows = ceil(len(charts) / _COLUMNS)
    width, height = _COLUMNS * _WIDTH, rows * _HEIGHT
    drawn = "".join(
        f'<g transform="translate({n % _COLUMNS * _WIDTH} {n // _COLUMNS * _HEIGHT})">'
        f"{_draw(chart)}</g>\n"
        for n, chart in enumerate(charts)
    )
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' font-family="system-ui, sans-serif" font-size="12">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n{drawn}</svg>\n',
        encoding="utf-8",
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """Positions on a logarithmic axis."""

    start: float
    end: float
    low: int
    """The power of ten at the start."""
    high: int

    @classmethod
    def of(cls, values: Sequence[float], start: float, end: float) -> Self:
        low, high = floor(log10(min(values))), ceil(log10(max(values)))
        return cls(start=start, end=end, low=low, high=max(high, low + 1))

    @property
    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]

    def at(self, value: float) -> float:
        share = (log10(value) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def _draw(chart: Chart) -> str:
    xs = [x for curve in chart.curves.values() for x in curve]
    ys = [y for curve in chart.curves.values() for y in curve.values()]
    across = _Axis.of(xs, _LEFT, _WIDTH - _RIGHT)
    up = _Axis.of(ys, _HEIGHT - _BOTTOM, _TOP)
    grid = [
        f'<line x1="{across.at(x)}" x2="{across.at(x)}" y1="{up.start}" y2="{up.end}"'
        f' stroke="#e5e7eb"/><text x="{across.at(x)}" y="{up.start + 18}"'
        f' text-anchor="middle" fill="#374151">{x:,g}</text>'
        for x in across.ticks
    ] + [
        f'<line x1="{across.start}" x2="{across.end}" y1="{up.at(y)}" y2="{up.at(y)}"'
        f' stroke="#e5e7eb"/><text x="{across.start - 6}" y="{up.at(y) + 4}"'
        f' text-anchor="end" fill="#374151">{y:,g}</text>'
        for y in up.ticks
    ]
    curves = [_curve(name, points, across, up) for name, points in chart.curves.items()]
    title = (
        f'<text x="{_LEFT}" y="22" font-weight="600" fill="#111827">{escape(chart.title)}</text>'
    )
    return "\n".join([title, *grid, *curves])


def _curve(name: str, points: Mapping[int, float], across: _Axis, up: _Axis) -> str:
    colour = _COLOURS[name]
    places = [(across.at(x), up.at(y)) for x, y in points.items()]
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in places)
    line = " ".join(f"{x},{y}" for x, y in places)
    last_x, last_y = places[-1]
    below = round(last_y + _LABELS[name], 1)
    return (
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'
        f'<text x="{last_x - 6}" y="{below}" text-anchor="end" fill="{colour}">{name}</text>'
    )
