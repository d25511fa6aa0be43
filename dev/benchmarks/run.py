"""`make bench`: compare the portal with hand-written code and other libraries. See README.md."""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import uvloop

from dev.benchmarks.growth import measure_growth
from dev.benchmarks.pages import measure_pages
from dev.benchmarks.pdf.rendering import compare_renderers
from dev.benchmarks.pdf.report import rendering_tables, served_table
from dev.benchmarks.portal import measure_portal
from dev.benchmarks.seed import seed
from dev.benchmarks.selection import QUICK, Figures, Selection, Size
from dev.benchmarks.served import serve
from dev.benchmarks.stack import Stack, running

PARTS: Final = ("portal", "growth", "pages", "served", "rendered")


async def measure(
    stack: Stack, selection: Selection, parts: Sequence[str], charts: Path | None
) -> Figures:
    """Measure the parts that need servers."""
    figures: Figures = {}
    if "portal" in parts:
        figures |= await measure_portal(stack, selection)
    if "growth" in parts:
        figures |= await measure_growth(stack, selection, charts)
    if "pages" in parts:
        figures |= await measure_pages(stack, selection)
    if "served" in parts:
        await measure_served(stack, selection.size)
    return figures


async def measure_served(stack: Stack, size: Size) -> None:
    """Measure downloads of PDFs from one process, and print the table."""
    _, invoices = await seed(stack, size.fetched)
    served = await serve(stack.portal, invoices, rounds=size.rounds, seconds=size.seconds)
    print(served_table(served))


def main() -> None:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure briefly, with more noise")
    parser.add_argument(
        "--only", nargs="+", default=(), metavar="NAME", help="figures, such as invoice/16 or page"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--charts", type=Path, metavar="FILE", help="draw growth there as SVG")
    parser.add_argument("parts", nargs="*", help=f"which of {', '.join(PARTS)}; all, if none")
    arguments = parser.parse_args()
    selection = Selection(size=QUICK if arguments.quick else Size(), only=arguments.only)
    parts = arguments.parts or PARTS
    figures: Figures = {}
    started = time.monotonic()
    if "rendered" in parts:
        size = selection.size
        print(rendering_tables(compare_renderers(size.rounds, size.batches)))
    if set(parts) - {"rendered"}:
        with running() as stack:
            figures = uvloop.run(measure(stack, selection, parts, arguments.charts))
    if arguments.json:
        rounded = {name: round(figure, 3) for name, figure in figures.items()}
        arguments.json.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
    print(f"\n{time.monotonic() - started:.0f} s in all")


if __name__ == "__main__":
    main()
