"""Browsers of staff."""

from collections.abc import AsyncIterator

import pytest

from tests.support.clients import Business
from tests.support.staff import Browser, browser, signed_in


@pytest.fixture
async def stranger(portal_url: str) -> AsyncIterator[Browser]:
    """Yield a browser in which nobody has signed in."""
    async with browser(portal_url) as found:
        yield found


@pytest.fixture
async def staff_client(portal_url: str, business: Business) -> AsyncIterator[Browser]:
    """Yield a browser in which somebody of the business has signed in."""
    async with signed_in(portal_url, business) as found:
        yield found
