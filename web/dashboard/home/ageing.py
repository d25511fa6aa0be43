"""The bars of open amounts by age, in percent of their width, so that the server draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from i18n.formatting import format_money
from services.billing.overview.figures import CurrencyFigures

_GAP: Final = 0.6
_MIN_WIDTH: Final = 0.5
"""Of a part, so that a small one can be seen."""
_LABELS: Final = ("Not due", "1 to 30 days late", "31 to 60 days late", "Over 60 days late")


class Segment(NamedTuple):
    """A part of a bar: its class, its place and its width."""

    name: str
    x: str
    width: str


class Cell(NamedTuple):
    """An amount of a row; empty if it is zero."""

    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class AgeingRow:
    """What is open in one currency."""

    currency: str
    cells: Sequence[Cell]
    segments: Sequence[Segment]
    label: str
    """What the bar shows, for those who can't see it."""

    @classmethod
    def of(cls, figures: CurrencyFigures, language: str) -> Self:
        """Return the row of a currency in which something is open."""
        ageing = figures.ageing
        parts = (ageing.not_due, ageing.up_to_30, ageing.up_to_60, ageing.over_60)
        shares = [100 * part.minor / figures.open.minor for part in parts]
        return cls(
            currency=figures.currency,
            cells=[
                Cell(label, format_money(part, language) if part.minor else "")
                for label, part in zip(_LABELS, parts, strict=True)
            ],
            segments=_segments(shares),
            label=_described(shares),
        )


def ageing_rows(figures: Sequence[CurrencyFigures], language: str) -> list[AgeingRow]:
    """Return a row for each currency in which something is open."""
    return [AgeingRow.of(each, language) for each in figures if each.open.minor]


def _segments(shares: Sequence[float]) -> list[Segment]:
    segments, x = [], 0.0
    for index, share in enumerate(shares):
        if share:
            width = max(share - _GAP, _MIN_WIDTH)
            segments.append(Segment(f"b{index}", f"{x:.1f}%", f"{width:.1f}%"))
        x += share
    return segments


def _described(shares: Sequence[float]) -> str:
    if shares[0] == sum(shares):
        return "Nothing is due yet"
    parts = [
        f"{share:.0f}% {label[0].lower()}{label[1:]}" if share >= 1 else f"under 1% {label.lower()}"
        for share, label in zip(shares, _LABELS, strict=True)
        if share
    ]
    return ", ".join(parts)
