"""The portal that is attacked, and what the attacker has: a key, a session, ids and links."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx

from dev.chaos.clients import Clients, new_address
from dev.chaos.cluster import running
from dev.chaos.companies import PASSWORD
from dev.chaos.journal import Journal
from dev.chaos.workload import Workload

MAX_SECONDS: Final = 5.0
"""Seconds that no answer may take, however busy the machine is."""
COOKIE: Final = "invotify"


class Faulty(AssertionError):
    """The portal answered with a fault, late, or not at all."""


@dataclass
class Target:
    """A portal with a company, all of whose credentials and links the attacker has."""

    url: str
    api_key: str
    session: str
    ids: list[str]
    tokens: list[str]
    logs: list[Path] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    """How often there was which answer."""
    slowest: float = 0.0
    """Seconds of the slowest answer."""

    def send(self, http: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response:
        """Return the response to a request. Raises Faulty."""
        started = time.monotonic()
        try:
            response = http.request(method, path, **request)
        except httpx.TransportError as error:
            raise Faulty(f"{method} {path}: {error!r}") from error
        self._check(response, time.monotonic() - started)
        return response

    def _check(self, response: httpx.Response, seconds: float) -> None:
        self.slowest = max(self.slowest, seconds)
        status = response.status_code
        code = _code_of(response)
        self.answers[code or str(status)] += 1
        if code == "INTERNAL" or (status >= 500 and "retry-after" not in response.headers):
            raise Faulty(f"{status} {response.text[:500]}")
        if seconds > MAX_SECONDS:
            raise Faulty(f"{seconds:.1f} s until {status}")

    def client(self) -> httpx.Client:
        """Return a client that follows no redirects."""
        limits = httpx.Limits(keepalive_expiry=2)
        return httpx.Client(
            base_url=self.url,
            timeout=30,
            limits=limits,
            trust_env=False,
            headers={"x-forwarded-for": new_address()},
        )

    def faults_logged(self) -> int:
        """Return how many tracebacks the portal has logged."""
        return sum(log.read_text(errors="replace").count("Traceback") for log in self.logs)


def _code_of(response: httpx.Response) -> str | None:
    """Return the code of the first error of a GraphQL response."""
    if not response.headers.get("content-type", "").startswith("application/json"):
        return None
    answer = response.json()
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return str(errors[0].get("extensions", {}).get("code")) if errors else None


@asynccontextmanager
async def open_target(database: str = "sqlite") -> AsyncIterator[Target]:
    """Yield a portal on a new database."""
    async with running(database) as cluster:
        _, api_key = cluster.companies.create("fuzzed")
        url = cluster.portals[0].url
        journal = Journal()
        clients = Clients.of([url], api_key, journal, Random("fuzz"))
        workload = Workload(clients, cluster.stripe, journal, Random("fuzz"))
        await workload.prepare()
        await clients.close()
        ids = [workload.customer_id, workload.credit_note_id]
        ids += [invoice.id for invoice in journal.invoices]
        tokens = [invoice.link.token for invoice in journal.invoices]
        # In a thread, because the proxies run in this one.
        session = await asyncio.to_thread(_sign_in, url)
        yield Target(
            url=url,
            api_key=api_key,
            session=session,
            ids=ids,
            tokens=tokens,
            logs=cluster.logs,
        )


def _sign_in(url: str) -> str:
    query = "mutation($input: SignInInput!) { signIn(input: $input) { token } }"
    credentials = {"email": "fuzzed@example.com", "password": PASSWORD}
    body = {"query": query, "variables": {"input": credentials}}
    answer = httpx.post(f"{url}/graphql", json=body, timeout=30, trust_env=False).json()
    return str(answer["data"]["signIn"]["token"])
