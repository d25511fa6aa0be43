"""Where webhooks may go: URLs, and the addresses of their hosts."""

import asyncio
import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from errors import Text

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
"""Returns the addresses of a host for a port. Raises OSError."""

MAX_URL: Final = 2000
_URL: Final = re.compile(r"https?://[!-~]+")
_HTTPS_PORT: Final = 443
_FIRST_USER_PORT: Final = 1024
_MAX_LOOKUPS: Final = 32
"""To deliver, at the same time. A look-up can take longer than whoever waits for it."""
_MAX_CHECKS: Final = 8
"""To check new URLs, in threads of their own, so that they delay no deliveries."""
_CHECK_TIMEOUT: Final = 10.0
"""Seconds that the host of a new URL is looked up."""

_NOT_PUBLIC: Final = tuple(
    map(
        ip_network,
        (
            # https://www.iana.org/assignments/iana-ipv4-special-registry
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "168.63.129.16/32",  # Azure's metadata
            # https://www.iana.org/assignments/iana-ipv6-special-registry, within 2000::/3
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",  # leads to IPv4 addresses
            "3fff::/20",
        ),
    )
)
_GLOBAL_UNICAST: Final = ip_network("2000::/3")
"""All IPv6 addresses of hosts on the internet. IPv4 addresses in IPv6 are elsewhere."""
_NOT_FOUND: Final = Text("The host can't be found.")


class AddressRefused(Exception):
    """Nothing is sent there. The message says why."""

    def __init__(self, message: Text) -> None:
        super().__init__(message)
        self.message = message


def check_url(url: str, *, allow_private: bool) -> None:
    """Raise AddressRefused unless `url` is one that webhooks may have.

    It is https, with a host, without user information, and on port 443 or one from 1024 on. With
    `allow_private` it may be http, on any port.
    """
    if len(url) > MAX_URL:
        raise AddressRefused(Text("Use at most %(most)s characters.", most=MAX_URL))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = None, None
    if parts is None or not _URL.fullmatch(url) or not parts.hostname:
        raise AddressRefused(Text("Enter a URL like https://shop.example.com/webhooks."))
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(Text("The URL can't contain a user name or a password."))
    if "#" in url or "\\" in url:
        raise AddressRefused(Text("The URL can't contain # or \\."))
    if allow_private:
        return
    if parts.scheme != "https":
        raise AddressRefused(Text("The URL must start with https://."))
    if port not in {None, _HTTPS_PORT} and (port or 0) < _FIRST_USER_PORT:
        raise AddressRefused(Text("The URL's port must be 443, or 1024 or higher."))


def is_public(address: Address) -> bool:
    """Whether a host with this address is on the internet, and not in a network of its own."""
    if address.version == 6 and address not in _GLOBAL_UNICAST:  # noqa: PLR2004  # IPv6
        return False
    return not any(address in network for network in _NOT_PUBLIC)


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, as the system resolves it. Raises OSError."""
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))


class CheckedAddresses:
    """Looks up the addresses of hosts, and refuses hosts that aren't public."""

    def __init__(self, *, allow_private: bool, resolve: Resolve = resolve) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._lookups = ThreadPoolExecutor(_MAX_LOOKUPS, thread_name_prefix="webhook-hosts")
        self._checks = ThreadPoolExecutor(_MAX_CHECKS, thread_name_prefix="webhook-checks")

    def close(self) -> None:
        """Start no more look-ups."""
        for threads in (self._lookups, self._checks):
            threads.shutdown(wait=False, cancel_futures=True)

    async def check(self, url: str) -> None:
        """Raise AddressRefused unless `url` may be used, and its host can be found and is public.

        Its host may have another address later, so that is checked again at each connection.
        """
        check_url(url, allow_private=self._allow_private)
        parts = urlsplit(url)
        default = _HTTPS_PORT if parts.scheme == "https" else 80
        try:
            async with asyncio.timeout(_CHECK_TIMEOUT):
                await self._find(self._checks, parts.hostname or "", parts.port or default)
        except TimeoutError:
            raise AddressRefused(_NOT_FOUND) from None

    async def of(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, all of them public.

        Raises AddressRefused if one isn't, or if the host can't be found.
        """
        return await self._find(self._lookups, host, port)

    async def _find(self, threads: ThreadPoolExecutor, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(threads, partial(self._resolve, host, port))
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise AddressRefused(_NOT_FOUND)
        if not self._allow_private and not all(is_public(_parse(each)) for each in found):
            raise AddressRefused(Text("The host isn't on the public internet."))
        return list(found)


def _parse(address: str) -> Address:
    return ip_address(address.partition("%")[0])
