"""A stranger on the network: known by address and by what the browser says of itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_USER_AGENT: Final = 512
"""Characters of the user agent that are kept."""


@dataclass(frozen=True, slots=True)
class ClientInfo:
    """Where a request came from; `purpose` is what a prefetching browser says it is for."""

    ip: str | None
    user_agent: str = ""
    method: str = "GET"
    purpose: str = ""

    @property
    def rate_limit_key(self) -> str:
        """The address that limits count; an IPv6 host owns its whole /64 and is counted by it."""
        if self.ip is None or ":" not in self.ip:
            return self.ip or "unknown"
        return str(ip_network((self.ip, 64), strict=False))


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


def client_ip(peer: str | None, forwarded_for: str, trusted: Sequence[Network]) -> str | None:
    """Return the client's address, as far as proxies that are trusted vouch for it.

    X-Forwarded-For is read from the right: each trusted proxy vouches for the entry before it. The
    first that is not a trusted proxy is the client; what stands left of it anybody can write.
    """
    address = _parse(peer or "")
    for entry in reversed(forwarded_for.split(",")):
        if address is None or not any(address in network for network in trusted):
            break
        before = _parse(entry)
        if before is None:
            break
        address = before
    return str(address) if address else None


def parse_client_info(
    peer: str | None, method: str, headers: Mapping[str, str], trusted: Sequence[Network]
) -> ClientInfo:
    """Return who sent a request with `headers` over a connection from `peer`."""
    # A proxy may add a line of its own instead of an entry to the client's: all lines are one list
    # (RFC 9110 5.3).
    forwarded_for = ",".join(value for name, value in headers.items() if name == "x-forwarded-for")
    purposes = ("sec-purpose", "purpose", "x-purpose", "x-moz")
    return ClientInfo(
        ip=client_ip(peer, forwarded_for, trusted),
        user_agent=headers.get("user-agent", "").replace("\x00", "")[:MAX_USER_AGENT],
        method=method,
        purpose=" ".join(filter(None, (headers.get(name) for name in purposes))).lower(),
    )
