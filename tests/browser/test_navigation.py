"""The navigation of the dashboard: a side bar, or a bar at the bottom of a phone with a menu."""

import pytest
from playwright.async_api import Page, expect

from tests.support.clients import Business
from tests.support.staff import INVOICES

# The database doesn't change what a browser does.
pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

_IS_WITHIN = """(it) => {
  const box = it.getBoundingClientRect();
  return box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
}"""


async def test_a_phone_has_five_places_and_a_menu_with_the_rest(
    staff_window: Page, portal_url: str
) -> None:
    await staff_window.set_viewport_size({"width": 320, "height": 640})
    navigation = staff_window.get_by_role("navigation", name="Main")
    places = navigation.locator("> ul > li:visible")
    texts = ["Home", "Invoices", "Quotes", "Customers", "Menu"]
    await expect(places).to_have_text(texts, use_inner_text=True)
    await navigation.locator("summary").click()
    menu = navigation.locator("details ul")
    await expect(menu.get_by_role("button", name="Sign out")).to_be_visible()
    assert await menu.evaluate(_IS_WITHIN)
    await staff_window.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await navigation.locator("summary").click()
    await menu.get_by_role("link", name="Settings").click()
    await expect(staff_window).to_have_url(f"{portal_url}/dashboard/settings")


@pytest.mark.parametrize("width", [320, 1280])
async def test_more_actions_of_a_document_fit_the_screen(
    staff_window: Page, portal_url: str, business: Business, width: int
) -> None:
    note_id = await business.make_credit_note(await business.make_customer(), amount="20")
    await staff_window.set_viewport_size({"width": width, "height": 640})
    await staff_window.goto(f"{portal_url}/dashboard/credit-notes/{note_id}")
    await staff_window.locator("#actions summary").click()
    menu = staff_window.locator("#actions details ul")
    await expect(menu.get_by_role("link", name="Void")).to_be_visible()
    assert await menu.evaluate(_IS_WITHIN)


async def test_overdue_invoices_are_counted(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    dates = {"issueDate": "2020-01-01", "dueDate": "2020-01-31"}
    for _ in range(2):
        await business.make_invoice(**dates)
    await business.make_invoice()
    await staff_window.goto(f"{portal_url}{INVOICES}")
    invoices = staff_window.locator(".nav > ul").get_by_role("link", name="Invoices")
    await expect(invoices).to_have_accessible_name("Invoices Overdue: 2")
