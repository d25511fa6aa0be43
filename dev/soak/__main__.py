"""Use a portal for long: `python -m dev.soak --help`."""

import argparse
import asyncio
import sys
from typing import Final

from dev.chaos.cluster import running
from dev.soak.samples import Sample, trends
from dev.soak.use import use

_WARM_UP: Final = 1 / 3
"""The share of the time that doesn't count, because caches and the pool fill up."""


def main() -> int:
    """Use a portal, print what it held, and return 1 if anything grows."""
    parser = argparse.ArgumentParser("dev.soak", description="A portal in use for long.")
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    samples = asyncio.run(_run(arguments.seconds, arguments.seed))
    for sample in samples[:: max(1, len(samples) // 10)]:
        print(
            f"{sample.at:6.0f} s  {sample.mebibytes:6.1f} MiB  {sample.descriptors} descriptors"
            f"  {sample.connections} connections"
        )
    found = trends(after_warm_up(samples))
    print("\n".join(map(str, found)))
    return int(not all(trend.is_level for trend in found))


def after_warm_up(samples: list[Sample]) -> list[Sample]:
    """Return the samples that count."""
    return samples[int(len(samples) * _WARM_UP) :]


async def _run(seconds: float, seed: int) -> list[Sample]:
    async with running("postgres") as cluster:
        return await use(cluster, seconds, seed)


if __name__ == "__main__":
    sys.exit(main())
