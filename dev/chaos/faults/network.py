"""The network between portals and PostgreSQL or Redis."""

from collections.abc import AsyncIterator

from dev.chaos.faults.fault import Target, fault
from dev.chaos.proxy import Proxy


def _postgres(target: Target) -> Proxy:
    assert target.cluster.database_proxy is not None
    return target.cluster.database_proxy


def _redis(target: Target) -> Proxy:
    assert target.cluster.redis_proxy is not None
    return target.cluster.redis_proxy


@fault("slower, nothing else")
async def postgres_slow(target: Target) -> AsyncIterator[None]:
    """20 to 60 ms for each message from and to PostgreSQL."""
    _postgres(target).delay = 0.04
    yield
    _postgres(target).delay = 0.0


@fault("503 while it is away")
async def postgres_cut_off(target: Target) -> AsyncIterator[None]:
    """All connections to PostgreSQL break, and new ones are refused."""
    _postgres(target).refuses = True
    _postgres(target).cut()
    yield
    _postgres(target).refuses = False


@fault("no request waits over 30 s; ready within 10 s", seconds=8)
async def postgres_half_open(target: Target) -> AsyncIterator[None]:
    """The present connections to PostgreSQL are silent for good; new ones work."""
    _postgres(target).half_open()
    yield


@fault("no request waits over 30 s; no lock outlives 15 s", seconds=8)
async def postgres_requests_lost(target: Target) -> AsyncIterator[None]:
    """What portals send on present connections is lost for good, in the middle of transactions."""
    _postgres(target).lose_requests()
    yield


@fault("no request waits over 30 s; nothing is done twice", seconds=8)
async def postgres_responses_lost(target: Target) -> AsyncIterator[None]:
    """What PostgreSQL answers on present connections is lost for good."""
    _postgres(target).lose_responses()
    yield


@fault("no request waits over 30 s", seconds=12)
async def postgres_black_hole(target: Target) -> AsyncIterator[None]:
    """Nothing gets to PostgreSQL and back, and everything arrives late."""
    _postgres(target).black_hole()
    yield
    _postgres(target).pass_on()


@fault("no error", staff_can_read=True)
async def redis_slow(target: Target) -> AsyncIterator[None]:
    """0.2 to 0.6 s for each message from and to Redis."""
    _redis(target).delay = 0.4
    yield
    _redis(target).delay = 0.0


@fault("no error; events a little later", staff_can_read=True)
async def redis_cut_off(target: Target) -> AsyncIterator[None]:
    """All connections to Redis break, and new ones are refused."""
    _redis(target).refuses = True
    _redis(target).cut()
    yield
    _redis(target).refuses = False


@fault("no error; events a little later", staff_can_read=True)
async def redis_half_open(target: Target) -> AsyncIterator[None]:
    """The present connections to Redis are silent for good; new ones work."""
    _redis(target).half_open()
    yield


@fault("no error; events a little later", seconds=6, staff_can_read=True)
async def redis_black_hole(target: Target) -> AsyncIterator[None]:
    """Nothing gets to Redis and back, and everything arrives late."""
    _redis(target).black_hole()
    yield
    _redis(target).pass_on()
