"""A response takes one write, and its parts arrive in order."""

import asyncio
from typing import Any, Final, cast

import httpx
import pytest

from web.http.joined_writes import JoinedWrites

_REQUEST: Final = b"%b /healthz HTTP/1.1\r\nHost: a\r\nConnection: %b\r\n\r\n"
_HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"


class Transport:
    """Notes what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        """Note `data`."""
        assert not self.closed
        self.written.append(data)

    def close(self) -> None:
        """Note that nothing follows."""
        self.closed = True

    def is_closing(self) -> bool:
        """Whether it is closed."""
        return self.closed


@pytest.fixture
async def transport() -> Transport:
    return Transport()


def _joined(transport: Transport, *, has_body: bool = True) -> JoinedWrites:
    return JoinedWrites(cast("Any", transport), asyncio.get_running_loop(), has_body=has_body)


async def test_a_head_and_its_body_are_one_write(transport: Transport) -> None:
    joined = _joined(transport)
    joined.write(b"head,")
    joined.write(b"body")
    assert transport.written == [b"head,body"]
    joined.close()
    await asyncio.sleep(0)
    assert (transport.written, transport.closed) == ([b"head,body"], True)


async def test_a_stream_s_head_does_not_wait_for_its_first_event(transport: Transport) -> None:
    joined = _joined(transport)
    joined.write(b"head,")
    await asyncio.sleep(0)
    assert transport.written == [b"head,"]
    for event in (b"1", b"2", b"3"):
        joined.write(event)
    await asyncio.sleep(0)
    assert b"".join(transport.written) == b"head,123"


async def test_the_parts_of_a_stream_are_never_held_back(transport: Transport) -> None:
    joined = _joined(transport)
    joined.write(b"head,")
    await asyncio.sleep(0)
    joined.write(_HEAD)
    assert transport.written == [b"head,", _HEAD]


async def test_a_head_waits_for_the_body_whose_length_it_tells(transport: Transport) -> None:
    joined = _joined(transport)
    joined.write(_HEAD)
    await asyncio.sleep(0)
    assert transport.written == []
    joined.write(b"body")
    assert transport.written == [_HEAD + b"body"]


async def test_the_head_of_a_response_without_a_body_does_not_wait(transport: Transport) -> None:
    _joined(transport, has_body=False).write(_HEAD)
    await asyncio.sleep(0)
    assert transport.written == [_HEAD]


async def test_a_head_alone_is_written_before_the_connection_is_closed(
    transport: Transport,
) -> None:
    joined = _joined(transport)
    joined.write(b"head")
    joined.close()
    await asyncio.sleep(0)
    assert (transport.written, transport.closed) == ([b"head"], True)


async def test_nothing_is_written_to_a_connection_that_is_lost(transport: Transport) -> None:
    _joined(transport).write(b"head")
    transport.close()
    await asyncio.sleep(0)
    assert transport.written == []


async def test_pipelined_responses_arrive_whole_and_in_order(portal_url: str) -> None:
    url = httpx.URL(portal_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    requests = [(b"GET", b"keep-alive"), (b"HEAD", b"keep-alive"), (b"GET", b"close")]
    writer.write(b"".join(_REQUEST % request for request in requests))
    async with asyncio.timeout(30):
        answers = (await reader.read()).split(b"HTTP/1.1 200 OK\r\n")[1:]
    writer.close()
    bodies = [answer.partition(b"\r\n\r\n")[2] for answer in answers]
    assert bodies[0]
    assert bodies == [bodies[0], b"", bodies[0]]
    assert [b"connection: close" in answer for answer in answers] == [False, False, True]
