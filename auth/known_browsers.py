"""Browsers in which somebody has signed in before, so that strangers can't use up their attempts.

OWASP calls this a device cookie. It lets nobody in. It only says whose attempts to count.
"""

import hashlib
import hmac
import re
import secrets
from typing import Final

_COOKIE: Final = re.compile(r"([\w-]{22})\.([0-9a-f]{64})", re.ASCII)


def account_key(email: str) -> str:
    """Return the name under which limits count an address, whoever has it."""
    return hashlib.sha256(email.strip().lower().encode(errors="replace")).hexdigest()[:32]


class KnownBrowsers:
    """Issues and reads the cookies of known browsers."""

    def __init__(self, key: str) -> None:
        """Sign with `key`."""
        self._key = key.encode()

    def issue(self, email: str) -> str:
        """Return a cookie for the browser in which the user with this address has signed in."""
        name = secrets.token_urlsafe(16)
        return f"{name}.{self._sign(name, email)}"

    def identify(self, cookie: str, email: str) -> str | None:
        """Return the browser's own name, or None unless `cookie` was issued for this address."""
        match = _COOKIE.fullmatch(cookie)
        if match is None or not hmac.compare_digest(match[2], self._sign(match[1], email)):
            return None
        return match[1]

    def _sign(self, name: str, email: str) -> str:
        text = f"browser {name} of {account_key(email)}"
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
