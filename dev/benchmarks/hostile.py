"""A hostile tenant and a hostile stranger, each in a process of its own, at full speed.

The tenant opens a thousand websockets, half of which read nothing, and causes events by recording
payments. The stranger has a link to an invoice. It sends requests over many connections, and holds
others open without ever completing a request.

The processes have the lowest priority: hostile clients don't compete with the portal for its CPU.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Final

import orjson
import uvloop

from dev.benchmarks.follower import Follower
from dev.benchmarks.wire import Connection, get, post

SOCKETS: Final = 1_000
_SUBSCRIPTIONS: Final = 5
"""Subscriptions on each websocket."""
_SELECTIONS: Final = 10
"""Different subscriptions, which can't share their results."""
_TENANT_CALLS: Final = 16
_STRANGER_CALLS: Final = 64
_SLOW: Final = 300
"""Connections with a request that never becomes complete."""
_PAUSE: Final = 0.5
"""Seconds after which a request that was refused or cut off is tried again."""
_RECONNECT: Final = 10.0
"""The same for websockets, which answer `retryAfter: 10`."""

_EVENT: Final = """subscription {
    invoiceUpdated { cursor invoice { n%d: number lines { description } } }
}"""
_LIST: Final = """{
    company { invoices(first: 10) { edges { node { lines { description } } } } }
}"""
_PAY: Final = """mutation($input: RecordPaymentInput!) {
    recordPayment(input: $input) { invoice { id } }
}"""
_INTROSPECTION: Final = "{ __schema { types { name fields { name type { name } } } } }"
_INVOICE: Final = "query($token: String!) { invoice(token: $token) { lines { description } } }"


@dataclass(frozen=True, slots=True)
class Target:
    """Where the hostile ones connect, and what they have: an API key, an invoice and its link."""

    port: int
    api_key: str
    invoice_id: str
    token: str


def run_tenant(target: Target) -> None:
    """Be the hostile tenant until the process is terminated."""
    _run(_tenant(target))


def run_stranger(target: Target) -> None:
    """Be the hostile stranger until the process is terminated."""
    _run(_stranger(target))


def _run(work: Coroutine[Any, Any, None]) -> None:
    os.nice(19)
    uvloop.run(work)


async def _tenant(target: Target) -> None:
    credential = f"authorization: Bearer {target.api_key}\r\n"
    payment = {"invoiceId": target.invoice_id, "amount": "0.01", "method": "cash"}
    calls = [
        post("/graphql", orjson.dumps({"query": _LIST}), headers=credential),
        post(
            "/graphql",
            orjson.dumps({"query": _PAY, "variables": {"input": payment}}),
            headers=credential,
        ),
    ]
    async with asyncio.TaskGroup() as group:
        for n in range(SOCKETS):
            group.create_task(_follow(target, n))
        for n in range(_TENANT_CALLS):
            group.create_task(_call(target.port, f"127.0.1.{1 + n % 4}", cycle(calls)))


async def _follow(target: Target, n: int) -> None:
    """Keep a websocket open, and never read from every second one."""
    await asyncio.sleep(_RECONNECT * n / SOCKETS / 2)
    while True:
        ended = asyncio.Event()
        try:
            follower = await Follower.open(
                target.port,
                "/graphql",
                lambda _: None,
                protocol="graphql-transport-ws",
                local_ip=f"127.0.1.{1 + n % 20}",
                on_end=ended.set,
            )
        except OSError:
            await asyncio.sleep(_RECONNECT)
            continue
        credential = {"authorization": f"Bearer {target.api_key}"}
        follower.send(orjson.dumps({"type": "connection_init", "payload": credential}))
        await asyncio.sleep(_PAUSE)
        for k in range(_SUBSCRIPTIONS):
            query = _EVENT % ((n * _SUBSCRIPTIONS + k) % _SELECTIONS)
            payload = {"id": str(k), "type": "subscribe", "payload": {"query": query}}
            if not ended.is_set():
                follower.send(orjson.dumps(payload))
        if n % 2 and not ended.is_set():
            follower.stop_reading()
        await ended.wait()
        await asyncio.sleep(_RECONNECT)


async def _stranger(target: Target) -> None:
    ip = "127.0.3.1"
    requests = [
        get(f"/invoice/{target.token}"),
        get("/invoice/8e4c4a0a-5f0a-4b5c-9f0e-6f3b0f0c1a2b"),
        get("/unknown"),
        get("/dashboard/sign-in"),
        post("/graphql", orjson.dumps({"query": _INTROSPECTION})),
        post("/graphql", orjson.dumps({"query": _INVOICE, "variables": {"token": target.token}})),
    ]
    async with asyncio.TaskGroup() as group:
        for n in range(_STRANGER_CALLS):
            rotated = requests[n % len(requests) :] + requests[: n % len(requests)]
            group.create_task(_call(target.port, ip, cycle(rotated)))
        for _ in range(_SLOW):
            group.create_task(_dawdle(target.port, ip))


async def _call(port: int, ip: str, requests: Iterator[bytes]) -> None:
    """Send one request after the other, whatever comes back."""
    connection: Connection | None = None
    for request in requests:
        try:
            connection = connection or await Connection.open(port, ip)
            await connection.send(request)
        except OSError:
            if connection is None or connection.is_closed:
                connection = None
                await asyncio.sleep(_PAUSE)


async def _dawdle(port: int, ip: str) -> None:
    """Send a byte of a request each second."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(ip, 0))
            writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
            while not writer.transport.is_closing():
                writer.write(b"a")
                await asyncio.sleep(1)
        except OSError:
            pass
        await asyncio.sleep(_PAUSE)


HOSTILE: Final[dict[str, Callable[[Target], None]]] = {
    "tenant": run_tenant,
    "stranger": run_stranger,
}
