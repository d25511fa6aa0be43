"""Connections to receivers, over which little comes back, and waiting for it is cheap."""

import asyncio
import ssl
from typing import Any, Final, Self

import httpcore

_MAX_RECEIVED: Final = 64 * 1024
"""Bytes that are read after a request, with headers and interim responses. A response consists of
parts as small as a line, each of which takes time, so more of them would keep the process busy."""
_MAX_READ: Final = 4096
"""Bytes that are read and parsed in one step of the event loop."""


class Connection(httpcore.AsyncNetworkStream):
    """A connection, for at most one request at a time.

    Unlike those of httpcore, it lets a busy event loop go round only to wait for the network.
    Whoever uses it limits the time, so the timeouts have no effect.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._received = 0

    @classmethod
    async def open(cls, address: str, port: int) -> Self:
        """Connect to an IP address. Raises ConnectError."""
        try:
            return cls(*await asyncio.open_connection(address, port, limit=_MAX_READ))
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109, ARG002  # httpcore's interface
        """Return what has come, or nothing at the end. Raises ReadError, also for too much."""
        if self._received >= _MAX_RECEIVED:
            raise httpcore.ReadError("the response is too large")
        try:
            received = await self._reader.read(min(max_bytes, _MAX_READ))
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error
        self._received += len(received)
        return received

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109, ARG002  # httpcore's interface
        """Send a part of a request. Raises WriteError."""
        self._received = 0
        try:
            self._writer.write(buffer)
            await self._writer.drain()
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        """Close it, without waiting for the receiver."""
        self._writer.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002  # httpcore's interface
    ) -> Self:
        """Begin TLS. Raises ConnectError."""
        try:
            await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except OSError as error:
            await self.aclose()
            raise httpcore.ConnectError(str(error)) from error
        return self

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  # httpcore's interface
        """Return the TLS object, and whether the receiver has closed the connection."""
        if info == "is_readable":
            return self._reader.at_eof() or self._writer.is_closing()
        return self._writer.get_extra_info(info)
