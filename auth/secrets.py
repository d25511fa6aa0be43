"""Bearer secrets and passwords: how they are made, and the only form in which they are stored."""

import hashlib
import secrets
from functools import cache, partial
from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from core.thread_limiter import ThreadLimiter
from errors import BadInput
from models import CredentialKind

PREFIXES: Final = {
    CredentialKind.SESSION: "inv_session_",
    CredentialKind.API_KEY: "inv_key_",
}
"""Prefixes say what a leaked secret opens, and let secret scanners find it."""

_INVITATION: Final = "inv_invitation_"

MAX_PASSWORD: Final = 1024
"""Characters. A longer one is a mistake, or somebody who wants us to hash megabytes."""
_MAX_AT_ONCE: Final = 2
"""A hash takes some 60 ms of a core and 64 MiB, so that a flood of sign-ins has to queue …"""
_MAX_QUEUED: Final = 50
"""… and not for longer than anybody would wait."""


def generate_secret(kind: CredentialKind) -> str:
    """Return a new secret with 256 random bits behind its prefix."""
    return PREFIXES[kind] + secrets.token_urlsafe(32)


def generate_invitation_secret() -> str:
    """Return the secret of a new invitation, which opens nothing but the choice of a password."""
    return _INVITATION + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the SHA-256 that is stored; a random secret of this length needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Passwords:
    """Argon2id hashes, reckoned in threads, few at a time; with pwdlib's costs by default."""

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        self._hasher = PasswordHash((hasher or Argon2Hasher(),))
        self._turns = ThreadLimiter(_MAX_AT_ONCE, _MAX_QUEUED)

    async def hash(self, password: str) -> str:
        """Return the hash to store.

        Raises BadInput for a blank password and one that is too long, and RateLimited when too many
        are queued.
        """
        if not password.strip():
            message = "The password must not be empty."
            raise BadInput(message, field="password")
        if len(password) > MAX_PASSWORD:
            message = f"The password is longer than {MAX_PASSWORD} characters."
            raise BadInput(message, field="password")
        return await self._turns.run(partial(self._hasher.hash, password))

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether `password` is the one behind `stored`; none takes as long and is never right.

        Raises RateLimited when too many are queued.
        """

        def verify() -> bool:
            return self._hasher.verify(password, stored or _nobodys_hash(self._hasher))

        return await self._turns.run(verify) and bool(stored)


@cache
def _nobodys_hash(hasher: PasswordHash) -> str:
    return hasher.hash(secrets.token_urlsafe())
