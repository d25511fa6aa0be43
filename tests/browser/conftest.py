"""A real browser and its windows."""

import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.chromium import Windows, chromium
from tests.support.clients import Business
from tests.support.staff import COOKIE, INVOICES, new_session

expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Yield a browser. Without one the test is skipped, but fails where CI is set."""
    async with chromium() as found:
        if found is None:
            say = pytest.fail if os.environ.get("CI") else pytest.skip
            say("There is no Chromium. Install one, or run: .venv/bin/playwright install chromium")
        yield found


@pytest.fixture
async def windows(browser: Browser) -> AsyncIterator[Windows]:
    """Yield windows whose pages must log no error and send no request to other hosts."""
    opened = Windows(browser)
    yield opened
    await opened.close()
    assert opened.faults == []


@pytest.fixture
async def staff_window(windows: Windows, portal_url: str, business: Business) -> Page:
    """Return a window with the list of invoices, signed in as the business's user."""
    page = await windows.open()
    secret = await new_session(business)
    await page.context.add_cookies([{"name": COOKIE, "value": secret, "url": portal_url}])
    await page.goto(f"{portal_url}{INVOICES}")
    return page
