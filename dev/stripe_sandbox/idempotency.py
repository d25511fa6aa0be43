"""Idempotency keys: a repeated request gets the response of the first one.

See https://docs.stripe.com/api/idempotent_requests. A key belongs to an account. Its response is
stored once the work has begun, even if it is an error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from dev.stripe_sandbox.errors import IdempotencyError, InvalidParameter, KeyInUse
from dev.stripe_sandbox.store import Account

_KEY_TTL: Final = 24 * 3600
"""Seconds."""
_MAX_KEY_LENGTH: Final = 255


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """The response to a request."""

    status: int
    body: dict[str, Any]
    request_id: str
    is_final: bool = False
    """Whether clients should not retry, although the status suggests it."""


@dataclass(slots=True)
class _Entry:
    path: str
    params: dict[str, Any]
    begun_at: int
    response: ApiResponse | None = None


class Idempotency:
    """The used keys, with their requests and responses."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._entries: dict[tuple[Account, str], _Entry] = {}

    def begin(
        self, account: Account, key: str, path: str, params: dict[str, Any]
    ) -> ApiResponse | None:
        """Return the response stored under a key; None if this is the key's first request.

        Raises IdempotencyError if the first request was different, and KeyInUse if it is still
        running.
        """
        if not 0 < len(key) <= _MAX_KEY_LENGTH:
            raise InvalidParameter(
                f"Idempotency keys must be 1 to {_MAX_KEY_LENGTH} characters long."
            )
        entry = self._entries.get((account, key))
        if entry is None or entry.begun_at <= self._now() - _KEY_TTL:
            self._entries[account, key] = _Entry(path, params, begun_at=self._now())
            return None
        _require_same_request(entry, key, path, params)
        if entry.response is None:
            raise KeyInUse(key)
        return entry.response

    def finish(self, account: Account, key: str, response: ApiResponse) -> None:
        """Store the response to a key's first request."""
        self._entries[account, key].response = response

    def release(self, account: Account, key: str) -> None:
        """Forget a request that did no work."""
        del self._entries[account, key]


def _require_same_request(entry: _Entry, key: str, path: str, params: dict[str, Any]) -> None:
    if entry.path != path:
        raise IdempotencyError(
            "Keys for idempotent requests can only be used for the same endpoint they were first "
            f"used for ('{path}' vs '{entry.path}'). Try using a key other than '{key}' if you "
            "meant to execute a different request."
        )
    if entry.params != params:
        raise IdempotencyError(
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a "
            "different request."
        )
