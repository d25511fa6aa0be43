"""Portals are killed, stopped and frozen, and clients vanish."""

import asyncio
from collections.abc import AsyncIterator

from dev.chaos.faults.fault import POSTGRES, SQLITE, Target, fault

_BOTH = (POSTGRES, SQLITE)


@fault("nothing fails", on=_BOTH, staff_can_read=True)
async def none(target: Target) -> AsyncIterator[None]:
    """Nothing."""
    del target
    yield


@fault("the other portal serves", on=_BOTH, kills=True)
async def portal_killed(target: Target) -> AsyncIterator[None]:
    """SIGKILL of a portal, which starts again afterwards."""
    portal = target.random.choice(target.cluster.portals)
    portal.kill()
    yield
    await asyncio.to_thread(portal.start)


@fault("works as soon as one is back", kills=True)
async def all_portals_killed(target: Target) -> AsyncIterator[None]:
    """SIGKILL of all portals."""
    for portal in target.cluster.portals:
        portal.kill()
    yield
    await asyncio.gather(*(asyncio.to_thread(each.start) for each in target.cluster.portals))


@fault("requests that run are finished", on=_BOTH)
async def portal_stopped(target: Target) -> AsyncIterator[None]:
    """SIGTERM of a portal, as in a deployment."""
    portal = target.random.choice(target.cluster.portals)
    await asyncio.to_thread(portal.stop)
    yield
    await asyncio.to_thread(portal.start)


@fault("the other portal waits 10 s for its locks at most", seconds=12, on=_BOTH)
async def portal_frozen(target: Target) -> AsyncIterator[None]:
    """SIGSTOP of a portal, like a virtual machine that is moved."""
    portal = target.random.choice(target.cluster.portals)
    portal.freeze()
    yield
    portal.thaw()


@fault("what clients don't wait for is finished or undone", on=_BOTH, staff_can_read=True)
async def clients_vanish(target: Target) -> AsyncIterator[None]:
    """Six of ten clients leave after 5 to 200 ms."""
    target.clients.vanishing = 0.6
    yield
    target.clients.vanishing = 0.0
