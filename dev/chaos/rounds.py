"""A round: a new company at work, a fault in the middle, and what is left of it."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

import httpx

from dev.chaos.checks import Evidence, differences
from dev.chaos.clients import Clients
from dev.chaos.cluster import Cluster
from dev.chaos.faults.fault import Fault, Target
from dev.chaos.followers import Followers
from dev.chaos.journal import Answer, Journal
from dev.chaos.workload import Workload

MAX_REQUEST: Final = 30.0
"""Seconds that no request may take."""
MAX_RECOVERY: Final = 10.0
"""Seconds in which everything must be healthy after a fault has ended."""
_QUIET: Final = 1.0
"""Seconds of work before the fault, and after everything is ready again."""
_GIVE_UP: Final = 60.0
_TRACEBACK: Final = re.compile(r"Traceback \(most recent call last\)")


@dataclass(frozen=True)
class Result:
    """What was seen in a round."""

    name: str
    seed: int
    database: str
    requests: int
    acknowledged: int
    errors: dict[str, int]
    longest: float
    """Seconds of the longest request."""
    recovery: float
    """Seconds from the end of the fault to when all portals were ready."""
    lag: float
    """Seconds from the end of the fault to the start of the last request that failed."""
    wrong: list[str]

    @property
    def command(self) -> str:
        """The command that repeats it."""
        where = "" if self.database == "postgres" else f" --database {self.database}"
        return f"python -m dev.chaos --seed {self.seed} --fault {self.name}{where}"


async def run_round(
    cluster: Cluster, faults: list[Fault], seed: int, seconds: float, database: str
) -> Result:
    """Run a company for `seconds` at least, with all `faults` at once in the middle."""
    random, journal, began = Random(f"{seed} workload"), Journal(), datetime.now(UTC)
    company_id, api_key = await asyncio.to_thread(cluster.companies.create, f"company-{seed}")
    urls = [portal.url for portal in cluster.portals]
    log_sizes = {log: log.stat().st_size for log in cluster.logs}
    clients = Clients.of(urls, api_key, journal, random)
    workload = Workload(clients, cluster.stripe, journal, random)
    followers = Followers.of(urls, api_key, random)
    target = Target(cluster, clients, company_id, Random(f"{seed} fault"))
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(clients.close)
        await workload.prepare()
        stack.enter_context(followers.running())
        started = loop.time()
        async with workload.running():
            await asyncio.sleep(_QUIET)
            hit = loop.time()
            async with _all(faults, target):
                await asyncio.sleep(max(fault.seconds for fault in faults))
            ended = loop.time()
            recovery = await _seconds_until_ready(urls)
            await asyncio.sleep(max(_QUIET, seconds - (loop.time() - started)))
        errors = journal.errors()
        lag = _lag(journal, ended)
        await workload.settle()
        evidence = Evidence(
            cluster=cluster,
            company_id=company_id,
            journal=journal,
            followers=followers,
            began=began,
            may_lose_pages=any(fault.kills for fault in faults),
        )
        wrong = await differences(evidence)
        if cluster.database_proxy is not None:
            cluster.database_proxy.forget()
    longest = max(request.seconds for request in journal.requests)
    wrong += _slowness(longest, recovery, lag)
    wrong += _unexpected(journal)
    if all(fault.staff_can_read for fault in faults):
        wrong += _unread(journal, hit)
    wrong += _tracebacks(log_sizes)
    return Result(
        name="+".join(fault.name for fault in faults),
        seed=seed,
        database=database,
        requests=len(journal.requests),
        acknowledged=sum(request.code is None for request in journal.requests),
        errors=dict(errors),
        longest=longest,
        recovery=recovery,
        lag=lag,
        wrong=wrong,
    )


@asynccontextmanager
async def _all(faults: list[Fault], target: Target) -> AsyncIterator[None]:
    """Cause all faults, and end them in reverse order."""
    async with AsyncExitStack() as stack:
        for fault in faults:
            await stack.enter_async_context(fault.cause(target))
        yield


async def _seconds_until_ready(urls: list[str]) -> float:
    """Return the seconds until all portals are ready at the same time."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
        while loop.time() - started < _GIVE_UP:
            if all(await asyncio.gather(*(_is_ready(http, url) for url in urls))):
                break
            await asyncio.sleep(0.1)
    return loop.time() - started


async def _is_ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/readyz")).status_code == 200
    except httpx.TransportError:
        return False


def _lag(journal: Journal, ended: float) -> float:
    """Return for how long after the fault's end requests began that then failed."""
    failed = [
        request.started
        for request in journal.requests
        if request.code != "vanished" and Answer(code=request.code).is_in_doubt
    ]
    return max(0.0, max(failed, default=ended) - ended)


def _slowness(longest: float, recovery: float, lag: float) -> list[str]:
    found = []
    if longest > MAX_REQUEST:
        found.append(f"a request took {longest:.1f} s")
    if recovery > MAX_RECOVERY:
        found.append(f"the portals were ready {recovery:.1f} s after the fault's end")
    if lag > MAX_RECOVERY:
        found.append(f"a request failed that began {lag:.1f} s after the fault's end")
    return found


def _unexpected(journal: Journal) -> list[str]:
    """Return errors that say nothing, and so look like bugs to clients."""
    counted = Counter(
        f"{request.operation} {request.code}"
        for request in journal.requests
        if request.code in {"INTERNAL", "http:500", "http:503 without Retry-After"}
    )
    return [f"{name} ({count} times)" for name, count in counted.items()]


def _unread(journal: Journal, since: float) -> list[str]:
    """Return why staff couldn't read during a fault in which they can."""
    refused = Counter(
        request.code
        for request in journal.requests
        if request.operation == "read"
        and request.started >= since
        and request.code not in {None, "vanished"}
    )
    return [f"staff could not read: {code} ({count} times)" for code, count in refused.items()]


def _tracebacks(log_sizes: dict[Path, int]) -> list[str]:
    """Return how often the portals have logged tracebacks since the logs had these sizes."""
    found = []
    for log, size in log_sizes.items():
        with log.open("rb") as file:
            file.seek(size)
            text = file.read().decode(errors="replace")
        if count := len(_TRACEBACK.findall(text)):
            found.append(f"{count} tracebacks in {log.name}")
    return found
