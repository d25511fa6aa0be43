"""Bearer secrets and passwords: how they are made, and the only form in which they are stored."""

import asyncio
import hashlib
import secrets
from functools import cache
from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from models import CredentialKind

PREFIXES: Final = {
    CredentialKind.SESSION: "inv_session_",
    CredentialKind.API_KEY: "inv_key_",
}
"""Prefixes say what a leaked secret opens, and let secret scanners find it."""

_MAX_HASHES_AT_ONCE: Final = 2
"""A hash takes some 60 ms of a core and 64 MiB, so that a flood of sign-ins has to queue."""


def mint(kind: CredentialKind) -> str:
    """Return a new secret with 256 random bits behind its prefix."""
    return PREFIXES[kind] + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the SHA-256 that is stored; a random secret of this length needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Passwords:
    """Argon2id hashes, reckoned in threads, few at a time."""

    def __init__(self) -> None:
        self._hasher = PasswordHash((Argon2Hasher(),))
        self._turn = asyncio.Semaphore(_MAX_HASHES_AT_ONCE)

    async def hash(self, password: str) -> str:
        """Return the hash to store."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether `password` is the one behind `stored`; None takes as long and is never right."""
        async with self._turn:
            right = await asyncio.to_thread(
                self._hasher.verify, password, stored or _nobodys_hash(self._hasher)
            )
        return right and stored is not None


@cache
def _nobodys_hash(hasher: PasswordHash) -> str:
    return hasher.hash(secrets.token_urlsafe())
