"""Signatures of texts that the portal gives out and gets back, such as CSRF tokens."""

import hashlib
import hmac
from collections.abc import Sequence


class Signatures:
    """HMAC-SHA-256 in hexadecimal digits. The first key signs, and those of all are valid."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [key.encode() for key in keys]

    def sign(self, text: str) -> str:
        """Return the signature of `text`."""
        return _sign(self._keys[0], text)

    def is_valid(self, signature: str, text: str) -> bool:
        """Whether `signature` is of `text`, with any of the keys."""
        return any(
            hmac.compare_digest(_sign(key, text).encode(), signature.encode()) for key in self._keys
        )


def _sign(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
