"""A portal in use by a company, with a sample now and then."""

import asyncio
from itertools import cycle
from random import Random
from typing import Final

from dev.chaos.clients import Clients, new_address
from dev.chaos.cluster import Cluster
from dev.chaos.followers import Followers
from dev.chaos.journal import Journal
from dev.chaos.workload import Workload
from dev.soak.samples import Sample, take

_SAMPLES: Final = 60
_CLIENTS: Final = 200
_PAUSE: Final = 0.5
"""Seconds, so that the machine is not busy all the time."""
_CONNECTIONS: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'invotify'"
    " AND datname = current_database()"
)


async def use(cluster: Cluster, seconds: float, seed: int) -> list[Sample]:
    """Use the first portal for so many seconds, and return samples at equal intervals."""
    portal = cluster.portals[0]
    assert portal.process is not None
    _, api_key = await asyncio.to_thread(cluster.companies.create, f"soak-{seed}")
    random, journal = Random(seed), Journal()
    clients = Clients.of([portal.url], api_key, journal, random)
    # Few clients who come again, so that what is remembered of each is not taken for a leak.
    addresses = cycle([new_address() for _ in range(_CLIENTS)])
    workload = Workload(
        clients, cluster.stripe, journal, random, pause=_PAUSE, address=lambda: next(addresses)
    )
    followers = Followers.of([portal.url], api_key, random)
    await workload.prepare()
    samples: list[Sample] = []
    loop = asyncio.get_running_loop()
    started = loop.time()
    with followers.running():
        async with workload.running():
            while loop.time() < started + seconds:
                await asyncio.sleep(seconds / _SAMPLES)
                [(connections,)] = await cluster.database.rows(_CONNECTIONS)
                samples.append(take(portal.process.pid, loop.time() - started, connections))
                journal.requests.clear()  # nobody looks at them
    await clients.close()
    return samples
