"""Search for the queries that cost the server the most CPU time for their length.

Queries are known shapes, documents that Hypothesis generates from the schema, and random chains of
fragments, of which the most expensive are changed further. Each is sent with a comment of its own,
so nothing about it is cached. CPU time is that of the portal's process, the best of three. A query
of less than a KiB counts as one KiB.

Run `python -m dev.fuzz.query_cost --help`. It exits with 1 if a query costs more than it should.
"""

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
from graphql import StringValueNode, print_schema
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries

from dev.benchmarks.cpu import cpu_seconds
from dev.fuzz.hostile_queries import Chain, known_shapes, mutated, random_chain, staff_shapes
from tests.support import servers
from tests.support.clients import BROWSER, new_ip
from tests.support.operations import SCHEMA

MAX_SECONDS: Final = 0.25
"""CPU time that any query may take."""
MAX_MS_PER_KIB: Final = 25.0
"""CPU time of what a stranger without a link can make the server do. A link's rows cost more: those
of an invoice of 1,000 lines about 30 ms, for a query of 0.3 KiB."""
_TRIES: Final = 3
_SURVIVORS: Final = 8
"""Chains that are changed further."""
_LINE: Final = {"description": "Consulting", "quantity": "1.5", "taxRate": "19"}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a query cost."""

    name: str
    text: str
    seconds: float
    answer: str
    """The code of its first error, or the size of its data."""

    @property
    def ms_per_kib(self) -> float:
        """Milliseconds for each KiB of its text, of which it has at least one."""
        return self.seconds * 1000 / max(1.0, len(self.text) / 1024)


@dataclass
class Meter:
    """Sends queries to a portal, and keeps what each cost."""

    url: str
    pid: int
    headers: dict[str, str]
    costs: list[Cost] = field(default_factory=list)
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60, trust_env=False))
    _unique: Iterator[int] = field(default_factory=count)

    def measure(self, name: str, text: str) -> Cost:
        """Return the lowest cost of a few tries."""
        tries = [self._try(text) for _ in range(_TRIES)]
        seconds, answer = min(tries)
        self.costs.append(Cost(name=name, text=text, seconds=seconds, answer=answer))
        return self.costs[-1]

    def _try(self, text: str) -> tuple[float, str]:
        before = cpu_seconds(self.pid)
        body = {"query": f"{text} #{next(self._unique)}"}
        response = self._http.post(f"{self.url}/graphql", json=body, headers=self.headers)
        seconds = cpu_seconds(self.pid) - before
        errors = response.json().get("errors")
        if errors:
            return seconds, str(errors[0]["extensions"]["code"])
        return seconds, f"{len(response.content):,} B"


# --- the search ---------------------------------------------------------------------------------


def search(meter: Meter, tokens: dict[str, str], roots: dict[str, str], examples: int) -> None:
    """Measure the known shapes, and `examples` of generated documents and of random chains."""
    for name, text in known_shapes(tokens):
        meter.measure(name, text)
    _generate(lambda text: meter.measure("generated", text), examples, tokens["invoice"])
    _climb(meter, Random("query cost"), roots, examples)


def _generate(measure: Callable[[str], Any], examples: int, token: str) -> None:
    values = st.just(StringValueNode(value=token))
    scalars = dict.fromkeys(("Date", "DateTime", "Decimal", "ID", "String"), values)
    documents = queries(print_schema(SCHEMA), custom_scalars=scalars, allow_null=False)

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @seed(1)
    @given(document=documents)
    def send(document: str) -> None:
        measure(document)

    send()


def _climb(meter: Meter, random: Random, roots: dict[str, str], examples: int) -> None:
    best: list[tuple[float, int, Chain]] = []
    for n in range(examples):
        fresh = len(best) < _SURVIVORS or random.random() < 0.4
        chain = random_chain(random, roots) if fresh else mutated(random, random.choice(best)[2])
        cost = meter.measure("chain", chain.text())
        best = sorted([*best, (cost.ms_per_kib, n, chain)], reverse=True)[:_SURVIVORS]


# --- the portal ---------------------------------------------------------------------------------


@contextmanager
def _portal() -> Iterator[tuple[str, int, str]]:
    """Yield the URL and process of a portal, and an API key."""
    with servers.postgres() as server, tempfile.TemporaryDirectory() as folder:
        environment = {
            "DATABASE_URL": f"{server}/postgres",
            "ENVIRONMENT": "production",
            "SECRET_KEY": "a search for expensive queries has no secrets",
            "RATE_MISSES_PER_IP": "100000000/minute",
            "TRUSTED_PROXIES": "127.0.0.1/32",
        }
        servers.invotify(environment, "migrate")
        person = ("--email", "owner@example.com", "--password", "a-heavy-Brass-kettle-41")
        created = servers.invotify(environment, "bootstrap", "--company", "A", *person, "--json")
        with servers.portal(environment | {"TMPDIR": str(Path(folder))}) as portal:
            assert portal.process is not None
            yield portal.url, portal.process.pid, json.loads(created)["apiKey"]


def _seed(url: str, api_key: str) -> dict[str, str]:
    """Create invoices, and return the tokens of links."""
    http = httpx.Client(base_url=url, timeout=60, trust_env=False)
    http.headers["authorization"] = f"Bearer {api_key}"

    def mutate(name: str, selection: str, /, **values: Any) -> Any:
        type_ = SCHEMA.mutation_type.fields[name].args["input"].type  # type: ignore[union-attr]
        query = f"mutation($i: {type_}) {{ {name}(input: $i) {selection} }}"
        answer = http.post("/graphql", json={"query": query, "variables": {"i": values}}).json()
        return answer["data"][name]

    tokens: dict[str, str] = {}
    for kind, invoices, lines in (("rich", 4, 1000), ("portal", 100, 10)):
        customer = mutate("createCustomer", "{ customer { id } }", name=kind)["customer"]["id"]
        for n in range(invoices):
            priced = [_LINE | {"unitPrice": f"{1 + n * lines + at}.99"} for at in range(lines)]
            draft = mutate(
                "createInvoice",
                "{ invoice { id } }",
                customerId=customer,
                dueDate="2099-12-31",
                lines=priced,
                notes="Thank you. " * 900,
            )["invoice"]["id"]
            mutate("issueInvoice", "{ invoice { id } }", invoiceId=draft)
            _view(http, mutate("shareInvoice", "{ token }", invoiceId=draft)["token"])
        if kind == "rich":
            tokens["invoice"] = mutate("shareInvoice", "{ token }", invoiceId=draft)["token"]
        tokens[kind] = mutate("sharePortal", "{ token }", customerId=customer)["token"]
    return tokens


def _view(http: httpx.Client, token: str) -> None:
    """Record a few views of an invoice by people."""
    view = f'mutation {{ recordView(input: {{ token: "{token}" }}) {{ recorded }} }}'
    for _ in range(3):
        headers = {"authorization": "", "user-agent": BROWSER, "x-forwarded-for": new_ip()}
        response = http.post("/graphql", json={"query": view}, headers=headers)
        assert response.json()["data"]["recordView"]["recorded"]


# --- the report ---------------------------------------------------------------------------------


def _report(who: str, costs: list[Cost], shown: int, most: float = math.inf) -> bool:
    """Print the most expensive queries.

    Returns whether each takes at most MAX_SECONDS, and at most `most` milliseconds for each KiB.
    """
    print(f"{who}: {len(costs)} queries")
    ranked = sorted(costs, key=lambda cost: cost.ms_per_kib, reverse=True)
    for cost in ranked[:shown]:
        print(
            f"  {cost.ms_per_kib:7.1f} ms/KiB {cost.seconds * 1000:7.1f} ms {len(cost.text):6,} B"
            f"  {cost.answer:>18}  {cost.name}: {cost.text[:300]}"
        )
    slowest = max(cost.seconds for cost in costs)
    print(f"  slowest: {slowest * 1000:.1f} ms", flush=True)
    return slowest <= MAX_SECONDS and ranked[0].ms_per_kib <= most


def main(arguments: Sequence[str] | None = None) -> int:
    """Search, print the most expensive queries, and return 1 if one is too expensive."""
    parser = argparse.ArgumentParser("dev.fuzz.query_cost", description=__doc__)
    parser.add_argument("--examples", type=int, default=200, help="generated queries of each kind")
    parser.add_argument("--shown", type=int, default=12, help="queries in the report")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    with _portal() as (url, pid, api_key):
        tokens = _seed(url, api_key)
        links = {
            f'invoice(token: "{tokens["invoice"]}")': "PublicInvoice",
            f'portal(token: "{tokens["portal"]}")': "Portal",
            f'portal(token: "{tokens["rich"]}") ': "Portal",
            "__schema": "__Schema",
            '__type(name: "Invoice")': "__Type",
        }
        stranger = Meter(url, pid, {})
        stranger.measure("warm-up", "{ __typename }")
        search(stranger, tokens, links, options.examples)
        staff = Meter(url, pid, {"authorization": f"Bearer {api_key}"})
        for name, text in staff_shapes():
            staff.measure(name, text)
        _climb(staff, Random("staff"), {"company": "Company", "me": "Actor"}, options.examples)
    with_link = [cost for cost in stranger.costs if any(map(cost.text.count, tokens.values()))]
    without = [cost for cost in stranger.costs if cost not in with_link]
    are_cheap = [
        _report("strangers without a link", without, options.shown, MAX_MS_PER_KIB),
        _report("strangers with a link", with_link, options.shown),
        _report("staff", staff.costs, options.shown),
    ]
    print(f"{time.monotonic() - started:.0f} s")
    return int(not all(are_cheap))


if __name__ == "__main__":
    sys.exit(main())
