"""Passwords are hashed few at a time, and a cancelled caller doesn't free its slot early."""

import asyncio
import threading
from unittest.mock import patch

import pytest
from argon2.low_level import hash_secret

from auth.secrets import _MAX_CONCURRENT_HASHES, _MAX_QUEUED_HASHES, Passwords
from errors import RateLimited
from tests.support.clients import CHEAP_HASHER


async def test_a_password_is_hashed_as_owasp_recommends_or_better() -> None:
    stored = await Passwords().hash("correct horse")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_an_address_s_passwords_at_several_companies_are_checked_with_one_hash() -> None:
    passwords = Passwords(CHEAP_HASHER)
    one = await passwords.hash("one")
    stored = [one, await passwords.hash("two", like=one), "", await passwords.hash("two", like=one)]
    with patch("auth.secrets.hash_secret", wraps=hash_secret) as hashed:
        assert await passwords.matches("two", stored) == [False, True, False, True]
        assert await passwords.matches("two", []) == []
        assert await passwords.matches("", [""]) == [False]
    assert hashed.call_count == 3


class _BlockingHasher:
    """A fake hasher that counts concurrent calls, and blocks them until `may_finish` is set."""

    def __init__(self) -> None:
        self.running = 0
        self.max_running = 0
        self.may_finish = threading.Event()
        self._lock = threading.Lock()

    def hash(self, password: str, *, salt: bytes | None) -> str:
        """Wait, then return the password."""
        assert salt is None
        with self._lock:
            self.running += 1
            self.max_running = max(self.max_running, self.running)
        self.may_finish.wait(20)
        with self._lock:
            self.running -= 1
        return password


async def test_a_cancelled_caller_keeps_its_slot_until_the_hash_is_done() -> None:
    hasher, passwords = _BlockingHasher(), Passwords()
    with patch.object(passwords, "_hasher", hasher):
        for _ in range(3):
            cancelled = [
                asyncio.create_task(passwords.hash("x")) for _ in range(_MAX_CONCURRENT_HASHES)
            ]
            await asyncio.sleep(0.05)
            for task in cancelled:
                task.cancel()
            await asyncio.wait(cancelled)
        waiting = asyncio.create_task(passwords.hash("waiting"))
        await asyncio.sleep(0.05)
        assert hasher.max_running == _MAX_CONCURRENT_HASHES
        hasher.may_finish.set()
        assert await waiting == "waiting"
    assert hasher.max_running == _MAX_CONCURRENT_HASHES


async def test_the_queue_for_hashing_is_limited() -> None:
    hasher, passwords = _BlockingHasher(), Passwords()
    with patch.object(passwords, "_hasher", hasher):
        capacity = _MAX_CONCURRENT_HASHES + _MAX_QUEUED_HASHES
        tasks = [asyncio.create_task(passwords.hash("x")) for _ in range(capacity)]
        await asyncio.sleep(0)
        with pytest.raises(RateLimited) as refusal:
            await passwords.hash("one too many")
        assert refusal.value.retry_after == 1
        hasher.may_finish.set()
        assert await asyncio.gather(*tasks) == ["x"] * capacity
