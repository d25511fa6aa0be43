"""A cheap semaphore, whose waits all have a limit."""

import asyncio
from collections import deque


class Semaphore:
    """Lets some callers in at a time, the others in the order in which they came.

    Like asyncio's, but taking a free place costs next to nothing, and every wait has a limit.
    """

    def __init__(self, places: int) -> None:
        """Let in `places` callers at a time."""
        self._free = places
        self._waiting: deque[asyncio.Future[bool]] = deque()
        """Callers in the order in which they came. True gives one its place."""

    @property
    def waiting(self) -> int:
        """The number of callers that wait."""
        return len(self._waiting)

    async def acquire(self, timeout: float) -> None:  # noqa: ASYNC109  # it is cheaper
        """Take a place. Raises TimeoutError if there is none for `timeout` seconds."""
        if self._free:
            self._free -= 1
        elif not await self._wait(timeout):
            raise TimeoutError

    def release(self) -> None:
        """Give a place back, which goes to whoever has waited longest."""
        while self._waiting:
            if _resolve(self._waiting.popleft(), has_place=True):
                return
        self._free += 1

    async def _wait(self, seconds: float) -> bool:
        loop = asyncio.get_running_loop()
        place: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(place)
        timer = loop.call_later(seconds, _resolve, place, False)  # noqa: FBT003
        try:
            return await place
        except BaseException:
            if not (place.cancel() or place.cancelled()) and place.result():
                self.release()
            raise
        finally:
            timer.cancel()


def _resolve(place: asyncio.Future[bool], has_place: bool) -> bool:
    """Tell whoever waits for `place` whether they have it. Return whether anybody does."""
    if place.done():
        return False
    place.set_result(has_place)
    return True
