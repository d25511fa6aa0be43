"""A TCP proxy that delays, cuts, half-opens and black-holes connections."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final

_CHUNK: Final = 64 * 1024


@dataclass(eq=False)
class _Link:
    """A connection of a client and the one to the server behind it."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    loses_requests: bool = False
    """Whether bytes to the server are dropped, from now on."""
    loses_responses: bool = False

    def abort(self) -> None:
        for writer in (self.client, self.server):
            writer.transport.abort()


@dataclass
class Proxy:
    """Forwards connections on `port` to `target`, with whatever fault is set."""

    port: int
    target: int
    random: Random = field(default_factory=Random)
    delay: float = 0.0
    """Seconds by which each chunk is late, half more or less at random."""
    refuses: bool = False
    """Whether new connections are closed at once."""
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _links: set[_Link] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        """Start to listen."""
        self._open.set()
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", self.port)

    async def close(self) -> None:
        """Close all connections, and stop listening."""
        if self._server is not None:
            self._server.close()
        self._open.set()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break all connections."""
        for link in list(self._links):
            link.abort()

    def half_open(self) -> None:
        """Drop everything on the present connections for good, in silence.

        That is what a firewall does that has forgotten them. New connections work.
        """
        self.lose_requests()
        self.lose_responses()

    def lose_requests(self) -> None:
        """Drop what clients send on the present connections, for good."""
        for link in self._links:
            link.loses_requests = True

    def lose_responses(self) -> None:
        """Drop what the server sends on the present connections, for good."""
        for link in self._links:
            link.loses_responses = True

    def forget(self) -> None:
        """Break the connections that are silent for good, as the keepalives of both ends would."""
        for link in list(self._links):
            if link.loses_requests or link.loses_responses:
                link.abort()

    def black_hole(self) -> None:
        """Hold everything back, on new connections too, until `pass_on`."""
        self._open.clear()

    def pass_on(self) -> None:
        """Forward again, also what was held back."""
        self._open.set()

    def _begin(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._accept(reader, client))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        if self.refuses:
            client.transport.abort()
            return
        try:
            from_server, server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            client.transport.abort()
            return
        link = _Link(client=client, server=server)
        self._links.add(link)
        try:
            await asyncio.gather(
                self._pump(reader, server, lambda: link.loses_requests),
                self._pump(from_server, client, lambda: link.loses_responses),
            )
        finally:
            self._links.discard(link)
            link.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, loses: Callable[[], bool]
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay * self.random.uniform(0.5, 1.5))
                await self._open.wait()
                if not loses():
                    writer.write(chunk)
                    await writer.drain()
        if not loses() and writer.can_write_eof():
            with suppress(OSError):
                writer.write_eof()
