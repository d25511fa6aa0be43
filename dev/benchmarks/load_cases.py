"""The requests that are compared under load: reading through links, and recording views."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from operator import attrgetter

import orjson

from dev.benchmarks.load import Round, Server, load
from dev.benchmarks.queries import INVOICE, INVOICE_AS_TEXT, PORTAL, reading_body, record_view_body
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


@dataclass(frozen=True, slots=True)
class LoadCase:
    """A row of the table."""

    name: str
    """In the figures, such as `invoice/16`."""
    title: str
    """In the table."""
    other: Callable[[Stack], Server]
    """What the portal is compared to."""
    pair: Pair
    concurrency: int


def load_cases(
    stack: Stack, invoices: Sequence[SharedInvoice], portal_token: str
) -> list[LoadCase]:
    """Return the rows of the table."""
    tokens = [invoice.token for invoice in invoices]
    count = len(invoices)
    plain = reading(tokens, INVOICE, "/invoice")
    as_text = reading(tokens, INVOICE_AS_TEXT, "/invoice-as-text")
    portal = reading([portal_token], PORTAL, "/portal")
    spread, hot = recording(stack, invoices), recording(stack, invoices[:1])
    rows = (
        ("invoice/1", "invoice of ten lines", plain, 1),
        ("invoice/16", "invoice of ten lines", plain, 16),
        ("invoice-text/1", "the same with amounts as text", as_text, 1),
        ("invoice-text/16", "the same with amounts as text", as_text, 16),
        ("portal/1", f"portal of {count} invoices", portal, 1),
        ("portal/16", f"portal of {count} invoices", portal, 16),
        ("record-view/spread", f"recordView, {count} invoices", spread, 32),
        ("record-view/hot", "recordView, one hot invoice", hot, 32),
        ("record-view/alone", f"recordView, {count} invoices", spread, 1),
    )
    return [
        LoadCase(
            name=f"{prefix}{name}",
            title=f"{title}, {concurrency} at a time",
            other=other,
            pair=pair,
            concurrency=concurrency,
        )
        for prefix, other in (
            ("", attrgetter("floor")),
            ("least-floor/", attrgetter("least_floor")),
        )
        for name, title, pair, concurrency in rows
    ]


def node_cases(invoices: Sequence[SharedInvoice]) -> list[LoadCase]:
    """Return the rows of the table of servers on Node."""
    pair = reading([invoice.token for invoice in invoices], INVOICE, "/graphql")
    return [
        LoadCase(
            name=f"{name}/{concurrency}",
            title=f"{title}, {concurrency} at a time",
            other=other,
            pair=pair,
            concurrency=concurrency,
        )
        for name, title, other in (
            ("mercurius", "invoice, Mercurius with JIT", attrgetter("mercurius")),
            ("yoga", "invoice, graphql-yoga", attrgetter("yoga")),
        )
        for concurrency in (1, 16)
    ]


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
    stack: Stack, case: LoadCase, *, rounds: int, seconds: float
) -> Comparison[Round]:
    """Send the requests to portal and floor in alternation."""
    portal, floor, pair = stack.portal, case.other(stack), case.pair
    await require_same_response(portal, pair.portal[0], floor, pair.floor[0])
    ours: Iterator[bytes] = cycle(pair.portal)
    theirs: Iterator[bytes] = cycle(pair.floor)
    run = partial(load, concurrency=case.concurrency, seconds=seconds)
    return await compare(rounds, lambda: run(portal, ours), lambda: run(floor, theirs))
