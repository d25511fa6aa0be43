"""Who may begin a transaction: not all at once, and not all of one company."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

from core.semaphores import Semaphore

_MOST_PER_COMPANY: Final = 3
"""Transactions of a company that are open at a time. They mostly wait for the same rows."""
_TIMEOUT: Final = 10
"""Seconds to wait for a turn."""


class TransactionLimiter:
    """Limits the transactions that are open at a time.

    All of them can wait for a lock, each with a connection of its own. So some connections are left
    to reads, and some turns to other companies.
    """

    def __init__(self, most: int) -> None:
        """Allow `most` transactions at a time."""
        self._all = Semaphore(most)
        self._by_company: WeakValueDictionary[UUID, Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, company_id: UUID | None) -> AsyncGenerator[None, None]:
        """Wait until a transaction of the company may begin, and end its turn afterwards.

        None if the company isn't known. Raises TimeoutError.
        """
        own = self._of(company_id)
        until = time.monotonic() + _TIMEOUT
        try:
            await own.acquire(_TIMEOUT)
            try:
                await self._all.acquire(until - time.monotonic())
            except BaseException:
                own.release()
                raise
        except TimeoutError:
            raise TimeoutError("Too many transactions are waiting.") from None
        try:
            yield
        finally:
            self._all.release()
            own.release()

    def _of(self, company_id: UUID | None) -> Semaphore:
        if company_id is None:
            return Semaphore(1)
        own = self._by_company.get(company_id)
        if own is None:
            own = self._by_company[company_id] = Semaphore(_MOST_PER_COMPANY)
        return own
