"""A program that is told of events by webhooks, and answers as a test wants."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook as Verifier

from tests.support.clients import Business


@dataclass(frozen=True)
class Received:
    """A request: its headers with names in lower case, and its body."""

    headers: dict[str, str]
    body: str

    @property
    def payload(self) -> dict[str, Any]:
        """The body as JSON."""
        payload: dict[str, Any] = json.loads(self.body)
        return payload

    def verify(self, secret: str) -> None:
        """Raise an error unless the request is signed with `secret`."""
        Verifier(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """What it has received, and how it answers the next request."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], str | None] = lambda _: "200 OK"
    """Returns the status line and headers of the answer to a request; None never answers."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def types(self) -> list[str]:
        """The types of the events it has received."""
        return [each.payload["type"] for each in self.received]

    async def until(self, count: int) -> None:
        """Wait until `count` requests have come."""
        async with asyncio.timeout(30):
            while len(self.received) < count:
                self._changed.clear()
                await self._changed.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of a connection."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = [line.partition(": ") for line in head.splitlines()[1:] if line]
                headers = {name.lower(): value for name, _, value in lines}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                request = Received(headers, body.decode())
                self.received.append(request)
                self._changed.set()
                answer = self.answer(request)
                if answer is None:
                    await reader.read()  # until the client leaves
                    break
                writer.write(f"HTTP/1.1 {answer}\r\ncontent-length: 2\r\n\r\nok".encode())
                await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(**options: Any) -> AsyncIterator[Receiver]:
    """Yield a receiver that listens. `options` are those of `asyncio.start_server`."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, **options)
    port = server.sockets[0].getsockname()[1]
    receiver.url = f"http://127.0.0.1:{port}/webhooks"
    try:
        yield receiver
    finally:
        server.close()


async def make_webhook(business: Business, url: str, *events: str) -> tuple[str, str]:
    """Return a new webhook's id and secret."""
    payload = await business.mutate(
        "createWebhook",
        "CreateWebhookInput",
        "{ secret webhook { id } }",
        url=url,
        events=list(events),
    )
    return payload["webhook"]["id"], payload["secret"]


async def deliveries_of(business: Business, webhook_id: str) -> list[dict[str, Any]]:
    """Return the deliveries of one of the business's webhooks, newest first."""
    data = await business.gql(
        "{ company { webhooks(first: 5) { edges { node { id deliveries(first: 100) { edges { node {"
        " id event isTest state attempts responseStatus responseBody detail payload"
        " } } } } } } } }"
    )
    [webhook] = [
        edge["node"]
        for edge in data["company"]["webhooks"]["edges"]
        if edge["node"]["id"] == webhook_id
    ]
    return [edge["node"] for edge in webhook["deliveries"]["edges"]]


async def delivered(business: Business, webhook_id: str) -> list[dict[str, Any]]:
    """Return the deliveries, newest first, once none of them is queued."""
    async with asyncio.timeout(30):
        while True:
            deliveries = await deliveries_of(business, webhook_id)
            if not any(each["state"] == "QUEUED" for each in deliveries):
                return deliveries
            await asyncio.sleep(0.02)
