"""Subscribers to a company's events, over graphql-transport-ws and server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from services.common.pagination import BY_SEQUENCE, decode_cursor, encode_cursor

_PATIENCE: Final = 60.0
"""Seconds to wait for an event, which the busiest machine needs less of."""

BEGINNING: Final = encode_cursor(0)
VIEWED: Final = """
    subscription($invoiceId: ID, $after: String, $includeAutomated: Boolean! = false) {
        viewedInvoice(invoiceId: $invoiceId, after: $after, includeAutomated: $includeAutomated) {
            cursor
            view { id source ip userAgent automated viewedAt }
            invoice { id number viewStats { viewCount uniqueIps isLive } }
        }
    }
"""
UPDATED: Final = """
    subscription($invoiceId: ID, $after: String) {
        invoiceUpdated(invoiceId: $invoiceId, after: $after) {
            cursor change amount { amount currency } at actor reason
            invoice { id status amountDue { amount } }
        }
    }
"""
DOCUMENT_UPDATED: Final = """
    subscription($after: String) {
        documentUpdated(after: $after) {
            cursor change at actor invoice { id } quote { id status } creditNote { id }
        }
    }
"""


@dataclass
class Subscriber:
    """A subscription on a websocket, which keeps what it receives."""

    socket: ClientConnection
    events: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    ended: bool = False

    @property
    def ids(self) -> list[int]:
        """The sequences of the views, in the order of arrival."""
        return [int(event["view"]["id"]) for event in self.events]

    @property
    def cursor(self) -> str | None:
        """The last received cursor."""
        return self.events[-1]["cursor"] if self.events else None

    @property
    def cursors(self) -> list[int]:
        """The sequences in the cursors, in the order of arrival."""
        return [decode_cursor(event["cursor"], BY_SEQUENCE)[0] for event in self.events]

    @property
    def changes(self) -> list[str]:
        """The changes, in the order of arrival."""
        return [event["change"] for event in self.events]

    async def subscribe(self, id_: str = "1", query: str = VIEWED, /, **variables: object) -> None:
        """Start a subscription."""
        payload = {"query": query, "variables": variables}
        await self.send({"id": id_, "type": "subscribe", "payload": payload})

    async def send(self, message: object) -> None:
        """Send one message of the protocol."""
        await self.socket.send(json.dumps(message))

    async def receive(self, seconds: float = _PATIENCE) -> None:
        """Receive one message."""
        async with asyncio.timeout(seconds):
            message = json.loads(await self.socket.recv())
        match message["type"]:
            case "next":
                payload = message["payload"]
                self.errors += payload.get("errors", [])
                if payload.get("data"):
                    self.events += payload["data"].values()
            case "error":
                self.errors += message["payload"]
                self.ended = True
            case "complete":
                self.ended = True

    async def until(self, count: int, seconds: float = _PATIENCE) -> None:
        """Receive messages until there are `count` events. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while len(self.events) < count:
                assert not self.ended, self.errors
                await self.receive(seconds)

    async def until_ended(self, seconds: float = _PATIENCE) -> None:
        """Receive messages until the server ends the subscription."""
        async with asyncio.timeout(seconds):
            while not self.ended:
                await self.receive(seconds)


@asynccontextmanager
async def websocket(
    url: str, secret: str, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Subscriber]:
    """Yield an acknowledged websocket whose handshake has `headers`."""
    async with connect(
        f"{url.replace('http', 'ws', 1)}/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        compression=None,
        max_queue=None,
        open_timeout=_PATIENCE,
        additional_headers=headers,
    ) as socket:
        subscriber = Subscriber(socket)
        payload = {"authorization": f"Bearer {secret}"}
        await subscriber.send({"type": "connection_init", "payload": payload})
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        yield subscriber


@asynccontextmanager
async def following(
    url: str, secret: str, query: str = VIEWED, /, **variables: object
) -> AsyncIterator[Subscriber]:
    """Yield a subscriber to everything since the company was created.

    The protocol doesn't say when a subscription has started. Without `after`, it could miss the
    first events.
    """
    async with websocket(url, secret) as subscriber:
        await subscriber.subscribe("1", query, **{"after": BEGINNING, **variables})
        yield subscriber


def nobody_follows(http: httpx.AsyncClient) -> Callable[[], Awaitable[bool]]:
    """Return a check of whether the portal has no followers."""

    async def check() -> bool:
        return "\ninvotify_followers 0.0\n" in (await http.get("/metrics")).text

    return check


async def events_of(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """Yield the payload of each `next` event of a stream."""
    event = ""
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            event = value
        elif name == "data" and event == "next":
            yield json.loads(value)
