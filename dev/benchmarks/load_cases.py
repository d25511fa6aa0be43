"""The requests that are compared under load: reading through links, and recording views."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle

import orjson

from dev.benchmarks.load import Round, load
from dev.benchmarks.queries import reading_body, record_view_body
from dev.benchmarks.rounds import Comparison, compare
from dev.benchmarks.same_response import require_same_response
from dev.benchmarks.seed import SharedInvoice
from dev.benchmarks.stack import Stack
from dev.benchmarks.wire import post

_ADDRESSES = 251
"""A prime number of viewers, so that each opens every invoice at some time."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same requests for the portal and for the floor."""

    portal: Sequence[bytes]
    floor: Sequence[bytes]


def reading(tokens: Sequence[str], query: str, path: str) -> Pair:
    """Return requests with each of the tokens; `path` is the floor's."""
    bodies = [reading_body(query, token) for token in tokens]
    return Pair(
        portal=[post("/graphql", body) for body in bodies],
        floor=[post(path, body) for body in bodies],
    )


def recording(stack: Stack, invoices: Sequence[SharedInvoice]) -> Pair:
    """Return requests that record views of the invoices from many IP addresses."""
    portal, floor = [], []
    for n, invoice in zip(range(len(invoices) * _ADDRESSES), cycle(invoices), strict=False):
        address = f"203.0.113.{n % _ADDRESSES}"
        row = {"companyId": stack.company_id, "invoiceId": invoice.id}
        portal.append(post("/graphql", record_view_body(invoice.token), address))
        floor.append(post("/view", orjson.dumps(row), address))
    return Pair(portal=portal, floor=floor)


async def compare_load(
    stack: Stack, pair: Pair, *, concurrency: int, rounds: int, seconds: float
) -> Comparison[Round]:
    """Send the requests to portal and floor in alternation."""
    portal, floor = stack.portals[0], stack.floors[0]
    await require_same_response(portal, pair.portal[0], floor, pair.floor[0])
    ours: Iterator[bytes] = cycle(pair.portal)
    theirs: Iterator[bytes] = cycle(pair.floor)
    run = partial(load, concurrency=concurrency, seconds=seconds)
    return await compare(rounds, lambda: run(portal, ours), lambda: run(floor, theirs))
