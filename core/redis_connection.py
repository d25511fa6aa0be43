"""Connections to Redis for frequent commands and messages."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import Any, Final, Self
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from hiredis import Reader, pack_command
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    ConnectionError,  # noqa: A004
    InvalidResponse,
    NoPermissionError,
    NoScriptError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from core.telemetry.metrics import REDIS_ERRORS

_PARTIAL: Final = object()
"""What the parser returns while a message isn't complete."""


_SENTINEL: Final = "+sentinel"
_SENTINEL_PORT: Final = 26379
_SENTINEL_TIMEOUT: Final = 0.3
"""Seconds in which a Sentinel must answer before the next one is asked."""
_ERRORS: Final[dict[str, type[RedisError]]] = {
    "NOAUTH": AuthenticationError,
    "NOPERM": NoPermissionError,
    "NOSCRIPT": NoScriptError,
    "READONLY": ReadOnlyError,
}


class RedisSocket(asyncio.Protocol):
    """An open connection to Redis.

    redis-py opens it, because it knows all that a URL can ask for. After that, it isn't used:
    waiting for a message in its streams takes longer than everything else about the message.
    """

    _transport: asyncio.WriteTransport | None = None
    _writer: asyncio.StreamWriter
    """redis-py's. It closes the connection if nobody keeps it."""

    def __init__(
        self, on_message: Callable[[Any], None], on_end: Callable[[Exception], None]
    ) -> None:
        """Call `on_message` with each message, which may be an error, and `on_end` at the end.

        A RedisError that `on_message` raises ends the connection.
        """
        self._on_message = on_message
        self._on_end = on_end
        self._error: Exception = ConnectionError("Redis has closed the connection.")
        self._reader = Reader(
            protocolError=InvalidResponse,
            replyError=_error_of,
            encoding="utf-8",
            errors="replace",  # of what others have stored or published
            notEnoughData=_PARTIAL,
        )

    async def open(self, url: str) -> Self:
        """Connect to `url`. Raises RedisError and OSError, and ValueError for a wrong URL."""
        pool = ConnectionPool.from_url(
            await _find_primary(url) if urlsplit(url).scheme.endswith(_SENTINEL) else url,
            socket_timeout=None,  # the caller limits the time
            protocol=2,  # in which messages to subscribers are responses
            retry=Retry(NoBackoff(), 0),
        )
        connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        assert connection._writer
        self._writer = connection._writer
        connection._reader = connection._writer = None
        self._transport = self._writer.transport
        self._transport.set_protocol(self)
        return self

    @property
    def is_open(self) -> bool:
        """Whether it can be used, as far as is known."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, *command: str | int) -> None:
        """Send a command, without waiting for anything.

        After the connection has ended, of which `on_end` tells, nothing is sent.
        """
        assert self._transport
        packed: bytes = pack_command(command)  # type: ignore[arg-type]  # the stub allows one
        if self.is_open:  # uvloop's transports raise an error otherwise
            self._transport.write(packed)

    def close(self) -> None:
        """Close the connection."""
        if self._transport:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Pass on the messages that are complete."""
        try:
            self._reader.feed(data)
            while (message := self._reader.gets()) is not _PARTIAL:
                self._on_message(message)
        except RedisError as error:
            self._error = error
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that the connection has ended, and why."""
        self._on_end(exc or self._error)


class RedisConnection:
    """Sends commands to Redis over a connection that it keeps, without waiting for earlier ones.

    For each command, redis-py's client takes a connection from its pool and gives it back, and
    that takes longer than the command. A lost connection is opened again for the next
    command. No command is sent twice: Redis may have carried it out.
    """

    def __init__(self, url: str, *, timeout: float) -> None:
        """Connect to `url` when the first command is sent. Limit each to `timeout` seconds."""
        self._url = url
        self._timeout = timeout
        self._commands = _Commands()
        self._opening = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, as far as is known."""
        return self._commands.socket.is_open

    def close(self) -> None:
        """Close the connection."""
        self._commands.socket.close()

    def execute(self, *command: str | int) -> asyncio.Future[Any]:
        """Return Redis's response to a command, which is sent at once if there is a connection.

        Raises RedisError and OSError.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._timeout
        response: asyncio.Future[Any]
        if self.is_open:
            response = self._commands.send(command, until)
        else:
            # In a context of its own, since others wait for the same connection.
            response = loop.create_task(self._open_and_send(command, until), context=Context())
        response.add_done_callback(_count_error)
        return response

    async def _open_and_send(self, command: Sequence[str | int], until: float) -> Any:  # noqa: ANN401
        async with asyncio.timeout_at(until):
            commands = await self._open()
        return await commands.send(command, until)

    async def _open(self) -> "_Commands":
        async with self._opening:
            if not self.is_open:
                commands = _Commands()
                await commands.socket.open(self._url)
                self._commands = commands
            return self._commands


class _Commands:
    """The commands that are sent over one connection, to which Redis responds in their order."""

    def __init__(self) -> None:
        self.socket = RedisSocket(self._respond, self._end)
        self._responses: deque[asyncio.Future[Any]] = deque()

    def send(self, command: Sequence[str | int], until: float) -> asyncio.Future[Any]:
        """Send a command, and return its future response.

        Without a response `until` then, by the loop's clock, the connection is closed.
        """
        loop = asyncio.get_running_loop()
        response: asyncio.Future[Any] = loop.create_future()
        self._responses.append(response)
        self.socket.send(*command)
        timer = loop.call_at(until, self._give_up, response)
        response.add_done_callback(lambda _: timer.cancel())
        return response

    def _give_up(self, response: asyncio.Future[Any]) -> None:
        if not response.done():
            response.set_exception(TimeoutError())
            self.socket.close()

    def _respond(self, message: object) -> None:
        response = self._responses.popleft()
        if isinstance(message, ReadOnlyError):
            self.socket.close()  # another server has become the primary
        if response.done():
            return  # whoever sent the command was cancelled
        if isinstance(message, RedisError):
            response.set_exception(message)
        else:
            response.set_result(message)

    def _end(self, error: Exception) -> None:
        for response in self._responses:
            if not response.done():
                response.set_exception(error)


def _count_error(response: asyncio.Future[Any]) -> None:
    """Count a failure, unless it only asks the caller to send the script."""
    error = None if response.cancelled() else response.exception()
    if isinstance(error, (RedisError, OSError)) and not isinstance(error, NoScriptError):
        REDIS_ERRORS.inc()


def _error_of(text: str) -> RedisError:
    return _ERRORS.get(text.partition(" ")[0], ResponseError)(text)


class UnknownPrimary(RedisError):
    """Sentinel doesn't know the primary that the URL names."""


