"""How many connections a process keeps open: from one address, and in all."""

import resource
import time
from collections import Counter
from enum import Enum, auto
from ipaddress import ip_address
from typing import Final

from auth.client_info import rate_limit_key
from settings import Settings

_DEFAULT_TOTAL: Final = 10_000
_OTHER_FILES: Final = 200
"""Descriptors that are left for databases, Redis, mail servers, workers and files."""
_PERIOD: Final = 5.0
"""Seconds in which an address may open twice as many connections as it may have at a time."""
_RESERVE: Final = 50
"""Connections beyond the total, on which only health checks are answered."""


class Admission(Enum):
    """What a new connection may be used for."""

    ANYTHING = auto()
    HEALTH_CHECKS = auto()
    NOTHING = auto()


class ConnectionLimits:
    """Counts the open connections of this process.

    Those from trusted proxies are counted in all only, since each carries the requests of many
    clients. So are those over a Unix socket, which have no address.
    """

    def __init__(self, settings: Settings) -> None:
        self._per_ip = settings.connections_per_ip
        self._most = settings.connections or _affordable()
        self._proxies = settings.trusted_proxies
        self._by_key: Counter[str] = Counter()
        self._open = 0
        self._new: Counter[str] = Counter()
        self._period_began_at = 0.0

    def admit(self, ip: str | None) -> Admission:
        """Return what a new connection from `ip` may be used for."""
        if self._open >= self._most + _RESERVE:
            return Admission.NOTHING
        if self._open >= self._most:
            return Admission.HEALTH_CHECKS
        key = self._key(ip)
        if key is not None and (self._by_key[key] >= self._per_ip or self._is_too_fast(key)):
            return Admission.NOTHING
        return Admission.ANYTHING

    def _is_too_fast(self, key: str) -> bool:
        """Whether `key` has opened too many connections in the current period."""
        now = time.monotonic()
        if now - self._period_began_at > _PERIOD:
            self._period_began_at = now
            self._new.clear()
        self._new[key] += 1
        return self._new[key] > 2 * self._per_ip

    def add(self, ip: str | None) -> None:
        """Count a connection from `ip`."""
        self._open += 1
        if key := self._key(ip):
            self._by_key[key] += 1

    def remove(self, ip: str | None) -> None:
        """Stop counting a connection from `ip`."""
        self._open -= 1
        if key := self._key(ip):
            self._by_key[key] -= 1
            if not self._by_key[key]:
                del self._by_key[key]

    def is_proxy(self, ip: str | None) -> bool:
        """Whether connections from `ip` come from a trusted proxy, or over a Unix socket."""
        return ip is None or any(ip_address(ip) in network for network in self._proxies)

    def _key(self, ip: str | None) -> str | None:
        """Return the key under which connections from `ip` are counted, or None."""
        return None if ip is None or self.is_proxy(ip) else rate_limit_key(ip)


def _affordable() -> int:
    """Return how many connections the limit on open files allows, up to a sensible maximum."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return _DEFAULT_TOTAL
    return max(1, min(_DEFAULT_TOTAL, files - _RESERVE - _OTHER_FILES))
