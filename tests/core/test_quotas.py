"""Shares of what a process has."""

import pytest

from core.quotas import Quota
from errors import RateLimited


def test_each_key_holds_up_to_the_limit_and_gives_it_back() -> None:
    quota = Quota(2, "At most %(limit)s.")
    with quota.hold("a"), quota.hold("a"), quota.hold("b"):
        with pytest.raises(RateLimited, match="At most 2") as refused:
            quota.hold("a").__enter__()
        assert refused.value.retry_after
    with quota.hold("a"), quota.hold("a"):
        pass
