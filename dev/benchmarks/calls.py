"""What is compared under load: what is read through a link, and an open that is recorded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle

import orjson

from dev.benchmarks.answers import same_answer
from dev.benchmarks.load import Round, load
from dev.benchmarks.queries import reading_body, record_view_body
from dev.benchmarks.rounds import Compared, compare
from dev.benchmarks.seed import Shared
from dev.benchmarks.stack import Stack
from dev.benchmarks.wire import post

_ADDRESSES = 251
"""Viewers; a prime, so that each opens every invoice in time."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same requests, as the portal takes them and as the floor does."""

    portal: Sequence[bytes]
    floor: Sequence[bytes]


def reading(tokens: Sequence[str], query: str, path: str) -> Pair:
    """Return requests for what each of the tokens opens; `path` is the floor's."""
    bodies = [reading_body(query, token) for token in tokens]
    return Pair([post("/graphql", body) for body in bodies], [post(path, body) for body in bodies])


def recording(stack: Stack, invoices: Sequence[Shared]) -> Pair:
    """Return reports of opens of the invoices, each from one of many addresses."""
    portal, floor = [], []
    for n, invoice in zip(range(len(invoices) * _ADDRESSES), cycle(invoices), strict=False):
        address = f"203.0.113.{n % _ADDRESSES}"
        row = {"companyId": stack.company_id, "invoiceId": invoice.id}
        portal.append(post("/graphql", record_view_body(invoice.token), address))
        floor.append(post("/view", orjson.dumps(row), address))
    return Pair(portal, floor)


async def compare_load(
    stack: Stack, pair: Pair, *, concurrency: int, rounds: int, seconds: float
) -> Compared[Round]:
    """Send both their requests, in turns."""
    portal, floor = stack.portals[0], stack.floors[0]
    await same_answer(portal, pair.portal[0], floor, pair.floor[0])
    ours: Iterator[bytes] = cycle(pair.portal)
    theirs: Iterator[bytes] = cycle(pair.floor)
    run = partial(load, concurrency=concurrency, seconds=seconds)
    return await compare(rounds, lambda: run(portal, ours), lambda: run(floor, theirs))
