"""`make bench`: compare the portal with hand-written code and other libraries. See README.md."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import uvloop

from dev.benchmarks.live import compare_live
from dev.benchmarks.load_cases import compare_load, reading, recording
from dev.benchmarks.pages import measure_pages, pages_table
from dev.benchmarks.pdf.rendering import compare_renderers
from dev.benchmarks.pdf.report import rendering_tables, served_table
from dev.benchmarks.queries import INVOICE, INVOICE_AS_TEXT, PORTAL
from dev.benchmarks.report import live_table, load_table
from dev.benchmarks.seed import seed
from dev.benchmarks.served import serve
from dev.benchmarks.stack import Stack, running

PARTS: Final = ("portal", "pages", "served", "rendered")


@dataclass(frozen=True, slots=True)
class Size:
    """How much to measure."""

    invoices: int = 200
    listed: int = 30
    """Invoices in the lists, more than fit on a page."""
    rounds: int = 5
    seconds: float = 1.5
    events: dict[int, int] = field(default_factory=lambda: {1: 30, 100: 6, 1000: 2})
    """Events in a round, by the number of followers."""
    fetched: int = 360
    """Invoices to download as PDFs, each once."""
    batches: dict[int, int] = field(default_factory=lambda: {1: 6, 10: 6, 100: 2, 1000: 1})
    """Documents in a round, by the number of lines."""


QUICK = Size(
    invoices=20,
    rounds=1,
    seconds=0.3,
    events={1: 5, 100: 2},
    fetched=40,
    batches={1: 1, 10: 1, 100: 1},
)


async def measure(stack: Stack, size: Size, parts: Sequence[str]) -> None:
    """Measure the parts that need servers."""
    if "portal" in parts:
        await measure_portal(stack, size)
    if "pages" in parts:
        token, [invoice, *_] = await seed(stack, size.listed)
        pages = await measure_pages(
            stack, token, invoice.token, rounds=size.rounds, seconds=size.seconds
        )
        print(pages_table(pages))
    if "served" in parts:
        await measure_served(stack, size)


async def measure_portal(stack: Stack, size: Size) -> None:
    """Measure queries and events, and print each table when it is complete."""
    portal_token, invoices = await seed(stack, size.invoices)
    tokens = [invoice.token for invoice in invoices]
    plain, as_text, portal = (
        reading(tokens, INVOICE, "/invoice"),
        reading(tokens, INVOICE_AS_TEXT, "/invoice-as-text"),
        reading([portal_token], PORTAL, "/portal"),
    )
    spread, hot = recording(stack, invoices), recording(stack, invoices[:1])
    results = {
        f"{name}, {concurrency} at a time": await compare_load(
            stack, pair, concurrency=concurrency, rounds=size.rounds, seconds=size.seconds
        )
        for name, pair, concurrency in (
            ("invoice of ten lines", plain, 1),
            ("invoice of ten lines", plain, 16),
            ("the same with amounts as text", as_text, 1),
            ("the same with amounts as text", as_text, 16),
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


async def measure_served(stack: Stack, size: Size) -> None:
    """Measure downloads of PDFs from one process, and print the table."""
    _, invoices = await seed(stack, size.fetched)
    served = await serve(stack.portals[0], invoices, rounds=size.rounds, seconds=size.seconds)
    print(served_table(served))


def main() -> None:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only see whether it works (30 s)")
    parser.add_argument("parts", nargs="*", help=f"which of {', '.join(PARTS)}; all, if none")
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else Size()
    parts = arguments.parts or PARTS
    started = time.monotonic()
    if "rendered" in parts:
        print(rendering_tables(compare_renderers(size.rounds, size.batches)))
    if {"portal", "pages", "served"} & set(parts):
        with running() as stack:
            uvloop.run(measure(stack, size, parts))
    print(f"\n{time.monotonic() - started:.0f} s in all")


if __name__ == "__main__":
    main()
