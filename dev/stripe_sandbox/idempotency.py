"""Idempotency keys: a request that is sent again is answered as it was.

See https://docs.stripe.com/api/idempotent_requests. A key belongs to an account; its answer is
kept, be it an error or not, once the work had begun.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from dev.stripe_sandbox.errors import IdempotencyError, InvalidParameter, KeyInUse
from dev.stripe_sandbox.store import Account

_KEPT: Final = 24 * 3600
"""Seconds for which a key is remembered."""
_LONGEST: Final = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered."""

    status: int
    body: dict[str, Any]
    request_id: str
    is_final: bool = False
    """Whether it is in vain to ask again, though it is an error that might be over soon."""


@dataclass(slots=True)
class _Entry:
    path: str
    params: dict[str, Any]
    begun: int
    answer: Answer | None = None


class Idempotency:
    """The keys that have been used."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._entries: dict[tuple[Account, str], _Entry] = {}

    def begin(self, account: Account, key: str, path: str, params: dict[str, Any]) -> Answer | None:
        """Return the answer that `key` has, or None: then its first request begins.

        IdempotencyError if it was another request, KeyInUse if it has not been answered.
        """
        if not 0 < len(key) <= _LONGEST:
            message = f"Idempotency keys must be 1 to {_LONGEST} characters long."
            raise InvalidParameter(message)
        entry = self._entries.get((account, key))
        if entry is None or entry.begun <= self._now() - _KEPT:
            self._entries[account, key] = _Entry(path, params, self._now())
            return None
        _compare(entry, key, path, params)
        if entry.answer is None:
            raise KeyInUse(key)
        return entry.answer

    def finish(self, account: Account, key: str, answer: Answer) -> None:
        """Keep the answer for whoever asks again."""
        self._entries[account, key].answer = answer

    def release(self, account: Account, key: str) -> None:
        """Forget a request that has done nothing."""
        del self._entries[account, key]


def _compare(entry: _Entry, key: str, path: str, params: dict[str, Any]) -> None:
    if entry.path != path:
        message = (
            "Keys for idempotent requests can only be used for the same endpoint they were first "
            f"used for ('{path}' vs '{entry.path}'). Try using a key other than '{key}' if you "
            "meant to execute a different request."
        )
        raise IdempotencyError(message)
    if entry.params != params:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a "
            "different request."
        )
        raise IdempotencyError(message)
