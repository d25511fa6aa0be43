"""The part `portal`: queries, recorded views and live events, compared to other servers."""

from collections.abc import Sequence
from itertools import cycle
from typing import Final

from dev.benchmarks.live import compare_live
from dev.benchmarks.load import load
from dev.benchmarks.load_cases import LoadCase, compare_load, load_cases, node_cases
from dev.benchmarks.report import live_table, load_table
from dev.benchmarks.seed import SharedInvoice, seed
from dev.benchmarks.selection import Figures, Selection
from dev.benchmarks.stack import Stack, install_node_servers

_WARM_UP: Final = 3.0
"""Seconds until Node's compiler has seen a request often enough."""


async def measure_portal(stack: Stack, selection: Selection) -> Figures:
    """Measure queries and events, and print each table when it is complete."""
    portal_token, invoices = await seed(stack, selection.size.invoices)
    cases = load_cases(stack, invoices, portal_token)
    least = [each for each in cases if each.name.startswith("least-floor/")]
    figures = await measure_loads(
        stack, selection, [each for each in cases if each not in least], "floor"
    )
    figures |= await measure_loads(stack, selection, least, "least floor")
    figures |= await _measure_node(stack, selection, invoices)
    figures |= await measure_live(stack, selection, invoices[0], selection.size.events)
    return figures


async def _measure_node(
    stack: Stack, selection: Selection, invoices: Sequence[SharedInvoice]
) -> Figures:
    cases = [case for case in node_cases(invoices) if selection.includes(case.name)]
    if cases and not install_node_servers():
        print("\nWithout npm, there is no comparison with Mercurius and graphql-yoga.")
        return {}
    for case in cases:
        warming_up = cycle(case.pair.floor)
        await load(case.other(stack), warming_up, concurrency=16, seconds=_WARM_UP)
    return await measure_loads(stack, selection, cases, "other")


async def measure_loads(
    stack: Stack, selection: Selection, cases: Sequence[LoadCase], other: str
) -> Figures:
    """Measure the selected cases, and print their table. Returns ratios of CPU time."""
    size = selection.size
    compared = [
        (case, await compare_load(stack, case, rounds=size.rounds, seconds=size.seconds))
        for case in cases
        if selection.includes(case.name)
    ]
    if compared:
        print(load_table({case.title: rounds for case, rounds in compared}, other))
    return {
        f"{case.name}/cpu": rounds.medians(lambda round_: round_.server_ms)[2]
        for case, rounds in compared
    }


async def measure_live(
    stack: Stack, selection: Selection, invoice: SharedInvoice, events: dict[int, int]
) -> Figures:
    """Measure how events reach followers, and print the table. Returns ratios.

    `events` is the number of events in a round, by the number of followers.
    """
    compared = {
        followers: await compare_live(
            stack, invoice, followers=followers, rounds=selection.size.rounds, events=count
        )
        for followers, count in events.items()
        if selection.includes(f"followers/{followers}")
    }
    if compared:
        print(live_table(compared))
    figures: Figures = {}
    for followers, delivered in compared.items():
        name = f"followers/{followers}"
        _, _, figures[f"{name}/latency"] = delivered.medians(lambda each: each.median_ms)
        _, _, figures[f"{name}/cpu"] = delivered.medians(lambda each: each.server_us)
    return figures
