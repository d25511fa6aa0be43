"""The client of a request: its address and user agent."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import count
from typing import Final, NamedTuple

from structlog import get_logger

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Networks = tuple[Network, ...]
Headers = Sequence[tuple[bytes, bytes]]
"""A request's headers, with names in lower case."""

MAX_USER_AGENT: Final = 512
"""Characters of the user agent that are stored."""

_MAX_REMEMBERED: Final = 200
"""Characters of X-Forwarded-For. Longer ones, which clients can send, are read anew each time."""
_PURPOSES: Final = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
_FETCH_DESTINATION: Final = b"sec-fetch-dest"
_BROWSER_HEADERS: Final = frozenset({b"accept-language", b"sec-fetch-mode", _FETCH_DESTINATION})

log = get_logger(__name__)
_untrusted = count()
"""Counts peers that may be proxies but aren't trusted."""


class ClientInfo(NamedTuple):
    """Where a request came from. `purpose` is why a browser prefetches, if it does.

    `destination` is what a browser wants it for, like "document" (Sec-Fetch-Dest), if it says so.
    """

    ip: str | None
    user_agent: str = ""
    method: str = "GET"
    purpose: str = ""
    destination: str = ""
    lacks_browser_headers: bool = False
    """Whether it came without any of the headers that browsers send with each request."""

    @property
    def rate_limit_key(self) -> str:
        """The address that rate limits count."""
        return rate_limit_key(self.ip)


def rate_limit_key(ip: str | None) -> str:
    """Return the address that limits count for `ip`. An IPv6 client is counted by its whole /48.

    Providers hand out networks up to that size to one customer (RFC 6177), who could use each
    address of it.
    """
    return network_of(ip) if ip and ":" in ip else ip or "unknown"


@lru_cache(4096)
def network_of(ip: str) -> str:
    """Return the network of an address, which doesn't say who it is: a /24, or a /48 of IPv6.

    What isn't an address, such as a network, stays as it is.
    """
    try:
        return str(ip_network((ip, 48 if ":" in ip else 24), strict=False))
    except ValueError:
        return ip


def _parse(text: str) -> Address | None:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client_ip(peer: str | None, forwarded_for: str, trusted: Networks) -> str | None:
    """Return the client's address as vouched for by trusted proxies.

    X-Forwarded-For is read from the right: each trusted proxy vouches for the entry before it. The
    first address that isn't a trusted proxy is the client. Entries left of it can be forged.
    """
    if len(forwarded_for) > _MAX_REMEMBERED:
        return _client_ip.__wrapped__(peer, forwarded_for, trusted)
    return _client_ip(peer, forwarded_for, trusted)


@lru_cache(4096)
def _client_ip(peer: str | None, forwarded_for: str, trusted: Networks) -> str | None:
    address = _parse(peer or "")
    if forwarded_for and not _is_trusted(address, trusted) and next(_untrusted) == 0:
        # Once, because any client can send the header.
        log.warning("settings.untrusted_proxy", setting="TRUSTED_PROXIES", peer=peer)
    for entry in reversed(forwarded_for.split(",")):
        if not _is_trusted(address, trusted):
            break
        before = _parse(entry)
        if before is None:
            break
        address = before
    return str(address) if address else None


def _is_trusted(address: Address | None, trusted: Networks) -> bool:
    return address is not None and any(address in network for network in trusted)


def parse_client_ip(peer: str | None, headers: Headers, trusted: Networks) -> str | None:
    """Return the address of a request's client, as `client_ip` does."""
    # A proxy may add a header line instead of appending to the client's: all lines are one list
    # (RFC 9110 5.3).
    forwarded_for = b",".join([value for name, value in headers if name == b"x-forwarded-for"])
    return client_ip(peer, forwarded_for.decode("latin-1"), trusted)


def parse_client_info(
    peer: str | None, method: str, headers: Headers, trusted: Networks
) -> ClientInfo:
    """Return the client of a request with `headers` over a connection from `peer`."""
    found = dict(reversed(headers))  # the first of each name
    user_agent = found.get(b"user-agent", b"").decode("latin-1")
    purpose = b" ".join([found[name] for name in _PURPOSES if found.get(name)])
    return ClientInfo(
        ip=parse_client_ip(peer, headers, trusted),
        user_agent=user_agent.replace("\x00", "")[:MAX_USER_AGENT],
        method=method,
        purpose=purpose.decode("latin-1").lower(),
        destination=found.get(_FETCH_DESTINATION, b"").decode("latin-1").lower(),
        lacks_browser_headers=_BROWSER_HEADERS.isdisjoint(found),
    )
