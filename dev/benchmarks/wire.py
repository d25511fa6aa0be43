"""HTTP/1.1 over one connection that stays open, by hand: the client must cost next to nothing."""

import asyncio
import re
from typing import Final, Self, cast

HOST: Final = "127.0.0.1"
BROWSER: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_LENGTH: Final = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


def post(path: str, body: bytes, address: str = "198.51.100.1") -> bytes:
    """Return a whole POST request of JSON, as from a browser at `address` behind a proxy."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {HOST}\r\ncontent-type: application/json\r\n"
        f"accept: application/json\r\nuser-agent: {BROWSER}\r\nx-forwarded-for: {address}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, address: str = "198.51.100.1", headers: str = "") -> bytes:
    """Return a whole GET request, as from a browser at `address` behind a proxy.

    `headers` are more of them, as they stand in the request.
    """
    head = f"GET {path} HTTP/1.1\r\nhost: {HOST}\r\nuser-agent: {BROWSER}\r\n"
    more = f"{headers}\r\n" if headers else ""
    return f"{head}{more}x-forwarded-for: {address}\r\n\r\n".encode()


class Connection(asyncio.Protocol):
    """Sends one request at a time, and waits for its answer."""

    def __init__(self) -> None:
        self._received = b""
        self._answer: asyncio.Future[bytes] | None = None

    @classmethod
    async def open(cls, port: int) -> Self:
        """Return a connection to the server at `port`."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, HOST, port)
        return connection

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    async def send(self, request: bytes) -> bytes:
        """Return the body of the answer; an answer with errors is a failed benchmark."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Settle the request once its whole answer is there."""
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not blank or (length and len(body) < int(length[1])):
            return
        self._received = b""
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        if not length or not head.startswith(b"HTTP/1.1 200") or body.startswith(b'{"errors"'):
            answer.set_exception(ConnectionError(head, body))
        else:
            answer.set_result(body)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request that is waiting."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError())
