"""The part `portal`: queries, recorded views and live events, compared to the floor."""

from dev.benchmarks.live import compare_live
from dev.benchmarks.load_cases import compare_load, load_cases
from dev.benchmarks.report import live_table, load_table
from dev.benchmarks.seed import seed
from dev.benchmarks.selection import Figures, Selection
from dev.benchmarks.stack import Stack


async def measure_portal(stack: Stack, selection: Selection) -> Figures:
    """Measure queries and events, and print each table when it is complete."""
    size = selection.size
    portal_token, invoices = await seed(stack, size.invoices)
    loads = [
        (case, await compare_load(stack, case, rounds=size.rounds, seconds=size.seconds))
        for case in load_cases(stack, invoices, portal_token)
        if selection.includes(case.name)
    ]
    if loads:
        print(load_table({case.title: compared for case, compared in loads}))
    lives = {
        followers: await compare_live(
            stack, invoices[0], followers=followers, rounds=size.rounds, events=events
        )
        for followers, events in size.events.items()
        if selection.includes(f"followers/{followers}")
    }
    if lives:
        print(live_table(lives))
    figures: Figures = {}
    for case, compared in loads:
        _, _, figures[f"{case.name}/cpu"] = compared.medians(lambda round_: round_.server_ms)
    for followers, delivered in lives.items():
        name = f"followers/{followers}"
        _, _, figures[f"{name}/latency"] = delivered.medians(lambda each: each.median_ms)
        _, _, figures[f"{name}/cpu"] = delivered.medians(lambda each: each.server_us)
    return figures
