"""Sending: to the address that was checked, under the name of the URL, in bounded time and size."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from integrations.webhooks import addresses as checking
from integrations.webhooks import sender as sending
from integrations.webhooks.addresses import CheckedAddresses
from integrations.webhooks.sender import Answer, WebhookSender
from tests.support.certificates import make_certificate
from tests.support.clients import eventually
from tests.support.webhook_receiver import Receiver, receiving


@asynccontextmanager
async def _sender(
    *resolved: str, allow_private: bool = False, tls: ssl.SSLContext | None = None
) -> AsyncIterator[WebhookSender]:
    """Yield a sender for which any host has each of the addresses `resolved` in turn."""
    answers = iter(resolved)
    addresses = CheckedAddresses(
        allow_private=allow_private, resolve=lambda _host, _port: [next(answers)]
    )
    sender = WebhookSender(addresses, tls)
    yield sender
    await sender.close()
    addresses.close()


async def _post(receiver: Receiver) -> Answer:
    async with _sender("127.0.0.1", allow_private=True) as sender:
        return await sender.post(receiver.url, b"{}", {})


async def test_a_host_that_has_become_private_since_it_was_checked_gets_nothing() -> None:
    async with receiving() as receiver:
        addresses = iter(["93.184.215.14", "127.0.0.1"])
        checked = CheckedAddresses(
            allow_private=False, resolve=lambda _host, _port: [next(addresses)]
        )
        port = receiver.url.rpartition(":")[2]
        url = f"https://rebinding.example:{port}"
        await checked.check(url)
        sender = WebhookSender(checked)
        assert await sender.post(url, b"{}", {}) == Answer(
            detail="The host isn't on the public internet."
        )
        await sender.close()
        checked.close()
        assert receiver.received == []


async def test_tls_uses_the_name_and_the_connection_the_checked_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "is_public", lambda _: True)
    certificate = make_certificate(tmp_path, "shop.example")
    server, client = certificate.server, certificate.client
    names: list[str | None] = []
    server.sni_callback = lambda _object, name, _context: names.append(name)
    async with receiving(ssl=server) as receiver, _sender(*["127.0.0.1"] * 2, tls=client) as sender:
        port = receiver.url.split(":")[2].split("/")[0]
        answer = await sender.post(f"https://shop.example:{port}/x", b"{}", {"a": "b"})
        other = await sender.post(f"https://other.example:{port}/x", b"{}", {})
    assert answer == Answer(status=200, body="ok")
    assert names == ["shop.example", "other.example"]
    assert receiver.received[0].headers["host"] == f"shop.example:{port}"
    assert other.status is None
    assert "certificate" in (other.detail or "")
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect"])
async def test_redirects_are_failures_and_not_followed(status: str) -> None:
    async with receiving() as elsewhere, receiving() as receiver:
        receiver.answer = lambda _: f"{status}\r\nlocation: {elsewhere.url}"
        answer = await _post(receiver)
    assert (answer.status, answer.succeeded) == (int(status[:3]), False)
    assert elsewhere.received == []


async def test_an_answer_that_never_comes_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "TIMEOUT", 0.2)
    async with receiving() as receiver:
        receiver.answer = lambda _: None
        answer = await _post(receiver)
    assert (answer.status, answer.succeeded) == (None, False)


async def _post_to_endless(head: bytes, part: bytes) -> Answer:
    """Return the answer of a receiver that repeats a part of its response without an end."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(head)
        try:
            while True:
                writer.write(part * 1000)
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    answer = await _post(Receiver(url=url))
    server.close()
    return answer


async def test_no_more_than_a_kilobyte_of_an_endless_answer_is_read() -> None:
    answer = await _post_to_endless(b"HTTP/1.1 500 Oops\r\n\r\n", b"\0x")
    assert answer.status == 500
    assert answer.body == "\N{REPLACEMENT CHARACTER}x" * 512


@pytest.mark.parametrize("part", [b"HTTP/1.1 103 Early Hints\r\n\r\n", b"x"])
async def test_interim_responses_and_headers_without_an_end_are_not_read_for_long(
    part: bytes,
) -> None:
    answer = await _post_to_endless(b"HTTP/1.1 100 Continue\r\n\r\n", part)
    assert answer == Answer(
        detail="The connection ended without a response: the response is too large."
    )


async def test_a_connection_is_used_again_until_the_receiver_closes_it() -> None:
    connections: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        for _ in range(2):
            await reader.readuntil(b"{}")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with _sender(*["127.0.0.1"] * 2, allow_private=True) as sender:

        async def is_closed() -> bool:
            return all(each.has_expired() for each in sender._pool.connections)

        for number in range(3):
            assert (await sender.post(url, b"{}", {})).succeeded
            if number == 1:
                await eventually(is_closed)
    server.close()
    assert len(connections) == 2


async def test_a_connection_that_is_refused_or_cut_is_a_failure() -> None:
    async with receiving() as receiver:
        receiver.answer = lambda _: "garbage"
        cut = await _post(receiver)
    refused = await _post(receiver)
    assert (cut.status, cut.succeeded) == (None, False)
    assert (refused.status, refused.succeeded) == (None, False)
