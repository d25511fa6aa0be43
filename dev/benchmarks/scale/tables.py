"""The tables that are printed, in Markdown."""

from collections.abc import Mapping
from typing import Final

import asyncpg

from dev.benchmarks.scale.blocks import Cost

_FEW_BLOCKS: Final = 60
"""Fewer than these count as as many."""
_ASK_FOR_MORE: Final = ("count of", "of a month", "one subject", "remind", "retention", "reconcile")
"""Parts of the names of requests that read more where there is more, up to a limit or not."""
_SIZES: Final = """
    SELECT relname AS name, reltuples::bigint AS rows, pg_table_size(oid) AS table,
        pg_indexes_size(oid) AS indexes,
        (SELECT string_agg(
            indexrelid::regclass || ' ' || round(pg_relation_size(indexrelid) / reltuples),
            ', ' ORDER BY pg_relation_size(indexrelid) DESC
        ) FROM pg_index WHERE indrelid = pg_class.oid) AS each
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND reltuples >= $1 ORDER BY pg_total_relation_size(oid) DESC
"""


async def sizes_table(connection: asyncpg.Connection, invoices: int) -> str:
    """Return the bytes per row of the tables with many rows, and of each of their indexes."""
    total = await connection.fetchval("SELECT pg_database_size(current_database())")
    lines = [
        f"{total / invoices:,.0f} bytes for each invoice with everything that comes with it.",
        "",
        "| table | rows | bytes a row | in indexes | of which |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for row in await connection.fetch(_SIZES, invoices / 100):
        rows = row["rows"]
        lines.append(
            f"| {row['name']} | {rows:,} | {row['table'] / rows:.0f}"
            f" | {row['indexes'] / rows:.0f} | {row['each']} |"
        )
    return "\n".join(lines)


def growth_table(measured: Mapping[int, Mapping[str, Cost]]) -> str:
    """Return the costs of each request by the number of invoices, and how blocks grow."""
    sizes = list(measured)
    names = [
        *(f"blocks at {size:,}" for size in sizes),
        "growth",
        *(f"ms at {size:,}" for size in sizes),
        *(f"database ms at {size:,}" for size in sizes),
    ]
    lines = ["", f"| request | {' | '.join(names)} |", f"| --- |{' ---: |' * len(names)}"]
    for request in measured[sizes[0]]:
        costs = [measured[size][request] for size in sizes]
        cells = [
            *(f"{cost.blocks:,}" for cost in costs),
            f"{costs[-1].blocks / max(costs[0].blocks, 1):.1f}",
            *(f"{cost.ms:.1f}" for cost in costs),
            *(f"{cost.database_ms:.1f}" for cost in costs),
        ]
        lines.append(f"| {request} | {' | '.join(cells)} |")
    return "\n".join(lines)


def grown_above(most: float, measured: Mapping[int, Mapping[str, Cost]]) -> list[str]:
    """Return the requests whose blocks grow more, with how many they are at each size."""
    fewest, *_, largest = sorted(measured)
    return [
        f"{request} ({before:,} and {after:,})"
        for request, cost in measured[fewest].items()
        if not any(part in request for part in _ASK_FOR_MORE)
        and (after := measured[largest][request].blocks)
        > most * max(before := cost.blocks, _FEW_BLOCKS)
    ]
