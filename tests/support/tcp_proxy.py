"""A TCP proxy that loses bytes without closing connections, as broken networks do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Flag, auto
from typing import Final

_CHUNK: Final = 65_536
"""Bytes read at once."""


class Lost(Flag):
    """What a proxy receives and doesn't pass on."""

    NOTHING = 0
    REQUESTS = auto()
    """What the client sends."""
    RESPONSES = auto()
    """What the server sends."""
    EVERYTHING = REQUESTS | RESPONSES


@dataclass(eq=False)
class _Tunnel:
    """A client's connection and the server's."""

    lost: Lost
    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    task: asyncio.Task[None]

    def cut(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


@dataclass
class TcpProxy:
    """Passes on connections to a port of this machine. Tests break them as they like."""

    target: int
    """The server's port."""
    port: int = 0
    lost: Lost = Lost.NOTHING
    """What connections lose from their beginning."""
    delay: float = 0.0
    """Seconds by which everything arrives later."""
    tunnels: set[_Tunnel] = field(default_factory=set)

    def silence(self, lost: Lost = Lost.EVERYTHING, *, new: bool = False) -> None:
        """Lose what is sent on the open connections from now on; with `new`, on later ones, too.

        Without `new`, the open connections are half open: nobody tells either side.
        """
        for tunnel in self.tunnels:
            tunnel.lost = lost
        if new:
            self.lost = lost

    def mend(self) -> None:
        """Let new connections work. Those that have lost something stay silent."""
        self.lost = Lost.NOTHING

    def cut(self) -> None:
        """Reset all connections."""
        for tunnel in self.tunnels:
            tunnel.cut()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a client until one side closes the connection."""
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        tunnel = _Tunnel(lost=self.lost, writers=(writer, to_server), task=task)
        self.tunnels.add(tunnel)
        try:
            await asyncio.gather(
                self._pass_on(reader, to_server, tunnel, Lost.REQUESTS),
                self._pass_on(from_server, writer, tunnel, Lost.RESPONSES),
            )
        finally:
            self.tunnels.discard(tunnel)
            tunnel.cut()

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        tunnel: _Tunnel,
        direction: Lost,
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(_CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if not tunnel.lost & direction:
                    writer.write(data)
                    await writer.drain()
        if not tunnel.lost & direction:
            writer.close()


@asynccontextmanager
async def tcp_proxy(target: int) -> AsyncIterator[TcpProxy]:
    """Yield a running proxy in front of the port `target`, on a port of its own."""
    proxy = TcpProxy(target)
    server = await asyncio.start_server(proxy.connect, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        if tasks := [tunnel.task for tunnel in proxy.tunnels]:
            await asyncio.wait(tasks)
