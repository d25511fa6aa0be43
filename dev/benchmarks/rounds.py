"""Rounds in alternation, so that other load on the machine affects both sides."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Comparison(Generic[T]):
    """The rounds of portal and floor, in order."""

    portal: list[T]
    floor: list[T]

    def medians(self, figure: Callable[[T], float]) -> tuple[float, float, float]:
        """Return the medians of the portal, of the floor, and of the ratios of each pair of rounds.

        The third is not exactly the quotient of the first two.
        """
        portal, floor = [list(map(figure, rounds)) for rounds in (self.portal, self.floor)]
        ratios = [ours / theirs for ours, theirs in zip(portal, floor, strict=True)]
        return median(portal), median(floor), median(ratios)


async def compare(
    rounds: int, portal: Callable[[], Awaitable[T]], floor: Callable[[], Awaitable[T]]
) -> Comparison[T]:
    """Run both `rounds` times, after a round that does not count. The first one alternates."""
    comparison: Comparison[T] = Comparison([], [])
    for n in range(rounds + 1):
        if n % 2:
            ours, theirs = await portal(), await floor()
        else:
            theirs, ours = await floor(), await portal()
        if n:
            comparison.portal.append(ours)
            comparison.floor.append(theirs)
    return comparison
