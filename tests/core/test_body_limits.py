"""A request's body is refused as soon as it is known to be too long, and otherwise read whole."""

from collections.abc import Iterable
from typing import Any

import pytest

from core.body_limits import Message, limit_receive
from errors import BodyEncoded, BodyTooLarge


class Client:
    """Sends messages to an application, and counts those that were received."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._messages = list(messages)
        self.received = 0

    async def receive(self) -> Message:
        """Return the next message."""
        self.received += 1
        return self._messages[self.received - 1]


def _chunks(*bodies: bytes) -> list[dict[str, Any]]:
    return [
        {"type": "http.request", "body": body, "more_body": n < len(bodies)}
        for n, body in enumerate(bodies, start=1)
    ]


_CHUNKED: dict[str, Any] = {"headers": []}
_DISCONNECT: dict[str, Any] = {"type": "http.disconnect"}


async def test_a_body_up_to_the_limit_is_received_whole_and_once() -> None:
    client = Client([*_chunks(b"abc", b"de"), _DISCONNECT])
    receive = limit_receive(client.receive, _CHUNKED, 5, "too large")
    assert await receive() == {"type": "http.request", "body": b"abcde", "more_body": False}
    assert await receive() == _DISCONNECT


async def test_a_longer_body_is_refused_before_the_rest_is_received() -> None:
    client = Client(_chunks(b"abc", b"def", b"ghi"))
    receive = limit_receive(client.receive, _CHUNKED, 5, "too large")
    with pytest.raises(BodyTooLarge, match="too large"):
        await receive()
    assert client.received == 2


async def test_a_content_length_over_the_limit_is_refused_before_anything_is_received() -> None:
    client = Client(_chunks(b"abc"))
    scope: dict[str, Any] = {"headers": [(b"content-length", b"6")]}
    receive = limit_receive(client.receive, scope, 5, "too large")
    with pytest.raises(BodyTooLarge):
        await receive()
    assert client.received == 0


async def test_nothing_is_received_until_the_body_is_needed() -> None:
    client = Client(_chunks(b"abc"))
    limit_receive(client.receive, _CHUNKED, 5, "too large")
    assert client.received == 0


@pytest.mark.parametrize("first", [[], _chunks(b"abc", b"de")[:1]])
async def test_a_disconnect_before_the_end_of_the_body_is_passed_on(first: list[Message]) -> None:
    client = Client([*first, _DISCONNECT])
    receive = limit_receive(client.receive, _CHUNKED, 5, "too large")
    assert await receive() == _DISCONNECT


@pytest.mark.parametrize("encoding", [b"gzip", b"br, gzip", b"identity, gzip"])
async def test_an_encoded_body_is_refused_before_anything_is_received(encoding: bytes) -> None:
    client = Client(_chunks(b"abc"))
    scope: dict[str, Any] = {"headers": [(b"content-encoding", encoding)]}
    with pytest.raises(BodyEncoded):
        await limit_receive(client.receive, scope, 5, "too large")()
    assert client.received == 0


async def test_a_body_that_says_it_is_plain_is_received() -> None:
    scope: dict[str, Any] = {"headers": [(b"content-encoding", b"Identity")]}
    receive = limit_receive(Client(_chunks(b"abc")).receive, scope, 5, "too large")
    assert (await receive())["body"] == b"abc"
