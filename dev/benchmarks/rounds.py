"""Portal, floor, portal, floor …: what the machine does meanwhile meets both alike."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Compared(Generic[T]):
    """The rounds of both, in the order in which they ran."""

    portal: list[T]
    floor: list[T]

    def medians(self, figure: Callable[[T], float]) -> tuple[float, float, float]:
        """Return the portal's median, the floor's, and that of the rounds' ratios.

        The ratio is portal to floor within each pair of neighbours, so it is not exactly the
        quotient of the two medians.
        """
        portal, floor = [list(map(figure, rounds)) for rounds in (self.portal, self.floor)]
        ratios = [ours / theirs for ours, theirs in zip(portal, floor, strict=True)]
        return median(portal), median(floor), median(ratios)


async def compare(
    rounds: int, portal: Callable[[], Awaitable[T]], floor: Callable[[], Awaitable[T]]
) -> Compared[T]:
    """Run both in turns, `rounds` times each, after a round that does not count."""
    compared: Compared[T] = Compared([], [])
    for n in range(rounds + 1):
        ours, theirs = await portal(), await floor()
        if n:
            compared.portal.append(ours)
            compared.floor.append(theirs)
    return compared
