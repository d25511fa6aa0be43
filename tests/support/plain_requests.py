"""A client of portals that sends most requests of the tests in a fraction of httpx's time."""

import asyncio
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain
from json import JSONEncoder
from typing import Any, Final, TypeAlias, cast
from urllib.parse import urlsplit

import httptools
import httpx

_write_json: Final = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
"""As httpx writes it."""
_PLAIN_URL: Final = re.compile(r"/(?!/)[\w/.~=&?%:,@+-]*", re.ASCII)
_PLAIN_TEXT: Final = re.compile(r"[ -~]*")
_DEFAULT: Final = httpx.USE_CLIENT_DEFAULT
_KEEP_ALIVE: Final = 2.0
"""Seconds for which an idle connection is kept: less than the server keeps it, so that it doesn't
end one that is about to be used."""
_MAX_CONNECTIONS: Final = 100


class PortalClient(httpx.AsyncClient):
    """httpx's client, which sends plain requests itself, without TLS.

    They are a GET, or a POST of JSON, to a path of the portal, with headers at most, and with the
    client's cookies. All others take httpx's way.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._idle: deque[_Connection] = deque()
        self._places = asyncio.Semaphore(_MAX_CONNECTIONS)
        self._target = urlsplit(str(self.base_url))

    async def request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Response:
        """Send a request, and return the response that was read. Raises httpx's errors."""
        headers, json = options.pop("headers", None), options.pop("json", None)
        is_plain = (
            method == ("GET" if json is None else "POST")
            and isinstance(url, str)
            and _PLAIN_URL.fullmatch(url)
            and "/." not in url
            and _are_plain(headers)
            and all(given in (None, _DEFAULT) for given in options.values())
        )
        if not is_plain:
            return await super().request(method, url, headers=headers, json=json, **options)
        response = await self._send_plain(method, str(url), headers or {}, json)
        if "set-cookie" in response.headers:
            self.cookies.extract_cookies(response)
        return response

    async def _send_plain(
        self, method: str, url: str, headers: Mapping[str, str], json: object
    ) -> httpx.Response:
        body, written = b"", {b"host": self._target.netloc.encode()}
        if json is not None:
            body = _write_json(json).encode()
            written[b"content-type"] = b"application/json"
            written[b"content-length"] = b"%d" % len(body)
        written |= {name.lower(): value for name, value in self.headers.raw}
        if self.cookies:
            request = httpx.Request(method, self.base_url.join(url))
            self.cookies.set_cookie_header(request)
            if cookie := request.headers.get("cookie"):
                written[b"cookie"] = cookie.encode()
        written |= {name.lower().encode(): value.encode() for name, value in headers.items()}
        head = b"".join([b"%b: %b\r\n" % field for field in written.items()])
        message = b"%b %b HTTP/1.1\r\n%b\r\n%b" % (method.encode(), url.encode(), head, body)
        async with self._places:
            status, fields, content = await self._exchange(message, may_repeat=method == "GET")
        response = _PlainResponse(status, headers=fields, stream=httpx.ByteStream(content))
        response.make_request = partial(self.build_request, method, url, headers=headers, json=json)
        response.read()
        return response

    async def _exchange(self, message: bytes, *, may_repeat: bool) -> "_Answer":
        connection = self._idle_connection()
        is_new = connection is None
        if connection is None:
            connection = await self._connect()
        try:
            async with asyncio.timeout(self.timeout.read):
                answer = await connection.exchange(message)
        except TimeoutError:
            connection.close()
            raise httpx.ReadTimeout("The response takes too long.") from None
        except httpx.ReadError:
            if is_new or not may_repeat:
                raise
            return await self._exchange(message, may_repeat=False)
        except BaseException:
            connection.close()
            raise
        if connection.is_open:
            connection.idle_since = time.monotonic()
            self._idle.append(connection)
        return answer

    def _idle_connection(self) -> "_Connection | None":
        """Return the connection that was used last, if it is open, and close those that are old."""
        oldest = time.monotonic() - _KEEP_ALIVE
        while self._idle and (self._idle[0].idle_since < oldest or not self._idle[0].is_open):
            self._idle.popleft().close()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        return None

    async def _connect(self) -> "_Connection":
        host, port = self._target.hostname or "", self._target.port or 80
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.timeout.connect):
                _, connection = await loop.create_connection(_Connection, host, port)
        except TimeoutError:
            raise httpx.ConnectTimeout("The portal can't be reached in time.") from None
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error
        return connection

    async def aclose(self) -> None:
        """Close all connections."""
        while self._idle:
            self._idle.pop().close()
        await super().aclose()


def _are_plain(headers: object) -> bool:
    """Whether they are a dict of texts, or there are none."""
    return headers is None or (
        type(headers) is dict
        and all(
            isinstance(text, str) and _PLAIN_TEXT.fullmatch(text)
            for text in chain.from_iterable(headers.items())
        )
    )


_Answer: TypeAlias = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers and body."""


class _Connection(asyncio.Protocol):
    """A connection, on which one request after the other is answered."""

    def __init__(self) -> None:
        self.is_open = True
        self.idle_since = 0.0
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[_Answer] | None = None

    async def exchange(self, message: bytes) -> _Answer:
        """Send a request and return its response. Raises httpx.ReadError if there is none."""
        self._parser = httptools.HttpResponseParser(self)
        self._fields: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(message)
        return await self._answer

    def close(self) -> None:
        """Close the connection at once."""
        self.is_open = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Read a part of a response."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.close()
            self._fail(str(error))

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the request that waits, if there is one."""
        self.is_open = False
        self._fail(f"The server ended the connection: {error}")

    def _fail(self, reason: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(httpx.ReadError(reason))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header from the parser."""
        self._fields.append((name, value))

    def on_body(self, body: bytes) -> None:
        """Take a part of the body from the parser."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Hand over the response."""
        if not self._parser.should_keep_alive():
            self.close()
        status = self._parser.get_status_code()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((status, self._fields, b"".join(self._body)))


class _PlainResponse(httpx.Response):
    """A response that makes its request only if somebody asks for it."""

    make_request: Callable[[], httpx.Request]

    @property
    def request(self) -> httpx.Request:
        """The request, as httpx would have sent it."""
        return self.make_request()

    @request.setter
    def request(self, value: httpx.Request) -> None:
        self.make_request = lambda: value
