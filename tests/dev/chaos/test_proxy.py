"""The proxy does to connections what networks do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from dev.chaos.proxy import Proxy
from tests.support.servers import free_port


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """Yield a proxy in front of a server that sends back what it gets."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(100):
            writer.write(chunk)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = Proxy(port=free_port(), target=server.sockets[0].getsockname()[1])
    await proxy.start()
    yield proxy
    await proxy.close()
    server.close()


class _Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, seconds: float = 5.0) -> bytes:
        """Send a word; return the answer, or nothing if the connection is broken."""
        self.writer.write(b"word")
        async with asyncio.timeout(seconds):
            return await self.reader.read(100)


@asynccontextmanager
async def _opened(proxy: Proxy) -> AsyncIterator[_Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    yield _Client(reader, writer)
    writer.close()


async def test_bytes_pass_in_both_directions(proxy: Proxy) -> None:
    async with _opened(proxy) as client:
        assert await client.ask() == b"word"


async def test_cut_connections_break(proxy: Proxy) -> None:
    async with _opened(proxy) as client:
        await client.ask()
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            await client.ask()


async def test_half_open_connections_are_silent_and_new_ones_work(proxy: Proxy) -> None:
    async with _opened(proxy) as client:
        await client.ask()
        proxy.half_open()
        with pytest.raises(TimeoutError):
            await client.ask(0.1)
        async with _opened(proxy) as other:
            assert await other.ask() == b"word"


@pytest.mark.parametrize("lose", [Proxy.lose_requests, Proxy.lose_responses])
async def test_one_direction_is_lost(proxy: Proxy, lose: Callable[[Proxy], None]) -> None:
    async with _opened(proxy) as client:
        await client.ask()
        lose(proxy)
        with pytest.raises(TimeoutError):
            await client.ask(0.1)


async def test_a_black_hole_holds_everything_back_for_a_while(proxy: Proxy) -> None:
    async with _opened(proxy) as client:
        proxy.black_hole()
        with pytest.raises(TimeoutError):
            await client.ask(0.1)
        proxy.pass_on()
        assert await client.reader.read(100) == b"word"
