"""Clients of the portals: each request goes to one of them, and into the journal."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any, Final, Self

import httpx

from dev.chaos.journal import Answer, Journal, Request
from tests.support.clients import BROWSER

TIMEOUT: Final = 40.0
"""Seconds after which a client gives up. Nothing should ever take that long."""
_addresses = count(1)


def new_address() -> str:
    """Return an address that nobody has used yet."""
    n = next(_addresses)
    return f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"


@dataclass
class Clients:
    """Clients of a company's portals, with its API key or without."""

    portals: list[httpx.AsyncClient]
    api_key: str
    journal: Journal
    random: Random
    vanishing: float = 0.0
    """The share of clients that leave before they have an answer."""

    @classmethod
    def of(cls, urls: list[str], api_key: str, journal: Journal, random: Random) -> Self:
        """Return clients of the portals at these URLs."""
        # Shorter than the server's 5 seconds, so that only the client closes idle connections.
        limits = httpx.Limits(max_connections=50, keepalive_expiry=2)
        portals = [
            httpx.AsyncClient(base_url=url, timeout=TIMEOUT, limits=limits, trust_env=False)
            for url in urls
        ]
        return cls(portals, api_key, journal, random)

    async def close(self) -> None:
        """Close all connections."""
        for portal in self.portals:
            await portal.aclose()

    async def staff(self, operation: str, query: str, variables: Mapping[str, Any]) -> Answer:
        """Return the answer of an operation with the API key, at any of the portals."""
        headers = {"authorization": f"Bearer {self.api_key}"}
        return await self._graphql(operation, query, variables, headers)

    async def anyone(
        self, operation: str, query: str, variables: Mapping[str, Any], address: str
    ) -> Answer:
        """Return the answer of an operation without a credential, from an address."""
        headers = {"x-forwarded-for": address, "user-agent": BROWSER}
        return await self._graphql(operation, query, variables, headers)

    async def get(self, operation: str, path: str, address: str) -> Answer:
        """Return the answer to a GET request from an address."""
        headers = {"x-forwarded-for": address, "user-agent": BROWSER}
        return await self._send(operation, "GET", path, headers, None)

    async def _graphql(
        self, operation: str, query: str, variables: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Answer:
        body = {"query": query, "variables": variables}
        return await self._send(operation, "POST", "/graphql", headers, body)

    async def _send(
        self, operation: str, method: str, path: str, headers: Mapping[str, str], body: Any
    ) -> Answer:
        portal = self.random.randrange(len(self.portals))
        is_leaving = self.random.random() < self.vanishing
        patience = self.random.uniform(0.005, 0.2) if is_leaving else TIMEOUT
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(patience):
                response = await self.portals[portal].request(
                    method, path, headers=dict(headers), json=body
                )
                answer = _answer_of(response)
        except TimeoutError:
            answer = Answer(code="vanished" if is_leaving else "timeout")
        except httpx.TransportError as error:
            answer = Answer(code=f"net:{type(error).__name__}")
        seconds = loop.time() - started
        request = Request(operation, portal, started, seconds, answer.code, answer.detail)
        self.journal.requests.append(request)
        return answer


def _answer_of(response: httpx.Response) -> Answer:
    request_id = response.headers.get("x-request-id", "")
    if not response.headers.get("content-type", "").startswith("application/json"):
        is_shown = response.is_success or response.is_redirect
        code = None if is_shown else f"http:{response.status_code}"
        return Answer(data=response.content, code=code, detail=request_id)
    answer = response.json()
    if not answer.get("errors"):
        return Answer(data=answer.get("data"))
    [error, *_] = answer["errors"]
    code = error.get("extensions", {}).get("code", "INTERNAL")
    if code == "UNAVAILABLE" and "retry-after" not in response.headers:
        code = "http:503 without Retry-After"
    return Answer(code=code, detail=f"{request_id} {error['message']}")