async def _find_primary(url: str) -> str:
    """Return the URL of the primary that Sentinel knows under the name in a URL with +sentinel.

    Such a URL has the addresses of several Sentinels, of which the first one that answers is asked.
    Raises RedisError and OSError, and ValueError for a wrong URL.
    """
    parts = urlsplit(url)
    scheme = parts.scheme.removesuffix(_SENTINEL)
    user, at, hosts = parts.netloc.rpartition("@")
    name, _, database = parts.path.strip("/").partition("/")
    options = dict(parse_qsl(parts.query))
    login = ":".join(
        quote(options.pop(f"sentinel_{part}", ""), safe="") for part in ("username", "password")
    )
    query = urlencode(options)
    failure: Exception | None = None
    for host in hosts.split(","):
        host_and_port = host if urlsplit(f"//{host}").port else f"{host}:{_SENTINEL_PORT}"
        sentinel = RedisConnection(
            f"{scheme}://{login}@{host_and_port}?{query}", timeout=_SENTINEL_TIMEOUT
        )
        try:
            address = await sentinel.execute("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name)
        except (RedisError, OSError) as error:
            failure = failure or error
            continue
        finally:
            sentinel.close()
        if address:
            primary, port = address
            primary = f"[{primary}]" if ":" in primary else primary
            return f"{scheme}://{user}{at}{primary}:{port}/{database}?{query}"
        failure = UnknownPrimary(f'Sentinel knows no primary "{name}".')
    assert failure
    raise failure
