"""The part `growth`: how cost grows with lines, invoices on a page, and followers."""

from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Final

from dev.benchmarks.joining import compare_joining, compare_memory
from dev.benchmarks.live import compare_live
from dev.benchmarks.load_cases import LoadCase, Pair, compare_load, reading
from dev.benchmarks.plot import Chart, write_charts
from dev.benchmarks.queries import INVOICE, portal_query, reading_body
from dev.benchmarks.report import joining_table, live_table, load_table
from dev.benchmarks.seed import SharedInvoice, seed, seed_invoice
from dev.benchmarks.selection import Figures, Selection
from dev.benchmarks.stack import Stack
from dev.benchmarks.wire import post

_LINES: Final = (1, 10, 100, 1000)
_PAGES: Final = (20, 50, 100)
_INVOICES: Final = 120
_CONCURRENCY: Final = 4
_JOINING: Final = 200
"""Followers that join in a round."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Figures, and the charts that show them."""

    figures: Figures
    charts: list[Chart]


async def measure_growth(stack: Stack, selection: Selection, file: Path | None) -> Figures:
    """Measure, print tables, and draw charts into the file if there is one.

    Returns ratios to the floor.
    """
    portal_token, [invoice, *_] = await seed(stack, _INVOICES)
    lines = {count: await _invoice_case(stack, count) for count in _LINES}
    pages = {count: _page_case(portal_token, count) for count in _PAGES}
    parts = [
        await _measure_sizes(stack, selection, "CPU ms for an invoice, by its lines", lines),
        await _measure_sizes(stack, selection, "CPU ms for a portal, by invoices a page", pages),
        # First, because memory that was used once is used again.
        await _measure_joining(stack, selection),
        await _measure_followers(stack, selection, invoice),
    ]
    if file:
        write_charts(file, [chart for part in parts for chart in part.charts])
    return {name: ratio for part in parts for name, ratio in part.figures.items()}


async def _invoice_case(stack: Stack, lines: int) -> LoadCase:
    invoice = await seed_invoice(stack, lines)
    noun = "line" if lines == 1 else "lines"
    return LoadCase(
        name=f"lines/{lines}",
        title=f"invoice of {lines:,} {noun}, {_CONCURRENCY} at a time",
        other=attrgetter("floor"),
        pair=reading([invoice.token], INVOICE, "/invoice"),
        concurrency=_CONCURRENCY,
    )


def _page_case(token: str, invoices: int) -> LoadCase:
    ours = reading_body(portal_query(invoices), token)
    theirs = reading_body("", token, first=invoices)
    return LoadCase(
        name=f"portal-page/{invoices}",
        title=f"portal, {invoices} invoices a page, {_CONCURRENCY} at a time",
        other=attrgetter("floor"),
        pair=Pair(portal=[post("/graphql", ours)], floor=[post("/portal", theirs)]),
        concurrency=_CONCURRENCY,
    )


async def _measure_sizes(
    stack: Stack, selection: Selection, title: str, cases: dict[int, LoadCase]
) -> Growth:
    size = selection.size
    compared = {
        count: await compare_load(stack, case, rounds=size.rounds, seconds=size.seconds)
        for count, case in cases.items()
        if selection.includes(case.name)
    }
    if not compared:
        return Growth({}, [])
    print(load_table({cases[count].title: rounds for count, rounds in compared.items()}, "floor"))
    costs = {count: rounds.medians(attrgetter("server_ms")) for count, rounds in compared.items()}
    return Growth(
        figures={f"{cases[count].name}/cpu": ratio for count, (_, _, ratio) in costs.items()},
        charts=[Chart.of(title, costs)],
    )


async def _measure_followers(stack: Stack, selection: Selection, invoice: SharedInvoice) -> Growth:
    """Measure how events reach many followers, the most last."""
    compared = {
        followers: await compare_live(
            stack, invoice, followers=followers, rounds=selection.size.rounds, events=events
        )
        for followers, events in selection.size.crowds.items()
        if selection.includes(f"live/{followers}")
    }
    if not compared:
        return Growth({}, [])
    print(live_table(compared))
    latencies = {n: rounds.medians(attrgetter("median_ms")) for n, rounds in compared.items()}
    costs = {n: rounds.medians(attrgetter("server_us")) for n, rounds in compared.items()}
    return Growth(
        figures={
            **{f"live/{n}/latency": ratio for n, (_, _, ratio) in latencies.items()},
            **{f"live/{n}/cpu": ratio for n, (_, _, ratio) in costs.items()},
        },
        charts=[
            Chart.of("Median ms until an event is received, by followers", latencies),
            Chart.of("CPU µs of a receipt, by followers", costs),
        ],
    )


async def _measure_joining(stack: Stack, selection: Selection) -> Growth:
    if not selection.includes("joining"):
        return Growth({}, [])
    size = selection.size
    joining = await compare_joining(stack, followers=_JOINING, rounds=size.rounds)
    memory = await compare_memory(stack, followers=max(size.crowds))
    print(joining_table(joining, memory))
    return Growth(
        figures={
            "joining/cpu": joining.medians(attrgetter("cpu_us"))[2],
            "joining/memory": memory.medians(attrgetter("kib"))[2],
        },
        charts=[],
    )
