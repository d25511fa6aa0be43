"""`make bench`: the portal against what is written by hand, in one run. See README.md."""

import argparse
import time
from dataclasses import dataclass, field

import uvloop

from benchmarks.calls import compare_load, reading, recording
from benchmarks.live import compare_live
from benchmarks.queries import INVOICE, INVOICE_AS_TEXT, PORTAL
from benchmarks.report import live_table, load_table
from benchmarks.seed import seed
from benchmarks.stack import Stack, running


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    invoices: int = 200
    rounds: int = 5
    seconds: float = 1.5
    events: dict[int, int] = field(default_factory=lambda: {1: 30, 100: 6, 1000: 2})
    """For each number of followers, how many events a round has."""


QUICK = Size(invoices=20, rounds=1, seconds=0.3, events={1: 5, 100: 2})


async def measure(stack: Stack, size: Size) -> None:
    """Measure everything, and print each table as soon as it is complete."""
    portal_token, invoices = await seed(stack, size.invoices)
    tokens = [invoice.token for invoice in invoices]
    plain, as_text, portal = (
        reading(tokens, INVOICE, "/invoice"),
        reading(tokens, INVOICE_AS_TEXT, "/invoice-as-text"),
        reading([portal_token], PORTAL, "/portal"),
    )
    spread, hot = recording(stack, invoices), recording(stack, invoices[:1])
    results = {
        f"{name}, {concurrency} at once": await compare_load(
            stack, pair, concurrency=concurrency, rounds=size.rounds, seconds=size.seconds
        )
        for name, pair, concurrency in (
            ("invoice of ten lines", plain, 1),
            ("invoice of ten lines", plain, 16),
            ("the same, amounts as text, too", as_text, 1),
            ("the same, amounts as text, too", as_text, 16),
            (f"portal of {len(invoices)} invoices", portal, 1),
            (f"portal of {len(invoices)} invoices", portal, 16),
            (f"recordView, {len(invoices)} invoices", spread, 32),
            ("recordView, one hot invoice", hot, 32),
        )
    }
    print(load_table(results))
    live = {
        followers: await compare_live(
            stack, invoices[0], followers=followers, rounds=size.rounds, events=events
        )
        for followers, events in size.events.items()
    }
    print(live_table(live))


def main() -> None:
    """Start everything, measure, and stop everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only see whether it works (20 s)")
    size = QUICK if parser.parse_args().quick else Size()
    started = time.monotonic()
    with running() as stack:
        uvloop.run(measure(stack, size))
    print(f"\n{time.monotonic() - started:.0f} s in all")


if __name__ == "__main__":
    main()
