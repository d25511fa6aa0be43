"""Browsers in which somebody has signed in before, so that strangers can't use up their attempts.

OWASP calls this a device cookie. It lets nobody in. It only says whose attempts to count.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from auth.signatures import Signatures

_COOKIE: Final = re.compile(r"([\w-]{22})\.([0-9a-f]{32})\.([0-9a-f]{64})", re.ASCII)


def account_key(email: str) -> str:
    """Return the name under which limits count an address, whoever has it."""
    return hashlib.sha256(email.strip().lower().encode(errors="replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBrowser:
    """A browser in which a user has signed in before."""

    name: str
    user_id: UUID


class KnownBrowsers:
    """Issues and reads the cookies of known browsers."""

    def __init__(self, signatures: Signatures) -> None:
        self._signatures = signatures

    def issue(self, user_id: UUID) -> str:
        """Return a cookie for the browser in which the user has signed in."""
        name = secrets.token_urlsafe(16)
        return f"{name}.{user_id.hex}.{self._signatures.sign(_text(name, user_id))}"

    def identify(self, cookie: str) -> KnownBrowser | None:
        """Return the browser with this cookie, or None unless it was issued here."""
        match = _COOKIE.fullmatch(cookie)
        if match is None:
            return None
        user_id = UUID(match[2])
        if not self._signatures.is_valid(match[3], _text(match[1], user_id)):
            return None
        return KnownBrowser(name=match[1], user_id=user_id)


def _text(name: str, user_id: UUID) -> str:
    return f"browser {name} of {user_id}"
