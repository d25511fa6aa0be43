"""Browsers of staff and of others."""

from collections.abc import AsyncIterator

import pytest

from tests.support.clients import Business
from tests.support.staff import Browser, browser, signed_in


@pytest.fixture
async def anonymous_client(portal_url: str) -> AsyncIterator[Browser]:
    """Yield a browser in which nobody is signed in."""
    async with browser(portal_url) as found:
        yield found


@pytest.fixture
async def staff_client(portal_url: str, business: Business) -> AsyncIterator[Browser]:
    """Yield a browser in which the business's user is signed in."""
    async with signed_in(portal_url, business) as found:
        yield found
