"""A minimal HTTP/1.1 client that costs almost no CPU time."""

import asyncio
import re
from typing import Final, Self, cast

HOST: Final = "127.0.0.1"
BROWSER: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_LENGTH: Final = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


def post(path: str, body: bytes, address: str = "198.51.100.1", headers: str = "") -> bytes:
    """Return a POST request with JSON, as from a browser at `address` behind a proxy.

    `headers` are further header lines, each of which ends with CRLF.
    """
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {HOST}\r\ncontent-type: application/json\r\n"
        f"accept: application/json\r\nuser-agent: {BROWSER}\r\nx-forwarded-for: {address}\r\n"
        f"content-length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body


def get(path: str, address: str = "198.51.100.1", headers: str = "") -> bytes:
    """Return a GET request, as from a browser at `address` behind a proxy.

    `headers` are further header lines, separated by CRLF.
    """
    head = f"GET {path} HTTP/1.1\r\nhost: {HOST}\r\nuser-agent: {BROWSER}\r\n"
    more = f"{headers}\r\n" if headers else ""
    return f"{head}{more}x-forwarded-for: {address}\r\n\r\n".encode()


class Connection(asyncio.Protocol):
    """A persistent connection that sends one request at a time."""

    def __init__(self) -> None:
        self._received = b""
        self._response: asyncio.Future[bytes] | None = None

    @classmethod
    async def open(cls, port: int, local_ip: str = HOST) -> Self:
        """Return a connection to the server at `port`."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, HOST, port, local_addr=(local_ip, 0))
        return connection

    @property
    def is_closed(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    async def send(self, request: bytes) -> bytes:
        """Return the body of the response. Raises ConnectionError if the request failed."""
        self._response = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._response

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Complete the request when the whole response is there."""
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not blank or (length and len(body) < int(length[1])):
            return
        self._received = b""
        response, self._response = self._response, None
        if response is None or response.done():
            return
        if not length or not head.startswith(b"HTTP/1.1 200") or body.startswith(b'{"errors"'):
            response.set_exception(ConnectionError(head, body))
        else:
            response.set_result(body)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the current request."""
        if self._response is not None and not self._response.done():
            self._response.set_exception(exc or ConnectionResetError())
