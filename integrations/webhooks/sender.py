"""Sending webhooks: one POST, in bounded time, to an address that was checked."""

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import certifi
import httpcore
from structlog import get_logger

from integrations.webhooks.addresses import AddressRefused, CheckedAddresses
from integrations.webhooks.connections import Connection

TIMEOUT: Final = 10.0
"""Seconds that an attempt takes at most."""
MAX_BODY: Final = 1024
"""Bytes of a response that are read."""
_MAX_CONNECTIONS: Final = 64
_KEEP_ALIVE: Final = 4.0
"""Seconds for which a connection waits for the next delivery. Servers keep it for 5 or more."""
_MAX_ADDRESSES: Final = 3
"""Addresses of a host that are tried one after the other."""
_SUCCESS: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)


log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. Without a status, nothing did."""

    status: int | None = None
    body: str | None = None
    """How the response began, as text."""
    detail: str | None = None
    """Why the attempt failed; None if it succeeded."""

    @property
    def succeeded(self) -> bool:
        """Whether the receiver has accepted it."""
        return self.detail is None


class WebhookSender:
    """Sends webhooks. It follows no redirects, and uses no proxy and no cookies."""

    def __init__(self, addresses: CheckedAddresses, tls: ssl.SSLContext | None = None) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or _tls(),
            max_connections=_MAX_CONNECTIONS,
            keepalive_expiry=_KEEP_ALIVE,
            network_backend=_CheckedBackend(addresses),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send `body`, and return the answer. It takes 10 seconds at most, and raises nothing."""
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._post(url, body, headers)
        except (TimeoutError, httpcore.TimeoutException):
            return Answer(detail=f"There was no response within {TIMEOUT:.0f} seconds.")
        except AddressRefused as refusal:
            return Answer(detail=refusal.message)
        except httpcore.ConnectError as error:
            return Answer(detail=_explain("The connection failed", error))
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            return Answer(detail=_explain("The connection ended without a response", error))
        except Exception:
            log.exception("webhooks.not_sent")
            return Answer(detail="Internal error. See the portal's log.")

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        async with self._pool.stream(
            "POST", url, content=body, headers=list(headers.items())
        ) as response:
            received = b""
            async for chunk in response.aiter_stream():
                received += chunk
                if len(received) >= MAX_BODY:
                    break
        return Answer(
            status=response.status,
            # Texts in the database can't have the character NUL.
            body=received[:MAX_BODY]
            .decode(errors="replace")
            .replace("\0", "\N{REPLACEMENT CHARACTER}"),
            detail=_failure(response.status),
        )


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that were checked, even if the host's name resolves anew.

    TLS still uses the name.
    """

    def __init__(self, addresses: CheckedAddresses) -> None:
        self._addresses = addresses

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002  # httpcore's interface
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of the host's addresses that answers. Raises AddressRefused."""
        addresses = (await self._addresses.of(host, port))[:_MAX_ADDRESSES]
        for address in addresses[:-1]:
            try:
                async with asyncio.timeout(TIMEOUT / _MAX_ADDRESSES):
                    return await Connection.open(address, port)
            except (httpcore.ConnectError, TimeoutError):
                continue
        return await Connection.open(addresses[-1], port)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _failure(status: int) -> str | None:
    if status in _SUCCESS:
        return None
    if status in _REDIRECTS:
        return f"HTTP {status}: redirects aren't followed. Enter the address that it leads to."
    return f"The server answered with HTTP {status}."


def _explain(what: str, error: Exception) -> str:
    return f"{what}: {error}." if str(error) else f"{what}."
