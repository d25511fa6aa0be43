"""Run rounds: `python -m dev.chaos --help`."""

import argparse
import asyncio
import signal
import sys
import time
import traceback
from pathlib import Path
from random import Random
from typing import Final

from dev.chaos import report
from dev.chaos.cluster import Cluster, running
from dev.chaos.faults import FAULTS
from dev.chaos.faults.fault import Fault, Impossible
from dev.chaos.rounds import Result, run_round

_PAIRS: Final = 4
"""Of so many rounds without a chosen fault, the last has two faults at once."""


def main() -> int:
    """Run rounds, print what they found, and return 1 if a promise was broken."""
    arguments = _arguments()
    if arguments.list:
        for fault in FAULTS.values():
            print(f"{fault.name:32} {fault.description}")
        return 0
    if arguments.table:
        saved = report.load(arguments.table)
        print(report.table(saved), report.summary(saved), sep="\n\n")
        return 0
    results: list[Result] = []
    try:
        asyncio.run(_run(arguments, results))
    finally:
        print(report.summary(results))
    return int(any(result.wrong for result in results))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("dev.chaos", description="Portals under faults.")
    parser.add_argument("--rounds", type=int, help="by default one, or one for each --fault")
    parser.add_argument("--seconds", type=float, default=6.0, help="seconds of work in a round")
    parser.add_argument("--seed", type=int, help="the seed of the first round")
    parser.add_argument(
        "--fault", action="append", default=[], help="a fault, or several at once: one+another"
    )
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument("--list", action="store_true", help="list the faults")
    parser.add_argument("--save", type=Path, help="add the results to this file")
    parser.add_argument("--table", type=Path, help="print a table of the results in this file")
    parser.add_argument("--logs", type=Path, help="keep the portals' logs in this folder")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace, results: list[Result]) -> None:
    """Run the rounds, and add their results."""
    _stop_properly()
    seed = arguments.seed if arguments.seed is not None else int(time.time()) % 1_000_000
    rest = [(seed + n, faults) for n, faults in enumerate(_plan(arguments, seed))]
    while rest:
        async with running(arguments.database, logs=arguments.logs) as cluster:
            await _use(cluster, rest, arguments, results)


async def _use(
    cluster: Cluster,
    rest: list[tuple[int, list[Fault]]],
    arguments: argparse.Namespace,
    results: list[Result],
) -> None:
    """Run rounds on a cluster until none are left, or one breaks it."""
    while rest:
        seed, faults = rest.pop(0)
        name = "+".join(fault.name for fault in faults)
        try:
            result = await run_round(cluster, faults, seed, arguments.seconds, arguments.database)
        except Impossible as reason:
            print(f"skipped  {name}: {reason}")
        except Exception:  # noqa: BLE001  # the others go on
            print(f"failed  {name} with the seed {seed}\n{traceback.format_exc()}", flush=True)
            return
        else:
            results.append(result)
            print(report.line(result), flush=True)
            if arguments.save:
                report.save(arguments.save, result)


def _stop_properly() -> None:
    """Let SIGTERM end what is running, as Ctrl-C does."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _plan(arguments: argparse.Namespace, seed: int) -> list[list[Fault]]:
    """Return the faults of each round."""
    if arguments.fault:
        chosen = [[_fault(name) for name in names.split("+")] for names in arguments.fault]
        rounds = arguments.rounds or len(chosen)
        return [chosen[n % len(chosen)] for n in range(rounds)]
    random = Random(f"{seed} plan")
    possible = [each for each in FAULTS.values() if arguments.database in each.databases]
    queue: list[Fault] = []
    plan: list[list[Fault]] = []
    for n in range(arguments.rounds or 1):
        if n % _PAIRS == _PAIRS - 1:
            plan.append(random.sample(possible, 2))
            continue
        queue = queue or random.sample(possible, len(possible))
        plan.append([queue.pop()])
    return plan


def _fault(name: str) -> Fault:
    if name not in FAULTS:
        sys.exit(f"There is no fault called {name}. --list lists them.")
    return FAULTS[name]


if __name__ == "__main__":
    sys.exit(main())
