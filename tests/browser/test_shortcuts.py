"""Keyboard shortcuts of the dashboard."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.support.clients import Business
from tests.support.staff import INVOICES

# The database doesn't change what a browser does.
pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


async def test_keys_lead_to_pages_but_never_while_typing(
    staff_window: Page, portal_url: str
) -> None:
    await staff_window.keyboard.press("/")
    search = staff_window.get_by_label("Search", exact=True)
    await expect(search).to_be_focused()
    await staff_window.keyboard.type("gq?n")
    await expect(search).to_have_value("gq?n")
    await search.blur()
    await staff_window.keyboard.type("gq")
    await expect(staff_window).to_have_url(f"{portal_url}/dashboard/quotes")
    await staff_window.keyboard.press("g")
    await staff_window.keyboard.press("i")
    await expect(staff_window).to_have_url(f"{portal_url}{INVOICES}")
    await staff_window.keyboard.press("n")
    await expect(staff_window).to_have_url(f"{portal_url}{INVOICES}/new")


async def test_rows_of_a_list_are_walked_and_opened(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    older = await business.make_invoice()
    await business.make_invoice()
    await staff_window.goto(f"{portal_url}{INVOICES}")
    rows = staff_window.locator("main .list tbody tr")
    for key, row in (("j", 0), ("j", 1), ("j", 1), ("k", 0), ("j", 1)):
        await staff_window.keyboard.press(key)
        await expect(rows.nth(row).locator("a.who")).to_be_focused()
    await staff_window.keyboard.press("Enter")
    await expect(staff_window).to_have_url(f"{portal_url}{INVOICES}/{older}")


async def test_a_dialog_lists_the_shortcuts_and_turns_them_off(
    staff_window: Page, portal_url: str
) -> None:
    await staff_window.keyboard.press("?")
    dialog = staff_window.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(dialog).to_contain_text(re.compile(r"g\s+c\s*Customers"))
    await expect(dialog).to_contain_text("New invoice")
    await staff_window.keyboard.press("n")  # nothing happens behind a dialog
    switch = dialog.get_by_role("switch", name="Use keyboard shortcuts")
    await switch.uncheck()
    await staff_window.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    for key in ("n", "?"):
        await staff_window.keyboard.press(key)
    await staff_window.get_by_role("button", name="Shortcuts").click()
    await expect(staff_window).to_have_url(f"{portal_url}{INVOICES}")
    await switch.check()
    await dialog.get_by_role("button", name="Close").click()
    await staff_window.keyboard.press("n")
    await expect(staff_window).to_have_url(f"{portal_url}{INVOICES}/new")
