"""What a fault is."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Final

from dev.chaos.clients import Clients
from dev.chaos.cluster import Cluster

POSTGRES: Final = "postgres"
SQLITE: Final = "sqlite"
_SECONDS: Final = 3.0


class Impossible(Exception):
    """The fault can't be caused on this machine; the message says why."""


@dataclass(frozen=True)
class Target:
    """What a fault hits."""

    cluster: Cluster
    clients: Clients
    company_id: str
    random: Random


@dataclass(frozen=True)
class Fault:
    """A fault, which begins when the context is entered and ends when it is left."""

    name: str
    description: str
    promise: str
    """What is promised beyond what always is."""
    cause: Callable[[Target], AbstractAsyncContextManager[None]]
    seconds: float = _SECONDS
    """How long it lasts."""
    databases: frozenset[str] = frozenset({POSTGRES})
    """Which set-ups it is possible in."""
    staff_can_read: bool = False
    """Whether staff can read at both portals while it lasts."""
    kills: bool = False
    """Whether a portal is killed, with the views of pages that it has yet to record."""


def fault(
    promise: str,
    *,
    seconds: float = _SECONDS,
    on: tuple[str, ...] = (POSTGRES,),
    staff_can_read: bool = False,
    kills: bool = False,
) -> Callable[[Callable[[Target], AsyncIterator[None]]], Fault]:
    """Make a fault of a generator that causes it, yields, and ends it."""

    def make(cause: Callable[[Target], AsyncIterator[None]]) -> Fault:
        return Fault(
            name=cause.__name__,
            description=cause.__doc__ or "",
            promise=promise,
            cause=asynccontextmanager(cause),
            seconds=seconds,
            databases=frozenset(on),
            staff_can_read=staff_can_read,
            kills=kills,
        )

    return make
