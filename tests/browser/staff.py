"""Staff in a real browser, and a device's share sheet."""

import json
from typing import Any, Final

from playwright.async_api import Page, expect

from tests.support.clients import PASSWORD, Business
from tests.support.staff import SIGN_IN

SHARE_SHEET: Final = """
Navigator.prototype.canShare = () => true;
Navigator.prototype.share = async ({ files: [file], ...rest }) => {
  document.body.dataset.shared = JSON.stringify({ ...rest, type: file.type, name: file.name });
};
"""
"""A script that replaces the share sheet of a device."""


async def shared(page: Page) -> Any:  # JSON
    """Wait until something is shared, and return it."""
    await expect(page.locator("body[data-shared]")).to_be_visible()
    return json.loads(await page.locator("body").get_attribute("data-shared") or "")


async def sign_in(page: Page, url: str, business: Business) -> None:
    """Sign in, and wait for Home."""
    await page.goto(f"{url}{SIGN_IN}")
    await page.get_by_label("E-mail address").fill(business.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(f"{url}/dashboard")


async def is_live(page: Page, says: str = "Live") -> None:
    """Wait until the page shows that it is live, or another status."""
    await expect(page.locator("#live-state")).to_contain_text(says)
