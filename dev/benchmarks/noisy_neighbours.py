"""Whether a tenant's pages stay quick while another tenant and a stranger do their worst.

    python -m dev.benchmarks.noisy_neighbours

One portal process with its default limits serves a client's invoice page ten times a second:
first alone, then beside a hostile tenant and a hostile stranger (`dev/benchmarks/hostile.py`), and
then alone again. Clients are told apart by addresses of the loopback network.
"""

import argparse
import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import httpx

from dev.benchmarks.cpu import cpu_seconds, own_cpu_seconds
from dev.benchmarks.hostile import HOSTILE, Target
from dev.benchmarks.stack import create_company, migrate
from dev.benchmarks.wire import Connection, get
from tests.support import servers
from tests.support.clients import Business

MAX_RATIO: Final = 3.0
"""How many times as long the slowest of a hundred pages may take beside hostile neighbours."""
_RATE: Final = 10
"""Pages a second."""
_RAMP: Final = 8.0
"""Seconds in which the hostile ones get up to speed."""
_IPS: Final = [f"127.0.2.{n}" for n in range(1, 21)]
"""The addresses of the readers."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """The times of pages in seconds, and what the portal used meanwhile."""

    seconds: Sequence[float]
    worked: Sequence[float]
    """CPU seconds of the portal for whatever it did between a request and its response. A machine
    that is busy with something else hardly changes them."""
    failed: int
    cpu: float
    """Share of a core."""
    starved: float
    """Share of the time in which the portal had work and got no core. Above some percent, the
    machine is too busy with something else for the figures to mean anything."""
    rss: int
    """MiB afterwards."""

    @property
    def p99(self) -> float:
        """The 99th percentile of the times in milliseconds."""
        return _p99(self.seconds)

    @property
    def worked_p99(self) -> float:
        """The 99th percentile of `worked` in milliseconds."""
        return _p99(self.worked)

    def __str__(self) -> str:
        return (
            f"p50 {median(self.seconds) * 1000:6.1f} ms, p99 {self.p99:6.1f} ms; CPU meanwhile "
            f"p50 {median(self.worked) * 1000:6.1f} ms, p99 {self.worked_p99:6.1f} ms; "
            f"{self.failed} failed of {len(self.seconds) + self.failed}, "
            f"CPU {self.cpu:.0%}, starved {self.starved:.0%}, {self.rss} MiB"
        )


def _p99(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=100, method="inclusive")[98] * 1000


async def measure(portal: servers.PortalProcess, token: str, seconds: float) -> Measurement:
    """Request the page at a steady rate, whether or not earlier ones have been answered."""
    assert portal.process is not None
    pid = portal.process.pid
    request = get(f"/invoice/{token}")
    idle = asyncio.Queue[Connection]()
    for ip in _IPS:
        idle.put_nowait(await Connection.open(portal.port, ip))
    times: list[float] = []
    worked: list[float] = []

    async def load(due: float) -> None:
        connection = await idle.get()
        before = own_cpu_seconds(pid)
        try:
            await connection.send(request)
            worked.append(own_cpu_seconds(pid) - before)
            times.append(time.perf_counter() - due)
        except OSError:
            connection = await Connection.open(portal.port, _IPS[0])
        idle.put_nowait(connection)

    started, cpu, starved = time.perf_counter(), cpu_seconds(pid), _starved(pid)
    loads = []
    for n in range(round(seconds * _RATE)):
        due = started + n / _RATE
        await asyncio.sleep(due - time.perf_counter())
        loads.append(asyncio.create_task(load(due)))
    await asyncio.gather(*loads)
    elapsed = time.perf_counter() - started
    used = cpu_seconds(pid) - cpu
    while not idle.empty():
        idle.get_nowait().close()
    return Measurement(
        seconds=times,
        worked=worked,
        failed=len(loads) - len(times),
        cpu=used / elapsed,
        starved=(_starved(pid) - starved) / elapsed,
        rss=_rss(pid),
    )


def _starved(pid: int) -> float:
    """Return the seconds that the process's main thread has waited for a core."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def _rss(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 // 2**20


@contextmanager
def _portal() -> Iterator[tuple[servers.PortalProcess, str, str]]:
    """Yield a portal with default limits, and the API keys of two companies."""
    with (
        tempfile.TemporaryDirectory(prefix="invotify-noise-") as folder,
        servers.postgres() as server_url,
        servers.redis(Path(folder)) as redis,
    ):
        environment = {
            "DATABASE_URL": asyncio.run(servers.create_database(server_url)),
            "REDIS_URL": redis.url,
            "ENVIRONMENT": "production",
            "SECRET_KEY": "benchmarks have no secrets, but production requires a key",
        }
        migrate(environment)
        _, quiet = create_company(environment, "staff@quiet.example")
        _, hostile = create_company(environment, "staff@hostile.example")
        with servers.portal(environment) as portal:
            yield portal, quiet, hostile


async def _seed(portal: servers.PortalProcess, quiet: str, hostile: str) -> tuple[str, Target]:
    """Return the link of the page, and what the hostile ones need."""
    line = {"quantity": "1", "unitPrice": "100.00"}
    async with httpx.AsyncClient(base_url=portal.url) as http:
        tenant, other = Business(http, quiet), Business(http, hostile)
        lines = [{"description": f"Item {n}", **line} for n in range(10)]
        token = await tenant.share(await tenant.make_invoice(lines=lines))
        long = [{"description": "x" * 1_500, **line} for _ in range(100)]
        invoice_id = await other.make_invoice(lines=long)
        target = Target(
            port=portal.port,
            api_key=hostile,
            invoice_id=invoice_id,
            token=await other.share(invoice_id),
        )
    return token, target


@asynccontextmanager
async def _hostile(target: Target, names: Sequence[str]) -> AsyncIterator[None]:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=HOSTILE[each], args=(target,)) for each in names]
    for process in processes:
        process.start()
    try:
        await asyncio.sleep(_RAMP)
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


async def compare(
    portal: servers.PortalProcess, keys: tuple[str, str], names: Sequence[str], seconds: float
) -> float:
    """Print the measurements, and return the ratio of the 99th percentiles."""
    token, target = await _seed(portal, *keys)
    await measure(portal, token, 3)  # warm up
    alone = await measure(portal, token, seconds)
    print("alone:   ", alone, flush=True)
    async with _hostile(target, names):
        beside = await measure(portal, token, seconds)
        print("beside:  ", beside)
    await asyncio.sleep(_RAMP)
    print("after:   ", await measure(portal, token, seconds))
    print(f"ratio of the CPU time meanwhile: {beside.worked_p99 / alone.worked_p99:.1f}")
    return beside.p99 / alone.p99


def main() -> None:
    """Measure, and exit with 1 if the ratio is too large."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="for each measurement")
    parser.add_argument("hostile", nargs="*", help=f"which of {', '.join(HOSTILE)}; both, if none")
    arguments = parser.parse_args()
    names = arguments.hostile or tuple(HOSTILE)
    with _portal() as (portal, quiet, hostile):
        ratio = asyncio.run(compare(portal, (quiet, hostile), names, arguments.seconds))
    print(f"ratio of the p99: {ratio:.1f} (at most {MAX_RATIO:.0f})")
    raise SystemExit(ratio > MAX_RATIO)


if __name__ == "__main__":
    main()
