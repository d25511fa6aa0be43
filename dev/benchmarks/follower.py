"""A minimal websocket client, so that a thousand of them cost almost no CPU time."""

import asyncio
import os
from collections.abc import Callable
from typing import Final, Self, cast

from dev.benchmarks.wire import HOST

_TEXT: Final = 0x81
_CLOSE: Final = 0x88
_PING: Final = 0x89
_PONG: Final = 0x8A


class Follower(asyncio.Protocol):
    """Calls `on_message` with each message of the server (RFC 6455 without fragments)."""

    def __init__(
        self,
        request: bytes,
        on_message: Callable[[bytes], None],
        on_end: Callable[[], None] | None = None,
    ) -> None:
        self._request = request
        self._on_message = on_message
        self._on_end = on_end
        self._received = b""
        self._open: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(
        cls,
        port: int,
        path: str,
        on_message: Callable[[bytes], None],
        *,
        protocol: str | None = None,
        local_ip: str = HOST,
        on_end: Callable[[], None] | None = None,
    ) -> Self:
        """Return an open websocket. Raises ConnectionError.

        Without `on_end`, which is called when it ends, nobody expects it to end.
        """
        subprotocol = f"sec-websocket-protocol: {protocol}\r\n" if protocol else ""
        request = (
            f"GET {path} HTTP/1.1\r\nhost: {HOST}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
            "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"{subprotocol}\r\n"
        )
        loop = asyncio.get_running_loop()
        _, follower = await loop.create_connection(
            lambda: cls(request.encode(), on_message, on_end),
            HOST,
            port,
            local_addr=(local_ip, 0),
        )
        await follower._open
        return follower

    def send(self, text: bytes) -> None:
        """Send a text message."""
        self._write(_TEXT, text)

    def _write(self, kind: int, payload: bytes) -> None:
        """Send a frame, masked as RFC 6455 requires of clients."""
        size = len(payload)
        head = bytes([kind, 0x80 | size]) if size < 126 else bytes([kind, 0xFE])
        length = b"" if size < 126 else size.to_bytes(2, "big")
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self._transport.write(head + length + mask + masked)

    def close(self) -> None:
        """Drop the connection, like a browser that is closed."""
        self._transport.abort()

    def stop_reading(self) -> None:
        """Read nothing more."""
        self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits for it to open or to end."""
        if not self._open.done():
            self._open.set_exception(exc or ConnectionResetError())
        if self._on_end:
            self._on_end()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Request the websocket."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Pass on each complete message."""
        self._received += data
        if not self._open.done():
            head, blank, rest = self._received.partition(b"\r\n\r\n")
            if not blank:
                return
            self._received = rest
            if head.startswith(b"HTTP/1.1 101"):
                self._open.set_result(None)
            else:
                self._open.set_exception(ConnectionError(head))
        while frame := self._next_frame():
            if frame[0] == _CLOSE:
                if self._on_end is None:
                    raise ConnectionError(frame)
                self._transport.close()
                return
            if frame[0] == _PING:
                self._write(_PONG, frame[1])
            if frame[0] == _TEXT:
                self._on_message(frame[1])

    def _next_frame(self) -> tuple[int, bytes] | None:
        received = self._received
        if len(received) < 2:
            return None
        size, start = received[1], 2
        if size == 126:
            size, start = int.from_bytes(received[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(received[2:10], "big"), 10
        if len(received) < start + size:
            return None
        self._received = received[start + size :]
        return received[0], received[start : start + size]
