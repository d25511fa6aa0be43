"""Passwords: hashed few at a time, whoever gives up waiting."""

import asyncio
import threading
from unittest.mock import patch

import pytest

from auth.secrets import _MAX_CONCURRENT_HASHES, _MAX_QUEUED_HASHES, MAX_PASSWORD, Passwords
from errors import BadInput, RateLimited


@pytest.mark.parametrize("password", ["", " ", "p" * (MAX_PASSWORD + 1)])
async def test_a_password_that_could_never_sign_in_is_refused(password: str) -> None:
    with pytest.raises(BadInput) as refusal:
        await Passwords().hash(password)
    assert refusal.value.field == "password"


async def test_a_password_is_hashed_as_owasp_recommends_or_better() -> None:
    stored = await Passwords().hash("correct horse")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


class _Slow:
    """Stands for the hasher: counts who is inside, and lets nobody out before it is told to."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.may_leave = threading.Event()
        self._lock = threading.Lock()

    def hash(self, password: str) -> str:
        """Return the password once it may leave."""
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.may_leave.wait(20)
        with self._lock:
            self.inside -= 1
        return password


async def test_a_cancelled_caller_keeps_its_slot_until_the_hash_is_done() -> None:
    slow, passwords = _Slow(), Passwords()
    with patch.object(passwords, "_hasher", slow):
        for _ in range(3):
            impatient = [
                asyncio.create_task(passwords.hash("x")) for _ in range(_MAX_CONCURRENT_HASHES)
            ]
            await asyncio.sleep(0.05)
            for task in impatient:
                task.cancel()
            await asyncio.wait(impatient)
        patient = asyncio.create_task(passwords.hash("patient"))
        await asyncio.sleep(0.05)
        assert slow.most == _MAX_CONCURRENT_HASHES
        slow.may_leave.set()
        assert await patient == "patient"
    assert slow.most == _MAX_CONCURRENT_HASHES


async def test_the_queue_for_hashing_is_limited() -> None:
    slow, passwords = _Slow(), Passwords()
    with patch.object(passwords, "_hasher", slow):
        fit = _MAX_CONCURRENT_HASHES + _MAX_QUEUED_HASHES
        tasks = [asyncio.create_task(passwords.hash("x")) for _ in range(fit)]
        await asyncio.sleep(0)
        with pytest.raises(RateLimited) as refusal:
            await passwords.hash("one too many")
        assert refusal.value.retry_after == 1
        slow.may_leave.set()
        assert await asyncio.gather(*tasks) == ["x"] * fit
