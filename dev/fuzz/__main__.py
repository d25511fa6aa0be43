"""Attack a portal: `python -m dev.fuzz --help`."""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from typing import Final

from dev.fuzz.graphql import fuzz_graphql, fuzz_requests
from dev.fuzz.pages import fuzz_bytes, fuzz_pages
from dev.fuzz.target import Faulty, Target, open_target

ATTACKS: Final[dict[str, Callable[[Target, int, int], None]]] = {
    "graphql": fuzz_graphql,
    "requests": fuzz_requests,
    "pages": fuzz_pages,
    "bytes": fuzz_bytes,
}


def main() -> int:
    """Attack, print what came back, and return 1 if anything was a fault."""
    parser = argparse.ArgumentParser("dev.fuzz", description="Generated GraphQL and HTTP.")
    parser.add_argument("--examples", type=int, default=500, help="of each attack")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000)
    parser.add_argument("--attack", action="append", choices=ATTACKS, default=[])
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    arguments = parser.parse_args()
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    async with open_target(arguments.database) as target:
        return await asyncio.to_thread(_attack, target, arguments)


def _attack(target: Target, arguments: argparse.Namespace) -> int:
    faults = 0
    for name in arguments.attack or ATTACKS:
        before = target.answers.copy()
        try:
            ATTACKS[name](target, arguments.examples, arguments.seed)
        except Faulty as fault:
            faults += 1
            print(f"{name}: {fault}\n{chr(10).join(getattr(fault, '__notes__', []))}")
            print(f"    python -m dev.fuzz --seed {arguments.seed} --attack {name}")
        answers = (target.answers - before).most_common()
        print(f"{name}: {', '.join(f'{answer} {count}' for answer, count in answers)}", flush=True)
    logged = target.faults_logged()
    print(f"Slowest answer {target.slowest:.2f} s; {logged or 'no'} tracebacks in the log.")
    return int(bool(faults or logged))


if __name__ == "__main__":
    sys.exit(main())
