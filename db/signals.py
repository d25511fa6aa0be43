"""Signals: how a service tells the workers of its process what a transaction has changed."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeAlias
from uuid import UUID

from db.transactions import after_commit

Listener: TypeAlias = Callable[..., Awaitable[object] | None]
"""Called with the company's id, and whatever else the signal was sent with."""


class Signal:
    """Tells the listeners of this process that rows of a company have changed, after the commit.

    A signal is a hint: it is lost if the process dies. So listeners also poll the rows. A command
    such as `remind` has no listeners, and the processes that serve find its changes by polling.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    @contextmanager
    def connected(self, listener: Listener) -> Iterator[None]:
        """Call `listener` after each commit, until the context ends."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def send_after_commit(self, company_id: UUID, *details: object) -> None:
        """Call the listeners when the running transaction has committed, as `after_commit` does.

        Raises RuntimeError outside of a transaction, in processes without listeners, too.
        """
        after_commit(*(partial(self._call, each, company_id, *details) for each in self._listeners))

    def _call(self, listener: Listener, *details: object) -> Awaitable[object] | None:
        # A listener that was disconnected before the commit is closing or closed.
        return listener(*details) if listener in self._listeners else None
