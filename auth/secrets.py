"""Bearer secrets and passwords: how they are generated, and how they are stored."""

import hashlib
import hmac
import secrets
from base64 import b64decode
from collections.abc import Sequence
from functools import cache, partial
from typing import Final

from argon2 import extract_parameters
from argon2.low_level import hash_secret
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from auth.password_rules import MAX_PASSWORD
from core.thread_limiter import ThreadLimiter
from models import CredentialKind

PREFIXES: Final = {
    CredentialKind.SESSION: "inv_session_",
    CredentialKind.API_KEY: "inv_key_",
}
"""The prefixes say what a leaked secret opens, and let secret scanners find it."""

_INVITATION: Final = "inv_invitation_"

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

    async def hash(self, password: str, *, like: str | None = None) -> str:
        """Return the hash to store, with the salt of the hash `like` if that is given.

        Raises RateLimited when too many hashes are queued.
        """
        salt = _salt_of(like) if like else None
        return await self._threads.run(partial(self._hasher.hash, password, salt=salt))

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether `password` matches the hash `stored`. Without one it takes as long, and is False.

        Raises RateLimited when too many are queued.
        """
        return (await self.matches(password, [stored or ""]))[0]

    async def matches(self, password: str, stored: Sequence[str]) -> list[bool]:
        """Return for each of the hashes `stored` whether `password` matches it.

        As long as they have one salt it takes as long as one of them, and as long as none; an empty
        one never matches. Raises RateLimited when too many are queued.
        """

        def match() -> list[bool]:
            hashes = {_with_salt(each): each for each in filter(None, stored)}
            fitting = {
                _evaluate(password[:MAX_PASSWORD], each)
                for each in hashes.values() or [_dummy_hash(self._hasher)]
            }
            is_possible = 0 < len(password) <= MAX_PASSWORD
            return [
                is_possible and any(hmac.compare_digest(each, one) for one in fitting)
                for each in stored
            ]

        return await self._threads.run(match)


def _salt_of(stored: str) -> bytes:
    encoded = stored.split("$")[-2]
    return b64decode(encoded + "=" * (-len(encoded) % 4))


def _with_salt(stored: str) -> str:
    """Return what decides the hash of a password: the function, its cost and the salt."""
    return stored.rpartition("$")[0]


def _evaluate(password: str, stored: str) -> str:
    """Return the hash of `password` with the cost and the salt of `stored`."""
    cost = extract_parameters(stored)
    return hash_secret(
        password.encode(),
        _salt_of(stored),
        time_cost=cost.time_cost,
        memory_cost=cost.memory_cost,
        parallelism=cost.parallelism,
        hash_len=cost.hash_len,
        type=cost.type,
        version=cost.version,
    ).decode()


@cache
def _dummy_hash(hasher: PasswordHash) -> str:
    return hasher.hash(secrets.token_urlsafe())
