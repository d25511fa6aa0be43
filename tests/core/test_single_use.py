"""Each caller does one thing at a time."""

import pytest

from core.single_use import OneAtATime
from errors import RateLimited


def test_a_caller_waits_for_their_own_work_only() -> None:
    running = OneAtATime()
    running.begin("ada")
    with pytest.raises(RateLimited):
        running.begin("ada")
    running.begin("bob")
    running.end("ada")
    running.begin("ada")
