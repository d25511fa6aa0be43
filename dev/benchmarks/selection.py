"""Which figures are measured, how thoroughly, and their names."""

from collections.abc import Sequence
from dataclasses import dataclass, field

Figures = dict[str, float]
"""Measured figures by their names, such as `invoice/16/cpu`."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much to measure."""

    invoices: int = 200
    listed: int = 30
    """Invoices in the lists, more than fit on a page."""
    rounds: int = 5
    seconds: float = 1.5
    events: dict[int, int] = field(default_factory=lambda: {1: 30, 100: 6, 1000: 2})
    """Events in a round, by the number of followers."""
    crowds: dict[int, int] = field(
        default_factory=lambda: {1: 20, 10: 20, 100: 6, 1000: 2, 2000: 2}
    )
    """The same, for how cost grows."""
    fetched: int = 360
    """Invoices to download as PDFs, each once."""
    batches: dict[int, int] = field(default_factory=lambda: {1: 6, 10: 6, 100: 2, 1000: 1})
    """Documents in a round, by the number of lines."""


QUICK = Size(
    invoices=40,
    rounds=3,
    seconds=0.4,
    events={1: 10, 100: 3, 1000: 1},
    crowds={1: 10, 100: 3, 2000: 1},
    fetched=40,
    batches={1: 1, 10: 1, 100: 1},
)


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows to measure."""

    size: Size
    only: Sequence[str] = ()
    """Beginnings of names, such as `invoice` or `invoice/16`; everything if there are none."""

    def includes(self, name: str) -> bool:
        """Whether the row of this name is to be measured."""
        return not self.only or any(f"{name}/".startswith(f"{each}/") for each in self.only)
