"""Bearer secrets and passwords: how they are generated, and how they are stored."""

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
"""The prefixes say what a leaked secret opens, and let secret scanners find it."""

_INVITATION: Final = "inv_invitation_"

MAX_PASSWORD: Final = 1024
"""Characters. A longer one is a mistake, or an attempt to have us hash megabytes."""
_MAX_CONCURRENT_HASHES: Final = 2
"""A hash takes some 60 ms of a core and 64 MiB, so a flood of sign-ins has to queue …"""
_MAX_QUEUED_HASHES: Final = 50
"""… but not for longer than anyone would wait."""


def generate_secret(kind: CredentialKind) -> str:
    """Return a new secret: a prefix and 256 random bits."""
    return PREFIXES[kind] + secrets.token_urlsafe(32)


def generate_invitation_secret() -> str:
    """Return the secret of a new invitation, which only allows setting a password."""
    return _INVITATION + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the SHA-256 to store. A random secret of this length needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Passwords:
    """Argon2id hashes, computed in a few threads, with pwdlib's default cost."""

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        self._hasher = PasswordHash((hasher or Argon2Hasher(),))
        self._threads = ThreadLimiter(
            max_threads=_MAX_CONCURRENT_HASHES, max_queued=_MAX_QUEUED_HASHES
        )

    async def hash(self, password: str) -> str:
        """Return the hash to store.

        Raises BadInput for a blank or too long password, and RateLimited when too many
        hashes are queued.
        """
        if not password.strip():
            raise BadInput("Enter a password.", field="password")
        if len(password) > MAX_PASSWORD:
            raise BadInput(f"Use at most {MAX_PASSWORD:,} characters.", field="password")
        return await self._threads.run(partial(self._hasher.hash, password))

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether `password` matches the hash `stored`. Without one it takes as long, and is False.

        Raises RateLimited when too many are queued.
        """

        def verify() -> bool:
            return self._hasher.verify(password, stored or _dummy_hash(self._hasher))

        return await self._threads.run(verify) and bool(stored)


@cache
def _dummy_hash(hasher: PasswordHash) -> str:
    return hasher.hash(secrets.token_urlsafe())
